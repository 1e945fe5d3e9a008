"""What a telephone system tells of its calls: signed JSON, one event each.

It is no channel by itself: what the caller tells comes in by the hotline's form. The signature is the hexadecimal
HMAC-SHA256 of the moment (Unix seconds, header `X-Timestamp`), a full stop and the body, in the header `X-Signature`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from complaints.domain.call import CallEvent, CallKind
from complaints.domain.channel import Unreadable
from complaints.domain.errors import InvalidInput
from complaints.domain.reading import read_phone

if TYPE_CHECKING:
    from complaints.domain.channel import Hook

CODE = "cti"
# A call at the door that was overheard is of no use after this.
FRESH = timedelta(minutes=5)
ID_LIMIT, EXTENSION_LIMIT, CALLER_LIMIT = 100, 20, 40
STAMP = re.compile(r"^\d{1,12}$")


def signature(stamp: str, body: bytes, secret: str) -> str:
    """How the telephone system signs."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def authentic(hook: Hook, secret: str, now: datetime) -> bool:
    """Does the call at the door come from the telephone system, and was it signed just now."""
    stamp = hook.headers.get("x-timestamp", "")
    if not secret or STAMP.match(stamp) is None or abs(now.timestamp() - int(stamp)) > FRESH.total_seconds():
        return False
    return hmac.compare_digest(
        signature(stamp, hook.body, secret).encode(), hook.headers.get("x-signature", "").encode()
    )


def read(body: bytes) -> CallEvent:
    """One event; raises `Unreadable`."""
    try:
        told = json.loads(body)
        event = CallEvent(
            kind=CallKind(told["event"]),
            call_id=str(told["call_id"]).strip(),
            at=datetime.fromisoformat(told["at"]),
            caller=number(str(told.get("caller") or "")),
            extension=str(told.get("extension") or "").strip(),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        msg = f"not an event of a call: {type(error).__name__}"
        raise Unreadable(msg) from None
    if not 0 < len(event.call_id) <= ID_LIMIT or len(event.extension) > EXTENSION_LIMIT or event.at.tzinfo is None:
        raise Unreadable("an event of a call needs a call_id, and a moment with its zone")
    return event


def number(text: str) -> str:
    """A caller's number as the desk writes it; empty when it is withheld or no number."""
    try:
        return read_phone(text, "caller")
    except InvalidInput:
        digits = re.sub(r"[^\d+]", "", text)
        return digits[:CALLER_LIMIT] if re.search(r"\d{3}", digits) else ""
