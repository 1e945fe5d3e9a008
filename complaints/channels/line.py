"""LINE by its Messaging API: signed webhooks in, answers by reply token or push."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from complaints.channels import http
from complaints.domain.bubbles import pieces
from complaints.domain.channel import (
    SHOWN_ONLY,
    Channel,
    Heard,
    HeardFile,
    HeardKind,
    Manner,
    Postponed,
    Undeliverable,
    Unreadable,
)
from complaints.domain.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.domain.channel import Hook, Outbound, Raw
    from config import Settings

CODE = "line"
SENT = "line"
API, DATA_API = "https://api.line.me", "https://api-data.line.me"
# The protocol's own limits.
TEXT_LIMIT, MESSAGES_A_CALL, LABEL_LIMIT, ITEMS_LIMIT, SHOWN_LIMIT = 5000, 5, 20, 13, 300
KEYS = uuid.UUID("6c1f2a1e-1212-5e6b-9a57-0d7d0c1e1212")
ENDINGS = {"image": "jpg", "video": "mp4", "audio": "m4a"}
TYPES = {"image/png": "png", "image/gif": "gif", "image/webp": "webp", "audio/mpeg": "mp3", "audio/ogg": "ogg"}
NOT_READY, GONE = 202, 400
FORBIDDEN, CONFLICT = 403, 409


def authentic(hook: Hook, settings: Settings) -> bool:
    """Is the body signed with the channel's secret."""
    made = hmac.digest(settings.of_channel(CODE, "secret").encode(), hook.body, hashlib.sha256)
    return hmac.compare_digest(base64.b64encode(made), hook.headers.get("x-line-signature", "").encode())


def read(raw: Raw, settings: Settings) -> Sequence[Heard]:
    """Every event in the order in which it happened; files are fetched."""
    try:
        events = sorted(json.loads(raw.body)["events"], key=lambda event: int(event["timestamp"]))
        return [_event(event, settings) for event in events]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"not a LINE webhook: {type(error).__name__}"
        raise Unreadable(msg) from error


def _event(event: dict[str, Any], settings: Settings) -> Heard:
    source, kind = event.get("source", {}), event["type"]
    at = datetime.fromtimestamp(int(event["timestamp"]) / 1000, UTC)
    # Another system has this chat in hand while the mode is `standby`.
    quiet = event.get("mode", "active") != "active"
    token = str(event.get("replyToken", ""))
    name = str(event.get("webhookEventId") or f"{kind}-{event['timestamp']}-{source.get('userId', '')}")
    if source.get("type") != "user":
        chat = str(source.get("groupId") or source.get("roomId") or "")
        return Heard(name, chat, at, HeardKind.GROUP, reply_token=token if kind == "join" and not quiet else "")
    sender = str(source["userId"])
    if kind == "message":
        return _message(Heard(name, sender, at, reply_token=token, quiet=quiet), event["message"], settings)
    if kind == "postback":
        return Heard(name, sender, at, HeardKind.TAP, value=event["postback"]["data"], reply_token=token, quiet=quiet)
    if kind == "unsend":
        return Heard(name, sender, at, HeardKind.UNSEND, about=str(event["unsend"]["messageId"]), quiet=quiet)
    known = {"follow": HeardKind.FOLLOW, "unfollow": HeardKind.BLOCK}.get(kind, HeardKind.SEEN)
    return Heard(name, sender, at, known, reply_token=token, quiet=quiet)


def _message(heard: Heard, message: dict[str, Any], settings: Settings) -> Heard:
    kind, mark = message["type"], str(message["id"])
    files: tuple[HeardFile, ...] = ()
    text, gesture = "", False
    if kind == "text":
        text = message["text"]
    elif kind == "sticker":
        words = ", ".join(message.get("keywords", [])[:5]) or message.get("text", "")
        text, gesture = say("talk.heard.sticker", "th", words=f": {words}" if words else ""), True
    elif kind == "location":
        parts = (message.get("title"), message.get("address"), f"{message['latitude']}, {message['longitude']}")
        text = say("talk.heard.location", "th", where=" · ".join(filter(None, parts)))
    elif kind in {"image", "video", "audio", "file"}:
        text, files = _content(message, settings)
    else:
        text, gesture = say("talk.heard.other", "th", kind=kind), True
    return Heard(
        heard.event_id,
        heard.sender,
        heard.at,
        HeardKind.GESTURE if gesture else HeardKind.WORDS,
        text=text,
        files=files,
        mark=mark,
        reply_token=heard.reply_token,
        quiet=heard.quiet,
    )


def _content(message: dict[str, Any], settings: Settings) -> tuple[str, tuple[HeardFile, ...]]:
    """The file itself; what can no longer be had is said. A film that LINE still prepares comes with a later try."""
    provider = message.get("contentProvider", {})
    if provider.get("type") == "external":
        return str(provider.get("originalContentUrl", "")), ()
    mark = str(message["id"])
    url = f"{settings.of_channel(CODE, 'data_api', DATA_API)}/v2/bot/message/{mark}/content"
    # One byte more than is taken, so that evidence says what is too large.
    status, content, media_type = http.get(url, _bearer(settings), settings.max_file_bytes + 1)
    if status == NOT_READY:
        msg = "LINE is still preparing a file"
        raise Postponed(msg)
    if status == http.UNAUTHORIZED:
        msg = "LINE refused the channel's token"
        raise Postponed(msg)
    if status >= GONE:
        # Evidence says that the file is empty, and its sender sends it again.
        content = b""
    name = message.get("fileName") or f"line-{mark}.{TYPES.get(media_type, ENDINGS.get(message['type'], 'bin'))}"
    return "", (HeardFile(str(name), content, media_type),)


def send(words: Outbound, settings: Settings) -> str:
    """Bring words to an account: as an answer while its token is fresh, else by push, each call once for good."""
    if not ready(settings):
        return SHOWN_ONLY
    messages = _messages(words)
    calls = [messages[start : start + MESSAGES_A_CALL] for start in range(0, len(messages), MESSAGES_A_CALL)]
    if words.reply_token and len(calls) == 1 and _reply(words.reply_token, calls[0], settings):
        return SENT
    for number, call in enumerate(calls):
        _push(words, number, call, settings)
    return SENT


def _messages(words: Outbound) -> list[dict[str, Any]]:
    parts = words.parts or (f"{words.subject}\n\n{words.body}".strip(),)
    messages: list[dict[str, Any]] = [
        {"type": "text", "text": piece} for part in parts for piece in pieces(part, TEXT_LIMIT)
    ]
    items = [
        {
            "type": "action",
            "action": {
                "type": "postback",
                "label": choice.label,
                "data": choice.value,
                "displayText": choice.label[:SHOWN_LIMIT],
            },
        }
        for choice in words.choices[:ITEMS_LIMIT]
    ]
    if items:
        messages[-1]["quickReply"] = {"items": items}
    return messages


def _reply(token: str, messages: list[dict[str, Any]], settings: Settings) -> bool:
    """False when the token is no longer good: then a push brings the same words."""
    try:
        _post("reply", {"replyToken": token, "messages": messages}, {}, settings)
    except http.Refused as error:
        if error.status in {http.UNAUTHORIZED, FORBIDDEN}:
            raise http.no_further(error, "LINE") from None
        return False
    return True


def _push(words: Outbound, number: int, messages: list[dict[str, Any]], settings: Settings) -> None:
    key = uuid.uuid5(KEYS, f"{words.reference}:{number}")
    try:
        _post("push", {"to": words.to, "messages": messages}, {"X-Line-Retry-Key": str(key)}, settings)
    except http.Refused as error:
        if error.status == CONFLICT:
            # An earlier try of the same words was taken.
            return
        if "'to'" in str(error.document.get("message", "")):
            msg = "LINE knows no such account"
            raise Undeliverable(msg, "address") from None
        raise http.no_further(error, "LINE") from None


def _post(verb: str, document: dict[str, Any], headers: dict[str, str], settings: Settings) -> None:
    url = f"{settings.of_channel(CODE, 'api', API)}/v2/bot/message/{verb}"
    http.post_json(url, document, {**_bearer(settings), **headers})


def _bearer(settings: Settings) -> dict[str, str]:
    return {"Authorization": f"Bearer {settings.of_channel(CODE, 'token')}"}


def ready(settings: Settings) -> bool:
    """The operator gave secret and token."""
    return bool(settings.of_channel(CODE, "secret") and settings.of_channel(CODE, "token"))


CHANNEL = Channel(
    code=CODE,
    name_th="ไลน์",
    name_en="LINE",
    manner=Manner.TALK,
    read=read,
    send=send,
    authentic=authentic,
    ready=ready,
    taps=LABEL_LIMIT,
)
