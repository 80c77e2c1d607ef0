"""Copies of pictures: each twice as wide as its place in the letter, under a name made of its bytes, made once.

The finished HTML says where a picture stands and how wide: whatever layout printed it, this is where its address is
changed. A picture may also travel in the message (`src="inline:…"`), or be the layout's own (`src="asset:…"`).
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from html import escape, unescape
from pathlib import Path

from newsletter.atomic import write_atomically
from newsletter.editorial.darkroom import DAMAGED, RECIPE, Print, develop
from newsletter.editorial.images import Gallery, measure
from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.model import InlinePicture, Place
from newsletter.wording import slug

#: What a copy is called; nothing else is ever served from their folder.
NAME = re.compile(r"[0-9a-f]{24}\.(?:jpg|png|gif)")
#: Address of a picture that a layout brings itself, from its folder: `asset:assets/logo.png`.
ASSET = "asset:"
#: Written before the address of a picture that is to travel in the message.
INLINE = "inline:"
#: Bytes of a picture in every single message.
MAX_INLINE = 10 * 1024

_PICTURE = re.compile(r"<img\b[^>]*>")
_SOURCE = re.compile(r'\ssrc="([^"]*)"')
_WIDTH = re.compile(r'\swidth="(\d+)"')
_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif"}
#: A picture that fills its column: where columns stack, that is a phone's whole width.
_FLUID, _PHONE = "width:100%", 375
#: A screen of two pixels for each that CSS counts.
_DENSITY = 2


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One copy: a file of the copies' folder."""

    name: str
    #: Pixels.
    width: int
    height: int
    #: Bytes.
    size: int


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A picture of which the letter shows a copy."""

    #: As the templates printed it.
    original: str
    #: In the HTML.
    address: str
    copy: Copy


@dataclass(frozen=True, kw_only=True)
class Illustrated:
    """HTML with its pictures where readers find them."""

    html: str
    #: Those that readers fetch at the address of the copies.
    copied: tuple[Shown, ...] = ()
    #: Those that the HTML names by `cid:`.
    inline: tuple[Shown, ...] = ()
    #: The same, as the message carries them.
    pictures: tuple[InlinePicture, ...] = ()

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Every picture that was copied."""
        return (*self.copied, *self.inline)


class Copies:
    """The copies of one project: made when a letter needs them, kept for good, since sent letters show them."""

    def __init__(self, gallery: Gallery, *, folder: Path, cache: Path, url: str) -> None:
        """`folder` is what readers reach at `url`; `cache` remembers which copy was made of which file."""
        self.gallery = gallery
        self.folder = folder
        self.cache = cache
        self.url = url
        self._digests: dict[tuple[Path, int, int], str] = {}
        self._sound: dict[str, tuple[int, int]] = {}

    def make(self, file: Path, *, width: int) -> Copy:
        """The copy of a picture, at most `width` pixels wide; made again when the kept one is missing or damaged.

        Raises ContentError for a file over 10 MB or 40 megapixels, a damaged one, and a disk that takes no more.
        """
        measure(file)
        try:
            key = hashlib.sha256(f"{self._digest(file)} {width} {RECIPE}".encode()).hexdigest()
            return self._kept(key) or self._keep(key, develop(file.read_bytes(), width=width))
        except DAMAGED as error:
            raise _refusal(file, error) from None

    def content(self, copy: Copy) -> bytes:
        """Its bytes."""
        return (self.folder / copy.name).read_bytes()

    def find(self, name: str) -> Path | None:
        """The file of a copy; None when nothing is called so."""
        file = self.folder / name
        return file if NAME.fullmatch(name) and file.is_file() else None

    def _digest(self, file: Path) -> str:
        state = file.stat()
        known = (file, state.st_mtime_ns, state.st_size)
        if known not in self._digests:
            self._digests[known] = hashlib.sha256(file.read_bytes()).hexdigest()
        return self._digests[known]

    def _kept(self, key: str) -> Copy | None:
        """The copy that was made, if the folder still holds those very bytes."""
        with suppress(OSError, ValueError, TypeError, AttributeError):
            copy = Copy(**json.loads((self.cache / f"{key}.json").read_bytes()))
            if NAME.fullmatch(copy.name) and self._is_sound(copy):
                return copy
        return None

    def _is_sound(self, copy: Copy) -> bool:
        state = (self.folder / copy.name).stat()
        seen = (state.st_mtime_ns, state.st_size)
        if self._sound.get(copy.name) != seen and _name(self.content(copy), "") == copy.name.partition(".")[0]:
            self._sound[copy.name] = seen
        return self._sound.get(copy.name) == seen

    def _keep(self, key: str, made: Print) -> Copy:
        name = _name(made.content, made.suffix)
        copy = Copy(name=name, width=made.width, height=made.height, size=len(made.content))
        for folder in (self.folder, self.cache):
            folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.folder / name, made.content)
        write_atomically(self.cache / f"{key}.json", json.dumps(asdict(copy)).encode())
        return copy


class Illustrator:
    """Puts the pictures of one letter where its readers will find them."""

    def __init__(self, copies: Copies, *, folders: tuple[Path, ...], slot: int, everything: bool) -> None:
        """`folders` are the layout's; `slot` is the width of a picture that says none; `everything`: copy all."""
        self.copies = copies
        self.folders = folders
        self.slot = slot
        self.everything = everything
        self._copied: dict[str, Shown] = {}
        self._inline: dict[str, tuple[Shown, InlinePicture]] = {}

    def illustrate(self, html: str, places: Mapping[str, Place]) -> Illustrated:
        """The HTML with other addresses; `places` says where each was written, for what has to be refused."""

        def moved(match: re.Match[str]) -> str:
            tag = match[0]
            source, width = _SOURCE.search(tag), _WIDTH.search(tag)
            if not source:
                return tag
            address, slot = unescape(source[1]), int(width[1]) if width else self.slot
            if _FLUID in tag:
                slot = max(slot, _PHONE)
            try:
                new = self._moved(address, _DENSITY * slot)
            except ContentError as error:
                where = error.where or places.get(address.removeprefix(INLINE))
                raise ContentError(error.message, where=where, hint=error.hint) from None
            return tag[: source.start(1)] + escape(new) + tag[source.end(1) :]

        html = _PICTURE.sub(moved, html)
        return Illustrated(
            html=html,
            copied=tuple(self._copied.values()),
            inline=tuple(shown for shown, _picture in self._inline.values()),
            pictures=tuple(picture for _shown, picture in self._inline.values()),
        )

    def _moved(self, address: str, width: int) -> str:
        inline, written = address.startswith(INLINE), address.removeprefix(INLINE)
        if not (inline or written.startswith(ASSET) or self.everything):
            return address
        file = self._file(written)
        if file is None:
            if inline:
                raise ContentError(
                    _("the picture {name} has no file here: it cannot travel in the message", name=written),
                    hint=_("put the file in the uploads folder and write /uploads/name.jpg"),
                )
            return address
        copy = self.copies.make(file, width=width)
        if inline:
            picture = self._enclosed(file, copy)
            shown = Shown(original=written, address=f"cid:{picture.cid}", copy=copy)
            self._inline[shown.address] = shown, picture
        else:
            shown = Shown(original=written, address=f"{self.copies.url}/{copy.name}", copy=copy)
            self._copied[shown.address] = shown
        return shown.address

    def _file(self, address: str) -> Path | None:
        """The picture's file; None when there is none here, as for a picture of another site."""
        if not address.startswith(ASSET):
            file = self.copies.gallery.file_at(address)
            return file if file and file.is_file() else None
        name = address.removeprefix(ASSET)
        for folder in self.folders:
            file = (folder / name).resolve()
            if file.is_relative_to(folder) and file.is_file():
                return file
        raise ContentError(
            _("the layout has no picture {name}", name=name),
            hint=_("put it into the layout's folder; a picture of the site starts with /uploads/"),
        )

    def _enclosed(self, file: Path, copy: Copy) -> InlinePicture:
        if copy.size > MAX_INLINE:
            raise ContentError(
                _(
                    "the picture {name} weighs {size} bytes: in every message, {limit} at most",
                    name=file.name,
                    size=copy.size,
                    limit=MAX_INLINE,
                ),
                hint=_("simplify it, save it smaller, or let the site show it"),
            )
        stem, suffix = copy.name[:-4], copy.name[-4:]
        return InlinePicture(
            cid=f"{stem}@inline",
            type=_TYPES[suffix],
            name=f"{slug(file.stem, limit=40) or 'picture'}{suffix}",
            base64=base64.b64encode(self.copies.content(copy)).decode(),
        )


def _name(content: bytes, suffix: str) -> str:
    return hashlib.sha256(content).hexdigest()[:24] + suffix


def _refusal(file: Path, error: BaseException) -> ContentError:
    if isinstance(error, OSError) and error.errno:
        return ContentError(
            _("no copy of {name} can be made: {reason}", name=file.name, reason=system_reason(error)),
            hint=_("free some room, or see content.copies in newsletter.toml"),
        )
    return ContentError(
        _("the picture {name} is damaged: it cannot be read to its end", name=file.name),
        hint=_("open it in an image editor and export it as JPEG"),
    )
