"""Mass cases: many complainants of one respondent are told at once, and each keeps the own case and outcome.

Counts are asked of the rows themselves, by index: a counter beside them would drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload

from complaints.domain.audit import Change
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.lifecycle import OPEN_STATES, State
from complaints.domain.mass import LEFT_REASONS, WISH, MassCase, MassLetter, MassMember
from complaints.domain.policy import visible_to
from complaints.services import audit, joined, paging

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.identifier import Identifier

LONGEST_NAME = 200
MOST_OFFERED = 50
STANDING = MassMember.left_at.is_(None)
# What goes on elsewhere, or not at all, is no complaint of the mass case any more.
NOT_COUNTED = (State.MERGED.value, State.WITHDRAWN.value)


@dataclass(frozen=True, slots=True)
class Counts:
    """How a mass case stands: its cases, the open ones, the money lost (satang), each outcome, and who went alone."""

    cases: int
    open: int
    lost: int
    outcomes: dict[str, int]
    left: int


def begin(session: Session, name: str, actor: Actor, now: datetime) -> MassCase:
    """Open one, named by its respondent."""
    name = " ".join(name.split())
    if not name:
        raise InvalidInput("name", reason="required")
    if len(name) > LONGEST_NAME:
        raise InvalidInput("name", reason="too_long", limit=LONGEST_NAME)
    made = MassCase(name=name, opened_at=now, opened_by_id=actor.account_id or 0)
    session.add(made)
    session.flush()
    audit.record(session, Change.MASS_OPENED, name[:60], actor, now, after={"mass": made.id})
    return made


def get(session: Session, mass_id: int) -> MassCase:
    """One by its id."""
    found = session.get(MassCase, mass_id)
    if found is None:
        raise NotFound(what="mass")
    return found


def chosen(session: Session, mass_id: int) -> MassCase:
    """The one that somebody chose in a form."""
    found = session.get(MassCase, mass_id)
    if found is None:
        raise InvalidInput("mass", reason="choose_mass")
    return found


def newest(session: Session) -> Sequence[MassCase]:
    """The latest opened."""
    return session.scalars(select(MassCase).order_by(MassCase.id.desc()).limit(MOST_OFFERED)).all()


def sizes(session: Session, masses: Sequence[MassCase]) -> dict[int, int]:
    """How many cases stand in each."""
    rows = session.execute(
        select(MassMember.mass_id, func.count())
        .join(Case, Case.id == MassMember.case_id)
        .where(MassMember.mass_id.in_([mass.id for mass in masses]), STANDING, Case.state.not_in(NOT_COUNTED))
        .group_by(MassMember.mass_id)
    )
    return {row[0]: row[1] for row in rows}


def of_case(session: Session, case: Case) -> MassCase | None:
    """The mass case to which a case belongs."""
    query = select(MassCase).join(MassMember, MassMember.mass_id == MassCase.id)
    return session.scalars(query.where(MassMember.case_id == case.id, STANDING)).first()


def join(session: Session, mass: MassCase, case: Case, actor: Actor, now: datetime) -> None:
    """Add one case; from another mass case it must leave first. Who went alone comes back only by this."""
    if case.state in NOT_COUNTED:
        raise InvalidInput("mass", reason="mass_ended")
    if of_case(session, case) is not None:
        raise InvalidInput("mass", reason="mass_member")
    _insert(session, mass, Case.id == case.id, actor, now)


def join_naming(session: Session, mass: MassCase, identifier: Identifier, actor: Actor, now: datetime) -> int:
    """Add every case that names an identifier, except those that stand elsewhere or wanted to go alone."""
    naming = select(joined.naming([identifier.id]).subquery().c.case_id)
    alone = exists().where(MassMember.case_id == Case.id, MassMember.mass_id == mass.id, MassMember.left_reason == WISH)
    added = _insert(session, mass, Case.id.in_(naming) & visible_to(actor) & ~alone, actor, now)
    audit.record(session, Change.MASS_JOINED, mass.name[:60], actor, now, after={"mass": mass.id, "cases": added})
    return added


def _insert(session: Session, mass: MassCase, which: ColumnElement[bool], actor: Actor, now: datetime) -> int:
    """In one statement, however many: a case that somebody else added meanwhile is passed over."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    elsewhere = exists().where(MassMember.case_id == Case.id, STANDING)
    rows = select(
        literal(mass.id), Case.id, literal(now, MassMember.joined_at.type), literal(actor.account_id or 0), literal("")
    ).where(which, Case.state.not_in(NOT_COUNTED), ~elsewhere)
    names = ["mass_id", "case_id", "joined_at", "joined_by_id", "left_reason"]
    put = dialect.insert(MassMember).from_select(names, rows)
    put = put.on_conflict_do_nothing(index_elements=[MassMember.case_id], index_where=STANDING)
    return len(session.scalars(put.returning(MassMember.id)).all())


def leave(session: Session, case: Case, reason: str, actor: Actor, now: datetime) -> None:
    """The case goes on alone; nothing else changes for it."""
    if reason not in LEFT_REASONS:
        raise InvalidInput("reason", reason="choose_leaving")
    row = session.scalars(select(MassMember).where(MassMember.case_id == case.id, STANDING).with_for_update()).first()
    if row is not None:
        row.left_at, row.left_by_id, row.left_reason = now, actor.account_id, reason


def counts(session: Session, mass: MassCase) -> Counts:
    """How it stands now."""
    rows = session.execute(
        select(Case.state, Case.outcome, func.count(), func.sum(Case.lost))
        .join(MassMember, MassMember.case_id == Case.id)
        .where(MassMember.mass_id == mass.id, STANDING, Case.state.not_in(NOT_COUNTED))
        .group_by(Case.state, Case.outcome)
    ).all()
    left = select(func.count(func.distinct(MassMember.case_id))).where(
        MassMember.mass_id == mass.id, MassMember.left_reason == WISH
    )
    outcomes: dict[str, int] = {}
    for state, outcome, number, _ in rows:
        if outcome is not None and State(state) not in OPEN_STATES:
            outcomes[outcome] = outcomes.get(outcome, 0) + number
    return Counts(
        cases=sum(row[2] for row in rows),
        open=sum(row[2] for row in rows if State(row[0]) in OPEN_STATES),
        lost=sum(int(row[3] or 0) for row in rows),
        outcomes=outcomes,
        left=session.scalar(left) or 0,
    )


def page_of(session: Session, mass: MassCase, actor: Actor, before: int | None = None) -> paging.Page:
    """Its cases, the latest first."""
    query = select(Case).join(MassMember, MassMember.case_id == Case.id)
    query = query.where(MassMember.mass_id == mass.id, STANDING, visible_to(actor))
    return paging.page_of(session, query, before, MassMember.case_id)


def letters(session: Session, mass: MassCase) -> Sequence[MassLetter]:
    """What was written to all, the latest first."""
    query = select(MassLetter).where(MassLetter.mass_id == mass.id).order_by(MassLetter.id.desc()).limit(paging.PAGE)
    return session.scalars(query.options(joinedload(MassLetter.written_by))).all()
