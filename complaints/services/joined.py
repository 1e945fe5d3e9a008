"""Merged cases: each goes on under another, and what it names counts for that one.

Nothing is copied when cases are merged, so nothing has to be found again when they are parted: whoever asks follows
`merged_into_id`. A walk that met a circle would end all the same: it takes no case twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select
from sqlalchemy.orm import selectinload

from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.identifier import CaseIdentifier, DroppedIdentifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import CTE, Select
    from sqlalchemy.orm import Session

    from complaints.domain.message import Message


def naming(ids: Sequence[int]) -> Select[int, int]:
    """Identifier and case, once each, for all cases that name one of them; a merged case stands as its target.

    What a person took out of the target stays out, whoever names it.
    """
    ties = (
        select(CaseIdentifier.identifier_id, Case.id.label("case_id"), Case.merged_into_id.label("into_id"))
        .join(Case, Case.id == CaseIdentifier.case_id)
        .where(CaseIdentifier.identifier_id.in_(ids))
    )
    up = ties.cte("up", recursive=True)
    up = up.union(select(up.c.identifier_id, Case.id, Case.merged_into_id).join(Case, Case.id == up.c.into_id))
    taken_out = exists().where(
        DroppedIdentifier.case_id == up.c.case_id, DroppedIdentifier.identifier_id == up.c.identifier_id
    )
    return select(up.c.identifier_id, up.c.case_id).where(up.c.into_id.is_(None), ~taken_out)


def target_of(session: Session, case: Case) -> Case:
    """The case under which this one goes on; itself if it was never merged."""
    if case.merged_into_id is None:
        return case
    start = select(Case.id.label("case_id"), Case.merged_into_id.label("into_id")).where(Case.id == case.id)
    up = start.cte("up", recursive=True)
    up = up.union(select(Case.id, Case.merged_into_id).join(up, Case.id == up.c.into_id))
    end = select(Case).join(up, up.c.case_id == Case.id).where(up.c.into_id.is_(None))
    return session.scalars(end).first() or case


def below(case_id: int) -> CTE:
    """The cases that were merged into this one, and those merged into them; without the case itself."""
    down = select(Case.id.label("case_id")).where(Case.merged_into_id == case_id).cte("down", recursive=True)
    return down.union(select(Case.id).join(down, Case.merged_into_id == down.c.case_id).where(Case.id != case_id))


def cases_below(session: Session, case: Case) -> Sequence[Case]:
    """The same, as cases, oldest first."""
    down = below(case.id)
    query = select(Case).join(down, down.c.case_id == Case.id).order_by(Case.id)
    said = (selectinload(Case.messages), selectinload(Case.attachments))
    return session.scalars(query.options(*said)).unique().all()


def written_below(merged: Sequence[Case]) -> dict[int, tuple[Message, str]]:
    """What the complainants of merged cases wrote, by its id, each with the number of its case."""
    return {
        message.id: (message, case.number)
        for case in merged
        for message in case.messages
        if message.role == Role.COMPLAINANT.value and message.public
    }


def named_below(session: Session, case: Case) -> list[tuple[CaseIdentifier, str]]:
    """What merged cases name and the case itself does not, each once, with the number of the case that names it."""
    down = below(case.id)
    own = select(CaseIdentifier.identifier_id).where(CaseIdentifier.case_id == case.id)
    gone = select(DroppedIdentifier.identifier_id).where(DroppedIdentifier.case_id == case.id)
    rows = session.execute(
        select(CaseIdentifier, Case.number)
        .join(down, down.c.case_id == CaseIdentifier.case_id)
        .join(Case, Case.id == CaseIdentifier.case_id)
        .where(CaseIdentifier.identifier_id.not_in(own), CaseIdentifier.identifier_id.not_in(gone))
        .order_by(Case.id)
    )
    first: dict[int, tuple[CaseIdentifier, str]] = {}
    for tie, number in rows.unique():
        first.setdefault(tie.identifier_id, (tie, number))
    return list(first.values())
