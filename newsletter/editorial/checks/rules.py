"""A rule: the stable name of a finding, how much it weighs, and one sentence for the documentation."""

from dataclasses import dataclass

from newsletter.i18n import _
from newsletter.model import Finding, Level, Place


@dataclass(frozen=True)
class Rule:
    """What a check may find. The level is said here once, so that the documentation cannot differ from the program."""

    #: Kebab-case, never renamed: people write it under `ignore:` in their issues.
    code: str
    level: Level
    #: English msgid, one sentence.
    help: str
    #: False: no reason is good enough to ignore it in an issue.
    ignorable: bool = True

    def found(
        self, message: str, *, place: Place | None = None, hint: str | None = None, block: int | None = None
    ) -> Finding:
        """The finding, once the rule is broken."""
        return Finding(
            code=self.code,
            level=self.level,
            message=message,
            place=place,
            hint=hint,
            block=block,
            ignorable=self.ignorable,
        )

    @property
    def sentence(self) -> str:
        """`help` in the current language."""
        return _(self.help)


def table(*rules: Rule) -> dict[str, Rule]:
    """Rules by code."""
    return {rule.code: rule for rule in rules}
