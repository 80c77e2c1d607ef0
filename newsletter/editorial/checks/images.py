"""Pictures: described, credited, present, and light enough."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.rules import Rule, table
from newsletter.editorial.images import SHOWN
from newsletter.i18n import N_, _, format_number
from newsletter.model import Block, Finding, Image, Level, Place

#: Bytes of one picture: a phone on the train waits for it.
HEAVY = 1_000_000

NO_ALT = Rule("image-without-alt", Level.ERROR, N_("A picture has no description for those who do not see it."))
NO_CREDIT = Rule("image-without-credit", Level.ERROR, N_("An article's picture has no credit."))
NO_FILE = Rule("image-missing", Level.ERROR, N_("A picture's file is not in the uploads folder."))
TOO_HEAVY = Rule("image-heavy", Level.WARNING, N_("A picture weighs more than 1 MB."))
NOT_SHOWN = Rule("image-format", Level.WARNING, N_("A picture is in a format that some mail programs do not show."))
RULES = table(NO_ALT, NO_CREDIT, NO_FILE, TOO_HEAVY, NOT_SHOWN)

#: What an address ends in when its picture is in a format that Outlook, among others, does not show.
_ENDINGS = {".webp": "WEBP", ".avif": "AVIF", ".svg": "SVG"}


def check_images(inspection: Inspection) -> Iterator[Finding]:
    """Those of the blocks and their articles, those of the texts, then what only the finished HTML knows."""
    for number, block in enumerate(inspection.issue.blocks):
        if shown := _shown(inspection, number, block):
            yield from _check_own(inspection, shown, number)
    for key, document in inspection.documents.items():
        for picture in document.images:
            place, position = inspection.place_in(key, picture.line), inspection.block_of(key)
            if picture.alt is None:
                yield _without_alt(picture.url, place, position)
            if measured := inspection.pictures.get(picture.url):
                yield from _check_file(inspection, measured, place, position)
    yield from _check_html(inspection)


@dataclass(frozen=True)
class _Shown:
    """The picture of a block: the issue's own, or its article's; what the issue says of it goes first."""

    image: Image
    alt: str | None
    credit: str
    place: Place
    #: Where a description and a credit are to be added.
    alt_key: str
    credit_key: str


def _shown(inspection: Inspection, number: int, block: Block) -> _Shown | None:
    own, article = block.parameters.get("image"), inspection.articles.get(block.article or "")
    if isinstance(own, str) and own in inspection.pictures:
        line = inspection.issue.lines.get(f"blocks.{number}.image", block.line)
        place = Place(file=inspection.issue.file, line=line, field="image")
        image, keys = inspection.pictures[own], ("alt", "credit")
    elif own is None and article and article.image:
        place, image, keys = article.place("img"), article.image, ("img_alt", "img_credits")
    else:
        return None
    alt, credit = block.parameters.get("alt", image.alt), block.parameters.get("credit", image.credit)
    return _Shown(image, alt, str(credit or "").strip(), place, *keys)


def _check_own(inspection: Inspection, shown: _Shown, block: int) -> Iterator[Finding]:
    name = shown.image.source
    if shown.alt is None:
        yield _without_alt(name, shown.place, block, hint=_("add “{key}:” beside it", key=shown.alt_key))
    if not shown.credit:
        message = _("The picture {name} has no credit.", name=name)
        hint = _("add “{key}:” beside it: the name is printed under the picture", key=shown.credit_key)
        yield NO_CREDIT.found(message, place=shown.place, hint=hint, block=block)
    yield from _check_file(inspection, shown.image, shown.place, block)


def _check_file(inspection: Inspection, image: Image, place: Place, block: int | None) -> Iterator[Finding]:
    sizes = [shown.copy.size for shown in inspection.copies if shown.original == image.url]
    size, kind = max(sizes, default=image.size), image.format or _ENDINGS.get(PurePosixPath(image.url).suffix.lower())
    if image.local and image.size is None:
        message = _("The picture {name} is missing.", name=image.source)
        hint = _("no such file in the uploads folder: readers would see an empty frame")
        yield NO_FILE.found(message, place=place, hint=hint, block=block)
    elif size and size > HEAVY:
        weight = format_number(round(size / 1_000_000, 1))
        message = _("The picture {name} weighs {weight} MB.", name=image.source, weight=weight)
        hint = _("1,200 pixels wide are enough for a letter")
        yield TOO_HEAVY.found(message, place=place, hint=hint, block=block)
    if kind and kind not in SHOWN and not sizes:
        message = _(
            "The picture {name} is {kind}: Outlook, among others, does not show it.", name=image.source, kind=kind
        )
        hint = _('write images = "copy" under [content] in newsletter.toml, or export it as JPEG or PNG')
        yield NOT_SHOWN.found(message, place=place, hint=hint, block=block)


def _check_html(inspection: Inspection) -> Iterator[Finding]:
    """A picture of the layout itself."""
    pictures = (tag.attributes for tag in inspection.tags if tag.name == "img")
    unnamed = [attributes.get("src", "") for attributes in pictures if "alt" not in attributes]
    if not unnamed:
        return
    told = {article.image.url for article in inspection.articles.values() if article.image}
    told |= {picture.url for document in inspection.documents.values() for picture in document.images}
    told |= {image.url for image in inspection.pictures.values()}
    told |= {shown.address for shown in inspection.copies if shown.original in told}
    for source in unnamed:
        if not source.endswith(tuple(told)):
            yield _without_alt(source, inspection.issue.place("layout"), None)


def _without_alt(name: str, place: Place, block: int | None, *, hint: str | None = None) -> Finding:
    message = _("The picture {name} has no description.", name=name)
    hint = hint or _("say in a few words what it shows: ![two rivers meeting](…)")
    return NO_ALT.found(message, place=place, hint=hint, block=block)
