"""Marketplace operators: the mediations of their sellers, and how they did in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.domain.agency import Agency
from complaints.domain.errors import DomainError, InvalidInput
from complaints.domain.mediation import Mediation
from complaints.domain.policy import mediations_of
from complaints.domain.turns import SETTLED, Move, Side, Stage, Standing, after

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case

MOST_SHOWN = 500
# With these a side uses its turn.
ANSWERS = frozenset({Move.PROPOSE, Move.ACCEPT, Move.REFUSE, Move.LEAVE})
# No limit while what happened is gone through again: what was allowed then stays so.
ANY_NUMBER = 10**6


@dataclass(frozen=True, slots=True)
class Figures:
    """Whole numbers; a share is made of them only where it is shown."""

    mediations: int
    turns: int
    in_time: int
    ended: int
    agreed: int
    kept: int


def operators(session: Session) -> Sequence[Agency]:
    """The agencies for which somebody signs in as an operator."""
    with_people = select(Account.agency_code).where(Account.role == Role.OPERATOR.value, Account.active)
    return session.scalars(select(Agency).where(Agency.code.in_(with_people)).order_by(Agency.name_th)).all()


def suggested(session: Session, case: Case) -> str:
    """The operator whose own web domain the case names; a domain is that of the operator's address."""
    named = [row.identifier.value.lower() for row in case.identifiers if row.identifier.kind == "url"]
    for agency in operators(session):
        domain = agency.email.rpartition("@")[2].lower()
        if domain and any(_within(url, domain) for url in named):
            return agency.code
    return ""


def _within(url: str, domain: str) -> bool:
    host = url.partition("://")[2] or url
    host = host.split("/", 1)[0].partition(":")[0]
    return host == domain or host.endswith(f".{domain}")


def link(session: Session, mediation: Mediation, code: str) -> None:
    """Name the operator that may act for the seller; an empty code takes the name back."""
    if code and code not in {row.code for row in operators(session)}:
        raise InvalidInput("operator", reason="choose_agency")
    mediation.operator_code = code or None
    session.flush()


def own(session: Session, actor: Actor) -> Sequence[Mediation]:
    """The operator's mediations: what runs by its deadline first, then what ended, the latest first."""
    found = session.scalars(
        select(Mediation)
        .where(mediations_of(actor))
        .options(selectinload(Mediation.moves), selectinload(Mediation.case))
        .order_by(Mediation.id.desc())
        .limit(MOST_SHOWN)
    ).all()
    return sorted(found, key=lambda row: (not row.running, row.turn_by.timestamp() if row.turn_by else float("inf")))


def figures(rows: Sequence[Mediation]) -> Figures:
    """How often the seller's side had a turn and used it in time, and what came of it."""
    turns = [used for row in rows for used in _turns(row)]
    ended = [row for row in rows if not row.running or Stage(row.stage) is Stage.AGREED]
    return Figures(
        mediations=len(rows),
        turns=len(turns),
        in_time=sum(turns),
        ended=len(ended),
        agreed=sum(Stage(row.stage) in SETTLED for row in rows),
        kept=sum(Stage(row.stage) is Stage.KEPT for row in rows),
    )


def _turns(row: Mediation) -> list[bool]:
    """Each turn of the respondent that is over: was it used, or did it lapse."""
    found, standing = [], Standing()
    for move in row.moves:
        kind, side = Move(move.kind), Side(move.side)
        if standing.turn is Side.RESPONDENT and side is Side.RESPONDENT and kind in ANSWERS:
            found.append(True)
        if standing.turn is Side.RESPONDENT and kind is Move.LAPSE:
            found.append(False)
        try:
            standing = after(standing, kind, side, ANY_NUMBER)
        except DomainError:
            continue
    return found
