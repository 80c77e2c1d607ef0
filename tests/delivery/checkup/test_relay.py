"""The relay is asked everything and sent nothing."""

from datetime import UTC, datetime

import pytest

from newsletter.delivery.checkup.relay import check_relay
from newsletter.settings import Secret, Smtp
from tests.certificates import make_certificate
from tests.fault_server import FaultServer
from tests.faults import Fault

NOW = datetime.now(UTC)


def asked(server, *, now=NOW, largest=100_000, **changes):
    """Code → the worst level among its lines."""
    smtp = Smtp(**{"host": "127.0.0.1", "port": server.port, "security": "none", "connections": 4, **changes})
    found = list(check_relay(smtp, largest=largest, now=now))
    assert all(one.message for one in found)
    assert [line for line in server.heard if line.upper().startswith(("MAIL", "RCPT", "DATA"))] == []
    order = ("ok", "warning", "error")
    return {one.code: max((two.level for two in found if two.code == one.code), key=order.index) for one in found}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"), days=40)


def test_a_good_relay_is_all_well():
    with FaultServer() as server:
        levels = asked(server)
    assert set(levels) == {"relay", "relay-tls", "relay-offers", "relay-login", "relay-limits"}
    assert set(levels.values()) == {"ok"}


def test_a_certificate_about_to_end_is_seen(certificate):
    with FaultServer(certificate=certificate) as server:
        tls = {"security": "starttls", "ca_file": certificate}
        assert asked(server, **tls)["relay-tls"] == "ok"
        later = datetime.fromtimestamp(NOW.timestamp() + 30 * 86400, UTC)
        assert asked(server, now=later, **tls)["relay-tls"] == "warning"


def test_a_certificate_that_nobody_vouches_for_is_to_mend(certificate):
    with FaultServer(certificate=certificate) as server:
        assert asked(server, security="starttls") == {"relay": "error"}


def test_a_relay_without_encryption_is_to_mend():
    with FaultServer() as server:
        assert asked(server, security="starttls") == {"relay": "error"}


@pytest.mark.parametrize(("answer", "level"), [("235 2.7.0 welcome", "ok"), ("535 5.7.8 no", "error")])
def test_the_password_is_tried_once(answer, level):
    with FaultServer(password="sésame", faults=[Fault(at="AUTH", does=answer)]) as server:
        levels = asked(server, username="anne", password=Secret("sésame"))
        assert server.said("AUTH") == 1
    assert levels["relay-login"] == level


def test_a_letter_too_big_for_the_relay_is_to_mend():
    with FaultServer(extensions=("PIPELINING", "SIZE 50000")) as server:
        assert asked(server)["relay-offers"] == "error"
    with FaultServer(extensions=("PIPELINING", "SIZE 0")) as server:
        assert asked(server)["relay-offers"] == "ok"


def test_a_relay_without_pipelining_is_slow_and_no_more():
    with FaultServer(extensions=("SIZE 50000000",)) as server:
        assert asked(server)["relay-offers"] == "warning"


def test_a_relay_that_takes_fewer_conversations_is_counted():
    with FaultServer(most_connections=2) as server:
        assert asked(server)["relay-limits"] == "warning"


def test_nobody_at_the_port_is_said_and_not_more():
    with FaultServer() as server:
        pass
    assert asked(server) == {"relay": "warning"}


def test_a_relay_that_refuses_us_is_to_mend():
    with FaultServer(faults=[Fault(at="CONNECT", does="554 5.7.1 go away")]) as server:
        assert asked(server) == {"relay": "error"}
