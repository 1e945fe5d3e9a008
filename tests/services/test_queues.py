"""The desk's lists: their order, their pages, what they cost, and what puts a case into them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select, update

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.calendar import freeze_until
from complaints.domain.case import Case
from complaints.domain.outbox import Promise
from complaints.services import correspond, follow, handle, queues, triage, upkeep
from complaints.services.queues import Place
from complaints.web.cli import database
from tests.centre import leave, make_app, make_settings, sign_in
from tests.services.scene import (
    DAY,
    HOUR,
    NOW,
    SPANS,
    agent,
    answered,
    at_agency,
    in_triage,
    officer,
    referred,
    the_case,
)

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from config import Settings

# Few cases stand in these, found by other tables.
SORTED_ANYWAY = {"failed", "watched"}


def numbers(queue: str, now: datetime = NOW) -> list[str]:
    who = agent()
    found = [case.number for case in queues.listed(db.session(), who, queue, now, SPANS)]
    db.session.remove()
    return found


def pages(queue: str, size: int, *, backward: bool = False) -> list[list[int]]:
    """Every page of a queue, from its first, or from its last back to the first."""
    who = agent()

    def at(place: Place | None) -> queues.Page:
        return queues.page_of(db.session(), who, queue, NOW, SPANS, Place.read(str(place)) if place else None, size)

    page = at(None)
    found = [[case.id for case in page.rows]]
    while page.later:
        page = at(page.later)
        found.append([case.id for case in page.rows])
    if backward:
        found = [found[-1]]
        while page.earlier:
            page = at(page.earlier)
            found.insert(0, [case.id for case in page.rows])
    db.session.remove()
    return found


@pytest.mark.parametrize("queue", ["triage", "ended"])
def test_pages_hold_every_case_once_in_order_forward_and_back(app: Flask, queue: str) -> None:
    # Of seven cases three have the very same moment, and two are urgent.
    made = [in_triage(NOW - min(turn, 4) * DAY) for turn in range(7)]
    desk = agent()
    with unit_of_work() as session:
        for number in (made[1], made[5]):
            triage.mark_urgent(session, the_case(session, number), desk, NOW, urgent=True)
        for turn, number in enumerate(made):
            case = the_case(session, number)
            if queue == "ended":
                triage.resolve(session, case, "explained", "ตอบแล้ว", desk, NOW - min(turn, 4) * HOUR)
    db.session.remove()
    cases = list(db.session.scalars(select(Case)))
    if queue == "ended":
        wanted = [case.id for case in sorted(cases, key=lambda case: (case.changed_at, case.id), reverse=True)]
    else:
        wanted = [case.id for case in sorted(cases, key=lambda case: (not case.urgent, case.due_at, case.id))]
    db.session.remove()
    for size in (1, 2, 3, 7, 8):
        forward = pages(queue, size)
        assert [number for page in forward for number in page] == wanted, size
        assert all(len(page) == size for page in forward[:-1]), size
        assert [number for page in pages(queue, size, backward=True) for number in page] == wanted, size


def test_a_page_goes_on_where_it_ended_although_the_first_case_is_gone(app: Flask) -> None:
    made = [in_triage(NOW - turn * DAY) for turn in range(3, -1, -1)]
    desk = agent()
    first = queues.page_of(db.session(), desk, "triage", NOW, SPANS, None, 2)
    assert [case.number for case in first.rows] == made[:2]
    db.session.remove()
    with unit_of_work() as session:
        triage.withdraw(session, the_case(session, made[0]), "ขอถอน", desk, NOW)
    db.session.remove()
    second = queues.page_of(db.session(), desk, "triage", NOW, SPANS, first.later, 2)
    assert [case.number for case in second.rows] == made[2:]
    db.session.remove()


@pytest.mark.parametrize(
    "typed",
    ["", "a", "a0.1", "c0.1.1", "a1.-5.1", "a1.999999999999999999.1", "a1.1.1'--", "a1.1.9999999999", "x" * 500],
)
def test_a_place_that_cannot_be_read_is_the_first_page(typed: str) -> None:
    assert Place.read(typed) is None


def test_a_freeze_that_is_still_open_comes_first_and_falls_back_when_it_is_over(app: Flask) -> None:
    old = in_triage(NOW - 2 * DAY)
    fresh = in_triage(NOW, transferred_at=NOW - 71 * HOUR)
    calm = in_triage(NOW)
    assert numbers("triage") == [fresh, old, calm]
    assert numbers("urgent") == [fresh]
    desk = agent()
    with unit_of_work() as session:
        triage.mark_urgent(session, the_case(session, fresh), desk, NOW, urgent=False)
        case = the_case(session, fresh)
        assert case.due_at == freeze_until(NOW - 71 * HOUR)
        version = case.version
    db.session.remove()
    with unit_of_work() as session:
        assert upkeep.put_clocks_on(session, NOW + 30 * 60 * timedelta(seconds=1)) == 0
        assert upkeep.put_clocks_on(session, NOW + 2 * HOUR) == 1
    db.session.remove()
    with unit_of_work() as session:
        assert upkeep.put_clocks_on(session, NOW + 2 * HOUR) == 0
        case = the_case(session, fresh)
        assert (case.due_at, case.version) == (case.triage_by, version), "nobody's open page grew stale"
    db.session.remove()
    assert numbers("triage")[-1] in {fresh, calm}


def test_uncertain_is_what_neither_machine_nor_person_is_sure_of(app: Flask) -> None:
    number, sure, desk = in_triage(), in_triage(), agent()
    with unit_of_work() as session:
        triage.decide(session, the_case(session, sure), "purchase_dispute", desk, NOW)
    db.session.remove()
    assert numbers("unsure") == [number]
    assert set(numbers("triage")) == {number, sure}


def test_what_was_not_delivered_stands_in_its_queue_until_it_is(app: Flask) -> None:
    number, _other = in_triage(), in_triage()
    with unit_of_work() as session:
        promise = session.scalars(
            select(Promise).join(Case).where(Case.number == number, Promise.kind == "letter")
        ).one()
        promise.miss(NOW, "no such address", final=True)
    db.session.remove()
    assert numbers("failed") == [number]
    with unit_of_work() as session:
        session.execute(update(Promise).values(failed_at=None, last_error=""))
    db.session.remove()
    assert numbers("failed") == []


def test_a_count_stops_where_a_plus_says_that_there_are_more(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "MOST_COUNTED", 2)
    for _ in range(4):
        in_triage()
    desk = agent()
    assert queues.counts(db.session(), desk, NOW, SPANS)["triage"] == 3
    db.session.remove()


def test_the_list_takes_five_queries_at_most(app: Flask, client: FlaskClient) -> None:
    sign_in(client, Role.AGENT)
    for _ in range(3):
        in_triage(datetime.now(UTC))
    statements: list[str] = []

    def hear(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    client.get("/desk?queue=triage")
    event.listen(db.engine, "before_cursor_execute", hear)
    answer = client.get("/desk?queue=triage")
    event.remove(db.engine, "before_cursor_execute", hear)
    assert answer.get_data(as_text=True).count('class="queue-words"') == 3
    assert len(statements) <= 5, statements


@pytest.mark.parametrize("queue", [name for name in queues.QUEUES if name not in SORTED_ANYWAY])
def test_no_list_is_sorted_when_it_is_asked_for(filled_sqlite_url: str, tmp_path: Path, queue: str) -> None:
    """SQLite plans by its schema alone; the benchmark looks at a full PostgreSQL."""
    app = make_app(make_settings(tmp_path, filled_sqlite_url))
    with app.app_context():
        asked: list[tuple[str, object]] = []

        def hear(_conn: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
            asked.append((statement, parameters))

        who, session = agent(), db.session()
        event.listen(db.engine, "before_cursor_execute", hear)
        queues.page_of(session, who, queue, NOW, SPANS, Place(1, NOW, 5))
        statement, parameters = next(row for row in asked if row[0].startswith("SELECT"))
        plan = session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters).all()
        leave()
    told = " ".join(str(row[3]) for row in plan)
    assert "USING INDEX ix_complaint_case_" in told, told
    assert "TEMP B-TREE" not in told, told


NOTED = ("unsure", "rank", "due_at", "desk_at", "promised_by", "heard_at", "refused_at", "silent_at", "escalated_at")


def noted() -> dict[str, tuple[object, ...]]:
    found = {case.number: tuple(getattr(case, name) for name in NOTED) for case in db.session.scalars(select(Case))}
    leave()
    return found


def test_an_old_centre_finds_its_cases_where_a_new_one_would(app: Flask, settings: Settings) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    desk, police = agent(), officer("POLICE")
    in_triage(now)
    in_triage(now, transferred_at=now - HOUR)
    answered(now=now - 3 * DAY)
    sent, refused, written = (referred(now=now - DAY) for _ in range(3))
    asked = referred(now=now - 30 * DAY)
    with unit_of_work() as session:
        case, referral = at_agency(session, refused, "POLICE")
        handle.decline(session, case, referral, "ไม่ใช่อำนาจ", police, now)
        triage.ask(session, the_case(session, asked), "ขอสลิป", desk, now - 20 * DAY)
        case = the_case(session, written)
        correspond.write_in(session, case, "ถึงไหนแล้ว", follow.complainant_of(case), now - HOUR)
        correspond.write_in(session, case, "มีใครอ่านไหม", follow.complainant_of(case), now)
        triage.mark_urgent(session, the_case(session, sent), desk, now, urgent=True)
    with unit_of_work() as session:
        assert upkeep.hand_over(session, now) == 1
        assert upkeep.escalate(session, now + 90 * DAY)
    before = noted()
    assert all(any(row[place] for row in before.values()) for place in range(len(NOTED))), "the mix holds everything"
    database.downgrade(settings.database_url, "0017")
    database.upgrade(settings.database_url)
    with unit_of_work() as session:
        # The migration knows no other day than today, on which the bank still holds what the steps above found gone.
        assert upkeep.put_clocks_on(session, now + 90 * DAY) == 1
    assert noted() == before
