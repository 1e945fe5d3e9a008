"""LINE's Messaging API as its public reference describes it, checked with LINE's own SDK.

Requests are read by the SDK's models, which refuse what LINE refuses; webhooks are signed as LINE signs them. Reply
tokens are good once and for a minute, retry keys are remembered, a push to somebody who blocked us is answered 200.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from linebot.v3.messaging.models import PushMessageRequest, ReplyMessageRequest
from linebot.v3.webhook import SignatureValidator

from tests.outside.api_server import Answer, ApiServer

if TYPE_CHECKING:
    from tests.outside.api_server import Call

SECRET = "line-secret-" + "s" * 20
TOKEN = "line-token-" + "t" * 40
REPLY_TOKEN_LIVES = timedelta(minutes=1)
TEXT_LIMIT, LABEL_LIMIT, ITEMS_LIMIT, DATA_LIMIT, MESSAGES_LIMIT = 5000, 20, 13, 300, 5


def signed(body: bytes) -> str:
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
    assert SignatureValidator(SECRET).validate(body.decode(), signature)
    return signature


def values_for(server: LineServer) -> dict[str, str]:
    """The settings of a centre whose account is at this server."""
    return {
        "OCC_LINE_SECRET": SECRET,
        "OCC_LINE_TOKEN": TOKEN,
        "OCC_LINE_API": server.url,
        "OCC_LINE_DATA_API": server.url,
    }


@dataclass
class Said:
    """A message that reached somebody."""

    to: str
    text: str
    choices: dict[str, str] = field(default_factory=dict)
    by: str = "push"


class LineServer(ApiServer):
    """The platform with its accounts, what reached them, and the files that they sent."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime.now(UTC) - timedelta(hours=1)
        self.said: list[Said] = []
        self.tokens: dict[str, tuple[str, datetime]] = {}
        self.keys: dict[str, str] = {}
        self.contents: dict[str, tuple[int, bytes, str]] = {}
        self.users: set[str] = set()
        self.blocked: set[str] = set()
        self._numbers = itertools.count(1)

    # What people do: each gives the event as LINE would send it.

    def event(self, user: str, kind: str, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self.now += timedelta(seconds=1)
        self.users.add(user)
        event: dict[str, Any] = {
            "type": kind,
            "webhookEventId": f"01HEVENT{number:018d}",
            "deliveryContext": {"isRedelivery": False},
            "timestamp": int((at or self.now).timestamp() * 1000),
            "source": {"type": "user", "userId": user},
            "mode": "active",
            **more,
        }
        if kind not in {"unfollow", "unsend", "leave"}:
            token = uuid.uuid4().hex
            self.tokens[token] = (event["source"].get("groupId") or event["source"].get("userId"), datetime.now(UTC))
            event["replyToken"] = token
        return event

    def text(self, user: str, text: str, **more: Any) -> dict[str, Any]:
        return self.message(user, "text", text=text, quoteToken="q", **more)

    def message(self, user: str, kind: str, at: datetime | None = None, **content: Any) -> dict[str, Any]:
        return self.event(
            user, "message", at, message={"id": str(468789000000 + next(self._numbers)), "type": kind, **content}
        )

    def file(
        self, user: str, kind: str, content: bytes, media_type: str, status: int = 200, **more: Any
    ) -> dict[str, Any]:
        event = self.message(user, kind, contentProvider={"type": "line"}, **more)
        self.contents[event["message"]["id"]] = (status, content, media_type)
        return event

    def tap(self, user: str, label: str) -> dict[str, Any]:
        """Tap what stands under the last message; only what is there can be tapped."""
        last = [said for said in self.said if said.to == user][-1]
        found = [data for shown, data in last.choices.items() if label in shown]
        assert found, (label, last.choices)
        return self.event(user, "postback", postback={"data": found[0]})

    @staticmethod
    def body(*events: dict[str, Any]) -> bytes:
        return json.dumps({"destination": "Ucentre", "events": list(events)}, ensure_ascii=False).encode()

    # What the API answers.

    def answer(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(401, {"message": "Authentication failed."})
        if call.path.endswith("/content"):
            status, content, media_type = self.contents.get(call.path.split("/")[4], (404, b"", ""))
            return Answer(status, content=content, headers={"Content-Type": media_type})
        if call.path == "/v2/bot/message/reply":
            return self._reply(call.document)
        if call.path == "/v2/bot/message/push":
            return self._push(call.document, call.headers.get("x-line-retry-key", ""))
        return Answer(404, {"message": "Not found"})

    def _reply(self, document: dict[str, Any]) -> Answer:
        ReplyMessageRequest.from_dict(document)
        wrong = self._wrong(document["messages"])
        if wrong:
            return Answer(400, {"message": wrong})
        user, made = self.tokens.pop(document["replyToken"], ("", self.now))
        if not user or datetime.now(UTC) - made > REPLY_TOKEN_LIVES:
            return Answer(400, {"message": "Invalid reply token"})
        self._deliver(user, document["messages"], "reply")
        return Answer(200, {"sentMessages": []})

    def _push(self, document: dict[str, Any], key: str) -> Answer:
        PushMessageRequest.from_dict(document)
        wrong = self._wrong(document["messages"])
        if wrong:
            return Answer(400, {"message": wrong})
        if document["to"] not in self.users:
            return Answer(400, {"message": "The property, 'to', in the request body is invalid (line: -, column: -)"})
        assert str(uuid.UUID(key)) == key
        if key in self.keys:
            return Answer(409, {"message": "The retry key is already accepted"})
        self.keys[key] = document["to"]
        if document["to"] not in self.blocked:
            self._deliver(document["to"], document["messages"], "push")
        return Answer(200, {"sentMessages": []})

    def _deliver(self, user: str, messages: list[dict[str, Any]], by: str) -> None:
        for message in messages:
            items = message.get("quickReply", {}).get("items", [])
            choices = {item["action"]["label"]: item["action"]["data"] for item in items}
            self.said.append(Said(user, message["text"], choices, by))

    @staticmethod
    def _wrong(messages: list[dict[str, Any]]) -> str:
        if not 1 <= len(messages) <= MESSAGES_LIMIT:
            return "Size must be between 1 and 5"
        for message in messages:
            if not 1 <= len(message["text"].encode("utf-16-le")) // 2 <= TEXT_LIMIT:
                return "Length must be between 0 and 5000"
            items = message.get("quickReply", {}).get("items", [])
            if len(items) > ITEMS_LIMIT:
                return "Size must be between 1 and 13"
            for item in items:
                action = item["action"]
                if not 1 <= len(action["label"]) <= LABEL_LIMIT:
                    return "label: Length must be between 0 and 20"
                if not 1 <= len(action["data"]) <= DATA_LIMIT or len(action.get("displayText", "x")) > DATA_LIMIT:
                    return "data: Length must be between 0 and 300"
        return ""
