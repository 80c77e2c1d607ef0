"""Lines and shapes that scenes share: ridges, ribbons, leaves, trees, furrows."""

import math
from collections.abc import Callable, Sequence
from random import Random

from PIL import Image, ImageChops

from drawing.risograph import Point, Sheet


def ridge(random: Random, base: float, height: float, *, length: float = 900) -> Callable[[float], float]:
    """A hill's edge: y for every x, around `base`, waves shorter and flatter one after the other."""
    waves = [(height / 1.9**n, length / 2.1**n * random.uniform(0.8, 1.2), random.uniform(0, 6.3)) for n in range(4)]
    return lambda x: base + sum(size * math.sin(2 * math.pi * x / long + phase) for size, long, phase in waves)


def below(sheet: Sheet, edge: Callable[[float], float], *, until: Callable[[float], float] | None = None) -> Sheet:
    """Fill what lies under an edge, down to another one or to the foot of the page."""
    width, height = sheet.size
    steps = range(-8, width + 9, 4)
    foot: list[Point] = [(x, until(x)) for x in reversed(steps)] if until else [(width + 8, height), (-8, height)]
    return sheet.polygon([(x, edge(x)) for x in steps] + foot)


def at(words: str) -> list[Point]:
    """Points written as « x,y x,y »: a shape on one line."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in words.split())]


def polar(x: float, y: float, angle: float, reach: float) -> Point:
    """The point at some distance of (x, y), in a direction (radians, 0 to the right)."""
    return x + reach * math.cos(angle), y + reach * math.sin(angle)


def smooth(points: Sequence[Point], steps: int = 24) -> list[Point]:
    """A curve through every point (Catmull-Rom)."""
    ends = [points[0], *points, points[-1]]
    curve: list[Point] = []
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for step in range(steps):
            t = step / steps
            curve.append((_spline(ax, bx, cx, dx, t), _spline(ay, by, cy, dy, t)))
    return [*curve, points[-1]]


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)


def ribbon(sheet: Sheet, curve: Sequence[Point], width: float) -> Sheet:
    """A broad stroke without the gaps a polyline leaves in its bends."""
    sheet.line(curve, width)
    for x, y in curve:
        sheet.disc(x, y, width / 2)
    return sheet


def beside(curve: Sequence[Point], distance: float) -> list[Point]:
    """The curve that runs beside another one."""
    result = []
    for index, (x, y) in enumerate(curve):
        (ax, ay), (bx, by) = curve[max(0, index - 1)], curve[min(len(curve) - 1, index + 1)]
        long = math.hypot(bx - ax, by - ay) or 1
        result.append((x - (by - ay) / long * distance, y + (bx - ax) / long * distance))
    return result


def leaf(x: float, y: float, length: float, width: float, angle: float) -> list[Point]:
    """A pointed leaf that starts at (x, y) and grows along `angle` (radians, 0 to the right)."""
    profile = [(length * t, width * math.sin(math.pi * t**0.8) / 2) for t in (n / 16 for n in range(17))]
    outline = [*profile, *((u, -v) for u, v in reversed(profile))]
    return turned(outline, x, y, angle)


def turned(points: Sequence[Point], x: float, y: float, angle: float) -> list[Point]:
    """A shape drawn around the origin, turned and put at (x, y)."""
    cos, sin = math.cos(angle), math.sin(angle)
    return [(x + u * cos - v * sin, y + u * sin + v * cos) for u, v in points]


def blob(random: Random, x: float, y: float, radius: float, *, rough: float = 0.15) -> list[Point]:
    """A round thing with an uneven edge: a crown, a stone, a loaf."""
    turns = [random.uniform(0, 6.3) for _ in range(4)]
    points = []
    for step in range(72):
        angle = 2 * math.pi * step / 72
        swell = sum(math.sin((n + 2) * angle + turn) / (n + 1.5) for n, turn in enumerate(turns))
        reach = radius * (1 + rough * swell)
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return points


def tree(sheet: Sheet, random: Random, x: float, y: float, size: float) -> None:
    """A round tree standing on (x, y)."""
    sheet.line([(x, y), (x, y - size * 0.6)], max(1.5, size * 0.07))
    for _ in range(6):
        across, up = random.uniform(-0.28, 0.28) * size, random.uniform(0.55, 0.95) * size
        sheet.polygon(blob(random, x + across, y - up, size * random.uniform(0.2, 0.3)))


def fir(sheet: Sheet, x: float, y: float, size: float) -> None:
    """A conifer standing on (x, y)."""
    sheet.line([(x, y), (x, y - size * 0.3)], max(1.5, size * 0.06))
    for level in range(4):
        top, half = y - size * (0.42 + 0.19 * level), size * (0.24 - 0.05 * level)
        sheet.polygon([(x - half, top + size * 0.28), (x, top - size * 0.03), (x + half, top + size * 0.28)])


def frond(sheet: Sheet, foot: Point, angle: float, *, length: float, bend: float) -> None:
    """A fern: a stem that bends, and leaflets that shorten towards the tip."""
    x, y = foot
    steps = 54
    for step in range(steps):
        old = (x, y)
        x, y = x + length / steps * math.cos(angle), y + length / steps * math.sin(angle)
        angle += bend / steps
        share = step / steps
        size = length * 0.24 * math.sin(math.pi * (0.12 + 0.88 * share) ** 0.8) + 3
        sheet.line([old, (x, y)], 6.5 * (1 - share) + 1.8)
        if step > 6 and step % 3 == 0:
            for side in (-1, 1):
                sheet.polygon(leaf(x, y, size, length * 0.046 * (1.15 - share), angle + side * (1.15 - 0.35 * share)))


def stripes(sheet: Sheet, *, step: float, width: float, angle: float = 0.0) -> Sheet:
    """Parallel strokes over the whole sheet."""
    reach = math.hypot(*sheet.size)
    middle_x, middle_y = sheet.size[0] / 2, sheet.size[1] / 2
    count = int(reach / step / 2) + 1
    for number in range(-count, count + 1):
        ends = turned([(-reach, number * step), (reach, number * step)], middle_x, middle_y, angle)
        sheet.line(ends, width)
    return sheet


def contours(sheet: Sheet, curve: Sequence[Point], *, distances: Sequence[int], width: float) -> Sheet:
    """Lines of equal distance to a curve, as a map draws them."""
    coarse = 6
    columns, rows = sheet.size[0] // coarse + 1, sheet.size[1] // coarse + 1
    field = Image.new("F", (columns, rows))
    near = curve[::3]
    field.putdata(
        [min(math.dist((x * coarse, y * coarse), point) for point in near) for y in range(rows) for x in range(columns)]
    )
    field = field.resize(sheet.image.size, Image.Resampling.BICUBIC)
    result = sheet.image
    for distance in distances:
        inside, outside = (_farther(field, distance + aside) for aside in (0, width))
        result = ImageChops.lighter(result, ImageChops.subtract(inside, outside))
    return Sheet(sheet.size, result)


def _farther(field: Image.Image, distance: float) -> Image.Image:
    return field.point(lambda v: v * 200 + (127 - distance * 200)).convert("L")
