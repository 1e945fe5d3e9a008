"""What happens because time passes: reminders, escalation, closing after silence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case as either
from sqlalchemy import exists, func, or_, select, update

from complaints.domain.actor import SYSTEM
from complaints.domain.attention import DESK_STATES, FREEZE, clocks, rank_of
from complaints.domain.calendar import BANK_FREEZE
from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.lifecycle import DESK, OPEN_REFERRALS, OPEN_STATES, Action, ReferralState, State
from complaints.domain.message import Message
from complaints.domain.outbox import Promise, PromiseKind
from complaints.domain.referral import Referral
from complaints.services import centre
from complaints.services.queues import last

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute, Session

BATCH = 200
# For which of its deadlines a late agency gets a letter: the answer is near, the receipt or the answer was missed.
SOON, ACKNOWLEDGE, ANSWER = "soon", "acknowledge", "answer"
OPEN_REFERRAL = Referral.state.in_([state.value for state in OPEN_REFERRALS])


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


def nudge(session: Session, now: datetime) -> int:
    """Remind complainants by letter, once for each question, that the centre waits for them; 0 days is never."""
    days = centre.profile(session).nudge_after_days
    asked = Event.action == Action.ASK.value
    cases = _waiting(
        session, _last_at(asked) <= now - timedelta(days=days), last(Event.action == Action.NUDGE.value) < last(asked)
    )
    for case in cases if days else ():
        case.apply(Action.NUDGE, SYSTEM, now, message_id=_question(session, case))
    return len(cases) if days else 0


def hand_over(session: Session, now: datetime) -> int:
    """Put cases whose complainant never answers before the desk, and again when it forgets them; 0 days is never."""
    days = centre.profile(session).hand_over_after_days
    stirred = or_(
        Event.action.in_([Action.ASK.value, Action.HAND_OVER.value]), Event.role.in_([role.value for role in DESK])
    )
    cases = _waiting(session, _last_at(stirred) <= now - timedelta(days=days))
    for case in cases if days else ():
        case.apply(Action.HAND_OVER, SYSTEM, now)
    return len(cases) if days else 0


def remind(session: Session, now: datetime) -> int:
    """Remind each agency once that its answer is due soon, in the timeline and by letter; returns how many."""
    soon = now + timedelta(days=centre.profile(session).remind_days_before)
    near = _near(session, now, soon)
    for case, referral in near:
        case.apply(Action.REMIND, SYSTEM, now, referral=referral, late="soon", promise=ANSWER)
        _write_to_agency(session, case, referral, SOON, now)
    return len(near)


def escalate(session: Session, now: datetime) -> int:
    """Note once for each missed deadline that the supervisor must look, and write to a late agency; returns how many.

    Of deadlines that are found missed at the same moment the weightier one is noted.
    """
    late = [*_late_referrals(session, now), *_late_cases(session, now)]
    for case, referral, what in late:
        case.apply(Action.ESCALATE, SYSTEM, now, referral=referral, late="missed", promise=what)
        if referral is not None:
            _write_to_agency(session, case, referral, what, now)
    return len(late)


def put_clocks_on(session: Session, now: datetime) -> int:
    """Where the bank's freeze is over, clock and place show what comes after it; returns how many.

    Written past the case's version: nobody's open page grows stale because time passes.
    """
    over = Case.transferred_at <= now - BANK_FREEZE
    freeze = (Case.due_at != Case.triage_by) & (Case.due_at != Case.promised_by)
    on_clock = (Case.due_at <= now) & freeze & (Case.state != State.WAITING.value)
    in_front = Case.due_at.is_not(None) & (Case.rank == FREEZE)
    moved = 0
    for which, order in ((on_clock, Case.due_at.desc()), (in_front, Case.due_at)):
        cases = session.scalars(select(Case).where(over, which).order_by(order).limit(BATCH)).all()
        moved += sum(_put_on(session, case, now) for case in cases)
    return moved


def _put_on(session: Session, case: Case, now: datetime) -> bool:
    due, rank = clocks(case, now)[0], rank_of(case, now)
    if (due, rank) == (case.due_at, case.rank):
        return False
    values = {"due_at": due, "rank": rank, "desk_at": either((Case.desk_at.is_not(None), due), else_=None)}
    mine = update(Case).where(Case.id == case.id, Case.due_at == case.due_at).values(values)
    session.execute(mine.execution_options(synchronize_session=False))
    session.expire(case)
    return True


def _write_to_agency(session: Session, case: Case, referral: Referral, stage: str, now: datetime) -> None:
    """Promise the agency a letter, one for each referral and stage; without an address the desk is shown that."""
    once = f"referral-{referral.id}-{stage}"
    if not referral.agency.email or session.scalar(select(exists().where(Promise.once == once))):
        return
    case.promise(PromiseKind.AGENCY_LETTER, now, referral_id=referral.id, stage=stage).once = once


def _waiting(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Case]:
    return session.scalars(
        select(Case).where(Case.state == State.WAITING.value, *conditions).order_by(Case.id).limit(BATCH)
    ).all()


def _question(session: Session, case: Case) -> int | None:
    """The question that was asked last."""
    return session.scalar(select(func.max(Message.id)).where(Message.case_id == case.id, Message.kind == "question"))


def _last_at(condition: ColumnElement[bool]) -> ColumnElement[datetime]:
    last_one = select(func.max(Event.at)).where(Event.case_id == Case.id, condition).correlate(Case)
    return last_one.scalar_subquery()


def _noted(action: Action, about: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Event.case_id == Case.id, Event.action == action.value, about)


def _told_since(deadline: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
    """The supervisor heard of the referral after this deadline of it had passed."""
    return _noted(Action.ESCALATE, (Event.referral_id == Referral.id) & (Event.at >= deadline))


def _near(session: Session, now: datetime, soon: datetime) -> Sequence[tuple[Case, Referral]]:
    return session.execute(
        select(Case, Referral)
        .join(Referral, Referral.case_id == Case.id)
        .where(
            OPEN_REFERRAL,
            Referral.answer_by > now,
            Referral.answer_by <= soon,
            Case.state != State.WAITING.value,
            ~_noted(Action.REMIND, Event.referral_id == Referral.id),
        )
        .limit(BATCH)
    ).all()


def _late_referrals(session: Session, now: datetime) -> list[tuple[Case, Referral, str]]:
    unreceived = (Referral.state == ReferralState.SENT.value) & (Referral.acknowledge_by < now)
    unanswered = OPEN_REFERRAL & (Referral.answer_by < now)
    late = (unreceived & ~_told_since(Referral.acknowledge_by)) | (unanswered & ~_told_since(Referral.answer_by))
    pairs = session.execute(
        select(Case, Referral)
        .join(Referral, Referral.case_id == Case.id)
        .where(late, Case.state != State.WAITING.value)
        .limit(BATCH)
    )
    return [(case, referral, ANSWER if referral.answer_by < now else ACKNOWLEDGE) for case, referral in pairs]


def _late_cases(session: Session, now: datetime) -> list[tuple[Case, None, str]]:
    """Cases of which something is late: the final answer, a supervisor's decision, the reading.

    The timeline tells them apart by when each was noted.
    """

    def told_since(deadline: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return _noted(Action.ESCALATE, Event.referral_id.is_(None) & (Event.at >= deadline))

    desk = Case.state.in_([state.value for state in DESK_STATES])
    overdue = (Case.final_by < now) & ~told_since(Case.final_by)
    undecided = (Case.decide_by < now) & ~told_since(Case.decide_by)
    unread = desk & (Case.triage_by < now) & ~told_since(Case.triage_by)
    worked_on = [state.value for state in OPEN_STATES - {State.WAITING}]
    what = either((overdue, "final"), (undecided, "decision"), else_="triage")
    late = overdue | undecided | unread
    rows = session.execute(select(Case, what).where(Case.state.in_(worked_on), late).limit(BATCH))
    return [(case, None, stage) for case, stage in rows]
