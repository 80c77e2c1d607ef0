"""Links: absolute, living, and worded so that they make sense alone."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.editorial.checks.inspection import Inspection, address_path
from newsletter.editorial.checks.rules import Rule, table
from newsletter.editorial.memory import remembered
from newsletter.i18n import N_, _, ngettext
from newsletter.model import Finding, Issue, Level, Place

EMPTY = Rule("link-empty", Level.ERROR, N_("A link leads nowhere."))
RELATIVE = Rule("link-relative", Level.ERROR, N_("A link has no site: it works in no mail program."))
LOCAL = Rule("link-local", Level.ERROR, N_("A link leads to a file or to this computer."))
BROKEN = Rule("link-broken", Level.ERROR, N_("A link leads to an article that the site does not have."))
PLAIN = Rule("link-http", Level.WARNING, N_("A link is not encrypted (http)."))
VAGUE = Rule("link-text-vague", Level.WARNING, N_("Several links with different targets say “here” or “read more”."))
RULES = table(EMPTY, RELATIVE, LOCAL, BROKEN, PLAIN, VAGUE)

#: Words that tell nothing to somebody who hears the list of links.
_VAGUE_WORDS = frozenset(
    ("ici", "cliquez ici", "cliquer ici", "lire la suite", "en savoir plus", "here", "click here", "read more", "more")
)
_LOCAL_HOST = re.compile(r"localhost|127\.[\d.]+|0\.0\.0\.0|::1", re.I)


@dataclass(frozen=True, kw_only=True)
class _Anchor:
    """A link as somebody wrote it."""

    url: str
    text: str
    place: Place
    block: int | None = None
    #: Written in a text of the site, where `/path` is a good address.
    in_text: bool = False


def check_links(inspection: Inspection) -> Iterator[Finding]:
    """Each link where it is written; then the words they use, over the whole letter."""
    for anchor in _unique([*_written(inspection), *_finished(inspection)], inspection):
        yield from _check_address(anchor, inspection)
    yield from _check_words(inspection)


def _written(inspection: Inspection) -> Iterator[_Anchor]:
    for key, document in inspection.documents.items():
        for link in document.links:
            if any(token in link.url for token in inspection.tokens):
                continue
            place, block = inspection.place_in(key, link.line), inspection.block_of(key)
            yield _Anchor(url=link.url.strip(), text=link.text, place=place, block=block, in_text=True)


def _finished(inspection: Inspection) -> Iterator[_Anchor]:
    """Links of the finished HTML: those of the layout and of the blocks' parameters are nowhere else."""
    said, layout = _said_in_issue(inspection.issue), inspection.issue.place("layout")
    for tag in inspection.tags:
        url = tag.attributes.get("href", "").strip()
        if tag.name == "a" and "href" in tag.attributes and not any(token in url for token in inspection.tokens):
            yield _Anchor(url=url, text=tag.text, place=said.get(url, layout))


def _said_in_issue(issue: Issue) -> dict[str, Place]:
    """Whatever a parameter of a block says → where it says it first."""
    said: dict[str, Place] = {}
    for block in issue.blocks:
        for name, value in block.parameters.items():
            if value and isinstance(value, str):
                said.setdefault(value, Place(file=issue.file, line=block.line, field=name))
    return said


def _unique(anchors: Iterable[_Anchor], inspection: Inspection) -> Iterator[_Anchor]:
    """The first of each address: where it is written comes before where it ends up."""
    seen: set[str] = set()
    for anchor in anchors:
        url = _absolute(anchor, inspection)
        if url not in seen:
            seen.add(url)
            yield anchor


def _absolute(anchor: _Anchor, inspection: Inspection) -> str:
    rooted = anchor.in_text and anchor.url.startswith("/") and not anchor.url.startswith("//")
    return inspection.site.url + anchor.url if rooted else anchor.url


def _check_address(anchor: _Anchor, inspection: Inspection) -> Iterator[Finding]:
    url = _absolute(anchor, inspection)
    if url in ("", "#"):
        message = _("The link “{text}” leads nowhere.", text=anchor.text or url)
        yield EMPTY.found(message, place=anchor.place, hint=_("give it an address, or remove it"), block=anchor.block)
    elif _is_local(url):
        message = _("The link {url} leads to this computer only.", url=url)
        hint = _("write the address that readers use")
        yield LOCAL.found(message, place=anchor.place, hint=hint, block=anchor.block)
    elif _is_relative(url):
        message = _("The link {url} does not say on which site.", url=anchor.url)
        hint = _("write it with https:// and the site's name, or from the root: /articles/…")
        yield RELATIVE.found(message, place=anchor.place, hint=hint, block=anchor.block)
    else:
        yield from _check_target(anchor, url, inspection)


@remembered(answers=2048)
def _split(url: str) -> tuple[str, str]:
    """Scheme and host; both empty when the address makes no sense."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or ""
    except ValueError:
        return "", ""


def _is_local(url: str) -> bool:
    scheme, host = _split(url)
    return scheme == "file" or bool(_LOCAL_HOST.fullmatch(host))


def _is_relative(url: str) -> bool:
    """No site to go to; a fragment stays in the letter, mailto and tel need none."""
    scheme, host = _split(url)
    return not (url.startswith("#") or scheme in ("mailto", "tel") or (scheme in ("http", "https") and host))


def _check_target(anchor: _Anchor, url: str, inspection: Inspection) -> Iterator[Finding]:
    if url.startswith("http:"):
        hint = _("write https:// if the site offers it: most do")
        message = _("The link {url} is not encrypted.", url=url)
        yield PLAIN.found(message, place=anchor.place, hint=hint, block=anchor.block)
    if _is_missing_article(url, inspection):
        message = _("The link {url} leads to an article that the site does not have.", url=anchor.url)
        hint = _("correct the address, or publish the article first")
        yield BROKEN.found(message, place=anchor.place, hint=hint, block=anchor.block)


def _is_missing_article(url: str, inspection: Inspection) -> bool:
    path = _article_path(url, inspection.site.url, inspection.site.permalink)
    return path is not None and path not in inspection.own_paths and path not in inspection.site_paths


@remembered(answers=2048)
def _article_path(url: str, site_url: str, permalink: str) -> str | None:
    """The path of an address that looks like an article's of the site; None for others."""
    site, parts, path = urlsplit(site_url), urlsplit(url), address_path(url)
    if parts.scheme not in ("http", "https") or parts.hostname != site.hostname:
        return None
    shape = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(site.path + permalink).rstrip("/"))
    return path if re.fullmatch(shape, path) else None


def _check_words(inspection: Inspection) -> Iterator[Finding]:
    targets: dict[str, set[str]] = defaultdict(set)
    for tag in inspection.tags:
        if tag.name == "a" and tag.text.casefold().strip(" .…→›»") in _VAGUE_WORDS:
            targets[tag.text].add(tag.attributes.get("href", ""))
    for text, urls in targets.items():
        if len(urls) > 1:
            message = ngettext("{n} link says “{text}”.", "{n} links say “{text}”.", len(urls), text=text)
            hint = _("name what each opens: many readers hear the links alone, out of their sentence")
            yield VAGUE.found(message, place=_first_said(inspection, text), hint=hint)


def _first_said(inspection: Inspection, text: str) -> Place:
    written = (anchor.place for anchor in _written(inspection) if anchor.text.casefold() == text.casefold())
    return next(written, inspection.issue.place("layout"))
