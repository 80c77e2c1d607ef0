"""A project with a past: a list that grew over two years, and mailings whose servers answered in every way."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from newsletter.model import (
    Consent,
    DeliveryState,
    Freeze,
    ImportRow,
    Mailing,
    MailingState,
    Outcome,
    Phase,
    RenderedMail,
    Reply,
    SubscriptionStatus,
    SuppressionReason,
)
from newsletter.project import Project
from tests.moulds import cast
from tests.web.desk import open_desk

#: The first of the mailings; the others follow every quarter.
FIRST = datetime(2025, 7, 2, 6, 0, tzinfo=UTC)
#: The present of this project, after all of them.
NOW = datetime(2026, 2, 20, tzinfo=UTC)
SUBJECTS = ("Habiter la lenteur", "Ce que disent les rivières", "<b>Semer</b> & récolter")
_DOMAINS = ("gmail.com", "gmail.com", "gmail.com", "proximus.be", "outlook.com", "telenet.be", "orange.fr")
ACCEPTED = Reply(phase=Phase.DOT, code=250, enhanced="2.0.0", text="queued")
REFUSALS = (
    Reply(phase=Phase.RCPT, code=550, enhanced="5.1.1", text="<nobody@example.org>: no such user & co"),
    Reply(phase=Phase.RCPT, code=552, enhanced="5.2.2", text="mailbox full"),
)
LATER = Reply(phase=Phase.RCPT, code=451, enhanced="4.7.1", text="greylisted, try again")


def open_past(folder: Path, *, people: int = 420, mailings: int = 3) -> Project:
    """Everything in it is the same each time."""
    project = Project.open(cast(folder, _live, people=people, mailings=mailings))
    project.now = lambda: NOW
    return project


def _live(folder: Path, *, people: int, mailings: int) -> None:
    project = open_desk(folder)
    project.now = lambda: NOW
    for month in range(20):
        _join(project, month, people // 20)
    for number in range(mailings):
        send(project, SUBJECTS[number], at=FIRST + timedelta(days=91 * number), list_id="members")


def _join(project: Project, month: int, people: int) -> None:
    at = datetime(2024, 5, 4, tzinfo=UTC) + timedelta(days=30 * month)
    rows = [ImportRow(line=n, email=_address(month * people + n)) for n in range(people)]
    consent = Consent(text="Assemblée", source="hand", at=at)
    project.audience.import_rows(rows, list_id="members", consent=consent, dry_run=False)


def _address(number: int) -> str:
    domain = f"cooperative{number}.example" if number % 9 == 0 else _DOMAINS[number % len(_DOMAINS)]
    return f"lecteur{number}@{domain}"


def send(project: Project, subject: str, *, at: datetime, list_id: str, rehearsal: bool = False) -> Mailing:
    """A mailing to the list at that moment, and all that became of it; then some people leave."""
    store, issue = project.deliveries, f"{at:%Y-%m-%d}-numero"
    mail = RenderedMail(
        issue=issue,
        variant="members",
        language="fr",
        subject=subject,
        preheader="",
        html="<p>Bonjour</p>",
        text="Bonjour",
        fields=(),
        sha256="0" * 64,
    )
    mailing = store.create_mailing(Freeze(issue=issue, list=list_id, rehearsal=rehearsal), mail, now=at)
    store.set_state(mailing.id, MailingState.RUNNING, now=at)
    deferred = _first_round(project, mailing, at)
    for number, readers in enumerate(deferred):
        _record(project, mailing, readers, DeliveryState.SENT, ACCEPTED, at=at + timedelta(minutes=12 + 9 * number))
    store.set_state(mailing.id, MailingState.FINISHED, now=at + timedelta(minutes=40))
    for person in (3, 11, 38):
        _leave(project, person + 50 * mailing.id, at=at + timedelta(hours=person))
    return store.load_mailing(mailing.id)


def _first_round(project: Project, mailing: Mailing, at: datetime) -> list[list[int]]:
    """Thirty a step; returns those put off, in two halves, taken again later."""
    store, put_off, moment = project.deliveries, 0, at
    while page := store.claim(mailing.id, limit=30, now=at):
        moment += timedelta(seconds=20)
        numbers = [reader.delivery for reader in page]
        put_off += len(numbers[24:28])
        _record(project, mailing, numbers[:24], DeliveryState.SENT, ACCEPTED, at=moment)
        _record(project, mailing, numbers[24:28], DeliveryState.DEFERRED, LATER, at=moment)
        for refusal, numbers_ in zip(REFUSALS, (numbers[28:29], numbers[29:]), strict=True):
            _record(project, mailing, numbers_, DeliveryState.FAILED, refusal, at=moment)
    due = [one.delivery for one in store.claim(mailing.id, limit=put_off, now=at + timedelta(hours=1))]
    return [due[: len(due) // 2], due[len(due) // 2 :]]


def _record(
    project: Project, mailing: Mailing, numbers: list[int], state: DeliveryState, reply: Reply, *, at: datetime
) -> None:
    due_at = mailing.created_at + timedelta(minutes=10) if state is DeliveryState.DEFERRED else None
    outcomes = [Outcome(delivery=number, state=state, reply=reply, due_at=due_at) for number in numbers]
    project.deliveries.record(mailing.id, outcomes, now=at)


def _leave(project: Project, number: int, *, at: datetime) -> None:
    person = project.audience.find(_address(number))
    assert person
    for subscription in project.audience.subscriptions(person.id):
        project.audience.set_status(subscription.id, SubscriptionStatus.UNSUBSCRIBED, now=at, detail="one-click")
    gone = _address(number + 1)
    project.audience.suppress(gone, SuppressionReason.BOUNCED, now=at)
