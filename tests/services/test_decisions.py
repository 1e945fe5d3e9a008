"""A case that agency after agency gives back is a supervisor's to decide; what nobody moves is listed as stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.attention import clocks
from complaints.domain.errors import DecisionReserved
from complaints.domain.lifecycle import State
from complaints.services import centre, correspond, follow, handle, queues, triage, upkeep
from complaints.services.refer import refer
from complaints.web.desk.verbs import offered
from tests.centre import actor
from tests.services.scene import DAY, HOUR, NOW, SPANS, agent, at_agency, in_triage, officer, referred, the_case

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from complaints.domain.actor import Actor


def in_queue(queue: str, who: Actor, now: datetime) -> list[str]:
    found = [case.number for case in queues.listed(db.session(), who, queue, now, SPANS)]
    db.session.remove()
    return found


def refused(number: str, agency: str, at: datetime) -> None:
    who = officer(agency)
    with unit_of_work() as session:
        handle.decline(session, *at_agency(session, number, agency), "ไม่ใช่อำนาจของเรา", who, at)
    db.session.remove()


def sent_to(number: str, agency: str, who: Actor, at: datetime) -> None:
    with unit_of_work() as session:
        refer(session, the_case(session, number), [agency], who, at)
    db.session.remove()


def test_the_third_refusal_makes_the_case_a_supervisors_within_a_working_day(app: Flask) -> None:
    desk, chief = agent(), actor(Role.SUPERVISOR)
    number = referred("POLICE")
    for turn, agency in enumerate(("POLICE", "OCPB", "FDA")):
        if turn:
            sent_to(number, agency, desk, NOW + turn * HOUR)
        refused(number, agency, NOW + turn * HOUR)
        assert (the_case(db.session(), number).decide_by is None) == (turn < 2)
        db.session.remove()
    case = the_case(db.session(), number)
    assert (case.refusals, case.decide_by, case.due_at) == (3, case.triage_by, case.triage_by)
    names = {verb.name for verb in offered(case, desk)}
    assert names >= {"note", "ask", "write", "decide"}
    assert names.isdisjoint({"accept", "refer", "resolve", "reject", "merge"})
    assert {"refer", "resolve", "reject", "merge"} <= {verb.name for verb in offered(case, chief)}
    decide_by = case.decide_by
    db.session.remove()
    assert in_queue("escalated", chief, NOW + 3 * HOUR) == [number]
    with pytest.raises(DecisionReserved):
        sent_to(number, "TISI", desk, NOW + 3 * HOUR)
    with pytest.raises(DecisionReserved), unit_of_work() as session:
        triage.resolve(session, the_case(session, number), "explained", "ตอบ", desk, NOW + 3 * HOUR)
    db.session.remove()
    # What the supervisor leaves undone is noted anew, once.
    for wanted in (1, 0):
        with unit_of_work() as session:
            assert upkeep.escalate(session, decide_by + HOUR) == wanted
        db.session.remove()
    events = [event.data for event in the_case(db.session(), number).events if event.action == "escalate"]
    assert [event["promise"] for event in events] == ["refused", "decision"]
    db.session.remove()
    sent_to(number, "TISI", chief, decide_by + 2 * HOUR)
    case = the_case(db.session(), number)
    assert (case.state, case.decide_by, case.refusals, case.escalated_at) == (State.REFERRED, None, 0, None)
    db.session.remove()
    # The count begins anew with the decision.
    refused(number, "TISI", decide_by + 3 * HOUR)
    assert the_case(db.session(), number).decide_by is None
    db.session.remove()


def test_the_operator_may_set_another_number_or_none(app: Flask) -> None:
    with unit_of_work() as session:
        centre.change_profile(session, {"most_refusals": "0"}, NOW)
    desk, number = agent(), referred("POLICE")
    for turn, agency in enumerate(("POLICE", "OCPB", "FDA", "TISI")):
        if turn:
            sent_to(number, agency, desk, NOW)
        refused(number, agency, NOW)
    assert the_case(db.session(), number).decide_by is None
    db.session.remove()


def test_a_withdrawn_case_needs_no_decision(app: Flask) -> None:
    with unit_of_work() as session:
        centre.change_profile(session, {"most_refusals": "1"}, NOW)
    number = referred("POLICE")
    refused(number, "POLICE", NOW)
    with unit_of_work() as session:
        case = the_case(session, number)
        assert case.decide_by is not None
        assert clocks(case, NOW)[0] == case.decide_by
        follow.withdraw(session, case, "", NOW)
    case = the_case(db.session(), number)
    assert (case.state, case.decide_by) == (State.WITHDRAWN, None)
    db.session.remove()


def test_what_nobody_moves_is_stuck_the_oldest_first_whatever_the_complainant_or_the_clock_does(app: Flask) -> None:
    desk = agent()
    older, urgent, waiting = in_triage(NOW - 3 * DAY), in_triage(NOW), in_triage(NOW - 2 * DAY)
    moved = in_triage(NOW - 2 * DAY)
    with unit_of_work() as session:
        triage.mark_urgent(session, the_case(session, urgent), desk, NOW, urgent=True)
        triage.ask(session, the_case(session, waiting), "ขอสลิป", desk, NOW - DAY)
    with unit_of_work() as session:
        triage.note(session, the_case(session, moved), "โทรแล้ว", desk, NOW + 2 * DAY)
        case = the_case(session, older)
        correspond.write_in(session, case, "เป็นอย่างไรบ้าง", follow.complainant_of(case), NOW + 3 * DAY)
        upkeep.escalate(session, NOW + 4 * DAY)
    db.session.remove()
    assert in_queue("stuck", desk, NOW + 4 * DAY - HOUR) == []
    assert in_queue("stuck", desk, NOW + 4 * DAY) == [older]
    assert in_queue("stuck", desk, NOW + 7 * DAY) == [older, urgent]
    assert in_queue("stuck", desk, NOW + 9 * DAY) == [older, urgent, moved]
