"""One address followed over its redirects to an answer; every hop is resolved, checked and called like the first."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPException
from typing import TYPE_CHECKING, cast

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from complaints.services.fetching.asked import read_redirect
from complaints.services.fetching.ended import Ended
from complaints.services.fetching.unpacking import Damaged, Unpacking

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from urllib3.response import HTTPResponse

    from complaints.services.fetching.asked import Target
    from complaints.services.fetching.door import Door
    from complaints.services.fetching.line import Budget, Line

REDIRECTS = frozenset({301, 302, 303, 307, 308})
EMPTY = frozenset({204, 205, 304})
PIECE = 64 * 1024
LONGEST_DETAIL = 300


@dataclass(frozen=True)
class Hop:
    """One address that was asked: where it was called, what it answered, where it sent the asker."""

    url: str
    address: str | None
    status: int | None
    location: str | None


@dataclass
class Walk:
    """What has come so far; it is told even when the walk ends early."""

    most: int
    hops: list[Hop] = field(default_factory=list)
    answers: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = ""
    body: bytearray | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def final(self) -> str | None:
        """The last address that answered."""
        return next((hop.url for hop in reversed(self.hops) if hop.status is not None), None)


def follow(target: Target, door: Door, budget: Budget, walk: Walk, wanted: Callable[[str], bool]) -> None:
    """Walk until an answer of a wanted kind is read into `walk`; raises `Ended` otherwise."""
    for _ in range(door.means.hops + 1):
        if target.port not in door.means.ports:
            walk.hops.append(Hop(target.url, None, None, None))
            raise Ended("bad_address", f"port {target.port} is not fetched")
        further = _step(target, door, budget, walk, wanted)
        if further is None:
            return
        target = further
    raise Ended("too_many_hops", f"more than {door.means.hops} redirects")


def _step(target: Target, door: Door, budget: Budget, walk: Walk, wanted: Callable[[str], bool]) -> Target | None:
    """Ask one address; returns where it sends the asker, or nothing when its answer was read."""
    line: Line | None = None
    known = len(walk.hops)
    try:
        walk.answers = ()
        walk.answers = door.answers(target.host, budget)
        line = _call(target, door, budget, walk)
        answer = _ask(target, line, door.means.agent)
        location = _location(answer) if answer.status in REDIRECTS else None
        walk.hops.append(Hop(target.url, line.address, answer.status, location))
        if location is not None:
            return read_redirect(location, target)
        _keep(answer, walk, wanted)
    except (OSError, HTTPException, HTTPError, ValueError) as error:
        detail = f"{type(error).__name__}: {error}"[:LONGEST_DETAIL]
        raise Ended("unreachable", detail) from None
    finally:
        if len(walk.hops) == known:
            walk.hops.append(Hop(target.url, None if line is None else line.address, None, None))
        if line is not None:
            line.hang_up()
    return None


def _call(target: Target, door: Door, budget: Budget, walk: Walk) -> Line:
    if target.scheme == "http":
        return door.open(target.host, target.port, budget)
    line, flaw = door.open_safely(target.host, target.port, budget)
    certificate = cast("ssl.SSLSocket", line.sock).getpeercert(binary_form=True)
    walk.notes.append(f"certificate of {target.host}: sha256 {sha256(certificate or b'').hexdigest()}")
    if flaw:
        walk.notes.append(f"certificate of {target.host} is not valid: {flaw}")
    return line


def _ask(target: Target, line: Line, agent: str) -> HTTPResponse:
    """Send the request over our own line: urllib3 is never asked to connect, so it knows no proxy and no cookie."""
    connection = HTTPConnection(target.host, target.port)
    connection.sock = cast("socket.socket", line)
    headers = {
        "Host": target.authority,
        "User-Agent": agent,
        "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
        "Accept-Language": "th,en;q=0.5",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
    }
    connection.request("GET", target.path, headers=headers, preload_content=False, decode_content=False)
    return connection.getresponse()


def _location(answer: HTTPResponse) -> str | None:
    """Header lines are read as Latin-1; what browsers find there is UTF-8."""
    location = answer.headers.get("Location")
    return None if location is None else location.encode("latin-1", "replace").decode("utf-8", "replace")


def _keep(answer: HTTPResponse, walk: Walk, wanted: Callable[[str], bool]) -> None:
    walk.headers = tuple((name, value) for name, value in answer.headers.items())
    walk.media_type = answer.headers.get("Content-Type", "")
    if answer.status in EMPTY:
        raise Ended("not_a_page", f"status {answer.status}: an answer without content")
    if not wanted(walk.media_type):
        raise Ended("not_a_page", f"the answer is {walk.media_type[:100]}, no page")
    walk.body = bytearray()
    try:
        unpacking = Unpacking(answer.headers.get("Content-Encoding", ""), walk.most)
        while piece := answer.read1(PIECE, decode_content=False):
            walk.body += unpacking.take(piece)
    except Damaged as error:
        raise Ended("not_a_page", str(error)) from None
    except (HTTPError, HTTPException, OSError) as error:
        if not walk.body:
            raise Ended("unreachable", f"the answer broke off: {type(error).__name__}") from None
        # A page that breaks off is shown by browsers as far as it came, and so it is kept.
        walk.notes.append(f"the answer broke off: {type(error).__name__}")
