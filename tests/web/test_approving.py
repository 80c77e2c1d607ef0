import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.model import Readership
from newsletter.project import Project
from tests.fault_server import FaultServer
from tests.faults import Fault
from tests.web.asking import Asking
from tests.web.conftest import HOST, clerk_of
from tests.web.office import ISSUE, make_office, rewrite

PAGE = f"/issues/{ISSUE}/approval"
OURS = {"Origin": HOST}


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(faults=[Fault(at="RCPT", does="550 5.1.1 unknown", who="nobody@")]) as server:
        yield server


@pytest.fixture
def office(tmp_path: Path, server: FaultServer) -> Project:
    return make_office(tmp_path / "projet", port=server.port)


@pytest.fixture
def clerk(office: Project) -> Asking:
    return _opened(office)


def _opened(office: Project) -> Asking:
    """A studio that has just been started, in a browser that opened its address."""
    return clerk_of(office)


def _seen(clerk: Asking) -> str:
    found = re.search(r'name="seen" value="(\w+)"', clerk.get(PAGE).text)
    assert found
    return found[1]


def _approve(clerk: Asking, **fields: str) -> int:
    values = {"by": "Hélène Vasseur", "seen": _seen(clerk), **fields}
    return clerk.post(PAGE, data=values, headers=OURS).status_code


def test_an_approval_by_name_holds_for_what_was_read(clerk: Asking, office: Project) -> None:
    assert _approve(clerk) == 303
    page = clerk.get(PAGE).text
    assert "Approved by Hélène Vasseur." in page
    assert 'class="stamp"' in page
    issue = office.issue("156")
    assert office.standing(office.render(issue).mail, Readership.whole(issue.list)).holds


def test_an_edit_lifts_the_stamp_and_shows_the_words(clerk: Asking, office: Project) -> None:
    _approve(clerk)
    rewrite(office, r"^subject:.*$", "subject: <b>Rivières</b>")
    clerk = _opened(office)
    page = clerk.get(PAGE).text
    assert 'class="stamp lifted"' in page
    assert "&lt;b&gt;Rivières&lt;/b&gt;</ins>" in page
    assert f"content/issues/{ISSUE}.md" in page
    assert _approve(clerk) == 422
    assert _approve(clerk, reread="true") == 303


def test_what_changed_since_it_was_read_is_not_approved(clerk: Asking, office: Project) -> None:
    seen = _seen(clerk)
    rewrite(office, r"^subject:.*$", "subject: Rivières")
    assert clerk.post(PAGE, data={"by": "Hélène", "seen": seen}, headers=OURS).status_code == 422
    assert office.deliveries.approvals(ISSUE) == []


def test_while_an_error_stands_only_a_reason_lets_it_pass(office: Project) -> None:
    rewrite(office, r"^preheader:.*$", "preheader: '{{ first_name }}'")
    rewrite(office, r"^subject:.*$", "subject: ''")
    clerk = _opened(office)
    assert _approve(clerk) == 422
    assert _approve(clerk, despite="La date sera dite de vive voix.") == 303
    assert "La date sera dite de vive voix." in clerk.get(PAGE).text


def test_nobody_approves_nothing(clerk: Asking) -> None:
    assert _approve(clerk, by="  ") == 422


def test_a_proof_goes_to_a_group_and_to_an_address(clerk: Asking, office: Project, server: FaultServer) -> None:
    office.save_proofreaders("Relecture", ["lea@example.org"])
    data = {"to": "nora@example.org, lea@example.org", "group": "Relecture", "banner": "true"}
    answer = clerk.post(f"/issues/{ISSUE}/proofs", data=data, headers=OURS)
    assert answer.headers["location"] == f"{PAGE}?proof=1"
    assert sorted(server.recipients) == ["lea@example.org", "nora@example.org"]
    for message in server.accepted:
        assert b"\r\nReferences:" not in message.content
        assert b"\r\nIn-Reply-To:" not in message.content
    page = clerk.get(answer.headers["location"]).text
    assert "Proof 1 sent to 2 people." in page
    assert "today&#39;s text" in page


def test_whom_the_server_refused_is_said(clerk: Asking) -> None:
    data = {"to": "nobody@example.org nora@example.org"}
    page = clerk.post(f"/issues/{ISSUE}/proofs", data=data, headers=OURS).text
    assert "550" in page
    assert "handed over" in page


@pytest.mark.parametrize("typed", ["", "lea", "a@b@c", "lea@example.org\r\nBcc: x@example.org"])
def test_what_is_no_address_is_said_in_the_page(clerk: Asking, server: FaultServer, typed: str) -> None:
    answer = clerk.post(f"/issues/{ISSUE}/proofs", data={"to": typed}, headers=OURS)
    assert answer.status_code == 422
    assert server.accepted == []


def test_of_several_addresses_the_wrong_one_is_named(clerk: Asking, server: FaultServer) -> None:
    answer = clerk.post(f"/issues/{ISSUE}/proofs", data={"to": "lea@example.org, max"}, headers=OURS)
    assert "“max”: there is no @" in answer.text
    assert server.accepted == []


def test_groups_are_kept_and_forgotten(clerk: Asking, office: Project) -> None:
    path = f"/issues/{ISSUE}/proofreaders"
    clerk.post(path, data={"group": "Relecture", "addresses": "lea@example.org\nnora@example.org"}, headers=OURS)
    assert office.proofreaders() == {"Relecture": ("lea@example.org", "nora@example.org")}
    clerk.post(path, data={"group": "Relecture", "addresses": ""}, headers=OURS)
    assert office.proofreaders() == {}


def test_a_mistake_in_the_groups_hides_nothing_else(clerk: Asking, office: Project) -> None:
    (office.folder / "proofreaders.toml").write_text("redaction = 1\n")
    page = clerk.get(PAGE)
    assert page.status_code == 200
    assert "proofreaders.toml:1" in page.text


@pytest.mark.parametrize("action", ["approval", "proofs", "proofreaders"])
def test_another_site_cannot_approve_or_send(clerk: Asking, office: Project, action: str) -> None:
    data = {"by": "x", "seen": "x", "to": "x@example.org", "group": "x", "addresses": "x@example.org"}
    for headers in ({}, {"Origin": "https://evil.example"}):
        assert clerk.post(f"/issues/{ISSUE}/{action}", data=data, headers=headers).status_code == 403
    assert office.proofs(office.issue("156")) == []
    assert office.proofreaders() == {}


def _given(office: Project) -> list[str]:
    """The rows of « Approvals given », as words."""
    page = _opened(office).get(PAGE).text
    _before, found, rest = page.partition('<h2 id="given">')
    rows = re.findall(r"<tr><td.*?</tr>", rest.partition("</table>")[0], flags=re.S) if found else []
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in rows]


def test_one_approval_that_holds_has_no_history(office: Project) -> None:
    assert _given(office) == []
    office.approve(office.issue("156"), by="Hélène Vasseur")
    assert _given(office) == []


def test_every_approval_says_for_whom_it_was_and_what_became_of_it(office: Project) -> None:
    (office.folder / "segments.toml").write_text('[namur]\ntitle = "Namur"\nlist = "members"\nfields.ville = "Namur"\n')
    issue = office.issue("156")
    office.approve(issue, by="Hélène")
    people = office.approve(issue, by="Léa", readers=office.readership(issue, segment="namur")).people
    office.approve(issue, by="Nora")
    nora, lea, helene = _given(office)
    assert nora.startswith("Nora ")
    assert nora.endswith("60 people it holds")
    assert "“Namur” (ville is Namur)" in lea
    assert lea.endswith(f"{people} people it holds")
    assert helene.endswith("replaced by that of Nora")


def test_a_lifted_approval_says_what_lifted_it_and_the_reason_it_was_given_for(office: Project) -> None:
    rewrite(office, r"^subject:.*$", "subject: ''")
    office.approve(office.issue("156"), by="Hélène", despite="<b>De vive voix</b>")
    rewrite(office, r"^preheader:.*$", "preheader: Autre")
    (only,) = _given(office)
    assert "Despite remarks to mend: &lt;b&gt;De vive voix&lt;/b&gt;" in only
    assert "lifted: " in only


def test_once_the_letter_is_another_one_nobody_asks_who_its_readers_were(office: Project) -> None:
    office.approve(office.issue("156"), by="Hélène")
    office.add_subscriber("anouk@example.org", list_id="members", consent="Bulletin")
    (only,) = _given(office)
    assert "1 joined" in only
    rewrite(office, r"^preheader:.*$", "preheader: Autre")
    (only,) = _given(office)
    assert "preheader" in only and "joined" not in only


def test_a_segment_that_has_another_rule_by_now_has_lost_its_approval(office: Project) -> None:
    file = office.folder / "segments.toml"
    file.write_text('[namur]\ntitle = "Namur"\nlist = "members"\nfields.ville = "Namur"\n')
    issue = office.issue("156")
    office.approve(issue, by="Léa", readers=office.readership(issue, segment="namur"))
    assert _given(office) == []
    file.write_text('[namur]\ntitle = "Namur"\nlist = "members"\nfields.ville = ["Namur", "Salzinnes"]\n')
    (only,) = _given(office)
    assert "lifted: " in only
