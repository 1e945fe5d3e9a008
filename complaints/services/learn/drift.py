"""Does the machine still know the world: measured by the week, each against the weeks before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from classifiers.text import cut, normalise
from complaints.domain.case import Case
from complaints.domain.identifier import Decision
from complaints.domain.learning import DriftWeek, Kind, LabelledRow
from complaints.domain.thai_time import local_day, midnight
from complaints.services import centre

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

WEEK = timedelta(days=7)
WEEKS_BEFORE = 4
# Below so many a share says nothing.
LEAST = 30
UNSURE_BELOW = 0.6
SAMPLE = 400
MEASURES = (("unsure", "decisions"), ("corrected", "checked"), ("unseen", "words"))


@dataclass(frozen=True, slots=True)
class Words:
    """How many words stand in texts, and how many of them a model does not know."""

    words: int
    unseen: int


def monday_of(moment: datetime) -> date:
    """The Monday of a moment's week in Bangkok."""
    day = local_day(moment)
    return day - timedelta(days=day.weekday())


def stories(session: Session, monday: date) -> Sequence[str]:
    """Stories received in a week, at most so many as measure its words well."""
    first, last = midnight(monday), midnight(monday + WEEK)
    return session.scalars(
        select(Case.story)
        .where(Case.received_at >= first, Case.received_at < last, Case.demo.is_(False))
        .order_by(Case.id)
        .limit(SAMPLE)
    ).all()


def measure(session: Session, monday: date, said: Words, now: datetime) -> DriftWeek:
    """Count a week anew, and note what left its bounds."""
    first, last = midnight(monday), midnight(monday + WEEK)
    made = (
        select(func.count())
        .select_from(Decision)
        .join(Case)
        .where(Decision.at >= first, Decision.at < last, Decision.decided_by == "machine", Case.demo.is_(False))
    )
    checked = (
        (LabelledRow.at >= first)
        & (LabelledRow.at < last)
        & LabelledRow.guess_code.is_not(None)
        & LabelledRow.category_code.is_not(None)
    )
    row = session.get(DriftWeek, monday) or DriftWeek(monday=monday)
    row.decisions = _count(session, made)
    row.unsure = _count(session, made.where(Decision.confidence < UNSURE_BELOW))
    row.checked = _count(session, select(func.count()).select_from(LabelledRow).where(checked))
    row.corrected = _count(
        session,
        select(func.count()).select_from(LabelledRow).where(checked, LabelledRow.kind == Kind.CHANGED.value),
    )
    row.words, row.unseen, row.measured_at = said.words, said.unseen, now
    row.notices = noticed(row, weeks(session, WEEKS_BEFORE, before=monday), centre.profile(session).drift_points)
    session.add(row)
    session.flush()
    return row


def weeks(session: Session, limit: int, before: date | None = None) -> Sequence[DriftWeek]:
    """The latest measured weeks, newest first."""
    statement = select(DriftWeek).order_by(DriftWeek.monday.desc()).limit(limit)
    return session.scalars(statement.where(DriftWeek.monday < before) if before is not None else statement).all()


def noticed(row: DriftWeek, before: Sequence[DriftWeek], points: int) -> list[str]:
    """The measures that rose by more than so many percentage points above the weeks before."""
    found = []
    for part, whole in MEASURES:
        then_part, then_whole = (sum(getattr(week, name) for week in before) for name in (part, whole))
        now_part, now_whole = getattr(row, part), getattr(row, whole)
        if min(then_whole, now_whole) < LEAST:
            continue
        if now_part * 100 / now_whole - then_part * 100 / then_whole > points:
            found.append(part)
    return found


def share_of(week: DriftWeek, part: str, whole: str) -> float | None:
    """One measure of a week in per cent; nought of nought is no figure."""
    return round(100 * getattr(week, part) / getattr(week, whole), 1) if getattr(week, whole) else None


def due(session: Session, now: datetime) -> list[date]:
    """The weeks to measure, the older first: the last one until it was measured after its end, and the running one."""
    this = monday_of(now)
    last = session.get(DriftWeek, this - WEEK)
    over = last is not None and last.measured_at >= midnight(this)
    return [this] if over else [this - WEEK, this]


def standing(session: Session) -> list[str]:
    """What the last whole week and the running one noticed: what a supervisor should look at now."""
    return sorted({name for week in weeks(session, 2) for name in week.notices})


def count_words(known: Collection[str], texts: Iterable[str]) -> Words:
    """How many words of two signs and more in the texts are not known; numbers and single signs do not count."""
    words = [
        word
        for text in texts
        for word in cut(normalise(text))
        if len(word.strip()) > 1 and not any(sign.isdigit() for sign in word)
    ]
    return Words(len(words), sum(word not in known for word in words))


def _count(session: Session, statement: Select[int]) -> int:
    return session.scalar(statement) or 0
