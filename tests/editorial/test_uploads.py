"""Pictures that the staff bring: checked by what they hold, never in place of another."""

import io
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from newsletter.editorial.uploads import keep_upload, list_uploads
from newsletter.errors import ContentError


def picture(kind: str = "JPEG", *, colour: str = "#7f9f8a", **options: object) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(content, kind, **options)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "kind", "address"),
    [
        ("Rivière d’été.JPG", "JPEG", "/uploads/riviere-d-ete.jpg"),
        ("photo.jpg", "PNG", "/uploads/photo.png"),
        ("..\\..\\etc\\passwd", "GIF", "/uploads/passwd.gif"),
        ("../../.hidden", "WEBP", "/uploads/hidden.webp"),
        ("", "PNG", "/uploads/image.png"),
    ],
)
def test_a_picture_is_named_by_its_plain_letters_and_what_it_is(
    tmp_path: Path, name: str, kind: str, address: str
) -> None:
    assert keep_upload(tmp_path, name, picture(kind)) == address
    assert [file.name for file in tmp_path.iterdir()] == [address.removeprefix("/uploads/")]


def test_another_picture_of_the_same_name_gets_its_own(tmp_path: Path) -> None:
    first = keep_upload(tmp_path, "a.png", picture("PNG"))
    assert keep_upload(tmp_path, "a.png", picture("PNG", colour="#000000")) == "/uploads/a-2.png"
    assert keep_upload(tmp_path, "a.png", picture("PNG")) == first
    assert (tmp_path / "a.png").read_bytes() == picture("PNG")


@pytest.mark.parametrize("content", [b"", b"<svg onload='alert(1)'/>", b"GIF89a", b"%PDF-1.7", picture()[:200]])
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ContentError):
        keep_upload(tmp_path, "a.jpg", content)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    Image.new("1", (9000, 9000)).save(content, "PNG")
    with pytest.raises(ContentError):
        keep_upload(tmp_path, "bomb.png", content.getvalue())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_where_a_photograph_was_taken_stays_here(tmp_path: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif[0x8825] = {1: "N", 2: (50.0, 38.0, 0.0)}
    address = keep_upload(tmp_path, "a", picture(kind, exif=exif))
    with Image.open(tmp_path / address.removeprefix("/uploads/")) as kept:
        assert 0x8825 not in kept.getexif()
        assert kept.getexif()[0x010F] == "Camera"
        assert kept.size == (60, 40)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("place", [{}, {0x8825: {1: "N", 2: (50.0, 38.0, 0.0)}}])
def test_a_picture_that_stopped_half_way_is_refused(tmp_path: Path, kind: str, place: dict[int, object]) -> None:
    exif, whole = Image.Exif(), io.BytesIO()
    exif.update(place)
    Image.effect_noise((300, 200), 80).convert("RGB").save(whole, kind, exif=exif)
    with pytest.raises(ContentError):
        keep_upload(tmp_path, "a", whole.getvalue()[: len(whole.getvalue()) * 9 // 10])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_xmp_does_not_tell_either_where_a_photograph_was_taken(tmp_path: Path, kind: str) -> None:
    xmp, label = '<x:xmpmeta exif:GPSLatitude="50,38.4N"/>', PngInfo()
    label.add_itxt("XML:com.adobe.xmp", xmp)
    content = picture(kind, xmp=xmp.encode(), pnginfo=label)
    assert b"GPS" in content
    address = keep_upload(tmp_path, "a", content)
    assert b"GPS" not in (tmp_path / address.removeprefix("/uploads/")).read_bytes()


def test_the_latest_pictures_come_first_and_hidden_ones_never(tmp_path: Path) -> None:
    import os

    for age, name in enumerate(("new.png", "old.jpg", ".hidden.png", "note.txt")):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    assert list_uploads(tmp_path) == ["/uploads/new.png", "/uploads/old.jpg"]
