"""What an agency does with its referral, and what it cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.errors import InvalidInput, NotAllowed, NotFound, StepImpossible
from complaints.domain.lifecycle import Action, ReferralState, State
from complaints.services import access, follow, handle
from tests.centre import actor
from tests.services.scene import (
    DAY,
    HOUR,
    NOW,
    actions_of,
    agent,
    answered,
    at_agency,
    letters_of,
    ocpb,
    police,
    referred,
    states,
    the_case,
)

if TYPE_CHECKING:
    from flask import Flask


def test_receipt_and_acceptance_keep_their_times(app: Flask) -> None:
    number, who = referred(), police()
    with unit_of_work() as session:
        handle.acknowledge(*at_agency(session, number, "POLICE"), who, NOW + HOUR)
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.ACKNOWLEDGED])
    with unit_of_work() as session:
        handle.accept(*at_agency(session, number, "POLICE"), who, NOW + DAY)
    case, referral = at_agency(db.session(), number, "POLICE")
    assert (referral.acknowledged_at, referral.accepted_at, referral.ended_at) == (NOW + HOUR, NOW + DAY, None)
    assert (case.state, case.lead_agency_code) == (State.IN_PROGRESS, "POLICE")
    event = case.events[-1]
    assert (event.action, event.account_id, event.agency_code, event.referral_id) == (
        "accept",
        who.account_id,
        "POLICE",
        referral.id,
    )


def test_acceptance_alone_is_a_receipt_too(app: Flask) -> None:
    number, who = referred(), police()
    with unit_of_work() as session:
        handle.accept(*at_agency(session, number, "POLICE"), who, NOW + HOUR)
    referral = at_agency(db.session(), number, "POLICE")[1]
    assert (referral.acknowledged_at, referral.accepted_at) == (NOW + HOUR, NOW + HOUR)


def test_the_agency_that_accepts_leads(app: Flask) -> None:
    number, who = referred("POLICE", "OCPB"), police()
    assert the_case(db.session(), number).lead_agency_code == "OCPB"
    with unit_of_work() as session:
        handle.accept(*at_agency(session, number, "POLICE"), who, NOW)
    assert the_case(db.session(), number).lead_agency_code == "POLICE"


def test_declining_and_returning_need_a_reason(app: Flask) -> None:
    number, who = referred(), police()
    with pytest.raises(InvalidInput) as caught, unit_of_work() as session:
        handle.decline(session, *at_agency(session, number, "POLICE"), "  ", who, NOW)
    assert (caught.value.field, caught.value.values["reason"]) == ("reason", "required")
    with unit_of_work() as session:
        handle.accept(*at_agency(session, number, "POLICE"), who, NOW)
    with pytest.raises(InvalidInput) as caught, unit_of_work() as session:
        handle.give_back(session, *at_agency(session, number, "POLICE"), "", who, NOW)
    assert caught.value.field == "reason"
    assert states(db.session(), number) == (State.IN_PROGRESS, [ReferralState.ACCEPTED])


def test_what_was_accepted_is_returned_not_declined(app: Flask) -> None:
    number, who = referred(), police()
    with pytest.raises(StepImpossible), unit_of_work() as session:
        handle.give_back(session, *at_agency(session, number, "POLICE"), "ไม่ใช่", who, NOW)
    with unit_of_work() as session:
        handle.accept(*at_agency(session, number, "POLICE"), who, NOW)
    with pytest.raises(StepImpossible), unit_of_work() as session:
        handle.decline(session, *at_agency(session, number, "POLICE"), "ไม่ใช่", who, NOW)
    assert the_case(db.session(), number).messages == []


def test_an_answer_needs_acceptance_first(app: Flask) -> None:
    number, who = referred(), police()
    with pytest.raises(StepImpossible), unit_of_work() as session:
        handle.answer(session, *at_agency(session, number, "POLICE"), "explained", "ตอบ", None, who, NOW)
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.SENT])


def test_the_answer_is_kept_with_outcome_and_money(app: Flask) -> None:
    number, who = referred(), police()
    with unit_of_work() as session:
        handle.accept(*at_agency(session, number, "POLICE"), who, NOW)
        case, referral = at_agency(session, number, "POLICE")
        # More satang than 32 bits hold.
        handle.answer(session, case, referral, "refunded_part", " คืนบางส่วน ", 2_500_000_000, who, NOW + DAY)
    case, referral = at_agency(db.session(), number, "POLICE")
    assert (referral.state, referral.outcome, referral.answer, referral.recovered, referral.ended_at) == (
        ReferralState.ANSWERED,
        "refunded_part",
        "คืนบางส่วน",
        2_500_000_000,
        NOW + DAY,
    )
    assert (case.state, case.outcome, case.resolution) == (State.RESOLVED, "refunded_part", "คืนบางส่วน")
    assert case.events[-1].data == {"outcome": "refunded_part", "recovered": 2_500_000_000}
    assert [(message.kind, message.public, message.body) for message in case.messages] == [("answer", True, "คืนบางส่วน")]


@pytest.mark.parametrize(
    ("outcome", "text", "recovered", "field"),
    [
        ("", "ตอบ", None, "outcome"),
        ("magic", "ตอบ", None, "outcome"),
        ("explained", "", None, "answer"),
        ("refunded_full", "คืน", -1, "recovered"),
    ],
)
def test_a_bad_answer_names_its_field(app: Flask, outcome: str, text: str, recovered: int | None, field: str) -> None:
    number, who = referred(), police()
    with unit_of_work() as session:
        handle.accept(*at_agency(session, number, "POLICE"), who, NOW)
    with pytest.raises(InvalidInput) as caught, unit_of_work() as session:
        handle.answer(session, *at_agency(session, number, "POLICE"), outcome, text, recovered, who, NOW)
    assert caught.value.field == field
    assert states(db.session(), number) == (State.IN_PROGRESS, [ReferralState.ACCEPTED])


def test_an_agency_asks_through_the_centre(app: Flask) -> None:
    number, who = referred(), police()
    with unit_of_work() as session:
        handle.ask(session, *at_agency(session, number, "POLICE"), "ขอสลิป", who, NOW + HOUR)
    case, referral = at_agency(db.session(), number, "POLICE")
    assert (case.state, case.resume_state) == (State.WAITING, State.REFERRED)
    message = case.messages[-1]
    assert (message.kind, message.agency_code, message.referral_id) == ("question", "POLICE", referral.id)
    promise = case.promises[-1]
    assert promise.payload == {
        "letter": "question",
        "message_id": message.id,
        "agency": "POLICE",
        "referral_id": referral.id,
    }


def test_whoever_ended_its_part_asks_no_more(app: Flask) -> None:
    number, who = answered("POLICE"), police()
    with pytest.raises(StepImpossible), unit_of_work() as session:
        handle.ask(session, *at_agency(session, number, "POLICE"), "อีกข้อ", who, NOW + 2 * DAY)
    assert letters_of(db.session(), number)[-1] == "resolved"


def test_an_answer_while_the_centre_waits_ends_the_waiting(app: Flask) -> None:
    number, who = referred(), police()
    with unit_of_work() as session:
        handle.accept(*at_agency(session, number, "POLICE"), who, NOW)
        handle.ask(session, *at_agency(session, number, "POLICE"), "ขอสลิป", who, NOW + HOUR)
    with unit_of_work() as session:
        handle.answer(session, *at_agency(session, number, "POLICE"), "explained", "ไม่ต้องแล้ว", None, who, NOW + DAY)
    case = the_case(db.session(), number)
    assert (case.state, case.waiting_since, case.resume_state) == (State.RESOLVED, None, None)


def test_notes_are_for_desk_and_agency(app: Flask) -> None:
    number, who = referred(), police()
    with unit_of_work() as session:
        handle.note(session, *at_agency(session, number, "POLICE"), "นัดสอบปากคำ", who, NOW)
    message = the_case(db.session(), number).messages[-1]
    assert (message.public, message.agency_code) == (False, "POLICE")


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_only_partners_handle(app: Flask, role: Role) -> None:
    number, who = referred(), actor(role)
    for step in (handle.acknowledge, handle.accept):
        with pytest.raises(NotAllowed), unit_of_work() as session:
            step(*at_agency(session, number, "POLICE"), who, NOW)
    with pytest.raises(NotAllowed), unit_of_work() as session:
        handle.decline(session, *at_agency(session, number, "POLICE"), "ไม่", who, NOW)
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.SENT])


def test_another_agencys_referral_does_not_exist_for_an_officer(app: Flask) -> None:
    both, who = referred("POLICE", "OCPB"), ocpb()
    session = db.session()
    case = access.get_case(session, both, who)
    foreign, own = case.referrals
    assert access.get_referral(session, case, own.id, who) is own
    for wrong in (foreign.id, own.id + 1000):
        with pytest.raises(NotFound):
            access.get_referral(session, case, wrong, who)
    db.session.remove()
    foreign_case = referred("POLICE")
    with pytest.raises(NotFound):
        access.get_case(db.session(), foreign_case, who)


def test_a_referral_of_another_case_is_refused(app: Flask) -> None:
    mine, other, who = referred(), referred(), police()
    session = db.session()
    referral = the_case(session, other).referrals[0]
    with pytest.raises(NotFound):
        access.get_referral(session, the_case(session, mine), referral.id, who)
    with pytest.raises(StepImpossible):
        the_case(session, mine).apply(Action.ACCEPT, who, NOW, referral=referral)
    session.rollback()


def test_after_withdrawal_nothing_is_left_to_handle(app: Flask) -> None:
    number, who = referred(), police()
    with unit_of_work() as session:
        follow.withdraw(session, the_case(session, number), "", NOW + HOUR)
    with pytest.raises(StepImpossible), unit_of_work() as session:
        handle.accept(*at_agency(session, number, "POLICE"), who, NOW + DAY)
    assert actions_of(db.session(), number)[-1] == "withdraw"


def test_looking_at_the_contacts_leaves_the_version(app: Flask) -> None:
    number, who, other = referred(), police(), agent()
    before = the_case(db.session(), number).version
    with unit_of_work() as session:
        case, referral = at_agency(session, number, "POLICE")
        case.apply(Action.VIEW_PERSON, who, NOW + DAY, referral=referral)
    case = the_case(db.session(), number)
    assert (case.version, case.events[-1].version, case.changed_at) == (before, before, NOW)
    assert actions_of(db.session(), number)[-1] == "view_person"
    assert access.get_for_change(db.session(), number, other, before).number == number
