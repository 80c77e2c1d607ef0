"""Pictures: described, credited, present, and light enough."""

from collections.abc import Iterator

from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.rules import Rule, table
from newsletter.i18n import N_, _, format_number
from newsletter.model import Article, Finding, Image, Level, Place

#: Bytes of one picture: a phone on the train waits for it.
HEAVY = 1_000_000

NO_ALT = Rule("image-without-alt", Level.ERROR, N_("A picture has no description for those who do not see it."))
NO_CREDIT = Rule("image-without-credit", Level.ERROR, N_("An article's picture has no credit."))
NO_FILE = Rule("image-missing", Level.ERROR, N_("A picture's file is not in the uploads folder."))
TOO_HEAVY = Rule("image-heavy", Level.WARNING, N_("A picture weighs more than 1 MB."))
RULES = table(NO_ALT, NO_CREDIT, NO_FILE, TOO_HEAVY)


def check_images(inspection: Inspection) -> Iterator[Finding]:
    """Those of the articles' front matter, those of the texts, then what only the finished HTML knows."""
    for path, article in inspection.articles.items():
        if article.image:
            yield from _check_own(article, article.image, inspection.block_of(path))
    for key, document in inspection.documents.items():
        for picture in document.images:
            place, block = inspection.place_in(key, picture.line), inspection.block_of(key)
            if picture.alt is None:
                yield _without_alt(picture.url, place, block)
            if measured := inspection.pictures.get(picture.url):
                yield from _check_file(measured, place, block)
    yield from _check_html(inspection)


def _check_own(article: Article, image: Image, block: int | None) -> Iterator[Finding]:
    if image.alt is None:
        yield _without_alt(image.source, article.place("img"), block, hint=_("add “img_alt:” to the article"))
    if not (image.credit or "").strip():
        message = _("The picture {name} has no credit.", name=image.source)
        hint = _("add “img_credits:” to the article: the name is printed under the picture")
        yield NO_CREDIT.found(message, place=article.place("img"), hint=hint, block=block)
    yield from _check_file(image, article.place("img"), block)


def _check_file(image: Image, place: Place, block: int | None) -> Iterator[Finding]:
    if image.local and image.size is None:
        message = _("The picture {name} is missing.", name=image.source)
        hint = _("no such file in the uploads folder: readers would see an empty frame")
        yield NO_FILE.found(message, place=place, hint=hint, block=block)
    elif image.size and image.size > HEAVY:
        weight = format_number(round(image.size / 1_000_000, 1))
        message = _("The picture {name} weighs {weight} MB.", name=image.source, weight=weight)
        hint = _("1,200 pixels wide are enough for a letter")
        yield TOO_HEAVY.found(message, place=place, hint=hint, block=block)


def _check_html(inspection: Inspection) -> Iterator[Finding]:
    """A picture of the layout itself, or of a block's parameter."""
    told = {article.image.url for article in inspection.articles.values() if article.image}
    told |= {picture.url for document in inspection.documents.values() for picture in document.images}
    for tag in inspection.tags:
        source = tag.attributes.get("src", "")
        if tag.name == "img" and "alt" not in tag.attributes and not source.endswith(tuple(told) or "\0"):
            yield _without_alt(source, inspection.issue.place("layout"), None)


def _without_alt(name: str, place: Place, block: int | None, *, hint: str | None = None) -> Finding:
    message = _("The picture {name} has no description.", name=name)
    hint = hint or _("say in a few words what it shows: ![two rivers meeting](…)")
    return NO_ALT.found(message, place=place, hint=hint, block=block)
