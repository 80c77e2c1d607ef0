"""A small issue of the `launch` layout, made in memory: one of every block, ten articles, pictures with a size."""

import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from newsletter.editorial.layout import read_layout
from newsletter.editorial.render import Imprint, Rendering, render_issue
from newsletter.model import Article, Block, Image, Issue, Layout
from newsletter.settings import MailingList, Site

TEMPLATES = Path(__file__).parents[2] / "templates"
LAUNCH = TEMPLATES / "launch"
KIT = TEMPLATES / "kit"

_FIRST_WORDS = """**Une rencontre**

À Podor, l'eau du fleuve se partage au lever du jour. *Personne* ne la possède : on la compte, on la note, on la rend.

## La suite

* une liste
* [un lien](/articles/ailleurs)
"""


def make_site(language: str = "fr") -> Site:
    return Site(
        title="Imagine",
        url="https://www.imagine-magazine.com",
        language=language,
        address="Imagine COOP, rue de l'Exemple 12, 4000 Liège",
    )


def make_list(**said: Any) -> MailingList:
    settings = {
        "title": "Coopérateurs et coopératrices",
        "from": "Imagine <lettre@imagine-magazine.com>",
        "reply_to": "redaction@imagine-magazine.com",
        "audience": "members",
    }
    return MailingList.read({**settings, **said})


def make_imprint(language: str = "fr", **said: Any) -> Imprint:
    return Imprint(site=make_site(language), mailing_list=make_list(), **said)


def make_image(name: str, **said: Any) -> Image:
    values: dict[str, Any] = {
        "source": f"/uploads/{name}.jpg",
        "url": f"https://www.imagine-magazine.com/uploads/{name}.jpg",
        "alt": f"Un dessin nommé {name}",
        "credit": f"Atelier {name}",
        "width": 1200,
        "height": 800,
        "size": 90_000,
    }
    return Image(**{**values, **said})


def make_article(name: str, **said: Any) -> Article:
    """An article of the site; its path is `<name>.md`."""
    values: dict[str, Any] = {
        "path": f"{name}.md",
        "file": f"content/articles/{name}.md",
        "sha256": "0" * 64,
        "title": f"Le titre de {name}",
        "date": dt.datetime(2023, 8, 9, 10, tzinfo=dt.UTC),
        "url": f"https://www.imagine-magazine.com/articles/{name}",
        "body": _FIRST_WORDS,
        "body_line": 12,
        "description": f"Deux phrases qui présentent {name}. Elles donnent envie de lire.",
        "image": make_image(name),
        "front_matter": {"cat": "Reportage"},
        "lines": {"title": 2, "cat": 5},
    }
    return Article(**{**values, **said})


ARTICLES: Mapping[str, Article] = {
    article.path: article
    for article in (
        make_article("fleuve"),
        *(make_article(name) for name in ("haie", "ecole", "pluie", "graines")),
        make_article("recrute", deadline=dt.date(2023, 8, 25), front_matter={"cat": "Offre d'emploi : un long récit"}),
    )
}


def make_block(kind: str, article: str | None = None, **parameters: Any) -> Block:
    return Block(kind=kind, article=f"{article}.md" if article else None, parameters=parameters, line=20)


BLOCKS = (
    make_block("cover", image="/uploads/couverture.jpg", alt="Des collines", credit="Maud R.", url="/numeros/156"),
    make_block(
        "opening",
        kicker="Le numéro 156 est paru",
        title="Qui gardera la pluie ?",
        standfirst="Elle tombe trop fort, ou pas assez. Nous avons suivi celles et ceux qui apprennent à la retenir.",
        label="Découvrir le numéro",
        url="/numeros/156",
    ),
    make_block("rubric", label="À lire dès maintenant"),
    make_block("lead", "fleuve"),
    *(make_block("card", name) for name in ("haie", "ecole", "pluie", "graines")),
    make_block("quote", text="« Nous avons perdu l'habitude de l'attendre. »", source="Une maraîchère de Hesbaye"),
    make_block("call", "recrute", contact="recrutement@imagine-magazine.com", label="Lire l'offre"),
    make_block("text", title="Trois rendez-vous", text="* jeudi à Liège\n* samedi à [Spa](/agenda/spa)\n"),
    make_block("image", image="/uploads/collines.jpg", alt="Un lac au soir", credit="Jo P."),
    make_block("button", label="Prendre une part", url="https://www.imagine-magazine.com/cooperative"),
)

ISSUE = Issue(
    id="2023-08-16-numero-156",
    file="content/issues/2023-08-16-numero-156.md",
    subject="Imagine n° 156 : qui gardera la pluie ?",
    preheader="Le numéro d'été est imprimé : l'eau que l'on retient, un fleuve partagé, un poste à prendre.",
    date=dt.date(2023, 8, 16),
    list="members",
    layout="launch",
    blocks=BLOCKS,
    parameters={"number": 156, "tagline": "Écologie, société, Nord-Sud : le temps long", "signature": "La rédaction"},
    body=(
        "Ce numéro a commencé par une question d'enfant, entendue au bord d'un champ inondé : « L'eau, quand elle s'en "
        "va, elle va chez qui ? » Nous avons pris le train et le temps qu'il fallait pour la chercher.\n\n"
        "Lisez-le lentement, prêtez-le, [écrivez-nous](mailto:redaction@imagine-magazine.com).\n"
    ),
    body_line=60,
    lines={"subject": 2, "preheader": 3, "number": 8, "tagline": 9},
)


def copy_launch(templates: Path) -> Path:
    """The launch layout as one folder that needs no kit, for a test to change; returns the folder."""
    folder = templates / "launch"
    shutil.copytree(KIT, folder)
    shutil.copytree(LAUNCH, folder, dirs_exist_ok=True)
    own = (LAUNCH / "layout.toml").read_text(encoding="utf-8").partition("[parameters]\n")[2]
    shared = (folder / "kit.toml").read_text(encoding="utf-8")
    whole = shared.replace("[parameters]\n", f"[parameters]\n{own}", 1)
    (folder / "layout.toml").write_text(whole, encoding="utf-8")
    (folder / "kit.toml").unlink()
    return folder


def launch() -> Layout:
    return read_layout(LAUNCH)


def render(
    *blocks: Block,
    articles: Mapping[str, Article] = ARTICLES,
    layout: Layout | None = None,
    imprint: Imprint | None = None,
    **said: Any,
) -> Rendering:
    """The issue with these blocks instead of its own, and whatever else is said of it."""
    issue = replace(ISSUE, **{"blocks": blocks or ISSUE.blocks, **said})
    return render_issue(issue, layout=layout or launch(), articles=articles, imprint=imprint or make_imprint())
