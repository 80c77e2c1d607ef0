"""Links: absolute, living, and worded so that they make sense alone."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple
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
#: What only `--online` finds: no check here asks anybody.
DEAD = Rule("link-dead", Level.ERROR, N_("The site says that the page of a link does not exist."))
SILENT = Rule("link-silent", Level.WARNING, N_("A link leads to a site that does not answer, or not to everybody."))
RULES = table(EMPTY, RELATIVE, LOCAL, BROKEN, PLAIN, VAGUE, DEAD, SILENT)

#: Words that tell nothing to somebody who hears the list of links.
_VAGUE_WORDS = frozenset(
    ("ici", "cliquez ici", "cliquer ici", "lire la suite", "en savoir plus", "here", "click here", "read more", "more")
)
_LOCAL_HOST = re.compile(r"localhost|127\.[\d.]+|0\.0\.0\.0|::1", re.I)


class _Anchor(NamedTuple):
    """A link as somebody wrote it."""

    url: str
    text: str
    #: Of the text it stands in, and its line there; None for a link that only the finished HTML holds.
    document: tuple[str, int] | None = None


def check_links(inspection: Inspection) -> Iterator[Finding]:
    """Each link where it is written; then the words they use, over the whole letter."""
    seen: set[str] = set()
    for anchor in (*_written(inspection), *_finished(inspection)):
        url = _absolute(anchor, inspection)
        if url not in seen:  # where it is written comes before where it ends up
            seen.add(url)
            yield from _check_address(anchor, url, inspection)
    yield from _check_words(inspection)


def links_out(inspection: Inspection) -> Mapping[str, tuple[Place, int | None]]:
    """Each address of the web that the letter leads to, where it is said first, and in which block."""
    found: dict[str, tuple[Place, int | None]] = {}
    for anchor in (*_written(inspection), *_finished(inspection)):
        url = _absolute(anchor, inspection)
        if url not in found and url.startswith(("http://", "https://")) and not _is_local(url):
            found[url] = _place(anchor, inspection), _block(anchor, inspection)
    return found


def _written(inspection: Inspection) -> Iterator[_Anchor]:
    for key, document in inspection.documents.items():
        for link in document.links:
            if not inspection.holds_token(link.url):
                yield _Anchor(link.url.strip(), link.text, (key, link.line))


def _finished(inspection: Inspection) -> Iterator[_Anchor]:
    """Links of the finished HTML: those of the layout and of the blocks' parameters are nowhere else."""
    for tag in inspection.tags:
        url = tag.attributes.get("href", "").strip()
        if tag.name == "a" and "href" in tag.attributes and not inspection.holds_token(url):
            yield _Anchor(url, tag.text)


def _place(anchor: _Anchor, inspection: Inspection) -> Place:
    if anchor.document:
        return inspection.place_in(*anchor.document)
    return _said_in_issue(inspection.issue).get(anchor.url) or inspection.issue.place("layout")


def _block(anchor: _Anchor, inspection: Inspection) -> int | None:
    return inspection.block_of(anchor.document[0]) if anchor.document else None


def _said_in_issue(issue: Issue) -> dict[str, Place]:
    """Whatever a parameter of a block says → where it says it first."""
    said: dict[str, Place] = {}
    for block in issue.blocks:
        for name, value in block.parameters.items():
            if value and isinstance(value, str):
                said.setdefault(value, Place(file=issue.file, line=block.line, field=name))
    return said


def _absolute(anchor: _Anchor, inspection: Inspection) -> str:
    """In a text of the site, `/path` is a good address."""
    rooted = anchor.document and anchor.url.startswith("/") and not anchor.url.startswith("//")
    return inspection.site.url + anchor.url if rooted else anchor.url


def _check_address(anchor: _Anchor, url: str, inspection: Inspection) -> Iterator[Finding]:
    for rule, message, hint in _faults(anchor, url, inspection):
        yield rule.found(message, place=_place(anchor, inspection), hint=hint, block=_block(anchor, inspection))


def _faults(anchor: _Anchor, url: str, inspection: Inspection) -> Iterator[tuple[Rule, str, str]]:
    """The rule that an address breaks, a sentence, and how to mend it."""
    if url in ("", "#"):
        message = _("The link “{text}” leads nowhere.", text=anchor.text or url)
        yield EMPTY, message, _("give it an address, or remove it")
    elif _is_local(url):
        message = _("The link {url} leads to this computer only.", url=url)
        yield LOCAL, message, _("write the address that readers use")
    elif _is_relative(url):
        message = _("The link {url} does not say on which site.", url=anchor.url)
        yield RELATIVE, message, _("write it with https:// and the site's name, or from the root: /articles/…")
    else:
        if url.startswith("http:"):
            message = _("The link {url} is not encrypted.", url=url)
            yield PLAIN, message, _("write https:// if the site offers it: most do")
        if _is_missing_article(url, inspection):
            message = _("The link {url} leads to an article that the site does not have.", url=anchor.url)
            yield BROKEN, message, _("correct the address, or publish the article first")


def _split(url: str) -> tuple[str, str]:
    """Scheme and host; both empty when the address makes no sense."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or ""
    except ValueError:
        return "", ""


@remembered(answers=2048)
def _is_local(url: str) -> bool:
    scheme, host = _split(url)
    return scheme == "file" or bool(_LOCAL_HOST.fullmatch(host))


@remembered(answers=2048)
def _is_relative(url: str) -> bool:
    """No site to go to; a fragment stays in the letter, mailto and tel need none."""
    scheme, host = _split(url)
    return not (url.startswith("#") or scheme in ("mailto", "tel") or (scheme in ("http", "https") and host))


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
    written = (anchor for anchor in _written(inspection) if anchor.text.casefold() == text.casefold())
    return next((_place(anchor, inspection) for anchor in written), inspection.issue.place("layout"))
