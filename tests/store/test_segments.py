"""Who is in a segment: what the databases say is what the definition says, read in plain Python; on both."""

import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from newsletter.model import (
    Account,
    Consent,
    DeliveryState,
    Freeze,
    ImportRow,
    Outcome,
    Readership,
    Search,
    Segment,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    SuppressionReason,
)
from newsletter.store import SqlAudienceStore, SqlDeliveryStore
from newsletter.store.people import as_subscriber
from newsletter.store.segments import readers_of
from newsletter.store.tables import subscribers
from newsletter.store.transactions import reading
from tests.store.databases import CONSENT, LATER, MAIL, NOW, mail_to, subscribe

MEMBERS, FRIENDS = Segment(list="members"), Segment(list="friends")

#: Strings that would be more than a value to a statement made of text.
HOSTILE = (
    "' OR '1'='1",
    "' OR 1=1 -- ",
    '" OR ""="',
    "'; DROP TABLE subscribers; --",
    "') UNION SELECT email FROM subscribers --",
    "1' AND SLEEP(5) AND '1'='1",
    "1' AND 1=(SELECT COUNT(*) FROM pg_catalog.pg_tables) AND '1'='1",
    "%' AND 8=8 AND '%'='",
    "$.ville",
    '$."ville"',
    "ville'",
    "région",
    "%(list_id)s :param ? %s",
    "\\",
    "*?[a]",
    "%_",
    "💥",
)

TAGS = ("coop", "Coop", "vélo", "a'b", "presse")
TOWNS = ("Liège", "Namur", "l'Escaut", "")
ISSUES = ("156", "157")


# --- the definition, read in plain Python ----------------------------------------------------------------------


def _bare(text: str) -> str:
    letters = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def fits(segment: Segment, person: Subscriber, subscription: Subscription, *, issues: set[str]) -> bool:
    """Whether somebody on its list is in the segment; `issues` are those a server took for them."""
    joined_at = subscription.consent.at if subscription.consent else subscription.changed_at
    assert joined_at
    named = _bare(f"{person.first_name} {person.last_name}")
    cells = {**person.fields, "first_name": person.first_name, "last_name": person.last_name}
    tags = set(person.tags)
    return all(
        (
            all(word.lower() in person.email.lower() or _bare(word) in named for word in segment.words.split()),
            not segment.tags_any or tags & {*segment.tags_any},
            tags >= {*segment.tags_all},
            not tags & {*segment.tags_none},
            all(
                bool(cells.get(name)) is wanted if isinstance(wanted, bool) else cells.get(name, "") in wanted
                for name, wanted in segment.fields.items()
            ),
            not segment.domains or person.email.lower().partition("@")[2] in segment.domains,
            segment.joined_since is None or joined_at >= segment.joined_since,
            segment.joined_before is None or joined_at < segment.joined_before,
            not segment.sent or issues & {*segment.sent},
            not issues & {*segment.not_sent},
        )
    )


# --- a crowd ---------------------------------------------------------------------------------------------------


def _row(number: int) -> ImportRow:
    """All sorts of people, the same ones every time."""
    tags = tuple(tag for place, tag in enumerate(TAGS) if number >> place & 1)
    town, parts = TOWNS[number % len(TOWNS)], str(number % 3)
    fields = ({"ville": town} if town else {}) | ({"parts": parts} if number % 5 else {}) | {"a.b\"'c": parts}
    first, last = ("", "Élodie", "Zoé")[number % 3], ("Noël", "")[number % 2]
    domain = ("example.org", "Gmail.com", "xn--socit-esab.be")[number % 3]
    return ImportRow(number + 2, f"Reader{number:02}@{domain.lower()}", first, last, tags, fields)


@pytest.fixture
def crowd(audience: SqlAudienceStore, delivery: SqlDeliveryStore) -> SqlAudienceStore:
    """Forty people, two lists, two issues sent, some who left, wait, or are suppressed."""
    for start, (numbers, list_id) in enumerate(((range(40), "members"), (range(20, 50), "friends"))):
        for at, half in enumerate((numbers[::2], numbers[1::2]), start=start + 1):
            consent = Consent(text=f"box {at}", source="form", at=NOW - timedelta(days=100 * at))
            audience.import_rows(map(_row, half), list_id=list_id, consent=consent, dry_run=False)
    for number, status in ((3, SubscriptionStatus.UNSUBSCRIBED), (4, SubscriptionStatus.PENDING)):
        person = audience.find(_row(number).email)
        assert person
        audience.set_status(audience.subscriptions(person.id)[0].id, status, now=NOW, detail="hand")
    audience.suppress(_row(5).email, SuppressionReason.ASKED, now=NOW)
    for issue, state, rehearsal in (("156", "sent", False), ("157", "sent", True), ("157", "failed", False)):
        mailing = delivery.create_mailing(
            Freeze(issue=issue, list="members", rehearsal=rehearsal), replace(MAIL, issue=issue), now=NOW
        )
        page = delivery.claim(mailing.id, limit=25, now=NOW)
        outcomes = [Outcome(delivery=one.delivery, state=DeliveryState(state)) for one in page]
        delivery.record(mailing.id, outcomes, now=NOW)
    return audience


class Known(NamedTuple):
    """What the desk says about one person."""

    person: Subscriber
    #: By list.
    subscriptions: dict[str, Subscription]
    #: Those that a server took for them.
    issues: set[str]


def known(store: SqlAudienceStore) -> list[Known]:
    """Everybody who may be written to, one person after the other."""

    def of(person: Subscriber) -> Known:
        theirs = {each.list: each for each in store.subscriptions(person.id)}
        return Known(
            person, theirs, {each.detail for each, _segment in store.letters(person.id) if each.kind == "sent"}
        )

    return [of(person) for person, _status in store.subscribers() if not store.is_suppressed(person.email)]


def evaluated(everybody: list[Known], readers: Readership) -> list[str]:
    """Who a letter to the readers reaches, by the plain reading, sorted."""

    def belongs(one: Known, segment: Segment) -> bool:
        theirs = one.subscriptions.get(segment.list)
        if theirs is None or theirs.status is not SubscriptionStatus.CONFIRMED:
            return False
        return fits(segment, one.person, theirs, issues=one.issues)

    chosen = (one for one in everybody if belongs(one, readers.of))
    return sorted(one.person.email for one in chosen if not any(belongs(one, each) for each in readers.without))


def selected(engine: Engine, readers: Readership) -> list[str]:
    """The same by the database."""
    with reading(engine) as connection:
        found = connection.execute(readers_of(connection, readers, *subscribers.c)).all()
    return sorted(as_subscriber(row).email for row in found)


def _some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.just(()) | st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


_WANTED = st.booleans() | st.lists(st.sampled_from((*TOWNS[:3], "0", "1")), min_size=1, max_size=2).map(tuple)
_FIELDS = ("ville", "parts", "first_name", "last_name", "a.b\"'c", "no")
_DAYS = st.none() | st.sampled_from([NOW - timedelta(days=days) for days in (50, 150, 200, 250, 350)])
SEGMENTS = st.builds(
    Segment,
    list=st.sampled_from(("members", "friends")),
    words=st.sampled_from(("", "", "elo", "ZOE", "noël", "gmail", "reader1 el", "* ?", "[")),
    tags_any=_some(*TAGS, HOSTILE[0]),
    tags_all=_some(*TAGS[:3]),
    tags_none=_some(*TAGS),
    fields=st.dictionaries(
        st.sampled_from(("ville", "parts", "first_name", "last_name", "a.b\"'c", "no")), _WANTED, max_size=2
    ),
    domains=_some("example.org", "gmail.com", "xn--socit-esab.be", "nowhere.org"),
    joined_since=_DAYS,
    joined_before=_DAYS,
    sent=_some(*ISSUES),
    not_sent=_some(*ISSUES),
)
#: What is left out of another list, by a condition on more than the person, is a statement within a statement.
WITHIN = Readership(of=MEMBERS, without=(Segment(list="friends", not_sent=("156",)),))
READERS = st.builds(Readership, of=SEGMENTS, without=st.lists(SEGMENTS, max_size=2).map(tuple))


@pytest.fixture
def everybody(crowd: SqlAudienceStore) -> list[Known]:
    """The crowd, read once: no example changes it."""
    return known(crowd)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readers=READERS)
@example(readers=WITHIN)
def test_any_segment_is_whom_its_definition_says(
    crowd: SqlAudienceStore, everybody: list[Known], engine: Engine, readers: Readership
) -> None:
    wanted = evaluated(everybody, readers)
    assert selected(engine, readers) == wanted
    store = SqlDeliveryStore(engine)
    account = store.account(readers, issue=None)
    assert account.people == len(wanted) == crowd.readers_digest(readers)[0]
    sizes = crowd.segment_sizes(readers.list, [readers.of, Segment(list=readers.list), readers.of])
    assert sizes[0] == sizes[2] == len(selected(engine, Readership(of=readers.of)))
    assert account.listed == (40 if readers.list == "members" else 30)
    assert Readership.from_mapping(readers.to_mapping()) == readers


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_value_is_a_value_and_selects_nobody(crowd: SqlAudienceStore, engine: Engine, words: str) -> None:
    before = selected(engine, Readership(of=MEMBERS))
    texts = [{key: (words,)} for key in ("tags_any", "tags_all", "domains", "sent")]
    cells = [{"fields": fields} for fields in ({"ville": (words,)}, {words: True}, {words: ("1",)})]
    for condition in ({"words": words}, *texts, *cells):
        assert selected(engine, Readership(of=Segment(list="members", **condition))) == []
        assert selected(engine, Readership(of=MEMBERS, without=(Segment(list="members", **condition),))) == before
    assert selected(engine, Readership(of=Segment(list=words, tags_any=("coop",)))) == []
    for condition in ({"tags_none": (words,)}, {"not_sent": (words,)}, {"fields": {words: False}}):
        assert selected(engine, Readership(of=Segment(list="members", **condition))) == before
    assert len(list(crowd.subscribers())) == 50


def test_hostile_tags_and_fields_of_people_are_found_by_their_very_names(
    audience: SqlAudienceStore, engine: Engine
) -> None:
    for number, words in enumerate(HOSTILE):
        row = ImportRow(2, f"r{number}@example.org", tags=(words,), fields={words: "x", f"{words}.y": "z"})
        audience.import_rows([row], list_id="members", consent=CONSENT, dry_run=False)
    for number, words in enumerate(HOSTILE):
        for condition in ({"tags_all": (words,)}, {"fields": {words: ("x",)}}, {"fields": {f"{words}.y": True}}):
            segment = Segment(list="members", **condition)
            assert selected(engine, Readership(of=segment)) == [f"r{number}@example.org"]
            assert audience.strangers(segment) == []
    assert {*audience.vocabulary("members").tags} == {*HOSTILE}


# --- why others are left out -----------------------------------------------------------------------------------


def test_everybody_on_the_list_is_counted_once_with_the_first_reason(
    crowd: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    town = Segment(list="members", name="liege", fields={"ville": ("Liège", "Namur")})
    readers = Readership(of=town, without=(FRIENDS, Segment(list="members", tags_any=("vélo",))))
    found = delivery.account(readers, issue="156")
    assert (found.pending, found.unsubscribed, found.suppressed) == (1, 1, 1)
    assert found.listed == 40
    assert found.without == (10, found.without[1])
    assert found.served > 0
    assert found.people + found.served == len(evaluated(known(crowd), readers))
    assert delivery.account(readers, issue=None).served == 0


def test_a_mailing_to_a_segment_freezes_exactly_its_people_and_remembers_why(
    crowd: SqlAudienceStore, delivery: SqlDeliveryStore, engine: Engine
) -> None:
    readers = Readership(
        of=Segment(list="members", name="liege", title="Liège", fields={"ville": ("Liège",)}), without=(FRIENDS,)
    )
    wanted = evaluated(known(crowd), readers)
    freeze = Freeze(issue="158", list="members", rehearsal=False, readers=readers)
    mailing = delivery.create_mailing(freeze, MAIL, now=LATER)
    assert sorted(one.email for one in delivery.deliveries(mailing.id)) == wanted
    assert mailing.account == delivery.load_mailing(mailing.id).account
    assert mailing.account
    assert (mailing.account.people, mailing.account.listed) == (len(wanted), 40)
    assert delivery.load_mailing(mailing.id).readership == readers


def test_a_mailing_to_a_whole_list_counts_nobody_who_is_left_out(delivery: SqlDeliveryStore) -> None:
    mailing = mail_to(delivery)
    assert (mailing.readers, mailing.account) == (None, None)
    assert mailing.readership == Readership.whole("members")


def test_a_mailing_with_an_hour_freezes_who_fits_when_it_starts(
    audience: SqlAudienceStore, delivery: SqlDeliveryStore
) -> None:
    subscribe(audience, "a@example.org")
    readers = Readership(of=Segment(list="members", tags_any=("coop",)))
    freeze = Freeze(issue="158", list="members", rehearsal=False, readers=readers, start_at=LATER)
    mailing = delivery.create_mailing(freeze, MAIL, now=NOW)
    assert mailing.account is None
    row = ImportRow(2, "a@example.org", tags=("coop",))
    audience.import_rows([row], list_id="members", consent=CONSENT, dry_run=False)
    started = delivery.start_mailing(mailing.id, now=LATER)
    assert started.account == Account(people=1)
    assert [one.email for one in delivery.deliveries(mailing.id)] == ["a@example.org"]


# --- how readers move ------------------------------------------------------------------------------------------


def tagged(store: SqlAudienceStore, *emails: str, at: datetime = NOW) -> None:
    made = (ImportRow(line, email, tags=("coop",)) for line, email in enumerate(emails, start=2))
    consent = Consent(text="box", source="form", at=at)
    store.import_rows(made, list_id="members", consent=consent, dry_run=False)


def leave(store: SqlAudienceStore, email: str) -> None:
    person = store.find(email)
    assert person
    theirs = store.subscriptions(person.id)[0]
    store.set_status(theirs.id, SubscriptionStatus.UNSUBSCRIBED, now=LATER, detail="link")


COOP = Readership(of=Segment(list="members", tags_any=("coop",), joined_since=NOW))


def test_the_digest_before_departures_is_that_of_the_past(audience: SqlAudienceStore) -> None:
    tagged(audience, "a@example.org", "b@example.org", "c@example.org")
    subscribe(audience, "other@example.org")
    number, digest = audience.readers_digest(COOP)
    assert number == 3
    for email in ("b@example.org", "other@example.org"):
        leave(audience, email)
    change = audience.readers_change(COOP, NOW + timedelta(minutes=1))
    assert (change.joined, change.left, change.before) == (0, 1, digest)
    assert audience.readers_digest(COOP)[0] == 2


def test_who_joins_the_list_joins_a_segment_only_if_they_fit(audience: SqlAudienceStore) -> None:
    tagged(audience, "a@example.org")
    subscribe(audience, "other@example.org", at=LATER)
    assert audience.readers_change(COOP, NOW).joined == 0
    tagged(audience, "b@example.org", at=LATER)
    assert audience.readers_change(COOP, NOW).joined == 1


def test_a_tag_that_moves_to_another_person_changes_the_digest_before(audience: SqlAudienceStore) -> None:
    tagged(audience, "a@example.org")
    subscribe(audience, "b@example.org")
    _number, digest = audience.readers_digest(COOP)
    tagged(audience, "b@example.org", at=LATER)
    change = audience.readers_change(COOP, NOW)
    assert (change.joined, change.left) == (0, 0)
    assert change.before != digest


# --- the words of a list ---------------------------------------------------------------------------------------


def test_a_vocabulary_holds_the_tags_and_fields_of_one_list(crowd: SqlAudienceStore) -> None:
    words = crowd.vocabulary("members")
    assert set(words.tags) == {*TAGS}
    numbers = list(words.tags.values())
    assert numbers == sorted(numbers, reverse=True)
    assert words.fields == ("a.b\"'c", "parts", "ville")
    assert crowd.vocabulary("nobody").tags == {}


def test_what_nobody_has_is_a_stranger(crowd: SqlAudienceStore) -> None:
    fields = {"ville": True, "first_name": True, "vile": False}
    segment = Segment(list="members", tags_any=("coop", "velo"), tags_none=("pres",), fields=fields)
    assert crowd.strangers(segment) == [("tag", "velo"), ("tag", "pres"), ("field", "vile")]


def test_a_search_stays_within_its_segment(crowd: SqlAudienceStore) -> None:
    segment = Segment(list="members", fields={"ville": ("Liège",)})
    search = Search(list="members", segment=segment, words="reader")
    sizes, people = crowd.standings(search), crowd.found(search)
    assert sorted(person.email for person, _subscription in people) == evaluated(known(crowd), Readership(of=segment))
    assert sizes.mailable == len(people) > 0
