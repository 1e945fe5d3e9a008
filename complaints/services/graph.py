"""Which respondents, identifiers and cases hang together: as many of each as a person can look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import raiseload

from complaints.domain.case import Case
from complaints.domain.identifier import CaseIdentifier, Identifier
from complaints.domain.mass import MassCase, MassMember
from complaints.domain.policy import visible_to
from complaints.services import joined, link, mass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.services.link import Known

MOST_IDENTIFIERS = 10
MOST_CASES = 14
# What the shown cases have in common besides.
MOST_FOUND_ON_THE_WAY = 4


@dataclass(frozen=True, slots=True)
class Graph:
    """The picture's parts: who names what, which cases are in one mass case, and how many cases are left out."""

    identifiers: Sequence[Identifier]
    cases: Sequence[Case]
    names: frozenset[tuple[int, int]]
    known: dict[int, Known]
    masses: Sequence[MassCase]
    members: frozenset[tuple[int, int]]
    more: int


def of_case(session: Session, case: Case, actor: Actor) -> Graph:
    """What hangs together with a case, over everything that it or a case merged into it names."""
    own = [row.identifier_id for row in case.identifiers]
    own += [row.identifier_id for row, _ in joined.named_below(session, case)]
    return _around(session, actor, own[:MOST_IDENTIFIERS], joined.target_of(session, case).id)


def of_identifier(session: Session, identifier: Identifier, actor: Actor) -> Graph:
    """What hangs together with an identifier."""
    return _around(session, actor, [identifier.id], None)


def _around(session: Session, actor: Actor, ids: list[int], centre: int | None) -> Graph:
    """The cases with the most in common first; then what else at least two of them name."""
    naming = joined.naming(ids).subquery()
    seen = (
        select(Case.id, func.count().label("number"))
        .join(naming, naming.c.case_id == Case.id)
        .where(visible_to(actor))
        .group_by(Case.id)
        .subquery()
    )
    total = session.scalar(select(func.count()).select_from(seen)) or 0
    first = (seen.c.id == centre).desc() if centre is not None else seen.c.number.desc()
    ranked = select(seen.c.id).order_by(first, seen.c.number.desc(), seen.c.id.desc()).limit(MOST_CASES)
    shown = list(session.scalars(ranked))
    if centre is not None and centre not in shown:
        shown.insert(0, centre)
    ids = [*ids, *_shared(session, shown, ids)]
    every = joined.naming(ids).subquery()
    names = session.execute(select(every.c.identifier_id, every.c.case_id).where(every.c.case_id.in_(shown)))
    masses = select(MassMember.mass_id, MassMember.case_id).where(MassMember.case_id.in_(shown), mass.STANDING)
    members = frozenset((row[0], row[1]) for row in session.execute(masses))
    by_mass = select(MassCase).where(MassCase.id.in_({mass_id for mass_id, _ in members})).order_by(MassCase.id)
    cases = select(Case).where(Case.id.in_(shown), visible_to(actor)).options(raiseload(Case.person))
    return Graph(
        identifiers=session.scalars(select(Identifier).where(Identifier.id.in_(ids)).order_by(Identifier.id)).all(),
        cases=session.scalars(cases.order_by(Case.id.desc())).all(),
        names=frozenset((row[0], row[1]) for row in names),
        known=link.known_elsewhere(session, ids, actor),
        masses=session.scalars(by_mass).all(),
        members=members,
        more=max(total - len(shown), 0),
    )


def _shared(session: Session, shown: list[int], ids: list[int]) -> list[int]:
    """Further identifiers that at least two of the shown cases name."""
    rows = (
        select(CaseIdentifier.identifier_id)
        .where(CaseIdentifier.case_id.in_(shown), CaseIdentifier.identifier_id.not_in(ids))
        .group_by(CaseIdentifier.identifier_id)
        .having(func.count() > 1)
        .order_by(func.count().desc(), CaseIdentifier.identifier_id)
        .limit(MOST_FOUND_ON_THE_WAY)
    )
    return list(session.scalars(rows))
