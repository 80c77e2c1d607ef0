"""What is asked many times during a mailing reads an index, whatever the size of the list."""

import pytest
from sqlalchemy import Engine, event

from newsletter.model import DeliveryState, Outcome, Phase, Readership, Reply, Segment
from newsletter.store import SqlDeliveryStore, SqlReportStore
from tests.store.databases import LATER, NOW, mail_to


def plan_of(engine: Engine, work) -> str:
    """How SQLite would run every statement of `work`."""
    said: list[tuple[str, tuple[object, ...]]] = []

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:
        if statement.startswith(("SELECT", "UPDATE", "WITH")):
            said.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        rows = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", parameters).all() for each, parameters in said]
    return "\n".join(row.detail for plan in rows for row in plan)


@pytest.mark.parametrize("verb", ["claim", "counts", "next_due", "withdrawn"])
def test_no_question_of_a_running_mailing_reads_a_whole_table(sqlite: Engine, verb: str) -> None:
    store = SqlDeliveryStore(sqlite)
    mailing = mail_to(store).id
    questions = {
        "claim": lambda: store.claim(mailing, limit=500, now=NOW),
        "counts": lambda: store.counts(mailing),
        "next_due": lambda: store.next_due(mailing),
        "withdrawn": lambda: store.withdrawn(mailing, after=0),
    }
    plan = plan_of(sqlite, questions[verb])
    assert "USING" in plan
    for table in ("deliveries", "subscribers", "subscriptions", "events", "suppressions"):
        assert f"SCAN {table}\n" not in f"{plan}\n"


def test_outcomes_find_their_rows_by_id_and_are_stored_in_one_statement(sqlite: Engine) -> None:
    store = SqlDeliveryStore(sqlite)
    mailing = mail_to(store).id
    answers = (Reply(phase=Phase.DOT, code=250, enhanced="2.0.0", text=f"queued as {n}") for n in range(1, 500))
    outcomes = [Outcome(delivery, DeliveryState.SENT, reply) for delivery, reply in enumerate(answers, start=1)]
    plan = plan_of(sqlite, lambda: store.record(mailing, outcomes, now=NOW))
    searches = [line for line in plan.splitlines() if "deliveries" in line]
    assert searches == ["SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)"]


def test_a_claim_reads_what_is_pending_in_its_order(sqlite: Engine) -> None:
    store = SqlDeliveryStore(sqlite)
    mailing = mail_to(store).id
    plan = plan_of(sqlite, lambda: store.claim(mailing, limit=500, now=NOW))
    assert "deliveries_state_idx" in plan
    assert "deliveries_deferred_idx" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("verb", ["counts_of", "subjects", "span", "timeline", "domains", "answers", "departures"])
def test_no_question_of_a_report_reads_a_whole_table(sqlite: Engine, verb: str) -> None:
    mailing, reports = mail_to(SqlDeliveryStore(sqlite)).id, SqlReportStore(sqlite)
    questions = {
        "counts_of": lambda: reports.counts_of([mailing]),
        "subjects": lambda: reports.subjects([mailing]),
        "span": lambda: reports.span(mailing),
        "timeline": lambda: reports.timeline(mailing, since=NOW, seconds=60, steps=100),
        "domains": lambda: reports.domains(mailing, order="failed", most=10),
        "answers": lambda: reports.answers(mailing),
        "departures": lambda: reports.departures(mailing, since=NOW, until=LATER),
    }
    plan = plan_of(sqlite, questions[verb])
    assert "USING" in plan
    for table in ("deliveries", "events", "mails", "mailings"):
        assert f"SCAN {table}\n" not in f"{plan}\n"


def test_a_whole_mailing_is_read_in_the_order_of_an_index(sqlite: Engine) -> None:
    store = SqlDeliveryStore(sqlite)
    mailing = mail_to(store).id
    plan = plan_of(sqlite, lambda: list(store.deliveries(mailing)))
    assert "SEARCH deliveries USING INDEX" in plan
    assert "TEMP B-TREE" not in plan


def test_a_segment_is_counted_in_one_pass_that_sorts_nobody_and_reads_its_letters_once(sqlite: Engine) -> None:
    store = SqlDeliveryStore(sqlite)
    mail_to(store)
    readers = Readership(of=Segment(list="members", not_sent=("155",)), without=(Segment(list="friends"),))
    plan = plan_of(sqlite, lambda: store.account(readers, issue="156"))
    assert "FOR GROUP BY" not in plan
    assert plan.count("SCAN subscriptions") == 1
    assert "AND subscriber_id=?" not in plan, "letters are looked for at each person"
