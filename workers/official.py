"""Letters to agencies that work on paper: numbered, put on paper, sealed in the store, mailed."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING

from complaints.channels import email
from complaints.db import let_go, unit_of_work
from complaints.domain.channel import Undeliverable
from complaints.domain.outbox import Promise
from complaints.services import promises
from complaints.services.evidence.stores import ORIGINAL
from complaints.services.official import issuing
from complaints.web.letterpaper import letter_pdf
from workers.runtime import runtime, utc_now

if TYPE_CHECKING:
    from complaints.services.official.issuing import Issued

NOT_NEEDED = "not_needed"


def send_letter(promise_id: int) -> None:
    """Once numbered and once sealed, whatever happens in between; mailed until the mail server takes it."""
    settings = runtime().settings
    with unit_of_work() as session:
        issued = issuing.issue(session, session.get_one(Promise, promise_id), utc_now())
    let_go()
    if issued is None:
        with unit_of_work() as session:
            promise = promises.for_result(session, promise_id)
            if promise is not None:
                promise.keep(utc_now(), delivered=NOT_NEEDED)
        return
    paper = _paper(issued)
    with unit_of_work() as session:
        promise = session.get_one(Promise, promise_id)
        letter = issuing.mail(session, promise, issued, paper, settings.secret_key, settings.base_url)
    let_go()
    try:
        delivered = email.send(letter, settings)
    except Undeliverable as error:
        with unit_of_work() as session:
            promise = promises.for_result(session, promise_id)
            if promise is not None:
                issuing.refused(session, promise, str(error), utc_now())
        return
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            issuing.record(session, promise, issued, letter, delivered, utc_now())


def _paper(issued: Issued) -> bytes:
    """The sealed paper as it lies in the store; made and sealed when there is none."""
    if issued.stored_key:
        return _lying(issued.stored_key, issued.sha256)
    content, key = letter_pdf(issued.words), f"letters/{utc_now():%Y/%m}/{uuid.uuid4().hex}"
    runtime().store.put(f"{ORIGINAL}/{key}", content)
    with unit_of_work() as session:
        lies = issuing.seal(session, issued.letter_id, key, content, utc_now())
    let_go()
    return content if lies == key else _lying(lies, "")


def _lying(key: str, sha256: str) -> bytes:
    content = runtime().store.get(f"{ORIGINAL}/{key}")
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        msg = "the sealed letter was altered in the store"
        raise ValueError(msg)
    return content
