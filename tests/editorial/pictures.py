"""Pictures for tests, made in memory."""

import struct
from io import BytesIO
from typing import Any

from PIL import Image as Pillow
from PIL.Image import Image

#: Colorants of Adobe RGB (1998) and Display P3 under D50: X, Y, Z of red, green, blue.
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))


def encoded(picture: Image, kind: str, **options: Any) -> bytes:
    """The file of a picture."""
    target = BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def decoded(content: bytes) -> Image:
    """The picture of a file, its pixels read."""
    picture = Pillow.open(BytesIO(content))
    picture.load()
    return picture


def photo(width: int = 600, height: int = 400) -> Image:
    """Colours that change everywhere, as in a photograph."""
    across = Pillow.linear_gradient("L").resize((width, height))
    return Pillow.merge("RGB", (across, across.rotate(90).resize((width, height)), Pillow.new("L", across.size, 90)))


def logo(width: int = 400, height: int = 120) -> Image:
    """Two colours on nothing."""
    picture = Pillow.new("RGBA", (width, height), (0, 0, 0, 0))
    picture.paste((176, 56, 26, 255), (0, 0, height, height))
    picture.paste((31, 42, 39, 255), (height + 20, 40, width, 80))
    return picture


def profile(colorants: tuple[tuple[float, float, float], ...], *, gamma: float = 2.2) -> bytes:
    """A display profile of three colorants and a gamma (ICC.1:2001-04 §6)."""

    def xyz(values: tuple[float, float, float]) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))

    tags = {
        b"wtpt": xyz((0.9642, 1.0, 0.8249)),
        **{name: xyz(values) for name, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants, strict=True)},
        **{name: b"curv\0\0\0\0" + struct.pack(">IHxx", 1, round(gamma * 256)) for name in (b"rTRC", b"gTRC", b"bTRC")},
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"wide\0" + bytes(79),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
    }
    start, table, content = 128 + 4 + 12 * len(tags), b"", b""
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(content), len(value))
        content += value
    head = struct.pack(">I4xI4s4s4s", start + len(content), 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + content
