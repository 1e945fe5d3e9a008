"""The facts are what counting by hand gives, over every way in which a case can end."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from complaints.db import db, unit_of_work
from complaints.domain.agency import Category
from complaints.domain.kpi.count import Count
from complaints.services import follow, report, triage, upkeep
from complaints.services.kpi import counting
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
    police,
    referred,
    the_case,
)

if TYPE_CHECKING:
    from flask import Flask

YEAR_2569 = datetime(2026, 9, 30, 16, 59, tzinfo=UTC)  # 23:59 in Bangkok
YEAR_2570 = datetime(2026, 9, 30, 17, 0, tzinfo=UTC)  # midnight: 1 October
ALL = (date(2026, 1, 1), date(2027, 12, 31))


LATER = NOW + 100 * DAY


def count(now: datetime = LATER) -> int:
    """Count when everybody had time for a word: who stayed silent agreed."""
    with unit_of_work() as session:
        upkeep.close_silent(session, now)
        days = counting.recount(session, counting.all_days(session), now)
    db.session.remove()
    return days


def mixed_set() -> None:
    """Fourteen cases; beside each what it counts: contacts, due, solved."""
    desk = agent()
    answered()  # 1 1 1: POLICE, seller_fraud, web, November
    closed()  # 1 1 1: the same
    answered(at=NOW + 70 * DAY)  # 1 1 0: answered after the promised day
    disputed, twice = answered(), answered("OCPB", category="purchase_dispute", channel="email")
    withdrawn, outside, copy = referred(), in_triage(), in_triage()
    inquiry = in_triage(category="general_inquiry")
    in_triage(category="financial_scam", channel="line")  # 1 1 0: another group, no agency yet
    file_case(channel="hotline", now=NOW)  # 1 1 0: not even a category yet
    answered(now=YEAR_2569)  # 1 1 1: September, fiscal year 2569
    answered(now=YEAR_2570, channel="hotline")  # 1 1 1: October, fiscal year 2570
    waiting = referred("OCPB", category="purchase_dispute", now=YEAR_2570)
    db.session.remove()
    with unit_of_work() as session:
        follow.dispute(session, the_case(session, disputed), "ยังไม่ได้", NOW + 3 * DAY)  # 1 1 0
        follow.dispute(session, the_case(session, twice), "ยังไม่ครบ", NOW + 3 * DAY)
        triage.resolve(session, the_case(session, twice), "refunded_full", "ครบแล้ว", desk, NOW + 5 * DAY)  # 1 1 1
        follow.withdraw(session, the_case(session, withdrawn), "", NOW + DAY)  # 1 0 0
        triage.reject(session, the_case(session, outside), "ไม่อยู่ในอำนาจ", desk, NOW + DAY)  # 1 0 0
        triage.merge(
            session, the_case(session, copy), the_case(session, waiting), desk, NOW + DAY
        )  # 1 1 0: another person's
        triage.resolve(session, the_case(session, inquiry), "explained", "ตอบคำถาม", desk, NOW + DAY)  # 1 0 0
        triage.ask(session, the_case(session, waiting), "ขอใบเสร็จ", desk, NOW)  # 1 1 0
    db.session.remove()


def test_the_figures_are_those_of_counting_by_hand(app: Flask) -> None:
    mixed_set()
    assert count() == 3
    session = db.session()
    assert report.total(session, *ALL, group=None) == Count(5, 11, 14)
    # Without the inquiry, the scam and the case without category.
    assert report.total(session, *ALL) == Count(5, 9, 11)
    assert report.total(session, *ALL).rate == Decimal("55.56")
    assert report.total(session, *ALL, group="online_scam") == Count(0, 1, 1)
    assert report.total(session, *ALL, group="consultation") == Count(0, 0, 1)
    assert report.total(session, *ALL, group="consultation").rate is None


def test_each_dimension_adds_up_to_the_whole(app: Flask) -> None:
    mixed_set()
    count()
    session = db.session()
    assert report.by(session, "agency", *ALL, group=None) == {
        # Outside, copy, inquiry, scam and hotline have none.
        "": Count(0, 3, 5),
        "OCPB": Count(1, 2, 2),
        "POLICE": Count(4, 6, 7),
    }
    assert report.by(session, "category", *ALL, group=None) == {
        "": Count(0, 1, 1),
        "financial_scam": Count(0, 1, 1),
        "general_inquiry": Count(0, 0, 1),
        "purchase_dispute": Count(1, 2, 2),
        "seller_fraud": Count(4, 7, 9),
    }
    assert report.by(session, "channel", *ALL, group=None) == {
        "email": Count(1, 1, 1),
        "hotline": Count(1, 2, 2),
        "line": Count(0, 1, 1),
        "web": Count(3, 7, 10),
    }
    assert report.by(session, "month", *ALL, group=None) == {
        "2026-09": Count(1, 1, 1),
        "2026-10": Count(1, 2, 2),
        "2026-11": Count(3, 8, 11),
    }
    assert report.by(session, "fiscal_year", *ALL, group=None) == {
        "2569": Count(1, 1, 1),
        "2570": Count(4, 10, 13),
    }
    for dimension in report.DIMENSIONS:
        for group in (None, "online_trading"):
            parts = report.by(session, dimension, *ALL, group=group).values()
            assert sum(parts, Count(0, 0)) == report.total(session, *ALL, group=group)


def test_a_span_takes_whole_days_of_bangkok(app: Flask) -> None:
    mixed_set()
    count()
    session = db.session()
    assert report.total(session, date(2026, 9, 30), date(2026, 9, 30), group=None).contacts == 1
    assert report.total(session, date(2026, 10, 1), date(2026, 10, 1), group=None).contacts == 2
    assert report.total(session, date(2026, 10, 2), date(2026, 11, 19), group=None) == Count(0, 0, 0)


def test_counting_again_gives_the_same(app: Flask) -> None:
    mixed_set()
    count()
    before = report.by(db.session(), "category", *ALL, group=None)
    db.session.remove()
    count(LATER + HOUR)
    session = db.session()
    assert report.by(session, "category", *ALL, group=None) == before
    assert report.counted_at(session) == LATER + HOUR


def test_two_counters_at_once_do_not_double(app: Flask) -> None:
    mixed_set()
    found = at_once(app, 4, lambda _turn: count())
    assert found == [3] * 4
    assert report.total(db.session(), *ALL, group=None).contacts == 14


def test_a_later_step_moves_the_figure_of_the_day_of_receipt(app: Flask) -> None:
    number, day = answered(), date(2026, 11, 20)
    count(NOW + 16 * DAY)
    assert report.total(db.session(), day, day) == Count(1, 1, 1)
    later = NOW + 20 * DAY
    db.session.remove()
    with unit_of_work() as session:
        follow.dispute(session, the_case(session, number), "ยังไม่ได้", later)
    with unit_of_work() as session:
        assert counting.refresh(session, later + HOUR, later + HOUR) == 0
        assert counting.refresh(session, later - HOUR, later) == 1
    assert report.total(db.session(), day, day) == Count(0, 1, 1)


def test_a_person_who_corrects_the_category_in_the_first_week_moves_the_case(app: Flask) -> None:
    number, desk = answered(), agent()
    for after, moved in ((2, "personal_data"), (8, "financial_scam")):
        with unit_of_work() as session:
            triage.decide(session, the_case(session, number), moved, desk, NOW + after * DAY)
    count()
    session = db.session()
    assert report.total(session, *ALL) == Count(0, 0, 0)
    assert report.total(session, *ALL, group="personal_data") == Count(1, 1, 1)


def test_waiting_for_the_complainant_makes_nobody_late(app: Flask) -> None:
    number, who = referred(), police()
    with unit_of_work() as session:
        case = the_case(session, number)
        case.apply(triage.Action.ACCEPT, who, NOW, referral=case.referrals[0])
        case.apply(triage.Action.ASK, who, NOW + 59 * DAY, referral=case.referrals[0])
    with unit_of_work() as session:
        case = the_case(session, number)
        case.apply(triage.Action.REPLY, follow.complainant_of(case), NOW + 69 * DAY)
        case.apply(
            triage.Action.ANSWER,
            who,
            NOW + 70 * DAY,
            referral=case.referrals[0],
            outcome="explained",
            answer="ตอบ",
        )
    count()
    assert report.total(db.session(), *ALL) == Count(1, 1, 1)


def test_the_last_minute_of_the_promised_day_is_in_time(app: Flask) -> None:
    with unit_of_work() as session:
        session.get_one(Category, "seller_fraud").final_days = 1
    # The end of the 21st in Bangkok; a minute later it is too late.
    answered(at=datetime(2026, 11, 21, 16, 59, tzinfo=UTC))
    count()
    assert report.total(db.session(), *ALL) == Count(1, 1, 1)
    db.session.remove()
    answered(at=datetime(2026, 11, 21, 17, 0, tzinfo=UTC))
    count()
    assert report.total(db.session(), *ALL) == Count(1, 2, 2)


def test_an_empty_centre_has_no_figure(app: Flask) -> None:
    assert count() == 0
    session = db.session()
    assert report.total(session, *ALL).rate is None
    assert report.by(session, "month", *ALL) == {}
    assert report.counted_at(session) is None


@pytest.mark.parametrize("dimension", ["", "person", "story"])
def test_nothing_personal_is_a_dimension(app: Flask, dimension: str) -> None:
    with pytest.raises(KeyError):
        report.by(db.session(), dimension, *ALL)
