"""Where a referral lies inside its agency: with which office, and there with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.account import Account
from complaints.domain.errors import InvalidInput, StepImpossible
from complaints.domain.lifecycle import Action
from complaints.domain.office import Office
from complaints.domain.policy import may_have
from complaints.services.correspond import say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.referral import Referral


def allot(
    session: Session, case: Case, referral: Referral, account_id: int | None, actor: Actor, now: datetime
) -> None:
    """Let somebody of the agency deal with it, or nobody yet; the person must be able to see it."""
    _open(referral, Action.ALLOT)
    if account_id is not None:
        account = session.get(Account, account_id)
        if account is None or not may_have(account, referral):
            raise InvalidInput("assignee", reason="choose_person")
    case.apply(Action.ALLOT, actor, now, referral=referral, assignee=account_id)
    session.flush()
    session.expire(referral, ["assignee"])


def route(
    session: Session,
    case: Case,
    referral: Referral,
    office_id: int | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """To another office of the agency, or to the agency as a whole; the reason is for the agency and the desk."""
    _open(referral, Action.ROUTE)
    if office_id is not None:
        office = session.get(Office, office_id)
        if office is None or office.agency_code != referral.agency_code or not office.active:
            raise InvalidInput("office", reason="choose_office")
    if office_id == referral.office_id:
        raise InvalidInput("office", reason="office_same")
    say(session, case, reason, actor, now, kind="note", public=False, referral=referral, field="reason")
    case.apply(Action.ROUTE, actor, now, referral=referral, office=office_id)
    session.flush()
    session.expire(referral, ["office", "assignee"])


def _open(referral: Referral, action: Action) -> None:
    if not referral.is_open:
        raise StepImpossible(action=action.value, state=referral.state)
