"""The browser's only way out: a proxy of one picture, through whose door every request of the page must go.

The browser is told to resolve nothing and to call nobody but this proxy. It may ask in two ways: `CONNECT host:port`
for what is encrypted and for web sockets, and a whole address for what is not. Both are read, checked and called like
the page itself, and all of them together live on one budget.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import TYPE_CHECKING, Self

from complaints.services.fetching.asked import read_url
from complaints.services.fetching.ended import Ended

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from complaints.services.fetching.asked import Target
    from complaints.services.fetching.door import Door
    from complaints.services.fetching.line import Budget, Line

PIECE = 64 * 1024
LONGEST_HEAD = 64 * 1024
LARGEST_SENT = 1024 * 1024
MOST_LINES = 64
MOST_REFUSALS = 40
LONGEST_REFUSAL = 200
SECONDS_OF_HEAD = 10.0
CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
# What concerns the way between browser and proxy only; the answer ends with the connection.
OWN = (b"proxy-", b"connection:", b"keep-alive:", b"upgrade:")


class Proxy:
    """Listens on loopback while it is used as a context manager; `refused` tells what was asked for in vain."""

    def __init__(self, door: Door, budget: Budget) -> None:
        """Take a free port; nobody is served yet."""
        self.refused: list[str] = []
        self._door = door
        self._budget = budget
        self._entry = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._entry.getsockname()[1]
        self._over = threading.Event()
        self._places = threading.BoundedSemaphore(MOST_LINES)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    def __enter__(self) -> Self:
        """Begin to listen."""
        threading.Thread(target=self._listen, name="proxy", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up on everybody."""
        self._over.set()
        with self._lock:
            lines = [self._entry, *self._open]
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._entry.close()

    def _listen(self) -> None:
        while not self._over.is_set():
            self._places.acquire()
            try:
                line, _ = self._entry.accept()
            except OSError:
                self._places.release()
                return
            threading.Thread(target=self._serve, args=(line,), name="proxied", daemon=True).start()

    def _serve(self, browser: socket.socket) -> None:
        with self._lock:
            self._open.add(browser)
        try:
            # What the other side or the browser does wrong ends this one connection.
            with browser, contextlib.suppress(OSError, Ended):
                self._answer(browser)
        finally:
            with self._lock:
                self._open.discard(browser)
            self._places.release()

    def _answer(self, browser: socket.socket) -> None:
        browser.settimeout(min(SECONDS_OF_HEAD, self._budget.seconds()))
        head, body = _read_head(browser)
        first, *lines = head.split(b"\r\n")
        method, asked, version = (*first.decode("latin-1").split(" "), "", "")[:3]
        whole = method != "CONNECT"
        try:
            target = read_url(asked if whole else f"https://{asked}")
            if not version.startswith("HTTP/1.") or (whole and target.scheme != "http"):
                raise Ended("bad_address", "this is no request to a proxy")  # noqa: TRY301 - one way for all refusals
            if target.port not in self._door.means.ports:
                raise Ended("bad_address", f"port {target.port} is not fetched")  # noqa: TRY301 - the same
            beyond = self._door.open(target.host, target.port, self._budget)
        except Ended as end:
            self._refuse(browser, asked, end)
            return
        with self._followed(beyond):
            if whole:
                beyond.sendall(_rewritten(method, target, lines) + _rest_of_body(browser, lines, body))
            else:
                browser.sendall(CONNECTED)
            self._pass_on(browser, beyond, both=not whole)

    def _refuse(self, browser: socket.socket, asked: str, end: Ended) -> None:
        told = f"{asked[:LONGEST_REFUSAL]}: {end.detail}"
        if end.outcome in {"refused_inside", "bad_address"}:
            with self._lock:
                if told not in self.refused and len(self.refused) < MOST_REFUSALS:
                    self.refused.append(told)
        browser.sendall(REFUSED)

    @contextlib.contextmanager
    def _followed(self, beyond: Line) -> Iterator[None]:
        with self._lock:
            self._open.add(beyond.sock)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(beyond.sock)
            beyond.hang_up()

    def _pass_on(self, browser: socket.socket, beyond: Line, *, both: bool) -> None:
        """Carry bytes until one side ends or the budget is spent; what the page sends is counted like what it gets."""
        sides = {beyond.sock: browser, **({browser: beyond.sock} if both else {})}
        while True:
            ready, _, _ = select.select(list(sides), [], [], self._budget.seconds())
            for side in ready:
                piece = side.recv(PIECE)
                if not piece:
                    return
                self._budget.spend(len(piece))
                sides[side].settimeout(self._budget.seconds())
                sides[side].sendall(piece)


def _read_head(browser: socket.socket) -> tuple[bytes, bytes]:
    heard = b""
    while b"\r\n\r\n" not in heard:
        piece = browser.recv(PIECE)
        if not piece or len(heard) > LONGEST_HEAD:
            raise Ended("bad_address", "the request has no end")
        heard += piece
    head, _, body = heard.partition(b"\r\n\r\n")
    return head, body


def _rewritten(method: str, target: Target, lines: list[bytes]) -> bytes:
    """The request as the server itself is asked it: once a connection, for the host that was checked."""
    kept = [line for line in lines if not line.lower().startswith((*OWN, b"host:"))]
    first = [f"{method} {target.path} HTTP/1.1".encode("ascii"), f"Host: {target.authority}".encode("ascii")]
    return b"\r\n".join([*first, *kept, b"Connection: close", b"", b""])


def _rest_of_body(browser: socket.socket, lines: list[bytes], body: bytes) -> bytes:
    """What the page sends along; of a length that is told before, and small."""
    told = [line.partition(b":")[2].strip() for line in lines if line.lower().startswith(b"content-length:")]
    length = int(told[0]) if told and told[0].isdigit() else 0
    if length > LARGEST_SENT:
        raise Ended("too_large", "the page sends too much")
    while len(body) < length:
        piece = browser.recv(PIECE)
        if not piece:
            break
        body += piece
    return body[:length]
