"""Mailings at an hour: what leaves, what is held and why."""

import os
import shutil
from datetime import timedelta

import pytest

from newsletter.errors import RefusedError, UsageError
from newsletter.model import MailingState
from newsletter.project import Orders, Project
from newsletter.settings import read_settings
from tests.faults import Fault
from tests.mailroom import no_progress
from tests.stories.timetable import READERS, Office, OneLook, office

__all__ = ["office"]


def test_a_mailing_leaves_at_its_hour_and_not_before(office: Office) -> None:
    mailing = office.schedule()
    office.clock.pass_(minutes=59)
    assert office.look() == []
    assert office.server.accepted == []
    office.clock.pass_(minutes=1)
    assert office.look() == [MailingState.FINISHED]
    assert sorted(office.server.recipients) == READERS
    assert office.look() == []
    assert b"Date: Mon, 23 Nov 2099 11:00:00 +0100" in office.server.accepted[0].content
    assert office.project.mailing(str(mailing.id)).started_at == office.clock()


def test_whoever_left_before_the_start_is_not_written_to(office: Office) -> None:
    office.schedule()
    office.clock.pass_(minutes=1)
    office.project.suppress(READERS[0])
    office.clock.pass_(hours=1)
    assert office.look() == [MailingState.FINISHED]
    assert sorted(office.server.recipients) == READERS[1:]


def test_people_who_joined_since_the_approval_hold_it_and_the_reason_is_told(office: Office) -> None:
    mailing = office.schedule()
    office.clock.pass_(minutes=1)
    office.project.add_subscriber("new@example.org", list_id="members", consent="Au téléphone")
    office.clock.pass_(hours=1)
    assert office.look() == []
    state, note = office.state(mailing)
    assert state is MailingState.PAUSED
    assert "1 joined" in note
    assert office.told == [note]
    assert office.server.accepted == []
    assert office.look() == [], "what is held waits for a person"
    office.clock.pass_(minutes=1)
    office.approve()
    assert office.project.resume(mailing, progress=no_progress).mailing.state is MailingState.FINISHED
    assert len(office.server.accepted) == 41


def test_what_was_approved_is_what_leaves_whatever_becomes_of_the_file(office: Office) -> None:
    office.schedule()
    issue = office.folder / "content" / "issues" / "2023-08-16-numero-156.md"
    issue.write_text(issue.read_text(encoding="utf-8") + "\nUn mot de plus.\n", encoding="utf-8")
    office.clock.pass_(hours=1)
    assert office.look() == [MailingState.FINISHED]
    assert b"mot de plus" not in office.server.accepted[0].content


def test_a_new_approval_of_another_text_holds_the_old_one(office: Office) -> None:
    mailing = office.schedule()
    issue = office.folder / "content" / "issues" / "2023-08-16-numero-156.md"
    issue.write_text(issue.read_text(encoding="utf-8") + "\nUn mot de plus.\n", encoding="utf-8")
    office.approve()
    office.clock.pass_(hours=1)
    assert office.look() == []
    assert "the text has changed" in office.state(mailing)[1]


def test_an_issue_that_is_to_leave_is_not_sent_besides(office: Office) -> None:
    office.schedule()
    with pytest.raises(RefusedError, match="by mailing 1"):
        office.schedule()


def test_a_cancelled_mailing_never_leaves_and_the_issue_is_free_again(office: Office) -> None:
    mailing = office.schedule()
    office.project.cancel(mailing)
    office.clock.pass_(hours=2)
    assert office.look() == []
    office.schedule()
    office.clock.pass_(hours=1)
    assert office.look() == [MailingState.FINISHED]
    assert sorted(office.server.recipients) == READERS


def test_a_mailing_paused_before_its_hour_waits_and_can_get_another(office: Office) -> None:
    mailing = office.schedule()
    office.project.pause(mailing)
    office.clock.pass_(hours=2)
    assert office.look() == []
    with pytest.raises(UsageError, match="past"):
        office.project.reschedule(mailing, office.clock() - timedelta(hours=1))
    moved = office.project.reschedule(mailing, office.clock() + timedelta(days=1))
    assert moved.state is MailingState.SCHEDULED
    office.clock.pass_(days=1)
    assert office.look() == [MailingState.FINISHED]
    with pytest.raises(RefusedError, match="has started"):
        office.project.reschedule(mailing, office.clock() + timedelta(days=1))


def test_an_hour_that_is_past_and_a_rehearsal_at_an_hour_are_refused(office: Office) -> None:
    issue = office.project.issue("156")
    with pytest.raises(UsageError, match="past"):
        office.project.schedule(office.project.plan(issue, start_at=office.clock()), orders=Orders())
    later = office.clock() + timedelta(hours=1)
    with pytest.raises(UsageError, match="rehearsal"):
        office.project.schedule(office.project.plan(issue, start_at=later, rehearsal=True), orders=Orders())


def test_a_worker_that_slept_two_days_asks_before_it_sends(office: Office) -> None:
    mailing = office.schedule()
    office.clock.pass_(hours=49, minutes=1)
    assert office.look() == []
    state, note = office.state(mailing)
    assert (state, office.server.accepted) == (MailingState.PAUSED, [])
    assert "too late" in note
    with pytest.raises(RefusedError, match="too late"):
        office.project.resume(mailing, progress=no_progress)
    run = office.project.resume(mailing, orders=Orders(late=True), progress=no_progress)
    assert run.mailing.state is MailingState.FINISHED


def test_a_limit_of_ones_own_is_kept(office: Office) -> None:
    mailing = office.schedule(not_after=office.clock() + timedelta(hours=2))
    office.clock.pass_(hours=2, seconds=1)
    assert office.look() == []
    assert "too late" in office.state(mailing)[1]


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(days=365)], ids=["a day back", "a year on"])
def test_a_clock_that_is_set_neither_hastens_nor_forgets(office: Office, jump: timedelta) -> None:
    mailing = office.schedule()
    office.clock.now += jump
    assert office.look() == []
    assert office.server.accepted == []
    assert ("too late" in office.state(mailing)[1]) == (jump > timedelta())
    office.clock.now -= jump
    office.clock.pass_(hours=1)
    if jump > timedelta():
        office.project.reschedule(mailing, office.clock() + timedelta(hours=1))
        office.clock.pass_(hours=1)
    assert office.look() == [MailingState.FINISHED]
    assert sorted(office.server.recipients) == READERS


def test_the_worker_goes_on_with_what_a_server_put_off(office: Office) -> None:
    office.server.faults.append(Fault(at="RCPT", does="451 4.7.1 greylisted", once_each=True))
    mailing = office.schedule()
    office.clock.pass_(hours=1)
    watch = office.watch()
    assert [run.mailing.state for run in watch.runs()] == [MailingState.PAUSED]
    assert "40 messages refused for now" in office.state(mailing)[1]
    office.clock.pass_(minutes=6)
    watch.stop = OneLook()
    assert [run.mailing.state for run in watch.runs()] == [MailingState.FINISHED]
    assert sorted(office.server.recipients) == READERS


def test_what_a_person_pauses_the_worker_leaves_alone(office: Office) -> None:
    office.server.faults.append(Fault(at="RCPT", does="451 4.7.1 greylisted", once_each=True))
    mailing = office.schedule()
    office.clock.pass_(hours=1)
    watch = office.watch()
    assert [run.mailing.state for run in watch.runs()] == [MailingState.PAUSED]
    office.project.pause(mailing)
    office.clock.pass_(hours=1)
    watch.stop = OneLook()
    assert list(watch.runs()) == []
    assert office.server.accepted == []


def test_a_worker_waits_for_another_sender_and_says_so_once(office: Office) -> None:
    mailing = office.schedule()
    office.clock.pass_(hours=1)
    with office.project.deliveries.sole_sender():
        watch = office.watch()
        for _look in range(3):
            watch.stop = OneLook()
            assert list(watch.runs()) == []
    assert office.told == [f"another process is already sending: {os.getpid()}@{os.uname().nodename}"]
    assert office.state(mailing)[0] is MailingState.SCHEDULED
    assert office.look() == [MailingState.FINISHED]


def test_a_copied_project_asks_before_it_sends_and_says_how_to_say_yes(office: Office) -> None:
    office.project.send(office.project.plan(office.project.issue("156")), progress=no_progress)
    copy = shutil.copytree(office.folder, office.folder.parent / "copie")
    other = Project(copy, read_settings(copy), now=office.clock)
    other.add_subscriber("new@example.org", list_id="members", consent="Au téléphone")
    plan = other.plan(other.issue("156"))
    with pytest.raises(RefusedError, match="is a copy of") as refusal:
        other.send(plan, orders=Orders(unapproved=True), progress=no_progress)
    assert "--this-machine" in str(refusal.value.hint)
    assert len(office.server.accepted) == len(READERS)
    run = other.send(plan, orders=Orders(unapproved=True, this_machine=True), progress=no_progress)
    assert run.mailing.state is MailingState.FINISHED
    assert office.server.recipients.count("new@example.org") == 1
