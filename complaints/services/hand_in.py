"""Complaints that a trusted party hands in by machine: kept as they came, filed once, told to nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.actor import SYSTEM
from complaints.domain.case import Case
from complaints.domain.errors import NotFound
from complaints.domain.inbound import HeardEvent, RawMessage
from complaints.domain.number import read_case_number
from complaints.domain.secret import new_secret, secret_matches
from complaints.domain.wording import say
from complaints.services import correspond, intake
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Upload
from complaints.services.once import KeyUsed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.channel import HeardFile
    from complaints.services.clients import Party
    from complaints.services.mailroom import Room

CHANNEL = "partner_api"
HANDED_IN = "handed_in"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the party is told; the same as often as it asks with the same words under the same key."""

    number: str
    secret: str
    received_at: datetime
    fresh: bool


def answered(session: Session, party: Party, key: str, raw_id: int, signing_key: str) -> Receipt | None:
    """The receipt of a key that was used before; raises `KeyUsed` when that was with other words."""
    event = session.scalars(
        select(HeardEvent).where(HeardEvent.channel == CHANNEL, HeardEvent.event_id == _mark(party, key))
    ).first()
    if event is None or event.case_id is None:
        return None
    hashes = session.scalars(select(RawMessage.sha256).where(RawMessage.id.in_([event.raw_id, raw_id]))).all()
    if len(set(hashes)) > 1:
        raise KeyUsed
    case = session.get_one(Case, event.case_id)
    secret = new_secret(signing_key, submission(party, key))
    # One that was changed must not be told as if it still opened the case.
    still = secret if secret_matches(secret, case.secret_hash) else ""
    return Receipt(case.number, still, case.received_at, fresh=False)


def file(
    session: Session,
    party: Party,
    key: str,
    raw_id: int,
    told: intake.Inbound,
    reference: str,
    files: Sequence[HeardFile],
    room: Room,
    now: datetime,
) -> Receipt:
    """File one complaint under its key; of parallel copies one makes the case and the others find it.

    Raises `FileRefused` for a file that cannot be kept: then there is no case either.
    """
    filed = intake.file_case(session, told, SYSTEM, now, room.key)
    if not filed.fresh:
        known = answered(session, party, key, raw_id, room.key)
        if known is not None:
            return known
    case = filed.case
    uploads = [Upload(one.name, one.content, one.stored_key) for one in files]
    if uploads:
        keep_files(session, uploads, room.limits, room.store, now, case=case, source=CHANNEL)
    words = say("inbound.handed_in", "th", name=party.name, reference=reference or "-")
    correspond.say(session, case, words, SYSTEM, now, kind="note", public=False, channel=CHANNEL)
    raw = session.get_one(RawMessage, raw_id)
    raw.read_at = now
    session.add(
        HeardEvent(
            raw_id=raw_id,
            channel=CHANNEL,
            event_id=_mark(party, key),
            sender=_sender(party),
            kind="words",
            outcome="case",
            reason=HANDED_IN,
            case_id=case.id,
            at=now,
        )
    )
    session.flush()
    return Receipt(case.number, filed.secret, case.received_at, fresh=True)


def inbound(party: Party, key: str, facts: Mapping[str, object], received_at: datetime) -> intake.Inbound:
    """The complaint as every channel hands it to the intake."""
    return intake.Inbound(
        channel=CHANNEL,
        submission=submission(party, key),
        received_at=received_at,
        acknowledged=True,
        **facts,  # type: ignore[arg-type]
    )


def own_case(session: Session, party: Party, number: str) -> Case:
    """A case that this party handed in, or `NotFound`: whether another exists is not told."""
    canonical = read_case_number(number)
    case = session.scalars(
        select(Case)
        .join(HeardEvent, HeardEvent.case_id == Case.id)
        .where(
            Case.number == (canonical or ""),
            HeardEvent.channel == CHANNEL,
            HeardEvent.sender == _sender(party),
            HeardEvent.reason == HANDED_IN,
        )
    ).first()
    if case is None:
        raise NotFound(what="case")
    return case


def submission(party: Party, key: str) -> str:
    """What stays the same when a party sends the same again."""
    return f"{CHANNEL}:{party.client_id}:{key}"


def _sender(party: Party) -> str:
    return f"client-{party.client_id}"


def _mark(party: Party, key: str) -> str:
    return f"{party.client_id}:{key}"
