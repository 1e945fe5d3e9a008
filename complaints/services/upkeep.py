"""What happens because time passes: reminders, escalation, closing after silence, forgetting."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from complaints.domain.actor import SYSTEM
from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.lifecycle import OPEN_REFERRALS, Action, ReferralState, State
from complaints.domain.referral import Referral
from complaints.services import centre

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute, Session

BATCH = 200


def close_silent(session: Session, now: datetime) -> int:
    """Close answered cases whose complainant stayed silent for the set number of days; returns how many."""
    limit = now - timedelta(days=centre.profile(session).close_after_days)
    cases = session.scalars(
        select(Case)
        .where(Case.state == State.RESOLVED.value, Case.resolved_at < limit)
        .limit(BATCH)
        .with_for_update(of=Case)
    ).all()
    for case in cases:
        case.apply(Action.CLOSE_SILENT, SYSTEM, now)
    return len(cases)


def remind(session: Session, now: datetime) -> int:
    """Note in the timeline, once for each deadline, that it is near; returns how many cases were reminded of."""
    soon = now + timedelta(days=centre.profile(session).remind_days_before)
    reminded = 0
    for case, referral in _near(session, now, soon):
        case.apply(Action.REMIND, SYSTEM, now, referral=referral, late="soon", promise="answer")
        reminded += 1
    return reminded


def escalate(session: Session, now: datetime) -> int:
    """Note once for each missed deadline that the supervisor must look; returns how many cases."""
    missed = 0
    for case, referral, what in _missed(session, now):
        case.apply(Action.ESCALATE, SYSTEM, now, referral=referral, late="missed", promise=what)
        missed += 1
    return missed


def _noted(action: Action, about: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Event.case_id == Case.id, Event.action == action.value, about)


def _told_since(deadline: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
    """The supervisor heard of the referral after this deadline of it had passed."""
    return _noted(Action.ESCALATE, (Event.referral_id == Referral.id) & (Event.at >= deadline))


def _near(session: Session, now: datetime, soon: datetime) -> Sequence[tuple[Case, Referral]]:
    open_states = [state.value for state in OPEN_REFERRALS]
    return session.execute(
        select(Case, Referral)
        .join(Referral, Referral.case_id == Case.id)
        .where(
            Referral.state.in_(open_states),
            Referral.answer_by > now,
            Referral.answer_by <= soon,
            Case.state != State.WAITING.value,
            ~_noted(Action.REMIND, Event.referral_id == Referral.id),
        )
        .limit(BATCH)
    ).all()


def _missed(session: Session, now: datetime) -> list[tuple[Case, Referral | None, str]]:
    unreceived = (Referral.state == ReferralState.SENT.value) & (Referral.acknowledge_by < now)
    unanswered = Referral.state.in_([state.value for state in OPEN_REFERRALS]) & (Referral.answer_by < now)
    late = (unreceived & ~_told_since(Referral.acknowledge_by)) | (unanswered & ~_told_since(Referral.answer_by))
    pairs = session.execute(
        select(Case, Referral)
        .join(Referral, Referral.case_id == Case.id)
        .where(late, Case.state != State.WAITING.value)
        .limit(BATCH)
    )
    found: list[tuple[Case, Referral | None, str]] = [
        (case, referral, "answer" if referral.answer_by < now else "acknowledge") for case, referral in pairs
    ]
    unread = session.scalars(
        select(Case)
        .where(
            Case.state.in_([State.RECEIVED.value, State.TRIAGE.value, State.REOPENED.value]),
            Case.triage_by < now,
            ~_noted(Action.ESCALATE, Event.referral_id.is_(None) & (Event.at >= Case.triage_by)),
        )
        .limit(BATCH)
    )
    found.extend((case, None, "triage") for case in unread)
    return found
