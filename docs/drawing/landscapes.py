"""Scenes out of doors: rivers, hills, night, a train."""

import math
from collections.abc import Callable

from drawing.risograph import Point, Press
from drawing.strokes import below, beside, blob, contours, fir, frond, leaf, ribbon, ridge, smooth, stripes, tree


def meander(press: Press) -> None:
    """A river seen from above, the beds it left, the willows on its banks."""
    random = press.random
    bends: list[Point] = [(-80, 610), (110, 650), (270, 500), (330, 270), (520, 170), (690, 290)]
    bends += [(700, 520), (860, 660), (1040, 560), (1080, 330), (1290, 210)]
    river = smooth(bends)
    press.wash("gold", press.everywhere(), press.fade(0.28, 0.5))
    press.ink("green", contours(press.sheet(), river, distances=range(104, 700, 36), width=2))
    old = smooth([(380, 900), (470, 700), (420, 560), (520, 470), (560, 620), (640, 780), (600, 920)])
    press.dots("green", ribbon(press.sheet(), old, 40), 0.5)
    for x, y, size in ((160, 210, 150), (890, 150, 175), (960, 860, 160)):
        press.dots(
            "red", press.sheet().polygon(blob(random, x, y, size)), press.glow(x, y, size * 1.5, centre=0.95, edge=0.2)
        )
    bed = ribbon(press.sheet(), river, 88)
    press.knock(ribbon(press.sheet(), river, 150))
    press.ink("gold", ribbon(press.sheet(), river, 142) - ribbon(press.sheet(), river, 94))
    press.wash("green", bed, 0.5)
    for aside in range(-36, 37, 12):
        press.ink("green", ribbon(press.sheet(), beside(river, aside), 4.6))
    willows = press.sheet()
    for index in range(14, len(river) - 4, 6):
        aside = random.choice((-60, 60)) + random.uniform(-8, 8)
        x, y = beside(river, aside)[index]
        willows.polygon(blob(random, x, y, random.uniform(7, 15)))
    press.ink("green", willows)


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


def night(press: Press) -> None:
    """A village asleep without lamps, one window lit, the sky for itself."""
    random = press.random
    press.wash("blue", press.everywhere(), press.fade(1, 0.35, end=660))
    press.wash("green", press.everywhere(), press.fade(0.95, 0.1, end=520))
    milky = press.sheet()
    for _ in range(1500):
        along, across = random.uniform(-0.1, 1.1), random.gauss(0, 1) * 62
        x, y = 1250 * along + across * 0.5, 40 + 520 * (1 - along) + across
        milky.disc(x, y, random.choice((0.8, 1.0, 1.3, 1.6, 2.2)))
    for _ in range(260):
        milky.disc(random.uniform(0, 1200), random.uniform(0, 560), random.choice((1.2, 1.5, 1.9, 2.6)))
    press.knock(milky)
    for x, y, size in ((180, 120, 15), (420, 300, 10), (700, 90, 12), (1010, 320, 15), (1090, 110, 9), (90, 390, 9)):
        star = [
            (
                x + (size if n % 2 == 0 else size * 0.26) * math.cos(n * math.pi / 4),
                y + (size if n % 2 == 0 else size * 0.26) * math.sin(n * math.pi / 4),
            )
            for n in range(8)
        ]
        press.knock(press.sheet().polygon(star))
        press.ink("gold", press.sheet().polygon(star))
    far, near = ridge(random, 575, 22), ridge(random, 690, 16, length=1100)
    hill = below(press.sheet(), far)
    press.knock(hill)
    press.dots("blue", hill, 0.6)
    village, windows = press.sheet(), press.sheet()
    for x in range(330, 880, 62):
        wide, high, foot = random.uniform(46, 60), random.uniform(40, 62), near(x) + 14
        village.polygon(
            [
                (x - wide / 2, foot),
                (x - wide / 2, foot - high),
                (x, foot - high - 30),
                (x + wide / 2, foot - high),
                (x + wide / 2, foot),
            ]
        )
    village.polygon([(606, 700), (606, 560), (628, 462), (650, 560), (650, 700)])
    below(village, near)
    for x in (80, 150, 205, 960, 1010, 1090, 1150):
        fir(village, x, near(x) + 6, random.uniform(70, 130))
    windows.box(508, 652, 524, 674)
    press.ink("blue", village)
    press.ink("green", village)
    press.knock(windows)
    press.ink("gold", windows)


def viaduct(press: Press) -> None:
    """A small train on a viaduct, above a valley that takes its time."""
    random = press.random
    press.wash("gold", press.everywhere(), press.fade(0.05, 0.6, end=520))
    sun = press.sheet().disc(300, 250, 130)
    press.knock(sun)
    press.dots("red", sun, press.fade(0.95, 0.35, start=120, end=390))
    for base, tone, high in ((360, 0.22, 46), (450, 0.42, 40), (560, 0.65, 34)):
        hill = below(press.sheet(), ridge(random, base, high))
        press.knock(hill)
        press.dots("green", hill, tone)
        press.wash("gold", hill, 0.25)
    arches = press.sheet().box(-10, 470, 1210, 506)
    arches.box(-10, 500, 1210, 700)
    for x in range(-40, 1240, 128):
        arches = arches - press.sheet().box(x, 532, x + 100, 790, radius=50)
    press.knock(arches | press.sheet().box(-10, 456, 1210, 470))
    press.dots("red", arches, 0.72)
    press.ink("red", press.sheet().box(-10, 470, 1210, 482))
    press.ink("green", press.sheet().box(-10, 462, 1210, 470))
    _train(press)
    floor = below(press.sheet(), ridge(random, 690, 12))
    press.knock(floor)
    press.dots("green", floor, 0.85)
    river = smooth([(-20, 770), (260, 730), (520, 770), (820, 735), (1230, 775)])
    press.knock(press.sheet().line(river, 26))
    press.ink("gold", press.sheet().line(river, 18))
    woods = press.sheet()
    for _ in range(46):
        x = random.uniform(0, 1200)
        fir(woods, x, 712 + random.uniform(-6, 26), random.uniform(46, 92))
    press.ink("green", woods)


def _train(press: Press) -> None:
    cars, glass, doors = press.sheet(), press.sheet(), press.sheet()
    for left in (330, 540, 750):
        cars.box(left, 388, left + 200, 456, radius=14)
        for x in range(left + 20, left + 170, 42):
            glass.box(x, 404, x + 28, 426, radius=4)
        doors.box(left, 436, left + 200, 444)
    cars.polygon([(930, 456), (930, 388), (960, 390), (990, 420), (994, 456)])
    press.knock(cars)
    press.ink("green", cars - glass - doors)
    press.wash("gold", doors | glass, 0.9)
    wheels = press.sheet()
    for left in (330, 540, 750):
        for x in (left + 30, left + 60, left + 140, left + 170):
            wheels.disc(x, 457, 9)
    press.ink("green", wheels)


def roofs(press: Press) -> None:
    """Roofs under a slanting rain, and the barrels that wait for it."""
    random = press.random
    press.wash("blue", press.everywhere(), press.fade(0.55, 0.12, end=480))
    for row, (foot, size) in enumerate(((470, 88), (610, 118), (800, 160))):
        x = -60.0 - 25 * row
        while x < 1240:
            wide = size * random.uniform(0.9, 1.3)
            _house(press, x, foot, wide=wide, high=size * random.uniform(0.85, 1.15), red=random.random() < 0.5)
            x += wide * 1.04
    rain = press.sheet()
    for _ in range(230):
        x, y, long = random.uniform(-60, 1240), random.uniform(-40, 800), random.uniform(26, 64)
        rain.line([(x, y), (x - long * 0.32, y + long)], 3.2)
    light = rain & below(press.sheet(), lambda x: 420.0)
    press.knock(light.moved(3, 0), "green", "red")
    press.ink("blue", rain)


def _house(press: Press, x: float, foot: float, *, wide: float, high: float, red: bool) -> None:
    wall = press.sheet().box(x, foot - high, x + wide, foot + 40)
    top = foot - high
    roof = press.sheet().polygon(
        [
            (x - 9, top + 4),
            (x + wide * 0.26, top - wide * 0.46),
            (x + wide * 0.74, top - wide * 0.46),
            (x + wide + 9, top + 4),
        ]
    )
    press.knock(wall | roof)
    press.wash("gold", wall, press.random.choice((0.25, 0.45, 0.7)))
    lines = stripes(press.sheet(), step=9, width=2.2) & roof
    if red:
        press.ink("red", roof)
        press.wash("blue", lines, 0.6)
    else:
        press.wash("blue", roof, 0.62)
        press.ink("blue", lines)
    panes = press.sheet()
    for column in (0.2, 0.62):
        panes.box(x + wide * column, top + high * 0.28, x + wide * (column + 0.18), top + high * 0.62)
    press.ink("blue", panes)
    press.ink("blue", press.sheet().line([(x + wide - 4, top + 6), (x + wide - 4, foot + 40)], 3))


def bog(press: Press) -> None:
    """A boardwalk over the moor, to a low sun."""
    random = press.random
    press.wash("gold", press.everywhere(), press.fade(0.0, 0.55, end=400))
    sun = press.sheet().disc(600, 318, 128)
    press.knock(sun)
    press.dots("red", sun, press.fade(1, 0.45, start=190, end=400))
    line = ridge(random, 352, 7)
    for base, tone in ((362, 0.35), (392, 0.55)):
        edge = ridge(random, base, 9, length=500)
        land = below(press.sheet(), edge)
        press.knock(land)
        press.dots("green", land, tone)
    moor = below(press.sheet(), lambda x: line(x) + 52)
    press.knock(moor)
    press.wash("gold", moor, press.fade(0.5, 1.0, start=400))
    press.dots("red", moor, press.fade(0.1, 0.5, start=400))
    for _ in range(26):
        y = random.uniform(430, 790)
        x, wide = random.uniform(-40, 1240), (y - 370) * random.uniform(0.4, 0.9)
        pool = press.sheet().polygon([(x + u * wide, y + v * wide * 0.11) for u, v in _round()])
        press.knock(pool)
        press.dots("green", pool, 0.7)
        press.ink("green", stripes(press.sheet(), step=8, width=1.8) & pool)
    _boardwalk(press)
    grass = press.sheet()
    for _ in range(520):
        y = 430 + 380 * random.random() ** 0.8
        x, size = random.uniform(-20, 1220), (y - 380) * 0.24
        if abs(x - 600) < (y - 400) * 0.62 + 12:
            continue
        lean = random.uniform(-0.35, 0.35)
        grass.line(
            [(x, y), (x + lean * size * 0.5, y - size * 0.6), (x + lean * size * 1.4, y - size)], max(1.2, size * 0.035)
        )
    press.ink("green", grass)
    cotton = press.sheet()
    for _ in range(60):
        y = random.uniform(520, 790)
        x = random.uniform(0, 1200)
        if abs(x - 600) > (y - 400) * 0.62 + 20:
            cotton.polygon(blob(random, x, y - (y - 380) * 0.2, (y - 380) * 0.026, rough=0.25))
    press.knock(cotton)


def _round() -> list[Point]:
    return [(math.cos(n * math.pi / 20), math.sin(n * math.pi / 20)) for n in range(40)]


def _boardwalk(press: Press) -> None:
    way = press.sheet().polygon([(592, 408), (608, 408), (850, 810), (350, 810)])
    press.knock(way)
    y, planks = 412.0, press.sheet()
    while y < 810:
        half, thick = 8 + (y - 408) * 0.6, (y - 404) * 0.055 + 1.2
        planks.polygon(
            [(600 - half, y), (600 + half, y), (600 + half * 1.05, y + thick), (600 - half * 1.05, y + thick)]
        )
        y += thick * 1.45
    press.dots("red", planks, 0.18)
    press.ink("green", way - planks)


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
    heap = press.sheet().polygon(
        smooth(
            [
                (-80, 810),
                (80, 700),
                (300, 470),
                (400, 388),
                (478, 372),
                (570, 246),
                (622, 200),
                (690, 190),
                (760, 236),
                (1000, 560),
                (1280, 800),
            ]
        )
    )
    press.knock(heap)
    press.dots("red", heap, press.fade(0.28, 0.7, start=180))
    press.wash("gold", heap, 0.6)
    press.ink(
        "red", below(press.sheet(), lambda x: 0.0) & heap & stripes(press.sheet(), step=26, width=2.4, angle=-0.1)
    )
    rows = press.sheet()
    for number in range(19):
        foot = -260 + number * 92
        path = smooth(
            [(foot, 830), (foot * 0.72 + 640 * 0.28, 620), (foot * 0.44 + 640 * 0.56, 424 + 5 * abs(number - 9))]
        )
        for x, y in path:
            rows.polygon(blob(random, x, y, 2.5 + (y - 350) * 0.034, rough=0.22))
    press.ink("green", rows & heap.moved(0, 10))
    birches = press.sheet()
    for x, y in ((410, 388), (448, 382), (566, 258), (612, 214), (655, 200), (702, 200), (752, 236)):
        tree(birches, random, x, y + 6, random.uniform(44, 70))
    press.knock(birches)
    press.ink("green", birches)
    _town(press)


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


def ferns(press: Press) -> None:
    """Ferns against a gold disc."""
    disc = press.sheet().disc(690, 380, 285)
    press.ink("gold", disc)
    press.dots("red", disc, press.fade(0.05, 0.75, start=100, end=680))
    fronds = [(300, 830, -1.25, 560, 0.5, 0.35), (900, 840, -1.75, 620, -0.6, 0.6), (1080, 830, -1.5, 430, 0.5, 1.0)]
    fronds += [(120, 840, -1.3, 470, -0.4, 0.6), (560, 850, -1.62, 720, 0.35, 1.0), (430, 850, -1.95, 540, -0.7, 1.0)]
    for x, y, angle, length, bend, tone in fronds:
        plant = press.sheet()
        frond(plant, (x, y), angle, length=length, bend=bend)
        if tone == 1.0:
            press.knock(plant, "red")
        press.dots("green", plant, tone)
    small = press.sheet()
    frond(small, (1180, 830), -2.0, length=330, bend=-0.5)
    frond(small, (20, 840), -1.0, length=300, bend=0.6)
    press.knock(small, "green")
    press.ink("red", small)


def sahel(press: Press) -> None:
    """Garden plots and their channels, a well, an acacia, the great sun."""
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
    acacia = press.sheet()
    for path, width in (
        ([(900, 470), (892, 380), (850, 300), (800, 262)], 15),
        ([(893, 385), (940, 310), (1010, 258)], 11),
        ([(888, 370), (905, 300), (900, 245)], 8),
    ):
        acacia.line(smooth(path), width)
    for x, y, wide in ((770, 250, 92), (880, 216, 120), (1010, 240, 104), (930, 258, 80), (830, 268, 70)):
        for _ in range(16):
            acacia.polygon(
                blob(random, x + random.uniform(-wide, wide), y + random.uniform(-15, 12), random.uniform(13, 24))
            )
    press.knock(acacia)
    press.ink("green", acacia)


def _plots(press: Press) -> None:
    random = press.random

    def at(u: float, v: float) -> Point:
        depth = 0.42 + 0.58 * v * v + 0.35 * v
        return 600 + (u - 0.5) * 1500 * depth, 420 + 400 * (0.35 * v + 0.65 * v * v)

    land = press.sheet().polygon([at(-0.4, 0), at(1.4, 0), at(1.4, 1.05), at(-0.4, 1.05)])
    press.knock(land)
    press.dots("green", land, 0.55)
    for column in range(-2, 10):
        for row in range(5):
            left, right, top, foot = column / 8 + 0.01, (column + 1) / 8 - 0.01, row / 5 + 0.016, (row + 1) / 5 - 0.016
            plot = press.sheet().polygon([at(left, top), at(right, top), at(right, foot), at(left, foot)])
            press.knock(plot)
            press.wash("gold", plot, random.choice((0.5, 0.8, 1.0)))
            if random.random() < 0.3:
                press.dots("red", plot, 0.4)
            plants = press.sheet()
            for line in range(1, 4):
                for spot in range(1, 7):
                    x, y = at(left + (right - left) * spot / 7, top + (foot - top) * line / 4)
                    for turn in (-0.8, 0, 0.8):
                        plants.polygon(leaf(x, y + 2, 6 + row * 4.5, 3 + row * 1.8, -1.57 + turn))
            if random.random() < 0.82:
                press.ink("green", plants)


def mosaic(press: Press) -> None:
    """Fields seen from a balloon, each with its own hand."""
    random = press.random
    seeds = [(random.uniform(-60, 1260), random.uniform(-60, 860)) for _ in range(46)]
    for _ in range(3):
        seeds = [_pulled(seed, seeds) for seed in seeds]
    for number, seed in enumerate(seeds):
        cell = _cell(seed, seeds)
        if len(cell) < 3:
            continue
        field = press.sheet().polygon(_shrunk(cell, 5))
        name, tone = random.choice(
            (("green", 1.0), ("green", 0.45), ("gold", 1.0), ("gold", 0.6), ("red", 0.6), ("red", 1.0), ("gold", 0.3))
        )
        (press.dots if number % 5 == 0 else press.wash)(name, field, tone)
        rows = (
            stripes(
                press.sheet(),
                step=random.choice((16, 20, 26)),
                width=random.choice((2.6, 3.6)),
                angle=random.uniform(0, 3.1),
            )
            & field
        )
        if number % 5 == 2:
            press.dots("red" if name == "gold" else "gold", field, 0.5)
        elif tone == 1.0 and name != "gold":
            press.knock(rows)
        else:
            press.ink("green", rows)
    lane = smooth([(-30, 520), (240, 470), (480, 560), (760, 430), (960, 470), (1240, 300)])
    press.knock(press.sheet().line(lane, 22))
    for index in range(8, len(lane), 7):
        press.ink(
            "green", press.sheet().polygon(blob(random, lane[index][0], lane[index][1] - 16, random.uniform(8, 14)))
        )


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
    return [
        (
            px + (x - px) * margin / max(1, math.dist((px, py), (x, y))),
            py + (y - py) * margin / max(1, math.dist((px, py), (x, y))),
        )
        for px, py in cell
    ]


SCENES = {
    "meandre": meander,
    "haies": hedges,
    "nuit": night,
    "viaduc": viaduct,
    "toits": roofs,
    "fagne": bog,
    "terril": terril,
    "fougeres": ferns,
    "maraichage": sahel,
    "parcelles": mosaic,
}
