"""Reading lives out of the timeline, one case after another, without holding more than a batch of them."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from complaints.domain.agency import Category
from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.kpi.life import Life, Step, live
from complaints.domain.kpi.marks import Mark, marks
from complaints.domain.lifecycle import Action, State
from complaints.domain.thai_time import midnight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date, datetime, timedelta

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

AT_ONCE, BATCH = 2000, 200
# A merged case whose target was merged in turn is followed no further than this.
MOST_TARGETS = 10
# Steps that no figure hangs on; they are half of a timeline.
UNCOUNTED = (
    Action.RECEIPT,
    Action.EXPORT,
    Action.VIEW_PERSON,
    Action.TIE,
    Action.UNTIE,
    Action.SITE_SENT,
    Action.SITE_RESULT,
    Action.REMIND,
    Action.ESCALATE,
    Action.NUDGE,
    Action.FOLLOW,
    Action.BROADCAST,
    Action.NOTE,
)


def groups(session: Session) -> dict[str, str]:
    """The group of each category."""
    return {row.code: row.group_code for row in session.execute(select(Category.code, Category.group_code))}


def received_on(day: date, length: timedelta) -> ColumnElement[bool]:
    """The cases of a day."""
    return (Case.received_at >= midnight(day)) & (Case.received_at < midnight(day + length))


def marks_of(
    session: Session, which: ColumnElement[bool], groups_of: Mapping[str, str], now: datetime
) -> Iterator[list[Mark]]:
    """The marks of each case of a condition, as of a moment."""
    for batch in _batches(_lives(session, _steps(which, now)), BATCH):
        targets = _targets(session, {life.follows for life in batch if life.follows}, now)
        for life in batch:
            yield marks(life, groups_of, targets.get(life.follows or ""))


def _batches(lives: Iterable[Life], size: int) -> Iterator[list[Life]]:
    batch: list[Life] = []
    for life in lives:
        batch.append(life)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _targets(session: Session, numbers: Collection[str], now: datetime) -> dict[str, Life]:
    """The lives under which merged cases go on, at the end of every chain."""
    found: dict[str, Life] = {}
    wanted = set(numbers)
    for _ in range(MOST_TARGETS):
        if not wanted:
            break
        rows = session.execute(select(Case.id, Case.number).where(Case.number.in_(wanted)))
        ids = {row.id: row.number for row in rows}
        for life in _lives(session, _steps(Case.id.in_(ids), now)):
            found[ids[life.case_id]] = life
        wanted = {life.follows for life in found.values() if life.follows is not None} - found.keys()
    return {number: _end(found, number) for number in found}


def _end(found: Mapping[str, Life], number: str) -> Life:
    life, walked = found[number], {number}
    while (following := life.follows) in found and following is not None and following not in walked:
        walked.add(following)
        life = found[following]
    return life


def _steps(which: ColumnElement[bool], now: datetime) -> Select[Any]:
    """The events that count, with what is kept of each receipt, case after case."""
    columns: list[Any] = [
        Event.case_id,
        Case.received_at,
        Case.channel,
        Case.province,
        Case.lost,
        Event.id,
        Event.at,
        Event.action,
        Event.role,
        Event.agency_code,
        Event.referral_id,
        Event.from_state,
        Event.to_state,
        Event.data,
    ]
    return (
        select(*columns)
        .join(Case, Case.id == Event.case_id)
        .where(which, Event.at <= now, Event.action.not_in([action.value for action in UNCOUNTED]))
        .order_by(Event.case_id, Event.id)
        .execution_options(yield_per=AT_ONCE)
    )


def _lives(session: Session, steps: Select[Any]) -> Iterator[Life]:
    for case_id, rows in groupby(session.execute(steps), key=itemgetter(0)):
        found = list(rows)
        _, received_at, channel, province, lost, *_ = found[0]
        yield live(
            case_id,
            received_at,
            (channel, province, lost),
            [
                Step(row[5], row[6], Action(row[7]), row[8], row[9], row[10], row[11], State(row[12]), row[13])
                for row in found
            ],
        )
