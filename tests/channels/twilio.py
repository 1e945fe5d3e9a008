"""Twilio's Messaging API as its public reference describes it: who may ask, what is refused, what is told later."""

from __future__ import annotations

import base64
import itertools
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from complaints.channels.sms import signature
from tests.servers import LOOPBACK

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

ACCOUNT = "AC" + "0" * 32
TOKEN = "t" * 32
FROM = "OCC1212"
E164 = re.compile(r"^\+[1-9]\d{7,14}$")


@dataclass
class Message:
    """One message that was taken over."""

    sid: str
    to: str
    body: str
    callback: str
    parts: int = 1


@dataclass
class Twilio:
    """Serves until its `with` ends. `unsubscribed` and `landlines` are numbers; `failures` the next calls' statuses."""

    messages: list[Message] = field(default_factory=list)
    unsubscribed: set[str] = field(default_factory=set)
    landlines: set[str] = field(default_factory=set)
    failures: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, document = outer.take(self.path, self.headers, dict(parse_qsl(body)))
                outer.answers.append(status)
                content = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._numbers = itertools.count(1)
        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://{LOOPBACK}:{self._server.server_address[1]}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def settings(self) -> dict[str, str]:
        """What the operator sets."""
        return {
            "OCC_SMS_ACCOUNT": ACCOUNT,
            "OCC_SMS_TOKEN": TOKEN,
            "OCC_SMS_FROM": FROM,
            "OCC_SMS_API": self.url,
        }

    def take(self, path: str, headers: Any, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        proof = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if headers.get("Authorization") != f"Basic {proof}":
            return no(401, 20003, "Authenticate")
        if path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            return no(404, 20404, "The requested resource was not found")
        if headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return no(415, 20107, "Unsupported media type")
        if self.failures:
            status = self.failures.pop(0)
            return no(status, 20429 if status == 429 else 20500, "Too Many Requests")
        return self.look(form)

    def look(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        to, body = form.get("To", ""), form.get("Body", "")
        for wrong, code, message in (
            (not to, 21604, "A 'To' phone number is required."),
            (not E164.match(to), 21211, f"Invalid 'To' Phone Number: {to}"),
            (form.get("From") != FROM, 21212, "The 'From' number is not a valid phone number or sender ID."),
            (not body, 21602, "Message body is required."),
            (len(body) > 1600, 21617, "The concatenated message body exceeds the 1600 character limit"),
            (to in self.unsubscribed, 21610, "Attempt to send to unsubscribed recipient"),
            (to in self.landlines, 21614, f"'To' number is not a valid mobile number: {to}"),
        ):
            if wrong:
                return no(400, code, message)
        sid = f"SM{next(self._numbers):032x}"
        self.messages.append(Message(sid, to, body, form.get("StatusCallback", "")))
        return 201, {"sid": sid, "status": "queued", "to": to, "num_segments": "1", "error_code": None}

    def told(
        self, message: Message, status: str, error: int = 0, token: str = TOKEN
    ) -> tuple[str, bytes, dict[str, str]]:
        """The call about a message's fate: address, body and headers."""
        form = {"MessageSid": message.sid, "MessageStatus": status, "To": message.to, "AccountSid": ACCOUNT}
        if error:
            form["ErrorCode"] = str(error)
        made = signature(message.callback, list(form.items()), token)
        headers = {"X-Twilio-Signature": made, "Content-Type": "application/x-www-form-urlencoded"}
        return message.callback, urlencode(form).encode(), headers


def no(status: int, code: int, message: str) -> tuple[int, dict[str, Any]]:
    """A refusal in the API's own form."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": message, "more_info": more, "status": status}
