"""Fields seen from the ground and from the air: hedges, garden plots, vines, a mosaic."""

import math
from collections.abc import Callable

from drawing.risograph import Point, Press, Sheet
from drawing.strokes import at, below, blob, leaf, ridge, smooth, stripes, tree


def hedges(press: Press) -> None:
    """Fields under the sun, and the hedges between them."""
    random = press.random
    press.wash("gold", press.everywhere(), press.fade(0.02, 0.4, end=420))
    sun = press.sheet().disc(905, 205, 108)
    press.dots("red", sun, press.fade(1, 0.5, start=90, end=330))
    press.knock(sun, "gold")
    inks = [("green", 0.45), ("gold", 0.9), ("green", 0.2), ("red", 0.55), ("green", 0.6)]
    edges = [ridge(random, base, 17, length=1500) for n, base in enumerate((335, 405, 490, 590, 712))]
    for number, (name, tone) in enumerate(inks):
        land = below(press.sheet(), edges[number])
        press.knock(land)
        press.dots(name, land, tone)
        if name != "green":
            rows = stripes(press.sheet(), step=13 + 4 * number, width=2.6, angle=(-0.3, 0.12, 0.2, -0.16, 0.1)[number])
            press.ink("green" if name == "gold" else "red", rows & land)
        _hedge(press, edges[number], size=13 + 9 * number)


def _hedge(press: Press, edge: Callable[[float], float], *, size: float) -> None:
    row, x = press.sheet(), -20.0
    while x < press.size[0] + 20:
        if press.random.random() < 0.11:
            tree(row, press.random, x, edge(x) + 4, size * 2.6)
        row.polygon(blob(press.random, x, edge(x) - size * 0.08, size * press.random.uniform(0.28, 0.46), rough=0.2))
        x += size * 0.34
    press.knock(row)
    press.ink("green", row)
    press.wash("gold", row.moved(-size * 0.08, -size * 0.1) & row, 0.5)


def sahel(press: Press) -> None:
    """Garden plots and their channels, an acacia, the great sun."""
    random = press.random
    press.wash("gold", press.everywhere(), press.fade(0.5, 0.9, end=380))
    sun = press.sheet().disc(330, 262, 150)
    press.knock(sun)
    press.dots("red", sun, press.fade(0.85, 0.4, start=110, end=420))
    dune = below(press.sheet(), ridge(random, 372, 14))
    press.knock(dune)
    press.dots("red", dune, 0.5)
    press.ink("gold", dune)
    _plots(press)
    _acacia(press)


def _acacia(press: Press) -> None:
    random, acacia = press.random, press.sheet()
    for path, width in (
        ("900,470 892,380 850,300 800,262", 15),
        ("893,385 940,310 1010,258", 11),
        ("888,370 905,300 900,245", 8),
    ):
        acacia.line(smooth(at(path)), width)
    for x, y, wide in ((770, 250, 92), (880, 216, 120), (1010, 240, 104), (930, 258, 80), (830, 268, 70)):
        for _ in range(16):
            aside, up = random.uniform(-wide, wide), random.uniform(-15, 12)
            acacia.polygon(blob(random, x + aside, y + up, random.uniform(13, 24)))
    press.knock(acacia)
    press.ink("green", acacia)


def _plots(press: Press) -> None:
    random = press.random
    land = press.sheet().polygon([_seen(-0.4, 0), _seen(1.4, 0), _seen(1.4, 1.05), _seen(-0.4, 1.05)])
    press.knock(land)
    press.dots("green", land, 0.55)
    for column in range(-2, 10):
        for row in range(5):
            left, right, top, foot = column / 8 + 0.01, (column + 1) / 8 - 0.01, row / 5 + 0.016, (row + 1) / 5 - 0.016
            plot = press.sheet().polygon([_seen(left, top), _seen(right, top), _seen(right, foot), _seen(left, foot)])
            press.knock(plot)
            press.wash("gold", plot, random.choice((0.5, 0.8, 1.0)))
            if random.random() < 0.3:
                press.dots("red", plot, 0.4)
            if random.random() < 0.82:
                press.ink("green", _plants(press.sheet(), left, top, row=row))


def _seen(u: float, v: float) -> Point:
    """A point of the garden (0 to 1 across, 0 to 1 towards us) as the eye sees it."""
    depth = 0.42 + 0.58 * v * v + 0.35 * v
    return 600 + (u - 0.5) * 1500 * depth, 420 + 400 * (0.35 * v + 0.65 * v * v)


def _plants(sheet: Sheet, left: float, top: float, *, row: int) -> Sheet:
    for line in range(1, 4):
        for spot in range(1, 7):
            x, y = _seen(left + 0.105 * spot / 7, top + 0.168 * line / 4)
            for turn in (-0.8, 0, 0.8):
                sheet.polygon(leaf(x, y + 2, 6 + row * 4.5, 3 + row * 1.8, -1.57 + turn))
    return sheet


def mosaic(press: Press) -> None:
    """Fields seen from a balloon, each with its own hand."""
    random = press.random
    seeds = [(random.uniform(-60, 1260), random.uniform(-60, 860)) for _ in range(46)]
    for _ in range(3):
        seeds = [_pulled(seed, seeds) for seed in seeds]
    for number, seed in enumerate(seeds):
        cell = _cell(seed, seeds)
        if len(cell) >= 3:
            _field(press, press.sheet().polygon(_shrunk(cell, 5)), number)
    lane = smooth(at("-30,520 240,470 480,560 760,430 960,470 1240,300"))
    press.knock(press.sheet().line(lane, 22))
    for x, y in lane[8::7]:
        press.ink("green", press.sheet().polygon(blob(random, x, y - 16, random.uniform(8, 14))))


#: Ink and tone of a field.
CROPS = (("green", 1.0), ("green", 0.45), ("gold", 1.0), ("gold", 0.6), ("red", 0.6), ("red", 1.0), ("gold", 0.3))


def _field(press: Press, field: Sheet, number: int) -> None:
    random = press.random
    name, tone = random.choice(CROPS)
    (press.dots if number % 5 == 0 else press.wash)(name, field, tone)
    step, width = random.choice((16, 20, 26)), random.choice((2.6, 3.6))
    rows = field & stripes(press.sheet(), step=step, width=width, angle=random.uniform(0, 3.1))
    if number % 5 == 2:
        press.dots("red" if name == "gold" else "gold", field, 0.5)
    elif tone == 1.0 and name != "gold":
        press.knock(rows)
    else:
        press.ink("green", rows)


def _pulled(seed: Point, seeds: list[Point]) -> Point:
    """Away from its nearest neighbour: fields of about one size."""
    near = min((other for other in seeds if other != seed), key=lambda other: math.dist(other, seed))
    far = max(1.0, math.dist(near, seed))
    push = max(0.0, 150 - far) / 2 / far
    return seed[0] + (seed[0] - near[0]) * push, seed[1] + (seed[1] - near[1]) * push


def _cell(seed: Point, seeds: list[Point]) -> list[Point]:
    """The part of the page nearer to this seed than to any other: the page, cut by each bisector."""
    cell: list[Point] = [(-80, -80), (1280, -80), (1280, 880), (-80, 880)]
    for other in seeds:
        if other == seed:
            continue
        middle = ((seed[0] + other[0]) / 2, (seed[1] + other[1]) / 2)
        across = (other[0] - seed[0], other[1] - seed[1])
        cell = _cut(cell, middle, across)
    return cell


def _cut(cell: list[Point], middle: Point, across: Point) -> list[Point]:
    def side(point: Point) -> float:
        return (point[0] - middle[0]) * across[0] + (point[1] - middle[1]) * across[1]

    kept: list[Point] = []
    for start, end in zip(cell, [*cell[1:], cell[0]], strict=True) if cell else ():
        here, there = side(start), side(end)
        if here <= 0:
            kept.append(start)
        if here * there < 0:
            share = here / (here - there)
            kept.append((start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share))
    return kept


def _shrunk(cell: list[Point], margin: float) -> list[Point]:
    x = sum(point[0] for point in cell) / len(cell)
    y = sum(point[1] for point in cell) / len(cell)
    shares = ((px, py, margin / max(1, math.dist((px, py), (x, y)))) for px, py in cell)
    return [(px + (x - px) * share, py + (y - py) * share) for px, py, share in shares]


def terril(press: Press) -> None:
    """Vines on a slag heap, in rows that climb."""
    random = press.random
    press.wash("gold", press.everywhere(), press.fade(0.05, 0.5, end=560))
    sun = press.sheet().disc(960, 190, 92)
    press.knock(sun)
    press.ink("red", sun)
    far = below(press.sheet(), ridge(random, 560, 12))
    for x, wide, high in ((210, 330, 230), (1130, 300, 190)):
        far.polygon([(x - wide, 600), (x - 40, 600 - high), (x + 50, 600 - high * 0.97), (x + wide, 600)])
    press.knock(far)
    press.dots("green", far, 0.3)
    heap = press.sheet().polygon(smooth(at(HEAP)))
    press.knock(heap)
    press.dots("red", heap, press.fade(0.28, 0.7, start=180))
    press.wash("gold", heap, 0.6)
    press.ink("red", heap & stripes(press.sheet(), step=26, width=2.4, angle=-0.1))
    press.ink("green", _vines(press) & heap.moved(0, 10))
    birches = press.sheet()
    for x, y in at("410,388 448,382 566,258 612,214 655,200 702,200 752,236"):
        tree(birches, random, x, y + 6, random.uniform(44, 70))
    press.knock(birches)
    press.ink("green", birches)
    _town(press)


#: Outline of the slag heap, a shoulder on its left.
HEAP = "-80,810 80,700 300,470 400,388 478,372 570,246 622,200 690,190 760,236 1000,560 1280,800"


def _vines(press: Press) -> Sheet:
    rows = press.sheet()
    for number in range(19):
        foot, top = -260 + number * 92, 424 + 5 * abs(number - 9)
        for x, y in smooth([(foot, 830), (foot * 0.72 + 179.2, 620), (foot * 0.44 + 358.4, top)]):
            rows.polygon(blob(press.random, x, y, 2.5 + (y - 350) * 0.034, rough=0.22))
    return rows


def _town(press: Press) -> None:
    walls, tops, panes, x = press.sheet(), press.sheet(), press.sheet(), -20.0
    while x < 1220:
        wide, high = press.random.uniform(44, 74), press.random.uniform(30, 66)
        walls.box(x, 800 - high, x + wide, 810)
        tops.polygon([(x - 4, 801 - high), (x + wide / 2, 801 - high - wide * 0.42), (x + wide + 4, 801 - high)])
        panes.box(x + wide * 0.3, 812 - high, x + wide * 0.3 + 10, 826 - high)
        x += wide + press.random.choice((0, 0, 0, 26))
    press.knock(walls | tops)
    press.ink("green", tops)
    press.wash("gold", walls, 0.35)
    press.ink("green", panes & walls)


#: File name → scene.
SCENES = {"haies": hedges, "maraichage": sahel, "terril": terril, "parcelles": mosaic}
