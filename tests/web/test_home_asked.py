"""A copied project asks before it sends, and is answered in the studio."""

import re
import shutil
from pathlib import Path

import pytest

from newsletter.model import DeliveryState, MailingState, Outcome
from newsletter.project import Project
from tests.fault_server import FaultServer
from tests.web.asking import Asking
from tests.web.conftest import HOST, clerk_of
from tests.web.office import ISSUE, make_office

PAGE = f"/issues/{ISSUE}/mailing"
OURS = {"Origin": HOST}
SAID = "From now on letters leave from here, and from nowhere else"


@pytest.fixture
def original(tmp_path: Path, server: FaultServer) -> Project:
    """A project that sends, and says so."""
    office = make_office(tmp_path / "projet", port=server.port, approved_by="Hélène Vasseur")
    office.settle()
    return office


def copied(original: Project) -> tuple[Project, Asking]:
    copy = shutil.copytree(original.folder, original.folder.parent / "copie")
    shutil.rmtree(copy / "var/errands", ignore_errors=True)
    project = Project.open(copy)
    return project, clerk_of(project)


def test_the_project_that_sends_is_not_asked(original: Project) -> None:
    assert SAID not in clerk_of(original).get(PAGE).text


def test_a_copy_says_why_it_asks_and_sends_only_once_it_is_answered(original: Project) -> None:
    copy, clerk = copied(original)
    page = clerk.get(PAGE).text
    assert f"This database is a copy of {original.var / 'newsletter.db'}, which sends too." in page
    assert re.search(r'<input type="checkbox"[^>]* name="this_machine"[^>]* required', page)
    order = {"typed": "60", "when": "at", "at": "2099-12-01T08:00"}
    refused = clerk.post(PAGE, data=order, headers=OURS)
    assert refused.status_code == 422
    assert "Say on this page that letters leave from here, and from nowhere else." in refused.text
    assert "--this-machine" not in refused.text
    assert copy.mailings() == []
    assert clerk.post(PAGE, data=order | {"this_machine": "true"}, headers=OURS).status_code == 303
    copy.cancel(copy.mailing("last"))  # nobody waits until then
    assert copy.doubt() == ""
    assert SAID not in clerk.get(PAGE).text


def test_a_wrong_number_of_people_answers_nothing(original: Project) -> None:
    copy, clerk = copied(original)
    order = {"typed": "59", "when": "at", "at": "2099-12-01T08:00", "this_machine": "true"}
    assert clerk.post(PAGE, data=order, headers=OURS).status_code == 422
    assert copy.doubt()


def test_a_paused_mailing_of_a_copy_is_resumed_only_once_it_is_answered(original: Project) -> None:
    mailing = original.create_mailing(original.plan(original.issue("156")))
    original.deliveries.set_state(mailing.id, MailingState.PAUSED, now=original.now())
    copy, clerk = copied(original)
    ledger = f"/mailings/{mailing.id}"
    assert SAID in clerk.get(ledger).text
    assert "Say on this page" in clerk.post(f"{ledger}/resume", headers=OURS).text
    assert copy.mailing("last").state is MailingState.PAUSED
    assert clerk.post(f"{ledger}/here", headers=OURS).status_code == 303
    assert SAID not in clerk.get(ledger).text
    assert copy.doubt() == ""


def test_uncertain_mails_of_a_copy_are_left_without_an_answer_and_resent_only_with_one(original: Project) -> None:
    mailing = original.create_mailing(original.plan(original.issue("156")))
    store, now = original.deliveries, original.now()
    store.set_state(mailing.id, MailingState.RUNNING, now=now)
    readers = store.claim(mailing.id, limit=100, now=now)
    uncertain = [Outcome(delivery=one.delivery, state=DeliveryState.UNCERTAIN) for one in readers]
    store.record(mailing.id, uncertain, now=now)
    store.set_state(mailing.id, MailingState.FINISHED, now=now)
    copy, clerk = copied(original)
    assert clerk.post(f"/mailings/{mailing.id}/resend", headers=OURS).status_code == 422
    assert copy.counts(mailing).uncertain == 60
    assert clerk.post(f"/mailings/{mailing.id}/keep", headers=OURS).status_code == 303
    assert copy.counts(mailing).sent == 60
    assert SAID not in clerk.get(f"/mailings/{mailing.id}").text
