"""The tables of the settings file: every key, its default and what it means."""

import re
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from newsletter.i18n import _

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


class Section(BaseModel):
    # Built with the settings that hold it, not alone before: that would be done twice.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    @field_validator("*", mode="before")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        """No value may break a header, or a line of the terminal."""
        if isinstance(value, str) and any(character < " " or character == "\x7f" for character in value):
            raise ValueError(_("an invisible control character stands here"))
        return value


class Site(Section):
    """The magazine's site."""

    title: str = Field("Newsletter", description="name of the magazine: footer, feed, List-Id's phrase")
    url: str = Field("https://www.example.org", description="`/uploads/x.jpg` resolves against it")
    language: str = Field("fr", description="language of the letters, BCP 47")
    typography: bool = Field(True, description="false: texts keep the spaces and quotes they were typed with")
    timezone: str = Field("Europe/Brussels", description="IANA name")
    address: str = Field("", description="postal identity, printed in every message")
    permalink: str = Field(
        "/articles/{slug}", description="path of an article on the site: {slug} {year} {month} {day}"
    )

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        return _absolute(value)

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                _("“{value}” is not a time zone; write for example Europe/Brussels", value=value)
            ) from error
        return value

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

    articles: Path = Field(Path("content/articles"), description="folder of the articles; may be the site's own")
    issues: Path = Field(Path("content/issues"), description="folder of the issues")
    uploads: Path = Field(Path("content/uploads"), description="folder of the images: `/uploads/x.jpg` is x.jpg here")
    templates: Path = Field(Path("templates"), description="folder of the layouts")
    images: Literal["site", "copy"] = Field("site", description="site: letters show the site's own files | copy")
    copies: Path = Field(Path("var/copies"), description="folder of the copies")
    copies_url: str = Field("", description="address of that folder; empty: the public pages'")

    @field_validator("copies_url")
    @classmethod
    def _url(cls, value: str) -> str:
        return value and _absolute(value)


class MailingList(Section):
    """One list that people subscribe to."""

    title: str = Field(..., description="its name, in List-Id and on the unsubscribe page")
    from_: str = Field(..., alias="from", description="`Imagine <lettre@…>`")
    reply_to: str = Field("", description="where answers go; empty: to `from`")
    audience: Literal["members", "all"] = Field("all", description="which variant of members-only blocks it gets")
    why: str = Field("", description="why one receives this letter, said in the footer; empty: a neutral sentence")
    fields: tuple[str, ...] = Field((), description="columns of its subscribers that may be merge fields")

    @property
    def sender_name(self) -> str:
        """The name an inbox shows; "" when `from` is a bare address."""
        return parseaddr(self.from_)[0]

    @property
    def reply_address(self) -> str:
        """The bare address where a person answers."""
        return parseaddr(self.reply_to or self.from_)[1]


class SmtpServer(Section):
    """A server that takes messages."""

    host: str = Field("127.0.0.1", description="name or address of the relay")
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls | tls | none (loopback only, or with allow_plain)"
    )
    allow_plain: bool = Field(False, description='true: security = "none" to a server that is not on this machine')
    username: str = Field("", description="empty: no authentication")
    password: SecretStr = Field(SecretStr(""), description="from NEWSLETTER_SMTP__PASSWORD")
    connections: int = Field(10, ge=1, le=100)
    messages_per_connection: int = Field(100, ge=1)
    pipelining: Literal["off", "group", "chain"] = Field("group")
    ca_file: Path | None = Field(None, description="certificates to trust besides the system's")
    rate: float = Field(0, ge=0, description="messages a second through it, 0 = no limit but the mailing's")
    share: float = Field(1, gt=0, description="its part of the connections, beside those of other relays")
    hello: str = Field("", description="name said in EHLO; empty: this machine's")

    def is_loopback(self) -> bool:
        """True when nothing can leave the machine."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


class Smtp(SmtpServer):
    """The relay; or, with tables `[smtp.<name>]`, what all of them have in common."""

    #: Filled from those tables.
    relays: dict[str, SmtpServer] = {}

    @model_validator(mode="before")
    @classmethod
    def _divided(cls, value: Any) -> Any:
        """The tables inside are relays; each says its host, and the rest where it differs from what stands above."""
        if not isinstance(value, dict):
            return value
        common = {key: inner for key, inner in value.items() if not isinstance(inner, dict)}
        tables = {name: inner for name, inner in value.items() if isinstance(inner, dict)}
        if not tables:
            return common
        known = {key: inner for key, inner in common.items() if key in SmtpServer.model_fields}
        return {**common, "relays": {name: _relay(name, own, common=known) for name, own in tables.items()}}

    @property
    def servers(self) -> dict[str, SmtpServer]:
        """Every relay, by what a sentence calls it: `mail.example.org:587`, or with its name before that."""
        if not self.relays:
            return {f"{self.host}:{self.port}": self}
        return {f"{name} ({relay.host}:{relay.port})": relay for name, relay in self.relays.items()}

    def is_loopback(self) -> bool:
        """True when nothing can leave the machine by any relay."""
        return all(SmtpServer.is_loopback(server) for server in self.servers.values())


def _relay(name: str, own: dict[str, Any], *, common: dict[str, Any]) -> dict[str, Any]:
    """What `[smtp.<name>]` says, over what `[smtp]` says. One server is not told the password of another's user."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", name):
        raise ValueError(_("“{name}” does not name a relay: small letters, digits and _", name=name))
    if "host" not in own:
        raise ValueError(_("the relay {name} has no host: write it under [smtp.{name}]", name=name))
    kept = {key: value for key, value in common.items() if key != "password" or "username" not in own}
    return {**kept, **own}


class Dkim(Section):
    """The signature of every message, made here. Most relays sign by themselves."""

    domain: str = Field("", max_length=NAME_LIMIT, description="the domain that signs; empty: no signature")
    selector: str = Field("", max_length=NAME_LIMIT, description="name of the RSA key under the domain")
    key: Path | None = Field(None, description="file of the RSA key; empty: var/dkim/<selector>.pem")
    ed25519_selector: str = Field("", max_length=NAME_LIMIT, description="name of a second key; empty: none")
    ed25519_key: Path | None = Field(None, description="its file; empty: var/dkim/<ed25519_selector>.pem")

    @field_validator("domain", "selector", "ed25519_selector")
    @classmethod
    def _dns_name(cls, value: str) -> str:
        if value and not is_dns_name(value):
            raise ValueError(_("“{value}” is not a name of the DNS: letters, digits, hyphens and dots", value=value))
        return value.lower()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if bool(self.domain) != bool(self.selector):
            raise ValueError(_("domain and selector go together"))
        if self.ed25519_selector and not self.selector:
            raise ValueError(_("an ed25519 key signs beside an RSA key only: write domain and selector too"))
        if self.selector and self.selector == self.ed25519_selector:
            raise ValueError(_("two keys cannot have one selector"))
        return self


class DeliverySettings(Section):
    """How messages are handed over."""

    rate: float = Field(0, ge=0, description="messages a second, 0 = as fast as the server takes them")
    rate_per_minute: float = Field(0, ge=0, description="messages a minute, spread over it, 0 = no limit")
    ramp_up: str = Field("0s", description="the pace begins with a tenth and is reached after that time")
    domains: dict[str, float] = Field({}, description="recipient domain → messages a second to it")
    loop: Literal["auto", "asyncio"] = Field("auto", description="auto: uvloop if it is installed; asyncio: never")
    return_path: str = Field("", description="envelope sender; VERP is added to its local part")
    retry: tuple[str, ...] = Field(("5m", "15m", "30m", "1h", "2h", "4h"), description="then every last one")
    give_up: str = Field("48h", description="a delivery still refused after that has failed")
    not_after: str = Field("48h", description="a mailing older than that neither starts nor resumes by itself")

    @field_validator("retry", mode="before")
    @classmethod
    def _retry(cls, value: Any) -> Any:
        for duration in value if isinstance(value, list | tuple) else ():
            seconds(str(duration))
        if value in ([], ()):
            raise ValueError(_("write one duration at least"))
        return value

    @field_validator("give_up", "not_after", "ramp_up")
    @classmethod
    def _duration(cls, value: str) -> str:
        seconds(value)
        return value

    @field_validator("domains")
    @classmethod
    def _domains(cls, value: dict[str, float]) -> dict[str, float]:
        for domain, rate in value.items():
            if not is_dns_name(domain):
                raise ValueError(_('“{value}” is not a domain; write for example "gmail.com" = 5', value=domain))
            if rate <= 0:
                raise ValueError(_("{domain} needs a number of messages a second above 0", domain=domain))
        return {domain.lower(): rate for domain, rate in value.items()}

    @property
    def top_rate(self) -> float:
        """Messages a second at most; 0 is as fast as the server takes them."""
        return min(filter(None, [self.rate, self.rate_per_minute / 60]), default=0.0)

    @model_validator(mode="after")
    def _climbable(self) -> Self:
        if seconds(self.ramp_up) and not (self.rate or self.rate_per_minute):
            raise ValueError(_("ramp_up climbs to a pace: write rate or rate_per_minute too"))
        return self


class Store(Section):
    """The database."""

    url: str = Field("sqlite:///var/newsletter.db", description="or postgresql://…")


class Public(Section):
    """The pages readers see."""

    url: str = Field("http://127.0.0.1:8025", description="address of `newsletter serve`, as readers reach it")

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        return _absolute(value)


def _absolute(value: str) -> str:
    if not re.match(r"https?://[^/\s]+", value):
        raise ValueError(_("“{value}” is not an address that starts with https://", value=value))
    return value.rstrip("/")
