"""Questions to the DNS: what is not there is an empty list, what cannot be asked is `Unanswered`."""

from ipaddress import ip_address

import dns.exception
import dns.resolver
import dns.reversename

from newsletter.errors import UsageError
from newsletter.i18n import _

_PORT = 53


class Unanswered(Exception):  # noqa: N818 - what it is
    """No name server could say; the argument is the name that was asked for."""


class Directory:
    """One resolver, the system's or the one named. Once nobody answers it asks no more: this machine is offline."""

    def __init__(self, server: str = "", *, timeout_seconds: float = 3) -> None:
        """`server` is `9.9.9.9` or `127.0.0.1:5353`; raises UsageError on anything else."""
        #: True once no name server was heard at all.
        self.silent = False
        self._answers: dict[tuple[str, str], list[str]] = {}
        try:
            self._resolver = dns.resolver.Resolver(configure=not server)
        except dns.resolver.NoResolverConfiguration:
            self._resolver, self.silent = dns.resolver.Resolver(configure=False), True
        self._resolver.lifetime, self._resolver.timeout = timeout_seconds, timeout_seconds / 2
        if server:
            self._resolver.nameservers, self._resolver.port = _parsed(server)

    def texts(self, name: str) -> list[str]:
        """TXT records, the strings of each joined (RFC 7208 §3.3)."""
        return self._ask(name, "TXT")

    def exchanges(self, name: str) -> list[str]:
        """Hosts that take the mail of a domain; `.` alone: none does (RFC 7505)."""
        return self._ask(name, "MX")

    def addresses(self, name: str) -> list[str]:
        """IPv4 and IPv6 addresses; an address is its own."""
        try:
            return [str(ip_address(name))]
        except ValueError:
            return self._ask(name, "A") + self._ask(name, "AAAA")

    def names(self, address: str) -> list[str]:
        """What an address is called."""
        return self._ask(dns.reversename.from_address(address).to_text(), "PTR")

    def _ask(self, name: str, kind: str) -> list[str]:
        if self.silent:
            raise Unanswered(name)
        if (name, kind) not in self._answers:
            self._answers[name, kind] = self._asked(name, kind)
        return self._answers[name, kind]

    def _asked(self, name: str, kind: str) -> list[str]:
        try:
            answer = self._resolver.resolve(f"{name.rstrip('.')}.", kind)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.Timeout:
            self.silent = True
            raise Unanswered(name) from None
        except dns.exception.DNSException:  # this one name cannot be resolved, or is none
            raise Unanswered(name) from None
        if kind == "TXT":
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        if kind == "MX":
            return [str(record.exchange) for record in sorted(answer, key=lambda record: record.preference)]
        return [record.to_text().rstrip(".") for record in answer]


def _parsed(server: str) -> tuple[list[str], int]:
    host, _colon, port = server.rpartition(":") if server.count(":") == 1 else (server, "", "")
    try:
        return [str(ip_address(host.strip("[]")))], int(port or _PORT)
    except ValueError:
        raise UsageError(
            _("“{value}” is not the address of a name server", value=server), hint=_("write for example 9.9.9.9")
        ) from None
