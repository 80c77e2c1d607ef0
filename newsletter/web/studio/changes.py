"""What changed since a mail was read: in which part and block, in which file, by whom as far as it is known."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape

from newsletter.delivery.revisions import Kind, Passage, Revision, Words
from newsletter.web.studio.marks import html_of_blocks
from newsletter.web.studio.project import Preview
from newsletter.web.studio.proofs import Proof
from newsletter.web.studio.side_by_side import addresses
from newsletter.web.studio.state import Studio

_TAG = re.compile(r"<[^>]*>")
_NO_LETTER = re.compile(r"\W+")
_STYLE = re.compile(r"<style\b.*?</style\s*>|\s(?:style|bgcolor|class)=\"[^\"]*\"", re.I | re.S)
#: Letters of a stretch below which it could stand in any block.
_TELLING = 6
#: Stands for the number of a block where the editor's own words are meant.
_EDITORIAL = -1


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of the page."""

    #: `subject`, `preheader`, `editorial`, `text`, `pictures`, `links`, `html` or `audience`.
    part: str
    #: 0-based number of the block where it is, when only one says so.
    block: int | None = None
    #: What went and what came; () when only a sentence can say it.
    passage: Passage = ()
    sentence: str = ""
    #: The file that says it now, when it was saved, in the site's zone, and who signed that; "" when it is not known.
    file: str = ""
    saved_at: datetime | None = None
    names: Sequence[str] = ()


def changes_in_words(proof: Proof, revisions: Sequence[Revision]) -> list[Change]:
    """The words, each where it stands now."""
    said = _letters_of_blocks(proof)
    return [_change_in_words(revision, said) for revision in revisions]


def _change_in_words(revision: Revision, said: Mapping[int, str]) -> Change:
    block = _whereabouts(revision.passage, said) if revision.part == "text" else None
    if block == _EDITORIAL:
        return Change(part="editorial", passage=revision.passage)
    return Change(part=revision.part, passage=revision.passage, block=block)


def changes_in_html(before: Preview, now: Preview, *, told: Sequence[Change] = ()) -> list[Change]:
    """The pictures and the links that went and came, and whether anything looks otherwise.

    The text part writes the targets of links out: what the words have `told` is not told again.
    """
    one, other = addresses(before.html), addresses(now.html)
    already = " ".join(words.text for change in told for words in change.passage)
    found = []
    for tag, part in (("img", "pictures"), ("a", "links")):
        moved: tuple[tuple[Kind, Counter[str]], ...] = (
            ("gone", Counter(one[tag]) - Counter(other[tag])),
            ("come", Counter(other[tag]) - Counter(one[tag])),
        )
        passage = tuple(
            Words(kind=kind, text=address) for kind, lot in moved for address in lot if address not in already
        )
        if passage:
            found.append(Change(part=part, passage=passage))
    if set(_STYLE.findall(before.html)) != set(_STYLE.findall(now.html)):
        found.append(Change(part="html"))
    return found


def signed(studio: Studio, proof: Proof, changes: Sequence[Change], since: datetime) -> list[Change]:
    """The changes with the file of each, when it was saved, and the names that git knows."""
    files = [_file_of(proof, change) for change in changes]
    saved = saved_since(studio, proof, since)
    names = studio.project.authors(list(saved), since=since)
    return [
        replace(change, file=file, saved_at=saved[file], names=names.get(file, ())) if file in saved else change
        for change, file in zip(changes, files, strict=True)
    ]


def saved_since(studio: Studio, proof: Proof, since: datetime) -> Mapping[str, datetime]:
    """The files of the issue that were saved since, with the hour, in the site's zone."""
    zone = studio.project.settings.site.zone
    files = dict.fromkeys([proof.issue.file, *(article.file for article in proof.articles.values())])
    found = {}
    for file in files:
        path = studio.project.folder / file
        if file and path.is_file():
            saved = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if saved > since:
                found[file] = saved.astimezone(zone)
    return found


def _file_of(proof: Proof, change: Change) -> str:
    """The issue's own file for its fields and for blocks without an article; "" for what may come from anywhere."""
    if change.part in ("subject", "preheader", "editorial"):
        return proof.issue.file
    if change.block is None or change.block >= len(proof.issue.blocks):
        return ""
    article = proof.articles.get(proof.issue.blocks[change.block].article or "")
    return article.file if article else proof.issue.file


def _letters_of_blocks(proof: Proof) -> Mapping[int, str]:
    """Block → all its letters in a row: the two parts of a mail break and mark their lines otherwise."""
    blocks = html_of_blocks(proof.preview, proof.blocks) if proof.preview else {}
    rows = Counter(blocks.values())
    said = {
        number: _letters(unescape(_TAG.sub(" ", html)) if rows[html] == 1 else _source(proof, number))
        for number, html in blocks.items()
    }
    return said | {_EDITORIAL: _letters(proof.issue.body)}


def _source(proof: Proof, number: int) -> str:
    """What a block is made of: those that share a row share their HTML."""
    block = proof.issue.blocks[number]
    article = proof.articles.get(block.article or "")
    words = (article.title, article.description, article.body) if article else ()
    return " ".join([*words, *map(str, block.parameters.values())])


def _whereabouts(passage: Passage, said: Mapping[int, str]) -> int | None:
    """The only block that holds the longest stretch of these words that any one holds alone."""
    stretches = [part for words in passage if words.kind != "gone" for part in words.text.split("…")]
    for letters in sorted(map(_letters, stretches), key=len, reverse=True):
        holders = [number for number, text in said.items() if letters in text]
        if len(letters) >= _TELLING and len(holders) == 1:
            return holders[0]
    return None


def _letters(words: str) -> str:
    return _NO_LETTER.sub("", words).casefold()
