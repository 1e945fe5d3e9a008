"""What an agent typed into a form of a case and has not sent: kept on the server until it is sent or thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from complaints.domain.handling import CaseDraft

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case

LONGEST = 20_000
# What a form carries besides what was typed.
NOT_TYPED = frozenset({"csrf_token", "version", "queue", "keep", "template"})


def keep(session: Session, case: Case, verb: str, values: dict[str, list[str]], actor: Actor, now: datetime) -> bool:
    """Keep what stands in a form; an empty form is no draft. Tells whether something is kept."""
    typed = {name: [text[:LONGEST] for text in texts] for name, texts in values.items() if name not in NOT_TYPED}
    if actor.account_id is None:
        return False
    if not any(text.strip() for name in TEXTS for text in typed.get(name, [])):
        drop(session, case, verb, actor)
        return False
    row = session.get(CaseDraft, (actor.account_id, case.id, verb))
    if row is None:
        row = CaseDraft(account_id=actor.account_id, case_id=case.id, verb=verb, data={}, changed_at=now)
        session.add(row)
    row.data, row.changed_at = dict(typed), now
    return True


# Only words are worth keeping: a box that was ticked is ticked again in a moment.
TEXTS = ("body", "note", "answer", "reason")


def drop(session: Session, case: Case, verb: str, actor: Actor) -> None:
    """It was sent, or is not wanted any more."""
    mine = (CaseDraft.account_id == actor.account_id, CaseDraft.case_id == case.id, CaseDraft.verb == verb)
    session.execute(delete(CaseDraft).where(*mine))


def of_case(session: Session, case: Case, actor: Actor) -> dict[str, CaseDraft]:
    """The actor's drafts in a case, by their form."""
    mine = (CaseDraft.account_id == actor.account_id, CaseDraft.case_id == case.id)
    return {row.verb: row for row in session.scalars(select(CaseDraft).where(*mine))}


def follow(session: Session, case: Case, into: Case) -> None:
    """The case was merged: everybody's drafts go to the other one, unless something is being written there already."""
    taken = {
        (row.account_id, row.verb) for row in session.scalars(select(CaseDraft).where(CaseDraft.case_id == into.id))
    }
    for row in session.scalars(select(CaseDraft).where(CaseDraft.case_id == case.id)):
        if (row.account_id, row.verb) not in taken:
            session.add(
                CaseDraft(
                    account_id=row.account_id, case_id=into.id, verb=row.verb, data=row.data, changed_at=row.changed_at
                )
            )
            session.delete(row)
