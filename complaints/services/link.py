"""Identifiers of a case: the same phone, account or link in several cases is one row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from complaints.domain.case import Case
from complaints.domain.errors import NotFound
from complaints.domain.identifier import MACHINE, CaseIdentifier, DroppedIdentifier, Identifier
from complaints.domain.policy import visible_to
from complaints.services import joined, paging
from complaints.services.access import cases_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from classifiers.identifiers import Identifiers
    from complaints.domain.actor import Actor

LONGEST = 500
ADDRESS_HEAD = re.compile(r"^(https?://)?(www\.)?")
MOST_LOOKED_UP = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What the cases that an actor may see tell of an identifier: how many, the money lost (satang), first and last."""

    cases: int
    lost: int
    first: datetime
    last: datetime


def keep_identifiers(session: Session, case: Case, found: Identifiers, now: datetime) -> None:
    """Tie what the words name to the case; the complainant's own phone is nobody's respondent.

    What a person took out of the case stays out, and what a person put in stays the person's.
    """
    settled = {tie.identifier_id for tie in case.identifiers} | dropped(session, case)
    for kind, bank, value in once_each(rows(found)):
        if kind in {"phone", "promptpay"} and value == case.person.phone:
            continue
        identifier_id = identifier_row(session, kind, bank, value, now)
        if identifier_id not in settled:
            settled.add(identifier_id)
            session.add(CaseIdentifier(case_id=case.id, identifier_id=identifier_id, found_by=MACHINE))
    session.flush()
    session.expire(case, ["identifiers"])


def dropped(session: Session, case: Case) -> set[int]:
    """The identifiers that a person took out of the case."""
    statement = select(DroppedIdentifier.identifier_id).where(DroppedIdentifier.case_id == case.id)
    return set(session.scalars(statement))


def known_elsewhere(session: Session, ids: Iterable[int], actor: Actor, case: Case | None = None) -> dict[int, Known]:
    """What the actor's other cases tell of each identifier; a merged case counts as the one under which it goes on."""
    named = joined.naming(list(ids)).subquery()
    conditions = [visible_to(actor)]
    if case is not None:
        conditions.append(Case.id.not_in([case.id, joined.target_of(session, case).id]))
    told = session.execute(
        select(
            named.c.identifier_id,
            func.count(),
            func.sum(Case.lost),
            func.min(Case.received_at),
            func.max(Case.received_at),
        )
        .join(Case, Case.id == named.c.case_id)
        .where(*conditions)
        .group_by(named.c.identifier_id)
    )
    return {row[0]: Known(row[1], int(row[2] or 0), row[3], row[4]) for row in told}


def get_identifier(session: Session, identifier_id: int, actor: Actor) -> Identifier:
    """An identifier that a case names which the actor may see."""
    found = session.get(Identifier, identifier_id)
    if found is None or session.scalar(_cases(found, actor).with_only_columns(Case.id).limit(1)) is None:
        raise NotFound(what="identifier")
    return found


def page_of(session: Session, identifier: Identifier, actor: Actor, before: int | None = None) -> paging.Page:
    """The cases of an identifier, the latest first."""
    return paging.page_of(session, _cases(identifier, actor), before)


def _cases(identifier: Identifier, actor: Actor) -> Select[Case]:
    return cases_of(actor).where(Case.id.in_(select(joined.naming([identifier.id]).subquery().c.case_id)))


def known_of(session: Session, found: Identifiers, actor: Actor) -> list[tuple[str, str, Known | None]]:
    """Kind, words and what is known of everything found in a text that belongs to no case yet."""
    named = list(dict.fromkeys(rows(found)))[:MOST_LOOKED_UP]
    stored = session.scalars(select(Identifier).where(Identifier.value.in_({value for _, _, value in named})))
    ids = {(row.kind, row.bank, row.value): row.id for row in stored}
    known = known_elsewhere(session, ids.values(), actor)
    return [
        (kind, f"{bank} {value}".strip(), known.get(ids.get((kind, bank, value), 0))) for kind, bank, value in named
    ]


def rows(found: Identifiers) -> Iterator[tuple[str, str, str]]:
    """Kind, bank and value of everything found that can name a respondent."""
    for value in found.phones:
        yield "phone", "", value
    for account in found.bank_accounts:
        yield "bank_account", account.bank or "", account.number
    for value in found.promptpay:
        yield "promptpay", "", value
    for value in found.urls:
        yield "url", "", value[:LONGEST]
    for value in found.line_ids:
        yield "line_id", "", value


def once_each(named: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Each thing once: an account without its bank gives way to the same with it, a link to the one written before."""
    kept: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    for kind, bank, value in named:
        bare = ADDRESS_HEAD.sub("", value.lower()).rstrip("/") if kind == "url" else value
        kept.setdefault((kind, bank, bare), (kind, bank, value))
    banked = {value for kind, bank, value in kept if kind == "bank_account" and bank}
    return [row for key, row in kept.items() if key[0] != "bank_account" or key[1] or key[2] not in banked]


def identifier_row(session: Session, kind: str, bank: str, value: str, now: datetime) -> int:
    """The row's id; made if it is new, by whichever of two parallel workers comes first."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(Identifier)
        .values(kind=kind, bank=bank, value=value, first_seen_at=now)
        .on_conflict_do_nothing(index_elements=[Identifier.kind, Identifier.bank, Identifier.value])
    )
    return session.execute(
        select(Identifier.id).where(Identifier.kind == kind, Identifier.bank == bank, Identifier.value == value)
    ).scalar_one()
