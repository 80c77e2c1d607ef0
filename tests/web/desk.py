"""A real project with a real subscriptions desk, for the pages that change it."""

from pathlib import Path

from newsletter.project import Project
from tests.web import rivers

#: The magazine's, and a second list.
SETTINGS = f"""{rivers.SETTINGS}
[lists.all]
title = "Tous les lecteurs"
from = "Imagine <lettre@imagine-magazine.com>"
"""

#: Two who can be taken, one of them with a name that would like to be a script, and two mistakes.
TABLE = (
    "Courriel;Prénom;Nom;Parts;Remarques\r\n"
    "anouk@example.org;Anouk;Renard;2;tél. après 18 h\r\n"
    "p.herman.example.org;P.;Herman;1;\r\n"
    "lou@example.org;<script>alert(1)</script>;Petit;=1+1;\r\n"
    "ANOUK@example.org;Encore;Elle;;\r\n"
)


def open_desk(folder: Path) -> Project:
    """An empty project with two lists."""
    (folder / "newsletter.toml").write_text(SETTINGS, encoding="utf-8")
    for name in ("articles", "issues", "uploads"):
        (folder / "content" / name).mkdir(parents=True)
    return Project.open(folder)
