"""Referrals handed out to agencies' own systems: by filter and page, one by one, opened with the look recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import raiseload

from complaints.domain.case import Case
from complaints.domain.errors import NotAllowed, NotFound
from complaints.domain.lifecycle import OPEN_REFERRALS, Action
from complaints.domain.policy import may_see_person
from complaints.domain.referral import Referral
from complaints.services import access

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.person import Person

OPEN = [state.value for state in OPEN_REFERRALS]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which referrals; what is empty does not narrow."""

    state: str = ""
    open: bool | None = None
    category: str = ""
    province: str = ""
    number: str = ""
    sent_from: datetime | None = None
    sent_to: datetime | None = None


def listed(session: Session, actor: Actor, wanted: Wanted, after: int, limit: int) -> Sequence[Row[Referral, Case]]:
    """The actor's referrals after an id, oldest first."""
    query = access.referrals_for(actor).where(Referral.id > after)
    for column, value in (
        (Referral.state, wanted.state),
        (Case.category_code, wanted.category),
        (Case.province, wanted.province),
        (Case.number, wanted.number),
    ):
        if value:
            query = query.where(column == value)
    if wanted.open is not None:
        query = query.where(Referral.state.in_(OPEN) if wanted.open else Referral.state.not_in(OPEN))
    if wanted.sent_from is not None:
        query = query.where(Referral.sent_at >= wanted.sent_from)
    if wanted.sent_to is not None:
        query = query.where(Referral.sent_at < wanted.sent_to)
    query = query.options(raiseload(Case.person)).order_by(Referral.id).limit(limit)
    return session.execute(query).all()


def found(session: Session, actor: Actor, referral_id: int) -> tuple[Referral, Case]:
    """One of them with its case, or `NotFound`."""
    row = session.execute(access.referrals_for(actor).where(Referral.id == referral_id)).first()
    if row is None:
        raise NotFound(what="referral")
    return row[0], row[1]


def for_change(session: Session, actor: Actor, referral_id: int) -> tuple[Referral, Case]:
    """The same with the case locked for a step."""
    _, case = found(session, actor, referral_id)
    locked = access.get_for_change(session, case.number, actor, None)
    return access.get_referral(session, locked, referral_id, actor), locked


def person(session: Session, actor: Actor, referral_id: int, now: datetime) -> tuple[Person, str]:
    """The complainant's contacts and language; that they were looked at is recorded in the same transaction."""
    referral, case = for_change(session, actor, referral_id)
    if not may_see_person(actor, case):
        raise NotAllowed(action=Action.VIEW_PERSON.value)
    case.apply(Action.VIEW_PERSON, actor, now, referral=referral)
    return case.person, case.language
