"""Mediations as an actor may reach them, read for a page or locked for a move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.case import Case
from complaints.domain.errors import NotFound, StepImpossible
from complaints.domain.lifecycle import OPEN_STATES, State
from complaints.domain.mediation import Mediation
from complaints.domain.policy import may_see_mediation, may_see_move, mediations_of
from complaints.domain.turns import RUNNING, Move, possible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.mediation import MediationMove
    from complaints.domain.turns import Side
    from complaints.services.centre import CentreProfile

# So many stand on the desk's list.
MOST_LISTED = 200


def of_case(session: Session, case: Case, actor: Actor) -> Sequence[Mediation]:
    """The case's mediations that the actor may see, the latest first."""
    mine = select(Mediation).where(Mediation.case_id == case.id, mediations_of(actor))
    return session.scalars(mine.order_by(Mediation.id.desc())).all()


def latest(session: Session, case: Case, actor: Actor) -> Mediation | None:
    """The one that runs, or the last one that did."""
    return next(iter(of_case(session, case, actor)), None)


def running(session: Session, actor: Actor) -> Sequence[Mediation]:
    """All that run, as far as the actor may see them: whose turn ends first stands first."""
    states = [stage.value for stage in RUNNING]
    found = select(Mediation).where(Mediation.stage.in_(states), mediations_of(actor))
    return session.scalars(found.order_by(Mediation.turn_by, Mediation.id).limit(MOST_LISTED)).all()


def get(session: Session, mediation_id: int, actor: Actor) -> Mediation:
    """One that the actor may see, or `NotFound`."""
    found = session.get(Mediation, mediation_id)
    if found is None or not may_see_mediation(actor, found):
        raise NotFound(what="mediation")
    return found


def hold(session: Session, mediation_id: int, actor: Actor) -> Mediation:
    """The same, its case and itself locked and read anew, in the order in which everybody locks them."""
    case_id = get(session, mediation_id, actor).case_id
    session.scalars(
        select(Case).where(Case.id == case_id).with_for_update(of=Case).execution_options(populate_existing=True)
    ).one()
    found = session.get_one(Mediation, mediation_id, populate_existing=True, with_for_update={"of": Mediation})
    session.expire(found, ["moves", "links"])
    if not may_see_mediation(actor, found):
        raise NotFound(what="mediation")
    return found


def hold_latest(session: Session, case: Case, actor: Actor) -> Mediation:
    """The case's latest, locked; raises `StepImpossible` where there is none."""
    found = latest(session, case, actor)
    if found is None:
        raise StepImpossible(action="mediate", state=case.state, reason="mediation_moved")
    return hold(session, found.id, actor)


def moves_for(mediation: Mediation, actor: Actor) -> list[MediationMove]:
    """What happened, as far as the actor may see it, oldest first."""
    return [move for move in mediation.moves if may_see_move(actor, mediation, move)]


def lives(mediation: Mediation) -> bool:
    """It runs, and so does its case: what the desk ended otherwise goes no further here."""
    return mediation.running and State(mediation.case.state) in OPEN_STATES


def may_now(mediation: Mediation, side: Side, profile: CentreProfile) -> frozenset[Move]:
    """The moves that are open to a side."""
    if not lives(mediation):
        return frozenset()
    return possible(mediation.standing, side, profile.mediation_offers)
