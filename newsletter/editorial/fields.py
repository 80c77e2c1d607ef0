"""Merge fields: `{{ first_name | fallback }}` in the editor's own words becomes a token no author can forge."""

import difflib
import re
from collections.abc import Collection
from dataclasses import replace

from newsletter.editorial.escape import without_controls
from newsletter.editorial.nonce import STAND_IN
from newsletter.editorial.typography import typeset
from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.model import MergeField, Place

#: The field, with the space before it when a word comes first: after a Markdown mark (`- `, `# `, `**`) the space is
#: the mark's own and stays.
_FIELD = re.compile(r"((?:(?<=[^\W_])|(?<=[,;:!?…»])|(?<=\}\}))[ \u00a0\u202f]+)?\{\{([^{}\n]*)\}\}")


class Fields:
    """The merge fields of one build, and the tokens that stand for them until a reader's value does.

    A token is ASCII letters and digits, all of one length: it survives mrml, premailer, Markdown and the encoding of
    addresses. Until the mail is whole it carries the stand-in of the nonce (`newsletter.editorial.nonce`).
    """

    #: What every token begins with.
    stem = f"nl{STAND_IN}"

    def __init__(self, *, language: str = "") -> None:
        """Fallbacks are typeset in `language`, when there is one."""
        self._language = language
        self._fields: dict[MergeField, MergeField] = {}

    def open(self, text: str, *, known: Collection[str], place: Place) -> str:
        """The editor's text with a token for every field; `place` is where its first line stands.

        A field with no fallback takes the space before it along: for a reader without first name,
        « Bonjour {{ first_name }}, » is « Bonjour, ». Raises ContentError for a name that is not in `known`, and
        for a field that is never closed.
        """

        def token(match: re.Match[str]) -> str:
            space, inside = match[1] or "", match[2]
            name, _bar, fallback = (part.strip() for part in inside.partition("|"))
            if name not in known:
                raise _unknown(name, known, _line_of(place, text, match.start(2)))
            if fallback:
                return space + self._token(name, fallback=typeset(without_controls(fallback), self._language))
            return self._token(name, prefix=space)

        opened = _FIELD.sub(token, text)
        if (start := opened.find("{{")) >= 0:
            raise _never_closed(_line_of(place, opened, start))
        return opened

    def token(self, name: str) -> str:
        """The token of a field that the layout itself uses: `unsubscribe_url`, `web_url`."""
        return self._token(name)

    def used(self, *parts: str) -> tuple[MergeField, ...]:
        """The fields whose token appears in any of the parts, in the order they were opened."""
        return tuple(field for field in self._fields.values() if any(field.token in part for part in parts))

    def _token(self, name: str, *, fallback: str = "", prefix: str = "") -> str:
        said = MergeField(token="", name=name, fallback=fallback, prefix=prefix)
        if said not in self._fields:
            self._fields[said] = replace(said, token=f"{self.stem}{len(self._fields):04d}z")
        return self._fields[said].token


def _line_of(place: Place, text: str, position: int) -> Place:
    return replace(place, line=(place.line or 1) + text.count("\n", 0, position))


def _unknown(name: str, known: Collection[str], where: Place) -> ContentError:
    close = difflib.get_close_matches(name, known, 1)
    hint = (
        _("did you mean {name}?", name=f"{{{{ {close[0]} }}}}")
        if close
        else _("the known ones are: {names}", names=", ".join(sorted(known)))
    )
    return ContentError(_("unknown merge field “{name}”", name=name), where=where, hint=hint)


def _never_closed(where: Place) -> ContentError:
    return ContentError(
        _("a merge field is opened with {opening} and not closed on its line", opening="{{"),
        where=where,
        hint=_("write it whole: {example}", example="{{ first_name | fallback }}"),
    )
