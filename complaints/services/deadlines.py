"""The promised days of a case and of a referral, from the category's deadlines over the centre's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from complaints.domain.calendar import after_days, after_working_days
from complaints.domain.thai_time import local_day
from complaints.services.centre import holidays_between

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.agency import Category
    from complaints.services.centre import CentreProfile

LOOK_AHEAD = timedelta(days=60)


def triage_by(session: Session, centre: CentreProfile, now: datetime) -> datetime:
    """By when a person must have read a case that waits for one."""
    return _working(session, now, centre.triage_working_days)


def acknowledge_by(session: Session, centre: CentreProfile, now: datetime) -> datetime:
    """By when an agency confirms that it received a referral."""
    return _working(session, now, centre.acknowledge_working_days)


def answer_by(centre: CentreProfile, category: Category | None, now: datetime) -> datetime:
    """By when the agency gives its first substantive answer."""
    days = category.answer_days if category and category.answer_days is not None else centre.answer_days
    return after_days(now, days)


def final_by(centre: CentreProfile, category: Category | None, received_at: datetime) -> datetime:
    """By when the complainant has the final answer; what comes later does not count as solved in time."""
    days = category.final_days if category and category.final_days is not None else centre.final_days
    return after_days(received_at, days)


def _working(session: Session, now: datetime, days: int) -> datetime:
    today = local_day(now)
    return after_working_days(now, days, holidays_between(session, today, today + LOOK_AHEAD))
