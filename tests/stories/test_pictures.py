"""Pictures on their way from the uploads folder to a reader: one rendering for every view, the same copies for all."""

import email
import email.policy
import json
import re
import shutil
from pathlib import Path

import pytest

from newsletter.project import Project
from newsletter.web.public.app import make_public
from tests.editorial.pictures import encoded, logo
from tests.message_linter import lint_message
from tests.stories.commands import Type
from tests.web.asking import Asking

ISSUE = "2023-08-16-numero-156"


def say(project: Path, *lines: str, table: str = "content") -> None:
    """Put lines at the head of a table of newsletter.toml."""
    file = project / "newsletter.toml"
    head = f"[{table}]\n"
    file.write_text(file.read_text("utf-8").replace(head, head + "".join(f"{line}\n" for line in lines), 1), "utf-8")


def built(project: Path) -> dict[str, bytes]:
    """The files of the last build."""
    return {path.name: path.read_bytes() for path in (project / "var/build" / ISSUE).iterdir()}


def pictures(html: bytes) -> list[str]:
    return re.findall(r'<img\b[^>]*\ssrc="([^"]+)"', html.decode())


def test_copies_make_the_same_letter_in_two_folders(
    type_: Type, sample_project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    say(sample_project, 'images = "copy"')
    other = Path(shutil.copytree(sample_project, tmp_path_factory.mktemp("other") / "magazine"))
    assert type_("build", "156")[0] == 0
    one = built(sample_project)
    assert type_("--project", str(other), "build", "156")[0] == 0
    assert built(other) == one
    names = sorted(path.name for path in (sample_project / "var/copies").iterdir())
    assert sorted(json.loads(one["manifest.json"])["copies"]) == names
    assert {f"https://lettre.imagine-magazine.com/i/{name}" for name in names} == set(pictures(one["message.html"]))


def test_a_build_with_copies_says_that_the_rest_has_none(type_: Type, sample_project: Path) -> None:
    code, _out, err = type_("build", "156", "--images", "copy")
    assert code == 0
    assert "var/copies" in err
    assert 'images = "copy"' in err
    assert all("/i/" in address for address in pictures(built(sample_project)["message.html"]))
    _code, _out, err = type_("build", "156")
    assert "copies" not in err
    assert all("/uploads/" in address for address in pictures(built(sample_project)["message.html"]))
    assert type_("build", "156", "--images", "none")[0] == 2


def test_what_is_checked_proofread_approved_and_sent_shows_the_same_copies(sample_project: Path) -> None:
    say(sample_project, 'images = "copy"')
    project = Project.open(sample_project)
    issue = project.issue("156")
    seen = project.proofread(issue).mail
    assert project.plan(issue).mail == seen == project.render(issue).mail
    assert project.check(issue) == []
    copy = Path(pictures(seen.html.encode())[0]).name
    reader = Asking(make_public(project), base_url="https://lettre.imagine-magazine.com")
    assert reader.get(f"/i/{copy}").content == (sample_project / "var/copies" / copy).read_bytes()


def test_a_logo_stands_for_the_name_of_the_magazine_and_waits_for_the_dark(type_: Type, sample_project: Path) -> None:
    for name in ("logo.png", "logo-nuit.png"):
        (sample_project / "content/uploads" / name).write_bytes(encoded(logo(), "PNG"))
    say(sample_project, 'logo = "/uploads/logo.png"', 'logo_dark = "/uploads/logo-nuit.png"', table="parameters")
    assert type_("build", "156")[0] == 0
    html = built(sample_project)["message.html"].decode()
    assert re.search(r'<img class="lo" src="[^"]*/uploads/logo\.png" alt="Imagine" width="200"', html)
    assert re.search(r'<!--\[if !mso\]><!--><img class="ld" src="[^"]*/logo-nuit\.png"[^>]*display:none', html)
    assert "[data-ogsc] .ld{display:block !important}" in html
    assert 'class="wm"' not in html
    assert type_("check", "156")[0] == 0


def test_an_inline_logo_travels_in_a_sound_message(type_: Type, sample_project: Path) -> None:
    (sample_project / "templates/launch/logo.png").write_bytes(encoded(logo(), "PNG"))
    with (sample_project / "templates/launch/layout.toml").open("a", encoding="utf-8") as layout:
        layout.write('logo = { type = "image", default = "logo.png", help = "The logo." }\n')
    say(sample_project, "logo_inline = true", table="parameters")
    code, _out, err = type_("build", "156")
    assert code == 0, err
    raw = built(sample_project)["message.eml"]
    assert lint_message(raw) == []
    message = email.message_from_bytes(raw, policy=email.policy.default)
    [picture] = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert picture.get_filename() == "logo.png"
    assert b'src="data:image/png;base64,' in built(sample_project)["message.html"]


def test_another_logo_lifts_the_approval(type_: Type, sample_project: Path) -> None:
    file = sample_project / "content/uploads/logo.png"
    file.write_bytes(encoded(logo(), "PNG"))
    say(sample_project, 'logo = "/uploads/logo.png"', "logo_inline = true", table="parameters")
    assert type_("approve", "156", "--by", "Camille")[0] == 0
    project = Project.open(sample_project)
    assert project.plan(project.issue("156")).changes == ()
    file.write_bytes(encoded(logo(400, 100), "PNG"))
    project = Project.open(sample_project)
    assert project.plan(project.issue("156")).changes == ("the layout, the links or the images have changed",)


def test_a_logo_too_heavy_for_every_message_is_refused_where_it_is_asked_for(type_: Type, sample_project: Path) -> None:
    say(sample_project, 'logo = "/uploads/couverture-156.jpg"', "logo_inline = true", table="parameters")
    code, _out, err = type_("build", "156")
    assert code == 1
    assert "couverture-156.jpg" in err
    assert "10240" in err
