"""A person corrects the identifiers of a case: the timeline and the record of changes tell it, the machine obeys it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifiers.accounts import BankAccount
from classifiers.single import read_one
from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput
from complaints.domain.identifier import DROP_REASONS, KINDS, PERSON, CaseIdentifier, DroppedIdentifier
from complaints.domain.lifecycle import Action
from complaints.services import audit, link
from complaints.services.websites import joining

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case

# The classifier's name of each kind.
CLASSIFIER_KINDS = {
    "phone": "phones",
    "bank_account": "bank_accounts",
    "promptpay": "promptpay",
    "url": "urls",
    "line_id": "line_ids",
}
CHANGED = "changed"
REASONS = tuple(reason for reason in DROP_REASONS if reason != CHANGED)


def normalised(kind: str, bank: str, text: str) -> tuple[str, str, str]:
    """Kind, bank and value of what somebody typed, as the classifier would write them.

    Raises `InvalidInput`: an unknown kind, or words that are no such identifier.
    """
    if kind not in KINDS:
        raise InvalidInput("kind", reason="choose_identifier_kind")
    value = read_one(CLASSIFIER_KINDS[kind], text, bank if kind == "bank_account" else "")
    if value is None:
        raise InvalidInput("value", reason=f"identifier_{kind}")
    if isinstance(value, BankAccount):
        return kind, value.bank or "", value.number
    return kind, "", value[: link.LONGEST]


def add_identifier(session: Session, case: Case, kind: str, bank: str, text: str, actor: Actor, now: datetime) -> None:
    """Tie one to the case that the machine did not see, also one that was taken out before."""
    identifier_id = _tie(session, case, normalised(kind, bank, text), now)
    case.apply(Action.CORRECT, actor, now, change="added", identifier=identifier_id)
    audit.record(
        session, Change.IDENTIFIER_ADDED, case.number, actor, now, after={"identifier": identifier_id, "kind": kind}
    )


def change_identifier(
    session: Session, case: Case, identifier_id: int, kind: str, bank: str, text: str, actor: Actor, now: datetime
) -> None:
    """Put another in the place of one; the old one stays out."""
    old = _tied(case, identifier_id)
    before = {"identifier": identifier_id, "kind": old.identifier.kind}
    new_id = _tie(session, case, normalised(kind, bank, text), now)
    _drop(session, case, old, CHANGED, actor, now)
    case.apply(Action.CORRECT, actor, now, change="changed", identifier=new_id, before=identifier_id)
    after = {"identifier": new_id, "kind": kind}
    audit.record(session, Change.IDENTIFIER_CHANGED, case.number, actor, now, before=before, after=after)


def remove_identifier(
    session: Session, case: Case, identifier_id: int, reason: str, actor: Actor, now: datetime
) -> None:
    """Take one out of the case for a reason."""
    old = _tied(case, identifier_id)
    if reason not in REASONS:
        raise InvalidInput("reason", reason="choose_drop_reason")
    _drop(session, case, old, reason, actor, now)
    case.apply(Action.CORRECT, actor, now, change="removed", before=identifier_id, reason_code=reason)
    after = {"identifier": identifier_id, "kind": old.identifier.kind, "reason": reason}
    audit.record(session, Change.IDENTIFIER_REMOVED, case.number, actor, now, after=after)


def _tied(case: Case, identifier_id: int) -> CaseIdentifier:
    tie = next((tie for tie in case.identifiers if tie.identifier_id == identifier_id), None)
    if tie is None:
        raise InvalidInput("value", reason="identifier_gone")
    return tie


def _tie(session: Session, case: Case, named: tuple[str, str, str], now: datetime) -> int:
    kind, bank, value = named
    if kind == "phone" and value == case.person.phone:
        raise InvalidInput("value", reason="identifier_own")
    identifier_id = link.identifier_row(session, kind, bank, value, now)
    if any(tie.identifier_id == identifier_id for tie in case.identifiers):
        raise InvalidInput("value", reason="identifier_known")
    gone = session.get(DroppedIdentifier, (case.id, identifier_id))
    if gone is not None:
        session.delete(gone)
    session.add(CaseIdentifier(case_id=case.id, identifier_id=identifier_id, found_by=PERSON))
    session.flush()
    session.expire(case, ["identifiers"])
    joining.follow(session, case, now)
    return identifier_id


def _drop(session: Session, case: Case, tie: CaseIdentifier, reason: str, actor: Actor, now: datetime) -> None:
    session.add(
        DroppedIdentifier(
            case_id=case.id,
            identifier_id=tie.identifier_id,
            account_id=actor.account_id,
            reason=reason,
            at=now,
        )
    )
    session.delete(tie)
    session.flush()
    session.expire(case, ["identifiers"])
    joining.follow(session, case, now)
