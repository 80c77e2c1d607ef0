"""A small real project: one article about rivers, with its remarks, and the issue that shows it."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]

SETTINGS = """
[site]
title = "Imagine"
url = "https://www.imagine-magazine.com"
address = "Imagine COOP, Liège"
[lists.members]
title = "Coopérateurs et coopératrices"
from = "Imagine <lettre@imagine-magazine.com>"
[smtp]
security = "none"
"""
ARTICLE = """---
title: Ce que disent les rivières
date: 2023-09-20
description: Huit journalistes au fil de l’eau. Inscription avant le 30 septembre.
img: /uploads/rivieres.png
img_alt: Un méandre
img_credits: Nora
---

Un cours d’eau peut-il [porter plainte](/articles/nulle-part) ?

<script>alert(1)</script>
"""
ISSUE = """---
number: 157
subject: La parole est aux rivières
preheader: Huit journalistes au fil de l’eau, trois villages sans béton.
date: 2023-10-11
list: members
layout: launch
blocks:
  - kind: lead
    article: rivieres.md
---

Chers coopérateurs, voici l’automne.
"""


def write_rivers(folder: Path) -> None:
    """The project's files but for its picture, `content/uploads/rivieres.png`."""
    shutil.copytree(ROOT / "templates", folder / "templates")
    (folder / "newsletter.toml").write_text(SETTINGS)
    for name, text in (("articles/rivieres.md", ARTICLE), ("issues/2023-10-11-numero-157.md", ISSUE)):
        path = folder / "content" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
