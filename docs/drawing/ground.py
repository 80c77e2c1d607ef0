"""What lies on the ground and under it: seeds, a school yard opened, layers of soil."""

import math
from random import Random

from drawing.risograph import Point, Press, Sheet
from drawing.strokes import below, beside, blob, leaf, ridge, smooth, stripes, turned


def seeds(press: Press) -> None:
    """Seeds in rows, as a library keeps them: beans, squash, sunflower, grain, maple."""
    random = press.random
    press.wash("gold", press.everywhere(), 0.16)
    for row in range(6):
        for column in range(-1, 7):
            x, y = 90 + column * 204 + 102 * (row % 2), 66 + row * 134
            kind = (_bean, _squash, _sunflower, _maple, _pea)[(row * 2 + column) % 5]
            kind(press, x, y, random.uniform(-0.5, 0.5))


def _bean(press: Press, x: float, y: float, angle: float) -> None:
    line = [
        turned([(62 * math.cos(t / 20 * math.pi) * 0.9, -26 * math.sin(t / 20 * math.pi) + 12)], x, y, angle)[0]
        for t in range(21)
    ]
    body = press.sheet().line(line, 52)
    press.knock(body)
    press.ink("red", body)
    spots = press.sheet()
    for _ in range(16):
        spots.polygon(
            blob(
                press.random,
                x + press.random.uniform(-70, 70),
                y + press.random.uniform(-45, 45),
                press.random.uniform(4, 9),
                rough=0.3,
            )
        )
    press.knock(spots & body, "red")
    eye = press.sheet().disc(*turned([(0, 8)], x, y, angle)[0], 7)
    press.ink("green", eye)


def _squash(press: Press, x: float, y: float, angle: float) -> None:
    outline = turned(
        [(-78 + 156 * t, s * 46 * math.sin(math.pi * t**0.72)) for s in (1,) for t in [n / 24 for n in range(25)]],
        x,
        y,
        angle,
    )
    outline += turned(
        [(-78 + 156 * t, -46 * math.sin(math.pi * t**0.72)) for t in [n / 24 for n in range(24, -1, -1)]], x, y, angle
    )
    inner = [(x + (px - x) * 0.76, y + (py - y) * 0.76) for px, py in outline]
    press.knock(press.sheet().polygon(outline))
    press.ink("gold", press.sheet().polygon(outline))
    press.knock(press.sheet().polygon(inner), "gold")
    press.wash("gold", press.sheet().polygon(inner), 0.45)
    press.ink("green", press.sheet().line([*outline, outline[0]], 3))


def _sunflower(press: Press, x: float, y: float, angle: float) -> None:
    body = press.sheet().polygon(leaf(*turned([(-84, 0)], x, y, angle)[0], 168, 72, angle))
    lines = press.sheet()
    for aside in (-22, -8, 8, 22):
        lines.polygon(leaf(*turned([(-66, aside)], x, y, angle)[0], 132, 6, angle - aside / 260))
    press.knock(body)
    press.ink("green", body - lines)


def _maple(press: Press, x: float, y: float, angle: float) -> None:
    for side in (-1, 1):
        turn = angle - math.pi / 2 + side * 1.05
        start = turned([(side * 10, 34)], x, y, angle)[0]
        wing = press.sheet().polygon(leaf(*start, 104, 42, turn))
        press.knock(wing)
        press.dots("green", wing, 0.55)
        press.ink(
            "green",
            press.sheet().line([start, (start[0] + 100 * math.cos(turn), start[1] + 100 * math.sin(turn))], 3.5),
        )
        press.ink("red", press.sheet().disc(*start, 19))


def _pea(press: Press, x: float, y: float, angle: float) -> None:
    pod = press.sheet().polygon(leaf(*turned([(-92, 0)], x, y, angle)[0], 184, 66, angle))
    press.knock(pod)
    press.ink("green", pod)
    for number, radius in enumerate((13, 18, 20, 19, 14)):
        spot = turned([(-62 + number * 31, 0)], x, y, angle)[0]
        press.knock(press.sheet().disc(*spot, radius))
        press.ink("gold", press.sheet().disc(*spot, radius - 2))


def courtyard(press: Press) -> None:
    """Concrete slabs, some lifted, and what grows where they were."""
    random = press.random
    earth: set[tuple[int, int]] = set()
    for column in range(8):
        for row in range(6):
            if math.hypot(column - 4.3, (row - 2.6) * 1.2) + random.uniform(-0.5, 0.5) < 2.2:
                earth.add((column, row))
    slabs, marks = press.sheet(), _hopscotch(press)
    for column in range(8):
        for row in range(6):
            if (column, row) not in earth:
                left, top = column * 152 - 6, row * 140 - 14
                slabs.box(left, top, left + 145, top + 133, radius=5)
    bed = press.everywhere() - slabs
    press.ink("gold", bed)
    press.dots("red", bed, 0.62)
    press.wash("green", slabs, press.fade(0.2, 0.42))
    press.knock(marks & slabs)
    press.ink("red", marks & slabs)
    _garden(press, earth)


def _hopscotch(press: Press) -> Sheet:
    outer, inner = press.sheet(), press.sheet()
    for x, y in ((70, 760), (70, 620), (70, 480), (222, 480), (222, 620)):
        outer.box(x - 60, y - 54, x + 60, y + 54)
        inner.box(x - 52, y - 46, x + 52, y + 46)
    return outer - inner


def _garden(press: Press, earth: set[tuple[int, int]]) -> None:
    random = press.random
    for column, row in sorted(earth):
        x, y = column * 152 + 66 + random.uniform(-22, 22), row * 140 + 52 + random.uniform(-18, 18)
        plant, veins = press.sheet(), press.sheet()
        size, count, turn = random.uniform(56, 104), random.choice((6, 7, 9)), random.uniform(0, 1)
        for number in range(count):
            angle = turn + 2 * math.pi * number / count
            plant.polygon(leaf(x, y, size, size * 0.42, angle))
            veins.line([(x, y), (x + size * 0.8 * math.cos(angle), y + size * 0.8 * math.sin(angle))], 2.4)
        press.knock(plant)
        press.ink("green", plant - veins)
        press.wash("gold", veins & plant, 0.9)
        if random.random() < 0.5:
            press.knock(press.sheet().disc(x, y, size * 0.2))
            press.ink("red" if random.random() < 0.5 else "gold", press.sheet().disc(x, y, size * 0.18))


def soil(press: Press) -> None:
    """The ground cut open: grass, roots, worms, stones, layer under layer."""
    random = press.random
    sun = press.sheet().disc(930, 130, 84)
    press.wash("gold", press.everywhere() - sun, 0.22)
    press.ink("red", sun)
    layers = ((236, "green", 0.82), (330, "red", 0.72), (480, "gold", 0.9), (640, "green", 0.4))
    for base, ink, tone in layers:
        land = below(press.sheet(), ridge(random, base, 12, length=700))
        press.knock(land)
        press.dots(ink, land, tone)
        if ink == "red":
            press.wash("gold", land, 0.7)
    _stones(press)
    roots = press.sheet()
    for x in STEMS:
        _root(roots, random, (x, 232), 1.57, 190 * random.uniform(0.8, 1.25), 13)
    press.knock(roots)
    for _ in range(4):
        _worm(press, random.uniform(120, 1080), random.uniform(390, 600))
    _meadow(press)


#: Where the flowers stand.
STEMS = (150, 330, 520, 690, 850, 1060)


def _meadow(press: Press) -> None:
    random, grass = press.random, press.sheet()
    for _ in range(330):
        x, size, lean = random.uniform(-10, 1210), random.uniform(30, 96), random.uniform(-0.4, 0.4)
        grass.polygon(leaf(x, 246, size, 6, -1.57 + lean))
    for x in STEMS:
        bend, tip = x + random.uniform(-10, 10), x + random.uniform(-24, 24)
        stem = smooth([(x, 240), (bend, 160), (tip, random.uniform(60, 110))])
        grass.line(stem, 4)
        for index in range(6, len(stem), 9):
            grass.polygon(leaf(*stem[index], 44, 18, random.choice((-0.5, -2.6))))
        flower = press.sheet().disc(*stem[-1], 17)
        press.knock(flower)
        press.ink("red" if x % 4 else "gold", flower)
    press.ink("green", grass)


def _root(sheet: Sheet, random: Random, foot: Point, angle: float, length: float, width: float) -> None:
    if width < 1.4 or length < 14:
        return
    bend = angle + random.uniform(-0.3, 0.3)
    end = (foot[0] + length * 0.5 * math.cos(bend), foot[1] + length * 0.5 * math.sin(bend))
    sheet.line([foot, end], width)
    for side in (-0.55, 0.1, 0.6):
        _root(
            sheet,
            random,
            end,
            angle * 0.8 + 0.31 + side + random.uniform(-0.2, 0.2),
            length * random.uniform(0.6, 0.8),
            width * 0.62,
        )


def _stones(press: Press) -> None:
    stones = press.sheet()
    for _ in range(34):
        y = press.random.uniform(520, 800)
        stones.polygon(
            blob(
                press.random, press.random.uniform(0, 1200), y, (y - 470) * press.random.uniform(0.06, 0.16), rough=0.22
            )
        )
    press.knock(stones)
    press.wash("gold", stones, 0.35)
    press.ink("green", stones & stripes(press.sheet(), step=9, width=2, angle=0.7))


def _worm(press: Press, x: float, y: float) -> None:
    path = smooth([(x - 70, y), (x - 30, y - 24), (x + 10, y + 8), (x + 50, y - 16), (x + 84, y + 10)])
    press.knock(press.sheet().line(path, 24))
    press.ink("red", press.sheet().line(path, 16))
    press.knock(press.sheet().line(beside(path, -3), 3), "red")


#: File name → scene.
SCENES = {"graines": seeds, "cour": courtyard, "sol": soil}
