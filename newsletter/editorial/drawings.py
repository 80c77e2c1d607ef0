"""SVG drawings: their measures, and the PNG that mail programs can show instead, made in a process under limits.

A drawing is a program for whoever draws it: it may name files of this machine, repeat itself a billion times, or end
the process. What is refused here is refused by reading; what is left is drawn by a child that may fail alone.
"""

import re
import sys
from collections.abc import Callable, Iterable

from newsletter.i18n import _
from newsletter.lean import pattern

#: Begins what this room can read, after blanks, a byte order mark, comments and an XML declaration.
_OPENING = pattern(rb"\A(?:\xef\xbb\xbf)?(?:\s|<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>[]*>)*<svg[\s>]", re.S)
_BOX = pattern(r"\s*(?:-?\d[\d.]*[\s,]+|-?\.\d+[\s,]+){2}(\d+(?:\.\d+)?)[\s,]+(\d+(?:\.\d+)?)\s*")
_LENGTH = pattern(r"\s*(\d+(?:\.\d+)?)\s*(px|pt|pc|mm|cm|in)?\s*")
#: CSS pixels in a unit (CSS Values 4 §6.2).
_PIXELS = {"px": 1, "pt": 4 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96}
#: What a drawing may show from elsewhere: a part of itself, or a photograph that it holds.
_WITHIN = pattern(r"#|data:image/(?:png|jpe?g|gif);base64,")
#: Words are drawn with whatever fonts a machine has: two machines would make two letters.
_WORDS = ("text", "foreignObject")

#: Seconds of processor and of patience; bytes of memory. A magazine's drawing takes a tenth of them.
_CPU_SECONDS, _WALL_SECONDS, _MEMORY = 5, 20, 1 << 30
_CHILD = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({_CPU_SECONDS}, {_CPU_SECONDS}))
resource.setrlimit(resource.RLIMIT_AS, ({_MEMORY}, {_MEMORY}))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import resvg_py
drawing, width = sys.stdin.buffer.read().decode(), int(sys.argv[1])
sys.stdout.buffer.write(bytes(resvg_py.svg_to_bytes(svg_string=drawing, width=width, skip_system_fonts=True)))
"""


def is_drawing(head: bytes) -> bool:
    """True when a file that begins so is an SVG drawing, whatever it is called."""
    return _OPENING.match(head) is not None


def measure_drawing(content: bytes) -> tuple[int, int]:
    """Width and height in CSS pixels, as the root says them, else its viewBox.

    Raises ValueError, with a reason for the editor, when the drawing says neither, is no well-formed XML, declares
    entities, nests deeper than 250 levels, names a file or an address outside itself, or holds words.
    """
    from lxml import etree

    if b"<!ENTITY" in content:
        raise ValueError(_("it declares entities"))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(_("it is no well-formed XML (line {line})", line=error.lineno or 1)) from None
    for element in root.iter(etree.Element):
        _require_self_contained((str(name), str(value)) for name, value in element.items())
        if etree.QName(element).localname in _WORDS:
            raise ValueError(_("it holds words, which need a font: turn them into paths"))
    return _size(root.get)


def rasterise(content: bytes, *, width: int) -> bytes:
    """The drawing as PNG, `width` pixels wide; the same bytes on every machine. It has been measured before.

    Raises ValueError when it cannot be drawn within the limits.
    """
    import subprocess

    command = [sys.executable, "-I", "-c", _CHILD, str(width)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=_WALL_SECONDS, check=True)  # noqa: S603 - our own words
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise ValueError(_("it is too complicated to be drawn")) from None
    return done.stdout


def _require_self_contained(attributes: Iterable[tuple[str, str]]) -> None:
    for name, value in attributes:
        if name.rpartition("}")[2] == "href" and not _WITHIN.match(value.strip()):
            raise ValueError(_("it shows something from outside itself: {address}", address=value.strip()[:60]))


def _size(said: Callable[[str, str], str]) -> tuple[int, int]:
    sides = [_LENGTH.fullmatch(said(name, "")) for name in ("width", "height")]
    if all(sides):
        width, height = (float(side[1]) * _PIXELS[side[2] or "px"] for side in sides if side)
    else:
        box = _BOX.fullmatch(said("viewBox", ""))
        width, height = (float(box[1]), float(box[2])) if box else (0.0, 0.0)
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise ValueError(_("its <svg> says no width and height"))
    return max(1, round(width)), max(1, round(height))
