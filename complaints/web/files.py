"""Evidence on its way to a browser: a drawn-anew copy to look at, or the original to keep, never run as anything."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app, request, send_file

from complaints.db import let_go
from complaints.domain.errors import FileHeld, NotFound, StoreAway
from complaints.domain.message import QUARANTINED, WAITING
from complaints.services.evidence.antivirus import Clamd, ScannerAway
from complaints.services.evidence.stores import ORIGINAL, SHOWN, THUMB, Missing

if TYPE_CHECKING:
    from flask import Response

    from complaints.domain.inbound import RawMessage
    from complaints.domain.message import Attachment
    from complaints.services.evidence.stores import Store

EMAIL = "email"
STORE = "occ_store"
HARMLESS = "default-src 'none'; sandbox"
SMALL = "small"
OK, UNREACHABLE, NOT_CONFIGURED = "ok", "unreachable", "not_configured"


def send_original(raw: RawMessage) -> Response:
    """A message as it came, as a download; what it carries is asked of the virus scanner first.

    Raises `FileHeld` when something harms, and while the scanner gives no verdict.
    """
    ending = "eml" if raw.channel == EMAIL else "txt"
    name, body = f"{raw.channel}-{raw.id}.{ending}", raw.body
    let_go()
    _ask_scanner(body)
    answer = send_file(io.BytesIO(body), mimetype="application/octet-stream", as_attachment=True, download_name=name)
    answer.headers["Content-Security-Policy"] = HARMLESS
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _ask_scanner(body: bytes) -> None:
    address = current_app.extensions["settings"].clamd
    if not address:
        return
    try:
        threat = Clamd(address).scan(body)
    except ScannerAway:
        raise FileHeld(reason=WAITING) from None
    if threat:
        raise FileHeld(reason=QUARANTINED)


def store() -> Store:
    """Where this centre's files lie."""
    found: Store = current_app.extensions[STORE]
    return found


@dataclass(frozen=True, slots=True)
class Scanner:
    """How the virus scanner does: `ok`, `unreachable` or `not_configured`, and what it calls itself."""

    word: str
    version: str = ""


def antivirus() -> Scanner:
    """Ask the scanner for its version."""
    address = current_app.extensions["settings"].clamd
    if not address:
        return Scanner(NOT_CONFIGURED)
    try:
        return Scanner(OK, Clamd(address).version())
    except ScannerAway:
        return Scanner(UNREACHABLE)


def store_word() -> str:
    """`ok` when the store answers; nothing is written."""
    try:
        store().get(f"{ORIGINAL}/nothing")
    except Missing:
        return OK
    except StoreAway:
        return UNREACHABLE
    return OK


def asked_for() -> str:
    """Which form of a file the address asks for: the original, the small copy, or the one to look at."""
    return next((form for form in (ORIGINAL, SMALL) if form in request.args), SHOWN)


def send_file_of(attachment: Attachment, form: str) -> Response:
    """A copy if there is one, otherwise (or when asked) the original as a download under its own name."""
    copy = attachment.thumb_key if form == SMALL else attachment.shown_key
    name, stored_key = attachment.file_name, attachment.stored_key
    # The store may be slow: no connection waits for it.
    let_go()
    try:
        if copy and form != ORIGINAL:
            content = store().get(f"{THUMB if form == SMALL else SHOWN}/{copy}")
            kind = "image/webp" if copy.endswith(".webp") else "text/plain; charset=utf-8"
            answer = send_file(io.BytesIO(content), kind)
        else:
            content = store().get(f"{ORIGINAL}/{stored_key}")
            answer = send_file(io.BytesIO(content), "application/octet-stream", as_attachment=True, download_name=name)
    except Missing:
        raise NotFound(what="file") from None
    answer.headers["Content-Security-Policy"] = HARMLESS
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
