"""Pictures are resolved on the site, measured without being decoded, and never lead out of the uploads folder."""

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image as Pillow

from newsletter.editorial.images import MAX_FILE, Gallery, measure
from newsletter.errors import ContentError
from newsletter.settings import Site

SITE = Site(url="https://www.imagine-magazine.com")


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    Pillow.new("RGB", (30, 20), "green").save(folder / "haie.jpg")
    return folder


@pytest.fixture
def gallery(uploads: Path) -> Gallery:
    return Gallery(SITE, uploads)


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that say they are a huge picture."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("suffix", "kind"), [("jpg", "JPEG"), ("png", "PNG"), ("gif", "GIF"), ("webp", "WEBP"), ("avif", "AVIF")]
)
def test_a_picture_has_its_pixels_its_bytes_and_its_format(tmp_path: Path, suffix: str, kind: str) -> None:
    path = tmp_path / f"x.{suffix}"
    Pillow.new("RGB", (40, 30)).save(path)
    assert measure(path) == (40, 30, path.stat().st_size, kind)


def test_a_drawing_of_no_size_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "x.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    with pytest.raises(ContentError, match=r"x\.svg") as refused:
        measure(tmp_path / "x.svg")
    assert "PNG" in (refused.value.hint or "")


def test_a_photo_on_its_side_is_measured_as_displayed(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    Pillow.new("RGB", (40, 30)).save(tmp_path / "x.jpg", exif=exif)
    found = measure(tmp_path / "x.jpg")
    assert found is not None
    assert found[:2] == (30, 40)


def test_a_missing_picture_has_no_measure(tmp_path: Path) -> None:
    assert measure(tmp_path / "x.jpg") is None
    assert measure(tmp_path / "no" / "x.jpg") is None


def test_a_picture_that_changes_is_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    Pillow.new("RGB", (40, 30)).save(path)
    assert measure(path) is not None
    Pillow.new("RGB", (400, 300)).save(path)
    found = measure(path)
    assert found is not None
    assert found.width == 400


@pytest.mark.parametrize("size", [(7_000, 6_000), (10_000, 9_000), (60_000, 60_000)])
def test_a_picture_of_too_many_pixels_is_refused_unread(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_that_claims(*size))
    with pytest.raises(ContentError, match="40 million pixels"):
        measure(path)


def test_a_file_over_ten_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    with path.open("wb") as file:
        file.truncate(MAX_FILE + 1)
    with pytest.raises(ContentError, match="10 MB"):
        measure(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"<svgx/>", b"\xff\xd8\xff", b"BM" * 50])
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    with pytest.raises(ContentError, match="JPEG"):
        measure(path)


def test_a_folder_is_no_picture(gallery: Gallery) -> None:
    with pytest.raises(ContentError):
        gallery.resolve("/uploads/")


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("/uploads/haie.jpg", "https://www.imagine-magazine.com/uploads/haie.jpg"),
        ("uploads/haie.jpg", "https://www.imagine-magazine.com/uploads/haie.jpg"),
        ("https://www.imagine-magazine.com/uploads/haie.jpg", "https://www.imagine-magazine.com/uploads/haie.jpg"),
        ("//WWW.imagine-magazine.com/uploads/haie.jpg", "https://WWW.imagine-magazine.com/uploads/haie.jpg"),
    ],
)
def test_a_picture_of_the_site_is_resolved_and_measured(gallery: Gallery, source: str, url: str) -> None:
    image = gallery.resolve(source, alt="Une haie", credit="A. D.")
    assert (image.source, image.url, image.local) == (source, url, True)
    assert (image.width, image.height) == (30, 20)
    assert (image.alt, image.credit) == ("Une haie", "A. D.")


@pytest.mark.parametrize("source", ["/uploads/été à Liège.jpg", "/uploads/%C3%A9t%C3%A9%20%C3%A0%20Li%C3%A8ge.jpg"])
def test_accents_and_spaces_are_encoded_once(gallery: Gallery, uploads: Path, source: str) -> None:
    Pillow.new("RGB", (5, 4)).save(uploads / "été à Liège.jpg")
    image = gallery.resolve(source)
    assert image.url == "https://www.imagine-magazine.com/uploads/%C3%A9t%C3%A9%20%C3%A0%20Li%C3%A8ge.jpg"
    assert image.width == 5


def test_a_picture_of_another_host_is_kept_as_it_is(gallery: Gallery) -> None:
    image = gallery.resolve("https://example.org/uploads/haie.jpg?w=3")
    assert (image.url, image.local, image.width) == ("https://example.org/uploads/haie.jpg?w=3", False, None)


def test_a_picture_without_file_says_so_by_having_no_size(gallery: Gallery) -> None:
    for source in ("/uploads/absente.jpg", "/img/ailleurs.jpg"):
        image = gallery.resolve(source)
        assert (image.local, image.width, image.height, image.size) == (True, None, None, None)


@pytest.mark.parametrize(
    "source",
    [
        "/uploads/../secret.jpg",
        "/uploads/%2e%2e/secret.jpg",
        "/uploads/a/../../secret.jpg",
        "/uploads//etc/passwd",
        "/uploads/.env",
        "/uploads/lien.jpg",
        "/uploads/dossier/secret.jpg",
        "/uploads/%00.jpg",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://[::1",
    ],
)
def test_no_picture_leads_out_of_the_uploads_folder(gallery: Gallery, uploads: Path, source: str) -> None:
    secret = uploads.parent / "secret.jpg"
    Pillow.new("RGB", (3, 3)).save(secret)
    (uploads / "lien.jpg").symlink_to(secret)
    (uploads / "dossier").symlink_to(uploads.parent)
    with pytest.raises(ContentError):
        gallery.resolve(source)


def test_a_link_inside_the_uploads_folder_is_followed(gallery: Gallery, uploads: Path) -> None:
    (uploads / "lien.jpg").symlink_to(uploads / "haie.jpg")
    assert gallery.resolve("/uploads/lien.jpg").width == 30


def test_a_link_that_leads_to_itself_is_a_clear_error(gallery: Gallery, uploads: Path) -> None:
    (uploads / "boucle.jpg").symlink_to("boucle.jpg")
    with pytest.raises(ContentError):
        gallery.resolve("/uploads/boucle.jpg")


def test_a_name_that_no_disk_can_hold_is_a_clear_error(gallery: Gallery) -> None:
    with pytest.raises(ContentError):
        gallery.resolve(f"/uploads/{'x' * 3000}.jpg")
