"""The promised days of a case and of a referral: the category's and the agency's own over the centre's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from complaints.domain.agency import Category
from complaints.domain.calendar import after_days, after_working_days
from complaints.domain.thai_time import local_day
from complaints.services.centre import days_off

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.agency import Agency
    from complaints.domain.case import Case
    from complaints.services.centre import CentreProfile

MOST_HOLIDAYS = timedelta(days=60)


def triage_by(session: Session, centre: CentreProfile, code: str | None, now: datetime) -> datetime:
    """By when a person must have read a case that waits for one, `code` being its category's if it has any."""
    category = session.get(Category, code) if code else None
    own = category.triage_days if category else None
    return _working(session, now, centre.triage_working_days if own is None else own)


def decide_by(session: Session, centre: CentreProfile, now: datetime) -> datetime:
    """By when a supervisor decides about a case that agency after agency gave back."""
    return _working(session, now, centre.decide_working_days)


def acknowledge_by(session: Session, centre: CentreProfile, agency: Agency | None, now: datetime) -> datetime:
    """By when an agency confirms that it received a referral."""
    own = agency.acknowledge_days if agency else None
    return _working(session, now, centre.acknowledge_working_days if own is None else own)


def turn_by(session: Session, centre: CentreProfile, now: datetime) -> datetime:
    """By when one side of a mediation answers."""
    return _working(session, now, centre.mediation_working_days)


def answer_by(centre: CentreProfile, category: Category | None, agency: Agency | None, now: datetime) -> datetime:
    """By when the agency gives its first substantive answer; of the category's and the agency's days the fewer."""
    own = [row.answer_days for row in (category, agency) if row is not None and row.answer_days is not None]
    return after_days(now, min(own, default=centre.answer_days))


def final_by(centre: CentreProfile, category: Category | None, received_at: datetime) -> datetime:
    """By when the complainant has the final answer; what comes later does not count as solved in time."""
    days = category.final_days if category and category.final_days is not None else centre.final_days
    return after_days(received_at, days)


def moved_final_by(centre: CentreProfile, case: Case, before: Category | None, after: Category) -> datetime:
    """The case's final day under another category; the time for which it waited for the complainant stays added."""
    moved = final_by(centre, after, case.received_at) - final_by(centre, before, case.received_at)
    return case.final_by.astimezone(UTC) + moved


def _working(session: Session, now: datetime, days: int) -> datetime:
    today = local_day(now)
    last = today + timedelta(days=2 * days) + MOST_HOLIDAYS
    return after_working_days(now, days, days_off(session, today, last))
