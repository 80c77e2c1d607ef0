"""One settings file, `newsletter.toml`, and the variables over it: `NEWSLETTER_SMTP__PASSWORD`."""

import os
import stat
from pathlib import Path
from typing import Any

# Else pydantic reads the metadata of every installed package, looking for plug-ins.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from newsletter.errors import SettingsError
from newsletter.i18n import _
from newsletter.mistakes import did_you_mean, value_reason
from newsletter.model import Place
from newsletter.settings.sections import (
    NAME_LIMIT,
    Content,
    DeliverySettings,
    Dkim,
    MailingList,
    Public,
    Site,
    Smtp,
    SmtpServer,
    Store,
    is_dns_name,
    seconds,
)
from newsletter.toml_file import line_of, read_toml

__all__ = [
    "FILE_NAME",
    "NAME_LIMIT",
    "Content",
    "DeliverySettings",
    "Dkim",
    "MailingList",
    "Public",
    "Settings",
    "Site",
    "Smtp",
    "SmtpServer",
    "Store",
    "git_keeps",
    "is_dns_name",
    "is_shared",
    "read_settings",
    "seconds",
]

#: Name of the settings file in a project folder.
FILE_NAME = "newsletter.toml"
#: What the variables over it begin with.
PREFIX = "NEWSLETTER_"


class Settings(BaseModel):
    """Everything `newsletter.toml` may say. Frozen; an unknown key is an error with the nearest name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    site: Site = Field(default_factory=Site)
    content: Content = Field(default_factory=Content)
    lists: dict[str, MailingList] = {}
    #: Values of layout parameters for every issue: `tagline = "…"`.
    parameters: dict[str, Any] = {}
    smtp: Smtp = Field(default_factory=Smtp)
    dkim: Dkim = Field(default_factory=Dkim)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    store: Store = Field(default_factory=Store)
    public: Public = Field(default_factory=Public)

    @property
    def copies_url(self) -> str:
        """Where readers find the copies of pictures: by default `newsletter serve` shows them."""
        return self.content.copies_url or f"{self.public.url}/i"


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
        settings = _validated(table)
    except ValidationError as error:
        raise _translated(error, source) from None
    _refuse_plain(settings, source)
    return settings


def is_shared(path: Path) -> bool:
    """True when others on this machine may read or change the file."""
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def git_keeps(path: Path) -> bool:
    """True when the file stands in a working copy of git, which may publish it."""
    return any((parent / ".git").exists() for parent in path.resolve().parents)


def _validated(table: dict[str, Any]) -> Settings:
    """The file's values, and over them those of variables, if there are any: their library takes long to start."""
    if not any(name.upper().startswith(PREFIX) for name in os.environ):
        return Settings(**table)
    from newsletter.settings.environment import with_variables

    return with_variables(table)


def _refuse_shared_password(path: Path, table: dict[str, Any], source: str) -> None:
    """A secret in a file that others can read, or that git may publish, is refused."""
    smtp = table.get("smtp", {})
    tables = [("smtp",), *(("smtp", name) for name, own in smtp.items() if isinstance(own, dict))]
    told = next((keys for keys in tables if (smtp[keys[1]] if keys[1:] else smtp).get("password")), None)
    if told and (is_shared(path) or git_keeps(path)):
        keys = (*told, "password")
        raise SettingsError(
            _("a password must not stand in a file that others can read or that git keeps"),
            where=_place(source, keys),
            hint=_("remove it, and set {variable} in the environment", variable=_variable(keys)),
        )


def _refuse_plain(settings: Settings, source: str) -> None:
    for name, smtp in settings.smtp.relays.items() or [("", settings.smtp)]:
        if smtp.security == "none" and not smtp.is_loopback() and not smtp.allow_plain:
            raise SettingsError(
                _('security = "none" would send every address in clear to {host}', host=smtp.host),
                where=_place(source, ("smtp", *filter(None, [name]), "security")),
                hint=_('write security = "starttls" or "tls"; or allow_plain = true if that is what you want'),
            )


def _translated(error: ValidationError, source: str) -> SettingsError:
    """The first mistake as one line: key, place, and the nearest known name."""
    first = error.errors(include_url=False, include_input=False)[0]
    keys = tuple(str(part) for part in first["loc"])
    if keys[:2] == ("smtp", "relays"):  # a table of its own in the file
        keys = ("smtp", *keys[2:])
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
    return [field.alias or name for name, field in fields.items() if name != "relays"]


def _place(source: str, keys: tuple[str, ...]) -> Place:
    """Where a key is said: its variable, or its line in the file."""
    if _variable(keys) in os.environ:
        return Place(file=_variable(keys), field=".".join(keys))
    return Place(file=FILE_NAME, line=line_of(source, keys), field=".".join(keys))


def _variable(keys: tuple[str, ...]) -> str:
    return PREFIX + "__".join(keys).upper()
