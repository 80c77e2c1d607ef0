"""SVG: read as it says, drawn the same everywhere, and kept from what a drawing may do to a machine."""

from pathlib import Path

import pytest

from newsletter.editorial.darkroom import develop
from newsletter.editorial.drawings import is_drawing, measure_drawing, rasterise
from newsletter.editorial.images import measure
from newsletter.errors import ContentError
from tests.editorial.pictures import decoded

_OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
_LEAF = '<circle cx="60" cy="40" r="30" fill="#1b4b45"/>'


def _drawing(inside: str = _LEAF, size: str = 'width="120" height="80"') -> bytes:
    return f"{_OPEN} {size}>{inside}</svg>".encode()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('width="120" height="80"', (120, 80)),
        ('width="120px" height=" 80.4 px "', (120, 80)),
        ('width="1in" height="25.4mm"', (96, 96)),
        ('viewBox="0 0 300 150"', (300, 150)),
        ('width="100%" height="100%" viewBox="0,0,30,20"', (30, 20)),
    ],
)
def test_the_size_is_what_the_root_says(said: str, expected: tuple[int, int]) -> None:
    assert measure_drawing(_drawing(size=said)) == expected


@pytest.mark.parametrize("size", ["", 'width="0" height="9"', 'viewBox="0 0 9"', 'width="9e9" height="1"'])
def test_a_drawing_without_a_size_is_refused(size: str) -> None:
    with pytest.raises(ValueError, match="width and height"):
        measure_drawing(_drawing(size=size))


@pytest.mark.parametrize(
    "opening", [b"", b"\xef\xbb\xbf", b'<?xml version="1.0"?>\n', b"<!-- a river -->\n", b"<!DOCTYPE svg>\n"]
)
def test_a_drawing_is_known_by_its_beginning(opening: bytes) -> None:
    assert is_drawing(opening + _drawing())


@pytest.mark.parametrize("content", [b"", b"<html><svg></svg></html>", b"\x89PNG\r\n<svg>", b"<svgx>"])
def test_nothing_else_is_a_drawing(content: bytes) -> None:
    assert not is_drawing(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (_drawing("<g>" * 900 + _LEAF + "</g>" * 900), "well-formed"),
        (_drawing("<p>"), "well-formed"),
        (b'<!DOCTYPE svg [<!ENTITY a "aaa">]>' + _drawing("&a;"), "entities"),
        (b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + _drawing(), "entities"),
        (_drawing('<image href="file:///etc/hostname"/>'), "outside itself"),
        (_drawing('<image xlink:href="pixel.png"/>'), "outside itself"),
        (_drawing('<image href=" HTTPS://example.org/pixel.png"/>'), "outside itself"),
        (_drawing('<use href="data:image/svg+xml;base64,AAAA"/>'), "outside itself"),
        (_drawing("<text>Meuse</text>"), "font"),
    ],
)
def test_what_a_drawing_may_not_do_is_said(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        measure_drawing(content)


def test_a_drawing_is_drawn_as_large_as_its_place() -> None:
    made = develop(_drawing(), width=600)
    assert (made.suffix, made.width, made.height) == (".png", 600, 400)
    picture = decoded(made.content).convert("RGBA")
    assert picture.getpixel((300, 200)) == (0x1B, 0x4B, 0x45, 255)
    assert picture.getpixel((2, 2))[3] == 0  # type: ignore[index]


def test_the_same_drawing_gives_the_same_bytes() -> None:
    assert rasterise(_drawing(), width=300) == rasterise(_drawing(), width=300)


def test_a_drawing_that_would_fill_the_memory_is_not_drawn() -> None:
    with pytest.raises(ValueError, match="300000"):
        develop(_drawing(size='width="1" height="300000"'), width=1200)


def test_the_process_that_draws_may_end_without_ours() -> None:
    """A hundred million circles: it is stopped by its limits, or says no; we go on."""
    groups = [f'<g id="g0">{_LEAF}</g>']
    for level in range(1, 9):
        copies = f'<use href="#g{level - 1}"/>' * 10
        groups.append(f'<g id="g{level}">{copies}</g>')
    with pytest.raises(ValueError, match="complicated"):
        rasterise(_drawing("<defs>" + "".join(groups) + '</defs><use href="#g8"/>'), width=600)


def test_an_editor_reads_which_drawing_and_why(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_bytes(_drawing("<text>Meuse</text>"))
    with pytest.raises(ContentError, match=r"logo\.svg.*font") as refused:
        measure(tmp_path / "logo.svg")
    assert refused.value.hint


def test_a_drawing_is_measured_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "logo.jpg").write_bytes(_drawing())
    found = measure(tmp_path / "logo.jpg")
    assert found and (found.width, found.height, found.format) == (120, 80, "SVG")
