"""The proof, at every build, that the letter to everybody says nothing of what is the members' own.

Members' words are those of the blocks that a variant leaves out: what the issue says in them, and their articles. What
an article shown to everybody says itself is no secret, whoever quotes it. Only letters are compared, so neither markup,
nor typography, nor the end of a line hides a quotation.
"""

import html
import re
import textwrap
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from newsletter.editorial.parameters import AUDIENCE
from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.lean import pattern
from newsletter.model import Article, Block, Issue, Place, RenderedMail

#: What `audience` may say of a block.
AUDIENCES = ("all", "members")

#: Letters from which a clause is a quotation, and a title recognised: fewer are words that anybody may write.
_CLAUSE, _TITLE = 22, 12
#: Characters up to which a value said alike in a block for everybody is furniture: « Lire la suite ».
_FURNITURE = 60

#: Comments are no tags here: their words leave with the letter.
_TAG = pattern(r"<(?!!)[^<>]*>")
#: Beyond ASCII: hard blanks, quotes, dashes, ellipses, `×`, marks that are not seen, currencies.
_SIGNS = pattern("[\u00a0-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u2000-\u206f\u20a0-\u20cf]+")
#: In ASCII.
_NOT_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
#: Attributes that are read out or shown.
_SAID_IN_TAGS = ('alt="', 'title="', 'aria-label="')
_AN_ADDRESS = r"\b(?:https?://|mailto:|www\.)[^\s<>\"')\]]+|^/\S*$"
_ADDRESS = pattern(_AN_ADDRESS, re.MULTILINE)
#: Where a link of Markdown leads.
_TARGET = pattern(r"(?<=\])\([^()]*\)")
#: What parts two sentences: an address, a sign and a blank, a new paragraph or item, a cell, a
#: merge field; and ordinals and `x`, which typography writes otherwise.
_PARTING = pattern(
    rf"{_AN_ADDRESS}|[.!?…]+(?=\W|$)|[«»“”|]|\n\s*\n|\n\s*(?:[-*+>#]|\d+\.)\s"
    r"|\{\{[^{}\n]*\}\}|\b(?:[IVXLC]+|\d+)(?:er|[èe]?re|i?[èe]me|e)s?\b|\sx\s",
    re.MULTILINE,
)

#: What parts the clauses of a sentence.
_PAUSE = pattern(r"[,;:—–]+(?=\W|$)")

#: Letters of a sentence or clause → the same as written.
_Clauses = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class _Secret:
    """A members' block that the variant leaves out, and what it says."""

    block: Block
    #: Of every text of the block and of its article.
    letters: str
    clauses: _Clauses
    #: Of its article; and those that carry a query, as an invitation does.
    addresses: tuple[str, ...]
    #: Where the block stands.
    place: Place


@dataclass(frozen=True, kw_only=True)
class _Open:
    """What the issue says to everybody."""

    #: Every text of the issue file, where it stands.
    texts: tuple[tuple[Place, str], ...]
    #: What the articles shown to everybody say.
    articles: str
    #: The same, as letters.
    letters: str


def prove_variant(mail: RenderedMail, *, issue: Issue, articles: Mapping[str, Article], shown: Collection[int]) -> None:
    """Prove that the mail holds no words of the blocks whose numbers (0-based) are not in `shown`.

    Subject, preheader, HTML (alternative texts, titles and comments too), text part and addresses are searched. Raises
    ContentError, where the words are said to everybody, naming the members' block; also for an article that one block
    keeps for members and another shows, and for an `audience` that is neither `all` nor `members`.
    """
    _refuse_unknown_audiences(issue)
    if len(shown) == len(issue.blocks):
        return
    _refuse_shared_articles(issue, shown)
    secrets = [_secret(issue, number, articles, shown) for number in range(len(issue.blocks)) if number not in shown]
    opened, letters = _open(issue, articles, shown), _letters_of_mail(mail)
    for secret in secrets:
        _refuse_quotations(secret, opened)
        _refuse_words(secret, opened, letters)
        _refuse_addresses(secret, opened, mail)


def _refuse_unknown_audiences(issue: Issue) -> None:
    """A word that is not understood must not open to everybody what was meant for members."""
    for block in issue.blocks:
        if block.parameters.get(AUDIENCE, "all") not in AUDIENCES:
            raise ContentError(
                _("“{value}” is no audience", value=block.parameters[AUDIENCE]),
                where=Place(file=issue.file, line=block.line, field=AUDIENCE),
                hint=_("write audience: members, or audience: all"),
            )


def _refuse_shared_articles(issue: Issue, shown: Collection[int]) -> None:
    kept = {block.article: block for number, block in enumerate(issue.blocks) if number not in shown and block.article}
    for number in sorted(shown):
        block = issue.blocks[number]
        if block.article in kept:
            raise ContentError(
                _(
                    "this block shows to everybody the article {path}, which line {line} keeps for members",
                    path=block.article,
                    line=kept[block.article].line,
                ),
                where=Place(file=issue.file, line=block.line, field="article"),
                hint=_("write audience: members here too, or nowhere for this article"),
            )


def _refuse_quotations(secret: _Secret, opened: _Open) -> None:
    """No clause of what the issue says to everybody stands in the members' words: part of a sentence is enough."""
    for place, text in opened.texts:
        for clause, words in _clauses(text).items():
            if clause in secret.letters and clause not in opened.letters:
                raise _leak(words, secret, where=place)


def _refuse_words(secret: _Secret, opened: _Open, letters: str) -> None:
    """No clause of the members' words stands in the mail, however it came there."""
    for clause, words in secret.clauses.items():
        if clause in letters and clause not in opened.letters:
            said = (place for place, text in opened.texts if clause in _letters(text))
            raise _leak(words, secret, where=next(said, secret.place))


def _refuse_addresses(secret: _Secret, opened: _Open, mail: RenderedMail) -> None:
    for address in secret.addresses:
        tail = address.partition("://")[2].partition("/")[2]
        if tail not in opened.articles and (_links(mail.html, html.escape(address)) or _links(mail.text, address)):
            said = (place for place, text in opened.texts if tail in text)
            raise _leak(address, secret, where=next(said, secret.place))


def _links(text: str, address: str) -> bool:
    """True when the address stands there, and not only as the beginning of another."""
    return address in text and bool(re.search(rf"{re.escape(address)}(?![\w/-])", text))


def _leak(words: str, secret: _Secret, *, where: Place) -> ContentError:
    return ContentError(
        _(
            "“{words}” is for members (block {kind}, line {line}) and would be in the letter to everybody",
            words=textwrap.shorten(words, 80, placeholder="…"),
            kind=secret.block.kind,
            line=secret.block.line,
        ),
        where=where,
        hint=_("write it in other words, or make what says it audience: members"),
    )


def _secret(issue: Issue, number: int, articles: Mapping[str, Article], shown: Collection[int]) -> _Secret:
    block = issue.blocks[number]
    article = articles.get(block.article or "")
    furniture = {item for other in shown for item in _short_values(issue.blocks[other])}
    said = [value for name, value in _values(block) if (name, value) not in furniture]
    texts = (*said, *_texts(article))
    titles = {_letters(article.title): article.title} if article else {}
    titles = {letters: title for letters, title in titles.items() if len(letters) >= _TITLE}
    queries = (address for text in texts for address in _ADDRESS.findall(text) if "?" in address)
    return _Secret(
        block=block,
        letters="|".join(map(_letters, texts)),
        clauses={**titles, **{letters: words for text in texts for letters, words in _clauses(text).items()}},
        addresses=(*((article.url,) if article else ()), *queries),
        place=Place(file=issue.file, line=block.line),
    )


def _open(issue: Issue, articles: Mapping[str, Article], shown: Collection[int]) -> _Open:
    blocks = [issue.blocks[number] for number in sorted(shown)]
    texts = [text for block in blocks for text in _texts(articles.get(block.article or ""))]
    return _Open(
        texts=tuple(_said_to_all(issue, blocks)), articles="\n".join(texts), letters="|".join(map(_letters, texts))
    )


def _said_to_all(issue: Issue, blocks: Iterable[Block]) -> Iterator[tuple[Place, str]]:
    """Every text of the issue file that is for everybody, and where it stands."""
    yield issue.place("subject"), issue.subject
    yield issue.place("preheader"), issue.preheader
    yield from ((issue.place(name), value) for name, value in issue.parameters.items() if isinstance(value, str))
    for block in blocks:
        for name, value in _values(block):
            yield Place(file=issue.file, line=block.line, field=name), value
    line = issue.body_line
    for paragraph in issue.body.split("\n\n"):
        yield Place(file=issue.file, line=line), paragraph
        line += paragraph.count("\n") + 2


def _values(block: Block) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in block.parameters.items() if isinstance(value, str))


def _short_values(block: Block) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in _values(block) if len(value) <= _FURNITURE)


def _texts(article: Article | None) -> tuple[str, ...]:
    """What an article says, its picture's description included."""
    if not article:
        return ()
    return article.title, article.description, (article.image.alt or "" if article.image else ""), article.body


def _letters_of_mail(mail: RenderedMail) -> str:
    """The letters of every part, the parts apart."""
    hidden = (rest.partition('"')[0] for name in _SAID_IN_TAGS for rest in mail.html.split(name)[1:])
    parts = (
        mail.subject,
        mail.preheader,
        mail.text,
        html.unescape(_TAG.sub("", mail.html)),
        *map(html.unescape, hidden),
    )
    return "|".join(map(_only_letters, parts))


@lru_cache(maxsize=512)
def _letters(source: str) -> str:
    """The letters of a text as its author wrote it, without markup."""
    return _only_letters(html.unescape(_TAG.sub("", _TARGET.sub("", source))))


def _only_letters(text: str) -> str:
    """The text without signs, blanks, figures and case: by way of bytes, which are deleted faster."""
    plain = unicodedata.normalize("NFC", _SIGNS.sub("", text)).casefold()
    return plain.encode("utf-8", "surrogatepass").translate(None, _NOT_LETTERS).decode("utf-8", "surrogatepass")


@lru_cache(maxsize=512)
def _clauses(source: str) -> _Clauses:
    """The sentences of a text, and their clauses, that are long enough to be known again."""
    sentences = (" ".join(sentence.split()) for sentence in _PARTING.split(_TAG.sub("", _TARGET.sub("", source))))
    written = (words for sentence in sentences for words in (*_PAUSE.split(sentence), sentence))
    return {letters: words.strip() for words in written if len(letters := _letters(words)) >= _CLAUSE}
