"""Water, sky and roads: a river, a night, a viaduct, roofs, a moor, ferns."""

import math
from collections.abc import Callable

from drawing.risograph import Point, Press, Sheet
from drawing.strokes import at, below, beside, blob, contours, fir, frond, polar, ribbon, ridge, smooth, stripes


def meander(press: Press) -> None:
    """A river seen from above, the beds it left, the willows on its banks."""
    random = press.random
    river = smooth(at(BENDS))
    press.wash("gold", press.everywhere(), press.fade(0.28, 0.5))
    press.ink("green", contours(press.sheet(), river, distances=range(104, 700, 36), width=2))
    old = smooth(at("380,900 470,700 420,560 520,470 560,620 640,780 600,920"))
    press.dots("green", ribbon(press.sheet(), old, 40), 0.5)
    for x, y, size in ((160, 210, 150), (890, 150, 175), (960, 860, 160)):
        wood = press.sheet().polygon(blob(random, x, y, size))
        press.dots("red", wood, press.glow(x, y, size * 1.5, centre=0.95, edge=0.2))
    bed = ribbon(press.sheet(), river, 88)
    press.knock(ribbon(press.sheet(), river, 150))
    press.ink("gold", ribbon(press.sheet(), river, 142) - ribbon(press.sheet(), river, 94))
    press.wash("green", bed, 0.5)
    for aside in range(-36, 37, 12):
        press.ink("green", ribbon(press.sheet(), beside(river, aside), 4.6))
    press.ink("green", _willows(press, river))


#: Where the river turns.
BENDS = "-80,610 110,650 270,500 330,270 520,170 690,290 700,520 860,660 1040,560 1080,330 1290,210"


def _willows(press: Press, river: list[Point]) -> Sheet:
    random, willows = press.random, press.sheet()
    for index in range(14, len(river) - 4, 6):
        aside = random.choice((-60, 60)) + random.uniform(-8, 8)
        x, y = beside(river, aside)[index]
        willows.polygon(blob(random, x, y, random.uniform(7, 15)))
    return willows


def night(press: Press) -> None:
    """A village asleep without lamps, one window lit, the sky for itself."""
    random = press.random
    press.wash("blue", press.everywhere(), press.fade(1, 0.35, end=660))
    press.wash("green", press.everywhere(), press.fade(0.95, 0.1, end=520))
    _stars(press)
    far, near = ridge(random, 575, 22), ridge(random, 690, 16, length=1100)
    hill = below(press.sheet(), far)
    press.knock(hill)
    press.dots("blue", hill, 0.6)
    village = below(_village(press, near), near)
    for x in (80, 150, 205, 960, 1010, 1090, 1150):
        fir(village, x, near(x) + 6, random.uniform(70, 130))
    press.ink("blue", village)
    press.ink("green", village)
    window = press.sheet().box(508, 652, 524, 674)
    press.knock(window)
    press.ink("gold", window)


def _stars(press: Press) -> None:
    random, milky = press.random, press.sheet()
    for _ in range(1500):
        along, across = random.uniform(-0.1, 1.1), random.gauss(0, 1) * 62
        x, y = 1250 * along + across * 0.5, 40 + 520 * (1 - along) + across
        milky.disc(x, y, random.choice((0.8, 1.0, 1.3, 1.6, 2.2)))
    for _ in range(260):
        milky.disc(random.uniform(0, 1200), random.uniform(0, 560), random.choice((1.2, 1.5, 1.9, 2.6)))
    press.knock(milky)
    for x, y, size in ((180, 120, 15), (420, 300, 10), (700, 90, 12), (1010, 320, 15), (1090, 110, 9), (90, 390, 9)):
        rays = [polar(x, y, n * math.pi / 4, size * (0.26 if n % 2 else 1)) for n in range(8)]
        star = press.sheet().polygon(rays)
        press.knock(star)
        press.ink("gold", star)


def _village(press: Press, ground: Callable[[float], float]) -> Sheet:
    random, roofs = press.random, press.sheet()
    for x in range(330, 880, 62):
        half, high, foot = random.uniform(46, 60) / 2, random.uniform(40, 62), ground(x) + 14
        top = foot - high
        roofs.polygon([(x - half, foot), (x - half, top), (x, top - 30), (x + half, top), (x + half, foot)])
    return roofs.polygon(at("606,700 606,560 628,462 650,560 650,700"))


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
    _bridge(press)
    _train(press)
    floor = below(press.sheet(), ridge(random, 690, 12))
    press.knock(floor)
    press.dots("green", floor, 0.85)
    river = smooth(at("-20,770 260,730 520,770 820,735 1230,775"))
    press.knock(press.sheet().line(river, 26))
    press.ink("gold", press.sheet().line(river, 18))
    woods = press.sheet()
    for _ in range(46):
        x = random.uniform(0, 1200)
        fir(woods, x, 712 + random.uniform(-6, 26), random.uniform(46, 92))
    press.ink("green", woods)


def _bridge(press: Press) -> None:
    arches = press.sheet().box(-10, 470, 1210, 506)
    arches.box(-10, 500, 1210, 700)
    for x in range(-40, 1240, 128):
        arches = arches - press.sheet().box(x, 532, x + 100, 790, radius=50)
    press.knock(arches | press.sheet().box(-10, 456, 1210, 470))
    press.dots("red", arches, 0.72)
    press.ink("red", press.sheet().box(-10, 470, 1210, 482))
    press.ink("green", press.sheet().box(-10, 462, 1210, 470))


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
    """Roofs under a slanting rain."""
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
    ridge_left, ridge_right, ridge_top = x + wide * 0.26, x + wide * 0.74, top - wide * 0.46
    eaves = [(x + wide + 9, top + 4), (x - 9, top + 4)]
    roof = press.sheet().polygon([(ridge_left, ridge_top), (ridge_right, ridge_top), *eaves])
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
    _pools(press)
    _boardwalk(press)
    _grass(press)


def _pools(press: Press) -> None:
    random = press.random
    for _ in range(26):
        y = random.uniform(430, 790)
        x, wide = random.uniform(-40, 1240), (y - 370) * random.uniform(0.4, 0.9)
        pool = press.sheet().polygon([(x + u * wide, y + v * wide * 0.11) for u, v in _round()])
        press.knock(pool)
        press.dots("green", pool, 0.7)
        press.ink("green", stripes(press.sheet(), step=8, width=1.8) & pool)


def _grass(press: Press) -> None:
    """Blades and cotton grass, nearer ones taller, none on the boardwalk."""
    random, grass, cotton = press.random, press.sheet(), press.sheet()
    for _ in range(520):
        y = 430 + 380 * random.random() ** 0.8
        x, size = random.uniform(-20, 1220), (y - 380) * 0.24
        if abs(x - 600) < (y - 400) * 0.62 + 12:
            continue
        lean = random.uniform(-0.35, 0.35) * size
        grass.line([(x, y), (x + lean * 0.5, y - size * 0.6), (x + lean * 1.4, y - size)], max(1.2, size * 0.035))
    for _ in range(60):
        y = random.uniform(520, 790)
        x = random.uniform(0, 1200)
        if abs(x - 600) > (y - 400) * 0.62 + 20:
            cotton.polygon(blob(random, x, y - (y - 380) * 0.2, (y - 380) * 0.026, rough=0.25))
    press.ink("green", grass)
    press.knock(cotton)


def _round() -> list[Point]:
    return [(math.cos(n * math.pi / 20), math.sin(n * math.pi / 20)) for n in range(40)]


def _boardwalk(press: Press) -> None:
    way = press.sheet().polygon([(592, 408), (608, 408), (850, 810), (350, 810)])
    press.knock(way)
    y, planks = 412.0, press.sheet()
    while y < 810:
        half, thick = 8 + (y - 408) * 0.6, (y - 404) * 0.055 + 1.2
        near = half * 1.05
        planks.polygon([(600 - half, y), (600 + half, y), (600 + near, y + thick), (600 - near, y + thick)])
        y += thick * 1.45
    press.dots("red", planks, 0.18)
    press.ink("green", way - planks)


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


#: File name → scene.
SCENES = {"meandre": meander, "nuit": night, "viaduc": viaduct, "toits": roofs, "fagne": bog, "fougeres": ferns}
