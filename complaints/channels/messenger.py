"""Facebook Messenger by the Graph API: signed webhooks in, answers within its window of 24 hours."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

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
    from collections.abc import Iterator, Mapping, Sequence

    from complaints.domain.channel import Hook, Outbound, Raw
    from config import Settings

CODE = "messenger"
SENT = "messenger"
API = "https://graph.facebook.com/v23.0"
# Where the platform keeps what people send; nothing else is ever fetched.
MEDIA_HOSTS = (".fbcdn.net", ".fbsbx.com", ".facebook.com")
# The protocol's own limits.
TEXT_LIMIT, TITLE_LIMIT, ITEMS_LIMIT = 2000, 20, 13
WINDOW = timedelta(hours=24)
STARTED = "GET_STARTED"
# The platform's own numbers of what went wrong; everything else is for good.
OUTSIDE_WINDOW, NO_SUCH_USER, UNAVAILABLE = {2018278, 2018065}, {2018001}, {1545041}
GONE_AWAY, BAD_TOKEN = 551, 190
NOT_NOW = {1, 2, 4, 17, 32, 341, 613, 1200, 80006}
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/aac": "m4a",
}
DEFAULTS = {"image": "jpg", "video": "mp4", "audio": "mp4"}


def greet(query: Mapping[str, str], settings: Settings) -> str | None:
    """The platform's first look: the challenge back to whoever knows the word that the operator chose."""
    word = settings.of_channel(CODE, "verify_token")
    given = query.get("hub.verify_token", "")
    if query.get("hub.mode") != "subscribe" or not word or not hmac.compare_digest(given.encode(), word.encode()):
        return None
    return query.get("hub.challenge", "")


def authentic(hook: Hook, settings: Settings) -> bool:
    """Is the body signed with the app's secret."""
    made = hmac.new(settings.of_channel(CODE, "secret").encode(), hook.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={made}".encode(), hook.headers.get("x-hub-signature-256", "").encode())


def read(raw: Raw, settings: Settings) -> Sequence[Heard]:
    """Every event of a person in the order in which it happened; files are fetched, our own echoes passed over."""
    try:
        entries = json.loads(raw.body)["entry"]
        events = [event for entry in entries for event in entry.get("messaging", [])]
        events.sort(key=lambda event: int(event["timestamp"]))
        return [heard for event in events for heard in _event(event, settings)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"not a Messenger webhook: {type(error).__name__}"
        raise Unreadable(msg) from error


def _event(event: dict[str, Any], settings: Settings) -> Iterator[Heard]:
    sender, stamp = str(event.get("sender", {}).get("id", "")), int(event["timestamp"])
    at = datetime.fromtimestamp(stamp / 1000, UTC)
    if "message" in event:
        message = event["message"]
        if message.get("is_echo"):
            return
        yield _message(message, sender, at, settings)
    elif "postback" in event:
        postback = event["postback"]
        name, payload = str(postback.get("mid") or f"postback-{sender}-{stamp}"), str(postback.get("payload", ""))
        kind = HeardKind.FOLLOW if payload == STARTED else HeardKind.TAP
        yield Heard(name, sender, at, kind, value=payload if kind is HeardKind.TAP else "", mark=name)
    else:
        kind_of = next((key for key in ("read", "delivery", "reaction", "optin", "referral") if key in event), "other")
        yield Heard(f"{kind_of}-{sender}-{stamp}", sender, at, HeardKind.SEEN)


def _message(message: dict[str, Any], sender: str, at: datetime, settings: Settings) -> Heard:
    mark = str(message["mid"])
    if message.get("is_deleted"):
        return Heard(f"{mark}-deleted", sender, at, HeardKind.UNSEND, about=mark)
    text, tapped = str(message.get("text", "")), message.get("quick_reply", {}).get("payload", "")
    if tapped:
        return Heard(mark, sender, at, HeardKind.TAP, text=text, value=str(tapped), mark=mark)
    files, told, gesture = [], [text] if text else [], False
    for number, part in enumerate(message.get("attachments", []), 1):
        kind, payload = part.get("type", ""), part.get("payload") or {}
        if payload.get("sticker_id"):
            told.append(say("talk.heard.sticker", "th", words=""))
            gesture = True
        elif kind in {"image", "video", "audio", "file"}:
            files.append(
                _file(
                    str(payload["url"]),
                    f"messenger-{hashlib.sha256(mark.encode()).hexdigest()[:10]}-{number}",
                    kind,
                    settings,
                )
            )
        elif kind == "location":
            place = payload["coordinates"]
            told.append(say("talk.heard.location", "th", where=f"{place['lat']}, {place['long']}"))
        elif kind == "fallback":
            told.append("\n".join(filter(None, (part.get("title"), part.get("url") or payload.get("url")))))
        else:
            told.append(say("talk.heard.other", "th", kind=kind))
            gesture = True
    only_gesture = gesture and not files and not text
    known = HeardKind.GESTURE if only_gesture else HeardKind.WORDS
    return Heard(mark, sender, at, known, text="\n".join(told), files=tuple(files), mark=mark)


def _file(url: str, name: str, kind: str, settings: Settings) -> HeardFile:
    """The file from the platform's own store; what can no longer be had is empty, and its sender is told so."""
    address = urlsplit(url)
    own = settings.of_channel(CODE, "media")
    trusted = address.scheme == "https" and f".{address.hostname or ''}".endswith(MEDIA_HOSTS)
    if not trusted and not (own and url.startswith(f"{own}/")):
        return HeardFile(f"{name}.bin", b"")
    status, content, media_type = http.get(url, {}, settings.max_file_bytes + 1)
    given = address.path.rpartition("/")[2]
    ending = given.rpartition(".")[2].lower() if kind == "file" and "." in given else ENDINGS.get(media_type, "")
    shown = given if kind == "file" and "." in given else f"{name}.{ending or DEFAULTS.get(kind, 'bin')}"
    return HeardFile(shown, content if status < http.OK else b"", media_type)


def send(words: Outbound, settings: Settings) -> str:
    """Bring words to an account in as few messages as they fit in; choices stand under the last."""
    if not ready(settings):
        return SHOWN_ONLY
    parts = words.parts or (f"{words.subject}\n\n{words.body}".strip(),)
    texts = pieces("\n\n".join(parts), TEXT_LIMIT)
    for number, text in enumerate(texts, 1):
        message: dict[str, Any] = {"text": text}
        if number == len(texts) and words.choices:
            message["quick_replies"] = [
                {"content_type": "text", "title": choice.label, "payload": choice.value}
                for choice in words.choices[:ITEMS_LIMIT]
            ]
        _post({"recipient": {"id": words.to}, "messaging_type": "RESPONSE", "message": message}, settings)
    return SENT


def _post(document: dict[str, Any], settings: Settings) -> None:
    url = f"{settings.of_channel(CODE, 'api', API)}/me/messages"
    try:
        http.post_json(url, document, {"Authorization": f"Bearer {settings.of_channel(CODE, 'token')}"})
    except http.Refused as refused:
        raise _why(refused) from None


def _why(refused: http.Refused) -> Undeliverable | Postponed:
    """The platform's own numbers, in our words."""
    said = refused.document.get("error", {})
    code, further = said.get("code"), said.get("error_subcode")
    msg = f"Messenger refused ({code}/{further}) {str(said.get('message', ''))[:200]}"
    if further in OUTSIDE_WINDOW:
        return Undeliverable(msg, "window_closed")
    if code == GONE_AWAY or further in UNAVAILABLE:
        return Undeliverable(msg, "blocked")
    if further in NO_SUCH_USER:
        return Undeliverable(msg, "address")
    if code in NOT_NOW or code == BAD_TOKEN or refused.status == http.UNAUTHORIZED:
        return Postponed(msg)
    return Undeliverable(msg)


def ready(settings: Settings) -> bool:
    """The operator gave secret and token."""
    return bool(settings.of_channel(CODE, "secret") and settings.of_channel(CODE, "token"))


CHANNEL = Channel(
    code=CODE,
    name_th="เมสเซนเจอร์",
    name_en="Messenger",
    manner=Manner.TALK,
    read=read,
    send=send,
    authentic=authentic,
    greet=greet,
    ready=ready,
    taps=TITLE_LIMIT,
    window=WINDOW,
)
