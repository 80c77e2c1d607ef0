"""A conversation is encrypted as the settings say, and a password is given once, to nobody else."""

import base64
import logging
import ssl
import traceback
import warnings

import pytest

from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.errors import DeliveryError, PermanentFailure, TemporaryFailure
from newsletter.model import Phase
from newsletter.settings import Secret
from tests.certificates import make_certificate
from tests.delivery.conversations import SHORT, USUAL, refused, send, settings
from tests.fault_server import EXTENSIONS, Fault, FaultServer

PASSWORD = "sésame-ouvre-toi-1789"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


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


def test_an_encryption_older_than_tls_1_2_is_refused(certificate):
    class Old(FaultServer):
        def tls(self):
            context = super().tls()
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
            return context

    with Old(certificate=certificate, implicit_tls=True) as server:
        refused(SmtpTransport(settings(server, security="tls", ca_file=certificate), timeouts=USUAL))
    assert (server.heard, server.accepted) == ([], [])


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


def test_the_offer_before_encryption_counts_for_nothing(certificate):
    class Forgetful(FaultServer):
        def tls(self):
            self.extensions = EXTENSIONS[1:]
            return super().tls()

    with Forgetful(certificate=certificate, faults=[Fault(at="RCPT", does="550 5.1.1 no")]) as server:
        transport = SmtpTransport(settings(server, security="starttls", ca_file=certificate), timeouts=USUAL)
        assert send(transport, "a@example.org")[0].phase is Phase.RCPT
    assert server.said("DATA") == 0
