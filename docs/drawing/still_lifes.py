"""Things that hands make and hold: tools, bread, a table, a desk, printed sheets."""

import math
from random import Random

from drawing.risograph import Point, Press
from drawing.strokes import blob, leaf, ridge, smooth, stripes, turned


def _gear(x: float, y: float, radius: float, teeth: int, turn: float) -> list[Point]:
    points = []
    for tooth in range(teeth):
        for share, reach in ((0.0, 0.84), (0.16, 1.0), (0.42, 1.0), (0.58, 0.84)):
            angle = turn + 2 * math.pi * (tooth + share) / teeth
            points.append((x + radius * reach * math.cos(angle), y + radius * reach * math.sin(angle)))
    return points


def tools(press: Press) -> None:
    """A workbench seen from above: gears, a screwdriver, a spanner, thread and needle."""
    press.wash("gold", press.everywhere(), 0.42)
    press.wash("red", stripes(press.sheet(), step=100, width=2.4), 0.5)
    for x, y, radius, teeth, turn, ink in (
        (800, 300, 170, 16, 0.1, "red"),
        (1003, 473, 118, 11, 0.35, "green"),
        (1060, 170, 96, 9, 0.1, "green"),
    ):
        gear = press.sheet().polygon(_gear(x, y, radius, teeth, turn)) - press.sheet().disc(x, y, radius * 0.2)
        press.knock(gear | press.sheet().disc(x, y, radius * 0.2))
        press.dots(ink, gear, press.glow(x, y, radius * 1.7, centre=0.3, edge=1.0))
        press.ink(ink, gear - press.sheet().disc(x, y, radius * 0.76))
        for n in range(5):
            hole = (x + radius * 0.5 * math.cos(n * 1.2566 + turn), y + radius * 0.5 * math.sin(n * 1.2566 + turn))
            press.knock(press.sheet().disc(*hole, radius * 0.13))
    _screwdriver(press)
    _spanner(press)
    _thread(press)
    screws = press.sheet()
    slots = press.sheet()
    for x, y, angle in (
        (640, 690, 0.4),
        (716, 720, 1.9),
        (600, 600, 1.1),
        (560, 140, 0.8),
        (1130, 690, 2.2),
        (1060, 720, 0.2),
    ):
        screws.disc(x, y, 17)
        slots.polygon(turned([(-12, -2.5), (12, -2.5), (12, 2.5), (-12, 2.5)], x, y, angle))
    press.knock(screws)
    press.ink("green", screws - slots)


def _screwdriver(press: Press) -> None:
    place = (300, 330, -0.62)
    handle = press.sheet().polygon(
        turned(
            [
                (-240, -34),
                (-220, -46),
                (-60, -46),
                (-30, -26),
                (0, -26),
                (0, 26),
                (-30, 26),
                (-60, 46),
                (-220, 46),
                (-240, 34),
            ],
            *place,
        )
    )
    ribs = press.sheet()
    for across in (-27, -9, 9, 27):
        ribs.line(turned([(-215, across), (-70, across)], *place), 4)
    blade = press.sheet().polygon(
        turned([(0, -11), (210, -11), (232, -20), (268, -14), (268, 14), (232, 20), (210, 11), (0, 11)], *place)
    )
    press.knock(handle | blade)
    press.ink("red", handle - ribs)
    press.wash("gold", handle, 0.8)
    press.dots("green", blade, 0.55)


def _spanner(press: Press) -> None:
    place = (300, 600, 0.16)
    body = press.sheet().polygon(turned([(-170, -24), (170, -24), (170, 24), (-170, 24)], *place))
    for side in (-1, 1):
        (x, y) = turned([(side * 205, 0)], *place)[0]
        body.disc(x, y, 66)
        jaw = turned([(side * 190, -25), (side * 300, -25), (side * 300, 25), (side * 190, 25)], *place)
        body = body - press.sheet().polygon(jaw)
    press.knock(body)
    press.ink("green", body)
    press.knock(press.sheet().line(turned([(-120, 0), (120, 0)], *place), 7))


def _thread(press: Press) -> None:
    thread = smooth(
        [
            (480, 470),
            (560, 430),
            (640, 500),
            (560, 560),
            (500, 500),
            (600, 450),
            (740, 560),
            (860, 640),
            (930, 600),
            (1000, 690),
        ]
    )
    press.knock(press.sheet().line(thread, 9))
    press.ink("red", press.sheet().line(thread, 4.5))
    needle = press.sheet().polygon(
        turned([(-90, -1), (60, -5), (88, -5), (94, 0), (88, 5), (60, 5), (-90, 1)], 1040, 640, 2.25)
    )
    press.knock(needle)
    press.ink("green", needle)


def bread(press: Press) -> None:
    """Ears of wheat around a round loaf."""
    press.wash("gold", press.everywhere(), press.fade(0.1, 0.34))
    for x, angle, size, ink in (
        (90, -1.25, 620, "gold"),
        (230, -1.42, 690, "red"),
        (1110, -1.9, 620, "gold"),
        (970, -1.72, 690, "red"),
        (360, -1.5, 600, "gold"),
        (840, -1.64, 600, "gold"),
        (20, -1.1, 470, "red"),
        (1185, -2.05, 470, "red"),
    ):
        _ear(press, (x, 830), angle, length=size, ink=ink)
    shade = press.sheet().polygon(blob(Random("ombre"), 620, 560, 268, rough=0.03))
    press.knock(shade)
    press.ink("green", shade)
    crust = press.sheet().polygon(blob(Random("pain"), 600, 540, 262, rough=0.03))
    press.knock(crust)
    press.ink("gold", crust)
    press.dots("red", crust, press.glow(570, 500, 300, centre=0.25, edge=0.98))
    cuts = press.sheet()
    for aside in (-120, 0, 120):
        for angle in (0.5, 0.5 + math.pi / 2):
            middle = turned([(0, aside)], 600, 540, angle)[0]
            reach = math.sqrt(215**2 - aside**2)
            ends = turned([(-reach, aside), (reach, aside)], 600, 540, angle)
            start = turned([(-reach, aside)], 600, 540, angle)[0]
            cuts.polygon(leaf(*start, math.dist(*ends), 26, angle))
            assert middle
    press.knock(cuts, "red")
    press.wash("gold", cuts, 0.4)
    flour = press.sheet()
    for _ in range(190):
        angle, reach = press.random.uniform(0, 6.3), press.random.gauss(0, 100)
        flour.disc(600 + reach * math.cos(angle), 530 + reach * math.sin(angle), press.random.choice((1.5, 2, 3)))
    press.knock(flour)


def _ear(press: Press, foot: Point, angle: float, *, length: float, ink: str) -> None:
    tip = (foot[0] + length * math.cos(angle), foot[1] + length * math.sin(angle))
    grains, beard = press.sheet(), press.sheet()
    beard.line([foot, tip], 4.5)
    for number in range(12):
        share = 0.5 + 0.042 * number
        x, y = foot[0] + (tip[0] - foot[0]) * share, foot[1] + (tip[1] - foot[1]) * share
        for side in (-1, 1):
            turn = angle + side * 0.8
            grains.polygon(leaf(x, y, length * 0.07, length * 0.024, turn))
            end = (x + length * 0.068 * math.cos(turn), y + length * 0.068 * math.sin(turn))
            beard.line(
                [
                    end,
                    (
                        end[0] + length * 0.15 * math.cos(angle + side * 0.16),
                        end[1] + length * 0.15 * math.sin(angle + side * 0.16),
                    ),
                ],
                1.6,
            )
    press.knock(grains | beard)
    press.ink(ink, grains)
    press.ink("green", beard)


def table(press: Press) -> None:
    """A round table seen from above: twelve chairs, twelve plates, one loaf."""
    random = press.random
    press.wash("green", press.everywhere(), 0.2)
    press.ink("green", stripes(press.sheet(), step=64, width=2, angle=0.5))
    inks = ("red", "gold", "green")
    for number in range(12):
        angle = 2 * math.pi * number / 12 + 0.13
        x, y = 600 + 352 * math.cos(angle), 400 + 352 * math.sin(angle)
        chair = press.sheet().polygon(turned([(-36, -44), (40, -52), (40, 52), (-36, 44)], x, y, angle))
        back = press.sheet().polygon(turned([(30, -60), (48, -60), (48, 60), (30, 60)], x, y, angle))
        press.knock(chair | back)
        press.dots(inks[number % 3], chair, 0.6)
        press.ink("green" if number % 3 else "red", back)
    top = press.sheet().disc(600, 400, 318)
    press.knock(top)
    press.ink("gold", top)
    press.wash("red", top & stripes(press.sheet(), step=22, width=2, angle=0.12), 0.45)
    for number in range(12):
        angle = 2 * math.pi * number / 12 + 0.13
        x, y = 600 + 240 * math.cos(angle), 400 + 240 * math.sin(angle)
        press.knock(press.sheet().disc(x, y, 46))
        press.wash("green", press.sheet().disc(x, y, 46) - press.sheet().disc(x, y, 42), 0.9)
        press.wash("green", press.sheet().disc(x, y, 30) - press.sheet().disc(x, y, 27.5), 0.6)
        cup = (600 + 268 * math.cos(angle + 0.24), 400 + 268 * math.sin(angle + 0.24))
        press.ink(random.choice(("red", "green")), press.sheet().disc(*cup, 15))
        press.knock(press.sheet().disc(*cup, 10), "red", "green")
    leaves = press.sheet()
    for number in range(34):
        angle = number * 2.4
        reach = 14 * math.sqrt(number)
        leaves.polygon(leaf(600 + reach * math.cos(angle), 400 + reach * math.sin(angle), 64, 30, angle + 0.4))
    press.knock(leaves)
    press.ink("green", leaves)
    for _ in range(13):
        angle, reach = random.uniform(0, 6.3), random.uniform(8, 86)
        spot = press.sheet().disc(600 + reach * math.cos(angle), 400 + reach * math.sin(angle), 13)
        press.knock(spot)
        press.ink("red", spot)


def desk(press: Press) -> None:
    """A desk seen from above: a page begun, a pencil, a cup, a telephone, a sprig."""
    press.ink("red", press.everywhere())
    press.wash("gold", press.everywhere(), 0.55)
    grain = press.sheet()
    for number in range(22):
        edge = ridge(press.random, number * 38, 5, length=1500)
        grain.line([(x, edge(x)) for x in range(-10, 1220, 10)], 1.8)
    press.knock(grain, "red")
    page = press.sheet().polygon(turned([(-210, -290), (210, -290), (210, 290), (-210, 290)], 560, 420, -0.09))
    press.wash("green", page.moved(14, 16), 0.55)
    press.knock(page)
    words = press.sheet()
    for line in range(11):
        start, end = -160, 160 if line % 4 != 3 else press.random.uniform(-20, 90)
        if line < 8:
            words.line(turned([(start, -120 + line * 36), (end, -120 + line * 36)], 560, 420, -0.09), 7)
    words.polygon(turned([(-165, -232), (90, -232), (90, -200), (-165, -200)], 560, 420, -0.09))
    press.dots("green", words, 0.9)
    _pencil(press)
    _cup(press)
    _telephone(press)
    sprig = press.sheet()
    stem = smooth([(60, 800), (130, 620), (180, 470), (170, 330)])
    sprig.line(stem, 6)
    for index in range(8, len(stem), 7):
        (x, y), (px, py) = stem[index], stem[index - 1]
        for side in (-1, 1):
            sprig.polygon(leaf(x, y, 92, 40, math.atan2(y - py, x - px) + side * 0.9))
    press.wash("green", sprig.moved(9, 10), 0.5)
    press.knock(sprig, "red", "gold")
    press.ink("green", sprig)


def _pencil(press: Press) -> None:
    place = (742, 560, -1.02)
    wood = press.sheet().polygon(turned([(-190, -15), (130, -15), (190, 0), (130, 15), (-190, 15)], *place))
    paint = press.sheet().polygon(turned([(-190, -15), (130, -15), (118, 0), (130, 15), (-190, 15)], *place))
    lead = press.sheet().polygon(turned([(168, -6), (192, 0), (168, 6)], *place))
    press.wash("green", wood.moved(10, 12), 0.5)
    press.knock(wood)
    press.wash("gold", wood, 0.5)
    press.ink("green", press.sheet().line(turned([(-190, 0), (122, 0)], *place), 3) | lead)
    press.ink("gold", paint)


def _cup(press: Press) -> None:
    x, y = 985, 250
    handle = press.sheet().line(smooth([(1060, 200), (1136, 168), (1142, 240), (1076, 268)]), 22)
    saucer = press.sheet().disc(x, y, 158)
    press.wash("green", saucer.moved(13, 15) | handle.moved(10, 12), 0.5)
    press.knock(saucer)
    press.dots("green", saucer, press.glow(x, y, 260, centre=0.1, edge=0.55))
    press.knock(press.sheet().disc(x, y, 104) | handle)
    press.ink("green", press.sheet().disc(x, y, 84))
    press.ink("red", press.sheet().disc(x, y, 84))
    press.knock(press.sheet().line(smooth([(940, 230), (970, 205), (1010, 212), (1026, 240)]), 7))


def _telephone(press: Press) -> None:
    case = turned([(-62, -120), (62, -120), (62, 120), (-62, 120)], 1000, 610, 0.2)
    glass = turned([(-50, -98), (50, -98), (50, 98), (-50, 98)], 1000, 610, 0.2)
    body = press.sheet().polygon(case)
    press.wash("green", body.moved(11, 13), 0.5)
    press.knock(body)
    press.ink("green", body)
    screen = press.sheet().polygon(glass)
    press.knock(screen)
    press.wash("gold", screen, 0.5)
    press.ink("red", press.sheet().disc(*turned([(0, -30)], 1000, 610, 0.2)[0], 30))
    hills = turned([(-50, 30), (-20, 0), (10, 26), (30, 8), (50, 30), (50, 98), (-50, 98)], 1000, 610, 0.2)
    press.dots("green", press.sheet().polygon(hills), 0.6)


def sheets(press: Press) -> None:
    """Printed sheets coming off the press, one colour after the other."""
    press.wash("gold", press.everywhere(), 0.3)
    for x, turn, ink in ((210, -0.12, "gold"), (590, 0.04, "red"), (980, -0.05, "green")):
        for rest in (3, 2, 1):
            under = turned(
                [(-180, -250), (180, -250), (180, 250), (-180, 250)], x + rest * 8, 410 + rest * 9, turn + rest * 0.03
            )
            press.knock(press.sheet().polygon(under))
            press.ink("green", press.sheet().line([*under, under[0]], 2))
        _printed(press, x, turn, ink)


def _printed(press: Press, x: float, turn: float, ink: str) -> None:
    page = turned([(-180, -250), (180, -250), (180, 250), (-180, 250)], x, 410, turn)
    picture = press.sheet().polygon(turned([(-150, -220), (150, -220), (150, 60), (-150, 60)], x, 410, turn))
    press.knock(press.sheet().polygon(page))
    press.ink("green", press.sheet().line([*page, page[0]], 2))
    sun = press.sheet().disc(*turned([(40, -110)], x, 410, turn)[0], 66)
    hills = press.sheet().polygon(
        turned([(-150, 0), (-90, -60), (-30, -10), (40, -50), (150, 10), (150, 60), (-150, 60)], x, 410, turn)
    )
    steps = {"gold": 1, "red": 2, "green": 3}[ink]
    press.wash("gold", picture, 0.75)
    if steps > 1:
        press.dots("red", sun | (hills & picture), 0.75)
    if steps > 2:
        press.dots("green", hills, 0.7)
    words = press.sheet()
    for line in range(5):
        for column in (-150, 10):
            words.line(
                turned(
                    [(column + 4, 96 + line * 28), (column + (130 if line < 4 else 70), 96 + line * 28)], x, 410, turn
                ),
                7,
            )
    (press.ink if steps > 2 else press.wash)("green", words, *(() if steps > 2 else (0.22 * steps,)))
    marks = press.sheet()
    for u, v in ((-166, -236), (166, -236), (-166, 236), (166, 236)):
        for across, up in ((9, 0), (0, 9)):
            marks.line(turned([(u - across, v - up), (u + across, v + up)], x, 410, turn), 2)
    press.ink("green", marks)


#: File name → scene.
SCENES = {"outils": tools, "pain": bread, "tablee": table, "bureau": desk, "feuilles": sheets}
