"""What a parameter may hold: from what somebody wrote in a front matter to the value its type promises."""

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from newsletter.i18n import _
from newsletter.mistakes import did_you_mean
from newsletter.model import Image, Parameter, ParameterType

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
#: With one of four schemes, or without any: then it is a page of the site.
_ADDRESS = re.compile(r"(?:https?://|mailto:|tel:)\S+|(?![\w+.-]*:)\S+", re.IGNORECASE)


def convert(content: Any, parameter: Parameter) -> Any:
    """A value as the parameter's type says; raises ValueError with one translated sentence.

    text, markdown, url, image, colour, choice: str (or `Image`) · number: int or float · boolean: bool ·
    date: datetime.date. None stays None.
    """
    if content is None or (content == "" and parameter.type is not ParameterType.BOOLEAN):
        return content
    if parameter.type is ParameterType.CHOICE:
        return _choice(content, parameter.choices)
    return _CONVERSIONS[parameter.type](content)


def _text(content: Any) -> str:
    if isinstance(content, bool) or not isinstance(content, str | int | float):
        raise ValueError(_("one line of text is expected"))
    return re.sub(r"[ \t\r\n]+", " ", str(content)).strip(" ")


def _markdown(content: Any) -> str:
    if not isinstance(content, str):
        raise ValueError(_("a text is expected"))
    return content


def _number(content: Any) -> int | float:
    if isinstance(content, str) and re.fullmatch(r"-?\d+", content.strip()):
        return int(content)
    if isinstance(content, bool) or not isinstance(content, int | float):
        raise ValueError(_("a number is expected"))
    return content


def _boolean(content: Any) -> bool:
    if not isinstance(content, bool):
        raise ValueError(_("true or false is expected"))
    return content


def _date(content: Any) -> dt.date:
    if isinstance(content, dt.datetime):
        return content.date()
    if isinstance(content, dt.date):
        return content
    try:
        return dt.date.fromisoformat(str(content).strip())
    except ValueError:
        raise ValueError(_("a date such as 2023-08-25 is expected")) from None


def _colour(content: Any) -> str:
    if not isinstance(content, str) or not _COLOUR.fullmatch(content):
        raise ValueError(_("a colour of six digits, such as #1f2a27, is expected, between quotes"))
    return content.lower()


def _url(content: Any) -> str:
    if not isinstance(content, str) or not (content := content.strip()) or not _ADDRESS.fullmatch(content):
        raise ValueError(_("an address is expected: https://…, mailto:… or /a-page-of-the-site"))
    return content


def _image(content: Any) -> str | Image:
    if isinstance(content, Image):
        return content
    if not isinstance(content, str):
        raise ValueError(_("a picture is expected, such as /uploads/name.jpg"))
    return content.strip()


def _choice(content: Any, choices: Collection[str]) -> str:
    if content not in choices:
        reason = _("one of {choices} is expected", choices=", ".join(choices))
        hint = did_you_mean(str(content), choices)
        raise ValueError(f"{reason} · {hint}" if hint else reason)
    return str(content)


_CONVERSIONS: Mapping[ParameterType, Callable[[Any], Any]] = {
    ParameterType.TEXT: _text,
    ParameterType.MARKDOWN: _markdown,
    ParameterType.NUMBER: _number,
    ParameterType.BOOLEAN: _boolean,
    ParameterType.DATE: _date,
    ParameterType.COLOUR: _colour,
    ParameterType.URL: _url,
    ParameterType.IMAGE: _image,
}
