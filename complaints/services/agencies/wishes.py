"""An agency asks the desk to bring in another one; the desk does it in one step, or says no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.agency import CENTRE, Agency
from complaints.domain.errors import InvalidInput, NotFound, StepImpossible
from complaints.domain.lifecycle import Action
from complaints.domain.wish import JoinWish
from complaints.services.correspond import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.referral import Referral


def ask(
    session: Session, case: Case, referral: Referral, agency: str, reason: str, actor: Actor, now: datetime
) -> JoinWish:
    """Say which agency is wanted as well, and why; asked twice for the same one is asked once."""
    if not referral.is_open:
        raise StepImpossible(action=Action.ASK_JOIN.value, state=referral.state)
    wanted = session.get(Agency, agency)
    if wanted is None or not wanted.active or agency in {CENTRE, referral.agency_code}:
        raise InvalidInput("agency", reason="choose_agency")
    if any(row.agency_code == agency for row in case.open_referrals):
        raise InvalidInput("agency", reason="agency_has_it")
    if any(row.agency_code == agency for row in of_case(session, case)):
        raise InvalidInput("agency", reason="agency_asked_for")
    message = say(session, case, reason, actor, now, kind="note", public=False, referral=referral, field="reason")
    wish = JoinWish(
        case_id=case.id,
        referral_id=referral.id,
        agency_code=agency,
        agency=wanted,
        account_id=actor.account_id,
        reason=message.body,
        at=now,
    )
    session.add(wish)
    case.apply(Action.ASK_JOIN, actor, now, referral=referral, agency=agency)
    session.flush()
    return wish


def of_case(session: Session, case: Case) -> Sequence[JoinWish]:
    """What is still asked for, the oldest first."""
    open_ones = select(JoinWish).where(JoinWish.case_id == case.id, JoinWish.settled_at.is_(None))
    return session.scalars(open_ones.order_by(JoinWish.id)).all()


def grant(session: Session, case: Case, agency: str, now: datetime) -> None:
    """The wanted agency has been given the case, whether because of the wish or not."""
    for wish in of_case(session, case):
        if wish.agency_code == agency:
            wish.settled_at, wish.granted = now, True


def refuse(session: Session, case: Case, wish_id: int, actor: Actor, now: datetime) -> None:
    """The desk does not bring it in; the agency that asked sees that in its timeline."""
    wish = next((row for row in of_case(session, case) if row.id == wish_id), None)
    if wish is None:
        raise NotFound(what="wish")
    wish.settled_at, wish.granted = now, False
    case.apply(Action.REFUSE_JOIN, actor, now, referral=wish.referral, agency=wish.agency_code)
    session.flush()
