"""What every AudienceStore promises."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine

from newsletter.model import (
    AudienceChange,
    AudienceSize,
    Consent,
    ImportRow,
    KeptOut,
    Readership,
    Search,
    SubscriptionStatus,
    SuppressionReason,
)
from newsletter.store import SqlAudienceStore, SqlDeliveryStore
from newsletter.store.kept_out import NAMED
from tests.store.databases import CONSENT, LATER, MAIL, NOW, mail_to, numbered, rows, subscribe

CONFIRMED, PENDING, UNSUBSCRIBED = (
    SubscriptionStatus.CONFIRMED,
    SubscriptionStatus.PENDING,
    SubscriptionStatus.UNSUBSCRIBED,
)
EVERYBODY = Readership.whole("members")


def leave(store: SqlAudienceStore, email: str, *, list_id: str = "members", at: datetime = LATER) -> None:
    person = store.find(email)
    assert person
    theirs = next(each for each in store.subscriptions(person.id) if each.list == list_id)
    assert store.set_status(theirs.id, UNSUBSCRIBED, now=at, detail="link")


# --- the secret ------------------------------------------------------------------------------------------------


def test_the_secret_is_made_once_and_shared_by_both_stores(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    assert len(audience.secret()) == 32
    assert audience.secret() == delivery.secret()


# --- a whole list ----------------------------------------------------------------------------------------------


def test_a_list_is_read_whole_by_id_each_with_the_proof_of_their_consent(audience: SqlAudienceStore) -> None:
    row = ImportRow(line=2, email="A@example.org", first_name="Ève", tags=("coop",), fields={"ville": "Liège"})
    audience.import_rows([row], list_id="members", consent=CONSENT, dry_run=False)
    subscribe(audience, *numbered(2500), at=LATER)
    leave(audience, numbered(2500)[-1])
    first, *others = audience.members("members")
    assert first == ("A@example.org", "Ève", "", ["coop"], {"ville": "Liège"}, "confirmed", CONSENT)
    assert [one.email for one in others] == numbered(2500)
    assert {one.consent.at for one in others if one.consent} == {LATER}
    assert [one.status for one in others if one.status != "confirmed"] == ["unsubscribed"]
    assert list(audience.members("friends")) == []


# --- import ----------------------------------------------------------------------------------------------------


def test_an_import_says_how_many_are_new_updated_unchanged_and_kept_out(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org", "b@example.org", "gone@example.org")
    leave(audience, "gone@example.org")
    audience.suppress("dead@example.org", SuppressionReason.BOUNCED, now=NOW)
    again = [*rows("a@example.org", "new@example.org", "gone@example.org", "dead@example.org")]
    again.append(ImportRow(line=9, email="B@example.org", first_name="Béatrice"))
    report = audience.import_rows(again, list_id="members", consent=CONSENT, dry_run=False)
    assert (report.new, report.updated, report.unchanged, report.kept_out) == (1, 1, 1, 2)


def test_a_second_import_of_the_same_rows_changes_nothing(audience: SqlAudienceStore) -> None:
    row = ImportRow(line=2, email="a@example.org", first_name="Ève", tags=("coop", "vélo"), fields={"ville": "Liège"})
    audience.import_rows([row], list_id="members", consent=CONSENT, dry_run=False)
    before = list(audience.members("members"))
    later = Consent(text=CONSENT.text, source=CONSENT.source, at=LATER)
    report = audience.import_rows([row], list_id="members", consent=later, dry_run=False)
    assert (report.new, report.updated, report.unchanged) == (0, 0, 1)
    assert list(audience.members("members")) == before


def test_a_dry_run_reports_the_same_and_writes_nothing(audience: SqlAudienceStore) -> None:
    wanted = rows(*numbered(2500))
    trial = audience.import_rows(wanted, list_id="members", consent=CONSENT, dry_run=True)
    assert (trial.dry_run, trial.new) == (True, 2500)
    assert list(audience.subscribers()) == []
    real = audience.import_rows(wanted, list_id="members", consent=CONSENT, dry_run=False)
    assert real.new == trial.new


def test_an_import_that_fails_halfway_writes_nothing(audience: SqlAudienceStore) -> None:
    def torn():
        yield from rows(*numbered(1500))
        raise RuntimeError("the file ends here")

    with pytest.raises(RuntimeError):
        audience.import_rows(torn(), list_id="members", consent=CONSENT, dry_run=False)
    assert list(audience.subscribers()) == []


def test_an_import_never_resubscribes_whoever_left(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org")
    leave(audience, "a@example.org")
    assert subscribe(audience, "A@EXAMPLE.org").kept_out == 1
    assert audience.audience_size("members") == AudienceSize(mailable=0, unsubscribed=1)


def test_an_import_names_whom_it_keeps_out_and_since_when(audience: SqlAudienceStore) -> None:
    """Of somebody who left and is suppressed, too, the suppression is told."""
    subscribe(audience, "erased@example.org", "left@example.org", "both@example.org", "elsewhere@example.org")
    leave(audience, "left@example.org")
    leave(audience, "both@example.org")
    subscribe(audience, "elsewhere@example.org", list_id="friends")
    leave(audience, "elsewhere@example.org", list_id="friends")
    audience.suppress("both@example.org", SuppressionReason.COMPLAINED, now=NOW)
    audience.suppress("Stranger@example.org", SuppressionReason.BOUNCED, now=NOW)
    audience.erase("erased@example.org", now=LATER)
    file = [f"{name}@example.org" for name in ("stranger", "LEFT", "elsewhere", "both", "erased")]
    known = {name: person.id for name in file[1:4] if (person := audience.find(name))}
    for _time in range(2):
        report = audience.import_rows(rows(*file), list_id="members", consent=CONSENT, dry_run=True)
        assert (report.new, report.unchanged, report.kept_out) == (0, 1, 4)
        assert report.kept_out_by_name == (
            KeptOut(line=2, address=file[0], since=NOW, reason=SuppressionReason.BOUNCED),
            KeptOut(line=3, address=file[1], since=LATER, person=known[file[1]]),
            KeptOut(line=5, address=file[3], since=NOW, reason=SuppressionReason.COMPLAINED, person=known[file[3]]),
            KeptOut(line=6, address=file[4], since=LATER, reason=SuppressionReason.ERASED),
        )


def test_of_many_whom_an_import_keeps_out_the_first_are_named_and_all_are_counted(audience: SqlAudienceStore) -> None:
    dead = numbered(NAMED + 3)
    for email in dead:
        audience.suppress(email, SuppressionReason.ASKED, now=NOW)
    report = subscribe(audience, *dead)
    assert report.kept_out == len(dead)
    assert [one.address for one in report.kept_out_by_name] == dead[:NAMED]


def test_whoever_left_one_list_may_be_imported_into_another(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org")
    leave(audience, "a@example.org")
    assert subscribe(audience, "a@example.org", list_id="friends").new == 1
    assert audience.audience_size("friends").mailable == 1


def test_an_import_makes_no_row_of_a_suppressed_stranger(audience: SqlAudienceStore) -> None:
    audience.suppress("dead@example.org", SuppressionReason.COMPLAINED, now=NOW)
    assert subscribe(audience, "Dead@example.org").kept_out == 1
    assert audience.find("dead@example.org") is None


def test_an_import_confirms_whoever_was_pending(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org")
    person = audience.find("a@example.org")
    assert person
    (theirs,) = audience.subscriptions(person.id)
    audience.set_status(theirs.id, PENDING, now=NOW, detail="")
    assert subscribe(audience, "a@example.org").updated == 1
    assert audience.audience_size("members").mailable == 1


def test_an_import_adds_and_corrects_but_empties_nothing(audience: SqlAudienceStore) -> None:
    full = ImportRow(
        line=2, email="a@example.org", first_name="Ève", last_name="Noël", tags=("coop",), fields={"ville": "Liège"}
    )
    audience.import_rows([full], list_id="members", consent=CONSENT, dry_run=False)
    bare = ImportRow(line=2, email="a@example.org", last_name="Noel", tags=("vélo",), fields={"ville": "", "no": "7"})
    audience.import_rows([bare], list_id="members", consent=CONSENT, dry_run=False)
    person = audience.find("a@example.org")
    assert person
    assert (person.first_name, person.last_name, person.tags) == ("Ève", "Noel", ("coop", "vélo"))
    assert person.fields == {"ville": "Liège", "no": "7"}


def test_an_address_that_comes_twice_in_one_import_is_one_person(audience: SqlAudienceStore) -> None:
    report = subscribe(audience, "a@example.org", "A@example.org", "b@example.org")
    assert (report.new, report.unchanged) == (2, 0)
    assert [(each.line, each.address, each.reason) for each in report.refused] == [
        (3, "A@example.org", "this address is already on line 2")
    ]
    assert [person.email for person, _status in audience.subscribers()] == ["a@example.org", "b@example.org"]


def test_an_import_keeps_the_proof_of_consent_and_an_event(audience: SqlAudienceStore) -> None:
    audience.import_rows(rows("a@example.org"), list_id="members", consent=CONSENT, dry_run=False)
    person = audience.find("a@example.org")
    assert person
    (theirs,) = audience.subscriptions(person.id)
    assert (theirs.consent, theirs.status, theirs.changed_at) == (CONSENT, CONFIRMED, NOW)
    (event,) = audience.events(person.id)
    assert (event.kind, event.list, event.detail, event.at) == ("imported", "members", "hand", NOW)


def test_times_come_back_aware_and_equal_whatever_their_zone(audience: SqlAudienceStore) -> None:
    brussels = datetime(2023, 7, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    subscribe(audience, "a@example.org", at=brussels)
    person = audience.find("a@example.org")
    assert person
    assert person.created_at == brussels
    assert person.created_at.tzinfo is UTC


# --- people ----------------------------------------------------------------------------------------------------


def test_a_person_is_found_whatever_the_letter_case(audience: SqlAudienceStore) -> None:
    subscribe(audience, "Jean.Dupont@example.org")
    person = audience.find("jean.DUPONT@EXAMPLE.ORG")
    assert person
    assert person.email == "Jean.Dupont@example.org"
    assert audience.find("nobody@example.org") is None


def test_people_stream_by_id_over_many_pages(audience: SqlAudienceStore) -> None:
    subscribe(audience, *numbered(2345))
    people = list(audience.subscribers("members"))
    assert [person.email for person, _status in people] == numbered(2345)
    assert {status for _person, status in people} == {CONFIRMED}
    assert len(list(audience.subscribers())) == 2345


def test_the_fields_of_a_list_are_those_of_anybody_on_it_even_who_left(audience: SqlAudienceStore) -> None:
    people = [
        ImportRow(line=number, email=f"{number}@example.org", fields={name: "x"} if name else {})
        for number, name in enumerate(("ville", "", "no", "ville"), start=2)
    ]
    audience.import_rows(people, list_id="members", consent=CONSENT, dry_run=False)
    other = ImportRow(line=2, email="other@example.org", fields={"pays": "x"})
    audience.import_rows([other], list_id="friends", consent=CONSENT, dry_run=False)
    leave(audience, "4@example.org")
    assert audience.field_names("members") == {"ville", "no"}
    assert audience.field_names("nobody") == frozenset()


def test_people_are_chosen_by_list_and_status(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org", "b@example.org")
    subscribe(audience, "c@example.org", list_id="friends")
    leave(audience, "b@example.org")
    gone = [person.email for person, _status in audience.subscribers("members", status=UNSUBSCRIBED)]
    assert gone == ["b@example.org"]
    assert [person.email for person, _status in audience.subscribers("friends")] == ["c@example.org"]
    assert [status for _person, status in audience.subscribers()] == [None, None, None]


def test_a_store_may_be_written_while_people_stream(audience: SqlAudienceStore) -> None:
    subscribe(audience, *numbered(1200))
    for person, _status in audience.subscribers("members"):
        if person.email.startswith("reader0000"):
            audience.suppress(person.email, SuppressionReason.ASKED, now=NOW)
    assert audience.audience_size("members") == AudienceSize(mailable=1191, suppressed=9)


# --- status ----------------------------------------------------------------------------------------------------


def test_unsubscribing_twice_is_told_apart_and_written_once(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org")
    person = audience.find("a@example.org")
    assert person
    (theirs,) = audience.subscriptions(person.id)
    assert audience.set_status(theirs.id, UNSUBSCRIBED, now=LATER, detail="link") is True
    assert audience.set_status(theirs.id, UNSUBSCRIBED, now=LATER, detail="link") is False
    assert [event.kind for event in audience.events(person.id)] == ["imported", "unsubscribed"]
    found = audience.subscription(theirs.id)
    assert found
    assert (found.status, found.changed_at, found.consent) == (UNSUBSCRIBED, LATER, theirs.consent)


def test_a_subscription_that_does_not_exist_is_nothing(audience: SqlAudienceStore) -> None:
    assert audience.subscription(7) is None
    assert audience.set_status(7, UNSUBSCRIBED, now=NOW, detail="") is False


def test_subscribing_by_hand_brings_back_whoever_left_with_the_new_proof(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org")
    leave(audience, "a@example.org")
    person = audience.find("a@example.org")
    assert person
    proof = Consent(text="asked by phone", source="hand", at=LATER)
    back = audience.subscribe(person.id, "members", consent=proof)
    assert (back.status, back.consent) == (CONFIRMED, proof)
    other = audience.subscribe(person.id, "friends", consent=proof)
    assert (other.list, other.status) == ("friends", CONFIRMED)


def test_subscribing_whoever_is_confirmed_keeps_the_first_proof(audience: SqlAudienceStore) -> None:
    audience.import_rows(rows("a@example.org"), list_id="members", consent=CONSENT, dry_run=False)
    person = audience.find("a@example.org")
    assert person
    again = Consent(text="again", source="hand", at=LATER)
    assert audience.subscribe(person.id, "members", consent=again).consent == CONSENT


# --- suppressions ----------------------------------------------------------------------------------------------


def test_a_suppressed_address_counts_apart_until_it_is_released(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org", "b@example.org")
    assert audience.suppress("A@example.org", SuppressionReason.BOUNCED, now=NOW) is True
    assert audience.suppress("a@example.org", SuppressionReason.ASKED, now=NOW) is False
    assert audience.is_suppressed("a@EXAMPLE.org")
    assert audience.audience_size("members") == AudienceSize(mailable=1, suppressed=1)
    (entry,) = audience.suppressions()
    assert (entry.email, entry.reason, entry.at) == ("A@example.org", SuppressionReason.BOUNCED, NOW)
    assert audience.unsuppress("a@example.org", now=LATER) is True
    assert audience.unsuppress("a@example.org", now=LATER) is False
    assert audience.audience_size("members") == AudienceSize(mailable=2)


def test_suppressions_come_newest_first(audience: SqlAudienceStore) -> None:
    for hours, email in enumerate(["first@example.org", "second@example.org"]):
        audience.suppress(email, SuppressionReason.ASKED, now=NOW + timedelta(hours=hours))
    assert [entry.email for entry in audience.suppressions()] == ["second@example.org", "first@example.org"]


# --- erasure ---------------------------------------------------------------------------------------------------


def test_an_erased_person_leaves_only_a_keyed_hash(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org")
    person = audience.find("a@example.org")
    assert person
    (theirs,) = audience.subscriptions(person.id)
    assert audience.erase("A@example.org", now=LATER) is True
    assert audience.find("a@example.org") is None
    assert audience.subscription(theirs.id) is None
    assert [event.detail for event in audience.events(person.id)] == ["", ""]
    (entry,) = audience.suppressions()
    assert (entry.email, entry.reason, len(entry.hash)) == (None, SuppressionReason.ERASED, 64)


def test_an_erased_address_cannot_come_back_by_an_import(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org")
    audience.erase("a@example.org", now=LATER)
    assert subscribe(audience, "a@example.org").kept_out == 1
    assert audience.find("a@example.org") is None


def test_erasing_forgets_the_address_of_a_suppression(audience: SqlAudienceStore) -> None:
    audience.suppress("a@example.org", SuppressionReason.BOUNCED, now=NOW)
    assert audience.erase("a@example.org", now=LATER) is True
    assert [entry.email for entry in audience.suppressions()] == [None]


def test_erasing_a_stranger_is_told_and_bars_nobody(audience: SqlAudienceStore) -> None:
    assert audience.erase("nobody@example.org", now=NOW) is False
    assert audience.suppressions() == []


def test_the_id_of_an_erased_person_is_never_given_again(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org")
    erased = audience.find("a@example.org")
    audience.erase("a@example.org", now=NOW)
    subscribe(audience, "b@example.org")
    other = audience.find("b@example.org")
    assert erased
    assert other
    assert other.id > erased.id
    assert audience.subscriptions(other.id)[0].id > 1


def test_a_proof_of_consent_shared_by_an_import_survives_the_erasure_of_one(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org", "b@example.org")
    audience.erase("a@example.org", now=LATER)
    other = audience.find("b@example.org")
    assert other
    assert audience.subscriptions(other.id)[0].consent


# --- letters, sizes, digests -----------------------------------------------------------------------------------


def test_the_letters_of_a_person_are_told_without_rehearsals(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, "a@example.org")
    mail_to(delivery, rehearsal=True)
    mail_to(delivery)
    person = audience.find("a@example.org")
    assert person
    assert [(fact.kind, fact.list, fact.detail, segment) for fact, segment in audience.letters(person.id)] == [
        ("queued", "members", MAIL.issue, "")
    ]


def test_sizes_count_every_list(audience: SqlAudienceStore) -> None:
    subscribe(audience, "a@example.org", "b@example.org")
    subscribe(audience, "c@example.org", list_id="friends")
    leave(audience, "b@example.org")
    assert audience.sizes() == {
        "members": AudienceSize(mailable=1, unsubscribed=1),
        "friends": AudienceSize(mailable=1),
    }
    assert audience.audience_size("nobody") == AudienceSize(mailable=0)


def test_the_digest_of_an_audience_is_over_sorted_lower_cased_addresses(audience: SqlAudienceStore) -> None:
    subscribe(audience, "Zoé.z@example.org".replace("é", "e"), "_a@example.org", "B@example.org", "dead@example.org")
    audience.suppress("dead@example.org", SuppressionReason.BOUNCED, now=NOW)
    wanted = "".join(f"{email}\n" for email in sorted(["zoe.z@example.org", "_a@example.org", "b@example.org"]))
    assert audience.readers_digest(EVERYBODY) == (3, hashlib.sha256(wanted.encode()).hexdigest())


def test_an_audience_change_is_the_net_of_each_persons_moves(audience: SqlAudienceStore) -> None:
    subscribe(audience, "stays@example.org", "leaves@example.org", "bounces@example.org", "erased@example.org")
    subscribe(audience, "back@example.org", at=NOW - timedelta(days=9))
    leave(audience, "back@example.org", at=NOW - timedelta(days=8))
    before = audience.audience_size("members").mailable
    subscribe(audience, "joins@example.org", "passes@example.org", at=LATER)
    subscribe(audience, "elsewhere@example.org", list_id="friends", at=LATER)
    leave(audience, "leaves@example.org")
    leave(audience, "passes@example.org")
    audience.suppress("bounces@example.org", SuppressionReason.BOUNCED, now=LATER)
    audience.erase("erased@example.org", now=LATER)
    person = audience.find("back@example.org")
    assert person
    audience.subscribe(person.id, "members", consent=Consent(text="", source="hand", at=LATER))
    change = audience.audience_change("members", NOW)
    assert change == AudienceChange(joined=2, left=3)
    assert audience.audience_size("members").mailable == before + change.joined - change.left
    assert audience.audience_change("members", LATER) == AudienceChange(joined=0, left=0)


@pytest.mark.parametrize("words", ["elias", "ÉLIAS", "èlias", "E\u0301lias", "noir elias", "o'b"])
def test_somebody_is_found_without_minding_accents(audience: SqlAudienceStore, words: str) -> None:
    people = [
        ImportRow(line=1, email="e.n@example.org", first_name="Élias", last_name="Noir O'B"),
        ImportRow(line=2, email="b@example.org", first_name="Basile", last_name="Noir"),
    ]
    audience.import_rows(people, list_id="members", consent=CONSENT, dry_run=False)
    search = Search(list="members", words=words)
    assert audience.standings(search) == AudienceSize(mailable=1)
    assert [person.first_name for person, _subscription in audience.found(search)] == ["Élias"]


@pytest.mark.parametrize("words", ["[a-z]", ".", "^", "*", "?", "\\w", "]", "é.n"])
def test_a_sign_that_is_looked_for_is_that_sign(audience: SqlAudienceStore, words: str) -> None:
    audience.import_rows(rows("anouk@example.org"), list_id="members", consent=CONSENT, dry_run=False)
    size = audience.standings(Search(list="members", words=words))
    assert size.mailable == int(words == ".")


def test_what_was_counted_is_counted_again_once_somebody_moved(audience: SqlAudienceStore, engine: Engine) -> None:
    """By another process too: here, a store of its own."""
    other = SqlAudienceStore(engine)
    other.import_rows(
        rows("a@example.org", "b@example.org", "c@example.org"), list_id="members", consent=CONSENT, dry_run=False
    )
    seen = []
    for move in (
        lambda: None,
        lambda: leave(other, "a@example.org"),
        lambda: other.suppress("b@example.org", SuppressionReason.ASKED, now=LATER),
        lambda: other.unsuppress("b@example.org", now=LATER),
        lambda: other.erase("c@example.org", now=LATER),
        lambda: other.import_rows(rows("d@example.org"), list_id="members", consent=CONSENT, dry_run=True),
        lambda: other.import_rows(rows("d@example.org"), list_id="members", consent=CONSENT, dry_run=False),
    ):
        move()
        size = audience.standings(Search(list="members"))
        assert size == audience.audience_size("members") == SqlAudienceStore(engine).audience_size("members")
        assert audience.readers_digest(EVERYBODY) == SqlAudienceStore(engine).readers_digest(EVERYBODY)
        seen.append(size.mailable)
    assert seen == [3, 2, 1, 2, 1, 1, 2]
