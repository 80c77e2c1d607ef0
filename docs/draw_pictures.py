"""Draw every picture of the sample magazine into `content/uploads`: `python docs/draw_pictures.py [NAME …]`.

The same names give the same pictures: nothing here depends on the time or the machine, but for Pillow's version and,
on the cover, one font.
"""

import sys
from pathlib import Path

from drawing import desk, fields, ground, landscapes, still_lifes
from drawing.cover import cover
from drawing.risograph import Press, write

UPLOADS = Path(__file__).resolve().parent.parent / "content" / "uploads"
SCENES = desk.SCENES | fields.SCENES | ground.SCENES | landscapes.SCENES | still_lifes.SCENES


def draw(name: str) -> None:
    """Print one scene, named as its file."""
    press = Press(name)
    SCENES[name](press)
    write(press.pull(), UPLOADS / f"{name}.jpg")


def main(names: list[str]) -> None:
    """Draw the pictures named, or all of them."""
    for name in names or [*SCENES, "couverture-156"]:
        if name == "couverture-156":
            write(cover(), UPLOADS / f"{name}.jpg")
        else:
            draw(name)
        print(UPLOADS / f"{name}.jpg")


if __name__ == "__main__":
    main(sys.argv[1:])
