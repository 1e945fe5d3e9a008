"""The days on which offices rest: the published ones of a year, and those that an administrator adds or removes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import holidays as holiday_library
from sqlalchemy import select

from complaints.domain.agency import Holiday
from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput, NotFound
from complaints.services import audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

NAME_LIMIT = 200
FIRST_YEAR, LAST_YEAR = 2000, 2100


def of_year(session: Session, year: int) -> Sequence[Holiday]:
    """The holidays of a calendar year (Christian era), in order."""
    return session.scalars(
        select(Holiday).where(Holiday.day.between(date(year, 1, 1), date(year, 12, 31))).order_by(Holiday.day)
    ).all()


def add(
    session: Session, day: date, name_th: str, name_en: str, actor: Actor, now: datetime, *, half: bool = False
) -> None:
    """One more day off, or an afternoon; deadlines set from now on pass over it."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput("day", reason="holiday_year")
    for field, name in (("name_th", name_th), ("name_en", name_en)):
        if len(name) > NAME_LIMIT:
            raise InvalidInput(field, reason="too_long", limit=NAME_LIMIT)
    if not name_th:
        raise InvalidInput("name_th", reason="required")
    if session.get(Holiday, day) is not None:
        raise InvalidInput("day", reason="holiday_there")
    session.add(Holiday(day=day, name_th=name_th, name_en=name_en, half=half))
    session.flush()
    audit.record(session, Change.HOLIDAY_ADDED, day.isoformat(), actor, now, after={"name_th": name_th, "half": half})


def remove(session: Session, day: date, actor: Actor, now: datetime) -> None:
    """The offices work on that day after all."""
    holiday = session.get(Holiday, day)
    if holiday is None:
        raise NotFound(what="holiday")
    name = holiday.name_th
    session.delete(holiday)
    session.flush()
    audit.record(session, Change.HOLIDAY_REMOVED, day.isoformat(), actor, now, before={"name_th": name})


def take_published(session: Session, year: int, actor: Actor, now: datetime) -> int:
    """Add the country's published holidays of a year (Christian era) that are not there yet; returns how many."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput("year", reason="holiday_year")
    present = {holiday.day for holiday in of_year(session, year)}
    fresh = [holiday for holiday in published(year) if holiday.day not in present]
    session.add_all(fresh)
    session.flush()
    if fresh:
        audit.record(session, Change.HOLIDAYS_TAKEN, str(year), actor, now, after={"count": len(fresh)})
    return len(fresh)


def published(year: int) -> list[Holiday]:
    """The Thai public holidays of a year (Christian era) in both languages, as the holidays library knows them."""
    thai = holiday_library.country_holidays("TH", years=year, language="th")
    english = holiday_library.country_holidays("TH", years=year, language="en_US")
    return [
        Holiday(day=day, name_th=name[:NAME_LIMIT], name_en=str(english.get(day, ""))[:NAME_LIMIT])
        for day, name in sorted(thai.items())
    ]
