"""The agreement on paper: what stands on it, and the one copy that everybody downloads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import undefer

from complaints.domain.errors import NotFound
from complaints.domain.mediation import Mediation, MediationPaper
from complaints.domain.turns import Move
from complaints.services import centre

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the paper says, in both languages by their code; `offered_by` and `accepted_by` are sides."""

    number: str
    centre: Mapping[str, str]
    text: Mapping[str, str]
    sha256: str
    offered_by: str
    offered_at: datetime
    accepted_by: str
    accepted_at: datetime


def agreed(session: Session, mediation_id: int) -> Agreed | None:
    """What is to be written; None when the paper lies there already."""
    mediation = session.get_one(Mediation, mediation_id)
    offer = mediation.agreement
    if offer is None or session.get(MediationPaper, mediation_id) is not None:
        return None
    accepted = next(move for move in mediation.moves if move.kind == Move.ACCEPT.value)
    profile = centre.profile(session)
    return Agreed(
        number=mediation.case.number,
        centre={"th": profile.name_th, "en": profile.name_en},
        text={"th": offer.text_th, "en": offer.text_en},
        sha256=offer.sha256,
        offered_by=offer.side,
        offered_at=offer.at,
        accepted_by=accepted.side,
        accepted_at=accepted.at,
    )


def keep(session: Session, mediation_id: int, content: bytes, now: datetime) -> None:
    """Put the paper away; whoever made a second one meanwhile made it in vain."""
    if session.get(MediationPaper, mediation_id) is None:
        sha256 = hashlib.sha256(content).hexdigest()
        session.add(MediationPaper(mediation_id=mediation_id, made_at=now, sha256=sha256, content=content))
        session.flush()


def get(session: Session, mediation: Mediation) -> MediationPaper:
    """The paper with its bytes, or `NotFound` while it is being made."""
    found = session.get(MediationPaper, mediation.id, options=[undefer(MediationPaper.content)])
    if found is None:
        raise NotFound(what="file")
    return found


def hash_of(session: Session, mediation: Mediation) -> str:
    """The paper's SHA-256; empty while there is none."""
    found = session.get(MediationPaper, mediation.id)
    return found.sha256 if found is not None else ""
