"""Acknowledgement: when a receipt reached its complainant, and how many did so within the promised seconds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select, update

from complaints.domain.actor import SYSTEM
from complaints.domain.call import PhoneCall
from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.kpi.count import Count
from complaints.domain.kpi.facts import KpiFact
from complaints.domain.kpi.indicators import (
    ACKNOWLEDGEMENT,
    SPOKEN_CHANNELS,
    is_acknowledged,
    is_call_due,
    version,
)
from complaints.domain.lifecycle import Action
from complaints.domain.policy import visible_to
from complaints.domain.thai_time import local_day, midnight

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

Cells = dict[tuple[date, str], Count]
HOTLINE = "hotline"


def reached(session: Session, case: Case, via: str, now: datetime) -> None:
    """Record once that the receipt really reached whoever complained: a page shown, a mail or message handed over.

    Written past the case's version, so that nobody's open page grows stale by it. Of two ways at once one counts.
    """
    moment = max(now, case.received_at)
    session.flush()
    first = session.execute(
        update(Case)
        .where(Case.id == case.id, Case.acknowledged_at.is_(None))
        .values(acknowledged_at=moment)
        .execution_options(synchronize_session=False)
    )
    session.expire(case, ["acknowledged_at"])
    if first.rowcount == 1:  # type: ignore[attr-defined]
        case.apply(Action.RECEIPT, SYSTEM, moment, via=via)


def counted(session: Session, day: date, now: datetime) -> dict[str, tuple[int, int]]:
    """Per channel the complaints of a day that were told in time, and all that were received, as of a moment."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for channel, received_at, reached_at in [*session.execute(_received(day, day)), *_calls(session, day)]:
        if received_at <= now:
            counts[channel][0] += is_acknowledged(received_at, reached_at)
            counts[channel][1] += 1
    return {channel: (solved, due) for channel, (solved, due) in counts.items()}


def count_day(session: Session, day: date, now: datetime) -> None:
    """Count a day of receipt anew from the events."""
    mine = {"day": day, "definition": ACKNOWLEDGEMENT, "version": version(ACKNOWLEDGEMENT)}
    session.execute(delete(KpiFact).filter_by(**mine))
    for channel, (solved, due) in counted(session, day, now).items():
        session.add(
            KpiFact(
                **mine,
                agency_code="",
                category_code="",
                channel=channel,
                province="",
                contacts=due,
                due=due,
                solved=solved,
                counted_at=now,
            )
        )
    session.flush()


def _received(first: date, last: date) -> Select[str, datetime, datetime]:
    """Channel, receipt and acknowledgement of every complaint of the days that has a clock."""
    return (
        select(Case.channel, Case.received_at, Event.at)
        .outerjoin(Event, (Event.case_id == Case.id) & (Event.action == Action.RECEIPT.value))
        .where(
            Case.received_at >= midnight(first),
            Case.received_at < midnight(last + timedelta(days=1)),
            Case.channel.not_in(SPOKEN_CHANNELS),
        )
    )


def _calls(session: Session, day: date) -> list[tuple[str, datetime, datetime | None]]:
    """The calls of a day that could have been answered in time, as far as the telephone system told of them."""
    rows = session.execute(
        select(PhoneCall.began_at, PhoneCall.answered_at, PhoneCall.ended_at).where(
            PhoneCall.began_at >= midnight(day), PhoneCall.began_at < midnight(day + timedelta(days=1))
        )
    )
    return [(HOTLINE, began, answered) for began, answered, ended in rows if is_call_due(began, answered, ended)]


def call_days(session: Session, since: datetime | None = None) -> set[date]:
    """The days on which calls began, all of them or since a moment."""
    statement = select(PhoneCall.began_at)
    if since is not None:
        # An end or an answer may be told long after the beginning.
        moments = (PhoneCall.began_at, PhoneCall.answered_at, PhoneCall.ended_at)
        statement = statement.where(or_(*(moment >= since for moment in moments)))
    return {local_day(moment) for moment in session.scalars(statement)}


def cells(session: Session, first: date, last: date) -> Cells:
    """The counted days: acknowledged in time of received, per day and channel."""
    rows = session.execute(
        select(KpiFact.day, KpiFact.channel, KpiFact.solved, KpiFact.due)
        .where(KpiFact.definition == ACKNOWLEDGEMENT, KpiFact.day.between(first, last))
        .order_by(KpiFact.day, KpiFact.channel)
    )
    return {(day, channel): Count(solved, due, due) for day, channel, solved, due in rows}


def added(cells_of: Cells, *, day: date | None = None, channel: str | None = None) -> Count:
    """The cells of a day, of a channel, or all of them, added up; calls only where they are asked for by themselves."""
    total = Count(0, 0)
    for (on, by), count in cells_of.items():
        if day in {None, on} and (channel == by or (channel is None and by not in SPOKEN_CHANNELS)):
            total += count
    return total


def counted_at(session: Session) -> datetime | None:
    """The as-of moment: when days were last counted."""
    return session.scalar(select(func.max(KpiFact.counted_at)).where(KpiFact.definition == ACKNOWLEDGEMENT))


@dataclass(frozen=True, slots=True)
class Late:
    """A complaint whose receipt came late, or not at all: then `after` is None."""

    number: str
    channel: str
    received_at: datetime
    after: timedelta | None


def late(session: Session, actor: Actor, cells_of: Cells, limit: int) -> list[Late]:
    """The cases behind what is lacking, newest first, as far as the actor may see them."""
    found: list[Late] = []
    for day in sorted({day for (day, _), count in cells_of.items() if count.solved < count.due}, reverse=True):
        rows = session.execute(_received(day, day).add_columns(Case.number).where(visible_to(actor)))
        for channel, received_at, reached_at, number in rows:
            if not is_acknowledged(received_at, reached_at):
                found.append(Late(number, channel, received_at, reached_at - received_at if reached_at else None))
        if len(found) >= limit:
            break
    return sorted(found, key=lambda row: row.received_at, reverse=True)[:limit]
