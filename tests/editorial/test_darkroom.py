"""A copy is upright, in sRGB, no larger than asked, and holds the picture and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image as Pillow
from PIL import ImageCms, ImageSequence

from newsletter.editorial.darkroom import DAMAGED, develop
from tests.editorial.pictures import ADOBE, DISPLAY_P3, decoded, encoded, logo, photo, profile

_GPS, _ORIENTATION = 0x8825, 0x0112


def test_a_photo_is_a_progressive_jpeg_of_the_width_asked_for() -> None:
    made = develop(encoded(photo(2400, 1600), "JPEG", quality=92), width=1200)
    picture = decoded(made.content)
    assert (made.suffix, made.width, made.height) == (".jpg", 1200, 800)
    assert picture.size == (1200, 800)
    assert picture.info["progressive"]


def test_nothing_is_enlarged() -> None:
    assert decoded(develop(encoded(photo(300, 200), "JPEG"), width=1200).content).size == (300, 200)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_ends_upright(orientation: int) -> None:
    turns = {
        2: Pillow.Transpose.FLIP_LEFT_RIGHT,
        3: Pillow.Transpose.ROTATE_180,
        4: Pillow.Transpose.FLIP_TOP_BOTTOM,
        5: Pillow.Transpose.TRANSPOSE,
        6: Pillow.Transpose.ROTATE_90,
        7: Pillow.Transpose.TRANSVERSE,
        8: Pillow.Transpose.ROTATE_270,
    }
    upright = Pillow.new("RGB", (80, 40), (10, 10, 200))
    upright.paste((220, 10, 10), (0, 0, 40, 20))
    stored = upright.transpose(turns[orientation]) if orientation in turns else upright
    exif = Pillow.Exif()
    exif[_ORIENTATION] = orientation
    picture = decoded(develop(encoded(stored, "JPEG", exif=exif, quality=95), width=1200).content)
    assert picture.size == (80, 40)
    red, blue = picture.getpixel((15, 8)), picture.getpixel((70, 8))
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert red[0] > 180 > red[2]
    assert blue[2] > 150 > blue[0]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_places_names_and_comments_are_gone(kind: str) -> None:
    exif = Pillow.Exif()
    exif[0x013B] = "Camille Photographe"
    exif.get_ifd(_GPS)[2] = (50.0, 38.0, 24.0)
    options = {"comment": b"chez Camille"} if kind == "JPEG" else {}
    source = encoded(photo(), kind, exif=exif, icc_profile=profile(ADOBE), **options)
    assert b"Camille" in source
    made = develop(source, width=300)
    picture = decoded(made.content)
    assert b"Camille" not in made.content
    assert not picture.getexif()
    assert not {"exif", "icc_profile", "comment", "xmp", "dpi"} & set(picture.info)


@pytest.mark.parametrize(
    ("colorants", "before", "after"),
    # After by arithmetic: gamma, matrix to XYZ (D50), matrix to sRGB, the curve of IEC 61966-2-1.
    [(ADOBE, (100, 200, 100), (0, 201, 92)), (DISPLAY_P3, (100, 200, 100), (43, 204, 85))],
)
def test_colours_of_a_wide_profile_are_what_they_were_in_srgb(
    colorants: tuple[tuple[float, float, float], ...], before: tuple[int, int, int], after: tuple[int, int, int]
) -> None:
    source = encoded(Pillow.new("RGB", (40, 40), before), "PNG", icc_profile=profile(colorants))
    found = decoded(develop(source, width=1200).content).convert("RGB").getpixel((5, 5))
    assert isinstance(found, tuple)
    assert all(abs(one - other) <= 3 for one, other in zip(found, after, strict=True)), found


def test_a_picture_in_srgb_keeps_its_colours() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = encoded(Pillow.new("RGB", (40, 40), (100, 200, 100)), "PNG", icc_profile=srgb)
    found = decoded(develop(source, width=1200).content).convert("RGB").getpixel((5, 5))
    assert isinstance(found, tuple)
    assert all(abs(one - other) <= 1 for one, other in zip(found, (100, 200, 100), strict=True))


def test_a_damaged_profile_counts_for_nothing() -> None:
    source = encoded(Pillow.new("RGB", (40, 40), (100, 200, 100)), "PNG", icc_profile=b"no profile")
    assert decoded(develop(source, width=1200).content).getpixel((5, 5)) == (100, 200, 100)


def test_inks_become_light() -> None:
    found = decoded(develop(encoded(Pillow.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG"), width=1200).content)
    assert found.mode == "RGB"
    red = found.getpixel((5, 5))
    assert isinstance(red, tuple)
    assert red[0] > 240 > 15 > red[1]


def test_sixteen_bits_of_grey_keep_their_middle() -> None:
    made = develop(encoded(Pillow.new("I;16", (40, 40), 128 * 257), "PNG"), width=1200)
    assert decoded(made.content).getpixel((5, 5)) == 128


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_shows_through_stays_so_in_a_png(mode: str) -> None:
    picture = logo() if mode == "RGBA" else logo().convert(mode)
    options = {"transparency": picture.getpixel((130, 5))} if mode == "P" else {}
    made = develop(encoded(picture, "PNG", **options), width=200)
    assert made.suffix == ".png"
    copy = decoded(made.content)
    assert copy.size == (200, 60)
    assert copy.getchannel("A").getextrema() == (0, 255)


def test_an_alpha_that_hides_nothing_is_flattened() -> None:
    made = develop(encoded(photo().convert("RGBA"), "PNG"), width=300)
    assert (made.suffix, decoded(made.content).mode) == (".jpg", "RGB")


def test_a_drawing_stays_a_png_and_a_photo_in_png_becomes_a_jpeg() -> None:
    flat = Pillow.new("RGB", (800, 400), (255, 255, 255))
    flat.paste((20, 90, 60), (100, 100, 700, 300))
    assert develop(encoded(flat, "PNG"), width=400).suffix == ".png"
    assert develop(encoded(photo(), "PNG"), width=300).suffix == ".jpg"


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
def test_formats_that_outlook_does_not_show_become_jpeg_or_png(kind: str) -> None:
    assert decoded(develop(encoded(photo(), kind), width=300).content).format == "JPEG"
    assert decoded(develop(encoded(logo(), kind, lossless=True), width=300).content).format == "PNG"


def test_an_animation_is_kept_as_it_is() -> None:
    frames = [Pillow.new("RGB", (50, 50), (shade, 0, 0)) for shade in (0, 120, 240)]
    source = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    made = develop(source, width=20)
    assert (made.suffix, made.content) == (".gif", source)
    assert len(list(ImageSequence.Iterator(decoded(made.content)))) == 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_file_that_stops_half_way_is_refused(kind: str) -> None:
    source = encoded(photo(), kind)
    with pytest.raises(DAMAGED):
        develop(source[: len(source) // 2], width=300)


def test_the_same_bytes_in_another_process_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(encoded(photo(900, 600), "JPEG", icc_profile=profile(DISPLAY_P3)))
    script = (
        "import sys,hashlib; from pathlib import Path; from newsletter.editorial.darkroom import develop\n"
        "print(hashlib.sha256(develop(Path(sys.argv[1]).read_bytes(), width=600).content).hexdigest())"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "x.jpg")]
    one, two = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2))
    assert one == two != ""
