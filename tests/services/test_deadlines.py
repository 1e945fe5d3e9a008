"""Deadlines: working days around weekends and holidays, calendar days to their end, a category before the centre."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from complaints.db import db, unit_of_work
from complaints.domain.agency import Agency, Category, Holiday
from complaints.domain.thai_time import BANGKOK
from complaints.services import centre, deadlines

if TYPE_CHECKING:
    from flask import Flask


def bangkok(year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BANGKOK)


def profile(**days: int) -> centre.CentreProfile:
    return centre.CentreProfile(**days)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        # Thursday -> Friday; Friday -> Monday; Saturday -> Monday.
        (bangkok(2026, 11, 19), 1, date(2026, 11, 20)),
        (bangkok(2026, 11, 20), 1, date(2026, 11, 23)),
        (bangkok(2026, 11, 21), 1, date(2026, 11, 23)),
        # A minute before midnight and a minute after it.
        (bangkok(2026, 11, 19, 23, 59), 1, date(2026, 11, 20)),
        (bangkok(2026, 11, 20, 0, 1), 1, date(2026, 11, 23)),
        # Over the 7th (for the 5th) and the 10th of December.
        (bangkok(2026, 12, 4), 1, date(2026, 12, 8)),
        (bangkok(2026, 12, 4), 3, date(2026, 12, 11)),
        (bangkok(2026, 11, 20), 0, date(2026, 11, 20)),
    ],
)
def test_working_days_end_with_their_day(app: Flask, start: datetime, days: int, end: date) -> None:
    due = deadlines.triage_by(db.session(), profile(triage_working_days=days), None, start)
    assert due == bangkok(end.year, end.month, end.day, 23, 59)
    assert deadlines.acknowledge_by(db.session(), profile(acknowledge_working_days=days), None, start) == due


def test_a_day_that_the_operator_adds_counts(app: Flask) -> None:
    with unit_of_work() as session:
        session.add(Holiday(day=date(2026, 11, 23), name_th="หยุดพิเศษ"))
    due = deadlines.triage_by(db.session(), profile(triage_working_days=1), None, bangkok(2026, 11, 20))
    assert due == bangkok(2026, 11, 24, 23, 59)


def test_an_afternoon_off_is_given_back_and_an_agency_has_its_own_days(app: Flask) -> None:
    with unit_of_work() as session:
        session.add(Holiday(day=date(2026, 11, 23), name_th="หยุดครึ่งวัน", half=True))
        session.get_one(Category, "financial_scam").triage_days = 2
    friday, plain = bangkok(2026, 11, 20), profile(triage_working_days=1, acknowledge_working_days=1)
    assert deadlines.triage_by(db.session(), plain, "seller_fraud", friday) == bangkok(2026, 11, 24, 23, 59)
    assert deadlines.triage_by(db.session(), plain, "financial_scam", friday) == bangkok(2026, 11, 25, 23, 59)
    agency = Agency(code="A", acknowledge_days=3)
    assert deadlines.acknowledge_by(db.session(), plain, agency, friday) == bangkok(2026, 11, 26, 23, 59)


def test_a_long_deadline_still_knows_the_holidays(app: Flask) -> None:
    # Counted by hand over the stored holidays, far beyond two months.
    days, start = 200, bangkok(2026, 1, 5)
    off = centre.days_off(db.session(), date(2026, 1, 1), date(2027, 12, 31))
    day, left = start.date().toordinal(), days
    while left:
        day += 1
        found = date.fromordinal(day)
        left -= found.weekday() < 5 and found not in off
    due = deadlines.acknowledge_by(db.session(), profile(acknowledge_working_days=days), None, start)
    assert due.astimezone(BANGKOK).date() == date.fromordinal(day)


def test_answers_take_the_categorys_and_the_agencys_days_before_the_centres(app: Flask) -> None:
    start = bangkok(2026, 11, 20)
    settings = profile(answer_days=15, final_days=60)
    own = Category(code="x", answer_days=2, final_days=0)
    plain = Category(code="y")
    assert deadlines.answer_by(settings, None, None, start) == bangkok(2026, 12, 5, 23, 59)
    assert deadlines.answer_by(settings, plain, Agency(code="P"), start) == bangkok(2026, 12, 5, 23, 59)
    assert deadlines.answer_by(settings, own, None, start) == bangkok(2026, 11, 22, 23, 59)
    # An agency's agreement may be shorter or longer than the centre's; of two the fewer days count.
    for days, end in ((1, 21), (9, 22)):
        agreed = Agency(code="A", answer_days=days)
        assert deadlines.answer_by(settings, own, agreed, start) == bangkok(2026, 11, end, 23, 59)
    assert deadlines.answer_by(settings, plain, Agency(code="B", answer_days=20), start) == bangkok(
        2026, 12, 10, 23, 59
    )
    assert deadlines.final_by(settings, None, start) == bangkok(2027, 1, 19, 23, 59)
    # Nought is a number of days, not "none given".
    assert deadlines.final_by(settings, own, start) == bangkok(2026, 11, 20, 23, 59)
