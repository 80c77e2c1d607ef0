"""The darkroom: a picture file → the copy a mail shows, upright, in sRGB, without metadata, no wider than asked."""

import struct
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import PIL  # its version alone: the rest is imported where a picture is opened

from newsletter.editorial.drawings import is_drawing, measure_drawing, rasterise
from newsletter.editorial.images import FORMATS, MAX_PIXELS

if TYPE_CHECKING:
    from PIL.Image import Image

#: JPEG quality; below it skies and faces show blocks, above it the file grows faster than it gains.
QUALITY = 75
#: Changes whenever the same file would give other bytes: what was made by another recipe is made again.
RECIPE = f"2 q{QUALITY} pillow {PIL.__version__}"
#: Opaque pictures of no more colours than that may be drawings: PNG keeps their edges, and is then the smaller one.
FEW_COLOURS = 128

_OPAQUE = 255

#: What Pillow raises on bytes that are no whole picture.
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error)


class Print(NamedTuple):
    """A developed copy."""

    content: bytes
    #: `.jpg`, `.png`, or `.gif` for an animation, which is left as it is.
    suffix: str
    #: Pixels.
    width: int
    height: int


def develop(content: bytes, *, width: int) -> Print:
    """The copy of a picture, at most `width` pixels wide; the same bytes give the same bytes.

    Nothing but an SVG drawing is enlarged. JPEG unless the picture is transparent or a drawing. The caller has measured
    the file: its pixels are decoded here. Raises one of DAMAGED when they cannot be.
    """
    from PIL import Image as Pillow
    from PIL import ImageOps

    if is_drawing(content):
        content = _drawn(content, width)
    with Pillow.open(BytesIO(content), formats=FORMATS) as opened:
        if opened.format == "GIF" and getattr(opened, "is_animated", False):
            return Print(content, ".gif", *opened.size)
        # A JPEG is decoded at a half, a quarter or an eighth when that is enough, whichever side is up.
        opened.draft(None, (2 * width, 2 * width))
        opened.load()
        photograph, profile = opened.format == "JPEG", opened.info.get("icc_profile")
        picture = _in_srgb(ImageOps.exif_transpose(opened), profile)
    drawing = not photograph and picture.getcolors(FEW_COLOURS) is not None
    return _written(_fitted(picture, width), drawing=drawing)


def _drawn(content: bytes, width: int) -> bytes:
    """An SVG drawing as PNG; the height that follows from its width must be one that can be held in memory."""
    measured = measure_drawing(content)
    if width * width * measured[1] / measured[0] > MAX_PIXELS:
        raise ValueError(measured)
    return rasterise(content, width=width)


def _in_srgb(picture: "Image", profile: bytes | None) -> "Image":
    """The picture in L or RGB, with A where something shows through; its profile applied."""
    alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
    if picture.mode.startswith("I"):  # sixteen bits of grey, which convert() would cut off at 255
        picture = picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    elif picture.mode in ("1", "LA", "La"):
        picture = picture.convert("L")
    elif picture.mode not in ("L", "RGB", "CMYK"):
        picture = picture.convert("RGBA").convert("RGB")
    picture = _through_profile(picture, profile)
    if alpha and alpha.getextrema()[0] != _OPAQUE:
        picture = picture.convert("RGB")
        picture.putalpha(alpha)
    return picture


def _through_profile(picture: "Image", profile: bytes | None) -> "Image":
    """Colours as the profile means them; a profile that is damaged or for other channels counts for nothing."""
    if profile:
        from PIL import ImageCms

        try:
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted:
            return converted
    return picture.convert("RGB") if picture.mode == "CMYK" else picture


def _fitted(picture: "Image", width: int) -> "Image":
    from PIL.Image import Resampling

    if picture.width <= width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Resampling.LANCZOS, reducing_gap=3)


def _written(picture: "Image", *, drawing: bool) -> Print:
    picture.info.clear()  # comments, profiles, places: the encoders would copy some of them
    if "A" in picture.getbands():
        return Print(_encoded(picture, "PNG"), ".png", *picture.size)
    photograph = Print(_encoded(picture, "JPEG", quality=QUALITY, progressive=True), ".jpg", *picture.size)
    if drawing and len(sharp := _encoded(picture, "PNG")) <= len(photograph.content):
        return Print(sharp, ".png", *picture.size)
    return photograph


def _encoded(picture: "Image", kind: str, **options: object) -> bytes:
    target = BytesIO()
    picture.save(target, kind, optimize=True, **options)
    return target.getvalue()
