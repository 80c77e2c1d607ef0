"""One settings file, `newsletter.toml`, and the variables over it: `NEWSLETTER_SMTP__PASSWORD`."""

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from newsletter.errors import SettingsError
from newsletter.i18n import _
from newsletter.mistakes import did_you_mean
from newsletter.model import Place
from newsletter.settings.sections import (
    NAME_LIMIT,
    Content,
    DeliverySettings,
    Dkim,
    MailingList,
    Public,
    Retention,
    Site,
    Smtp,
    SmtpServer,
    Store,
    is_dns_name,
    seconds,
)
from newsletter.toml_file import line_of, read_toml
from newsletter.typed_table import Mistake, Secret, Table, entry

__all__ = [
    "FILE_NAME",
    "NAME_LIMIT",
    "Content",
    "DeliverySettings",
    "Dkim",
    "MailingList",
    "Public",
    "Retention",
    "Secret",
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


class Settings(Table):
    """Everything `newsletter.toml` may say. Frozen; an unknown key is an error with the nearest name."""

    site: Site = entry(Site)
    content: Content = entry(Content)
    lists: dict[str, MailingList] = entry({})
    #: Values of layout parameters for every issue: `tagline = "…"`.
    parameters: dict[str, Any] = entry({})
    smtp: Smtp = entry(Smtp)
    dkim: Dkim = entry(Dkim)
    delivery: DeliverySettings = entry(DeliverySettings)
    retention: Retention = entry(Retention)
    store: Store = entry(Store)
    public: Public = entry(Public)

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
        settings = Settings.read(_with_variables(table, os.environ))
    except Mistake as mistake:
        raise _translated(mistake, source) from None
    _refuse_plain(settings, source)
    return settings


def is_shared(path: Path) -> bool:
    """True when others on this machine may read or change the file."""
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def git_keeps(path: Path) -> bool:
    """True when the file stands in a working copy of git, which may publish it."""
    return any((parent / ".git").exists() for parent in path.resolve().parents)


def _with_variables(table: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """What the file says, and over it what variables say: `NEWSLETTER_SMTP__PASSWORD`."""
    merged = _copied(table)
    for variable, value in sorted(variables.items()):
        keys = variable.lower().removeprefix(PREFIX.lower()).split("__")
        if variable.upper().startswith(PREFIX) and keys[0] in Settings.declared():
            _set(merged, keys, value if keys[1:] else _section(variable, value))
    return merged


def _section(variable: str, value: str) -> Any:
    """A whole section is written in JSON."""
    try:
        return json.loads(value)
    except ValueError:
        raise SettingsError(
            _("this variable holds no JSON"),
            where=variable,
            hint=_("set single keys instead, such as NEWSLETTER_SMTP__PORT"),
        ) from None


def _set(table: dict[str, Any], keys: list[str], value: Any) -> None:
    """Say the value under the keys; a table is laid over what stands there."""
    first, *rest = keys
    inner = table.get(first)
    if rest:
        table[first] = inner if isinstance(inner, dict) else {}
        _set(table[first], rest, value)
    elif isinstance(value, dict) and isinstance(inner, dict):
        for key, deeper in value.items():
            _set(inner, [key], deeper)
    else:
        table[first] = value


def _copied(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copied(value) if isinstance(value, Mapping) else value for key, value in table.items()}


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


def _translated(mistake: Mistake, source: str) -> SettingsError:
    """One line: key, place, and the nearest known name."""
    keys = mistake.keys
    if keys[:2] == ("smtp", "relays"):  # a table of its own in the file
        keys = ("smtp", *keys[2:])
    name = ".".join(keys)
    if mistake.known is not None:
        known = [known for known in mistake.known if known != "relays"]
        return SettingsError(
            _("unknown setting {name}", name=name),
            where=_place(source, keys),
            hint=did_you_mean(keys[-1], known) or _("see docs/settings.md for the known ones"),
        )
    return SettingsError(f"{name}: {mistake.reason}", where=_place(source, keys))


def _place(source: str, keys: tuple[str, ...]) -> Place:
    """Where a key is said: its variable, or its line in the file."""
    if _variable(keys) in os.environ:
        return Place(file=_variable(keys), field=".".join(keys))
    return Place(file=FILE_NAME, line=line_of(source, keys), field=".".join(keys))


def _variable(keys: tuple[str, ...]) -> str:
    return PREFIX + "__".join(keys).upper()
