"""What the proof page shows beside the mail: who looks, what weighs, the file that a remark names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from newsletter.errors import NewsletterError
from newsletter.model import Level, Place
from newsletter.web.studio.looks import lit, without_pictures
from newsletter.web.studio.marks import compare, outline
from newsletter.web.studio.project import Preview
from newsletter.web.studio.proofs import Proof
from newsletter.web.studio.reading import Picture, Reading, read_mail
from newsletter.web.studio.state import Studio
from newsletter.web.studio.view import ProofView

#: Bytes of HTML after which Gmail cuts a mail; as the check `size-over-limit` says.
LIMIT = 102_400
#: The two letters an issue can be, in the order in which they stand side by side.
VARIANTS = ("members", "all")


@dataclass(frozen=True)
class Weight:
    """One line of the weight."""

    #: 0-based number of the block; None for the layout and all that is in no block.
    block: int | None
    html_bytes: int


@dataclass(frozen=True)
class Excerpt:
    """A file of the project with one of its lines in view."""

    name: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Screen:
    """A proof under one view."""

    studio: Studio
    proof: Proof
    view: ProofView

    @cached_property
    def _seen(self) -> tuple[Preview | None, NewsletterError | None]:
        """The mail through the chosen reader's eyes; the sample reader's when there is no such person."""
        if not self.view.reader or self.proof.mail is None:
            return self.proof.preview, None
        try:
            return self.studio.project.seen_by(self.proof.mail, self.view.reader.strip()), None
        except NewsletterError as error:
            return self.proof.preview, error

    @property
    def seen(self) -> Preview | None:
        return self._seen[0]

    @property
    def reader_error(self) -> NewsletterError | None:
        """Why the chosen reader's mail is not shown."""
        return self._seen[1]

    @cached_property
    def reading(self) -> Reading:
        """The mail as one hears it, with its links and pictures."""
        return read_mail(self.seen.html if self.seen else "", self.proof.blocks)

    @property
    def weights(self) -> list[Weight]:
        """The layout first, then the blocks in order: together the bytes of the HTML."""
        blocks = [Weight(block.number, block.html_bytes) for block in self.proof.blocks]
        whole = self.seen.size if self.seen else 0
        return [Weight(None, max(0, whole - sum(weight.html_bytes for weight in blocks))), *blocks]

    @cached_property
    def pictures(self) -> Mapping[str, tuple[Picture, int | None]]:
        """Address → the picture, and its bytes when it is on this machine; each address once."""
        return {one.address: (one, self._size(one.address)) for one in self.reading.pictures}

    @property
    def picture_bytes(self) -> int:
        """Bytes of all pictures that are on this machine."""
        return sum(size or 0 for _picture, size in self.pictures.values())

    def _size(self, address: str) -> int | None:
        try:
            return self.studio.project.picture_size(address)
        except NewsletterError:  # it travels in the message, or its address is wrong: a remark says so
            return None

    @property
    def excerpt(self) -> Excerpt | None:
        """The file that a remark names; None for any other: no address of this page opens what no remark speaks of."""
        if self.view.file not in self._named():
            return None
        try:
            text = (self.studio.project.folder / self.view.file).read_text("utf-8", "replace")
        except OSError:
            return None
        return Excerpt(self.view.file, text.splitlines())

    def _named(self) -> set[str]:
        places = [finding.place for finding in self.proof.findings]
        if self.proof.error and isinstance(self.proof.error.where, Place):
            places.append(self.proof.error.where)
        articles = {article.file for article in self.proof.articles.values()}
        return {place.file for place in places if place} | articles | {self.proof.issue.file}

    def level_of(self, number: int) -> Level:
        """The gravest remark on a block: the colour of its outline."""
        levels = [one.level for one in self.proof.findings if one.block == number and not one.ignored]
        return next((level for level in (Level.ERROR, Level.WARNING) if level in levels), Level.INFO)

    def mail(self, edition: str = "") -> str:
        """The HTML for the frame, under this view; of one edition, its differences tinted."""
        html = self._edition(edition) if edition else self._outlined()
        html = lit(html, self.view.light)
        return without_pictures(html) if self.view.images == "off" else html

    def _outlined(self) -> str:
        number, html = self.view.block - 1, self.seen.html if self.seen else ""
        if number < 0:
            return html
        return outline(html, self.proof.blocks, number=number, kind=self.level_of(number))

    def _edition(self, edition: str) -> str:
        editions = self.studio.proofs.editions(self.proof.issue)
        made = {variant: found for variant, found in editions.items() if not isinstance(found, NewsletterError)}
        return dict(zip(made, compare(list(made.values())), strict=True)).get(edition, "")
