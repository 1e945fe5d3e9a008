"""Is every original there and unaltered; what lies in the store and belongs to nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.message import UNSCANNED, Attachment
from complaints.domain.opendata import PublicFile
from complaints.domain.referral_letter import ReferralLetter
from complaints.domain.website import WebsiteCapture
from complaints.services import opendata
from complaints.services.evidence.keeping import copies_of, inspection_of
from complaints.services.evidence.stores import ORIGINAL, Missing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.services.evidence.stores import Store

BATCH = 500
# A file is stored before its row is committed: what is younger may be on its way.
ON_ITS_WAY = timedelta(days=1)
VERDICTS = SOUND, MISSING, ALTERED = "sound", "missing", "altered"


@dataclass(frozen=True, slots=True)
class Original:
    """What the database knows of an original."""

    id: int
    key: str
    sha256: str


def originals(session: Session, after: int) -> Sequence[Original]:
    """The next few hundred originals behind an id, by id."""
    rows = session.execute(
        select(Attachment.id, Attachment.stored_key, Attachment.sha256)
        .where(Attachment.id > after)
        .order_by(Attachment.id)
        .limit(BATCH)
    )
    return [Original(*row) for row in rows]


def captures(session: Session, after: int) -> Sequence[Original]:
    """The same for what was captured of websites: one or two originals of each look, under its id."""
    rows = session.scalars(
        select(WebsiteCapture).where(WebsiteCapture.id > after).order_by(WebsiteCapture.id).limit(BATCH)
    ).all()
    return [
        Original(row.id, key, sha256)
        for row in rows
        for key, sha256 in ((row.html_key, row.html_sha256), (row.picture_key, row.picture_sha256))
    ]


def letters(session: Session, after: int) -> Sequence[Original]:
    """The same for the sealed letters to agencies."""
    rows = session.execute(
        select(ReferralLetter.id, ReferralLetter.stored_key, ReferralLetter.sha256)
        .where(ReferralLetter.id > after, ReferralLetter.sealed_at.is_not(None))
        .order_by(ReferralLetter.id)
        .limit(BATCH)
    )
    return [Original(*row) for row in rows]


def verify(original: Original, store: Store) -> str:
    """`sound`, `missing` or `altered`; raises `StoreAway`."""
    try:
        content = store.get(f"{ORIGINAL}/{original.key}")
    except Missing:
        return MISSING
    return SOUND if hashlib.sha256(content).hexdigest() == original.sha256 else ALTERED


def strays(session: Session, store: Store, now: datetime) -> list[str]:
    """Paths older than a day that no file of a case or draft or of open data names, as a killed process leaves them."""
    old = [entry.path for entry in store.entries() if entry.written_at < now - ON_ITS_WAY]
    named: set[str] = set()
    for file in session.scalars(select(Attachment)).yield_per(BATCH):
        named |= {f"{ORIGINAL}/{file.stored_key}", *copies_of(file)}
    for keys in session.execute(select(WebsiteCapture.html_key, WebsiteCapture.picture_key)).yield_per(BATCH):
        named |= {f"{ORIGINAL}/{key}" for key in keys if key}
    named |= {f"{ORIGINAL}/{key}" for key in session.scalars(select(ReferralLetter.stored_key)) if key}
    published = session.execute(select(PublicFile.name, PublicFile.sha256).distinct()).yield_per(BATCH)
    named |= {opendata.path(name, sha256) for name, sha256 in published}
    return [path for path in old if path not in named]


def look_again(session: Session, now: datetime) -> int:
    """Promise a look into every file that was opened while no scanner was set; returns how many."""
    files = session.scalars(select(Attachment).where(Attachment.verdict == UNSCANNED)).all()
    session.add_all(inspection_of(file, now) for file in files)
    session.flush()
    return len(files)
