"""Cases as an actor may reach them: the policy applied to single look-ups and to lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.errors import FileHeld, NotFound, StaleCase
from complaints.domain.event import Event
from complaints.domain.inbound import HeardEvent, RawMessage
from complaints.domain.message import Attachment
from complaints.domain.policy import (
    may_open_file,
    may_see,
    may_see_file,
    may_see_raw,
    may_see_referral,
    referrals_of,
    visible_to,
)
from complaints.domain.referral import Referral
from complaints.services import joined

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor


def get_case(session: Session, number: str, actor: Actor) -> Case:
    """The case of a number if the actor may see it, else `NotFound`: whether it exists is not told."""
    case = session.scalars(select(Case).where(Case.number == number)).first()
    if case is None or not may_see(actor, case):
        raise NotFound(what="case")
    return case


def get_for_change(session: Session, number: str, actor: Actor, version: int | None) -> Case:
    """The case locked for a step; raises `StaleCase` when it changed since the page with `version` was made."""
    case = session.scalars(_locked(Case.number == number)).first()
    if case is None or not may_see(actor, case):
        raise NotFound(what="case")
    if version is not None and case.version != version:
        raise StaleCase(number=number, since=version, now=case.version)
    return case


def hold(session: Session, number: str, other: str | None) -> None:
    """Lock two cases that one step changes, in the order in which everybody does: so nobody waits for ever."""
    if other is not None:
        pair = select(Case.id).where(Case.number.in_([number, other])).order_by(Case.id)
        session.execute(pair.with_for_update(of=Case))


def _locked(condition: ColumnElement[bool]) -> Select[Case]:
    """Locked and read anew: what the session read of it before the lock may be old."""
    return select(Case).where(condition).with_for_update(of=Case).execution_options(populate_existing=True)


def get_own(session: Session, actor: Actor) -> Case:
    """The case that a complainant proved to own."""
    case = session.get(Case, actor.case_id) if actor.case_id is not None else None
    if case is None or not may_see(actor, case):
        raise NotFound(what="case")
    return case


def get_own_for_change(session: Session, actor: Actor) -> Case:
    """The same, locked for a step."""
    case = session.scalars(_locked(Case.id == actor.case_id)).first()
    if case is None or not may_see(actor, case):
        raise NotFound(what="case")
    return case


def get_referral(session: Session, case: Case, referral_id: int, actor: Actor) -> Referral:
    """A referral of the case if the actor may see it."""
    referral = session.get(Referral, referral_id)
    if referral is None or referral.case_id != case.id or not may_see_referral(actor, referral):
        raise NotFound(what="referral")
    return referral


def get_file(session: Session, case: Case, file_id: int, actor: Actor) -> Attachment:
    """A file of the case, or of one merged into it, if the actor may see it."""
    attachment = session.get(Attachment, file_id)
    if attachment is None or not may_see_file(actor, case, attachment, _merged(session, case, attachment)):
        raise NotFound(what="file")
    return attachment


def originals(session: Session, case: Case, actor: Actor) -> list[tuple[HeardEvent, RawMessage]]:
    """What came in for the case by channels, as it came, oldest first; its bytes are not loaded."""
    rows = session.execute(
        select(HeardEvent, RawMessage)
        .join(RawMessage, RawMessage.id == HeardEvent.raw_id)
        .where(HeardEvent.case_id == case.id)
        .order_by(HeardEvent.id)
    )
    return [(heard, raw) for heard, raw in rows if may_see_raw(actor, case, heard)]


def get_original(session: Session, case: Case, raw_id: int, actor: Actor) -> RawMessage:
    """One of them."""
    found = next((raw for _, raw in originals(session, case, actor) if raw.id == raw_id), None)
    if found is None:
        raise NotFound(what="file")
    return found


def beginning(session: Session, raw: RawMessage, size: int) -> bytes:
    """The first `size` bytes of an original."""
    found = session.scalar(select(func.substr(RawMessage.body, 1, size)).where(RawMessage.id == raw.id))
    return bytes(found or b"")


def open_file(session: Session, case: Case, file_id: int, actor: Actor) -> Attachment:
    """The same to be opened; raises `FileHeld` while it is being checked, and for ever in quarantine."""
    attachment = get_file(session, case, file_id, actor)
    if not may_open_file(actor, case, attachment, _merged(session, case, attachment)):
        raise FileHeld(reason=attachment.verdict)
    return attachment


def _merged(session: Session, case: Case, attachment: Attachment) -> list[int]:
    """The cases merged into this one, asked for only when the file is not the case's own."""
    if attachment.case_id == case.id:
        return []
    return list(session.scalars(select(joined.below(case.id).c.case_id)))


def cases_of(actor: Actor) -> Select[Case]:
    """All cases that the actor may see."""
    return select(Case).where(visible_to(actor))


def referrals_for(actor: Actor) -> Select[Referral, Case]:
    """All referrals that the actor may see, with their cases."""
    return select(Referral, Case).join(Case, Case.id == Referral.case_id).where(referrals_of(actor))


def changes_since(session: Session, case: Case, version: int, actor: Actor) -> list[Event]:
    """What happened after the version that somebody looked at; a complainant sees the public part."""
    events = session.scalars(select(Event).where(Event.case_id == case.id, Event.version > version).order_by(Event.id))
    return [event for event in events if event.public or actor.role is not Role.COMPLAINANT]
