"""Calls to other systems over HTTPS, as the talks make them: short, never repeated by themselves, errors by kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import urllib3

from complaints.domain.channel import Postponed, Undeliverable

if TYPE_CHECKING:
    from collections.abc import Mapping

# One try of a promise ends within 60 seconds, whatever the other side does.
TIMEOUT = urllib3.Timeout(connect=5, read=15)
OK, TOO_MANY, BROKEN = 300, 429, 500
UNAUTHORIZED = 401
_pool = urllib3.PoolManager(maxsize=8, timeout=TIMEOUT, retries=False)


class Refused(Exception):  # noqa: N818 - names what happened
    """The other side said no: `status` and the answer as it came."""

    def __init__(self, status: int, body: bytes) -> None:
        """Keep the answer."""
        super().__init__(f"status {status}")
        self.status = status
        self.body = body

    @property
    def document(self) -> dict[str, Any]:
        """The answer as JSON; empty when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def post_json(url: str, document: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """Send a document; raises `Refused` for a no and `Postponed` when nothing can be said yet."""
    body = json.dumps(document, ensure_ascii=False).encode()
    answer = _call("POST", url, body, {**headers, "Content-Type": "application/json"}, 2**20)
    if answer.status >= OK:
        raise Refused(answer.status, answer.data)
    return Refused(answer.status, answer.data).document


def get(url: str, headers: Mapping[str, str], most: int) -> tuple[int, bytes, str]:
    """Fetch at most `most` bytes: status, content and its declared type; redirects are not followed."""
    answer = _call("GET", url, None, headers, most)
    return answer.status, answer.data, answer.media_type


class _Answer:
    def __init__(self, status: int, data: bytes, media_type: str) -> None:
        self.status, self.data, self.media_type = status, data, media_type


def _call(method: str, url: str, body: bytes | None, headers: Mapping[str, str], most: int) -> _Answer:
    try:
        answer = _pool.request(
            method, url, body=body, headers=dict(headers), preload_content=False, redirect=False, retries=False
        )
        try:
            data = answer.read(most, decode_content=True)
        finally:
            # What is left unread is not worth a connection.
            answer.close()
    except urllib3.exceptions.HTTPError as error:
        msg = f"no answer: {type(error).__name__}"
        raise Postponed(msg) from None
    if answer.status == TOO_MANY or answer.status >= BROKEN:
        msg = f"not now: status {answer.status}"
        raise Postponed(msg)
    return _Answer(answer.status, data, str(answer.headers.get("Content-Type", "")).partition(";")[0].strip())


def no_further(error: Refused, who: str) -> Undeliverable | Postponed:
    """A no that nobody has a better word for: a wrong token is mended by the operator, the rest is for good."""
    said = str(error.document.get("message") or error.document.get("error", {}) or "")[:200]
    msg = f"{who} refused ({error.status}) {said}".strip()
    return Postponed(msg) if error.status == UNAUTHORIZED else Undeliverable(msg)
