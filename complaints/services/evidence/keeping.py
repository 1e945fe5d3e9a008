"""Keeping what comes in: the original sealed with hash, size, kind, time and source, before anybody looks into it.

The bytes go to the store before the row is committed. A process that is killed between the two leaves bytes without a
row, which nobody was told of; never a row without its bytes.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.errors import FileRefused
from complaints.domain.message import Attachment
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services.evidence.kinds import Upload, check
from complaints.services.evidence.names import safe_name
from complaints.services.evidence.stores import ORIGINAL, SHOWN, THUMB

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.domain.channel import Heard, HeardFile
    from complaints.domain.message import Draft
    from complaints.services.evidence.kinds import Limits
    from complaints.services.evidence.stores import Store


def seal(upload: Upload, limits: Limits, store: Store, now: datetime) -> Upload:
    """Check a file and bring it to the store, outside of any transaction; what comes back knows where it lies.

    Raises `FileRefused`, `StoreAway`.
    """
    check(upload, limits)
    key = f"{now:%Y/%m}/{uuid.uuid4().hex}"
    store.put(f"{ORIGINAL}/{key}", upload.content)
    return replace(upload, key=key)


def seal_heard(heard: Iterable[Heard], limits: Limits, store: Store, now: datetime) -> list[Heard]:
    """Bring the files of what was heard to the store, before the transaction that makes cases of it.

    A file that cannot be taken stays as it is: it is refused by name where it would be kept. Raises `StoreAway`.
    """
    return [replace(event, files=tuple(seal_file(file, limits, store, now) for file in event.files)) for event in heard]


def seal_file(file: HeardFile, limits: Limits, store: Store, now: datetime) -> HeardFile:
    """The same for one file."""
    try:
        return replace(file, stored_key=seal(Upload(file.name, file.content), limits, store, now).key)
    except FileRefused:
        return file


def discard_unused(session: Session, keys: Iterable[str], now: datetime) -> None:
    """Promise to remove what was sealed and then belonged to nothing, as the files of a mail that came twice."""
    sealed = {key for key in keys if key}
    used = set(session.scalars(select(Attachment.stored_key).where(Attachment.stored_key.in_(sealed))))
    if sealed - used:
        session.add(erasure_of([f"{ORIGINAL}/{key}" for key in sorted(sealed - used)], now))


def keep_files(
    session: Session,
    uploads: list[Upload],
    limits: Limits,
    store: Store,
    now: datetime,
    *,
    draft: Draft | None = None,
    case: Case | None = None,
    role: str = "complainant",
    source: str = "web",
    have: list[Attachment] | None = None,
) -> list[Attachment]:
    """Check and store files; on the first that cannot be taken raise `FileRefused` naming it, and keep none.

    What was not sealed before is sealed here. Each file is promised to be looked into.
    """
    present = have or []
    if len(present) + len(uploads) > limits.files:
        raise FileRefused("files", name=uploads[-1].name, reason="too_many", limit=limits.files)
    total = sum(file.size for file in present)
    checked = []
    for upload in uploads:
        media_type = check(upload, limits)
        total += len(upload.content)
        if total > limits.total_bytes:
            raise FileRefused("files", name=upload.name, reason="too_large_together", limit=limits.total_bytes // 2**20)
        checked.append((upload, media_type))
    kept = []
    for upload, media_type in checked:
        lying = upload if upload.key else seal(upload, limits, store, now)
        kept.append(
            Attachment(
                draft_id=draft.id if draft else None,
                case_id=case.id if case else None,
                file_name=safe_name(upload.name),
                media_type=media_type,
                size=len(upload.content),
                sha256=hashlib.sha256(upload.content).hexdigest(),
                stored_key=lying.key,
                role=role,
                source=source,
                received_at=now,
            )
        )
    session.add_all(kept)
    session.flush()
    session.add_all(inspection_of(file, now) for file in kept)
    session.flush()
    return kept


def inspection_of(file: Attachment, now: datetime) -> Promise:
    """The promise to look into a file."""
    return Promise(
        kind=PromiseKind.INSPECT.value,
        attachment_id=file.id,
        case_id=file.case_id,
        payload={},
        created_at=now,
        due_at=now,
        tries=0,
    )


def erase(session: Session, files: Iterable[Attachment], now: datetime) -> None:
    """Forget files that were never sent; a worker removes their bytes once that is committed."""
    paths = []
    for file in files:
        paths += paths_of(file)
        session.delete(file)
    if paths:
        session.add(erasure_of(paths, now))
    session.flush()


def erasure_of(paths: list[str], now: datetime) -> Promise:
    """The promise to remove bytes from the store."""
    return Promise(kind=PromiseKind.ERASE.value, payload={"paths": paths}, created_at=now, due_at=now, tries=0)


def paths_of(file: Attachment) -> list[str]:
    """Where everything of a file lies."""
    return [f"{ORIGINAL}/{file.stored_key}", *copies_of(file)]


def copies_of(file: Attachment) -> list[str]:
    """Where its copies lie, as far as there are some."""
    return [f"{folder}/{key}" for folder, key in ((SHOWN, file.shown_key), (THUMB, file.thumb_key)) if key]
