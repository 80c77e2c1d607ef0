"""What comes back is read as servers write it, each in its own manner; what they do not say is not guessed."""

import random
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.audience.bounces import Settlement, read_return
from newsletter.model import Addressee, Event, Returned, ReturnKind, SuppressionReason

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
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


class Store:
    """One person's deliveries 1, 2, 3 …, each of another issue."""

    def __init__(self) -> None:
        self.facts: list[Event] = []
        self.reasons: list[SuppressionReason | None] = []

    def addressee(self, delivery: int) -> Addressee | None:
        return Addressee(7, "lea@example.org", f"issue-{delivery}") if delivery < 100 else None

    def copies(self, mailing_id: int):
        raise AssertionError("nobody asks")

    def enter(self, to: Addressee, fact: Event, *, reason: SuppressionReason | None, now: datetime) -> bool:
        self.facts.append(fact)
        self.reasons.append(reason)
        return True


def settlement(store: Store, *, dry_run: bool = False) -> Settlement:
    return Settlement(
        store=store,
        history_of=lambda _person: store.facts,
        delivery_of=lambda returned: int(returned.marks[0]) if returned.marks else None,
        now=NOW,
        dry_run=dry_run,
    )


def bounce(delivery: int, status: str = "5.2.2", *, days: float = 0) -> Returned:
    at = NOW - timedelta(days=days)
    return Returned(kind=ReturnKind.BOUNCED, status=status, marks=(str(delivery),), at=at)


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.10", "5.2.1"])
def test_an_address_that_does_not_exist_is_suppressed_at_once(status: str) -> None:
    store = Store()
    assert settlement(store).settle(bounce(1, status)) == "bounced"
    assert store.facts == [Event(kind="bounced", at=NOW, detail=f"{status}, issue-1")]
    assert store.reasons == [SuppressionReason.BOUNCED]


@pytest.mark.parametrize("status", ["5.2.2", "4.4.7", "5.7.1", "5.0.0", "5.1.0", "5.1.3", "5.1.6"])
def test_any_other_failure_is_only_noted(status: str) -> None:
    store = Store()
    assert settlement(store).settle(bounce(1, status)) == "noted"
    assert store.reasons == [None]


def test_the_fifth_failure_within_thirty_days_is_one_too_many() -> None:
    outcomes = [settlement(store := Store()).settle(bounce(1, days=29))]
    work = settlement(store)
    outcomes += [work.settle(bounce(number, days=29 - number)) for number in range(2, 6)]
    assert outcomes == ["noted"] * 4 + ["bounced"]


def test_failures_that_are_older_are_forgiven() -> None:
    work = settlement(Store())
    assert {work.settle(bounce(number, days=31 - 7.6 * number)) for number in range(5)} == {"noted"}


def test_whoever_was_taken_back_by_hand_begins_anew() -> None:
    store = Store()
    work = settlement(store)
    assert [work.settle(bounce(number)) for number in range(1, 6)][-1] == "bounced"
    store.facts.append(Event(kind="unsuppressed", at=NOW))
    assert settlement(store).settle(bounce(6)) == "noted"


def test_what_was_read_is_not_counted_again_even_for_whoever_was_taken_back() -> None:
    store = Store()
    assert settlement(store).settle(bounce(1, "5.1.1")) == "bounced"
    store.facts.append(Event(kind="unsuppressed", at=NOW))
    assert settlement(store).settle(bounce(1, "5.1.1", days=2)) == "repeated"
    assert len(store.reasons) == 1


def test_a_complaint_is_obeyed_once() -> None:
    store = Store()
    work = settlement(store)
    complained = Returned(kind=ReturnKind.COMPLAINED, marks=("1",), at=NOW)
    assert [work.settle(complained), work.settle(complained)] == ["complained", "repeated"]
    assert store.reasons == [SuppressionReason.COMPLAINED]
    assert store.facts == [Event(kind="complained", at=NOW, detail="issue-1")]


def test_what_names_nobody_of_ours_is_told_and_not_obeyed() -> None:
    store = Store()
    work = settlement(store)
    assert work.settle(Returned(kind=ReturnKind.BOUNCED, status="5.1.1")) == "unknown"
    assert work.settle(bounce(100, "5.1.1")) == "unknown"
    assert work.settle(Returned(kind=ReturnKind.OTHER, marks=("1",))) == "other"
    assert work.settle(Returned(kind=ReturnKind.NOTICE, marks=("1",))) == "notice"
    assert store.facts == []


def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    box = [bounce(number, days=9 - number) for number in (1, 2, 3, 3, 4, 5)]
    trial, real = Store(), Store()
    rehearsed, work = settlement(trial, dry_run=True), settlement(real)
    said = [rehearsed.settle(one) for one in box]
    assert said == [work.settle(one) for one in box] == ["noted"] * 3 + ["repeated", "noted", "bounced"]
    assert trial.facts == []


@pytest.mark.parametrize(
    "at", [None, NOW + timedelta(days=1), NOW - timedelta(days=4000), datetime(1, 1, 1, tzinfo=UTC)]
)
def test_a_report_of_an_impossible_day_came_back_today(at: datetime | None) -> None:
    store = Store()
    settlement(store).settle(Returned(kind=ReturnKind.BOUNCED, status="5.2.2", marks=("1",), at=at))
    assert store.facts[0].at == NOW


def test_a_history_is_written_in_the_order_of_its_days() -> None:
    """A report that comes late is entered after what is known: an audience's moves are read in this order."""
    store = Store()
    store.facts.append(Event(kind="suppressed", at=NOW - timedelta(days=1)))
    settlement(store).settle(bounce(1, days=3))
    assert [fact.at for fact in store.facts] == [NOW - timedelta(days=1)] * 2
