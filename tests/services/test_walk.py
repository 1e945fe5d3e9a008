"""A case from the first word to the last, through the services, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.errors import NotAllowed, StaleCase, StepImpossible
from complaints.domain.lifecycle import ReferralState, State
from complaints.domain.thai_time import local_day
from complaints.services import access, correspond, follow, handle, report, triage
from complaints.services.kpi import counting
from tests.centre import actor, classified, file_case

if TYPE_CHECKING:
    from flask import Flask

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_case_goes_all_the_way_and_counts(app: Flask) -> None:
    number, secret = file_case(now=NOW)
    classified(number, "seller_fraud", now=NOW + timedelta(seconds=2))
    police = actor(Role.PARTNER)
    with unit_of_work() as session:
        case = access.get_for_change(session, number, police, None)
        referral = case.referrals[0]
        assert (case.state, referral.state) == (State.REFERRED, ReferralState.SENT)
        handle.accept(case, referral, police, NOW + timedelta(hours=1))
        handle.ask(session, case, referral, "ขอสลิปโอนเงิน", police, NOW + timedelta(hours=2))
        assert case.state == State.WAITING
        promised = case.final_by
    with unit_of_work() as session:
        case = follow.find(session, number, secret)
        assert case is not None
        correspond.write_in(session, case, "ส่งให้แล้วค่ะ", follow.complainant_of(case), NOW + timedelta(hours=26))
        assert case.state == State.IN_PROGRESS
        assert case.final_by - promised == timedelta(hours=24)
        handle.answer(
            session, case, case.referrals[0], "refunded_full", "คืนเงินครบแล้ว", 350_000, police, NOW + timedelta(days=3)
        )
        assert case.state == State.RESOLVED
    with unit_of_work() as session:
        case = follow.find(session, number, secret)
        assert case is not None
        follow.confirm(case, NOW + timedelta(days=4))
        assert case.state == State.CLOSED
        session.flush()
        counting.recount(session, counting.all_days(session), NOW + timedelta(days=6))
        count = report.total(session, local_day(NOW), local_day(NOW))
        assert (count.solved, count.due, count.contacts) == (1, 1, 1)
    with unit_of_work() as session:
        case = follow.find(session, number, secret)
        assert case is not None
        follow.dispute(session, case, "ยังไม่ได้เงินคืน", NOW + timedelta(days=5))
        session.flush()
        counting.recount(session, counting.all_days(session), NOW + timedelta(days=6))
        assert report.total(session, local_day(NOW), local_day(NOW)).solved == 0


def test_stale_page_overwrites_nothing(app: Flask) -> None:
    number, _ = file_case()
    classified(number, sure=False)
    agent = actor(Role.AGENT)
    seen = access.get_case(db.session(), number, agent).version
    db.session.remove()
    with unit_of_work() as session:
        triage.note(
            session, access.get_for_change(session, number, agent, seen), "โทรแล้วไม่รับ", agent, datetime.now(UTC)
        )
    with pytest.raises(StaleCase), unit_of_work() as session:
        triage.decide(
            session, access.get_for_change(session, number, agent, seen), "seller_fraud", agent, datetime.now(UTC)
        )


def test_no_step_for_the_wrong_role_or_state(app: Flask) -> None:
    number, secret = file_case()
    classified(number)
    agent = actor(Role.AGENT)
    session = db.session()
    case = access.get_case(session, number, agent)
    with pytest.raises(NotAllowed):
        handle.accept(case, case.referrals[0], agent, datetime.now(UTC))
    found = follow.find(session, number, secret)
    assert found is not None
    with pytest.raises(StepImpossible):
        follow.confirm(found, datetime.now(UTC))
    session.rollback()


def test_one_wrong_digit_finds_nothing(app: Flask) -> None:
    number, secret = file_case()
    session = db.session()
    assert follow.find(session, number, secret) is not None
    assert follow.find(session, number.replace("-", " "), " ".join(secret)) is not None
    assert follow.find(session, number, secret[:-1] + str((int(secret[-1]) + 1) % 10)) is None
    assert follow.find(session, number[:-1] + str((int(number[-1]) + 1) % 10), secret) is None
