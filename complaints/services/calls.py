"""Calls to the hotline: whose telephone rings, which were missed, and to which case one belongs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from complaints.domain.call import CallKind, PhoneCall
from complaints.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, ScalarSelect
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.call import CallEvent
    from complaints.domain.case import Case

# Whoever rang that long ago rings no more, even when nobody told of the end.
RINGS_AT_MOST = timedelta(minutes=3)
TALKS_AT_MOST = timedelta(hours=4)
SHOWN = 100


def hear(session: Session, told: CallEvent) -> PhoneCall:
    """Take one event in; events may come twice and in any order."""
    call = _locked(session, told)
    call.began_at = min(call.began_at, told.at)
    call.caller = call.caller or told.caller
    if told.kind is CallKind.RINGING and told.extension and told.extension not in call.rung:
        call.rung = [*call.rung, told.extension]
    if told.kind is CallKind.ANSWERED and call.answered_at is None:
        call.answered_at, call.extension = told.at, told.extension
    if told.kind is CallKind.ENDED and call.ended_at is None:
        call.ended_at = told.at
    session.flush()
    return call


def _locked(session: Session, told: CallEvent) -> PhoneCall:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(PhoneCall)
        .values(call_id=told.call_id, caller="", rung=[], extension="", began_at=told.at)
        .on_conflict_do_nothing(index_elements=[PhoneCall.call_id])
    )
    return session.scalars(
        select(PhoneCall)
        .where(PhoneCall.call_id == told.call_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def at_extension(session: Session, extension: str, now: datetime) -> list[PhoneCall]:
    """What rings at an extension or is spoken there, without a case yet; the newest first."""
    if not extension:
        return []
    rows = session.scalars(
        select(PhoneCall)
        .where(PhoneCall.ended_at.is_(None), PhoneCall.case_id.is_(None), PhoneCall.began_at > now - TALKS_AT_MOST)
        .order_by(PhoneCall.began_at.desc())
    )
    return [row for row in rows if _is_at(row, extension, now)]


def _is_at(call: PhoneCall, extension: str, now: datetime) -> bool:
    if call.answered_at is not None:
        return call.extension == extension
    return extension in call.rung and call.began_at > now - RINGS_AT_MOST


def missed(session: Session, now: datetime) -> Sequence[PhoneCall]:
    """Calls that nobody took and nobody called back, the oldest first: whoever waits longest comes first."""
    return session.scalars(
        select(PhoneCall).where(*_missed(now)).order_by(PhoneCall.began_at, PhoneCall.id).limit(SHOWN)
    ).all()


def number_missed(now: datetime) -> ScalarSelect[int]:
    """How many those are, to be counted along with something else."""
    return select(func.count()).select_from(PhoneCall).where(*_missed(now)).scalar_subquery()


def _missed(now: datetime) -> tuple[ColumnElement[bool], ...]:
    over = or_(PhoneCall.ended_at.is_not(None), PhoneCall.began_at <= now - RINGS_AT_MOST)
    return PhoneCall.answered_at.is_(None), PhoneCall.called_back_at.is_(None), over


def call_back(session: Session, row_id: int, actor: Actor, now: datetime) -> PhoneCall:
    """Somebody reached the caller, or tried: every missed call of that number is dealt with."""
    call = get(session, row_id)
    same = [call]
    if call.caller:
        same = [row for row in missed(session, now) if row.caller == call.caller]
    for row in same:
        if row.called_back_at is None and row.answered_at is None:
            row.called_back_at, row.called_back_by_id = now, actor.account_id
    return call


def get(session: Session, row_id: int) -> PhoneCall:
    """One call, or `NotFound`."""
    call = session.get(PhoneCall, row_id)
    if call is None:
        raise NotFound(what="call")
    return call


def tie(session: Session, row_id: int, case: Case, actor: Actor, now: datetime) -> None:
    """Note which case a call became; one that was missed is dealt with by it."""
    call = session.get(PhoneCall, row_id)
    if call is None or call.case_id is not None:
        return
    call.case_id = case.id
    if call.answered_at is None and call.called_back_at is None:
        call.called_back_at, call.called_back_by_id = now, actor.account_id


def of_case(session: Session, case: Case) -> Sequence[PhoneCall]:
    """The calls that a case came from."""
    return session.scalars(select(PhoneCall).where(PhoneCall.case_id == case.id).order_by(PhoneCall.began_at)).all()
