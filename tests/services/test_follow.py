"""What complainants do with their case: find, confirm, dispute, withdraw, rate."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.errors import InvalidInput, NotFound, StepImpossible
from complaints.domain.lifecycle import ReferralState, State
from complaints.services import access, centre, follow, triage, upkeep
from tests.centre import file_case
from tests.services.scene import (
    DAY,
    HOUR,
    NOW,
    agent,
    answered,
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

RESOLVED_AT = NOW + DAY
SECOND = timedelta(seconds=1)


def dispute(number: str, reason: str, now: object) -> None:
    with unit_of_work() as session:
        follow.dispute(session, the_case(session, number), reason, now)  # type: ignore[arg-type]


def test_number_and_secret_open_the_case_and_nothing_else_does(app: Flask) -> None:
    number, secret = file_case()
    other_number, other_secret = file_case()
    session = db.session()
    found = follow.find(session, number, secret)
    assert found is not None
    assert found.number == number
    thai = secret.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    assert follow.find(session, number, f"{thai[:4]}-{thai[4:]}") is found
    for wrong in ((number, other_secret), (other_number, secret), (number, ""), ("", secret), ("70-999999-9", secret)):
        assert follow.find(session, *wrong) is None


def test_confirming_closes(app: Flask) -> None:
    number = answered()
    with unit_of_work() as session:
        follow.confirm(the_case(session, number), NOW + 2 * DAY)
    case = the_case(db.session(), number)
    assert (case.state, case.closed_at) == (State.CLOSED, NOW + 2 * DAY)
    assert letters_of(db.session(), number)[-1] == "survey"
    with pytest.raises(StepImpossible), unit_of_work() as session:
        follow.confirm(the_case(session, number), NOW + 2 * DAY)


@pytest.mark.parametrize("after_closing", [False, True])
def test_not_solved_reopens(app: Flask, *, after_closing: bool) -> None:
    number = closed() if after_closing else answered()
    dispute(number, "ยังไม่ได้เงิน", NOW + 3 * DAY)
    case = the_case(db.session(), number)
    assert (case.state, case.closed_at, case.reopened_count) == (State.REOPENED, None, 1)
    # Monday the 23rd plus one working day.
    assert case.triage_by > NOW + 3 * DAY
    assert case.messages[-1].body == "ยังไม่ได้เงิน"
    assert letters_of(db.session(), number)[-1] == "reopened"


def test_a_reopened_case_is_answered_again(app: Flask) -> None:
    number, desk = answered(), agent()
    dispute(number, "ยังไม่ได้เงิน", NOW + 3 * DAY)
    with unit_of_work() as session:
        triage.decide_and_refer(session, the_case(session, number), "seller_fraud", ["POLICE"], desk, NOW + 4 * DAY)
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.ANSWERED, ReferralState.SENT])
    with unit_of_work() as session:
        triage.resolve(session, the_case(session, number), "refunded_full", "ได้คืนแล้ว", desk, NOW + 5 * DAY)
    case = the_case(db.session(), number)
    assert (case.resolved_at, case.resolution) == (NOW + 5 * DAY, "ได้คืนแล้ว")
    dispute(number, "ขาดอีกร้อย", NOW + 6 * DAY)
    assert the_case(db.session(), number).reopened_count == 2


def test_the_window_of_the_last_word(app: Flask) -> None:
    number = answered(at=RESOLVED_AT)
    days = centre.profile(db.session()).dispute_days
    end = RESOLVED_AT + timedelta(days=days)
    case = the_case(db.session(), number)
    assert follow.may_dispute(case, end, days)
    assert not follow.may_dispute(case, end + SECOND, days)
    with pytest.raises(StepImpossible):
        dispute(number, "ช้าไป", end + SECOND)
    assert the_case(db.session(), number).messages[-1].body != "ช้าไป"
    dispute(number, "ทันพอดี", end)
    case = the_case(db.session(), number)
    assert case.state == State.REOPENED
    assert not follow.may_dispute(case, end, days)


def test_the_window_is_the_operators(app: Flask) -> None:
    number = answered(at=RESOLVED_AT)
    with unit_of_work() as session:
        centre.change_profile(session, {"dispute_days": "7"}, NOW)
    with pytest.raises(StepImpossible):
        dispute(number, "ช้าไป", RESOLVED_AT + 8 * DAY)
    dispute(number, "ทัน", RESOLVED_AT + 7 * DAY)


def test_a_dispute_needs_words(app: Flask) -> None:
    number = answered()
    with pytest.raises(InvalidInput) as caught:
        dispute(number, " ", NOW + 2 * DAY)
    assert caught.value.field == "reason"
    assert the_case(db.session(), number).state == State.RESOLVED


def test_an_open_case_is_not_disputed(app: Flask) -> None:
    number = in_triage()
    with pytest.raises(StepImpossible):
        dispute(number, "ยังไม่ตอบ", NOW + DAY)
    assert the_case(db.session(), number).messages == []


def test_withdrawing_recalls_the_referrals(app: Flask) -> None:
    number, who = referred("POLICE", "OCPB"), police()
    with unit_of_work() as session:
        follow.withdraw(session, the_case(session, number), "ร้านคืนเงินแล้ว", NOW + DAY)
    case = the_case(db.session(), number)
    assert states(db.session(), number) == (State.WITHDRAWN, [ReferralState.RECALLED] * 2)
    assert [referral.ended_at for referral in case.referrals] == [NOW + DAY] * 2
    assert case.messages[-1].body == "ร้านคืนเงินแล้ว"
    assert letters_of(db.session(), number)[-1] == "withdrawn"
    # What was called back is not the agency's to see any more.
    with pytest.raises(NotFound):
        access.get_case(db.session(), number, who)


def test_withdrawing_needs_no_reason_and_happens_once(app: Flask) -> None:
    number = in_triage()
    with unit_of_work() as session:
        follow.withdraw(session, the_case(session, number), "", NOW)
    assert the_case(db.session(), number).messages == []
    with pytest.raises(StepImpossible), unit_of_work() as session:
        follow.withdraw(session, the_case(session, number), "", NOW)


def test_a_waiting_case_can_be_withdrawn(app: Flask) -> None:
    number, desk = in_triage(), agent()
    with unit_of_work() as session:
        triage.ask(session, the_case(session, number), "ขอข้อมูล", desk, NOW)
    with unit_of_work() as session:
        follow.withdraw(session, the_case(session, number), "", NOW + HOUR)
    case = the_case(db.session(), number)
    assert (case.state, case.waiting_since, case.resume_state) == (State.WITHDRAWN, None, None)


def test_an_answered_case_is_not_withdrawn(app: Flask) -> None:
    number = answered()
    with pytest.raises(StepImpossible), unit_of_work() as session:
        follow.withdraw(session, the_case(session, number), "", NOW)


def test_the_last_rating_counts(app: Flask) -> None:
    number = answered()
    for score, reason in ((2, "ช้า"), (5, "  เร็วขึ้นมาก ")):
        with unit_of_work() as session:
            follow.rate(the_case(session, number), score, reason, NOW + 2 * DAY)
    case = the_case(db.session(), number)
    assert (case.score, case.score_reason, case.state) == (5, "เร็วขึ้นมาก", State.RESOLVED)
    # The timeline keeps the figure, never the words.
    assert case.events[-1].data == {"score": 5}


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_rating_is_one_to_five(app: Flask, score: int) -> None:
    number = answered()
    with pytest.raises(InvalidInput), unit_of_work() as session:
        follow.rate(the_case(session, number), score, "", NOW)
    assert the_case(db.session(), number).score is None


def test_an_open_case_is_not_rated(app: Flask) -> None:
    number = in_triage()
    with pytest.raises(StepImpossible), unit_of_work() as session:
        follow.rate(the_case(session, number), 5, "", NOW)


def test_an_address_left_later_brings_the_receipt(app: Flask) -> None:
    number = in_triage()
    with unit_of_work() as session:
        follow.leave_address(the_case(session, number), "somchai@example.com", NOW)
    assert letters_of(db.session(), number) == ["receipt", "receipt"]
    with pytest.raises(InvalidInput) as caught, unit_of_work() as session:
        follow.leave_address(the_case(session, number), "thief@example.com", NOW)
    assert caught.value.field == "email"
    assert the_case(db.session(), number).person.email == "somchai@example.com"


def test_only_the_proven_case_is_ones_own(app: Flask) -> None:
    mine, other = in_triage(), in_triage()
    session = db.session()
    owner = follow.complainant_of(the_case(session, mine))
    assert access.get_own(session, owner).number == mine
    assert access.get_own_for_change(session, owner).number == mine
    for nobody in (Actor(Role.COMPLAINANT), Actor(Role.COMPLAINANT, case_id=0)):
        with pytest.raises(NotFound):
            access.get_own(session, nobody)
        with pytest.raises(NotFound):
            access.get_own_for_change(session, nobody)
    with pytest.raises(NotFound):
        access.get_case(session, other, owner)


def test_confirm_and_dispute_at_once_leave_one_of_them(app: Flask) -> None:
    number = answered()

    def job(turn: int) -> None:
        with unit_of_work() as session:
            case = access.get_own_for_change(session, follow.complainant_of(the_case(session, number)))
            if turn:
                follow.dispute(session, case, "ยังไม่ได้", NOW + 2 * DAY)
            else:
                follow.confirm(case, NOW + 2 * DAY)

    found = at_once(app, 2, job)
    case = the_case(db.session(), number)
    # Confirmed first, then disputed: both stand; disputed first: confirming is impossible.
    assert case.state == State.REOPENED
    assert found[1] is None
    assert found[0] is None or isinstance(found[0], StepImpossible)
    assert (case.closed_at, case.reopened_count) == (None, 1)


def test_silence_and_dispute_at_once_leave_a_whole_case(app: Flask) -> None:
    number = answered(at=RESOLVED_AT)
    later = RESOLVED_AT + 15 * DAY

    def job(turn: int) -> object:
        with unit_of_work() as session:
            if turn:
                return upkeep.close_silent(session, later)
            case = access.get_own_for_change(session, follow.complainant_of(the_case(session, number)))
            return follow.dispute(session, case, "ยังไม่ได้", later)

    found = at_once(app, 2, job)
    case = the_case(db.session(), number)
    assert case.state == State.REOPENED, found
    assert case.closed_at is None
