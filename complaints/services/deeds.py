"""Deeds: moves done with one case or with many, each case by itself, told beforehand and taken back afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import joinedload

from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.deed import HOLD, Deed, read_standing, standing
from complaints.domain.errors import DomainError, NotAllowed, NotFound, StepImpossible
from complaints.domain.identifier import Decision
from complaints.domain.learning import LabelledRow
from complaints.domain.lifecycle import Action
from complaints.domain.macro import stored
from complaints.domain.outbox import Promise
from complaints.domain.policy import may_see
from complaints.services import access, promises
from complaints.services.moves import MoveRefused, play
from complaints.services.websites import joining

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.macro import Move
    from complaints.services.moves import Done

# Most cases of one batch: what stands on a page of a queue.
MOST = 50
# What becomes of a deed: it can be taken back still, or not, because of this.
OPEN, REFUSED, UNDONE, CHANGED, LEFT = "open", "refused", "undone", "changed", "left"


def rehearse(
    session: Session, number: str, moves: Sequence[Move], actor: Actor, now: datetime, base_url: str
) -> list[Done]:
    """What the moves would do with a case, by doing them; whoever asks takes the transaction back."""
    return play(session, access.get_for_change(session, number, actor, None), moves, actor, now, base_url)


def begun(session: Session, batch: str, number: str) -> bool:
    """Was this case's part of a batch dealt with already: the button was pressed twice."""
    mine = exists().where(Deed.batch == batch, Deed.case_id == Case.id, Case.number == number)
    return bool(session.scalar(select(mine)))


def do(
    session: Session,
    batch: str,
    number: str,
    version: int,
    moves: Sequence[Move],
    actor: Actor,
    now: datetime,
    base_url: str,
    macro_id: int | None = None,
) -> Deed:
    """Do all of the moves or none; raises `StaleCase` when the case is not as it was when they were told.

    Their letters wait in the house for a while, so that they can be taken back.
    """
    case = access.get_for_change(session, number, actor, version)
    before, had = standing(case), _rows(session, case)
    play(session, case, moves, actor, now, base_url)
    made = {name: sorted(ids - had[name]) for name, ids in _rows(session, case).items()}
    for promise in case.promises:
        if promise.id in made["promises"]:
            promise.due_at = now + HOLD
    made["public"] = [event.id for event in case.events if event.public and event.id in made["events"]]
    session.flush()
    deed = _deed(batch, case, actor, now, moves, macro_id)
    deed.version, deed.before, deed.made = case.version, before, made
    session.add(deed)
    session.flush()
    return deed


def refuse(
    session: Session,
    batch: str,
    number: str,
    moves: Sequence[Move],
    error: DomainError,
    actor: Actor,
    now: datetime,
    macro_id: int | None = None,
) -> None:
    """Keep that nothing was done with a case, and why."""
    deed = _deed(batch, access.get_case(session, number, actor), actor, now, moves, macro_id)
    why = error.why if isinstance(error, MoveRefused) else error
    deed.refused = {
        "code": why.code,
        "field": why.field,
        "values": {key: value for key, value in why.values.items() if isinstance(value, str | int)},
        "place": error.place if isinstance(error, MoveRefused) else None,
    }
    session.add(deed)


def refusal(deed: Deed) -> DomainError:
    """Why nothing was done, as the error that it was."""
    told = deed.refused
    kind = next(one for one in DomainError.__subclasses__() if one.code == told["code"])
    why = kind(told["field"], **told["values"])
    return why if told["place"] is None else MoveRefused(told["place"], why)


def undo(session: Session, deed_id: int, actor: Actor, now: datetime) -> Deed:
    """Take a deed back: the case stands as before, its unsent letters are withdrawn, its words go out of sight.

    Raises `StaleCase` when anything happened to the case since, `StepImpossible` when a letter has left or it was
    taken back already, `NotAllowed` for somebody else's deed unless a supervisor asks.
    """
    deed = session.get(Deed, deed_id, with_for_update={"of": Deed}, populate_existing=True)
    if deed is None:
        raise NotFound(what="deed")
    if deed.account_id != actor.account_id and actor.role is not Role.SUPERVISOR:
        raise NotAllowed(action=Action.UNDO.value, role=actor.role.value)
    if deed.version is None or deed.undone_at is not None:
        raise StepImpossible(reason="not_undone_twice")
    case = access.get_for_change(session, deed.case.number, actor, deed.version)
    if not promises.withdraw(session, deed.made["promises"], now):
        raise StepImpossible(reason="letter_has_left")
    session.expire(case, ["promises"])
    for message in case.messages:
        if message.id in deed.made["messages"]:
            message.public = False
    session.execute(delete(Decision).where(Decision.id.in_(deed.made["decisions"])))
    session.execute(delete(LabelledRow).where(LabelledRow.id.in_(deed.made["labels"])))
    session.expire(case, ["decisions"])
    of_case, of_referrals = read_standing(deed.before)
    action = Action.TAKE_BACK if deed.made["public"] else Action.UNDO
    first = min(deed.made["events"], default=None)
    case.apply(action, actor, now, standing=of_case, standing_referrals=of_referrals, back_to=first)
    joining.follow(session, case, now)
    deed.undone_at = now
    session.flush()
    return deed


def of_batch(session: Session, batch: str, actor: Actor) -> list[Deed]:
    """The parts of a batch, as far as the actor may see them, in the order in which they were dealt with."""
    whole = select(Deed).where(Deed.batch == batch).options(joinedload(Deed.case), joinedload(Deed.account))
    return [row for row in session.scalars(whole.order_by(Deed.id)).unique() if may_see(actor, row.case)]


def last_of_case(session: Session, case: Case, actor: Actor) -> Deed | None:
    """What was done last with a case by the actor, unless something else happened since."""
    mine = (Deed.case_id == case.id, Deed.account_id == actor.account_id, Deed.version == case.version)
    return session.scalars(select(Deed).where(*mine).order_by(Deed.id.desc()).limit(1)).first()


def fate(session: Session, deed: Deed, now: datetime) -> tuple[str, datetime | None]:
    """Can a deed be taken back, and until when; or why not."""
    if deed.version is None:
        return REFUSED, None
    if deed.undone_at is not None:
        return UNDONE, None
    if deed.case.version != deed.version:
        return CHANGED, None
    letters = session.scalars(select(Promise).where(Promise.id.in_(deed.made["promises"]))).all()
    in_hand = [row for row in letters if not row.open or (row.lease_until is not None and row.lease_until > now)]
    if in_hand:
        return LEFT, None
    return OPEN, min((row.due_at for row in letters), default=None)


def _deed(batch: str, case: Case, actor: Actor, now: datetime, moves: Sequence[Move], macro_id: int | None) -> Deed:
    return Deed(
        batch=batch, case_id=case.id, account_id=actor.account_id, at=now, moves=stored(list(moves)), macro_id=macro_id
    )


def _rows(session: Session, case: Case) -> dict[str, set[int]]:
    """The ids of everything that hangs on a case and that a move may add to."""
    return {
        "events": {row.id for row in case.events},
        "promises": {row.id for row in case.promises},
        "messages": {row.id for row in case.messages},
        "decisions": {row.id for row in case.decisions},
        "labels": set(session.scalars(select(LabelledRow.id).where(LabelledRow.case_id == case.id))),
    }
