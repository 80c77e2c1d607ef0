"""Copies are made once, kept under the digest of their bytes, and put wherever the letter shows a picture."""

import base64
import errno
import hashlib
import os
from pathlib import Path

import pytest

from newsletter.editorial.copies import NAME, Copies, Illustrated, Illustrator
from newsletter.editorial.images import Gallery
from newsletter.errors import ContentError
from newsletter.model import Place
from newsletter.settings import Site
from tests.editorial.pictures import decoded, encoded, logo, photo
from tests.editorial.test_images import png_that_claims

SITE = "https://www.imagine-magazine.com"
COPIES = "https://lettre.imagine-magazine.com/i"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project folder with one photograph and one logo in its uploads, names as an office gives them."""
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    (uploads / "l’été à Liège.jpg").write_bytes(encoded(photo(1600, 1000), "JPEG", quality=92))
    (uploads / "logo.png").write_bytes(encoded(logo(), "PNG"))
    return tmp_path


def make_copies(folder: Path) -> Copies:
    """As a new process has them."""
    gallery = Gallery(Site(url=SITE), folder / "uploads")
    return Copies(gallery, folder=folder / "copies", cache=folder / "cache", url=COPIES)


def illustrate(folder: Path, html: str, *, everything: bool = True, **places: Place) -> Illustrated:
    """The HTML with its pictures moved."""
    illustrator = Illustrator(make_copies(folder), folders=(folder / "layout",), slot=600, everything=everything)
    return illustrator.illustrate(html, places)


PHOTO = f"{SITE}/uploads/l%E2%80%99%C3%A9t%C3%A9%20%C3%A0%20Li%C3%A8ge.jpg"


def test_a_copy_is_called_by_the_digest_of_its_bytes(folder: Path) -> None:
    copy = make_copies(folder).make(folder / "uploads" / "l’été à Liège.jpg", width=1200)
    content = (folder / "copies" / copy.name).read_bytes()
    assert copy.name == f"{hashlib.sha256(content).hexdigest()[:24]}.jpg"
    assert NAME.fullmatch(copy.name)
    assert (copy.width, copy.height, copy.size) == (1200, 750, len(content))


def test_two_folders_make_the_same_copies(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "uploads").mkdir()
    file = folder / "uploads" / "l’été à Liège.jpg"
    (other / "uploads" / "x.jpg").write_bytes(file.read_bytes())
    os.utime(other / "uploads" / "x.jpg", (1, 1))
    assert make_copies(folder).make(file, width=600) == make_copies(other).make(other / "uploads/x.jpg", width=600)


def test_a_copy_that_is_there_is_not_made_again(folder: Path) -> None:
    file = folder / "uploads" / "logo.png"
    first = make_copies(folder).make(file, width=200)
    made_at = (folder / "copies" / first.name).stat().st_ino
    assert make_copies(folder).make(file, width=200) == first
    assert (folder / "copies" / first.name).stat().st_ino == made_at


@pytest.mark.parametrize("damage", [b"", b"other bytes", None])
def test_a_copy_that_was_damaged_or_removed_is_made_again(folder: Path, damage: bytes | None) -> None:
    copies, file = make_copies(folder), folder / "uploads" / "logo.png"
    kept = folder / "copies" / copies.make(file, width=200).name
    before = kept.read_bytes()
    if damage is None:
        kept.unlink()
    else:
        kept.write_bytes(damage)
    for again in (copies, make_copies(folder)):
        assert again.content(again.make(file, width=200)) == before


@pytest.mark.parametrize("written", ["", "{", "[]", '{"name": "../../x.jpg", "width": 1, "height": 1, "size": 1}'])
def test_what_the_cache_says_is_not_believed(folder: Path, written: str) -> None:
    file = folder / "uploads" / "logo.png"
    copy = make_copies(folder).make(file, width=200)
    [entry] = (folder / "cache").iterdir()
    entry.write_text(written)
    assert make_copies(folder).make(file, width=200) == copy


def test_a_changed_picture_has_another_copy(folder: Path) -> None:
    copies, file = make_copies(folder), folder / "uploads" / "logo.png"
    before = copies.make(file, width=200)
    file.write_bytes(encoded(logo(400, 100), "PNG"))
    assert copies.make(file, width=200).name != before.name


def test_a_bomb_is_refused_before_its_pixels_are_read(folder: Path) -> None:
    (folder / "uploads" / "bomb.png").write_bytes(png_that_claims(20_000, 20_000))
    with pytest.raises(ContentError, match=r"bomb\.png .* 40 million"):
        make_copies(folder).make(folder / "uploads" / "bomb.png", width=1200)


def test_a_damaged_picture_is_refused_at_the_line_that_shows_it(folder: Path) -> None:
    file = folder / "uploads" / "half.jpg"
    file.write_bytes(encoded(photo(), "JPEG")[:3000])
    address, place = f"{SITE}/uploads/half.jpg", Place(file="content/articles/x.md", line=7)
    with pytest.raises(ContentError, match=r"half\.jpg is damaged") as refused:
        illustrate(folder, f'<img src="{address}" width="600" />', **{address: place})
    assert refused.value.where == place


def test_a_full_disk_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ContentError, match=r"logo\.png can be made: the disk is full"):
        make_copies(folder).make(folder / "uploads" / "logo.png", width=200)
    assert list((folder / "copies").iterdir()) == []


def test_each_picture_is_twice_as_wide_as_its_place(folder: Path) -> None:
    found = illustrate(folder, f'<p><img class="im" src="{PHOTO}" alt="L’été" width="552" /></p>')
    [shown] = found.copied
    assert shown.copy.width == 1104
    assert found.html == f'<p><img class="im" src="{COPIES}/{shown.copy.name}" alt="L’été" width="552" /></p>'
    assert shown.original == PHOTO


def test_a_picture_in_a_narrow_column_is_sharp_when_it_fills_a_phone(folder: Path) -> None:
    fluid = f'<img src="{PHOTO}" width="264" style="display:block; width:100%">'
    assert [shown.copy.width for shown in illustrate(folder, fluid).copied] == [750]
    assert [shown.copy.width for shown in illustrate(folder, f'<img src="{PHOTO}" width="264">').copied] == [528]


def test_a_picture_without_width_is_as_wide_as_the_letter(folder: Path) -> None:
    assert [shown.copy.width for shown in illustrate(folder, f'<img src="{PHOTO}" alt="">').copied] == [1200]


def test_the_same_picture_twice_is_one_copy(folder: Path) -> None:
    found = illustrate(folder, f'<img src="{PHOTO}" width="600"><img src="{PHOTO}" width="600">')
    assert len(found.copied) == 1
    assert len(list((folder / "copies").iterdir())) == 1


def test_pictures_of_other_sites_and_missing_ones_stay_where_they_are(folder: Path) -> None:
    html = f'<img src="https://example.org/x.jpg"><img src="{SITE}/uploads/none.jpg"><img alt="no source">'
    assert illustrate(folder, html) == Illustrated(html=html)


def test_without_copies_the_html_is_left_alone(folder: Path) -> None:
    html = f'<img src="{PHOTO}" width="600">'
    assert illustrate(folder, html, everything=False) == Illustrated(html=html)
    assert not (folder / "copies").exists()


def test_an_inline_picture_travels_in_the_message(folder: Path) -> None:
    found = illustrate(folder, f'<img src="inline:{SITE}/uploads/logo.png" width="100">', everything=False)
    [picture] = found.pictures
    assert found.html == f'<img src="cid:{picture.cid}" width="100">'
    assert (picture.type, picture.name) == ("image/png", "logo.png")
    assert decoded(base64.b64decode(picture.base64)).size == (200, 60)
    assert not found.copied


def test_an_inline_picture_over_ten_kilobytes_is_refused(folder: Path) -> None:
    with pytest.raises(ContentError, match="10240 at most"):
        illustrate(folder, f'<img src="inline:{PHOTO}" width="600">')


def test_an_inline_picture_without_a_file_here_is_refused(folder: Path) -> None:
    with pytest.raises(ContentError, match="cannot travel"):
        illustrate(folder, '<img src="inline:https://example.org/x.png" width="600">')


def test_a_picture_of_the_layout_is_always_copied(folder: Path) -> None:
    (folder / "layout").mkdir()
    (folder / "layout" / "logo.png").write_bytes(encoded(logo(), "PNG"))
    found = illustrate(folder, '<img src="asset:logo.png" width="200">', everything=False)
    assert f'src="{COPIES}/{found.copied[0].copy.name}"' in found.html


@pytest.mark.parametrize("name", ["none.png", "../uploads/logo.png", "/etc/passwd"])
def test_a_layout_shows_no_file_that_is_not_its_own(folder: Path, name: str) -> None:
    (folder / "layout").mkdir()
    with pytest.raises(ContentError, match="the layout has no picture"):
        illustrate(folder, f'<img src="asset:{name}" width="200">')


@pytest.mark.parametrize("name", ["", "x", "../logo.png", "0" * 24 + ".svg", "0" * 24 + ".png", "a" * 5000 + ".png"])
def test_only_copies_are_found(folder: Path, name: str) -> None:
    assert make_copies(folder).find(name) is None


def test_a_copy_is_found_by_its_name(folder: Path) -> None:
    copies = make_copies(folder)
    copy = copies.make(folder / "uploads" / "logo.png", width=200)
    assert copies.find(copy.name) == folder / "copies" / copy.name
