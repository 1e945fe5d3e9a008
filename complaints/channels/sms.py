"""Text messages out, by Twilio's Messaging API; without an account letters stand on the tracking page only.

https://www.twilio.com/docs/messaging/api/message-resource: a form post with Basic authentication, answered in JSON.
Whether a message arrived is told later, by a signed call at `/hooks/sms`. The API has no idempotency key: a try whose
answer was lost may send the same message twice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from complaints.domain.channel import SHOWN_ONLY, Channel, Heard, HeardKind, Manner, Postponed, Undeliverable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.domain.channel import Hook, Outbound, Raw
    from config import Settings

CODE = SENT = "sms"
API = "https://api.twilio.com"
TIMEOUT_SECONDS = 20
NUMBER = re.compile(r"^\+[1-9]\d{7,14}$")
REFERENCE = re.compile(r"^promise-\d{1,9}\.\d{2}-\d{6,9}-\d$")
TOO_MANY, BROKEN = 429, 500
# https://www.twilio.com/docs/api/errors: the number is none, cannot get text messages, or cannot be reached from here.
NO_NUMBER = frozenset({21211, 21217, 21401, 21407, 21421, 21612, 21614, 21635})
# Its owner asked for no more messages.
UNSUBSCRIBED = 21610
# The words or the number are refused for good, and it is nothing that an operator could set right.
FOR_GOOD = frozenset({21602, 21605, 21617, 30004, 30007})
# What a message can come to that was taken over and never arrived.
LOST = frozenset({"failed", "undelivered"})


class _NoRedirect(HTTPRedirectHandler):
    """Credentials go to the address that was set and to no other."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:  # noqa: ANN401 - the library's own signature
        """Follow nothing."""


_opener = build_opener(_NoRedirect)


def ready(settings: Settings) -> bool:
    """Did the operator set an account up."""
    return all(settings.of_channel(CODE, name) for name in ("account", "token", "from"))


def send(outbound: Outbound, settings: Settings) -> str:
    """Hand one short message to the provider; returns how it was delivered.

    Raises `Undeliverable` when this number will never get it, `Postponed` when a later try may help: throttling, the
    provider's own trouble, or a mistake in the account that the operator mends. Neither names the number.
    """
    if not ready(settings):
        return SHOWN_ONLY
    if NUMBER.match(outbound.to) is None:
        raise Undeliverable("the number cannot get text messages", "address")
    account, token = settings.of_channel(CODE, "account"), settings.of_channel(CODE, "token")
    sender = settings.of_channel(CODE, "from")
    form = {
        "To": outbound.to,
        "MessagingServiceSid" if sender.startswith("MG") else "From": sender,
        "Body": outbound.short,
        "StatusCallback": callback(settings, {"ref": f"{outbound.reference}.{outbound.case_number}"}),
    }
    url = f"{settings.of_channel(CODE, 'api', API)}/2010-04-01/Accounts/{account}/Messages.json"
    answer = _post(url, form, account, token)
    if answer.get("status") in LOST:
        raise _no(400, answer.get("error_code"))
    return SENT


def callback(settings: Settings, query: dict[str, str]) -> str:
    """Where the provider tells what became of a message."""
    return f"{settings.base_url}/hooks/{CODE}?{urlencode(query)}"


def _post(url: str, form: dict[str, str], account: str, token: str) -> dict[str, Any]:
    if urlsplit(url).scheme not in {"https", "http"}:
        raise Postponed("the provider's address is none")
    proof = base64.b64encode(f"{account}:{token}".encode()).decode()
    headers = {"Authorization": f"Basic {proof}", "Content-Type": "application/x-www-form-urlencoded"}
    request = Request(url, urlencode(form).encode(), headers)  # noqa: S310 - the scheme was looked at
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return _document(answer.read(2**20))
    except HTTPError as error:
        with error:
            raise _no(error.code, _document(error.read(2**20)).get("code")) from None
    except (OSError, HTTPException) as error:
        msg = f"no answer from the provider: {type(error).__name__}"
        raise Postponed(msg) from None


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _no(status: int, code: object) -> Undeliverable | Postponed:
    """The provider's no, by its documented code; its own words may hold the number and are not repeated."""
    msg = f"the provider refused the message ({status}, error {code or 'unnamed'})"
    if status == TOO_MANY or status >= BROKEN:
        return Postponed(msg)
    if code in NO_NUMBER:
        return Undeliverable(msg, "address")
    if code == UNSUBSCRIBED:
        return Undeliverable(msg, "blocked")
    return Undeliverable(msg) if code in FOR_GOOD else Postponed(msg)


def authentic(hook: Hook, settings: Settings) -> bool:
    """Is the call signed with the account's token, over the address that was given out and every field."""
    fields = parse_qsl(hook.body.decode("utf-8", "replace"), keep_blank_values=True)
    made = signature(callback(settings, dict(hook.query)), fields, settings.of_channel(CODE, "token"))
    return hmac.compare_digest(made.encode(), hook.headers.get("x-twilio-signature", "").encode())


def signature(url: str, fields: Sequence[tuple[str, str]], token: str) -> str:
    """How the provider signs a call: https://www.twilio.com/docs/usage/security#validating-requests."""
    said = url + "".join(f"{name}{value}" for name, value in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), said.encode(), hashlib.sha1)).decode()


def read(raw: Raw, _settings: Settings) -> Sequence[Heard]:
    """A message that was taken over and never arrived is a bounce; that one is under way or arrived is no news."""
    fields = dict(parse_qsl(raw.body.decode("utf-8", "replace")))
    status = fields.get("MessageStatus", "")
    reference = dict(parse_qsl(raw.headers.get(":query", ""))).get("ref", "")
    if status not in LOST or REFERENCE.match(reference) is None:
        return []
    code = fields.get("ErrorCode", "")
    return [
        Heard(
            event_id=f"{fields.get('MessageSid', '')}:{status}",
            sender="",
            at=raw.received_at,
            kind=HeardKind.BOUNCE,
            subject=f"SMS {status}",
            text=f"error {code or 'unnamed'}",
            about=fields.get("To", ""),
            references=(f"<{reference}@{CODE}>",),
        )
    ]


CHANNEL = Channel(
    code=CODE,
    name_th="SMS",
    name_en="SMS",
    manner=Manner.LETTER,
    read=read,
    send=send,
    authentic=authentic,
    ready=ready,
)
