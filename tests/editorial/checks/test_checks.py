from newsletter.editorial.checks import CHECKS, run_checks
from newsletter.model import Finding, Level
from tests.editorial.checks.lamp import lamp


def test_a_sound_issue_has_no_finding() -> None:
    assert run_checks(lamp()) == []


def test_errors_come_before_warnings() -> None:
    levels = [finding.level for finding in run_checks(lamp(issue={"subject": "X" * 61, "preheader": ""}))]
    assert levels == [Level.ERROR, Level.WARNING, Level.WARNING]


def test_an_ignored_finding_stays_as_information_with_its_reason() -> None:
    [finding] = run_checks(lamp(issue={"preheader": "", "ignored": {"preheader-missing": "numéro d’essai"}}))
    assert finding.level is Level.INFO
    assert "numéro d’essai" in (finding.hint or "")


def test_a_missing_way_out_cannot_be_ignored() -> None:
    reasons = {"unsubscribe-missing": "pressé"}
    findings = run_checks(lamp(html="<p>Bonjour</p>", issue={"ignored": reasons}))
    assert [finding.level for finding in findings if finding.code == "unsubscribe-missing"] == [Level.ERROR]


def test_what_the_renderer_remarked_is_passed_on_and_can_be_ignored() -> None:
    remark = Finding(code="parameter-unknown", level=Level.WARNING, message="colour ?")
    assert run_checks(lamp(findings=[remark])) == [remark]
    [ignored] = run_checks(lamp(findings=[remark], issue={"ignored": {"parameter-unknown": "exprès"}}))
    assert ignored.level is Level.INFO


def test_every_rule_has_a_kebab_case_code_and_one_sentence() -> None:
    for code, rule in CHECKS.items():
        assert code == rule.code == code.lower()
        assert " " not in code
        assert rule.help.endswith(".")
