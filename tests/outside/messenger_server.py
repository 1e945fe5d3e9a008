"""The Graph API's side of Messenger as its public reference tells: limits, the window of 24 hours, its errors."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.outside.api_server import Answer, ApiServer

if TYPE_CHECKING:
    from tests.outside.api_server import Call

SECRET, TOKEN, VERIFY = "app-secret-" + "s" * 20, "page-token-" + "t" * 30, "verify-me"
WINDOW = timedelta(hours=24)
TEXT_LIMIT, TITLE_LIMIT, ITEMS_LIMIT, PAYLOAD_LIMIT = 2000, 20, 13, 1000


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def error(code: int, subcode: int, message: str, status: int = 400) -> Answer:
    told = {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode, "fbtrace_id": "A"}
    return Answer(status, {"error": told})


@dataclass
class Said:
    """A message that reached somebody."""

    to: str
    text: str
    choices: dict[str, str] = field(default_factory=dict)


class MessengerServer(ApiServer):
    """The platform with its accounts, what reached them, and the files that they sent."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime.now(UTC) - timedelta(hours=1)
        self.said: list[Said] = []
        self.heard_at: dict[str, datetime] = {}
        self.blocked: set[str] = set()
        self.files: dict[str, tuple[bytes, str]] = {}
        self._numbers = itertools.count(1)

    def event(self, user: str, at: datetime | None = None, **what: Any) -> dict[str, Any]:
        self.now += timedelta(seconds=1)
        if "message" in what or "postback" in what:
            self.heard_at[user] = datetime.now(UTC)
        stamp = int((at or self.now).timestamp() * 1000)
        return {"sender": {"id": user}, "recipient": {"id": "PAGE"}, "timestamp": stamp, **what}

    def message(self, user: str, **content: Any) -> dict[str, Any]:
        return self.event(user, message={"mid": f"m_{next(self._numbers)}", **content})

    def text(self, user: str, text: str, **more: Any) -> dict[str, Any]:
        return self.message(user, text=text, **more)

    def tap(self, user: str, label: str) -> dict[str, Any]:
        """Tap what stands under the last message; only what is there can be tapped."""
        last = [said for said in self.said if said.to == user][-1]
        found = [(shown, payload) for shown, payload in last.choices.items() if label in shown]
        assert found, (label, last.choices)
        return self.message(user, text=found[0][0], quick_reply={"payload": found[0][1]})

    def file(self, user: str, kind: str, content: bytes, media_type: str, name: str = "x") -> dict[str, Any]:
        path = f"/media/{next(self._numbers)}/{name}"
        self.files[path] = (content, media_type)
        return self.message(user, attachments=[{"type": kind, "payload": {"url": f"{self.url}{path}?oh=1"}}])

    @staticmethod
    def body(*events: dict[str, Any]) -> bytes:
        entry = {"id": "PAGE", "time": 1, "messaging": list(events)}
        return json.dumps({"object": "page", "entry": [entry]}, ensure_ascii=False).encode()

    def answer(self, call: Call) -> Answer:
        path = call.path.partition("?")[0]
        if path in self.files:
            content, media_type = self.files[path]
            return Answer(200, content=content, headers={"Content-Type": media_type})
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(190, 0, "Invalid OAuth access token.", 401)
        if path != "/me/messages" or call.method != "POST":
            return error(2500, 0, "Unknown path components")
        return self._send(call.document)

    def _send(self, document: dict[str, Any]) -> Answer:
        user, message = document["recipient"]["id"], document["message"]
        assert document["messaging_type"] == "RESPONSE"
        items = message.get("quick_replies", [])
        if not 1 <= len(message["text"].encode("utf-16-le")) // 2 <= TEXT_LIMIT:
            return error(100, 2018278 - 1, "(#100) Length of param message[text] must be less than or equal to 2000")
        if len(items) > ITEMS_LIMIT or any(
            len(item["title"]) > TITLE_LIMIT or len(item["payload"]) > PAYLOAD_LIMIT or item["content_type"] != "text"
            for item in items
        ):
            return error(100, 0, "(#100) Invalid quick replies")
        if user not in self.heard_at:
            return error(100, 2018001, "(#100) No matching user found")
        if user in self.blocked:
            return error(551, 1545041, "(#551) This person isn't available right now.")
        if datetime.now(UTC) - self.heard_at[user] > WINDOW:
            return error(10, 2018278, "(#10) This message is sent outside of allowed window.")
        self.said.append(Said(user, message["text"], {item["title"]: item["payload"] for item in items}))
        return Answer(200, {"recipient_id": user, "message_id": f"m_{next(self._numbers)}"})
