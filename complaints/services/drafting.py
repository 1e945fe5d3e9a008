"""What an agent typed into a form of a case and has not sent: kept on the server until it is sent or thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from sqlalchemy import delete, select

from complaints.domain.case import Case
from complaints.domain.handling import CaseDraft
from complaints.domain.policy import visible_to

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

LONGEST = 20_000
# So long after a case ended and the draft was last touched a draft is kept still.
KEPT = timedelta(days=30)
BATCH, MOST_TOLD = 500, 50
# What a form carries besides what was typed.
NOT_TYPED = frozenset({"csrf_token", "version", "queue", "keep", "template"})


@dataclass(frozen=True, slots=True)
class Unsent:
    """A draft in a case that has ended: in which form, its words, and until when it is kept."""

    number: str
    verb: str
    words: str
    until: datetime


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


def unsent(session: Session, actor: Actor) -> list[Unsent]:
    """The actor's drafts in cases that have ended, the first to be forgotten first."""
    rows = session.execute(
        select(CaseDraft, Case)
        .join(Case, Case.id == CaseDraft.case_id)
        .where(CaseDraft.account_id == actor.account_id, Case.due_at.is_(None), visible_to(actor))
        .order_by(CaseDraft.changed_at)
        .limit(MOST_TOLD)
    )
    found = [Unsent(case.number, row.verb, _words(row), kept_until(row, case)) for row, case in rows]
    return sorted(found, key=lambda one: one.until)


def kept_until(row: CaseDraft, case: Case) -> datetime:
    """Until when a draft in a case that has ended is kept: its author is told so all the while."""
    return max(row.changed_at, case.changed_at) + KEPT


def forget(session: Session, now: datetime) -> int:
    """Throw away drafts in cases that ended long ago and that nobody wrote on since; returns how many."""
    long_ago = now - KEPT
    old = session.scalars(
        select(CaseDraft)
        .join(Case, Case.id == CaseDraft.case_id)
        .where(Case.due_at.is_(None), Case.changed_at < long_ago, CaseDraft.changed_at < long_ago)
        .limit(BATCH)
    ).all()
    for row in old:
        session.delete(row)
    return len(old)


def _words(row: CaseDraft) -> str:
    texts = [str(text) for name in TEXTS for text in cast("list[str]", row.data.get(name, []))]
    return "\n".join(text for text in texts if text.strip())


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
