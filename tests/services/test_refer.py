"""Referring: several agencies at once, the state follows those that are still at work, one open referral an agency."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.agency import Agency, Category
from complaints.domain.errors import InvalidInput, NotAllowed, StepImpossible
from complaints.domain.lifecycle import ReferralState, State
from complaints.domain.referral import Referral
from complaints.services import access, centre, handle, refer
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
    in_triage,
    letters_of,
    ocpb,
    police,
    referred,
    states,
    the_case,
)

if TYPE_CHECKING:
    from flask import Flask


def send(number: str, *agencies: str, who: Actor | None = None, now: datetime = NOW) -> list[str]:
    desk = who or agent()
    with unit_of_work() as session:
        made = refer.refer(session, the_case(session, number), agencies, desk, now)
        return [referral.agency_code for referral in made]


def take(number: str, agency: str, who: Actor, step: str, *words: str, now: datetime = NOW + DAY) -> None:
    """Let an agency's officer accept, decline, give back or answer."""
    with unit_of_work() as session:
        case, referral = at_agency(session, number, agency)
        if step == "accept":
            handle.accept(case, referral, who, now)
        elif step == "answer":
            handle.answer(session, case, referral, "explained", words[0], None, who, now)
        else:
            getattr(handle, step)(session, case, referral, words[0], who, now)


def test_each_agency_has_its_own_clock(app: Flask) -> None:
    number = in_triage()
    assert send(number, "POLICE", "OCPB") == ["POLICE", "OCPB"]
    case = the_case(db.session(), number)
    assert case.referred_at == NOW
    for referral in case.referrals:
        assert referral.sent_at == NOW
        # Three working days from Friday; fifteen days.
        assert referral.acknowledge_by == datetime(2026, 11, 25, 16, 59, tzinfo=UTC)
        assert referral.answer_by == datetime(2026, 12, 5, 16, 59, tzinfo=UTC)
    assert [promise.payload["agency"] for promise in case.promises if promise.payload.get("letter") == "referred"] == [
        "POLICE",
        "OCPB",
    ]


def test_a_categorys_own_deadline_is_the_agencys(app: Flask) -> None:
    with unit_of_work() as session:
        session.get_one(Category, "seller_fraud").answer_days = 2
    number = referred()
    assert the_case(db.session(), number).referrals[0].answer_by == datetime(2026, 11, 22, 16, 59, tzinfo=UTC)


def test_an_agency_named_twice_gets_it_once(app: Flask) -> None:
    number = in_triage()
    assert send(number, "POLICE", "POLICE") == ["POLICE"]
    assert send(number, "POLICE", "OCPB") == ["OCPB"]
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.SENT, ReferralState.SENT])


@pytest.mark.parametrize("code", ["NOBODY", "CENTRE", ""])
def test_the_case_goes_to_a_partner_only(app: Flask, code: str) -> None:
    number = in_triage()
    with pytest.raises(InvalidInput) as caught:
        send(number, "POLICE", code)
    assert (caught.value.field, caught.value.values["reason"]) == ("agencies", "choose_agency")
    assert states(db.session(), number) == (State.TRIAGE, [])


def test_a_retired_agency_gets_nothing(app: Flask) -> None:
    with unit_of_work() as session:
        session.get_one(Agency, "POLICE").active = False
    number = in_triage()
    with pytest.raises(InvalidInput):
        send(number, "POLICE")


def test_no_agency_and_no_category_are_named(app: Flask) -> None:
    number = in_triage()
    with pytest.raises(InvalidInput) as caught:
        send(number)
    assert caught.value.field == "agencies"
    fresh, _ = file_case(now=NOW)
    with pytest.raises(InvalidInput) as caught:
        send(fresh, "POLICE")
    assert caught.value.field == "category"


@pytest.mark.parametrize("role", [Role.PARTNER, Role.ADMINISTRATOR])
def test_only_desk_and_machine_refer(app: Flask, role: Role) -> None:
    number, who = in_triage(), actor(role)
    with pytest.raises(NotAllowed):
        send(number, "POLICE", who=who)


def test_an_ended_case_is_not_referred(app: Flask) -> None:
    number = answered()
    with pytest.raises(StepImpossible):
        send(number, "OCPB", now=NOW + 2 * DAY)


def test_the_state_follows_the_other_agencies(app: Flask) -> None:
    number, first, second = referred("POLICE", "OCPB"), police(), ocpb()
    take(number, "POLICE", first, "accept")
    assert states(db.session(), number) == (State.IN_PROGRESS, [ReferralState.ACCEPTED, ReferralState.SENT])
    take(number, "POLICE", first, "answer", "อธิบายแล้ว")
    # The other agency has not accepted yet.
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.ANSWERED, ReferralState.SENT])
    assert letters_of(db.session(), number)[-1] == "partly_answered"
    case = the_case(db.session(), number)
    assert (case.resolved_at, case.outcome, case.resolution) == (None, None, "")
    take(number, "OCPB", second, "accept")
    take(number, "OCPB", second, "answer", "คืนเงินแล้ว", now=NOW + 2 * DAY)
    case = the_case(db.session(), number)
    assert (case.state, case.resolution, case.resolved_at) == (State.RESOLVED, "คืนเงินแล้ว", NOW + 2 * DAY)
    assert letters_of(db.session(), number)[-1] == "resolved"
    assert [message.body for message in case.messages] == ["อธิบายแล้ว", "คืนเงินแล้ว"]


def test_one_agency_more_does_not_stop_another_at_work(app: Flask) -> None:
    number, first = referred("POLICE"), police()
    take(number, "POLICE", first, "accept")
    send(number, "OCPB", now=NOW + 2 * DAY)
    assert states(db.session(), number) == (State.IN_PROGRESS, [ReferralState.ACCEPTED, ReferralState.SENT])
    assert the_case(db.session(), number).referred_at == NOW


def test_a_declined_referral_leaves_the_case_with_the_others(app: Flask) -> None:
    number, first, second = referred("POLICE", "OCPB"), police(), ocpb()
    take(number, "OCPB", second, "accept")
    take(number, "POLICE", first, "decline", "ไม่มีมูลอาญา")
    assert states(db.session(), number) == (State.IN_PROGRESS, [ReferralState.DECLINED, ReferralState.ACCEPTED])


def test_the_last_one_to_decline_or_return_brings_it_back(app: Flask) -> None:
    number, first, second = referred("POLICE", "OCPB"), police(), ocpb()
    before = the_case(db.session(), number).triage_by
    take(number, "POLICE", first, "decline", "ไม่มีมูลอาญา")
    take(number, "OCPB", second, "accept")
    take(number, "OCPB", second, "give_back", "เป็นเรื่องของ อย.", now=NOW + 3 * DAY)
    case = the_case(db.session(), number)
    assert states(db.session(), number) == (State.TRIAGE, [ReferralState.DECLINED, ReferralState.RETURNED])
    assert [referral.reason for referral in case.referrals] == ["ไม่มีมูลอาญา", "เป็นเรื่องของ อย."]
    # Monday's end plus one working day: the desk has its time again.
    assert case.triage_by == before + DAY
    assert letters_of(db.session(), number) == ["receipt", "referred", "referred"]
    assert [(message.kind, message.public) for message in case.messages] == [("note", False)] * 2


def test_an_answer_beside_a_refusal_waits_for_the_desk(app: Flask) -> None:
    number, first, second = referred("POLICE", "OCPB"), police(), ocpb()
    take(number, "OCPB", second, "accept")
    take(number, "OCPB", second, "answer", "ตอบแล้ว")
    take(number, "POLICE", first, "decline", "ไม่ใช่เรา")
    assert states(db.session(), number) == (State.TRIAGE, [ReferralState.DECLINED, ReferralState.ANSWERED])


def test_after_a_refusal_the_same_agency_can_be_asked_again(app: Flask) -> None:
    number, first = referred("POLICE"), police()
    take(number, "POLICE", first, "decline", "ขาดหลักฐาน")
    assert send(number, "POLICE", now=NOW + 2 * DAY) == ["POLICE"]
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.DECLINED, ReferralState.SENT])


def test_the_database_refuses_a_second_open_referral(app: Flask) -> None:
    number = referred("POLICE")
    session = db.session()
    known = the_case(session, number).referrals[0]
    session.add(
        Referral(
            case_id=known.case_id,
            agency_code="POLICE",
            state="sent",
            sent_at=NOW,
            acknowledge_by=known.acknowledge_by,
            answer_by=known.answer_by,
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_two_agents_refer_at_once_and_one_referral_is_made(app: Flask) -> None:
    number, desk = in_triage(), agent()

    def job(_turn: int) -> None:
        with unit_of_work() as session:
            case = access.get_for_change(session, number, desk, None)
            refer.refer(session, case, ["POLICE"], desk, NOW)

    assert at_once(app, 4, job) == [None] * 4
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.SENT])
    assert actions_of(db.session(), number).count("refer") == 1


def test_two_agencies_answer_at_once_and_the_case_is_resolved_once(app: Flask) -> None:
    number, officers = referred("POLICE", "OCPB"), [police(), ocpb()]
    for who in officers:
        take(number, str(who.agency), who, "accept")

    def job(turn: int) -> None:
        who = officers[turn]
        with unit_of_work() as session:
            case = access.get_for_change(session, number, who, None)
            referral = next(one for one in case.referrals if one.agency_code == who.agency)
            handle.answer(session, case, referral, "explained", f"ตอบ {turn}", None, who, NOW + DAY)

    assert at_once(app, 2, job) == [None, None]
    assert states(db.session(), number) == (State.RESOLVED, [ReferralState.ANSWERED] * 2)
    assert letters_of(db.session(), number)[-2:] == ["partly_answered", "resolved"]


def test_a_stale_copy_of_a_case_writes_nothing(app: Flask) -> None:
    number, desk = in_triage(), agent()
    mine = the_case(db.session(), number)
    _ = mine.referrals, mine.events, mine.promises
    db.session.expunge_all()
    db.session.remove()
    # The copy is older than what another session does meanwhile.
    send(number, "OCPB", who=desk)
    session = db.session()
    session.add(mine)
    with pytest.raises(StaleDataError):
        refer.refer(session, mine, ["POLICE"], desk, NOW)
    session.rollback()
    assert [row.agency_code for row in the_case(db.session(), number).referrals] == ["OCPB"]


def test_the_machine_refers_to_the_categorys_agency(app: Flask) -> None:
    number, _ = file_case(now=NOW)
    classified(number, "seller_fraud", now=NOW + HOUR)
    case = the_case(db.session(), number)
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.SENT])
    assert case.referrals[0].agency_code == case.lead_agency_code == "POLICE"
    assert case.decisions[0].auto
    assert actions_of(db.session(), number) == ["file", "classify", "refer"]
    assert {event.role for event in case.events[1:]} == {"system"}


def test_a_retired_agency_puts_the_case_before_a_person(app: Flask) -> None:
    with unit_of_work() as session:
        session.get_one(Agency, "POLICE").active = False
    number, _ = file_case(now=NOW)
    classified(number, "seller_fraud", now=NOW)
    case = the_case(db.session(), number)
    assert states(db.session(), number) == (State.TRIAGE, [])
    assert (case.decisions[0].auto, case.category_code) == (False, "seller_fraud")


def test_what_is_not_safe_waits_for_a_person(app: Flask) -> None:
    def state_after(*, sure: bool = True, urgent: bool = False, guess: str = "seller_fraud", **more: object) -> str:
        number, _ = file_case(now=NOW, **more)
        classified(number, guess, sure=sure, urgent=urgent, now=NOW + HOUR)
        return the_case(db.session(), number).state

    assert state_after(sure=False) == State.TRIAGE
    assert state_after(urgent=True) == State.TRIAGE
    assert state_after(guess="general_inquiry") == State.TRIAGE
    assert state_after(transferred_at=NOW - DAY) == State.TRIAGE
    # After 72 hours the bank holds nothing any more.
    assert state_after(transferred_at=NOW - 4 * DAY) == State.REFERRED
    assert state_after(category="seller_fraud") == State.REFERRED
    with unit_of_work() as session:
        session.get_one(Category, "seller_fraud").auto_refer = False
    assert state_after() == State.TRIAGE
    with unit_of_work() as session:
        session.get_one(Category, "seller_fraud").auto_refer = True
        centre.change_profile(session, {"auto_refer": "0"}, NOW)
    assert state_after() == State.TRIAGE


def test_the_complainants_other_choice_waits_for_a_person(app: Flask) -> None:
    number, _ = file_case(now=NOW, category="purchase_dispute")
    classified(number, "seller_fraud", now=NOW)
    case = the_case(db.session(), number)
    assert (case.state, case.category_code) == (State.TRIAGE, "purchase_dispute")


def test_a_late_machine_changes_nothing_that_people_did(app: Flask) -> None:
    number, _ = file_case(now=NOW)
    desk = agent()
    with unit_of_work() as session:
        case = the_case(session, number)
        case.category_code = "purchase_dispute"
        refer.refer(session, case, ["OCPB"], desk, NOW)
    classified(number, "seller_fraud", now=NOW + HOUR)
    case = the_case(db.session(), number)
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.SENT])
    assert (case.category_code, case.referrals[0].agency_code) == ("purchase_dispute", "OCPB")
    assert (len(case.decisions), case.decisions[0].auto) == (1, False)
