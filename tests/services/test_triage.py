"""Triage: a person's decision beside the machine's, questions, answers, refusals and merging."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.agency import Category
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, NotAllowed, StepImpossible
from complaints.domain.lifecycle import ReferralState, State
from complaints.services import correspond, follow, triage
from tests.centre import actor, classified, file_case
from tests.services.scene import (
    DAY,
    HOUR,
    NOW,
    actions_of,
    agent,
    answered,
    at_agency,
    at_once,
    closed,
    in_triage,
    letters_of,
    police,
    referred,
    states,
    the_case,
)

if TYPE_CHECKING:
    from flask import Flask


def set_days(code: str, final_days: int | None) -> None:
    with unit_of_work() as session:
        session.get_one(Category, code).final_days = final_days


def test_the_persons_decision_stands_beside_the_machines(app: Flask) -> None:
    number, desk = in_triage(category="seller_fraud"), agent()
    with unit_of_work() as session:
        triage.decide(session, the_case(session, number), "purchase_dispute", desk, NOW + HOUR, urgent=True)
    case = the_case(db.session(), number)
    machine, person = case.decisions
    assert (machine.decided_by, machine.category_code, machine.confidence) == ("machine", "seller_fraud", 0.55)
    assert (person.decided_by, person.category_code, person.account_id) == (
        "person",
        "purchase_dispute",
        desk.account_id,
    )
    assert (case.category_code, case.urgent, case.state) == ("purchase_dispute", True, State.TRIAGE)
    assert actions_of(db.session(), number)[-1] == "recategorise"
    assert not case.events[-1].public


def test_a_category_is_one_that_is_in_use(app: Flask) -> None:
    number, desk = in_triage(), agent()
    with unit_of_work() as session:
        session.get_one(Category, "purchase_dispute").active = False
    for code in ("no_such_thing", "purchase_dispute", ""):
        with pytest.raises(InvalidInput) as caught, unit_of_work() as session:
            triage.decide(session, the_case(session, number), code, desk, NOW)
        assert (caught.value.field, caught.value.values["reason"]) == ("category", "choose_category")
    assert len(the_case(db.session(), number).decisions) == 1


def test_the_final_day_follows_the_category(app: Flask) -> None:
    set_days("purchase_dispute", 30)
    number, desk = in_triage(), agent()
    before = the_case(db.session(), number).final_by
    with unit_of_work() as session:
        triage.decide(session, the_case(session, number), "purchase_dispute", desk, NOW + 3 * DAY)
    assert the_case(db.session(), number).final_by == before - 30 * DAY
    with unit_of_work() as session:
        triage.decide(session, the_case(session, number), "seller_fraud", desk, NOW + 4 * DAY)
    assert the_case(db.session(), number).final_by == before


def test_time_that_was_waited_stays_added_under_another_category(app: Flask) -> None:
    set_days("purchase_dispute", 30)
    number, desk = in_triage(), agent()
    before = the_case(db.session(), number).final_by
    with unit_of_work() as session:
        triage.ask(session, the_case(session, number), "ซื้อเมื่อไร", desk, NOW + HOUR)
        triage.decide(session, the_case(session, number), "purchase_dispute", desk, NOW + HOUR)
        assert the_case(session, number).final_by == before - 30 * DAY
    with unit_of_work() as session:
        case = the_case(session, number)
        correspond.write_in(session, case, "เมื่อวาน", follow.complainant_of(case), NOW + HOUR + 5 * DAY)
        assert case.final_by == before - 25 * DAY
        triage.decide(session, case, "seller_fraud", desk, NOW + 6 * DAY)
    assert the_case(db.session(), number).final_by == before + 5 * DAY


def test_the_machines_category_sets_the_final_day_too(app: Flask) -> None:
    set_days("purchase_dispute", 30)
    number, _ = file_case(now=NOW)
    before = the_case(db.session(), number).final_by
    classified(number, "purchase_dispute", sure=False, now=NOW)
    assert the_case(db.session(), number).final_by == before - 30 * DAY


def test_deciding_and_referring_is_one_step_of_the_desk(app: Flask) -> None:
    number, desk = in_triage(), agent()
    with unit_of_work() as session:
        case = the_case(session, number)
        triage.decide_and_refer(session, case, "seller_fraud", ["POLICE", "OCPB"], desk, NOW, urgent=True, note="ด่วน")
    case = the_case(db.session(), number)
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.SENT, ReferralState.SENT])
    assert {referral.note for referral in case.referrals} == {"ด่วน"}
    assert letters_of(db.session(), number) == ["receipt", "referred", "referred"]


def test_a_refused_agency_undoes_the_decision_with_it(app: Flask) -> None:
    number, desk = in_triage(), agent()
    with pytest.raises(InvalidInput), unit_of_work() as session:
        triage.decide_and_refer(session, the_case(session, number), "purchase_dispute", ["POLICE", "NOBODY"], desk, NOW)
    case = the_case(db.session(), number)
    assert (case.category_code, len(case.decisions), case.referrals) == ("seller_fraud", 1, [])


def test_a_question_stops_every_clock_until_the_reply(app: Flask) -> None:
    number, desk = in_triage(), agent()
    case = the_case(db.session(), number)
    triage_by, final_by = case.triage_by, case.final_by
    with unit_of_work() as session:
        triage.ask(session, the_case(session, number), "ขอเลขบัญชีที่โอน", desk, NOW + HOUR)
    case = the_case(db.session(), number)
    assert (case.state, case.resume_state, case.waiting_since) == (State.WAITING, State.TRIAGE, NOW + HOUR)
    assert letters_of(db.session(), number)[-1] == "question"
    with unit_of_work() as session:
        case = the_case(session, number)
        correspond.write_in(session, case, "เลข 123", follow.complainant_of(case), NOW + 4 * HOUR)
    case = the_case(db.session(), number)
    assert (case.state, case.resume_state, case.waiting_since) == (State.TRIAGE, None, None)
    assert (case.triage_by - triage_by, case.final_by - final_by) == (3 * HOUR, 3 * HOUR)


def test_a_second_question_does_not_restart_the_waiting(app: Flask) -> None:
    number, desk = in_triage(), agent()
    for hours in (1, 5):
        with unit_of_work() as session:
            triage.ask(session, the_case(session, number), "ขอข้อมูล", desk, NOW + hours * HOUR)
    case = the_case(db.session(), number)
    assert (case.waiting_since, case.resume_state) == (NOW + HOUR, State.TRIAGE)
    assert letters_of(db.session(), number) == ["receipt", "question", "question"]


def test_a_note_is_for_the_inside_only(app: Flask) -> None:
    number, desk = in_triage(), agent()
    with unit_of_work() as session:
        triage.note(session, the_case(session, number), "โทรแล้วไม่รับสาย", desk, NOW)
    case = the_case(db.session(), number)
    assert [(message.kind, message.public) for message in case.messages] == [("note", False)]
    assert letters_of(db.session(), number) == ["receipt"]


def test_the_centre_answers_itself_and_calls_the_agencies_back(app: Flask) -> None:
    number, desk = referred("POLICE", "OCPB"), agent()
    with unit_of_work() as session:
        triage.resolve(session, the_case(session, number), "explained", "แจ้งสิทธิ์แล้ว", desk, NOW + DAY)
    case = the_case(db.session(), number)
    assert states(db.session(), number) == (State.RESOLVED, [ReferralState.RECALLED] * 2)
    assert (case.outcome, case.resolution, case.resolved_at) == ("explained", "แจ้งสิทธิ์แล้ว", NOW + DAY)
    assert [referral.ended_at for referral in case.referrals] == [NOW + DAY] * 2
    assert letters_of(db.session(), number)[-1] == "resolved"


@pytest.mark.parametrize(
    ("outcome", "answer", "field"),
    [("", "ตอบ", "outcome"), ("wished_away", "ตอบ", "outcome"), ("explained", " ", "answer")],
)
def test_an_answer_needs_outcome_and_words(app: Flask, outcome: str, answer: str, field: str) -> None:
    number, desk = referred(), agent()
    with pytest.raises(InvalidInput) as caught, unit_of_work() as session:
        triage.resolve(session, the_case(session, number), outcome, answer, desk, NOW)
    assert caught.value.field == field
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.SENT])


def test_out_of_scope_is_told_with_its_reason(app: Flask) -> None:
    number, desk = in_triage(), agent()
    with unit_of_work() as session:
        triage.reject(session, the_case(session, number), "เป็นอำนาจของศาล โทร 1111", desk, NOW)
    case = the_case(db.session(), number)
    assert case.state == State.OUT_OF_SCOPE
    promise = next(promise for promise in case.promises if promise.payload.get("letter") == "out_of_scope")
    assert promise.payload["message_id"] == case.messages[-1].id
    assert case.messages[-1].public


def test_a_referred_case_is_not_out_of_scope(app: Flask) -> None:
    number, desk = referred(), agent()
    with pytest.raises(StepImpossible), unit_of_work() as session:
        triage.reject(session, the_case(session, number), "ไม่ใช่", desk, NOW)
    assert the_case(db.session(), number).messages == []


def test_merging_points_to_the_other_case(app: Flask) -> None:
    copy, original, desk = referred(), in_triage(), agent()
    with unit_of_work() as session:
        triage.merge(session, the_case(session, copy), the_case(session, original), desk, NOW)
    session = db.session()
    case, into = the_case(session, copy), the_case(session, original)
    assert (case.merged_into_id, into.state) == (into.id, State.TRIAGE)
    assert states(session, copy) == (State.MERGED, [ReferralState.RECALLED])
    promise = next(promise for promise in case.promises if promise.payload.get("letter") == "merged")
    assert promise.payload["into"] == original


def test_merging_needs_another_open_case(app: Flask) -> None:
    number, desk, ended = in_triage(), agent(), closed()
    for target in (number, ended):
        with pytest.raises(InvalidInput) as caught, unit_of_work() as session:
            triage.merge(session, the_case(session, number), the_case(session, target), desk, NOW)
        assert caught.value.field == "into"
    assert the_case(db.session(), number).state == State.TRIAGE


def test_two_cases_are_never_merged_into_each_other(app: Flask) -> None:
    pair, desk = [in_triage(), in_triage()], agent()

    def job(turn: int) -> None:
        with unit_of_work() as session:
            locked = select(Case).where(Case.number == pair[turn]).with_for_update(of=Case)
            case = session.scalars(locked).one()
            triage.merge(session, case, the_case(session, pair[1 - turn]), desk, NOW)

    at_once(app, 2, job)
    found = sorted(the_case(db.session(), number).state for number in pair)
    assert found == [State.MERGED, State.TRIAGE]


@pytest.mark.parametrize("role", [Role.PARTNER, Role.ADMINISTRATOR])
def test_only_the_desk_decides(app: Flask, role: Role) -> None:
    number, other, who = in_triage(), in_triage(), actor(role)
    for step in (
        lambda session, case: triage.decide(session, case, "purchase_dispute", who, NOW),
        lambda session, case: triage.resolve(session, case, "explained", "ตอบ", who, NOW),
        lambda session, case: triage.reject(session, case, "ไม่ใช่", who, NOW),
        lambda session, case: triage.merge(session, case, the_case(session, other), who, NOW),
    ):
        with pytest.raises((NotAllowed, StepImpossible)), unit_of_work() as session:
            step(session, the_case(session, number))
    case = the_case(db.session(), number)
    assert (case.state, case.category_code, case.messages) == (State.TRIAGE, "seller_fraud", [])


def test_a_resolved_case_can_be_recategorised_but_not_asked_about(app: Flask) -> None:
    number, desk = answered(), agent()
    with unit_of_work() as session:
        triage.decide(session, the_case(session, number), "purchase_dispute", desk, NOW + 2 * DAY)
    assert the_case(db.session(), number).state == State.RESOLVED
    with pytest.raises(StepImpossible), unit_of_work() as session:
        triage.ask(session, the_case(session, number), "ถาม", desk, NOW + 2 * DAY)


def test_an_agency_that_works_on_while_the_centre_waits_moves_the_state_behind(app: Flask) -> None:
    number, desk, officer = referred(), agent(), police()
    with unit_of_work() as session:
        triage.ask(session, the_case(session, number), "ขอหลักฐาน", desk, NOW + HOUR)
    with unit_of_work() as session:
        case, referral = at_agency(session, number, "POLICE")
        case.apply(triage.Action.ACCEPT, officer, NOW + 2 * HOUR, referral=referral)
    case = the_case(db.session(), number)
    assert (case.state, case.resume_state) == (State.WAITING, State.IN_PROGRESS)
    with unit_of_work() as session:
        case = the_case(session, number)
        answer_by = case.referrals[0].answer_by
        correspond.write_in(session, case, "ส่งแล้ว", follow.complainant_of(case), NOW + 3 * HOUR)
        assert case.state == State.IN_PROGRESS
        assert case.referrals[0].answer_by - answer_by == timedelta(hours=2)
