"""Acknowledgement: an event when the receipt really arrived, counted from the events into two whole numbers a day."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.call import CallEvent, CallKind
from complaints.domain.channel import SHOWN_ONLY, Undeliverable
from complaints.domain.event import Event
from complaints.domain.kpi.count import Count
from complaints.domain.kpi.facts import KpiFact
from complaints.domain.kpi.indicators import ACKNOWLEDGED_WITHIN, ACKNOWLEDGEMENT, is_acknowledged
from complaints.domain.lifecycle import Action
from complaints.domain.outbox import Promise
from complaints.domain.thai_time import local_day
from complaints.services import acknowledge, calls, letters
from complaints.services.kpi import counting
from complaints.services.reach import Way
from tests.centre import actor, file_case
from tests.services.scene import DAY, HOUR, NOW, actions_of, agent, at_once, the_case

if TYPE_CHECKING:
    from flask import Flask

TODAY = date(2026, 11, 20)
SECOND = timedelta(seconds=1)


def received(channel: str, after: timedelta | None, at: object = NOW) -> str:
    """A complaint, and its receipt so long after it; None for never."""
    number, _ = file_case(channel=channel, now=at)  # type: ignore[arg-type]
    if after is not None:
        with unit_of_work() as session:
            case = the_case(session, number)
            acknowledge.reached(session, case, channel, case.received_at + after)
    db.session.remove()
    return number


def counted() -> dict[tuple[date, str], Count]:
    with unit_of_work() as session:
        counting.recount(session, counting.all_days(session), NOW + DAY)
    return acknowledge.cells(db.session(), TODAY - 30 * DAY, TODAY + DAY)


@pytest.mark.parametrize(
    ("after", "expected"),
    [(timedelta(0), True), (10 * SECOND, True), (10 * SECOND + timedelta(microseconds=1), False), (None, False)],
)
def test_ten_seconds_are_in_time_and_no_moment_more(after: timedelta | None, *, expected: bool) -> None:
    assert is_acknowledged(NOW, NOW + after if after is not None else None) is expected


def test_every_day_and_channel_has_two_whole_numbers(app: Flask) -> None:
    received("web", 2 * SECOND)
    received("web", 11 * SECOND)
    received("web", None)
    received("email", 10 * SECOND)
    received("web", SECOND, NOW - DAY)

    assert counted() == {
        (TODAY - DAY, "web"): Count(1, 1, 1),
        (TODAY, "web"): Count(1, 3, 3),
        (TODAY, "email"): Count(1, 1, 1),
    }


def test_a_day_is_one_of_bangkok(app: Flask) -> None:
    received("web", SECOND, NOW.replace(hour=17, minute=0))
    received("web", SECOND, NOW.replace(hour=16, minute=59))

    assert set(counted()) == {(TODAY + DAY, "web"), (TODAY, "web")}


def test_a_call_is_not_counted_as_always_in_time(app: Flask) -> None:
    received("hotline", timedelta(0))

    assert counted() == {}
    assert acknowledge.added({}).rate is None


def test_calls_are_counted_by_themselves(app: Flask) -> None:
    """Answered after 5, 10 and 11 seconds; hung up after 9 and 10; one that still rings; one of yesterday."""
    plan = [(5, 60, 0), (10, 60, 0), (11, 60, 0), (None, 9, 0), (None, 10, 0), (None, None, 0), (3, 60, 1)]
    with unit_of_work() as session:
        for number, (answered, ended, back) in enumerate(plan):
            began = NOW - back * DAY
            calls.hear(session, CallEvent(CallKind.RINGING, f"c-{number}", began, "0812345678", "2101"))
            for kind, after in ((CallKind.ANSWERED, answered), (CallKind.ENDED, ended)):
                if after is not None:
                    calls.hear(session, CallEvent(kind, f"c-{number}", began + after * SECOND))
    received("web", SECOND)
    facts = counted()

    assert facts[TODAY, "hotline"] == Count(2, 5, 5)
    assert facts[TODAY - DAY, "hotline"] == Count(1, 1, 1)
    assert acknowledge.added(facts) == Count(1, 1, 1)
    assert acknowledge.added(facts, channel="hotline") == Count(3, 6, 6)
    db.session.remove()
    with unit_of_work() as session:
        assert counting.refresh(session, NOW - HOUR, NOW) == 1, "yesterday's calls are counted"


def test_recounting_from_the_events_gives_the_facts(app: Flask) -> None:
    for turn in range(12):
        received(("web", "email", "line")[turn % 3], None if turn == 5 else turn * 2 * SECOND, NOW - turn % 4 * DAY)
    facts = counted()

    told: Counter[tuple[date, str]] = Counter()
    filed = {row.case_id: row.at for row in db.session.scalars(select(Event).where(Event.action == Action.FILE.value))}
    for event in db.session.scalars(select(Event).where(Event.action == Action.RECEIPT.value)):
        if event.at - filed[event.case_id] <= ACKNOWLEDGED_WITHIN:
            told[local_day(filed[event.case_id]), str(event.data["via"])] += 1
    assert {key: count.solved for key, count in facts.items() if count.solved} == dict(told)
    assert sum(count.due for count in facts.values()) == 12

    # The same twice: nothing is added up a second time, and a fact without cases goes.
    assert counted() == facts
    rows = db.session.scalars(select(KpiFact).where(KpiFact.definition == ACKNOWLEDGEMENT)).all()
    assert len(rows) == len(facts)


def test_a_receipt_arrives_once_however_many_ways_it_takes(app: Flask) -> None:
    number, _ = file_case(now=NOW)

    def reach(turn: int) -> None:
        with unit_of_work() as session:
            acknowledge.reached(session, the_case(session, number), "web", NOW + turn * SECOND)

    assert at_once(app, 5, reach) == [None] * 5
    assert actions_of(db.session(), number).count("receipt") == 1
    event = db.session.scalars(select(Event).where(Event.action == "receipt")).one()
    assert the_case(db.session(), number).acknowledged_at == event.at


def test_nobodys_open_page_grows_stale_by_a_receipt(app: Flask) -> None:
    number, _ = file_case(now=NOW)
    before = the_case(db.session(), number).version
    db.session.remove()

    with unit_of_work() as session:
        acknowledge.reached(session, the_case(session, number), "web", NOW)

    assert the_case(db.session(), number).version == before


def test_words_on_the_tracking_page_only_reached_nobody(app: Flask) -> None:
    number, _ = file_case(channel="email", now=NOW)
    with unit_of_work() as session:
        case = the_case(session, number)
        promise = next(row for row in case.promises if row.payload.get("letter") == "receipt")
        letters.record(session, promise, SHOWN_ONLY, [], NOW + SECOND)
        promise_id = promise.id
    assert counted() == {(TODAY, "email"): Count(0, 1, 1)}
    db.session.remove()

    with unit_of_work() as session:
        promise = session.get_one(Promise, promise_id)
        promise.done_at = None
        letters.record(session, promise, "email", [], NOW + 3 * SECOND)
    assert counted() == {(TODAY, "email"): Count(1, 1, 1)}


def test_the_cases_behind_what_lacks_are_told_to_whoever_may_see_them(app: Flask) -> None:
    slow = received("web", 12 * SECOND)
    silent = received("email", None, NOW - DAY)
    received("web", SECOND)
    desk, administrator = agent(), actor(Role.ADMINISTRATOR)
    facts = counted()

    found = acknowledge.late(db.session(), desk, facts, 50)
    assert [(row.number, row.after) for row in found] == [(slow, 12 * SECOND), (silent, None)]
    assert [row.number for row in acknowledge.late(db.session(), desk, facts, 1)] == [slow]
    assert acknowledge.late(db.session(), administrator, facts, 50) == []


def test_a_way_is_named_in_the_timeline(app: Flask) -> None:
    number, _ = file_case(channel="email", now=NOW)
    with unit_of_work() as session:
        case = the_case(session, number)
        promise = next(row for row in case.promises if row.payload.get("letter") == "receipt")
        letters.record(session, promise, "email", [(Way("line", "U1"), Undeliverable("gone", "blocked"))], NOW)
    event = db.session.scalars(select(Event).where(Event.action == "receipt")).one()
    assert (event.data, event.public, event.role) == ({"via": "email"}, False, "system")
