"""MJML → HTML through mrml, with what mrml gets silently wrong refused before, and what it swallowed noticed after.

Only a layout's own markup comes here: article HTML is put into slots afterwards, because mrml is neither forgiving
nor safe with markup it did not expect.
"""

import re
from collections.abc import Callable

from mjml import mjml2html

from newsletter.editorial.escape import expand_colours
from newsletter.editorial.mjml_lint import blank_comments, read_tags, refuse_misread
from newsletter.errors import LayoutError
from newsletter.i18n import _
from newsletter.model import Place

#: Longest quotation of a source in a message, in characters.
_QUOTED = 60

_POSITION = re.compile(r" at position (\d+):(\d+)")
#: `<` before anything that cannot follow it in HTML, or a control character: mrml reads neither.
_STRAY = re.compile(r"<(?![a-zA-Z/!?]).{0,20}|[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_LEFT_OVER = re.compile(r"</?mj-[\w-]*")


def mjml_to_html(source: str, *, where: Callable[[int], Place] | None = None) -> str:
    """The HTML of an MJML document, its doctype in capitals, its colours of six digits, no web font asked for.

    `where` maps a 1-based line of `source` to the file a designer knows. Raises LayoutError with that place for MJML
    that is not well-formed, for values mrml would misread (a length without unit, an attribute not passed through
    `attr`), and for elements it would leave as they are.
    """
    place = where or (lambda line: Place(file="layout.mjml", line=line))
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    refuse_misread(source, place)
    if fault := _fault(source):
        raise _ill_formed(*fault, place, _("close every element, quote every attribute, write < as &lt;"))
    try:
        html = mjml2html(source, fonts={}, disable_comments=True)
    except ValueError as error:
        raise _translated(str(error), source, place) from None
    if left := _LEFT_OVER.search(html):
        raise _swallowed(left[0], source, place)
    return expand_colours(html.replace("<!doctype html>", "<!DOCTYPE html>", 1))


def _ill_formed(before: str, bit: str, place: Callable[[int], Place], hint: str) -> LayoutError:
    """The error for a bit of source, and what stands before it."""
    shown = repr(bit[:_QUOTED])[1:-1]
    return LayoutError(
        _("the MJML is not well-formed near “{bit}”", bit=shown), where=place(before.count("\n") + 1), hint=hint
    )


def _translated(reason: str, source: str, place: Callable[[int], Place]) -> LayoutError:
    """mrml's error with a line: it gives byte offsets at best, and often nothing."""
    said = _POSITION.sub("", reason).removesuffix(" in root template")
    hint = _("mrml says “{reason}”: see whether the element may stand there", reason=said)
    return _ill_formed(*_cut(source, _POSITION.search(reason)), place, hint)


def _cut(source: str, position: re.Match[str] | None) -> tuple[str, str]:
    """What stands before the span of bytes that mrml names, and in it; the whole when it names none."""
    if not position:
        return "", source.strip()
    content = source.encode()
    start, end = int(position[1]), int(position[2])
    return content[:start].decode(errors="replace"), content[start:end].decode(errors="replace")


def _fault(source: str) -> tuple[str, str] | None:
    """What mrml forgives or misplaces: a stray sign, a tag that closes what is not open, or one never closed.

    Gives what stands before it, and itself; None when all is balanced.
    """
    if stray := _STRAY.search(blank_comments(source)):
        return source[: stray.start()], stray[0]
    open_tags: list[tuple[str, str, int]] = []
    for tag in read_tags(source):
        if tag.void:
            continue
        if not tag.closing:
            open_tags.append((tag.name, tag.source, tag.start))
        elif open_tags and open_tags[-1][0] == tag.name:
            open_tags.pop()
        else:
            return source[: tag.start], tag.source
    return (source[: open_tags[-1][2]], open_tags[-1][1]) if open_tags else None


def _swallowed(bit: str, source: str, place: Callable[[int], Place]) -> LayoutError:
    """An element that came out as it went in: mrml does not know it, or an unbalanced mj-raw took it for text."""
    line = source.count("\n", 0, max(source.find(bit), 0)) + 1
    return LayoutError(
        _("“{bit}” was not rendered", bit=bit),
        where=place(line),
        hint=_("check its spelling and where it stands; an <mj-raw> before it must close every element it opens"),
    )
