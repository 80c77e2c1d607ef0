"""Pictures of articles: their public address on the site, and the measures of the local file."""

import os
import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from newsletter.editorial.drawings import is_drawing, measure_drawing
from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.model import Image
from newsletter.settings import Site

#: What every mail program shows.
SHOWN = ("JPEG", "PNG", "GIF")
#: What Pillow reads here. Of what is not SHOWN a copy is, and without copies a check remarks on it; so for a drawing.
FORMATS = (*SHOWN, "WEBP", "AVIF")
DRAWING = "SVG"
#: Bytes.
MAX_FILE = 10 * 1024 * 1024
#: Forty megapixels: decoded, 160 MB of memory.
MAX_PIXELS = 40_000_000

#: Where the site serves the uploads folder.
UPLOADS = "/uploads/"

#: Bytes of a file name that every file system takes.
_LONGEST_NAME = 255
_ORIENTATION = 0x0112
#: EXIF orientations from 5 on lay the picture on its side.
_FIRST_SIDEWAYS = 5
#: Reserved and unreserved characters of RFC 3986, and `%`: what is encoded already stays so.
_KEPT = "/%:@!$&'()*+,;=-._~?#"


class Measure(NamedTuple):
    """A picture file: pixels as displayed, and bytes."""

    width: int
    height: int
    size: int
    #: One of FORMATS, or DRAWING, whatever the file is called.
    format: str


def measure(path: Path) -> Measure | None:
    """Read a picture's header, never its pixels; None when there is no such file.

    Raises ContentError for a file over 10 MB, over 40 megapixels, no JPEG, PNG, GIF, WebP, AVIF or SVG, and a drawing
    that must not be drawn (`measure_drawing`). Remembered until the file changes.
    """
    try:
        state = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ContentError(
            _("the picture {name} cannot be read: {reason}", name=path.name[:80], reason=system_reason(error))
        ) from None
    return _measured(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=10_000)
def _measured(path: Path, _changed_at: int, size: int) -> Measure:
    if not path.is_file():
        raise ContentError(_("{name} is no picture file", name=path.name))
    if size > MAX_FILE:
        raise ContentError(
            _("the picture {name} is larger than {size} MB", name=path.name, size=MAX_FILE // 2**20),
            hint=_("save it 1200 pixels wide"),
        )
    width, height, kind = _dimensions(path)
    if width * height > MAX_PIXELS:
        raise _too_many_pixels(path)
    return Measure(width, height, size, kind)


def _dimensions(path: Path) -> tuple[int, int, str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Pillow.open(path, formats=FORMATS) as picture:
                # Only a JPEG tells its orientation before the pixels are read.
                turned = picture.format == "JPEG" and picture.getexif().get(_ORIENTATION, 1) >= _FIRST_SIDEWAYS
                (width, height), kind = picture.size, str(picture.format)
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
        raise _too_many_pixels(path) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning):
        if drawn := _drawn(path):
            return drawn
        raise ContentError(
            _("{name} is not a JPEG, PNG, GIF, WebP, AVIF or SVG picture", name=path.name),
            hint=_("open it in an image editor and export it as JPEG"),
        ) from None
    return (height, width, kind) if turned else (width, height, kind)


def _drawn(path: Path) -> tuple[int, int, str] | None:
    """The measures of an SVG drawing; None when the file is none."""
    try:
        content = path.read_bytes()
        return (*measure_drawing(content), DRAWING) if is_drawing(content) else None
    except OSError:
        return None
    except ValueError as error:
        raise ContentError(
            _("the drawing {name} cannot be shown: {reason}", name=path.name, reason=error),
            hint=_("export it as PNG, 1200 pixels wide"),
        ) from None


def _too_many_pixels(path: Path) -> ContentError:
    return ContentError(
        _("the picture {name} has more than {count} million pixels", name=path.name, count=MAX_PIXELS // 10**6),
        hint=_("save it 1200 pixels wide"),
    )


class Gallery:
    """The pictures of one site: addresses on `site.url`, files in the uploads folder."""

    def __init__(self, site: Site, uploads: Path, *, measure: Callable[[Path], Measure | None] = measure) -> None:
        self.site = site
        self.uploads = uploads.resolve()
        self.measure = measure
        self._host = urlsplit(site.url).netloc.lower()
        self._base = urlsplit(site.url).path.rstrip("/")

    def resolve(self, source: str, *, alt: str | None = None, credit: str | None = None) -> Image:
        """The picture as a mail needs it: `/uploads/x.jpg` and relative paths on the site, others as they are.

        Raises ContentError for data:, file: and other schemes, a path out of the uploads folder, a refused file.
        """
        address = f"https:{source}" if source.startswith("//") else source
        parts = _split(address)
        path = self._path(parts)
        if not parts.scheme:
            url = f"{self.site.url}/{quote(address.lstrip('/'), safe=_KEPT)}"
        elif parts.scheme in ("http", "https") and parts.netloc:
            url = quote(address, safe=_KEPT + "[]")
        else:
            raise ContentError(
                _("a picture cannot be at {address}", address=source[:40]),
                hint=_("put the file in the uploads folder and write /uploads/name.jpg"),
            )
        found = self._measure(path) if path else None
        measured = found._asdict() if found else {}
        return Image(source=source, url=url, alt=alt, credit=credit, local=path is not None, **measured)

    def file_at(self, url: str) -> Path | None:
        """The local file behind an absolute address; None when it is of another site, or the site keeps it elsewhere.

        Raises ContentError for a path out of the uploads folder.
        """
        path = self._path(_split(url))
        return self.file(path) if path else None

    def _path(self, parts: SplitResult) -> str | None:
        """The path on the site; None on another one."""
        if not parts.scheme:
            return "/" + parts.path.lstrip("/")
        return parts.path.removeprefix(self._base) if parts.netloc.lower() == self._host else None

    def file(self, path: str) -> Path | None:
        """The local file behind an address path such as `/uploads/x.jpg`; None when the site keeps it elsewhere."""
        if not path.startswith(UPLOADS):
            return None
        name = path.removeprefix(UPLOADS)
        candidate = self._inside(name)
        decoded = unquote(name)
        return candidate if decoded == name or candidate.exists() else self._inside(decoded)

    def _measure(self, path: str) -> Measure | None:
        file = self.file(path)
        return self.measure(file) if file else None

    def _inside(self, name: str) -> Path:
        """The file in the uploads folder; neither `..`, a hidden name nor a link may lead out of it."""
        parts = PurePosixPath(name).parts
        path = self.uploads.joinpath(*parts)
        odd = any(part.startswith((".", "/")) or "\0" in part or len(part.encode()) > _LONGEST_NAME for part in parts)
        if odd or not self._holds(path):
            raise ContentError(
                _("the picture {name} is outside the uploads folder", name=repr(name[:80])),
                hint=_("put the file in the uploads folder and write /uploads/name.jpg"),
            )
        return path

    def _holds(self, path: Path) -> bool:
        """Links are rare and following them is slow: only a path that has one is resolved."""
        links = any(step.is_symlink() for step in (path, *path.parents) if len(step.parts) > len(self.uploads.parts))
        return not links or Path(os.path.realpath(path)).is_relative_to(self.uploads)


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        raise ContentError(_("“{address}” is not an address", address=address[:80])) from None
