"""Looking into a file after it was kept: is it whole, does it harm, what can be shown of it, which slip is on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.actor import SYSTEM
from complaints.domain.case import Case
from complaints.domain.message import CLEAN, QUARANTINED, UNSCANNED, Attachment, BankSlip
from complaints.domain.outbox import Promise
from complaints.domain.wording import say
from complaints.services import correspond
from complaints.services.evidence.keeping import copies_of, erasure_of
from complaints.services.evidence.sandbox import Drawn, draw_apart
from complaints.services.evidence.stores import ORIGINAL, SHOWN, THUMB

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.services.evidence.antivirus import Clamd
    from complaints.services.evidence.stores import Store

BOMB = "bomb"


class Altered(RuntimeError):  # noqa: N818 - reads as the fact it is
    """The stored bytes are not those that came in."""


@dataclass(frozen=True, slots=True)
class Material:
    """What must be known of a file to look into it."""

    file_id: int
    key: str
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look into a file brought; `scanned` says whether an antivirus was asked."""

    scanned: bool
    threat: str
    drawn: Drawn


def material(session: Session, promise_id: int) -> Material | None:
    """What the promise is about; None when the file was taken back meanwhile."""
    about = select(Attachment).join(Promise, Promise.attachment_id == Attachment.id).where(Promise.id == promise_id)
    file = session.scalars(about).first()
    return Material(file.id, file.stored_key, file.media_type, file.sha256) if file is not None else None


def look(about: Material, store: Store, scanner: Clamd | None) -> Finding:
    """Read, scan and draw a file and store its copies, with no transaction open.

    The copies' places follow from the original's: a second try writes the same ones. Raises `Altered`, `Missing`,
    `StoreAway`, `ScannerAway`, `DrawingFailed`; nothing was found out then, and the file stays closed.
    """
    content = store.get(f"{ORIGINAL}/{about.key}")
    if hashlib.sha256(content).hexdigest() != about.sha256:
        raise Altered(about.key)
    threat = scanner.scan(content) if scanner is not None else ""
    if threat:
        return Finding(scanned=True, threat=threat, drawn=Drawn())
    drawn = draw_apart(content, about.media_type)
    if drawn.shown is not None:
        store.put(f"{SHOWN}/{about.key}{drawn.ending}", drawn.shown)
    if drawn.thumb is not None:
        store.put(f"{THUMB}/{about.key}.webp", drawn.thumb)
    return Finding(scanner is not None, drawn.threat, drawn)


def record(session: Session, promise: Promise, finding: Finding, now: datetime) -> None:
    """Open the file, or put it into quarantine and tell the desk."""
    file = session.get_one(Attachment, promise.attachment_id)
    drawn, before = finding.drawn, set(copies_of(file))
    if finding.threat:
        file.verdict = QUARANTINED
    else:
        file.verdict = CLEAN if finding.scanned else UNSCANNED
    file.threat, file.flaw, file.pages, file.inspected_at = finding.threat, drawn.flaw, drawn.pages, now
    opened = not finding.threat
    file.shown_key = f"{file.stored_key}{drawn.ending}" if opened and drawn.shown is not None else None
    file.thumb_key = f"{file.stored_key}.webp" if opened and drawn.thumb is not None else None
    file.slips = [BankSlip(bank=bank, reference=reference) for bank, reference in drawn.slips] if opened else []
    promise.keep(now, verdict=file.verdict)
    gone = before - set(copies_of(file))
    if gone:
        session.add(erasure_of(sorted(gone), now))
    if finding.threat and file.case_id is not None:
        _tell(session, file, now)


def forget_copies(session: Session, about: Material, now: datetime) -> None:
    """Remove the copies of a file that was taken back while it was looked into."""
    if session.get(Attachment, about.file_id) is not None:
        return
    paths = [f"{SHOWN}/{about.key}.webp", f"{SHOWN}/{about.key}.txt", f"{THUMB}/{about.key}.webp"]
    session.add(erasure_of(paths, now))


def _tell(session: Session, file: Attachment, now: datetime) -> None:
    case = session.get_one(Case, file.case_id)
    why = say("file.threat_bomb", "th") if file.threat == BOMB else say("file.threat_virus", "th", name=file.threat)
    note = say("inbound.quarantined", "th", name=file.file_name, why=why)
    correspond.say(session, case, note, SYSTEM, now, kind="note", public=False)
