"""The desk shares its cases out: claiming, handing over, watching, putting off, and who is there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.errors import InvalidInput, NotAllowed
from complaints.domain.message import Message
from complaints.services import correspond, follow, queues, sharing, triage
from tests.centre import actor
from tests.services.scene import (
    DAY,
    HOUR,
    NOW,
    SPANS,
    actions_of,
    agent,
    at_once,
    in_triage,
    police,
    referred,
    the_case,
)

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from complaints.domain.actor import Actor


def in_queue(queue: str, who: Actor, now: datetime = NOW) -> list[str]:
    found = [case.number for case in queues.listed(db.session(), who, queue, now, SPANS)]
    counted = queues.counts(db.session(), who, now, SPANS)[queue]
    db.session.remove()
    assert counted == len(found), queue
    return found


def test_whoever_claims_gets_the_first_case_that_is_nobodys(app: Flask) -> None:
    old, young = in_triage(NOW - DAY), in_triage(NOW)
    me, colleague = agent(), actor(Role.SUPERVISOR)
    taken = []
    for who in (me, colleague, me):
        with unit_of_work() as session:
            case = sharing.claim_next(session, who, "triage", NOW, SPANS)
            taken.append(case.number if case else None)
        db.session.remove()
    assert taken == [old, young, None]
    assert (in_queue("mine", me), in_queue("mine", colleague)) == ([old], [young])
    assert actions_of(db.session(), old)[-1] == "assign"
    db.session.remove()


def test_many_who_claim_at_once_get_a_case_each(app: Flask) -> None:
    made = {in_triage(NOW - turn * HOUR) for turn in range(4)}
    me = agent()

    def claim(_turn: int) -> str:
        with unit_of_work() as session:
            case = sharing.claim_next(session, me, "triage", NOW, SPANS)
            return case.number if case else ""

    got = at_once(app, 4, claim)
    assert sorted(got) == sorted(made)


def test_a_case_is_handed_to_a_colleague_and_back(app: Flask) -> None:
    number, me, colleague = in_triage(), agent(), actor(Role.SUPERVISOR)
    for account_id, holder in ((colleague.account_id, colleague), (None, None)):
        with unit_of_work() as session:
            sharing.assign(session, the_case(session, number), account_id, me, NOW)
        db.session.remove()
        assert in_queue("mine", colleague) == ([number] if holder else [])


def test_nobody_outside_the_desk_is_given_a_case_or_gives_one(app: Flask) -> None:
    number, me, officer = in_triage(), agent(), police()
    with pytest.raises(InvalidInput) as refused, unit_of_work() as session:
        sharing.assign(session, the_case(session, number), officer.account_id, me, NOW)
    assert refused.value.field == "assignee"
    with pytest.raises(NotAllowed), unit_of_work() as session:
        sharing.assign(session, the_case(session, number), me.account_id, officer, NOW)
    db.session.remove()


def test_what_is_put_off_comes_back_by_itself(app: Flask) -> None:
    number, me = in_triage(), agent()
    with unit_of_work() as session:
        sharing.snooze(session, the_case(session, number), NOW + DAY, "รอธนาคารโทรกลับ", me, NOW)
    db.session.remove()
    assert (in_queue("triage", me), in_queue("snoozed", me), in_queue("open", me)) == ([], [number], [number])
    notes = db.session.scalars(select(Message.body).where(Message.kind == "note")).all()
    db.session.remove()
    assert notes == ["รอธนาคารโทรกลับ"]
    later = NOW + DAY
    assert (in_queue("triage", me, later), in_queue("snoozed", me, later)) == ([number], [])


def test_what_is_put_off_comes_back_when_the_complainant_writes_or_the_desk_says_so(app: Flask) -> None:
    written, woken, noted = referred(), in_triage(), in_triage()
    me = agent()
    with unit_of_work() as session:
        for number in (written, woken, noted):
            sharing.snooze(session, the_case(session, number), NOW + DAY, "รอ", me, NOW)
    with unit_of_work() as session:
        case = the_case(session, written)
        correspond.write_in(session, case, "ได้เงินคืนแล้ว", follow.complainant_of(case), NOW)
        sharing.wake(the_case(session, woken), me, NOW)
        triage.note(session, the_case(session, noted), "โทรแล้วไม่รับ", me, NOW)
    db.session.remove()
    assert in_queue("answers", me) == [written]
    assert in_queue("triage", me) == [woken]
    assert in_queue("snoozed", me) == [noted]


@pytest.mark.parametrize(
    ("until", "reason", "field"), [(-HOUR, "รอ", "until"), (61 * DAY, "รอ", "until"), (DAY, " ", "reason")]
)
def test_a_case_is_put_off_to_a_near_day_and_for_a_reason(
    app: Flask, until: timedelta, reason: str, field: str
) -> None:
    number, me = in_triage(), agent()
    with pytest.raises(InvalidInput) as refused, unit_of_work() as session:
        sharing.snooze(session, the_case(session, number), NOW + until, reason, me, NOW)
    assert refused.value.field == field
    db.session.remove()


def test_watching_is_private_and_no_step_of_the_case(app: Flask) -> None:
    number, me, colleague = in_triage(), agent(), actor(Role.SUPERVISOR)
    before = actions_of(db.session(), number)
    db.session.remove()
    for on in (True, True, False, False):
        with unit_of_work() as session:
            sharing.watch(session, the_case(session, number), me, NOW, on=on)
        db.session.remove()
        assert in_queue("watched", me) == ([number] if on else [])
        assert in_queue("watched", colleague) == []
    assert actions_of(db.session(), number) == before
    db.session.remove()


def test_whoever_looks_is_seen_by_others_for_a_minute(app: Flask) -> None:
    number, me, colleague = in_triage(), agent(), actor(Role.SUPERVISOR)
    with unit_of_work() as session:
        case = the_case(session, number)
        sharing.be_there(session, case.id, me, NOW, typing=False)
        sharing.be_there(session, case.id, colleague, NOW, typing=False)
        sharing.be_there(session, case.id, colleague, NOW + timedelta(seconds=30), typing=True)
        case_id = case.id
    session = db.session()
    half, whole = NOW + timedelta(seconds=59), NOW + timedelta(seconds=61)
    assert sharing.others_there(session, case_id, me, half) == [(colleague.name, True)]
    assert sharing.others_there(session, case_id, colleague, half) == [(me.name, False)]
    assert sharing.others_there(session, case_id, colleague, whole) == []
    db.session.remove()
    with unit_of_work() as session:
        assert sharing.forget_who_was_there(session, whole) == 1
    db.session.remove()
