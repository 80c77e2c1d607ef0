"""The relays of the settings, each with its transport."""

from collections.abc import Mapping

from newsletter.delivery.roads import Relay
from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.settings import SmtpServer


def relays_from(servers: Mapping[str, SmtpServer]) -> list[Relay]:
    """`servers`: what a sentence calls each, and how it is used."""
    return [
        Relay(
            transport=SmtpTransport(server),
            name=name,
            connections=server.connections,
            messages_per_connection=server.messages_per_connection,
            share=server.share,
            rate=server.rate,
        )
        for name, server in servers.items()
    ]
