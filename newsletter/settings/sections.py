"""The tables of the settings file: every key, its default and what it means."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from newsletter.i18n import _
from newsletter.typed_table import REQUIRED, Mistake, Secret, Table, entry

#: Most characters of a domain or a selector: a line of the signature holds no more (RFC 5322 §2.1.1).
NAME_LIMIT = 70

_DNS_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
_DURATION = re.compile(r"(\d+)\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(duration: str) -> int:
    """`90s`, `5m`, `48h`, `2d` in seconds; raises ValueError on anything else."""
    match = _DURATION.fullmatch(duration.strip())
    if not match:
        raise ValueError(_("“{value}” is not a duration: write 90s, 5m, 48h or 2d", value=duration))
    return int(match[1]) * _SECONDS[match[2]]


def is_dns_name(name: str) -> bool:
    """True for labels of letters, digits and hyphens, joined by dots."""
    return bool(_DNS_NAME.fullmatch(name))


def _parsed(mailbox: str) -> tuple[str, str]:
    """Name and address."""
    from email.utils import parseaddr  # takes a socket along, which most commands never open

    return parseaddr(mailbox)


def _absolute(value: str) -> str:
    if not re.match(r"https?://[^/\s]+", value):
        raise ValueError(_("“{value}” is not an address that starts with https://", value=value))
    return value.rstrip("/")


def _absolute_or_none(value: str) -> str:
    return value and _absolute(value)


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(_("“{value}” is not a time zone; write for example Europe/Brussels", value=value)) from error
    return value


def _dns_name(value: str) -> str:
    if value and not is_dns_name(value):
        raise ValueError(_("“{value}” is not a name of the DNS: letters, digits, hyphens and dots", value=value))
    return value.lower()


def _durations(values: tuple[str, ...]) -> tuple[str, ...]:
    for duration in values:
        seconds(duration)
    if not values:
        raise ValueError(_("write one duration at least"))
    return values


def _duration(value: str) -> str:
    seconds(value)
    return value


def _domains(rates: dict[str, float]) -> dict[str, float]:
    for domain, rate in rates.items():
        if not is_dns_name(domain):
            raise ValueError(_('“{value}” is not a domain; write for example "gmail.com" = 5', value=domain))
        if rate <= 0:
            raise ValueError(_("{domain} needs a number of messages a second above 0", domain=domain))
    return {domain.lower(): rate for domain, rate in rates.items()}


class Section(Table):
    """A table of the settings."""

    def check_text(self, text: str) -> None:
        """No value may break a header, or a line of the terminal."""
        if any(character < " " or character == "\x7f" for character in text):
            raise ValueError(_("an invisible control character stands here"))


class Site(Section):
    """The magazine's site."""

    title: str = entry("Newsletter", "name of the magazine: footer, feed, List-Id's phrase")
    url: str = entry("https://www.example.org", "`/uploads/x.jpg` resolves against it", check=_absolute)
    language: str = entry("fr", "language of the letters, BCP 47")
    typography: bool = entry(True, "false: texts keep the spaces and quotes they were typed with")
    timezone: str = entry("Europe/Brussels", "IANA name", check=_time_zone)
    address: str = entry("", "postal identity, printed in every message")
    permalink: str = entry("/articles/{slug}", "path of an article on the site: {slug} {year} {month} {day}")

    @property
    def typography_language(self) -> str:
        """The language whose typography texts get, BCP 47; empty: none's."""
        return self.language if self.typography else ""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of every date a person reads."""
        return ZoneInfo(self.timezone)


class Content(Section):
    """Where the words and pictures are."""

    articles: Path = entry(Path("content/articles"), "folder of the articles; may be the site's own")
    issues: Path = entry(Path("content/issues"), "folder of the issues")
    uploads: Path = entry(Path("content/uploads"), "folder of the images: `/uploads/x.jpg` is x.jpg here")
    templates: Path = entry(Path("templates"), "folder of the layouts")
    images: Literal["site", "copy"] = entry("site", "site: letters show the site's own files | copy")
    copies: Path = entry(Path("var/copies"), "folder of the copies")
    copies_url: str = entry("", "address of that folder; empty: the public pages'", check=_absolute_or_none)


class MailingList(Section):
    """One list that people subscribe to."""

    title: str = entry(REQUIRED, "its name, in List-Id and on the unsubscribe page")
    from_: str = entry(REQUIRED, "`Imagine <lettre@…>`", name="from")
    reply_to: str = entry("", "where answers go; empty: to `from`")
    audience: Literal["members", "all"] = entry("all", "which variant of members-only blocks it gets")
    why: str = entry("", "why one receives this letter, said in the footer; empty: a neutral sentence")
    fields: tuple[str, ...] = entry((), "columns of its subscribers that may be merge fields")

    @property
    def sender_name(self) -> str:
        """The name an inbox shows; "" when `from` is a bare address."""
        return _parsed(self.from_)[0]

    @property
    def reply_address(self) -> str:
        """The bare address where a person answers."""
        return _parsed(self.reply_to or self.from_)[1]


class SmtpServer(Section):
    """A server that takes messages."""

    host: str = entry("127.0.0.1", "name or address of the relay")
    port: int = entry(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = entry(
        "starttls", "starttls | tls | none (loopback only, or with allow_plain)"
    )
    allow_plain: bool = entry(False, 'true: security = "none" to a server that is not on this machine')
    username: str = entry("", "empty: no authentication")
    password: Secret = entry(Secret(""), "from NEWSLETTER_SMTP__PASSWORD")
    connections: int = entry(10, ge=1, le=100)
    messages_per_connection: int = entry(100, ge=1)
    pipelining: Literal["off", "group", "chain"] = entry("group")
    ca_file: Path | None = entry(None, "certificates to trust besides the system's")
    rate: float = entry(0, "messages a second through it, 0 = no limit but the mailing's", ge=0)
    share: float = entry(1, "its part of the connections, beside those of other relays", gt=0)
    hello: str = entry("", "name said in EHLO; empty: this machine's")

    #: The table of the file that speaks of it: `smtp`, or `smtp.<name>`.
    section: ClassVar[str] = "smtp"

    @property
    def password_variable(self) -> str:
        """The variable that holds its password."""
        return f"NEWSLETTER_{self.section.upper().replace('.', '__')}__PASSWORD"

    def is_loopback(self) -> bool:
        """True when nothing can leave the machine."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


class Smtp(SmtpServer):
    """The relay; or, with tables `[smtp.<name>]`, what all of them have in common."""

    #: Filled from those tables.
    relays: dict[str, SmtpServer] = entry({})

    @classmethod
    def read(cls, table: object) -> Self:
        """The tables inside are relays; each says its host, and the rest where it differs from what stands above."""
        return super().read(_divided(table) if isinstance(table, Mapping) else table)

    def check(self) -> None:
        """Nothing to refuse; each relay learns its own table."""
        for name, relay in self.relays.items():
            object.__setattr__(relay, "section", f"smtp.{name}")

    @property
    def servers(self) -> dict[str, SmtpServer]:
        """Every relay, by what a sentence calls it: `mail.example.org:587`, or with its name before that."""
        if not self.relays:
            return {f"{self.host}:{self.port}": self}
        return {f"{name} ({relay.host}:{relay.port})": relay for name, relay in self.relays.items()}

    def is_loopback(self) -> bool:
        """True when nothing can leave the machine by any relay."""
        return all(SmtpServer.is_loopback(server) for server in self.servers.values())


def _divided(table: Mapping[str, Any]) -> dict[str, Any]:
    common = {key: inner for key, inner in table.items() if not isinstance(inner, Mapping)}
    own = {name: inner for name, inner in table.items() if isinstance(inner, Mapping)}
    known = {key: inner for key, inner in common.items() if key in SmtpServer.declared()}
    relays = {name: _relay(name, inner, common=known) for name, inner in own.items()}
    return {**common, "relays": relays} if relays else common


def _relay(name: str, own: Mapping[str, Any], *, common: Mapping[str, Any]) -> dict[str, Any]:
    """What `[smtp.<name>]` says, over what `[smtp]` says. One server is not told the password of another's user."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", name):
        raise ValueError(_("“{name}” does not name a relay: small letters, digits and _", name=name))
    if "host" not in own:
        raise ValueError(_("the relay {name} has no host: write it under [smtp.{name}]", name=name))
    kept = {key: value for key, value in common.items() if key != "password" or "username" not in own}
    return {**kept, **own}


class Dkim(Section):
    """The signature of every message, made here. Most relays sign by themselves."""

    domain: str = entry("", "the domain that signs; empty: no signature", longest=NAME_LIMIT, check=_dns_name)
    selector: str = entry("", "name of the RSA key under the domain", longest=NAME_LIMIT, check=_dns_name)
    key: Path | None = entry(None, "file of the RSA key; empty: var/dkim/<selector>.pem")
    ed25519_selector: str = entry("", "name of a second key; empty: none", longest=NAME_LIMIT, check=_dns_name)
    ed25519_key: Path | None = entry(None, "its file; empty: var/dkim/<ed25519_selector>.pem")

    def check(self) -> None:
        """The parts of a signature go together."""
        if bool(self.domain) != bool(self.selector):
            raise ValueError(_("domain and selector go together"))
        if self.ed25519_selector and not self.selector:
            raise ValueError(_("an ed25519 key signs beside an RSA key only: write domain and selector too"))
        if self.selector and self.selector == self.ed25519_selector:
            raise ValueError(_("two keys cannot have one selector"))


class DeliverySettings(Section):
    """How messages are handed over."""

    rate: float = entry(0, "messages a second, 0 = as fast as the server takes them", ge=0)
    rate_per_minute: float = entry(0, "messages a minute, spread over it, 0 = no limit", ge=0)
    ramp_up: str = entry("0s", "the pace begins with a tenth and is reached after that time", check=_duration)
    domains: dict[str, float] = entry({}, "recipient domain → messages a second to it", check=_domains)
    loop: Literal["auto", "asyncio"] = entry("auto", "auto: uvloop if it is installed; asyncio: never")
    return_path: str = entry("", "envelope sender; VERP is added to its local part")
    unsubscribe_mailto: str = entry("", "box for requests to unsubscribe by mail; empty: by the web alone")
    retry: tuple[str, ...] = entry(("5m", "15m", "30m", "1h", "2h", "4h"), "then every last one", check=_durations)
    give_up: str = entry("48h", "a delivery still refused after that has failed", check=_duration)
    not_after: str = entry("48h", "a mailing older than that neither starts nor resumes by itself", check=_duration)

    @property
    def top_rate(self) -> float:
        """Messages a second at most; 0 is as fast as the server takes them."""
        return min(filter(None, [self.rate, self.rate_per_minute / 60]), default=0.0)

    def check(self) -> None:
        """A pace is needed to climb to one."""
        if seconds(self.ramp_up) and not (self.rate or self.rate_per_minute):
            raise ValueError(_("ramp_up climbs to a pace: write rate or rate_per_minute too"))


class Retention(Section):
    """How long what says something of a person is kept; `newsletter purge` lets the rest go."""

    ledger: str = entry("396d", "to which address a mailing went; then only to which number", check=_duration)
    bounces: str = entry("184d", "failures that came back, and the words of refusals", check=_duration)
    consents: str = entry("1827d", "after the end of a subscription: its proof, and then the person", check=_duration)
    logs: str = entry("90d", "letters of rehearsals, and what processes said", check=_duration)

    def check(self) -> None:
        """What comes back is matched by the ledger, and judged by what came back before."""
        for name in ("ledger", "bounces"):
            if seconds(getattr(self, name)) < seconds("30d"):
                raise Mistake(_("what comes back within 30 days is judged by it: write 30d or more"), name)


class Store(Section):
    """The database."""

    url: str = entry("sqlite:///var/newsletter.db", "or postgresql://…")


class Public(Section):
    """The pages readers see."""

    url: str = entry("http://127.0.0.1:8025", "address of `newsletter serve`, as readers reach it", check=_absolute)
