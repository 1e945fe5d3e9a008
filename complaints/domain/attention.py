"""What a case wants of the desk, kept beside its state: lists of a million cases are read from here by index alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain import sign
from complaints.domain.actor import Role
from complaints.domain.calendar import freeze_until
from complaints.domain.lifecycle import DESK, OPEN_STATES, TAKING_BACK, Action, ReferralState, State

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.domain.case import Case

# In these states the next step is the desk's.
DESK_STATES = frozenset({State.RECEIVED, State.TRIAGE, State.REOPENED})
SAID = frozenset({Action.REPLY, Action.WRITE, Action.DISPUTE, Action.FOLLOW})
REFUSED = frozenset({Action.DECLINE, Action.RETURN})
# What ends the passing on from agency to agency; while a supervisor must decide, nobody else of the centre may.
DECISIONS = frozenset({Action.REFER, Action.RESOLVE, Action.SETTLE, Action.REJECT, Action.MERGE, Action.WITHDRAW})
RESERVED = DECISIONS - {Action.WITHDRAW, Action.SETTLE}
STAFF = DESK | {Role.PARTNER}
# Nobody who waits for a reaction is served by these.
NO_REACTION = TAKING_BACK | {
    Action.VIEW_PERSON,
    Action.CORRECT,
    Action.ASSIGN,
    Action.ALLOT,
    Action.ROUTE,
    Action.ASK_JOIN,
    Action.AGENCY_WROTE,
    Action.RECEIPT_NOTED,
    Action.SNOOZE,
    Action.WAKE,
    Action.BROADCAST,
}
# These are no reason to put a sleeping case back into the lists; whatever else happens to it is.
SLEPT_THROUGH = TAKING_BACK | {
    Action.SNOOZE,
    # They say themselves how long the case sleeps.
    Action.MEDIATE,
    Action.CONFIDE,
    Action.ASSIGN,
    Action.ALLOT,
    Action.ROUTE,
    Action.NOTE,
    Action.CORRECT,
    Action.CLASSIFY,
    Action.REMIND,
    Action.ACKNOWLEDGE,
    Action.RECEIPT_NOTED,
    Action.BROADCAST,
}

# In this order cases stand in every list: money that a bank can still hold, danger to life, a child, other haste.
FREEZE, THREAT, CHILD, URGENT, CALM = range(5)
RANKS = {sign.THREAT: THREAT, sign.CHILD: CHILD}


def stir(case: Case, action: Action, role: Role, now: datetime) -> None:
    """After a step: take off the notes that it answers, note who waits for the desk since when, set the clock."""
    if action not in NO_REACTION:
        _answer(case, action, role, now)
    if action not in SLEPT_THROUGH:
        case.snoozed_until = None
    if role is Role.COMPLAINANT and action in SAID:
        case.heard_at = case.heard_at or now
    if action in {Action.ASK_JOIN, Action.AGENCY_WROTE}:
        case.refused_at = now
    if action in REFUSED:
        case.refused_at = now
        case.refusals = (case.refusals or 0) + 1
    if action is Action.ESCALATE:
        case.escalated_at = case.escalated_at or now
    if action is Action.HAND_OVER:
        case.silent_at = case.silent_at or now
    _fit_to_state(case, action)
    set_clock(case, now)


def _answer(case: Case, action: Action, role: Role, now: datetime) -> None:
    """Whoever acts answers those who wait for that one."""
    if role in STAFF or action in {Action.FILE, Action.DISPUTE}:
        case.moved_at = now
    if action in DECISIONS and role is Role.SUPERVISOR:
        case.decide_by, case.refusals = None, 0
    if role in DESK:
        case.heard_at = case.refused_at = case.silent_at = None
    if role is Role.PARTNER:
        case.heard_at = None
    if role is Role.SUPERVISOR:
        case.escalated_at = None


def _fit_to_state(case: Case, action: Action) -> None:
    state = State(case.state)
    if action is Action.ASK or state is not State.WAITING:
        case.silent_at = None
    if state not in OPEN_STATES:
        case.refused_at = case.escalated_at = case.snoozed_until = case.decide_by = None
        case.heard_at = case.heard_at if state is State.RESOLVED else None


def set_clock(case: Case, now: datetime) -> None:
    """Write what comes next, and whether it comes before all else."""
    case.rank = rank_of(case, now)
    case.due_at, case.promised_by = clocks(case, now)
    # The same again while the next step is the desk's: so its lists have an index of their own.
    case.desk_at = case.due_at if State(case.state) in DESK_STATES else None


def freezing(case: Case, now: datetime) -> bool:
    """Can a bank still hold the money."""
    return case.transferred_at is not None and now < freeze_until(case.transferred_at)


def rank_of(case: Case, now: datetime) -> int:
    """Why an urgent case comes first, the weightiest reason; signs by themselves make no case urgent."""
    if not case.urgent:
        return CALM
    if State(case.state) in OPEN_STATES and freezing(case, now):
        return FREEZE
    return min((RANKS[kind] for kind in sign.standing(case)), default=URGENT)


def clocks(case: Case, now: datetime) -> tuple[datetime | None, datetime | None]:
    """What comes next, a bank's freeze before all; and the next answer that was promised. None of what has ended."""
    state = State(case.state)
    if state not in OPEN_STATES:
        return None, None
    promised = min([case.final_by, *(row.answer_by for row in case.open_referrals)])
    if state is State.WAITING:
        # Its clock stands still; in the list of all open cases it stands by its last day.
        return case.final_by, promised
    moments = [promised] if case.decide_by is None else [promised, case.decide_by]
    moments += [row.acknowledge_by for row in case.open_referrals if row.state == ReferralState.SENT.value]
    if state in DESK_STATES:
        moments.append(case.triage_by)
    if case.transferred_at is not None and freezing(case, now):
        moments.append(freeze_until(case.transferred_at))
    return min(moments), promised
