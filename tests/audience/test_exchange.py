"""Lists come in as French Excel writes them, and go out so that it can read them."""

import csv
import io
import json
import stat
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.audience.columns import guarded, unguarded
from newsletter.audience.exchange import export_csv, import_csv, person_record, why_kept_out
from newsletter.errors import ContentError, NewsletterError, UsageError
from newsletter.i18n import speaking
from newsletter.model import AudienceSize, ImportReport, SubscriptionStatus, SuppressionReason
from newsletter.store import SqlAudienceStore, SqlDeliveryStore, open_engine, upgrade
from tests.store.databases import LATER, NOW, mail_to, subscribe


@pytest.fixture
def store(sqlite) -> SqlAudienceStore:
    return SqlAudienceStore(sqlite)


def take(store: SqlAudienceStore, folder: Path, content: bytes | str, *, dry_run: bool = False) -> ImportReport:
    path = folder / "members.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_csv(path, store=store, list_id="members", consent_text="Assembly 2023", now=NOW, dry_run=dry_run)


def numbers(report: ImportReport) -> tuple[int, int, int, int, int]:
    return report.new, report.updated, report.unchanged, report.kept_out, len(report.refused)


def refusals(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(each.line, each.address, each.reason) for each in report.refused]


# --- in --------------------------------------------------------------------------------------------------------


def test_a_table_of_french_excel_is_taken_with_names_tags_and_fields(store: SqlAudienceStore, tmp_path: Path) -> None:
    content = (
        "Prénom;NOM;Adresse e-mail;Étiquettes;N° de membre;\r\n"
        "Hélène;Dupont;Helene.Dupont@Example.ORG;coop, vélo ,coop;007;\r\n"
    )
    assert numbers(take(store, tmp_path, content.encode("cp1252"))) == (1, 0, 0, 0, 0)
    person = store.find("helene.dupont@example.org")
    assert person
    assert (person.email, person.first_name, person.last_name) == ("Helene.Dupont@example.org", "Hélène", "Dupont")
    assert (person.tags, person.fields) == (("coop", "vélo"), {"n_de_membre": "007"})


@pytest.mark.parametrize(
    "header",
    [
        "email",
        "E-mail",
        "E-MAIL",
        " Mail ",
        "Courriel",
        "COURRIEL",
        "Mél",
        "Adresse",
        "adresse électronique",
        "Email address",
    ],
)
def test_a_header_is_understood_in_french_and_english(store: SqlAudienceStore, tmp_path: Path, header: str) -> None:
    assert take(store, tmp_path, f"{header};Ville\na@example.org;Mons\n").new == 1


def test_a_postal_address_beside_an_email_is_a_field(store: SqlAudienceStore, tmp_path: Path) -> None:
    take(store, tmp_path, "Adresse;E-mail\nRue Haute 1;a@example.org\n")
    person = store.find("a@example.org")
    assert person
    assert person.fields == {"adresse": "Rue Haute 1"}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("email;courriel", "two columns mean the same: email"),
        ("email;Ville;VILLE", "two columns mean the same: ville"),
        ("nom;ville", "no column holds the address: the header says nom, ville"),
        ("email;unsubscribe url", "cannot be called unsubscribe_url"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused_whole(
    store: SqlAudienceStore, tmp_path: Path, header: str, reason: str
) -> None:
    with pytest.raises(ContentError) as refusal:
        take(store, tmp_path, f"{header}\na@example.org;b;c\n")
    assert reason in refusal.value.message
    assert refusal.value.where
    assert (Path(refusal.value.where.file).name, refusal.value.where.line) == ("members.csv", 1)


def test_bad_rows_are_refused_with_line_address_and_reason_and_the_others_taken(
    store: SqlAudienceStore, tmp_path: Path
) -> None:
    content = (
        "email;prénom\n"
        "good@example.org;Ève\n"
        "bad.example.org;Jean\n"
        "\n"
        ";Personne\n"
        "GOOD@example.org;Again\n"
        "torn@example.org;Un;Deux\n"
        'open@example.org;"Jean\n'
        "short@example.org\n"
        ";\n"
        "=cmd|' /C calc'!A0;x\n"
    )
    report = take(store, tmp_path, content)
    assert refusals(report) == [
        (3, "bad.example.org", "there is no @"),
        (5, "", "there is no address"),
        (6, "GOOD@example.org", "this address is already on line 2"),
        (7, "torn@example.org", "this row has 3 cells, the header has 2"),
        (8, "", "a quotation mark opens on this line and is never closed"),
        (11, "=cmd|' /C calc'!A0", "there is no @"),
    ]
    assert report.new == 2
    assert [person.email for person, _status in store.subscribers()] == ["good@example.org", "short@example.org"]


def test_a_second_import_of_the_same_file_changes_nothing(store: SqlAudienceStore, tmp_path: Path) -> None:
    content = "email;prénom;tags;ville\na@example.org;  Ève\u200b Marie ;x,y;Mons\nb@bücher.example;;;\nbad;;;\n"
    assert numbers(take(store, tmp_path, content)) == (2, 0, 0, 0, 1)
    before = json.dumps(person_record(store, "a@example.org"))
    assert numbers(take(store, tmp_path, content)) == (0, 0, 2, 0, 1)
    assert json.dumps(person_record(store, "a@example.org")) == before


def test_a_dry_run_reports_the_same_and_writes_nothing(store: SqlAudienceStore, tmp_path: Path) -> None:
    content = "email\na@example.org\nbad\n"
    trial = take(store, tmp_path, content, dry_run=True)
    assert store.find("a@example.org") is None
    real = take(store, tmp_path, content)
    assert (numbers(trial), trial.refused) == (numbers(real), real.refused)


def test_whoever_left_or_is_suppressed_is_kept_out(store: SqlAudienceStore, tmp_path: Path) -> None:
    subscribe(store, "gone@example.org")
    person = store.find("gone@example.org")
    assert person
    (theirs,) = store.subscriptions(person.id)
    store.set_status(theirs.id, SubscriptionStatus.UNSUBSCRIBED, now=NOW, detail="link")
    store.suppress("dead@example.org", SuppressionReason.BOUNCED, now=NOW)
    report = take(store, tmp_path, "email\nGONE@example.org\ndead@example.org\nnew@example.org\n")
    assert numbers(report) == (1, 0, 0, 2, 0)
    assert store.audience_size("members") == AudienceSize(mailable=1, unsubscribed=1)
    with speaking("fr"):
        assert [(one.line, why_kept_out(one, zone=ZoneInfo("Europe/Brussels"))) for one in report.kept_out_by_name] == [
            (2, "désabonnement de cette liste, le 11 octobre 2023"),
            (3, "opposition\u00a0: les lettres sont revenues, le 11 octobre 2023"),
        ]


@pytest.mark.parametrize("consent", ["", "  ", "\u200b"])
def test_without_a_consent_text_nothing_is_imported(store: SqlAudienceStore, tmp_path: Path, consent: str) -> None:
    path = tmp_path / "members.csv"
    path.write_text("email\na@example.org\n")
    with pytest.raises(UsageError, match="consent"):
        import_csv(path, store=store, list_id="members", consent_text=consent, now=NOW)
    assert list(store.subscribers()) == []


def test_the_proof_of_consent_names_the_file_and_its_digest(store: SqlAudienceStore, tmp_path: Path) -> None:
    take(store, tmp_path, "email\na@example.org\n")
    consent = person_record(store, "a@example.org")["subscriptions"][0]["consent"]
    assert consent["text"] == "Assembly 2023"
    assert consent["at"] == NOW.isoformat()
    assert consent["source"].startswith("import: members.csv (sha256 ")
    assert len(consent["source"]) == len("import: members.csv (sha256 )") + 64


def test_a_list_of_twenty_thousand_is_taken_whole(store: SqlAudienceStore, tmp_path: Path) -> None:
    rows = [f"Prénom {n};reader{n:05}@example.org;{'élu' if n % 3 else ''}" for n in range(20_000)]
    rows[6_000] = "Personne;pas une adresse;"
    rows[19_999] = "Bis;READER00000@example.org;"
    content = ("prénom;courriel;tags\r\n" + "\r\n".join(rows)).encode("utf-8-sig")
    report = take(store, tmp_path, content)
    assert numbers(report) == (19_998, 0, 0, 0, 2)
    assert [refusal.line for refusal in report.refused] == [6_002, 20_001]
    assert store.audience_size("members").mailable == 19_998


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=8))
def test_hostile_cells_never_crash_an_import_nor_break_a_line(
    store: SqlAudienceStore, tmp_path: Path, hostile: list[tuple[str, str]]
) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    writer.writerow(["email", "prénom", "ville"])
    for number, (name, town) in enumerate(hostile):
        writer.writerow([f"h{number}@example.org", name, town])
    report = take(store, tmp_path, file.getvalue().encode("utf-8", "replace"), dry_run=True)
    assert sum(numbers(report)) == len(hostile)


# --- out -------------------------------------------------------------------------------------------------------


def test_an_export_opens_in_french_excel(store: SqlAudienceStore, tmp_path: Path) -> None:
    take(store, tmp_path, "email;prénom;nom;tags;ville\na@example.org;Ève;Noël;coop,vélo;Liège\n")
    target = tmp_path / "out.csv"
    assert export_csv(target, store=store, list_id="members") == 1
    content = target.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfemail;first_name;last_name;tags;status;consent_text;")
    assert content.count(b"\r\n") == 2
    line = content.decode("utf-8-sig").splitlines()[1]
    assert line.startswith("a@example.org;Ève;Noël;coop, vélo;confirmed;Assembly 2023;import: members.csv (sha256 ")
    assert line.endswith(f"{NOW.isoformat()};Liège")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob(".out*")] == []


def test_an_export_comes_back_as_it_went_out(store: SqlAudienceStore, tmp_path: Path) -> None:
    names = ["=1+1", "+33", "-5", "@x", "'=1", "''+1", "d'Arc", "'t Hooft", ' "=2', 'Jo "Jo"; fils', "Ève"]
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    writer.writerow(["email", "prénom", "ville"])
    for number, name in enumerate(names):
        writer.writerow([f"+n{number}@example.org", *guarded([name, name])])
    take(store, tmp_path, file.getvalue())
    export_csv(tmp_path / "out.csv", store=store, list_id="members")
    engine = open_engine("sqlite:///other.db", root=tmp_path)
    upgrade(engine)
    other = SqlAudienceStore(engine)
    report = import_csv(tmp_path / "out.csv", store=other, list_id="members", consent_text="moved", now=LATER)
    assert numbers(report) == (len(names), 0, 0, 0, 0)
    for (here, _status), (there, _same), name in zip(store.subscribers(), other.subscribers(), names, strict=True):
        assert (there.email, there.first_name, there.fields) == (here.email, here.first_name, here.fields)
        assert there.first_name == name.strip()
    engine.dispose()


@given(st.text())
def test_no_exported_cell_is_a_formula_and_the_guard_comes_off(cell: str) -> None:
    (safe,) = guarded([cell])
    assert safe.lstrip(" '\"\t\r\n")[:1] not in ("=", "+", "-", "@") or safe.startswith("'")
    assert unguarded(safe) == cell or (cell == safe and cell.startswith("'"))


@pytest.mark.parametrize("status", ["unsubscribed", "pending", "Désinscrit"])
def test_a_row_that_says_it_is_not_subscribed_is_refused(store: SqlAudienceStore, tmp_path: Path, status: str) -> None:
    report = take(store, tmp_path, f"email;status\na@example.org;confirmed\nb@example.org;{status}\n")
    assert (report.new, [refusal.line for refusal in report.refused]) == (1, [3])


def test_an_export_to_a_stream_says_the_same(store: SqlAudienceStore, tmp_path: Path) -> None:
    take(store, tmp_path, "email\na@example.org\n")
    stream = io.StringIO(newline="")
    export_csv(stream, store=store, list_id="members")
    export_csv(tmp_path / "out.csv", store=store, list_id="members")
    assert stream.getvalue().encode() == (tmp_path / "out.csv").read_bytes()


def test_an_export_that_cannot_be_written_is_told_so(store: SqlAudienceStore, tmp_path: Path) -> None:
    with pytest.raises(NewsletterError, match="cannot be written"):
        export_csv(tmp_path / "nowhere" / "out.csv", store=store, list_id="members")


# --- one person ------------------------------------------------------------------------------------------------


def test_the_record_of_a_person_says_everything_that_is_kept(store: SqlAudienceStore, tmp_path: Path, sqlite) -> None:
    take(store, tmp_path, "email;prénom;nom;tags;ville\na@example.org;Ève;Noël;coop;Liège\n")
    mail_to(SqlDeliveryStore(sqlite))
    store.suppress("a@example.org", SuppressionReason.ASKED, now=NOW + timedelta(days=1))
    record = json.loads(json.dumps(person_record(store, "A@example.org")))
    assert list(record) == [
        "email", "first_name", "last_name", "tags", "fields", "created_at",
        "suppressed", "subscriptions", "events", "letters",
    ]  # fmt: skip
    assert (record["tags"], record["fields"], record["suppressed"]) == (["coop"], {"ville": "Liège"}, True)
    assert [event["kind"] for event in record["events"]] == ["imported", "suppressed"]
    assert [letter["state"] for letter in record["letters"]] == ["queued"]


def test_the_record_of_a_suppressed_stranger_says_so(store: SqlAudienceStore) -> None:
    store.suppress("dead@example.org", SuppressionReason.BOUNCED, now=NOW)
    assert person_record(store, "dead@example.org") == {"email": "dead@example.org", "suppressed": True}
    with pytest.raises(UsageError, match="nobody has the address"):
        person_record(store, "nobody@example.org")
