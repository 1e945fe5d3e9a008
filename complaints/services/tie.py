"""The desk ties two cases together for a reason, or says that they are different; both can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.lifecycle import Action
from complaints.domain.number import read_case_number
from complaints.domain.policy import visible_to
from complaints.domain.tie import DIFFERENT, RELATED, CaseTie
from complaints.services import access

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

LONGEST_REASON = 500
MOST_SHOWN = 20


def tie(session: Session, case: Case, number: str, reason: str, actor: Actor, now: datetime) -> Case:
    """The two belong together, and why; told in both timelines. Said again, the new reason stands."""
    reason = reason.strip()
    if not reason:
        raise InvalidInput("reason", reason="required")
    if len(reason) > LONGEST_REASON:
        raise InvalidInput("reason", reason="too_long", limit=LONGEST_REASON)
    other = _other(session, case, number, actor)
    _settle(session, case, other, RELATED, reason, actor, now)
    for here, there in ((case, other), (other, case)):
        here.apply(Action.TIE, actor, now, into=there.number)
    return other


def tell_apart(session: Session, case: Case, number: str, actor: Actor, now: datetime) -> Case:
    """The two only seem the same: neither is suggested beside the other any more."""
    other = _other(session, case, number, actor)
    _settle(session, case, other, DIFFERENT, "", actor, now)
    return other


def untie(session: Session, case: Case, number: str, actor: Actor, now: datetime) -> Case:
    """Take back whichever of the two was said."""
    other = _other(session, case, number, actor)
    _lock(session, case, other)
    standing = _standing(session, case, other)
    if standing is not None:
        standing.undone_at, standing.undone_by_id = now, actor.account_id
        if standing.kind == RELATED:
            for here, there in ((case, other), (other, case)):
                here.apply(Action.UNTIE, actor, now, into=there.number)
    return other


def of_case(session: Session, case: Case, actor: Actor) -> list[tuple[CaseTie, Case]]:
    """The cases that are tied to this one, as far as the actor may see them, the last tied first."""
    query = select(CaseTie, Case).join(Case, _other_side(case)).options(joinedload(CaseTie.made_by))
    conditions = [CaseTie.undone_at.is_(None), CaseTie.kind == RELATED, _of(case), visible_to(actor)]
    rows = session.execute(query.where(*conditions).order_by(CaseTie.id.desc()).limit(MOST_SHOWN))
    return [(row[0], row[1]) for row in rows.unique()]


def settled(session: Session, case: Case) -> set[int]:
    """The cases of which somebody said how they stand to this one."""
    rows = session.execute(select(CaseTie.one_id, CaseTie.other_id).where(CaseTie.undone_at.is_(None), _of(case)))
    return {number for row in rows for number in row} - {case.id}


def _of(case: Case) -> ColumnElement[bool]:
    return or_(CaseTie.one_id == case.id, CaseTie.other_id == case.id)


def _other_side(case: Case) -> ColumnElement[bool]:
    return or_(CaseTie.one_id == Case.id, CaseTie.other_id == Case.id) & (Case.id != case.id)


def _other(session: Session, case: Case, number: str, actor: Actor) -> Case:
    try:
        other = access.get_case(session, read_case_number(number) or "", actor)
    except NotFound:
        raise InvalidInput("other", reason="no_such_case") from None
    if other.id == case.id:
        raise InvalidInput("other", reason="no_such_case")
    return other


def _settle(session: Session, case: Case, other: Case, kind: str, reason: str, actor: Actor, now: datetime) -> None:
    _lock(session, case, other)
    standing = _standing(session, case, other)
    if standing is not None:
        standing.undone_at, standing.undone_by_id = now, actor.account_id
        session.flush()
    one_id, other_id = sorted((case.id, other.id))
    made = CaseTie(one_id=one_id, other_id=other_id, kind=kind, reason=reason, made_at=now)
    made.made_by_id = actor.account_id or 0
    session.add(made)
    session.flush()


def _lock(session: Session, *cases: Case) -> None:
    """In order, so that two who tie the same pair at once make one row."""
    ids = sorted(case.id for case in cases)
    session.execute(select(Case.id).where(Case.id.in_(ids)).order_by(Case.id).with_for_update(key_share=True))


def _standing(session: Session, case: Case, other: Case) -> CaseTie | None:
    one_id, other_id = sorted((case.id, other.id))
    pair = (CaseTie.one_id == one_id, CaseTie.other_id == other_id, CaseTie.undone_at.is_(None))
    return session.scalars(select(CaseTie).where(*pair)).first()
