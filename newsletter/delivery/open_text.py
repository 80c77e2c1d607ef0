"""A text cut at its merge fields, so that values are put where they stand, never searched and replaced."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from newsletter.model import MergeField


@dataclass(frozen=True)
class OpenText:
    """A text cut at its merge fields: one literal more than there are fields."""

    literals: tuple[str, ...]
    fields: tuple[MergeField, ...]

    @classmethod
    def cut(cls, text: str, fields: Sequence[MergeField]) -> "OpenText":
        """Find every token, the longest first."""
        by_token = {field.token: field for field in fields}
        tokens = "|".join(map(re.escape, sorted(by_token, key=len, reverse=True)))
        pieces = re.split(f"({tokens})", text) if tokens else [text]
        return cls(tuple(pieces[::2]), tuple(by_token[token] for token in pieces[1::2]))

    def partly_filled(self, written: Mapping[str, str]) -> "OpenText":
        """Closed where `written`, token → text, has something to say."""
        literals, fields = [self.literals[0]], []
        for field, literal in zip(self.fields, self.literals[1:], strict=True):
            if field.token in written:
                literals[-1] += written[field.token] + literal
            else:
                fields.append(field)
                literals.append(literal)
        return OpenText(tuple(literals), tuple(fields))

    def begun(self, written: Mapping[str, str]) -> "OpenText":
        """With these words, token → text, before what is still to come there."""
        before = [
            literal + written.get(field.token, "") for literal, field in zip(self.literals, self.fields, strict=False)
        ]
        return replace(self, literals=(*before, self.literals[-1]))

    def values(self, written: Mapping[str, str]) -> list[str]:
        """What goes into each hole, from token → text."""
        return [written[field.token] for field in self.fields]

    def filled(self, values: Sequence[str]) -> str:
        """The closed text."""
        pieces = [""] * (len(self.literals) + len(values))
        pieces[::2] = self.literals
        pieces[1::2] = values
        return "".join(pieces)
