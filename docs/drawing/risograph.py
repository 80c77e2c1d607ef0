"""A small risograph: plates of ink laid over one another on grainy paper, slightly out of register.

A scene draws masks (`Sheet`) in picture coordinates and prints them with an ink, solid or through a screen of dots.
Everything random comes from the picture's name: the same name gives the same bytes with the same Pillow.
"""

import io
import math
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Point = tuple[float, float]

#: Pixels of a plate for one of the picture: edges are smooth once the plates are reduced.
SCALE = 2
PAPER = (249, 243, 229)
INKS = {"green": (24, 76, 70), "red": (224, 84, 52), "gold": (245, 186, 84), "blue": (38, 84, 130)}
#: Two vectors (a, b) and (-b, a) span a screen's cell: a whole-number period, so that one tile covers a plate.
ANGLES = {"green": (22, 22), "red": (30, 10), "gold": (10, 30), "blue": (28, 14)}
#: Ink spreads a little in paper; it also spares a third of the file.
SOFT = ImageFilter.GaussianBlur(0.6)
#: Mail should not weigh: no picture is heavier.
MAX_BYTES = 116_000


class Sheet:
    """A mask the size of a plate: white is where ink goes."""

    def __init__(self, size: tuple[int, int], image: Image.Image | None = None) -> None:
        self.size = size
        self.image = image or Image.new("L", (size[0] * SCALE, size[1] * SCALE), 0)
        self._draw = ImageDraw.Draw(self.image)

    def polygon(self, points: Sequence[Point], tone: int = 255) -> "Sheet":
        """Fill a shape."""
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=tone)
        return self

    def disc(self, x: float, y: float, radius: float, tone: int = 255) -> "Sheet":
        """Fill a circle."""
        box = [(x - radius) * SCALE, (y - radius) * SCALE, (x + radius) * SCALE, (y + radius) * SCALE]
        self._draw.ellipse(box, fill=tone)
        return self

    def line(self, points: Sequence[Point], width: float, tone: int = 255) -> "Sheet":
        """A stroke with round ends and joints."""
        self._draw.line(
            [(x * SCALE, y * SCALE) for x, y in points], fill=tone, width=round(width * SCALE), joint="curve"
        )
        if width > 2:
            for x, y in (points[0], points[-1]):
                self.disc(x, y, width / 2 - 0.4, tone)
        return self

    def box(self, left: float, top: float, right: float, bottom: float, radius: float = 0) -> "Sheet":
        """Fill a rectangle, its corners rounded."""
        corners = [left * SCALE, top * SCALE, right * SCALE, bottom * SCALE]
        self._draw.rounded_rectangle(corners, radius * SCALE, fill=255)
        return self

    def text(self, x: float, y: float, words: str, *, font: Path, size: float) -> "Sheet":
        """Set words from (x, y), the left end of their base line."""
        face = ImageFont.truetype(font, round(size * SCALE))
        self._draw.text((x * SCALE, y * SCALE), words, fill=255, font=face, anchor="ls")
        return self

    def __or__(self, other: "Sheet") -> "Sheet":
        return Sheet(self.size, ImageChops.lighter(self.image, other.image))

    def __and__(self, other: "Sheet") -> "Sheet":
        return Sheet(self.size, ImageChops.darker(self.image, other.image))

    def __sub__(self, other: "Sheet") -> "Sheet":
        return Sheet(self.size, ImageChops.subtract(self.image, other.image))

    def moved(self, x: float, y: float) -> "Sheet":
        """The same mask, shifted."""
        result = Sheet(self.size)
        result.image.paste(self.image, (round(x * SCALE), round(y * SCALE)))
        return result


class Press:
    """One picture being printed."""

    def __init__(self, name: str, size: tuple[int, int] = (1200, 800), *, paper: tuple[int, int, int] = PAPER) -> None:
        self.random = random.Random(name)
        self.size = size
        self.paper = paper
        self.plates: dict[str, Image.Image] = {}

    def sheet(self) -> Sheet:
        """An empty mask."""
        return Sheet(self.size)

    def everywhere(self) -> Sheet:
        """The whole page."""
        return self.sheet().box(0, 0, *self.size)

    def fade(self, top: float, bottom: float, *, start: float = 0, end: float | None = None) -> Sheet:
        """A tone that goes from `top` to `bottom` (0 to 1) between two heights."""
        end = self.size[1] if end is None else end
        column = Image.new("L", (1, self.size[1] * SCALE))
        for y in range(column.height):
            share = min(1, max(0, (y / SCALE - start) / (end - start)))
            column.putpixel((0, y), round(255 * (top + (bottom - top) * share)))
        return Sheet(self.size, column.resize((self.size[0] * SCALE, self.size[1] * SCALE)))

    def glow(self, x: float, y: float, radius: float, *, centre: float, edge: float) -> Sheet:
        """A tone that goes from `centre` to `edge` around a point."""
        side = round(2 * radius * SCALE)
        ring = Image.radial_gradient("L").resize((side, side), Image.Resampling.BILINEAR)
        ring = ring.point(lambda v: round(255 * (centre + (edge - centre) * min(1, v / 180))))
        result = Sheet(self.size, Image.new("L", (self.size[0] * SCALE, self.size[1] * SCALE), round(255 * edge)))
        result.image.paste(ring, (round((x - radius) * SCALE), round((y - radius) * SCALE)))
        return result

    def ink(self, name: str, where: Sheet) -> None:
        """Lay an ink on a mask, solid."""
        plate = self.plates.get(name)
        self.plates[name] = ImageChops.lighter(plate, where.image) if plate else where.image.copy()

    def wash(self, name: str, where: Sheet, tone: float | Sheet) -> None:
        """Lay an ink thinned to a tone (0 to 1), without dots."""
        self.ink(name, Sheet(self.size, ImageChops.multiply(where.image, self._even(tone).image)))

    def dots(self, name: str, where: Sheet, tone: float | Sheet) -> None:
        """Lay an ink in dots whose size follows the tone, over a light wash of itself; at tone 1, solid."""
        if tone == 1.0:
            self.ink(name, where)
            return
        self.wash(name, where, 0.26)
        self.ink(name, where & self._screened(name, tone))

    def knock(self, where: Sheet, *names: str) -> None:
        """Leave a mask without ink (all of them, or those named): the paper shows."""
        for name in names or tuple(self.plates):
            if name in self.plates:
                self.plates[name] = ImageChops.subtract(self.plates[name], where.image)

    def _even(self, tone: float | Sheet) -> Sheet:
        if isinstance(tone, Sheet):
            return tone
        return Sheet(self.size, Image.new("L", (self.size[0] * SCALE, self.size[1] * SCALE), round(255 * tone)))

    def _screened(self, name: str, tone: float | Sheet) -> Sheet:
        wanted = self._even(tone).image
        difference = ImageChops.add(wanted, ImageChops.invert(_screen(ANGLES[name], wanted.size)), 1, -127)
        return Sheet(self.size, difference.point(lambda v: min(255, max(0, (v - 127) * 12 + 127))))

    def pull(self) -> Image.Image:
        """Print the plates on the paper, each a little aside, the ink a little uneven."""
        page = Image.new("RGB", self.size, self.paper)
        for number, (name, plate) in enumerate(self.plates.items()):
            aside = ((0, 0), (2.0, -1.2), (-1.4, 1.6), (1.2, 1.8))[number % 4]
            shifted = Sheet(self.size, plate).moved(*aside).image.resize(self.size, Image.Resampling.BOX)
            inked = ImageChops.multiply(shifted, self._grain(238, 255))
            layer = Image.composite(
                Image.new("RGB", self.size, INKS[name]), Image.new("RGB", self.size, "white"), inked
            )
            page = ImageChops.multiply(page, layer)
        grain = self._grain(249, 255)
        return ImageChops.multiply(page, Image.merge("RGB", (grain, grain, grain))).filter(SOFT)

    def _grain(self, low: int, high: int) -> Image.Image:
        noise = Image.frombytes("L", self.size, self.random.randbytes(self.size[0] * self.size[1]))
        noise = noise.filter(ImageFilter.GaussianBlur(1.1))
        return noise.point(lambda v: round(min(high, max(low, low + (v - 88) * (high - low) / 45))))


def write(page: Image.Image, path: Path) -> None:
    """Write a printed page, at the best quality that weighs less than MAX_BYTES."""
    for quality in range(86, 20, -3):
        buffer = io.BytesIO()
        page.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True, subsampling=2)
        if buffer.tell() <= MAX_BYTES:
            break
    path.write_bytes(buffer.getvalue())


@cache
def _screen(angle: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """A round-dot threshold for every pixel: small tones pass at the dots' centres only."""
    a, b = angle
    side = (a * a + b * b) // math.gcd(a, b)
    heights = []
    for y in range(side):
        for x in range(side):
            u, v = (a * x + b * y) / (a * a + b * b), (a * y - b * x) / (a * a + b * b)
            heights.append((math.cos(2 * math.pi * u) + math.cos(2 * math.pi * v)) / 2)
    ranks = {value: rank for rank, value in enumerate(sorted(set(heights), reverse=True))}
    tile = Image.new("L", (side, side))
    tile.putdata([round(232 * ranks[value] / len(ranks)) + 14 for value in heights])
    screen = Image.new("L", size)
    for top in range(0, size[1], side):
        for left in range(0, size[0], side):
            screen.paste(tile, (left, top))
    return screen
