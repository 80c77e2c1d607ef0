"""How both sites make a page: Jinja2 with autoescape, sentences through gettext, dates and numbers in words."""

import datetime as dt
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from newsletter.bytecode import compiled
from newsletter.i18n import _, current_language, format_date, format_number, ngettext

#: Style sheets and scripts of both sites.
STATIC = Path(__file__).parent / "static"


class Pages:
    """The templates of one site, filled in the reader's language."""

    def __init__(self, folder: Path, **known: Any) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=compiled(),
        )
        self._environment.globals.update(
            _=_,
            ngettext=ngettext,
            language=current_language,
            date=format_date,
            number=format_number,
            clock=clock,
            when=when,
            place=place,
        )
        self._environment.filters["sentence"] = sentence
        self._environment.globals.update(known)

    def page(self, template: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
        """One page as a response; every value is escaped by the template."""
        return HTMLResponse(self._environment.get_template(template).render(values), status_code=status)


def place(timezone: str) -> str:
    """The place whose time it is, in the reader's language: `Europe/Brussels` is « Bruxelles »."""
    from babel.dates import get_timezone, get_timezone_location

    return get_timezone_location(get_timezone(timezone), locale=current_language(), return_city=True)


def sentence(words: str) -> str:
    """Words of an error as a page says them: a capital first, unless they begin with a name, and a stop at the end."""
    is_word = words.partition(" ")[0].translate({ord("’"): None, ord("-"): None}).isalpha()
    stop = "" if words.endswith((".", "?", "!", "…", ":")) else "."
    return f"{words[:1].upper() if is_word else words[:1]}{words[1:]}{stop}"


def clock(moment: dt.datetime) -> str:
    """The hour as a person says it: « 14 h 02 », “14:02”. The moment is aware and already in the reader's zone."""
    return moment.strftime("%H:%M") if current_language() == "en" else f"{moment.hour}\u00a0h\u00a0{moment:%M}"


def when(moment: dt.datetime) -> str:
    """The day and the hour as a person says them: « hier à 14 h 02 ». The moment is aware, in the reader's zone."""
    days = (dt.datetime.now(moment.tzinfo).date() - moment.date()).days
    day = {-1: _("tomorrow"), 0: _("today"), 1: _("yesterday")}.get(days) or format_date(moment.date())
    return _("{day} at {time}", day=day, time=clock(moment))
