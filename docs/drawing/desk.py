"""What lies on an editor's table: a page begun, and the sheets of the last issue."""

import math

from drawing.risograph import Press
from drawing.strokes import at, leaf, ridge, smooth, turned


def desk(press: Press) -> None:
    """A desk seen from above: a page begun, a pencil, a cup, a telephone, a sprig."""
    press.ink("red", press.everywhere())
    press.wash("gold", press.everywhere(), 0.55)
    grain = press.sheet()
    for number in range(22):
        edge = ridge(press.random, number * 38, 5, length=1500)
        grain.line([(x, edge(x)) for x in range(-10, 1220, 10)], 1.8)
    press.knock(grain, "red")
    _page(press)
    _pencil(press)
    _cup(press)
    _telephone(press)
    _sprig(press)


def _page(press: Press) -> None:
    place = (560, 420, -0.09)
    page = press.sheet().polygon(turned(at("-210,-290 210,-290 210,290 -210,290"), *place))
    press.wash("green", page.moved(14, 16), 0.55)
    press.knock(page)
    words = press.sheet().polygon(turned(at("-165,-232 90,-232 90,-200 -165,-200"), *place))
    for line in range(8):
        end, down = (160 if line % 4 != 3 else press.random.uniform(-20, 90)), -120 + line * 36
        words.line(turned([(-160, down), (end, down)], *place), 7)
    press.dots("green", words, 0.9)


def _sprig(press: Press) -> None:
    sprig = press.sheet()
    stem = smooth(at("60,800 130,620 180,470 170,330"))
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
    for inks, (x, turn) in enumerate(((210, -0.12), (590, 0.04), (980, -0.05)), start=1):
        for rest in (3, 2, 1, 0):
            page = turned(at("-180,-250 180,-250 180,250 -180,250"), x + rest * 8, 410 + rest * 9, turn + rest * 0.03)
            press.knock(press.sheet().polygon(page))
            press.ink("green", press.sheet().line([*page, page[0]], 2))
        _picture(press, (x, 410, turn), inks=inks)
        _columns(press, (x, 410, turn), tone=(0.22, 0.44, 1.0)[inks - 1])
        _register(press, (x, 410, turn))


def _picture(press: Press, place: tuple[float, float, float], *, inks: int) -> None:
    picture = press.sheet().polygon(turned(at("-150,-220 150,-220 150,60 -150,60"), *place))
    sun = press.sheet().disc(*turned([(40, -110)], *place)[0], 66)
    hills = press.sheet().polygon(turned(at("-150,0 -90,-60 -30,-10 40,-50 150,10 150,60 -150,60"), *place))
    press.wash("gold", picture, 0.75)
    if inks > 1:
        press.dots("red", sun | hills, 0.75)
    if inks > 2:
        press.dots("green", hills, 0.7)


def _columns(press: Press, place: tuple[float, float, float], *, tone: float) -> None:
    words = press.sheet()
    for line in range(5):
        for column in (-150, 10):
            end, down = column + (130 if line < 4 else 70), 96 + line * 28
            words.line(turned([(column + 4, down), (end, down)], *place), 7)
    press.wash("green", words, tone)


def _register(press: Press, place: tuple[float, float, float]) -> None:
    marks = press.sheet()
    for u, v in at("-166,-236 166,-236 -166,236 166,236"):
        for across, up in ((9, 0), (0, 9)):
            marks.line(turned([(u - across, v - up), (u + across, v + up)], *place), 2)
    press.ink("green", marks)


#: File name → scene.
SCENES = {"bureau": desk, "feuilles": sheets}
