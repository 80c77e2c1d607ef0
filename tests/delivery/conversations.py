"""One conversation over the wire, for the tests of the transport."""

import asyncio

import pytest

from newsletter.delivery.transports.answers import Timeouts
from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.errors import DeliveryError
from newsletter.model import Prepared, Reply
from newsletter.settings import Smtp
from tests.fault_server import FaultServer
from tests.list_bag import ListBag

ALL = ("a@example.org", "b@example.org", "c@example.org")
SHORT = Timeouts(connect=2, command=0.3, data=0.3, dot=0.3, quit=0.3)
USUAL = Timeouts(connect=5, command=5, data=5, dot=5, quit=1)
MESSAGE = (b"Subject: hello\r\n\r\n", b"first\r\n", b"second\r\n")


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
