"""One conversation with a server that behaves, or does not."""

import asyncio
import base64
import gc
import logging
import socket
import traceback
from collections.abc import Callable
from copy import deepcopy

import pytest

from newsletter.delivery.transports.answers import Timeouts
from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.errors import DeliveryError, LostConnection, PermanentFailure, TemporaryFailure
from newsletter.model import Phase, Prepared, Reply
from newsletter.settings import Secret, Smtp
from tests.certificates import make_certificate
from tests.fault_server import EXTENSIONS, Fault, FaultServer
from tests.list_bag import ListBag

PASSWORD = "sésame-ouvre-toi-1789"
SHORT = Timeouts(connect=2, command=0.3, data=0.3, dot=0.3, quit=0.3)
USUAL = Timeouts(connect=5, command=5, data=5, dot=5, quit=1)
MESSAGE = (b"Subject: hello\r\n\r\n", b"first\r\n", b"second\r\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def settings(server: FaultServer, **changes: object) -> Smtp:
    values = {"host": "127.0.0.1", "port": server.port, "security": "none", "hello": "client.test"}
    return Smtp(**{**values, **changes})


def to(recipient: str, *, sender: str = "from@example.org") -> Prepared:
    return Prepared(sender, recipient, MESSAGE)


def send(transport: SmtpTransport, *recipients: str, sender: str = "from@example.org") -> list[Reply]:
    """What the server said to each, over one connection; raises what broke that, or what was refused."""

    async def run() -> list[Reply]:
        connection = await transport.connect()
        bag = ListBag(to(recipient, sender=sender) for recipient in recipients)
        try:
            await connection.carry(bag)
        finally:
            await connection.close()
        if bag.refused:
            raise bag.refused[0]
        return bag.replies

    return asyncio.run(run())


def refused(transport: SmtpTransport) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(transport, "to@example.org")
    return caught.value


def test_messages_go_one_after_the_other_through_one_connection():
    with FaultServer() as server:
        replies = send(SmtpTransport(settings(server)), "a@example.org", "b@example.org")
    assert replies == [Reply(phase=Phase.DOT, code=250, enhanced="2.0.0", text="2.0.0 kept")] * 2
    assert server.recipients == ["a@example.org", "b@example.org"]
    assert server.accepted[0].content == b"".join(MESSAGE)
    assert server.all_connections == 1
    assert server.heard[0] == "EHLO client.test"
    assert f"MAIL FROM:<from@example.org> SIZE={sum(map(len, MESSAGE))}" in server.heard


def test_a_server_without_extensions_is_asked_for_none():
    with FaultServer(extensions=()) as server:
        send(SmtpTransport(settings(server)), "a@example.org")
    assert "MAIL FROM:<from@example.org>" in server.heard


def test_a_server_that_knows_only_helo_is_greeted_so():
    with FaultServer(faults=[Fault(at="EHLO", does="502 5.5.1 what?")]) as server:
        assert send(SmtpTransport(settings(server)), "a@example.org")[0].code == 250
    assert server.said("HELO") == 1


def test_a_refused_recipient_leaves_the_connection_good_for_the_next():
    with FaultServer(faults=[Fault(at="RCPT", who="^a@", does="550 5.1.1 nobody here")]) as server:
        first, second = send(SmtpTransport(settings(server)), "a@example.org", "b@example.org")
    assert first == Reply(phase=Phase.RCPT, code=550, enhanced="5.1.1", text="5.1.1 nobody here")
    assert second.code == 250
    assert server.said("RSET") == 1


@pytest.mark.parametrize(
    ("at", "does", "phase"),
    [
        ("MAIL", "451 4.7.1 later", Phase.MAIL),
        ("RCPT", "450 4.2.0 later", Phase.RCPT),
        ("DATA", "554 5.5.0 no", Phase.DATA),
        ("DOT", "554 5.7.1 spam", Phase.DOT),
    ],
)
def test_the_reply_that_decided_names_its_step(at, does, phase):
    with FaultServer(faults=[Fault(at=at, does=does)]) as server:
        (reply,) = send(SmtpTransport(settings(server)), "a@example.org")
    assert (reply.phase, f"{reply.code} {reply.text}") == (phase, does)


@pytest.mark.parametrize("does", ["drop", "stall", "drip", "garbage", "421 4.3.2 bye"])
@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA", "DOT"])
def test_a_broken_conversation_names_the_step_that_waited(at, does):
    with FaultServer(faults=[Fault(at=at, does=does)]) as server, pytest.raises(LostConnection) as caught:
        send(SmtpTransport(settings(server), timeouts=SHORT), "a@example.org")
    assert caught.value.phase is Phase[at]
    assert caught.value.answered == does.startswith("421")
    assert server.accepted == []


def test_a_very_long_reply_is_read():
    with FaultServer(faults=[Fault(at="RCPT", does="huge")]) as server:
        assert send(SmtpTransport(settings(server)), "a@example.org")[0].code == 250


@pytest.mark.parametrize("pipelining", ["off", "group", "chain"])
def test_no_content_leaves_before_the_bag_allows_it(pipelining):
    def full_disk() -> None:
        raise RuntimeError("full")

    async def run(server: FaultServer) -> None:
        connection = await SmtpTransport(settings(server, pipelining=pipelining)).connect()
        with pytest.raises(RuntimeError, match="full"):
            await connection.carry(ListBag([to("a@example.org")], before_dot=full_disk))
        with pytest.raises(LostConnection):
            await connection.carry(ListBag([to("b@example.org")], before_dot=full_disk))
        await connection.close()

    with FaultServer() as server:
        asyncio.run(run(server))
    assert server.accepted == []


def test_a_message_that_may_not_leave_yet_leaves_as_soon_as_it_may():
    class SlowDisk(ListBag):
        asked = 0

        def may_leave(self, then: Callable[[], None]) -> bool:
            self.asked += 1
            if self.asked % 2:
                assert len(server.accepted) == self.asked // 2
                asyncio.get_running_loop().call_later(0.02, then)
            return self.asked % 2 == 0

    async def run() -> list[Reply]:
        connection = await SmtpTransport(settings(server)).connect()
        bag = SlowDisk(to(recipient) for recipient in ALL)
        await connection.carry(bag)
        await connection.close()
        return bag.replies

    with FaultServer() as server:
        assert [reply.code for reply in asyncio.run(run())] == [250] * 3
    assert server.recipients == [*ALL]


def test_a_bag_that_wants_no_more_ends_the_carrying_and_leaves_the_connection_good():
    class Small(ListBag):
        def settle(self, reply: Reply) -> bool:
            return super().settle(reply) and len(self.replies) != 2

    async def run() -> None:
        connection = await SmtpTransport(settings(server)).connect()
        bag = Small(to(recipient) for recipient in ALL)
        await connection.carry(bag)
        assert len(bag.replies) == 2
        await connection.carry(bag)
        await connection.close()

    with FaultServer() as server:
        asyncio.run(run())
    assert server.recipients == [*ALL]
    assert (server.all_connections, server.said("QUIT")) == (1, 1)


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org>\r\nRCPT TO:<victim@example.org",
        "a@example.org\n",
        "a b@example.org",
        "a@example.org> NOTIFY=NEVER",
        "été@example.org",
        "a@b@example.org",
        "@example.org",
        "",
    ],
)
def test_an_address_is_never_more_than_an_address(address):
    with FaultServer() as server:
        for pair in ({"sender": address}, {}):
            recipient = "ok@example.org" if pair else address
            with pytest.raises(PermanentFailure):
                send(SmtpTransport(settings(server)), recipient, **pair)
    assert not any(line.startswith(("MAIL", "RCPT")) for line in server.heard)


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ([Fault(at="CONNECT", does="421 4.3.2 busy")], TemporaryFailure),
        ([Fault(at="CONNECT", does="554 5.7.1 go away")], PermanentFailure),
        ([Fault(at="CONNECT", does="stall")], TemporaryFailure),
        ([Fault(at="CONNECT", does="drip")], TemporaryFailure),
        ([Fault(at="CONNECT", does="drop")], TemporaryFailure),
        ([Fault(at="CONNECT", does="garbage")], TemporaryFailure),
        ([Fault(at="EHLO", does="drop")], TemporaryFailure),
        ([Fault(at="EHLO", does="stall")], TemporaryFailure),
    ],
)
def test_a_server_that_does_not_let_us_in_is_an_error_of_the_right_kind(faults, expected):
    with FaultServer(faults=faults) as server:
        error = refused(SmtpTransport(settings(server), timeouts=SHORT))
    assert type(error) is expected
    assert f"127.0.0.1:{server.port}" in error.message


def test_a_server_that_is_not_there_is_a_temporary_failure():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        nobody = Smtp(host="127.0.0.1", port=bound.getsockname()[1], security="none")
        assert type(refused(SmtpTransport(nobody))) is TemporaryFailure
    unknown = Smtp(host="relay.invalid", port=25, security="none", allow_plain=True)
    assert type(refused(SmtpTransport(unknown))) is TemporaryFailure


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_encrypted_conversation_checks_the_certificate(certificate, security):
    with FaultServer(certificate=certificate, implicit_tls=security == "tls") as server:
        transport = SmtpTransport(settings(server, security=security, ca_file=certificate), timeouts=USUAL)
        assert [reply.code for reply in send(transport, "a@example.org", "b@example.org")] == [250, 250]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("kind", ["self-signed", "expired", "wrong name"])
def test_a_certificate_that_proves_nothing_ends_it(tmp_path, security, kind):
    name = "elsewhere.example" if kind == "wrong name" else "127.0.0.1"
    certificate = make_certificate(tmp_path, name=name, days=-1 if kind == "expired" else 2)
    trusted = {} if kind == "self-signed" else {"ca_file": certificate}
    with FaultServer(certificate=certificate, implicit_tls=security == "tls", password=PASSWORD) as server:
        secret = {"username": "imagine", "password": Secret(PASSWORD)}
        changes = {"security": security, **secret, **trusted}
        error = refused(SmtpTransport(settings(server, **changes), timeouts=USUAL))
    assert type(error) is PermanentFailure
    assert (server.said("AUTH"), server.accepted) == (0, [])


@pytest.mark.parametrize(
    ("does", "expected"),
    [
        (None, PermanentFailure),
        ("454 4.7.0 not now", TemporaryFailure),
        ("garbage", TemporaryFailure),
        ("drop", TemporaryFailure),
        ("stall", TemporaryFailure),
        ("220 2.0.0 ready\r\n250 injected", DeliveryError),
    ],
)
def test_encryption_is_never_negotiated_away(certificate, does, expected):
    faults = [Fault(at="STARTTLS", does=does)] if does else []
    with FaultServer(certificate=certificate if does else None, faults=faults, password=PASSWORD) as server:
        changes = {"security": "starttls", "ca_file": certificate, "username": "imagine"}
        changes["password"] = Secret(PASSWORD)
        transport = SmtpTransport(settings(server, **changes), timeouts=SHORT)
        try:
            send(transport, "a@example.org")
        except expected:
            assert server.said("MAIL") == 0
            assert server.said("AUTH") == 0
        else:
            assert server.heard.index("STARTTLS") < server.heard.index("EHLO client.test", 1)


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "CRAM-MD5 PLAIN", "GSSAPI LOGIN"])
@pytest.mark.parametrize("code", ["535 5.7.8 no", "454 4.7.0 later"])
def test_a_password_is_tried_once_and_never_told(mechanisms, code, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    encoded = base64.b64encode(f"\0imagine\0{PASSWORD}".encode()).decode()
    # This server repeats what it heard, as some do.
    fault = Fault(at="AUTH", does=f"{code} for {encoded} {PASSWORD}")
    with FaultServer(password=PASSWORD, mechanisms=mechanisms, faults=[fault]) as server:
        transport = SmtpTransport(settings(server, username="imagine", password=Secret(PASSWORD)))
        error = refused(transport)
    assert type(error) is (PermanentFailure if code.startswith("5") else TemporaryFailure)
    assert server.said("AUTH") == 1
    told = "".join(traceback.format_exception(error)) + caplog.text + "".join(capsys.readouterr()) + repr(transport)
    for secret in (PASSWORD, encoded, base64.b64encode(PASSWORD.encode()).decode()):
        assert secret not in told
    assert error.__cause__ is None


def test_a_server_that_offers_no_mechanism_is_not_given_the_password():
    with FaultServer(password=PASSWORD, mechanisms="GSSAPI") as server:
        error = refused(SmtpTransport(settings(server, username="imagine", password=Secret(PASSWORD))))
    assert type(error) is PermanentFailure
    assert server.said("AUTH") == 0


def test_a_broken_authentication_may_be_tried_again():
    with FaultServer(password=PASSWORD, faults=[Fault(at="AUTH", does="drop")]) as server:
        error = refused(SmtpTransport(settings(server, username="imagine", password=Secret(PASSWORD))))
    assert type(error) is TemporaryFailure


def test_a_missing_authority_is_one_sentence(tmp_path):
    with FaultServer() as server:
        error = refused(SmtpTransport(settings(server, security="tls", ca_file=tmp_path / "none.pem")))
    assert "none.pem" in error.message


def test_a_server_that_hangs_up_on_quit_does_no_harm():
    with FaultServer(faults=[Fault(at="QUIT", does="drop")]) as server:
        assert send(SmtpTransport(settings(server)), "a@example.org")[0].code == 250
    gc.collect()
    assert server.recipients == ["a@example.org"]


# --- pipelining ----------------------------------------------------------------------------------------------------

MODES = ("off", "group", "chain")


def deliver(server: FaultServer, *recipients: str, pipelining: str) -> list[Reply | LostConnection]:
    """One connection, and what came of each message, as a lane would see it."""

    async def run() -> list[Reply | LostConnection]:
        connection = await SmtpTransport(settings(server, pipelining=pipelining), timeouts=SHORT).connect()
        bag = ListBag(map(to, recipients))
        try:
            await connection.carry(bag)
        except LostConnection as error:
            return [*bag.replies, error]
        finally:
            await connection.close()
        assert not bag.waiting
        if bag.refused:
            raise bag.refused[0]
        return bag.replies

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("pipelining", "extensions", "commands"),
    [
        ("off", EXTENSIONS, 1),
        ("group", EXTENSIONS, 2),
        ("chain", EXTENSIONS, 2),
        ("group", EXTENSIONS[1:], 1),
        ("chain", EXTENSIONS[1:], 1),
    ],
)
def test_commands_are_grouped_only_when_the_server_offers_it(pipelining, extensions, commands):
    """DATA is heard after a refused RCPT only from a client that did not wait for the answer."""
    with FaultServer(extensions=extensions, faults=[Fault(at="RCPT", who="^a@", does="550 5.1.1 no")]) as server:
        refused, kept = deliver(server, "a@example.org", "b@example.org", pipelining=pipelining)
    assert (refused.phase, refused.code, kept.code) == (Phase.RCPT, 550, 250)
    assert server.said("DATA") == commands
    assert (server.said("RSET"), server.all_connections) == (1, 1)


def test_the_offer_before_encryption_counts_for_nothing(certificate):
    class Forgetful(FaultServer):
        def tls(self):
            self.extensions = EXTENSIONS[1:]
            return super().tls()

    with Forgetful(certificate=certificate, faults=[Fault(at="RCPT", does="550 5.1.1 no")]) as server:
        transport = SmtpTransport(settings(server, security="starttls", ca_file=certificate), timeouts=USUAL)
        assert send(transport, "a@example.org")[0].phase is Phase.RCPT
    assert server.said("DATA") == 0


def test_a_chained_envelope_leaves_with_the_content_of_the_message_before():
    class Hesitant(ListBag):
        """Gives the second message when it is asked again."""

        hesitates = True

        def take(self) -> Prepared | None:
            if self.replies and self.hesitates:
                self.hesitates = False
                return None
            return super().take()

    async def run() -> None:
        connection = await SmtpTransport(settings(server, pipelining="chain"), timeouts=USUAL).connect()
        bag = Hesitant(map(to, ALL[:2]))
        await connection.carry(bag)
        assert len(bag.replies) == 1
        while server.said("DATA") < 2:
            await asyncio.sleep(0)
        await connection.carry(bag)
        await connection.close()

    with FaultServer() as server:
        asyncio.run(run())
    assert server.recipients == [*ALL[:2]]
    assert (server.said("MAIL"), server.said("QUIT")) == (2, 1)


def test_an_announced_message_that_is_not_taken_leaves_nothing_behind():
    class Halting(ListBag):
        def take(self) -> Prepared | None:
            return None if self.replies else super().take()

    async def run() -> None:
        connection = await SmtpTransport(settings(server, pipelining="chain"), timeouts=USUAL).connect()
        await connection.carry(Halting(map(to, ALL)))
        await connection.close()

    with FaultServer() as server:
        asyncio.run(run())
    assert server.recipients == [ALL[0]]
    assert server.said("QUIT") == 0


def test_an_announced_address_that_no_command_can_hold_concerns_nobody_else():
    with FaultServer() as server, pytest.raises(PermanentFailure, match="x y@"):
        deliver(server, "a@example.org", "x y@example.org", pipelining="chain")
    assert server.recipients == ["a@example.org"]


ALL = ("a@example.org", "b@example.org", "c@example.org")
#: What comes back for the second of three messages → the step and code that decide it, and whether the third arrives.
ROWS = {
    "RCPT 4xx": ([Fault(at="RCPT", who="^b", does="450 4.2.0 later")], (Phase.RCPT, 450), True),
    "RCPT 5xx": ([Fault(at="RCPT", who="^b", does="550 5.1.1 no")], (Phase.RCPT, 550), True),
    "MAIL 4xx": ([Fault(at="MAIL", after=1, times=1, does="451 4.7.1 slower")], (Phase.MAIL, 451), True),
    "MAIL 5xx": ([Fault(at="MAIL", after=1, times=1, does="550 5.7.1 no")], (Phase.MAIL, 550), True),
    "DATA 4xx": ([Fault(at="DATA", who="^b", does="451 4.3.0 no")], (Phase.DATA, 451), True),
    "DATA 5xx": ([Fault(at="DATA", who="^b", does="554 5.5.0 no")], (Phase.DATA, 554), True),
    "dot refused": ([Fault(at="DOT", who="^b", does="554 5.7.1 spam")], (Phase.DOT, 554), True),
    "421 at MAIL": ([Fault(at="MAIL", after=1, does="421 4.3.2 bye")], (Phase.MAIL, True), False),
    "421 at RCPT": ([Fault(at="RCPT", who="^b", does="421 4.3.2 bye")], (Phase.RCPT, True), False),
    "421 at DATA": ([Fault(at="DATA", who="^b", does="421 4.3.2 bye")], (Phase.DATA, True), False),
    "421 to the dot": ([Fault(at="DOT", who="^b", does="421 4.3.2 bye")], (Phase.DOT, True), False),
    "drops at RCPT": ([Fault(at="RCPT", who="^b", does="drop")], (Phase.RCPT, False), False),
    "drops before 354": ([Fault(at="DATA", who="^b", does="drop")], (Phase.DATA, False), False),
    "drops after the dot": ([Fault(at="DOT", who="^b", does="keep+drop")], (Phase.DOT, False), False),
    "not SMTP after the dot": ([Fault(at="DOT", who="^b", does="keep+garbage")], (Phase.DOT, False), False),
    "354 to MAIL": ([Fault(at="MAIL", after=1, does="354 go on")], (Phase.MAIL, False), False),
    "250 to DATA": ([Fault(at="DATA", who="^b", does="250 2.0.0 ok")], (Phase.DATA, False), False),
}


@pytest.mark.parametrize("pipelining", MODES)
@pytest.mark.parametrize("row", ROWS)
def test_every_answer_inside_a_group_is_understood(row, pipelining):
    faults, (phase, said), third = deepcopy(ROWS[row])
    with FaultServer(faults=faults) as server:
        first, second, *rest = deliver(server, *ALL, pipelining=pipelining)
    assert first.code == 250
    assert (second.phase, second.answered if isinstance(second, LostConnection) else second.code) == (phase, said)
    assert [reply.code for reply in rest] == [250] * third
    assert server.recipients.count(ALL[0]) == 1
    assert server.recipients.count(ALL[2]) == third


@pytest.mark.parametrize("pipelining", ["group", "chain"])
def test_a_354_after_a_refused_recipient_is_given_an_empty_content_and_the_refusal_stands(pipelining):
    fault = Fault(at="RCPT", who="^b", does="550 5.1.1 no")
    with FaultServer(faults=[fault], goes_on_anyway=True) as server:
        outcomes = deliver(server, *ALL, pipelining=pipelining)
    assert [(reply.phase, reply.code) for reply in outcomes] == [(Phase.DOT, 250), (Phase.RCPT, 550), (Phase.DOT, 250)]
    assert server.recipients == [ALL[0], ALL[2]]


@pytest.mark.parametrize("pipelining", MODES)
def test_what_was_answered_before_a_goodbye_stands(pipelining):
    fault = Fault(at="RCPT", who="^b", does="550 5.1.1 no\r\n421 4.3.2 bye")
    with FaultServer(faults=[fault]) as server:
        first, second, third = deliver(server, *ALL, pipelining=pipelining)
    assert (first.code, second.code, second.phase) == (250, 550, Phase.RCPT)
    assert isinstance(third, LostConnection)
    assert third.phase is Phase.MAIL


@pytest.mark.parametrize("pipelining", ["off", "group"])
def test_a_goodbye_between_two_messages_touches_neither(pipelining):
    fault = Fault(at="DOT", who="^a", does="keep+250 2.0.0 kept\r\n421 4.4.2 idle too long")
    with FaultServer(faults=[fault]) as server:
        first, second = deliver(server, *ALL, pipelining=pipelining)
    assert first.code == 250
    assert isinstance(second, LostConnection)
    assert (second.phase, second.answered) == (Phase.MAIL, True)
    assert server.recipients == [ALL[0]]
