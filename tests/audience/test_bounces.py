"""What comes back is read as servers write it, each in its own manner; what they do not say is not guessed."""

import random
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine

from newsletter.audience.bounces import Settlement, read_return
from newsletter.audience.subscriptions import leave_by_mail
from newsletter.audience.tokens import make_unsubscribe_token
from newsletter.model import Event, Freeze, Returned, ReturnKind, SuppressionReason
from newsletter.store import SqlAudienceStore, SqlDeliveryStore, SqlReturnStore
from tests.store.databases import CONSENT, MAIL, subscribe

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=90)
MARK = "0123456789abcdef0123"
FORGED = "ffffffffffffffffffff"
OURS = f"bounce+{MARK}@imagine.example"
LETTER_ID = "<2026-11-20-numero-190.00112233445566778899aabbccddeeff@imagine.example>"
LETTER = f"Return-Path: <{OURS}>\nFrom: Imagine <lettre@imagine.example>\nMessage-ID: {LETTER_ID}\nSubject: Le n° 190\n"


def report(
    *blocks: str,
    to: str = OURS,
    letter: str | None = LETTER,
    kind: str = "delivery-status",
    holds: str = "message/delivery-status",
    returned: str = "message/rfc822",
    head: str = "",
    encoding: str = "7bit",
) -> bytes:
    """A multipart/report as a server would send it."""
    said = "\n".join(block.strip() + "\n" for block in blocks)
    if encoding == "base64":
        said = b64encode(said.encode()).decode() + "\n"
    parts = ["Content-Type: text/plain\n\nSorry: lea@example.org is not here.\n"]
    parts += [f"Content-Type: {holds}\nContent-Transfer-Encoding: {encoding}\n\n{said}"]
    parts += [f"Content-Type: {returned}\n\n{letter}\n\nBonjour\n"] if letter is not None else []
    body = "".join(f"--=_x\n{part}\n" for part in parts)
    opening = (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: {to}\n"
        "Subject: =?utf-8?Q?Non_remis_=C3=A0_l=C3=A9a?=\n"
        f"Date: Thu, 26 Nov 2026 10:00:00 +0100\n{head}MIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="=_x"\n\n'
    )
    return f"{opening}{body}--=_x--\n".encode()


def failed(status: str = "5.1.1", *, action: str = "failed", more: str = "") -> tuple[str, str]:
    return (
        "Reporting-MTA: dns; mx.example.net\nArrival-Date: Thu, 26 Nov 2026 09:59:58 +0100",
        f"Final-Recipient: rfc822; lea@example.org\nAction: {action}\nStatus: {status}\n{more}",
    )


POSTFIX = report(
    "Reporting-MTA: dns; mail.example.net\nX-Postfix-Queue-ID: 4F1A2\nX-Postfix-Sender: rfc822; " + OURS,
    "Final-Recipient: rfc822; lea@example.org\nOriginal-Recipient: rfc822;lea@example.org\nAction: failed\n"
    "Status: 5.1.1\nRemote-MTA: dns; mx.example.org\nDiagnostic-Code: smtp; 550 5.1.1 <lea@example.org>:\n"
    "    Recipient address rejected: User unknown",
    head="Auto-Submitted: auto-replied\n",
    returned="text/rfc822-headers",
)
EXIM = report(
    *failed("5.0.0", more="Remote-MTA: dns; mx.example.org\nDiagnostic-Code: smtp; 550-5.1.1 no such person here"),
    head="X-Failed-Recipients: lea@example.org\nAuto-Submitted: auto-replied\nPrecedence: bulk\n",
)
EXCHANGE = report(
    "Reporting-MTA: dns;server.example.local\nReceived-From-MTA: dns;mx.example.net",
    "Final-recipient: RFC822;lea@example.org\nACTION: FAILED\nSTATUS: 5.1.10\nDiagnostic-code: smtp;550 5.1.10\n"
    "X-Display-Name: =?utf-8?B?TMOpYQ==?=",
    to="Imagine <" + OURS + ">",
    letter=None,
    head=f"In-Reply-To: {LETTER_ID}\nReferences: {LETTER_ID}\n",
)
GMAIL = report(
    "Reporting-MTA: dns; googlemail.example\nReceived-From-MTA: dns; imagine.example",
    "Final-Recipient: rfc822; lea@example.org\nAction: failed\nStatus: 5.2.1\n"
    "Diagnostic-Code: smtp; 550-5.2.1 The account is inactive. Learn more at\n 550 5.2.1 example.com/inactive\n"
    "Last-Attempt-Date: Thu, 26 Nov 2026 01:00:00 -0800 (PST)",
    head="X-Failed-Recipients: lea@example.org\n",
)
ORANGE = report(
    *failed("5.1.1 (adresse inconnue)", action="failed (définitif)"),
    head="Delivered-To: " + OURS + "\n",
    to="postmaster",
)
CRLF = POSTFIX.replace(b"\n", b"\r\n")
INTERNATIONAL = report(
    *failed("5.1.1", more="Localized: utf-8; boîte inconnue : léa@exemple.example"),
    holds="message/global-delivery-status",
    returned="message/global-headers",
)
ENCODED = report(*failed(), holds="message/global-delivery-status", encoding="base64")
FOOTED = (
    b'To: %b\nContent-Type: multipart/mixed; boundary="out"\n\n--out\nContent-Type: text/plain\n\nExternal\n--out\n'
    % OURS.encode()
    + POSTFIX
    + b"\n--out--\n"
)
RUBBISH = report(*failed(), head="X-Rubbish: \udcff".encode("utf-8", "surrogateescape").decode("latin-1") + "\n")
UNCLOSED = POSTFIX.replace(b"--=_x--\n", b"")
HUGE = POSTFIX + b"x" * (1 << 22)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        pytest.param(POSTFIX, "5.1.1", id="postfix"),
        pytest.param(CRLF, "5.1.1", id="crlf"),
        pytest.param(EXIM, "5.1.1", id="exim says 5.0.0 and quotes the answer"),
        pytest.param(EXCHANGE, "5.1.10", id="exchange returns no letter"),
        pytest.param(GMAIL, "5.2.1", id="gmail"),
        pytest.param(ORANGE, "5.1.1", id="comments in the fields"),
        pytest.param(INTERNATIONAL, "5.1.1", id="international"),
        pytest.param(ENCODED, "5.1.1", id="international in base64"),
        pytest.param(FOOTED, "5.1.1", id="a gateway put its words before it"),
        pytest.param(RUBBISH, "5.1.1", id="eight bits in a header"),
        pytest.param(UNCLOSED, "5.1.1", id="never closed"),
        pytest.param(HUGE, "5.1.1", id="huge"),
        pytest.param(report(*failed("5.2.2")), "5.2.2", id="full"),
        pytest.param(report(*failed("4.4.7")), "4.4.7", id="expired"),
        pytest.param(report(*failed("nonsense")), "5.0.0", id="no status at all"),
        pytest.param(report(*failed("5.1.1"), failed("5.2.2")[1]), "5.2.2", id="of two the least final"),
    ],
)
def test_a_bounce_says_its_status_and_its_letter(raw: bytes, status: str) -> None:
    read = read_return(raw)
    assert (read.kind, read.status) == (ReturnKind.BOUNCED, status)
    assert MARK in read.marks or LETTER_ID in read.message_ids


def test_a_bounce_has_a_day_and_a_clean_subject() -> None:
    read = read_return(POSTFIX)
    assert read.at == datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    assert read.subject == "Non remis à léa"
    assert read_return(POSTFIX.replace(b"Thu, 26 Nov 2026 10:00:00 +0100", b"yesterday")).at is None


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded"])
def test_what_did_not_fail_is_only_told(action: str) -> None:
    assert read_return(report(*failed("4.4.1", action=action))).kind is ReturnKind.NOTICE
    both = report(*failed(), failed("2.0.0", action=action)[1])
    assert read_return(both).kind is ReturnKind.NOTICE


def complaint(kind: str = "abuse", *, letter: str = LETTER) -> bytes:
    fields = f"Feedback-Type: {kind}\nUser-Agent: Loop/1\nVersion: 1\nOriginal-Mail-From: <{OURS}>\nOriginal-Rcpt-To: x"
    return report(
        fields, kind="feedback-report", holds="message/feedback-report", to="fbl@imagine.example", letter=letter
    )


def test_a_complaint_is_found_though_the_address_is_blanked_out() -> None:
    read = read_return(complaint(letter="Subject: Le n° 190\n"))
    assert (read.kind, read.marks, read.status) == (ReturnKind.COMPLAINED, (MARK,), "")


AUTOMATIC = (
    f"To: {OURS}\nAuto-Submitted: auto-replied\nSubject: Absente\n\n550 5.1.1 lea@example.org unknown\n".encode()
)
FORWARDED = (
    b'To: %b\nSubject: Fwd\nContent-Type: multipart/mixed; boundary="f"\n\n--f\nContent-Type: message/rfc822\n\n'
    % OURS.encode()
    + POSTFIX
    + b"\n--f--\n"
)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(AUTOMATIC, id="an absence"),
        pytest.param(FORWARDED, id="a report that somebody forwards"),
        pytest.param(complaint("not-spam"), id="the contrary of a complaint"),
        pytest.param(complaint("auth-failure"), id="about a forger"),
        pytest.param(POSTFIX.replace(b"multipart/report", b"multipart/mixed"), id="not called a report"),
        pytest.param(POSTFIX.replace(b"--=_x", b"--=_y"), id="no boundary holds"),
        pytest.param(POSTFIX.replace(b"Action:", b"Akshun:"), id="no action"),
        pytest.param(report("Action:\nStatus: 5.1.1").replace(b"delivery-status\n", b"x\n"), id="no status part"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00\xff\xfe" * 999, id="bytes"),
        pytest.param(
            b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000)), id="deep"
        ),
    ],
)
def test_anything_else_is_left_to_a_person(raw: bytes) -> None:
    assert read_return(raw).kind is ReturnKind.OTHER


def test_no_words_of_a_message_name_a_letter() -> None:
    quoted = f"To: postmaster@imagine.example\nSubject: {MARK}\n\nIt was sent by {OURS}, {LETTER_ID}\n".encode()
    read = read_return(quoted)
    assert (read.marks, read.message_ids) == ((), ())


def test_no_broken_message_stops_the_reading() -> None:
    chance = random.Random(190)
    for seed in (POSTFIX, GMAIL, INTERNATIONAL, ENCODED, FOOTED, complaint()):
        for _try in range(60):
            raw = bytearray(seed)
            for _change in range(chance.randrange(1, 30)):
                raw[chance.randrange(len(raw))] = chance.choice(b'\x00\xff\n:;=<>?"- a5\xe9')
            read = read_return(bytes(raw))
            assert read.subject.isprintable()


# --- what it comes to ------------------------------------------------------------------------------------------


class Desk:
    """A database with one person, and her deliveries 1 to 6, each of another issue."""

    def __init__(self, engine: Engine) -> None:
        self.audience, self.returns = SqlAudienceStore(engine), SqlReturnStore(engine)
        subscribe(self.audience, "lea@example.org", at=LONG_AGO)
        for number in range(1, 7):
            mail = replace(MAIL, issue=f"issue-{number}")
            freeze = Freeze(issue=mail.issue, list="members", rehearsal=False, identity={})
            SqlDeliveryStore(engine).create_mailing(freeze, mail, now=LONG_AGO)

    @property
    def history(self) -> list[Event]:
        """What came after the subscription."""
        return list(self.audience.events(1))[1:]

    @property
    def reasons(self) -> list[str]:
        return [each.reason.value for each in self.audience.suppressions()]

    def settle(self, *box: Returned, dry_run: bool = False) -> list[str]:
        """One reading of a box."""
        work = Settlement(
            leave=partial(leave_by_mail, self.audience, now=NOW, dry_run=dry_run),
            since=NOW - timedelta(days=184),
            store=self.returns,
            history_of=self.audience.events,
            delivery_of=lambda returned: int(returned.marks[0]) if returned.marks else None,
            now=NOW,
            dry_run=dry_run,
        )
        return [work.settle(returned) for returned in box]


@pytest.fixture
def desk(sqlite: Engine) -> Desk:
    return Desk(sqlite)


def bounce(delivery: int, status: str = "5.2.2", *, days: float = 0) -> Returned:
    at = NOW - timedelta(days=days)
    return Returned(kind=ReturnKind.BOUNCED, status=status, marks=(str(delivery),), at=at)


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.10", "5.2.1"])
def test_an_address_that_does_not_exist_is_suppressed_at_once(desk: Desk, status: str) -> None:
    assert desk.settle(bounce(1, status)) == ["bounced"]
    assert desk.history == [
        Event(kind="bounced", at=NOW, detail=f"{status}, issue-1"),
        Event(kind="suppressed", at=NOW, detail="bounced"),
    ]
    assert desk.reasons == ["bounced"]


@pytest.mark.parametrize("status", ["5.2.2", "4.4.7", "5.7.1", "5.0.0", "5.1.0", "5.1.3", "5.1.6"])
def test_any_other_failure_is_only_noted(desk: Desk, status: str) -> None:
    assert desk.settle(bounce(1, status)) == ["noted"]
    assert [fact.kind for fact in desk.history] == ["bounced"]
    assert desk.reasons == []


@pytest.mark.parametrize("readings", [1, 5])
def test_the_fifth_failure_within_thirty_days_is_one_too_many(desk: Desk, readings: int) -> None:
    box = [bounce(number, days=35 - 6 * number) for number in range(1, 6)]
    outcomes = desk.settle(*box) if readings == 1 else [desk.settle(one)[0] for one in box]
    assert outcomes == ["noted"] * 4 + ["bounced"]
    assert desk.reasons == ["bounced"]


def test_failures_that_are_older_are_forgiven(desk: Desk) -> None:
    assert set(desk.settle(*(bounce(number, days=38.5 - 7.7 * number) for number in range(1, 6)))) == {"noted"}


def test_whoever_was_taken_back_by_hand_begins_anew(desk: Desk) -> None:
    assert desk.settle(*map(bounce, range(1, 6)))[-1] == "bounced"
    desk.audience.unsuppress("lea@example.org", now=NOW)
    assert desk.settle(bounce(6)) == ["noted"]


def test_what_was_read_is_not_counted_again_even_for_whoever_was_taken_back(desk: Desk) -> None:
    assert desk.settle(bounce(1, "5.1.1")) == ["bounced"]
    desk.audience.unsuppress("lea@example.org", now=NOW)
    assert desk.settle(bounce(1, "5.1.1", days=2)) == ["repeated"]
    assert desk.reasons == []


def test_a_failure_older_than_failures_are_kept_is_not_entered_again(desk: Desk) -> None:
    assert desk.settle(bounce(1, "5.1.1", days=185), bounce(2, days=183)) == ["repeated", "noted"]
    assert desk.reasons == []


def test_a_complaint_is_obeyed_once(desk: Desk) -> None:
    complained = Returned(kind=ReturnKind.COMPLAINED, marks=("1",), at=NOW)
    assert desk.settle(complained, complained) == ["complained", "repeated"]
    assert desk.reasons == ["complained"]
    assert desk.history[0] == Event(kind="complained", at=NOW, detail="issue-1")


def test_what_names_nobody_of_ours_is_told_and_not_obeyed(desk: Desk) -> None:
    nameless = Returned(kind=ReturnKind.BOUNCED, status="5.1.1")
    neither = [Returned(kind=kind, marks=("1",)) for kind in (ReturnKind.OTHER, ReturnKind.NOTICE)]
    assert desk.settle(nameless, bounce(100, "5.1.1"), *neither) == ["unknown", "unknown", "other", "notice"]
    assert desk.history == []


def test_a_dry_run_says_the_same_and_writes_nothing(desk: Desk) -> None:
    box = [bounce(number, days=9 - number) for number in (1, 2, 3, 3, 4, 5)]
    said = desk.settle(*box, dry_run=True)
    assert desk.history == []
    assert said == desk.settle(*box) == ["noted"] * 3 + ["repeated", "noted", "bounced"]


@pytest.mark.parametrize(
    "at", [None, NOW + timedelta(days=1), NOW - timedelta(days=4000), datetime(1, 1, 1, tzinfo=UTC)]
)
def test_a_report_of_an_impossible_day_came_back_today(desk: Desk, at: datetime | None) -> None:
    desk.settle(Returned(kind=ReturnKind.BOUNCED, status="5.2.2", marks=("1",), at=at))
    assert desk.history[0].at == NOW


def test_a_history_is_written_in_the_order_of_its_days(desk: Desk) -> None:
    """A report that comes late is entered after what is known: an audience's moves are read in this order."""
    yesterday = NOW - timedelta(days=1)
    desk.audience.suppress("lea@example.org", SuppressionReason.ASKED, now=yesterday)
    desk.settle(bounce(1, days=3))
    assert [fact.at for fact in desk.history] == [yesterday] * 2


# --- requests to leave -----------------------------------------------------------------------------------------


def request(subject: str, *, name: str = "<1@phone.example>", days: float = 0, head: str = "") -> Returned:
    """A mail program follows the mailto of List-Unsubscribe."""
    date = f"{NOW - timedelta(days=days):%a, %d %b %Y %H:%M:%S +0000}"
    return read_return(f"Message-ID: {name}\nDate: {date}\nSubject: {subject}\n{head}\n\n".encode())


def token(desk: Desk, subscription: int = 1) -> str:
    return make_unsubscribe_token(desk.audience.secret(), subscription)


def standing(desk: Desk) -> str:
    (theirs,) = desk.audience.subscriptions(1)
    return theirs.status.value


@pytest.mark.parametrize("words", ["{}", "unsubscribe {}", "Re: {}", "=?utf-8?q?=C3=A9?= {}"])
def test_a_request_by_mail_ends_the_subscription_that_its_token_names(desk: Desk, words: str) -> None:
    assert desk.settle(request(words.format(token(desk)))) == ["left"]
    assert standing(desk) == "unsubscribed"
    assert desk.reasons == [], "leaving a list is no suppression"


def test_a_dry_run_leaves_nobody(desk: Desk) -> None:
    assert desk.settle(request(token(desk)), dry_run=True) == ["left"]
    assert standing(desk) == "confirmed"


@pytest.mark.parametrize("subject", ["1.AAAAAAAAAAAAAAAAAAAAAA", "2{}", "{}x", "Bonjour", "1." + "é" * 22])
def test_what_is_no_token_of_ours_is_for_a_person_to_read(desk: Desk, subject: str) -> None:
    assert desk.settle(request(subject.format(token(desk)))) == ["other"]
    assert standing(desk) == "confirmed"


def test_whoever_came_back_stays_though_the_box_is_read_again(desk: Desk) -> None:
    assert desk.settle(request(token(desk)), request(token(desk), name="<2@phone.example>")) == ["left", "repeated"]
    desk.audience.subscribe(1, "members", consent=CONSENT)
    assert desk.settle(request(token(desk))) == ["repeated"]
    assert standing(desk) == "confirmed"
    assert desk.settle(request(token(desk), name="<3@phone.example>")) == ["left"]


def test_a_request_older_than_the_subscription_is_about_an_earlier_one(desk: Desk) -> None:
    assert desk.settle(request(token(desk), days=92)) == ["repeated"]
    assert desk.settle(request(token(desk), days=90.5)) == ["left"], "clocks differ"


def test_a_request_without_date_or_name_is_obeyed_once(desk: Desk) -> None:
    bare = read_return(f"Subject: {token(desk)}\n\n".encode())
    assert (bare.at, desk.settle(bare, bare)) == (None, ["left", "repeated"])
