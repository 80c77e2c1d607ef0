"""Things that hands make and hold: tools, bread, a table laid."""

import math
from random import Random

from drawing.risograph import Point, Press, Sheet
from drawing.strokes import at, blob, leaf, polar, smooth, stripes, turned


def tools(press: Press) -> None:
    """A workbench seen from above: gears, a screwdriver, a spanner, thread and needle."""
    press.wash("gold", press.everywhere(), 0.42)
    press.wash("red", stripes(press.sheet(), step=100, width=2.4), 0.5)
    _gear(press, 800, 300, radius=170, ink="red")
    _gear(press, 1003, 473, radius=118, ink="green")
    _gear(press, 1060, 170, radius=96, ink="green")
    _screwdriver(press)
    _spanner(press)
    _thread(press)
    screws, slots = press.sheet(), press.sheet()
    for number, (x, y) in enumerate(at("640,690 716,720 600,600 560,140 1130,690 1060,720")):
        screws.disc(x, y, 17)
        slots.polygon(turned(at("-12,-2.5 12,-2.5 12,2.5 -12,2.5"), x, y, 0.4 + 1.5 * number))
    press.knock(screws)
    press.ink("green", screws - slots)


def _gear(press: Press, x: float, y: float, *, radius: float, ink: str) -> None:
    teeth, rim = round(radius / 10.6), []
    for tooth in range(teeth):
        for share, reach in ((0.0, 0.84), (0.16, 1.0), (0.42, 1.0), (0.58, 0.84)):
            rim.append(polar(x, y, 2 * math.pi * (tooth + share) / teeth, radius * reach))
    whole, hub = press.sheet().polygon(rim), press.sheet().disc(x, y, radius * 0.2)
    press.knock(whole)
    press.dots(ink, whole - hub, press.glow(x, y, radius * 1.7, centre=0.3, edge=1.0))
    press.ink(ink, whole - press.sheet().disc(x, y, radius * 0.76))
    for number in range(5):
        hole = polar(x, y, number * 2 * math.pi / 5, radius * 0.5)
        press.knock(press.sheet().disc(*hole, radius * 0.13))


def _screwdriver(press: Press) -> None:
    place = (300, 330, -0.62)
    grip = at("-240,-34 -220,-46 -60,-46 -30,-26 0,-26 0,26 -30,26 -60,46 -220,46 -240,34")
    steel = at("0,-11 210,-11 232,-20 268,-14 268,14 232,20 210,11 0,11")
    handle, blade = press.sheet().polygon(turned(grip, *place)), press.sheet().polygon(turned(steel, *place))
    ribs = press.sheet()
    for across in (-27, -9, 9, 27):
        ribs.line(turned([(-215, across), (-70, across)], *place), 4)
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
    thread = smooth(at("480,470 560,430 640,500 560,560 500,500 600,450 740,560 860,640 930,600 1000,690"))
    press.knock(press.sheet().line(thread, 9))
    press.ink("red", press.sheet().line(thread, 4.5))
    shape = at("-90,-1 60,-5 88,-5 94,0 88,5 60,5 -90,1")
    needle = press.sheet().polygon(turned(shape, 1040, 640, 2.25))
    press.knock(needle)
    press.ink("green", needle)


def bread(press: Press) -> None:
    """Ears of wheat around a round loaf."""
    press.wash("gold", press.everywhere(), press.fade(0.1, 0.34))
    for x, angle, size, ink in EARS:
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
        reach = math.sqrt(215**2 - aside**2)
        for angle in (0.5, 0.5 + math.pi / 2):
            cuts.polygon(leaf(*turned([(-reach, aside)], 600, 540, angle)[0], 2 * reach, 26, angle))
    press.knock(cuts, "red")
    press.wash("gold", cuts, 0.4)
    flour = press.sheet()
    for _ in range(190):
        angle, reach = press.random.uniform(0, 6.3), press.random.gauss(0, 100)
        flour.disc(*polar(600, 530, angle, reach), press.random.choice((1.5, 2, 3)))
    press.knock(flour)


#: Foot, direction, length and ink of every ear.
EARS = (
    (90, -1.25, 620, "gold"), (230, -1.42, 690, "red"), (1110, -1.9, 620, "gold"), (970, -1.72, 690, "red"),
    (360, -1.5, 600, "gold"), (840, -1.64, 600, "gold"), (20, -1.1, 470, "red"), (1185, -2.05, 470, "red"),
)  # fmt: skip


def _ear(press: Press, foot: Point, angle: float, *, length: float, ink: str) -> None:
    grains, beard = press.sheet(), press.sheet()
    beard.line([foot, polar(*foot, angle, length)], 4.5)
    for number in range(12):
        x, y = polar(*foot, angle, length * (0.5 + 0.042 * number))
        for side in (-1, 1):
            turn = angle + side * 0.8
            grains.polygon(leaf(x, y, length * 0.07, length * 0.024, turn))
            tip = polar(x, y, turn, length * 0.068)
            beard.line([tip, polar(*tip, angle + side * 0.16, length * 0.15)], 1.6)
    press.knock(grains | beard)
    press.ink(ink, grains)
    press.ink("green", beard)


def table(press: Press) -> None:
    """A round table seen from above: twelve chairs, twelve plates, a wreath."""
    press.wash("green", press.everywhere(), 0.2)
    press.ink("green", stripes(press.sheet(), step=64, width=2, angle=0.5))
    seats = [2 * math.pi * number / 12 + 0.13 for number in range(12)]
    for number, angle in enumerate(seats):
        _chair(press, angle, ink=("red", "gold", "green")[number % 3])
    top = press.sheet().disc(600, 400, 318)
    press.knock(top)
    press.ink("gold", top)
    press.wash("red", top & stripes(press.sheet(), step=22, width=2, angle=0.12), 0.45)
    for angle in seats:
        _plate(press, angle)
    _wreath(press)


def _chair(press: Press, angle: float, *, ink: str) -> None:
    x, y = polar(600, 400, angle, 352)
    chair = press.sheet().polygon(turned(at("-36,-44 40,-52 40,52 -36,44"), x, y, angle))
    back = press.sheet().polygon(turned(at("30,-60 48,-60 48,60 30,60"), x, y, angle))
    press.knock(chair | back)
    press.dots(ink, chair, 0.6)
    press.ink("red" if ink == "red" else "green", back)


def _plate(press: Press, angle: float) -> None:
    def disc(radius: float) -> Sheet:
        return press.sheet().disc(*polar(600, 400, angle, 240), radius)

    press.knock(disc(46))
    press.wash("green", disc(46) - disc(42), 0.9)
    press.wash("green", disc(30) - disc(27.5), 0.6)
    cup = polar(600, 400, angle + 0.24, 268)
    press.ink(press.random.choice(("red", "green")), press.sheet().disc(*cup, 15))
    press.knock(press.sheet().disc(*cup, 10), "red", "green")


def _wreath(press: Press) -> None:
    leaves = press.sheet()
    for number in range(34):
        angle = number * 2.4
        leaves.polygon(leaf(*polar(600, 400, angle, 14 * math.sqrt(number)), 64, 30, angle + 0.4))
    press.knock(leaves)
    press.ink("green", leaves)
    for _ in range(13):
        angle, reach = press.random.uniform(0, 6.3), press.random.uniform(8, 86)
        berry = press.sheet().disc(*polar(600, 400, angle, reach), 13)
        press.knock(berry)
        press.ink("red", berry)


#: File name → scene.
SCENES = {"outils": tools, "pain": bread, "tablee": table}
