"""What a partner agency does with a referral: confirm, accept, decline, return, ask, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.actor import SYSTEM
from complaints.domain.errors import InvalidInput, StepImpossible
from complaints.domain.lifecycle import Action, ReferralState
from complaints.domain.referral import OUTCOMES
from complaints.services import centre, deadlines
from complaints.services.correspond import say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.referral import Referral


def acknowledge(case: Case, referral: Referral, actor: Actor, now: datetime) -> None:
    """The agency confirms that the referral reached it."""
    case.apply(Action.ACKNOWLEDGE, actor, now, referral=referral)


def accept(case: Case, referral: Referral, actor: Actor, now: datetime) -> None:
    """The agency takes the case on."""
    case.apply(Action.ACCEPT, actor, now, referral=referral)
    case.lead_agency_code = referral.agency_code


def decline(session: Session, case: Case, referral: Referral, reason: str, actor: Actor, now: datetime) -> None:
    """Not ours, said before accepting; the reason goes to the desk."""
    case.apply(Action.DECLINE, actor, now, referral=referral, reason=reason)
    _back_at_the_desk(session, case, now)
    say(session, case, reason, actor, now, kind="note", public=False, referral=referral, field="reason")


def give_back(session: Session, case: Case, referral: Referral, reason: str, actor: Actor, now: datetime) -> None:
    """Accepted, but another office must act; the reason goes to the desk."""
    case.apply(Action.RETURN, actor, now, referral=referral, reason=reason)
    _back_at_the_desk(session, case, now)
    say(session, case, reason, actor, now, kind="note", public=False, referral=referral, field="reason")


def send_back(session: Session, case: Case, referral: Referral, reason: str, actor: Actor, now: datetime) -> None:
    """Not ours: declined before it was accepted, returned afterwards."""
    back = give_back if referral.state == ReferralState.ACCEPTED.value else decline
    back(session, case, referral, reason, actor, now)


def conclude(
    session: Session,
    case: Case,
    referral: Referral,
    outcome: str,
    text: str,
    recovered: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """The result; whoever gives one at once has thereby accepted."""
    if outcome not in OUTCOMES:
        raise InvalidInput("outcome", reason="choose_outcome")
    if referral.state != ReferralState.ACCEPTED.value:
        accept(case, referral, actor, now)
    answer(session, case, referral, outcome, text, recovered, actor, now)


def _back_at_the_desk(session: Session, case: Case, now: datetime) -> None:
    """Read anew by a person; after too many refusals by a supervisor, before anything else is done with it."""
    profile = centre.profile(session)
    case.read_by(deadlines.triage_by(session, profile, case.category_code, now), now)
    if profile.most_refusals and case.refusals >= profile.most_refusals and case.decide_by is None:
        case.reserve(deadlines.decide_by(session, profile, now), now)
        case.apply(Action.ESCALATE, SYSTEM, now, late="refused", promise="refused")


def ask(session: Session, case: Case, referral: Referral, question: str, actor: Actor, now: datetime) -> None:
    """Ask the complainant through the centre; only whoever has an open referral may."""
    if not referral.is_open:
        raise StepImpossible(action=Action.ASK.value, state=referral.state)
    message = say(session, case, question, actor, now, kind="question", public=True, referral=referral)
    case.apply(Action.ASK, actor, now, referral=referral, message_id=message.id)


def note(session: Session, case: Case, referral: Referral, text: str, actor: Actor, now: datetime) -> None:
    """A note that the agency and the desk see."""
    say(session, case, text, actor, now, kind="note", public=False, referral=referral)
    case.apply(Action.NOTE, actor, now, referral=referral)


def answer(
    session: Session,
    case: Case,
    referral: Referral,
    outcome: str,
    text: str,
    recovered: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """The agency's result; when no other agency is still at work, the case is resolved. `recovered` is in satang."""
    if recovered is not None and recovered < 0:
        raise InvalidInput("recovered", reason="amount")
    case.apply(Action.ANSWER, actor, now, referral=referral, outcome=outcome, answer=text, recovered=recovered)
    say(session, case, text, actor, now, kind="answer", public=True, referral=referral, field="answer")
