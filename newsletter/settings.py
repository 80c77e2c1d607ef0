"""One settings file, `newsletter.toml`, and the variables over it: `NEWSLETTER_SMTP__PASSWORD`."""

import os
import re
import stat
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as SourceError

from newsletter.errors import SettingsError
from newsletter.i18n import _
from newsletter.mistakes import did_you_mean, value_reason
from newsletter.model import Place
from newsletter.toml_file import line_of, read_toml

#: Name of the settings file in a project folder.
FILE_NAME = "newsletter.toml"

_DURATION = re.compile(r"(\d+)\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(duration: str) -> int:
    """`90s`, `5m`, `48h`, `2d` in seconds; raises ValueError on anything else."""
    match = _DURATION.fullmatch(duration.strip())
    if not match:
        raise ValueError(_("“{value}” is not a duration: write 90s, 5m, 48h or 2d", value=duration))
    return int(match[1]) * _SECONDS[match[2]]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        """No value may break a header, or a line of the terminal."""
        if isinstance(value, str) and any(character < " " or character == "\x7f" for character in value):
            raise ValueError(_("an invisible control character stands here"))
        return value


class Site(_Section):
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


class Content(_Section):
    """Where the words and pictures are."""

    articles: Path = Field(Path("content/articles"), description="folder of the articles; may be the site's own")
    issues: Path = Field(Path("content/issues"), description="folder of the issues")
    uploads: Path = Field(Path("content/uploads"), description="folder of the images: `/uploads/x.jpg` is x.jpg here")
    templates: Path = Field(Path("templates"), description="folder of the layouts")


class MailingList(_Section):
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


class Smtp(_Section):
    """The server that takes the messages."""

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
    hello: str = Field("", description="name said in EHLO; empty: this machine's")

    def is_loopback(self) -> bool:
        """True when nothing can leave the machine."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


class DeliverySettings(_Section):
    """How messages are handed over."""

    rate: float = Field(0, ge=0, description="messages a second, 0 = as fast as the server takes them")
    return_path: str = Field("", description="envelope sender; VERP is added to its local part")
    retry: tuple[str, ...] = Field(("5m", "15m", "30m", "1h", "2h", "4h"), description="then every last one")
    give_up: str = Field("48h", description="a delivery still refused after that has failed")

    @field_validator("retry", mode="before")
    @classmethod
    def _retry(cls, value: Any) -> Any:
        for duration in value if isinstance(value, list | tuple) else ():
            seconds(str(duration))
        if value in ([], ()):
            raise ValueError(_("write one duration at least"))
        return value

    @field_validator("give_up")
    @classmethod
    def _give_up(cls, value: str) -> str:
        seconds(value)
        return value


class Store(_Section):
    """The database."""

    url: str = Field("sqlite:///var/newsletter.db", description="or postgresql://…")


class Public(_Section):
    """The pages readers see."""

    url: str = Field("http://127.0.0.1:8025", description="address of `newsletter serve`, as readers reach it")

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        return _absolute(value)


class Settings(BaseSettings):
    """Everything `newsletter.toml` may say. Frozen; an unknown key is an error with the nearest name."""

    model_config = SettingsConfigDict(env_prefix="NEWSLETTER_", env_nested_delimiter="__", extra="forbid", frozen=True)

    site: Site = Site()
    content: Content = Content()
    lists: dict[str, MailingList] = {}
    #: Values of layout parameters for every issue: `tagline = "…"`.
    parameters: dict[str, Any] = {}
    smtp: Smtp = Smtp()
    delivery: DeliverySettings = DeliverySettings()
    store: Store = Store()
    public: Public = Public()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *rest: Any,
        **named: Any,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file."""
        return named["env_settings"], init_settings


def read_settings(folder: Path) -> Settings:
    """Read `folder/newsletter.toml` and the environment; raises SettingsError with line and nearest name."""
    path = folder / FILE_NAME
    if not path.exists() and not path.is_symlink():
        raise SettingsError(
            _("no newsletter.toml in {folder}", folder=folder),
            hint=_("go to your project folder, name it with --project, or make one with newsletter init DIR"),
        )
    table, source = read_toml(path, file=FILE_NAME, error=SettingsError)
    _refuse_shared_password(path, table, source)
    try:
        settings = Settings(**table)
    except ValidationError as error:
        raise _translated(error, source) from None
    except SourceError as error:
        raise _bad_variable(error) from None
    _refuse_plain(settings, source)
    return settings


def _absolute(value: str) -> str:
    if not re.match(r"https?://[^/\s]+", value):
        raise ValueError(_("“{value}” is not an address that starts with https://", value=value))
    return value.rstrip("/")


def _bad_variable(error: SourceError) -> SettingsError:
    """A variable for a whole section must hold a JSON object."""
    named = re.search(r'field "(\w+)"', str(error))
    return SettingsError(
        _("this variable holds no JSON"),
        where=f"NEWSLETTER_{named[1].upper()}" if named else None,
        hint=_("set single keys instead, such as NEWSLETTER_SMTP__PORT"),
    )


def _refuse_shared_password(path: Path, table: dict[str, Any], source: str) -> None:
    """A secret in a file that others can read, or that git may publish, is refused."""
    if not table.get("smtp", {}).get("password"):
        return
    shared = bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    if shared or any((parent / ".git").exists() for parent in path.resolve().parents):
        raise SettingsError(
            _("a password must not stand in a file that others can read or that git keeps"),
            where=_place(source, ("smtp", "password")),
            hint=_("remove it, and set NEWSLETTER_SMTP__PASSWORD in the environment"),
        )


def _refuse_plain(settings: Settings, source: str) -> None:
    smtp = settings.smtp
    if smtp.security == "none" and not smtp.is_loopback() and not smtp.allow_plain:
        raise SettingsError(
            _('security = "none" would send every address in clear to {host}', host=smtp.host),
            where=_place(source, ("smtp", "security")),
            hint=_('write security = "starttls" or "tls"; or allow_plain = true if that is what you want'),
        )


def _translated(error: ValidationError, source: str) -> SettingsError:
    """The first mistake as one line: key, place, and the nearest known name."""
    first = error.errors(include_url=False, include_input=False)[0]
    keys = tuple(str(part) for part in first["loc"])
    name = ".".join(keys)
    if first["type"] == "extra_forbidden":
        return SettingsError(
            _("unknown setting {name}", name=name),
            where=_place(source, keys),
            hint=did_you_mean(keys[-1], _known(keys[:-1])) or _("see docs/settings.md for the known ones"),
        )
    return SettingsError(f"{name}: {value_reason(first)}", where=_place(source, keys))


def _known(keys: tuple[str, ...]) -> list[str]:
    fields: dict[str, Any] = dict(Settings.model_fields)
    if keys[:1] == ("lists",):
        fields = dict(MailingList.model_fields)
    elif keys:
        section = Settings.model_fields.get(keys[0])
        kind = section.annotation if section else None
        fields = dict(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
    return [field.alias or name for name, field in fields.items()]


def _place(source: str, keys: tuple[str, ...]) -> Place:
    """Where a key is said: its variable, or its line in the file."""
    variable = "NEWSLETTER_" + "__".join(keys).upper()
    if variable in os.environ:
        return Place(file=variable, field=".".join(keys))
    return Place(file=FILE_NAME, line=line_of(source, keys), field=".".join(keys))
