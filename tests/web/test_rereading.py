import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from newsletter.project import Project
from tests.fault_server import FaultServer
from tests.web.asking import Asking
from tests.web.conftest import clerk_of
from tests.web.office import ISSUE, make_office, rewrite

PAGE = f"/issues/{ISSUE}/approval"
PROOF = f"/issues/{ISSUE}/proofs"


@pytest.fixture
def office(tmp_path: Path, server: FaultServer) -> Project:
    return make_office(tmp_path / "projet", port=server.port)


def _send_proof(office: Project) -> None:
    office.proof(office.issue("156"), ["nora@example.org"])


def _commit(folder: Path, author: str) -> None:
    who = ("-c", f"user.name={author}", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "content"), (*who, "commit", "-qm", "Le numéro")):
        subprocess.run(["git", "-C", str(folder), *words], check=True)


def test_a_proof_is_seen_as_it_was_sent_beside_the_present_letter(clerk: Asking, office: Project) -> None:
    _send_proof(office)
    rewrite(office, "C’est peut-être vous", "C’est sûrement vous")
    assert f'href="{PROOF}/1"' in clerk.get(PAGE).text
    page = clerk.get(f"{PROOF}/1").text
    assert "1 change <span>since proof 1" in page
    assert ">Editorial<" in page
    before, now = (clerk.get(f"{PROOF}/1/mail", params={"side": side}) for side in ("before", "now"))
    assert '<del class="nl-gone">peut-être</del>' in before.text
    assert '<ins class="nl-come">sûrement</ins>' in now.text
    assert before.headers["content-security-policy"].startswith("sandbox")


def test_every_approval_is_seen_beside_the_present_letter(clerk: Asking, office: Project) -> None:
    words = ["C’est peut-être vous", "C’est sûrement vous", "C’est bien vous"]
    for by, (before, after) in zip(("Hélène", "Nora"), pairwise(words), strict=True):
        office.approve(office.issue("156"), by=by)
        rewrite(office, before, after)
    last, first = (approval.mail for approval in office.deliveries.approvals(ISSUE)[:2])
    assert f'href="{PROOF}/{last}"' in clerk.get(PAGE).text
    for approved, word in ((first, "peut-être"), (last, "sûrement")):
        mail = f"{PROOF}/{approved}/mail?side=before"
        assert mail in clerk.get(f"{PROOF}/{approved}").text
        assert f'<del class="nl-gone">{word}</del>' in clerk.get(mail).text


def test_the_difference_that_was_chosen_is_found_by_the_ruler(clerk: Asking, office: Project) -> None:
    _send_proof(office)
    rewrite(office, "C’est peut-être vous", "C’est sûrement vous")
    assert "Difference 1 of 1" in clerk.get(f"{PROOF}/1", params={"place": 9}).text
    mail = clerk.get(f"{PROOF}/1/mail", params={"side": "now", "place": 1, "ruler": "a1"}).text
    assert mail.count('id="nl-block"') == 1
    assert "nl-reach" in mail


def test_another_target_and_another_picture_are_told_by_their_addresses(clerk: Asking, office: Project) -> None:
    office.approve(office.issue("156"), by="Hélène Vasseur")
    rewrite(office, "url: /articles/la-table-est-ronde", "url: /articles/autre")
    page = clerk.get(PAGE).text
    assert "1 change to read." in page
    assert "/articles/la-table-est-ronde</del>" in page
    assert "/articles/autre</ins>" in page
    approved = f"{PROOF}/{office.deliveries.approvals(ISSUE)[0].mail}"
    assert f'href="{approved}"' in page
    assert clerk.get(approved).status_code == 200


def test_the_proof_that_was_approved_says_so(clerk: Asking, office: Project) -> None:
    _send_proof(office)
    office.approve(office.issue("156"), by="Hélène Vasseur")
    assert "approved by Hélène Vasseur" in clerk.get(PAGE).text
    assert "Nothing has changed" in clerk.get(f"{PROOF}/1").text


def test_whoever_signed_a_change_in_git_is_named_and_nobody_for_what_nobody_signed(
    clerk: Asking, office: Project
) -> None:
    office.approve(office.issue("156"), by="Hélène Vasseur")
    rewrite(office, "C’est peut-être vous", "C’est sûrement vous")
    _commit(office.folder, "Léa Petit")
    assert "Léa Petit" in clerk.get(PAGE).text
    rewrite(office, "C’est sûrement vous", "C’est vous")
    page = _reopened(office).get(PAGE).text
    assert "Editorial" in page
    assert "Léa Petit" not in page


def test_a_change_is_told_with_its_block_and_the_file_that_says_it(clerk: Asking, office: Project) -> None:
    office.approve(office.issue("156"), by="Hélène Vasseur")
    article = office.folder / "content/articles/2023-08-14-la-table-est-ronde.md"
    article.write_text(article.read_text().replace("title: ", "title: Enfin, "))
    page = clerk.get(PAGE).text
    assert "Block 12" in page
    assert 'title="content/articles/2023-08-14-la-table-est-ronde.md"' in page


def test_a_remark_set_aside_is_undone_and_done_again_like_any_act(office: Project) -> None:
    issue = office.issue("156")
    version = office.composition(issue.id).version
    before = office.issue_text(issue.id)
    office.ignore(issue, "long-subject", reason="il le faut")
    after = office.composition(issue.id)
    assert after.can_undo
    assert after.version != version
    undone = office.step(issue.id, -1, version=after.version)
    assert office.issue_text(issue.id) == before
    assert office.step(issue.id, 1, version=undone) == after.version


def test_readers_and_proofreaders_are_offered_by_a_few_letters(clerk: Asking, office: Project) -> None:
    people = f"/issues/{ISSUE}/people"
    office.save_proofreaders("Relecture", ["lea@redaction.example"])
    _send_proof(office)
    (someone, _status) = next(iter(office.subscribers("members")))
    found = clerk.get(people, params={"words": someone.first_name}).json()
    assert {"email": someone.email, "name": f"{someone.first_name} {someone.last_name}".strip()} in found
    assert clerk.get(people, params={"words": "redaction"}).json() == []
    known = {"words": "LEA@red", "proofreaders": "true"}
    assert clerk.get(people, params=known).json() == [{"email": "lea@redaction.example", "name": ""}]
    assert [one["email"] for one in clerk.get(people, params=known | {"words": "nora@"}).json()] == ["nora@example.org"]
    assert clerk.get(people, params={"words": "a"}).json() == []


def test_beside_a_letter_that_cannot_be_rendered_the_proof_is_shown_as_it_was(clerk: Asking, office: Project) -> None:
    _send_proof(office)
    rewrite(office, "^layout: .*$", "layout: nowhere")
    page = _reopened(office).get(f"{PROOF}/1").text
    assert "The letter cannot be rendered." in page
    assert "No word" not in page
    assert "<del" not in clerk.get(f"{PROOF}/1/mail", params={"side": "before"}).text


@pytest.mark.parametrize("which", ["7", "approved", "..", "-1"])
def test_there_is_nothing_to_see_of_a_proof_that_never_left(clerk: Asking, which: str) -> None:
    assert clerk.get(f"{PROOF}/{which}").status_code == 404


def _reopened(office: Project) -> Asking:
    return clerk_of(office)
