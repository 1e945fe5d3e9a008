"""One message posted to an agency's own system, by the same door: no address leads inside, no redirect is taken."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, cast

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from complaints.services.fetching.addresses import read_address, read_networks
from complaints.services.fetching.asked import read_url
from complaints.services.fetching.door import Door
from complaints.services.fetching.ended import Ended
from complaints.services.fetching.line import Budget
from complaints.services.fetching.means import Means, connect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from complaints.services.fetching.asked import Target
    from complaints.services.fetching.line import Line
    from config import Settings

SECONDS = 15.0
# Of an answer only its status counts; a little of its words helps whoever looks for the fault.
MOST_BYTES = 64 * 1024
SHOWN = 300
AGENT = "occ1212-webhook/1"


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of it: a status, or None and why there was none. `retry_after` are seconds that were asked for."""

    status: int | None
    detail: str
    milliseconds: int
    retry_after: int | None = None

    @property
    def taken(self) -> bool:
        """Did the other side say that it has it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own numbers


def means_of(settings: Settings) -> Means:
    """How far a message may go; networks inside only as the operator names them. Raises `ValueError` for others."""
    allowed = read_networks(settings.webhook_inside)

    def call(address: str, port: int, seconds: float) -> socket.socket:
        plain = read_address(address)
        if plain is None or not any(plain in net for net in allowed):
            return connect(address, port, seconds)
        return socket.create_connection((address, port), timeout=seconds)

    return Means(denied=read_networks(settings.fetch_deny), allowed=allowed, connector=call)


def refusal(url: str, means: Means) -> str:
    """Why an address cannot be an endpoint, before anything is sent; empty for a good one.

    Without TLS only networks that the operator named are written to, by their address.
    """
    try:
        target = read_url(url)
    except Ended:
        return "bad_url"
    if not url.lower().startswith(("https://", "http://")) or "@" in url:
        return "bad_url"
    address = read_address(target.host)
    named = address is not None and any(address in net for net in means.allowed)
    if target.scheme != "https" and not named:
        return "needs_https"
    return ""


def post(url: str, body: bytes, headers: Mapping[str, str], means: Means) -> Posted:
    """Post once; whatever happens is told, nothing is raised."""
    begun = time.monotonic()
    line: Line | None = None
    try:
        target, budget = read_url(url), Budget(SECONDS, MOST_BYTES)
        door = Door(means)
        opened = door.open_strictly if target.scheme == "https" else door.open
        line = opened(target.host, target.port, budget)
        status, detail, after = _ask(target, line, body, headers)
    except Ended as error:
        status, detail, after = None, str(error), None
    except (OSError, HTTPException, HTTPError, ValueError) as error:
        status, detail, after = None, f"{type(error).__name__}: {error}", None
    finally:
        if line is not None:
            line.hang_up()
    return Posted(status, detail[:SHOWN], int((time.monotonic() - begun) * 1000), after)


def _ask(target: Target, line: Line, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, int | None]:
    connection = HTTPConnection(target.host, target.port)
    connection.sock = cast("socket.socket", line)
    sent = {
        "Host": target.authority,
        "User-Agent": AGENT,
        "Content-Type": "application/json; charset=utf-8",
        "Connection": "close",
        **headers,
    }
    connection.request("POST", target.path, body=body, headers=sent, preload_content=False, decode_content=False)
    answer = connection.getresponse()
    after = answer.headers.get("Retry-After", "")
    try:
        words = answer.read(SHOWN, decode_content=False).decode("utf-8", "replace")
    except (Ended, OSError, HTTPException, HTTPError):
        # The status has come; that its words broke off changes nothing.
        words = ""
    return answer.status, "".join(sign if sign.isprintable() else " " for sign in words), _seconds(after)


def _seconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None  # noqa: PLR2004 - days of seconds
