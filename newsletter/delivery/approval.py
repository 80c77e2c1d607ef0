"""The bon à tirer: what it holds for, exactly, and what lifts it."""

import difflib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from newsletter.delivery.revisions import Revision, compare_texts, compare_words
from newsletter.i18n import _, ngettext
from newsletter.model import Approval, AudienceChange, RenderedMail

#: The parts an approval is tied to, in the order in which a change is told.
PARTS = ("subject", "preheader", "html", "text", "audience")


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Whom a letter would go to: at the moment at which somebody first asks how many they are, or who."""

    #: Id of the list.
    list: str
    #: `Readership.key`, and the same in words; "" for a whole list.
    rule: str = ""
    words: str = ""
    #: How many, and the digest over their sorted addresses: it reads everybody.
    count: Callable[[], tuple[int, str]]

    @property
    def people(self) -> int:
        """How many they are."""
        return self._counted[0]

    @property
    def sha256(self) -> str:
        """Hex digest over their sorted addresses."""
        return self._counted[1]

    @cached_property
    def _counted(self) -> tuple[int, str]:
        return self.count()

    def digest(self, addresses: str) -> str:
        """Hex sha256 of the rule and of these people: what an approval keeps of its audience."""
        parts = (self.list, *filter(None, [self.rule]), addresses)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def digest(parts: dict[str, str]) -> str:
    """One hex sha256 over all parts: what `approve` prints and `send` compares."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def parts_of(mail: RenderedMail, audience: Audience) -> dict[str, str]:
    """Part → hex sha256, for what would be sent now."""
    return _text_parts(mail) | {"audience": audience.digest(audience.sha256)}


def _text_parts(mail: RenderedMail) -> dict[str, str]:
    texts = {part: _readable(mail, getattr(mail, part)) for part in PARTS[:-1]}
    return {part: hashlib.sha256(text.encode()).hexdigest() for part, text in texts.items()}


def make_approval(mail: RenderedMail, audience: Audience, *, by: str, at: datetime, despite: str = "") -> Approval:
    """The approval of this exact mail for these exact people."""
    parts = parts_of(mail, audience)
    return Approval(
        issue=mail.issue,
        by=by,
        at=at,
        parts=parts,
        sha256=digest(parts),
        people=audience.people,
        despite=despite,
        approved_text={
            "list": audience.list,
            **({"rule": audience.rule, "readers": audience.words} if audience.rule else {}),
            **words_of(mail),
        },
        mail=mail.sha256,
    )


def words_of(mail: RenderedMail) -> dict[str, str]:
    """`subject`, `preheader` and `text`, merge fields as an editor writes them."""
    return {part: _readable(mail, getattr(mail, part)) for part in ("subject", "preheader", "text")}


def changes_since(approval: Approval, mail: RenderedMail, audience: Audience, *, change: AudienceChange) -> list[str]:
    """What lifted the approval, one translated sentence a part; empty while it holds."""
    return list(changed_parts(approval, mail, audience, change=change).values())


def changed_parts(
    approval: Approval, mail: RenderedMail, audience: Audience, *, change: AudienceChange
) -> dict[str, str]:
    """The parts that lifted the approval, each with its translated sentence.

    People who left since are no change: they are simply not written to. People who joined are. When it was given for
    others, or somebody joined, nobody is counted.
    """
    found = changed_words(approval, mail)
    if not _covers(approval, audience, change):
        found["audience"] = _moved(approval, audience, change)
    return found


def changed_words(approval: Approval, mail: RenderedMail) -> dict[str, str]:
    """The same of the letter alone, whomever it is for."""
    changed = [part for part, now in _text_parts(mail).items() if now != approval.parts.get(part)]
    return {part: _sentence(part, approval, mail) for part in changed}


def text_diff(approval: Approval, mail: RenderedMail) -> list[str]:
    """Unified diff of the text part, approved against present: lines that start with `-`, `+` or a space."""
    before = approval.approved_text.get("text", "").splitlines()
    now = _readable(mail, mail.text).splitlines()
    return list(difflib.unified_diff(before, now, lineterm="", n=1))[2:]


def revisions_since(approval: Approval, mail: RenderedMail) -> list[Revision]:
    """What a reader would see of the change, word for word; nothing of the layout, the links and the images."""
    return revisions_between(approval.approved_text, words_of(mail))


def revisions_between(before: Mapping[str, str], now: Mapping[str, str]) -> list[Revision]:
    """What changed from some words to others; both as `words_of` gives them."""
    changed = [part for part in ("subject", "preheader") if now[part] != before.get(part, "")]
    found = [Revision(part=part, passage=compare_words(before.get(part, ""), now[part])) for part in changed]
    return found + [
        Revision(part="text", passage=passage) for passage in compare_texts(before.get("text", ""), now["text"])
    ]


def last_for(approvals: Sequence[Approval], audience: Audience) -> Approval | None:
    """Of an issue's approvals, newest first: the last one for these readers, else the last one."""
    mine = (audience.list, audience.rule)
    return next((one for one in approvals if _meant(one) == mine), approvals[0] if approvals else None)


def others_of(approval: Approval, audience: Audience) -> str:
    """For whom it was given, in words, when that is not for these readers; "" when it is."""
    if _meant(approval) == (audience.list, audience.rule):
        return ""
    if _meant(approval)[0] != audience.list:
        return approval.approved_text.get("readers") or _("the list {list}", list=_meant(approval)[0])
    return approval.approved_text.get("readers") or _("the whole list")


def _meant(approval: Approval) -> tuple[str, str]:
    """The list and the rule that an approval was given for."""
    return approval.approved_text.get("list", ""), approval.approved_text.get("rule", "")


def _covers(approval: Approval, audience: Audience, change: AudienceChange) -> bool:
    """True when it was given for these people, or for these and some who left."""
    if _meant(approval) != (audience.list, audience.rule) or change.joined:
        return False
    if audience.digest(audience.sha256) == approval.parts.get("audience"):
        return True
    if audience.rule:  # a tag that moves from one person to another leaves the number as it was
        return audience.digest(change.before) == approval.parts.get("audience")
    return audience.people + change.left == approval.people


def _readable(mail: RenderedMail, text: str) -> str:
    """Open merge fields as an editor writes them: their tokens differ with every change of the sources."""
    for field in mail.fields:
        words = f"{field.name} | {field.fallback}" if field.fallback else field.name
        text = text.replace(field.token, f"{field.prefix}{{{{ {words} }}}}")
    return text


def _moved(approval: Approval, audience: Audience, change: AudienceChange) -> str:
    list_id, rule = _meant(approval)
    if list_id != audience.list:
        return _("the list was {before}, it is now {now}", before=list_id, now=audience.list)
    if rule != audience.rule:
        before = approval.approved_text.get("readers") or _("the whole list")
        return _(
            "it was given for {before}, it is now for {now}", before=before, now=audience.words or _("the whole list")
        )
    if audience.rule and not change.joined and not change.left:
        return _("other people fit the segment: {before} then, {now} now", before=approval.people, now=audience.people)
    return _("the people have changed: {joined} joined, {left} left", joined=change.joined, left=change.left)


def _sentence(part: str, approval: Approval, mail: RenderedMail) -> str:
    match part:
        case "subject":
            before = approval.approved_text.get("subject", "")
            return _("the subject was “{before}”, it is now “{now}”", before=before, now=_readable(mail, mail.subject))
        case "preheader":
            before = approval.approved_text.get("preheader", "")
            now = _readable(mail, mail.preheader)
            return _("the preheader was “{before}”, it is now “{now}”", before=before, now=now)
        case "html":
            return _("the layout, the links or the images have changed")
        case _:
            lines = [line for line in text_diff(approval, mail) if line[:1] in "+-"]
            return ngettext(
                "the text has changed ({n} line): {lines}",
                "the text has changed ({n} lines): {lines}",
                len(lines),
                lines=" / ".join(lines[:4]) + (" …" if len(lines) > 4 else ""),
            )
