"""Identifiers of a case: the same phone, account or link in several cases is one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from complaints.domain.identifier import CaseIdentifier, Identifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from classifiers.identifiers import Identifiers
    from complaints.domain.case import Case


def keep_identifiers(session: Session, case: Case, found: Identifiers, now: datetime) -> None:
    """Tie what the text names to the case; the complainant's own phone is nobody's respondent."""
    tied = {tie.identifier_id for tie in case.identifiers}
    for kind, bank, value in _rows(found):
        if kind == "phone" and value == case.person.phone:
            continue
        identifier_id = _identifier(session, kind, bank, value, now)
        if identifier_id not in tied:
            tied.add(identifier_id)
            session.add(CaseIdentifier(case_id=case.id, identifier_id=identifier_id, found_by="machine"))
    session.flush()
    session.expire(case, ["identifiers"])


def other_cases(session: Session, case: Case) -> dict[int, int]:
    """For each identifier of the case: how many other cases name it."""
    ids = [tie.identifier_id for tie in case.identifiers]
    if not ids:
        return {}
    rows = session.execute(
        select(CaseIdentifier.identifier_id, func.count())
        .where(CaseIdentifier.identifier_id.in_(ids), CaseIdentifier.case_id != case.id)
        .group_by(CaseIdentifier.identifier_id)
    )
    return {row[0]: row[1] for row in rows}


def _rows(found: Identifiers) -> Iterator[tuple[str, str, str]]:
    for value in found.phones:
        yield "phone", "", value
    for account in found.bank_accounts:
        yield "bank_account", account.bank or "", account.number
    for value in found.promptpay:
        yield "promptpay", "", value
    for value in found.urls:
        yield "url", "", value[:500]
    for value in found.line_ids:
        yield "line_id", "", value


def _identifier(session: Session, kind: str, bank: str, value: str, now: datetime) -> int:
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
