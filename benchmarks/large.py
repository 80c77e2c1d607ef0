"""A magazine with a long list: 50 articles, an issue approved for four readerships, a mailing to everybody."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from newsletter.model import MailingState
from newsletter.project import Orders, Project

ARTICLES = 50
#: Segments for which the issue has an approval of their own.
_APPROVED = ("namur", "sauf-coop", "benevoles")
_TAGS = ("coopérateur", "coopérateur, bénévole", "donateur", "")
_TOWNS = ("Liège", "Namur", "Bruxelles", "Mons", "")
#: One of each kind of condition.
_SEGMENTS = """
[benevoles]
list = "members"
tags_any = ["bénévole", "donateur"]
[sauf-coop]
list = "members"
tags_none = ["coopérateur"]
[namur]
list = "members"
fields = { ville = ["Namur", "Salzinnes"] }
[helene]
list = "members"
words = "hélène12"
[nouveaux]
list = "members"
joined_since = 2023-01-01
[sans-156]
list = "members"
not_sent = ["2023-08-16-numero-156"]
"""


def make_large(folder: Path, subscribers: int) -> Project:
    """50 articles; an issue of ten, approved for all and for three segments; a mailing of another to all, paused."""
    for number in range(ARTICLES - len(list((folder / "content/articles").glob("*.md")))):
        day = datetime(2023, 9, 1, tzinfo=UTC) + timedelta(hours=number)
        head = f"title: L’atelier numéro {number}\ndate: {day:%Y-%m-%dT%H:%M:%SZ}\ndescription: On y répare.\n"
        body = "Au bord de la rivière, l’atelier ouvre à l’aube. On y échange des graines.\n\n" * 8
        (folder / f"content/articles/2023-09-atelier-{number}.md").write_text(f"---\n{head}---\n{body}", "utf-8")
    members = folder / "content/grande-liste.csv"
    members.write_text("\n".join(["Courriel;Prénom;Nom;Étiquettes;Ville", *map(_member, range(subscribers))]), "utf-8")
    (folder / "segments.toml").write_text(_SEGMENTS, encoding="utf-8")
    project = Project.open(folder)
    project.import_subscribers(members, list_id="members", consent="Bulletin d’adhésion")
    for name, segment in (("156", ""), ("dix", ""), *(("dix", segment) for segment in _APPROVED)):
        issue = project.issue(name)
        readers = project.readership(issue, segment=segment)
        project.approve(issue, by="Hélène Vasseur", despite="Mesure.", readers=readers)
    mailing = project.create_mailing(project.plan(project.issue("156")), orders=Orders())
    project.deliveries.set_state(mailing.id, MailingState.PAUSED, now=project.now())
    return project


def _member(number: int) -> str:
    """One line of the table of subscribers."""
    tags, town = _TAGS[number % len(_TAGS)], _TOWNS[number % len(_TOWNS)]
    return f"lecteur{number}@example.org;Hélène{number % 700};Dupont{number % 5000};{tags};{town}"
