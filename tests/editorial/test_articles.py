"""The articles folder is read as the CMS writes it: whole, strictly, and fast the second time."""

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from PIL import Image as Pillow

from newsletter.editorial.articles import MarkdownSource
from newsletter.errors import ContentError
from newsletter.i18n import speaking
from newsletter.model import Article, UnreadableArticle
from newsletter.settings import Site

CMS_ARTICLE = """---
_schema: article
class: single-e-magine
cat: >-
  Offre d'emploi : le magazine recrute un journaliste freelance / gestionnaire de
  communauté (F-H-X). Candidature à envoyer avant le
  25 août.
title: Le magazine recrute.
title_alignment: gauche
date: 2023-08-09T10:00:00Z
description: >-
  Offre d'emploi : le magazine recrute un journaliste freelance / gestionnaire de
  communauté (F-H-X). Candidature à envoyer avant le
  25 août.
img: /uploads/photo.jpg
img_credits: Luca Onniboni (unsplash)
---
**Le magazine *recrute***

Une collaboration,&nbsp; qui débutera le 1e septembre (le prochain numéro paraît le 11/10)

Candidature à envoyer avant le 25 août à l’adresse [jobs@example.org](mailto:jobs@example.org)
"""


class Folder:
    """A project folder with articles, and the source that reads it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.articles = root / "content" / "articles"
        self.uploads = root / "content" / "uploads"
        self.articles.mkdir(parents=True)
        self.uploads.mkdir()

    def write(self, name: str, text: str | bytes = "---\ntitle: T\ndate: 2023-01-02\n---\nText\n") -> Path:
        path = self.articles / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def source(self, *, cache: bool = False, **settings: str) -> MarkdownSource:
        site = Site(url="https://www.imagine-magazine.com", **settings)
        folder = self.root / "var" / "cache" if cache else None
        return MarkdownSource(self.articles, root=self.root, site=site, uploads=self.uploads, cache=folder)

    def one(self, front: str, name: str = "2023-08-09-un.md") -> Article:
        self.write(name, f"---\n{front}\n---\nText\n")
        return self.source().read(name)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path.resolve())


def test_an_article_of_the_cms_is_read_whole(folder: Folder) -> None:
    Pillow.new("RGB", (60, 40)).save(folder.uploads / "photo.jpg")
    path = folder.write("2023-08-09-le-magazine-recrute.md", CMS_ARTICLE)
    article = folder.source().read(path.name)
    assert article.title == "Le magazine recrute."
    assert article.date == datetime(2023, 8, 9, 10, tzinfo=UTC)
    assert article.url == "https://www.imagine-magazine.com/articles/le-magazine-recrute"
    assert article.description.startswith("Offre d'emploi : le magazine recrute")
    assert "\n" not in article.description
    assert (article.deadline, article.deadline_words) == (date(2023, 8, 25), "avant le 25 août")
    assert article.image is not None
    assert article.image.url == "https://www.imagine-magazine.com/uploads/photo.jpg"
    assert (article.image.alt, article.image.credit, article.image.width) == (None, "Luca Onniboni (unsplash)", 60)
    assert set(article.front_matter) == {
        *("_schema", "class", "cat", "title", "title_alignment", "date", "description", "img", "img_credits"),
    }
    assert (article.lines["title"], article.lines["img"], article.body_line) == (8, 15, 18)
    assert article.body.startswith("**Le magazine *recrute***")
    assert (article.draft, article.published, article.audience) == (False, True, "all")
    assert article.file == "content/articles/2023-08-09-le-magazine-recrute.md"


def test_the_standfirst_of_the_cms_stands_in_for_a_missing_description(folder: Folder) -> None:
    assert folder.one("title: T\ndate: 2023-01-02\ncat: Chapô").description == "Chapô"


@pytest.mark.parametrize("title", ["No", "2023", "12:30", "2023-08-09", "true", "1.10"])
def test_a_title_stays_as_written(folder: Folder, title: str) -> None:
    article = folder.one(f"title: {title}\ndate: 2023-01-02")
    assert (article.title, article.front_matter["title"]) == (title, title)


@pytest.mark.parametrize(
    ("line", "alt"), [("img_alt: ''", ""), ("img_alt:", None), ("img_alt: Une haie", "Une haie"), ("x: y", None)]
)
def test_a_decorative_picture_is_not_an_undescribed_one(folder: Folder, line: str, alt: str | None) -> None:
    image = folder.one(f"title: T\ndate: 2023-01-02\nimg: /uploads/x.jpg\n{line}").image
    assert image is not None
    assert image.alt == alt


def test_a_deadline_said_in_the_front_matter_rules_over_the_text(folder: Folder) -> None:
    article = folder.one("title: T\ndate: 2023-01-02\ndescription: Inscriptions avant le 3 mars\ndeadline: 2023-04-05")
    assert (article.deadline, article.deadline_words) == (date(2023, 4, 5), None)


def test_the_address_follows_the_permalink(folder: Folder) -> None:
    folder.write("dossiers/2023-01-02-été.md", "---\ntitle: T\ndate: 2022-12-31T23:30:00Z\n---\n")
    article = folder.source(permalink="/{year}/{month}/{day}/{slug}.html").read("dossiers/2023-01-02-été.md")
    assert article.url == "https://www.imagine-magazine.com/2023/01/01/%C3%A9t%C3%A9.html"


BAD_FIELDS = [
    ("date: 2023-01-02", 1, "title", "title is missing"),
    ("title: ''\ndate: 2023-01-02", 2, "title", "title is missing"),
    ("title: [a]\ndate: 2023-01-02", 2, "title", "must be a text"),
    ("title: T", 1, "date", "date is missing"),
    ("title: T\ndate: demain", 3, "date", "not a date"),
    ("title: T\ndate: 2023-01-02\ndraft: peut-être", 4, "draft", "true or false"),
    ("title: T\ndate: 2023-01-02\naudience: member", 4, "audience", "cannot be “member”"),
    ("title: T\ndate: 2023-01-02\ndeadline: bientôt", 4, "deadline", "not a date"),
    ("title: T\ndate: 2023-01-02\nclass: [a]", 4, "class", "must be a text"),
    ("title: T\ndate: 2023-01-02\nimg: {src: x}", 4, "img", "must be a text"),
    ("title: T\ndate: 2023-01-02\nimg: /uploads/../../x.jpg", 4, "img", "outside the uploads folder"),
    ("title: T\ndate: 2023-01-02\nimg: 'data:image/png;base64,AA'", 4, "img", "cannot be at"),
]


@pytest.mark.parametrize(("front", "line", "field", "words"), BAD_FIELDS)
def test_a_bad_field_is_named_with_its_line(folder: Folder, front: str, line: int, field: str, words: str) -> None:
    with pytest.raises(ContentError) as caught:
        folder.one(front)
    where = caught.value.where
    assert where is not None
    assert (where.file, where.line, where.field) == ("content/articles/2023-08-09-un.md", line, field)
    assert words in caught.value.message
    assert caught.value.hint


def test_the_nearest_word_is_the_hint(folder: Folder) -> None:
    with pytest.raises(ContentError) as caught:
        folder.one("title: T\ndate: 2023-01-02\naudience: member")
    assert caught.value.hint == "did you mean members?"


def test_one_bad_article_hides_no_other(folder: Folder) -> None:
    folder.write("a.md")
    folder.write("b.md", "---\ntitle: B\ntitle: C\n---\n")
    folder.write("c.md", b"\xff\xfe-\0-\0")
    folder.write("d/e.md")
    read = folder.source().read_all()
    assert [(type(article), article.path) for article in read] == [
        (Article, "a.md"),
        (UnreadableArticle, "b.md"),
        (UnreadableArticle, "c.md"),
        (Article, "d/e.md"),
    ]
    bad = read[1]
    assert isinstance(bad, UnreadableArticle)
    assert (bad.place.file, bad.place.line) == ("content/articles/b.md", 3)


def test_a_picture_bomb_makes_its_own_article_unreadable_and_no_other(folder: Folder) -> None:
    (folder.uploads / "gros.jpg").write_bytes(b"\0" * (10 * 2**20 + 1))
    folder.write("a.md", "---\ntitle: A\ndate: 2023-01-02\nimg: /uploads/gros.jpg\n---\n")
    folder.write("b.md")
    bad, good = folder.source().read_all()
    assert isinstance(bad, UnreadableArticle)
    assert (bad.place.line, bad.place.field) == (4, "img")
    assert isinstance(good, Article)


def test_hidden_files_and_other_files_are_no_articles(folder: Folder) -> None:
    for name in (".a.md", ".git/a.md", "a.txt", "a.md.swp", "b.md~"):
        folder.write(name)
    assert folder.source().read_all() == []


def test_a_link_out_of_the_folder_is_refused_and_said(folder: Folder) -> None:
    secret = folder.root / "secret.md"
    secret.write_text("---\ntitle: S\ndate: 2023-01-02\n---\n")
    (folder.articles / "lien.md").symlink_to(secret)
    (folder.articles / "perdu.md").symlink_to("nulle-part.md")
    read = folder.source().read_all()
    assert all(isinstance(article, UnreadableArticle) for article in read)
    assert len(read) == 2
    with pytest.raises(ContentError):
        folder.source().read("lien.md")


def test_a_link_that_leads_to_itself_hides_no_other_article(folder: Folder) -> None:
    (folder.articles / "boucle.md").symlink_to("boucle.md")
    (folder.articles / "bon.md").write_text("---\ntitle: S\ndate: 2023-01-02\n---\n")
    looped = next(article for article in folder.source().read_all() if article.path == "boucle.md")
    assert isinstance(looped, UnreadableArticle)
    assert folder.source().read("bon.md").title == "S"


def test_a_linked_folder_is_not_entered(folder: Folder) -> None:
    (folder.root / "ailleurs").mkdir()
    (folder.root / "ailleurs" / "a.md").write_text("---\ntitle: S\ndate: 2023-01-02\n---\n")
    (folder.articles / "lien").symlink_to(folder.root / "ailleurs")
    assert folder.source().read_all() == []


def test_a_pipe_is_not_opened(folder: Folder) -> None:
    os.mkfifo(folder.articles / "tube.md")
    (bad,) = folder.source().read_all()
    assert isinstance(bad, UnreadableArticle)


def test_a_name_that_is_not_utf8_is_said(folder: Folder) -> None:
    Path(os.fsdecode(os.fsencode(folder.articles) + b"/\xe9t\xe9.md")).write_text("---\n")
    (bad,) = folder.source(cache=True).read_all()
    assert isinstance(bad, UnreadableArticle)
    bad.path.encode()


@pytest.mark.parametrize(
    "path", ["../secret.md", "/etc/passwd", "a/../../secret.md", ".b.md", "b.txt", "", "b\0.md", "."]
)
def test_no_path_leads_out_of_the_folder(folder: Folder, path: str) -> None:
    (folder.root / "secret.md").write_text("---\ntitle: S\ndate: 2023-01-02\n---\n")
    with pytest.raises(ContentError):
        folder.source().read(path)


def test_an_unknown_article_is_told_its_nearest_name(folder: Folder) -> None:
    folder.write("2023-08-09-la-haie.md")
    with pytest.raises(ContentError) as caught:
        folder.source().read("2023-08-09-la-haye.md")
    assert caught.value.hint == "did you mean 2023-08-09-la-haie.md?"


def test_a_missing_folder_says_which_setting_names_it(tmp_path: Path) -> None:
    source = MarkdownSource(tmp_path / "no", root=tmp_path, site=Site(), uploads=tmp_path)
    with pytest.raises(ContentError) as caught:
        source.read_all()
    assert "newsletter.toml" in (caught.value.hint or "")


def test_articles_may_lie_outside_the_project(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.md").write_text("---\ntitle: A\ndate: 2023-01-02\n---\n")
    source = MarkdownSource(tmp_path / "site", root=tmp_path / "project", site=Site(), uploads=tmp_path)
    (article,) = source.read_all()
    assert article.path == "a.md"


# --- the cache ---------------------------------------------------------------------------------------------------


def cache_file(folder: Folder) -> Path:
    return folder.root / "var" / "cache" / "articles.json"


def age(cache: Path) -> None:
    """As if the cache had been written a minute after the articles, and not in the same instant."""
    later = cache.stat().st_mtime + 60
    os.utime(cache, (later, later))


@pytest.fixture
def cached(folder: Folder) -> Folder:
    """A folder that was read once, and left its cache."""
    Pillow.new("RGB", (60, 40)).save(folder.uploads / "photo.jpg")
    folder.write("a.md", CMS_ARTICLE)
    folder.write("b.md", "---\ntitle: B\ndate: 2023-01-02\nwhen: [2023-01-02, 2023-01-02T10:00:00+02:00]\n---\nB\n")
    folder.write("c.md", "---\ntitle: [\n---\n")
    folder.source(cache=True).read_all()
    age(cache_file(folder))
    return folder


def test_the_cache_gives_the_very_same_articles(cached: Folder) -> None:
    assert set(json.loads(cache_file(cached).read_bytes())["documents"]) == {"a.md", "b.md"}
    assert cached.source(cache=True).read_all() == cached.source().read_all()


def test_a_cached_article_is_not_read_again(cached: Folder) -> None:
    known = json.loads(cache_file(cached).read_bytes())
    known["documents"]["b.md"][2]["title"] = "From the cache"
    cache_file(cached).write_text(json.dumps(known))
    age(cache_file(cached))
    titles = [article.title for article in cached.source(cache=True).read_all() if isinstance(article, Article)]
    assert titles == ["Le magazine recrute.", "From the cache"]


def test_a_file_that_changed_is_read_again_even_when_its_time_was_set_back(cached: Folder) -> None:
    path = cached.articles / "b.md"
    state = path.stat()
    path.write_text(path.read_text().replace("title: B", "title: C"))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert [a.title for a in cached.source(cache=True).read_all() if isinstance(a, Article)][1] == "C"


def test_a_picture_that_changed_is_measured_again(cached: Folder) -> None:
    Pillow.new("RGB", (90, 40)).save(cached.uploads / "photo.jpg")
    article = cached.source(cache=True).read_all()[0]
    assert isinstance(article, Article)
    assert article.image is not None
    assert article.image.width == 90


def test_a_picture_that_went_away_has_no_measure(cached: Folder) -> None:
    (cached.uploads / "photo.jpg").unlink()
    article = cached.source(cache=True).read_all()[0]
    assert isinstance(article, Article)
    assert article.image is not None
    assert article.image.width is None


def test_a_file_that_went_away_is_forgotten(cached: Folder) -> None:
    (cached.articles / "a.md").unlink()
    assert len(cached.source(cache=True).read_all()) == 2
    assert set(json.loads(cache_file(cached).read_bytes())["documents"]) == {"b.md"}


def test_another_time_zone_is_another_cache(cached: Folder) -> None:
    site = {"timezone": "America/New_York"}
    assert cached.source(cache=True, **site).read_all() == cached.source(**site).read_all()


def test_what_is_wrong_is_said_in_the_language_of_who_asks(cached: Folder) -> None:
    with speaking("en"):
        english = cached.source(cache=True).read_all()[2]
    assert isinstance(english, UnreadableArticle)
    assert english.message == cached.source().read_all()[2].message  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"\xff\xfe",
        lambda content: b"[1]",
        lambda content: content[: len(content) // 2],
        lambda content: b"[" * 100_000,
        lambda content: content.replace(b'"documents":{', b'"documents":[],"x":{'),
        lambda content: content.replace(b'"pictures":{', b'"pictures":7,"x":{'),
        lambda content: content.replace(b'["2023-08-25"', b'["soon"'),
        lambda content: content.replace(b'"2023-01-02"', b'"2023-99-99"'),
    ],
)
def test_a_damaged_cache_is_ignored_and_made_again(cached: Folder, damage: Callable[[bytes], bytes]) -> None:
    content = cache_file(cached).read_bytes()
    damaged = damage(content)
    assert damaged != content
    cache_file(cached).write_bytes(damaged)
    age(cache_file(cached))
    expected = cached.source().read_all()
    assert cached.source(cache=True).read_all() == expected
    assert cached.source(cache=True).read_all() == expected


def test_a_file_as_fresh_as_the_cache_is_read_again(cached: Folder) -> None:
    known = json.loads(cache_file(cached).read_bytes())
    known["documents"]["b.md"][2]["title"] = "From the cache"
    cache_file(cached).write_text(json.dumps(known))
    changed_at = (cached.articles / "b.md").stat().st_ctime
    os.utime(cache_file(cached), (changed_at, changed_at))
    assert cached.source(cache=True).read_all() == cached.source().read_all()


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(folder: Folder) -> None:
    folder.write("a.md")
    (folder.root / "var").write_text("a file where the folder should be")
    assert len(folder.source(cache=True).read_all()) == 1
