"""A hostile server of our own, a sentinel inside, and a world in which names and public addresses lead to them.

The world answers as DNS and calls as TCP would, by the two arguments of `Means` that production never sets. It knows
two public addresses, both of which are the hostile server. Every other address leads to the sentinel, which counts:
whatever passes the check of addresses by mistake is seen there.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import threading
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from complaints.services.fetching.means import Means

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

NOW = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
PUBLIC, PUBLIC_6 = "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"
SHOP = "http://shop.example"
PAGE = "<html><head><title>ร้านสมมุติ &amp; Co</title></head><body>รับแทงหวย</body></html>".encode()


def answer(body: bytes = PAGE, *lines: str, status: str = "200 OK", kind: str = "text/html; charset=utf-8") -> bytes:
    """An honest answer."""
    head = [f"HTTP/1.1 {status}", *([f"Content-Type: {kind}"] if kind else []), *lines]
    return ("\r\n".join([*head, f"Content-Length: {len(body)}"]) + "\r\n\r\n").encode() + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    """An answer that sends the asker on."""
    return answer(b"", f"Location: {location}", status=status)


def endless(piece: bytes) -> Iterator[bytes]:
    """Never the end of it."""
    return itertools.repeat(piece)


def packed(size: int, layers: int = 1) -> bytes:
    """A small thing that unpacks to a huge one."""
    content = b"\0" * size
    for _ in range(layers):
        content = gzip.compress(content)
    return content


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
HANGS = object()
# What the hostile server says at a path: pieces in their order; after `HANGS` it says nothing and holds the line.
ANSWERS: dict[str, Callable[[], Iterator[object]]] = {
    "/": lambda: iter([answer()]),
    "/chunked": lambda: iter([CHUNKED, b"%x\r\n" % len(PAGE), PAGE, b"\r\n0\r\n\r\n"]),
    "/until-closed": lambda: iter([HEAD + b"\r\n", PAGE]),
    "/gzip": lambda: iter([answer(gzip.compress(PAGE), "Content-Encoding: gzip")]),
    "/deflate": lambda: iter([answer(zlib.compress(PAGE), "Content-Encoding: deflate")]),
    "/headless": lambda: iter([answer(zlib.compress(PAGE)[2:-4], "Content-Encoding: deflate")]),
    "/no-type": lambda: iter([answer(kind="")]),
    "/missing": lambda: iter([answer(status="404 Not Found")]),
    "/thai": lambda: iter([answer("<title>พนันออนไลน์</title>".encode("cp874"), kind="text/html; charset=tis-620")]),
    "/refresh": lambda: iter([answer(b'<meta http-equiv="refresh" content="0;url=http://169.254.169.254/">')]),
    "/short": lambda: iter([HEAD + b"Content-Length: 5000\r\n\r\n" + PAGE]),
    "/surplus": lambda: iter([HEAD + b"Content-Length: %d\r\n\r\n" % len(PAGE), PAGE, b"more"]),
    "/cookie": lambda: iter([answer(b"", "Set-Cookie: a=b", "Location: /second", status="302 Found")]),
    "/second": lambda: iter([answer()]),
    "/loop": lambda: iter([redirect("/loop")]),
    "/endless": lambda: itertools.chain([HEAD + b"\r\n"], endless(b"a" * 65536)),
    "/endless-chunks": lambda: itertools.chain([CHUNKED], endless(b"4000\r\n" + b"a" * 0x4000 + b"\r\n")),
    "/endless-chunk-line": lambda: itertools.chain([CHUNKED], endless(b"0" * 65536)),
    "/endless-headers": lambda: itertools.chain([HEAD], endless(b"X-A: b\r\n")),
    "/endless-header": lambda: itertools.chain([HEAD + b"X-A: "], endless(b"b" * 65536)),
    "/endless-continue": lambda: endless(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "/huge-length": lambda: itertools.chain(
        [HEAD + b"Content-Length: 1" + b"0" * 30 + b"\r\n\r\n"], endless(b"a" * 65536)
    ),
    "/negative-length": lambda: iter([HEAD + b"Content-Length: -1\r\n\r\n", PAGE]),
    "/bomb": lambda: iter([answer(packed(64 << 20), "Content-Encoding: gzip")]),
    "/double-bomb": lambda: iter([answer(packed(64 << 20, 2), "Content-Encoding: gzip, gzip")]),
    "/many-layers": lambda: iter([answer(b"", "Content-Encoding: gzip, gzip, gzip, gzip")]),
    "/brotli": lambda: iter([answer(b"\x0b\x02\x80", "Content-Encoding: br")]),
    "/damaged": lambda: iter([answer(b"no gzip at all", "Content-Encoding: gzip")]),
    "/drip": lambda: itertools.chain([HEAD + b"\r\n"], endless(b"a")),
    "/tag-soup": lambda: iter([answer(b"<title" * 30_000)]),
    "/silent": lambda: iter([HANGS]),
    "/silent-head": lambda: iter([HEAD, HANGS]),
    "/silent-body": lambda: iter([HEAD + b"Content-Length: 5000\r\n\r\n" + PAGE, HANGS]),
    "/empty": lambda: iter([answer(b"", status="204 No Content", kind="")]),
    "/unchanged": lambda: iter([answer(b"", status="304 Not Modified")]),
    "/apk": lambda: iter([answer(b"PK", kind="application/vnd.android.package-archive")]),
    "/picture": lambda: iter([answer(b"GIF89a", kind="image/gif")]),
    "/garbage": lambda: iter([b"\x16\x03\x01 no HTTP at all\r\n\r\n"]),
    "/nothing": lambda: iter([b""]),
    "/nine": lambda: iter([b"HTTP/0.9 well\r\n\r\n"]),
    "/status": lambda: iter([b"HTTP/1.1 -5 Odd\r\n\r\n"]),
}


class Server:
    """Raw TCP on 127.0.0.1; what it says follows from the first line it hears. It keeps what it heard."""

    def __init__(self, context: ssl.SSLContext | None = None, until: bytes = b"\r\n\r\n") -> None:
        self.context = context
        self.until = until
        self.heard: list[bytes] = []
        self.calls = 0
        self.said: dict[str, bytes] = {}
        self._over = threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for thread in self._threads:
            thread.join()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):
                line, _ = self._door.accept()
                self.calls += 1
                self._start(self._serve, line)

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line:
            line.settimeout(10)
            if self.context is not None:
                line = self.context.wrap_socket(line, server_side=True)
            with line:
                self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        heard = b""
        while self.until not in heard:
            piece = line.recv(65536)
            if not piece:
                return
            heard += piece
        self.heard.append(heard)
        # A question to a registry has no path: it is its own.
        path = heard.split(b" ")[1 if b" " in heard else 0].strip().decode("latin-1")
        pieces = iter([self.said[path]]) if path in self.said else ANSWERS.get(path, ANSWERS["/"])()
        for piece in pieces:
            if piece is HANGS:
                # Until the other side hangs up or the server is over.
                line.recv(1)
                return
            line.sendall(piece)


@dataclass
class World:
    """Names, addresses, the hostile server and the sentinel."""

    hostile: Server
    sentinel: Server
    names: dict[str, list[Sequence[str] | OSError]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    called: list[tuple[str, int]] = field(default_factory=list)
    others: dict[int, Server] = field(default_factory=dict)

    def resolve(self, name: str, _seconds: float) -> Sequence[str]:
        """The next answer; the last one stays."""
        self.asked.append(name)
        answers = self.names.get(name, [[PUBLIC]])
        said = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(said, OSError):
            raise said
        return said

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        """Call whoever is at the address: the hostile server at public ones, the sentinel at all others."""
        self.called.append((address, port))
        public = address in {PUBLIC, PUBLIC_6}
        server = self.others.get(port, self.hostile) if public else self.sentinel
        return socket.create_connection(("127.0.0.1", server.port), timeout=seconds)

    def means(self, **changes: object) -> Means:
        """A capture's means in this world; the ports of both servers are allowed, as if they were usual ones."""
        values: dict[str, object] = {
            "seconds": 20.0,
            "page_bytes": 200_000,
            "agent": "test",
            "ports": frozenset({80, 443, self.sentinel.port, self.hostile.port}),
            "resolver": self.resolve,
            "connector": self.connect,
            **changes,
        }
        return Means(**values)  # type: ignore[arg-type]
