"""Pictures of articles: their public address on the site, and the measures of the local file."""

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit

from newsletter.editorial.containment import stays_inside
from newsletter.editorial.drawings import is_drawing, measure_drawing
from newsletter.editorial.memory import remembered
from newsletter.editorial.unchanged import with_folders
from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.lean import kept_out
from newsletter.mistakes import system_reason
from newsletter.model import Image
from newsletter.settings import Site
from newsletter.warning_filters import warnings_raised

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
    with kept_out("subprocess"):  # of the JPEG plugin, for a program that Pillow never calls by itself
        from PIL import Image as Pillow
        from PIL import UnidentifiedImageError

        import_module("PIL.JpegImagePlugin")

    try:
        with warnings_raised(), Pillow.open(path, formats=FORMATS) as picture:
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

    def resolve(self, source: str, *, alt: str | None = None, credit: str | None = None) -> Image:
        """The picture as a mail needs it: `/uploads/x.jpg` and relative paths on the site, others as they are.

        Raises ContentError for data:, file: and other schemes, a path out of the uploads folder, a refused file.
        """
        url, path = _located(source, self.site.url)
        found = self._measure(path) if path else None
        measured = found._asdict() if found else {}
        return Image(source=source, url=url, alt=alt, credit=credit, local=path is not None, **measured)

    def file_at(self, url: str) -> Path | None:
        """The local file behind an absolute address; None when it is of another site, or the site keeps it elsewhere.

        Raises ContentError for a path out of the uploads folder.
        """
        path = _path(_split(url), self.site.url)
        return self.file(path) if path else None

    def file(self, path: str) -> Path | None:
        """The local file behind an address path such as `/uploads/x.jpg`; None when the site keeps it elsewhere."""
        if not path.startswith(UPLOADS):
            return None
        name = path.removeprefix(UPLOADS)
        candidate = self._inside(name)
        decoded = unquote(name)
        return candidate if decoded == name or candidate.exists() else self._inside(decoded)

    def witnesses(self, source: str) -> list[str]:
        """The paths that say whether `resolve` would answer the same: the file, and the folders that lead to it."""
        _url, path = _located(source, self.site.url)
        file = self.file(path) if path else None
        return with_folders(str(self.uploads), file.relative_to(self.uploads).as_posix()) if file else []

    def _measure(self, path: str) -> Measure | None:
        file = self.file(path)
        return self.measure(file) if file else None

    def _inside(self, name: str) -> Path:
        """The file in the uploads folder; neither `..`, a hidden name nor a link may lead out of it."""
        path = _joined(self.uploads, name)
        if path is None or not stays_inside(self.uploads, name):
            raise ContentError(
                _("the picture {name} is outside the uploads folder", name=repr(name[:80])),
                hint=_("put the file in the uploads folder and write /uploads/name.jpg"),
            )
        return path


@remembered(answers=4096)
def _joined(folder: Path, name: str) -> Path | None:
    """The path of a file in the folder; None for a name that no file of it may have."""
    parts = PurePosixPath(name).parts
    odd = any(part.startswith((".", "/")) or "\0" in part or len(part.encode()) > _LONGEST_NAME for part in parts)
    return None if odd else folder.joinpath(*parts)


@remembered(answers=4096)
def _located(source: str, site_url: str) -> tuple[str, str | None]:
    """The absolute address, and the path on the site: None on another one. Raises ContentError for other schemes."""
    address = f"https:{source}" if source.startswith("//") else source
    parts = _split(address)
    if not parts.scheme:
        return f"{site_url}/{quote(address.lstrip('/'), safe=_KEPT)}", _path(parts, site_url)
    if parts.scheme in ("http", "https") and parts.netloc:
        return quote(address, safe=_KEPT + "[]"), _path(parts, site_url)
    raise ContentError(
        _("a picture cannot be at {address}", address=source[:40]),
        hint=_("put the file in the uploads folder and write /uploads/name.jpg"),
    )


def _path(parts: SplitResult, site_url: str) -> str | None:
    """The path on the site; None on another one."""
    if not parts.scheme:
        return "/" + parts.path.lstrip("/")
    site = urlsplit(site_url)
    return parts.path.removeprefix(site.path.rstrip("/")) if parts.netloc.lower() == site.netloc.lower() else None


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        raise ContentError(_("“{address}” is not an address", address=address[:80])) from None
