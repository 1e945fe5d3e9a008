"""What the complainant does with the own case: find it, confirm, dispute, withdraw, rate."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.actor import Actor, Role
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, StepImpossible
from complaints.domain.lifecycle import Action, State
from complaints.domain.number import read_case_number
from complaints.domain.secret import NOBODY, read_secret, secret_matches
from complaints.services import centre, deadlines
from complaints.services.correspond import say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

BEST = 5


def find(session: Session, number: str, secret: str) -> Case | None:
    """The case of a number and its secret; a wrong number and a wrong secret take the same time and look the same."""
    canonical = read_case_number(number)
    case = session.scalars(select(Case).where(Case.number == (canonical or ""))).first()
    matches = secret_matches(read_secret(secret), case.secret_hash if case else NOBODY)
    return case if case is not None and matches else None


def complainant_of(case: Case) -> Actor:
    """Whoever proved to own the case."""
    return Actor(Role.COMPLAINANT, case_id=case.id)


def confirm(case: Case, now: datetime) -> None:
    """The complainant says: solved."""
    case.apply(Action.CONFIRM, complainant_of(case), now)


def dispute(session: Session, case: Case, reason: str, now: datetime) -> None:
    """The complainant says: not solved; possible for the set number of days after the answer."""
    days = centre.profile(session).dispute_days
    if case.resolved_at is not None and now > case.resolved_at + timedelta(days=days):
        raise StepImpossible(action=Action.DISPUTE.value, state=case.state, days=days)
    actor = complainant_of(case)
    if not reason.strip():
        raise InvalidInput("reason", reason="required")
    say(session, case, reason, actor, now, kind="message", public=True)
    case.apply(Action.DISPUTE, actor, now)
    case.read_by(deadlines.triage_by(session, centre.profile(session), case.category_code, now), now)


def may_dispute(case: Case, now: datetime, days: int) -> bool:
    """Is the last word still open."""
    if case.state not in {State.RESOLVED.value, State.CLOSED.value} or case.resolved_at is None:
        return False
    return now <= case.resolved_at + timedelta(days=days)


def withdraw(session: Session, case: Case, reason: str, now: datetime) -> None:
    """The complainant takes the complaint back; a reason is welcome, not asked for."""
    actor = complainant_of(case)
    if reason.strip():
        say(session, case, reason, actor, now, kind="message", public=True)
    case.apply(Action.WITHDRAW, actor, now)


def rate(case: Case, score: int, reason: str, now: datetime) -> None:
    """Satisfaction from 1 to 5 with an optional reason; the last word counts."""
    if not 1 <= score <= BEST:
        raise InvalidInput("score", reason="choose_score")
    case.apply(Action.RATE, complainant_of(case), now, score=score, score_reason=reason.strip()[:2000])


def leave_address(case: Case, email: str, now: datetime) -> None:
    """The complainant of a case without an address leaves one: the receipt goes there, and every later letter."""
    if case.person.email:
        raise InvalidInput("email", reason="address_known")
    case.person.email = email
    case.promise_letter(now, "receipt")
