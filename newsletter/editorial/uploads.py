"""Pictures that the staff bring: checked by what they hold, named plainly, never in place of another."""

import io
import itertools
from pathlib import Path
from typing import Any

from newsletter.atomic import write_atomically
from newsletter.editorial.images import FORMATS, MAX_FILE, MAX_PIXELS, UPLOADS
from newsletter.errors import ContentError, Unwritable
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.warning_filters import warnings_raised
from newsletter.wording import slug

_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp", "AVIF": ".avif"}
#: EXIF's table of where a photograph was taken, and how XMP names the same.
_GPS, _XMP_GPS = 0x8825, b"exif:GPS"
#: How a picture that loses its place is written again: as it was, or so near that nobody sees it.
_AGAIN: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": "keep"},
    "PNG": {},
    "WEBP": {"quality": 92},
    "AVIF": {"quality": 92},
}
_NAME_LENGTH = 80


def keep_upload(folder: Path, name: str, content: bytes) -> str:
    """Write a picture into the uploads folder; returns its address on the site, such as `/uploads/riviere.jpg`.

    Its name is made of the plain letters of `name`, its suffix of what the bytes are; the place where a photograph was
    taken is removed. The same bytes under the same name are the picture that is there. Raises ContentError for a file
    over 10 MB, over 40 megapixels, that is no JPEG, PNG, GIF, WebP or AVIF, or that the disk refuses.
    """
    kind = _kind(name, content)
    content = _without_place(content) if kind in _AGAIN else content
    stem = slug(Path(name.replace("\\", "/")).stem, limit=_NAME_LENGTH) or "image"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return UPLOADS + _write(folder, stem, _SUFFIXES[kind], content)
    except OSError as error:
        raise Unwritable(system_reason(error), where=name[:80]) from None


def list_uploads(folder: Path) -> list[str]:
    """Addresses of the pictures in the uploads folder, the latest first."""
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in (*_SUFFIXES.values(), ".jpeg") and not path.name.startswith(".") and path.is_file()
    ]
    found.sort(key=lambda path: (-path.stat().st_mtime_ns, path.name))
    return [UPLOADS + path.relative_to(folder).as_posix() for path in found]


def _kind(name: str, content: bytes) -> str:
    """The format, by what the bytes are."""
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    if len(content) > MAX_FILE:
        raise ContentError(
            _("the picture {name} is larger than {size} MB", name=name[:80], size=MAX_FILE // 2**20),
            hint=_("save it 1200 pixels wide"),
        )
    try:
        with warnings_raised(), Pillow.open(io.BytesIO(content), formats=FORMATS) as picture:
            kind, (width, height) = str(picture.format), picture.size
            if width * height <= MAX_PIXELS:
                picture.load()  # to its last row: one that stopped half way on its way here is none
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
        width, height, kind = MAX_PIXELS, 2, ""
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning):
        raise ContentError(
            _("{name} is not a JPEG, PNG, GIF, WebP or AVIF picture", name=name[:80]),
            hint=_("open it in an image editor and export it as JPEG"),
        ) from None
    if width * height > MAX_PIXELS:
        raise ContentError(
            _("the picture {name} has more than {count} million pixels", name=name[:80], count=MAX_PIXELS // 10**6),
            hint=_("save it 1200 pixels wide"),
        )
    return kind


def _without_place(content: bytes) -> bytes:
    """The same picture without GPS coordinates, neither in EXIF nor in XMP; untouched when it has none."""
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(content)) as picture:
        exif, profile = picture.getexif(), picture.info.get("icc_profile")
        if _GPS not in exif and _XMP_GPS not in picture.info.get("xmp", b""):
            return content
        exif.pop(_GPS, None)
        kept, kind = io.BytesIO(), str(picture.format)
        more = {"save_all": True} if getattr(picture, "is_animated", False) else {}
        picture.save(kept, kind, exif=exif, icc_profile=profile, **_AGAIN[kind], **more)
    return kept.getvalue()


def _write(folder: Path, stem: str, suffix: str, content: bytes) -> str:
    """The first free name."""
    for number in itertools.count(1):
        name = f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}"
        path = folder / name
        if path.is_file() and path.read_bytes() == content:
            return name
        try:
            write_atomically(path, content, replace=False)
        except FileExistsError:
            continue
        return name
    raise AssertionError  # count never ends
