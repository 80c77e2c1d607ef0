"""The cover of issue 156: a printed magazine lying on a green field."""

import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from drawing.risograph import Point, Press, Sheet
from drawing.strokes import below, contours, fir, ridge, smooth

#: Noto Serif Display, of Debian's fonts-noto-core: the only thing here that Pillow does not bring.
FONTS = Path("/usr/share/fonts/truetype/noto")
BOLD, ITALIC = FONTS / "NotoSerifDisplay-Bold.ttf", FONTS / "NotoSerifDisplay-Italic.ttf"
SIZE = (1200, 1290)
MAGAZINE = (820, 1090)


def cover() -> Image.Image:
    """The whole picture: field, shadow, magazine."""
    page = _field()
    left, top = (SIZE[0] - MAGAZINE[0]) // 2, (SIZE[1] - MAGAZINE[1]) // 2
    shadow = Image.new("L", SIZE, 0)
    ImageDraw.Draw(shadow).rectangle((left + 12, top + 18, left + MAGAZINE[0] + 16, top + MAGAZINE[1] + 24), fill=150)
    page = Image.composite(Image.new("RGB", SIZE, (8, 28, 26)), page, shadow.filter(ImageFilter.GaussianBlur(14)))
    page.paste(_magazine(), (left, top))
    ImageDraw.Draw(page).line((left + 7, top, left + 7, top + MAGAZINE[1]), fill=(222, 214, 198), width=2)
    return page


def _field() -> Image.Image:
    press = Press("couverture", SIZE, paper=(247, 241, 227))
    river = smooth([(-200, 300), (200, 180), (500, 620), (900, 700), (1000, 1150), (1500, 1300)], steps=90)
    press.ink("green", press.everywhere())
    press.knock(contours(press.sheet(), river, distances=range(70, 1100, 46), width=1.3))
    press.wash("green", press.everywhere(), 0.8)
    return press.pull()


def _magazine() -> Image.Image:
    press = Press("numero 156", MAGAZINE)
    press.wash("gold", press.everywhere(), press.fade(0.03, 0.5, start=200, end=620))
    sun = press.sheet().disc(560, 470, 150)
    press.knock(sun)
    press.ink("red", sun & press.fade(1, 1))
    for base, height, ink, tone in ((520, 34, "green", 0.3), (585, 30, "green", 0.62), (650, 22, "red", 0.42)):
        hill = below(press.sheet(), ridge(press.random, base, height, length=620))
        press.knock(hill)
        press.dots(ink, hill, tone)
        if ink == "red":
            press.ink("gold", hill)
    _river(press)
    woods = press.sheet()
    for x in (60, 92, 128, 160, 690, 726, 764, 800):
        fir(woods, x, 700 + press.random.uniform(-8, 16), press.random.uniform(80, 140))
    press.knock(woods)
    press.ink("green", woods)
    _words(press)
    return press.pull()


def _river(press: Press) -> None:
    bank, water, lines = (press.sheet() for _ in range(3))
    course = [_course(y) for y in range(664, 1100, 4)]
    for sheet, share in ((bank, 1.3), (water, 1.0)):
        sheet.polygon(_ribbon(course, share))
    for share in (-0.66, -0.33, 0, 0.33, 0.66):
        lines.line([(x + share * half, y) for x, y, half in course], 4.4)
    press.knock(bank)
    press.ink("gold", bank - water)
    press.wash("green", water, 0.5)
    press.ink("green", lines & water)


def _course(y: float) -> tuple[float, float, float]:
    """Middle and half width of the river at a height: it widens as it comes nearer."""
    near = (y - 660) / 430
    return 430 + 190 * math.sin(7.4 * near**0.6) * (0.25 + near), y, 7 + 120 * near**1.5


def _ribbon(course: Sequence[tuple[float, float, float]], share: float) -> list[Point]:
    left = [(x - half * share, y) for x, y, half in course]
    right = [(x + half * share, y) for x, y, half in course]
    return [*left, *reversed(right)]


def _words(press: Press) -> None:
    name = press.sheet().text(44, 166, "Imagine", font=BOLD, size=178)
    line = Sheet(press.size).text(50, 234, "No 156 · Été 2023", font=ITALIC, size=34)
    line.text(50, 268, "Écologie, société, Nord-Sud", font=ITALIC, size=21)
    press.ink("green", name | line)
    panel = press.sheet().box(46, 868, 560, 1048)
    press.knock(panel)
    title = press.sheet().text(74, 944, "Rendre sa place", font=BOLD, size=58)
    title.text(74, 1012, "à l’eau", font=ITALIC, size=62)
    press.ink("green", title)
