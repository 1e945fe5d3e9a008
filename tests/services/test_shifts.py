"""The hand-over: which shift it is, what stands in a note for good, and who still has to read it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.calendar import BANK_FREEZE
from complaints.domain.errors import InvalidInput
from complaints.domain.shift import Shift, read_starts, shift_at
from complaints.domain.thai_time import BANGKOK, local_day
from complaints.services import centre, sharing, shifts
from tests.centre import actor
from tests.services.scene import DAY, HOUR, NOW, SPANS, agent, at_once, in_triage, the_case

if TYPE_CHECKING:
    from flask import Flask

    from complaints.domain.shift import ShiftNote

STARTS = read_starts("16:00, ๐๐:๐๐ น., 8", "shifts")


def clock(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=BANGKOK)


def test_which_shift_runs() -> None:
    assert (time(0), time(8), time(16)) == STARTS
    assert shift_at(clock(20, 8), STARTS) == Shift(clock(20, 8), clock(20, 16))
    assert shift_at(clock(20, 7, 59), STARTS) == Shift(clock(20, 0), clock(20, 8))
    assert shift_at(clock(20, 23), STARTS) == Shift(clock(20, 16), clock(21, 0))
    assert shift_at(clock(20, 6), (time(7), time(19))) == Shift(clock(19, 19), clock(20, 7)), "begun the evening before"
    assert shift_at(clock(20, 6), (time(7),)) == Shift(clock(19, 7), clock(20, 7))
    for wrong in ("", ",", "25:00", "now", "1,2,3,4,5,6,7"):
        with pytest.raises(InvalidInput):
            read_starts(wrong, "shifts")


def unread(who: Role, now: datetime) -> list[str]:
    me = actor(who)
    found = [note.text for note in shifts.unread(db.session(), me, now)]
    assert db.session.scalar(select(shifts.number_unread(me, now))) == len(found)
    db.session.remove()
    return found


def test_a_note_keeps_the_facts_of_its_moment_and_waits_for_every_reader(app: Flask) -> None:
    desk, lead = agent(), actor(Role.SUPERVISOR)
    urgent = in_triage(NOW, transferred_at=NOW - 70 * HOUR)
    stuck = in_triage(NOW - 9 * DAY)
    with unit_of_work() as session:
        sharing.assign(session, the_case(session, urgent), desk.account_id, desk, NOW)
        shifts.keep(session, desk, "x", "  ", NOW)
        assert shifts.draft_of(session, desk) is None
        shifts.keep(session, desk, "x", "ร่างแรก", NOW)
        shifts.keep(session, desk, "x", "ร่างที่สอง", NOW)
    db.session.remove()
    draft = shifts.draft_of(db.session(), desk)
    assert draft is not None
    assert draft.text == "ร่างที่สอง"
    running, last = shifts.choices(db.session(), NOW)
    assert (running.start, last.start) == (clock(20, 8), clock(20, 0))
    db.session.remove()

    def sign(_turn: int) -> ShiftNote:
        with unit_of_work() as session:
            return shifts.write(session, desk, running.start.isoformat(), " ธนาคารยังไม่ตอบ ", NOW, SPANS)

    signed = at_once(app, 3, sign)
    assert [one.values["reason"] for one in signed if isinstance(one, InvalidInput)] == ["note_written"] * 2
    (note,) = shifts.of_day(db.session(), local_day(NOW))
    assert (note.text, note.shift_until, note.next_until) == ("ธนาคารยังไม่ตอบ", clock(20, 16), clock(21, 0))
    facts = {name: (fact["count"], [case["number"] for case in fact["cases"]]) for name, fact in note.facts.items()}
    assert facts == {
        "urgent": (1, [urgent]),
        "freeze": (1, [urgent]),
        "deadline": (2, [stuck, urgent]),
        "failed": (0, []),
        "stuck": (1, [stuck]),
        "mine": (1, [urgent]),
    }
    until = datetime.fromisoformat(note.facts["freeze"]["cases"][0]["at"])
    assert until == NOW - 70 * HOUR + BANK_FREEZE
    assert shifts.draft_of(db.session(), desk) is None, "what was signed is no draft any more"
    number = note.id
    db.session.remove()
    nothing_else_is_taken(desk, running.start.isoformat())
    assert unread(Role.SUPERVISOR, NOW) == ["ธนาคารยังไม่ตอบ"]
    assert unread(Role.AGENT, NOW) == [], "nobody reads the own note"
    assert unread(Role.SUPERVISOR, clock(21, 0)) == [], "it was for the next shift alone"
    at_once(app, 3, lambda _turn: mark(lead, number))
    assert unread(Role.SUPERVISOR, NOW) == []
    session = db.session()
    read = shifts.readers(session, shifts.of_day(session, local_day(NOW)))
    assert read == {number: [("ทดสอบ supervisor", NOW + HOUR)]}
    assert not shifts.of_day(session, local_day(NOW) - timedelta(days=1))
    db.session.remove()
    for statement in ("UPDATE shift_note SET text = 'x'", "DELETE FROM shift_read"):
        with pytest.raises(DatabaseError, match="only grows"), unit_of_work() as session:
            session.execute(text(statement))


def nothing_else_is_taken(desk: Actor, running: str) -> None:
    for words, shift, field in (
        (" ", running, "text"),
        ("ก" * 1501, running, "text"),
        ("ก", clock(19, 8).isoformat(), "shift"),
        ("ก", "nonsense", "shift"),
    ):
        with pytest.raises(InvalidInput) as error, unit_of_work() as session:
            shifts.write(session, desk, shift, words, NOW, SPANS)
        assert error.value.field == field


def mark(who: object, number: int) -> None:
    with unit_of_work() as session:
        shifts.mark(session, who, number, NOW + HOUR)  # type: ignore[arg-type]


def test_the_centre_sets_when_its_shifts_begin(app: Flask) -> None:
    with unit_of_work() as session:
        with pytest.raises(InvalidInput):
            centre.change_profile(session, {"shifts": "08:00, 99"}, NOW)
        centre.change_profile(session, {"shifts": "07:00, 19:00"}, NOW)
        assert shifts.choices(session, NOW)[0] == Shift(clock(20, 7), clock(20, 19))
