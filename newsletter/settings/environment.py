"""The variables over the settings file: `NEWSLETTER_SMTP__PASSWORD`."""

import re
from typing import Any

from newsletter.lean import kept_out

with kept_out("asyncio"):  # for command lines that are coroutines
    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
    from pydantic_settings.exceptions import SettingsError as SourceError

from newsletter.errors import SettingsError
from newsletter.i18n import _
from newsletter.settings import PREFIX, Settings


class _Variables(Settings, BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

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


def with_variables(table: dict[str, Any]) -> Settings:
    """What the file says, and variables over it; raises ValidationError, and SettingsError for what is no JSON."""
    try:
        return _Variables(**table)
    except SourceError as error:
        raise _bad_variable(error) from None


def _bad_variable(error: SourceError) -> SettingsError:
    """A variable for a whole section must hold a JSON object."""
    named = re.search(r'field "(\w+)"', str(error))
    return SettingsError(
        _("this variable holds no JSON"),
        where=f"{PREFIX}{named[1].upper()}" if named else None,
        hint=_("set single keys instead, such as NEWSLETTER_SMTP__PORT"),
    )
