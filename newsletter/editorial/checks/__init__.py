"""What protects an issue before it leaves: one file per check, each a function from an Inspection to Findings."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import chain

from newsletter.editorial.checks import (
    articles,
    deadlines,
    editorial,
    images,
    links,
    merge_fields,
    preheader,
    removed,
    size,
    subject,
    unsubscribe,
)
from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.parameters import check_parameters
from newsletter.editorial.checks.rules import Rule
from newsletter.i18n import _
from newsletter.model import Finding, Level

__all__ = ["CHECKS", "Inspection", "Rule", "run_checks"]

Check = Callable[[Inspection], Iterable[Finding]]

_CHECKS: tuple[Check, ...] = (
    subject.check_subject,
    preheader.check_preheader,
    editorial.check_editorial,
    articles.check_articles,
    deadlines.check_deadlines,
    images.check_images,
    links.check_links,
    removed.check_removed,
    merge_fields.check_merge_fields,
    check_parameters,
    unsubscribe.check_unsubscribe,
    size.check_size,
)

_ROOMS = (subject, preheader, editorial, articles, deadlines, images, links, removed, merge_fields, unsubscribe, size)

#: Every rule by its code: what the documentation lists.
CHECKS: dict[str, Rule] = {code: rule for room in _ROOMS for code, rule in room.RULES.items()}

_WEIGHT = {Level.ERROR: 0, Level.WARNING: 1, Level.INFO: 2}


def run_checks(inspection: Inspection, *, told: Iterable[Finding] = ()) -> list[Finding]:
    """Every finding, the gravest first, then in the order of the issue; ignored ones stay as information.

    `told`: what somebody found who may ask the network.
    """
    found = chain(chain.from_iterable(check(inspection) for check in _CHECKS), told)
    findings = [_ignored(_readable(finding, inspection), inspection) for finding in found]
    return sorted(findings, key=lambda finding: (_WEIGHT[finding.level], _position(finding)))


def _readable(finding: Finding, inspection: Inspection) -> Finding:
    """The remark with merge fields as the editor writes them, not as the tokens that stand for them."""
    message = finding.message
    for merge_field in inspection.mail.fields:
        message = message.replace(merge_field.token, f"{{{{ {merge_field.name} }}}}")
    return replace(finding, message=message)


def _ignored(finding: Finding, inspection: Inspection) -> Finding:
    """The same remark as information, with the reason, when the issue ignores its code and the rule allows it."""
    reason = inspection.issue.ignored.get(finding.code)
    if reason is None or not finding.ignorable:
        return finding
    hint = _("ignored in this issue: {reason}", reason=reason or "—")
    return replace(finding, level=Level.INFO, hint=hint, ignored=reason or "—")


def _position(finding: Finding) -> int:
    """What concerns the whole issue comes before its blocks."""
    return -1 if finding.block is None else finding.block
