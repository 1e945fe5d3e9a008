"""Slow senders and floods at the running centre: they are cut off or refused, and everybody else is served."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.operating import get, running
from tests.persons import Person
from tests.servers import LOOPBACK, free_port

if TYPE_CHECKING:
    from pathlib import Path

THREADS = 4
SLOW = 80
HEAD = b"POST /report/evidence HTTP/1.1\r\nHost: centre\r\nX-Slow: "
BODY = (
    b"POST /report/evidence HTTP/1.1\r\nHost: centre\r\nContent-Length: 5000000\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
)


@pytest.mark.xdist_group("pages")
def test_slow_uploads_hold_up_nobody(data_folder: Path) -> None:
    port = free_port()
    with running(data_folder, port, OCC_WEB_THREADS=str(THREADS)), ExitStack() as open_ones:
        for turn in range(SLOW):
            slow = open_ones.enter_context(socket.create_connection((LOOPBACK, port)))
            slow.sendall(BODY if turn % 2 else HEAD)
        for _ in range(3 * THREADS):
            assert get(port, "/health/live")[0] == 200
        person = Person(port)
        leads = person.fill("/report/story", {"go": "next", "story": "โอนเงินซื้อหูฟังแล้วเพจบล็อกทันที", "money": "older"})
        assert leads.endswith("/report/kind")


@pytest.mark.xdist_group("pages")
def test_what_is_too_large_is_refused_before_it_is_sent(data_folder: Path) -> None:
    port = free_port()
    with running(data_folder, port) as _, socket.create_connection((LOOPBACK, port)) as sender:
        sender.sendall(BODY.replace(b"5000000", b"50000000000"))
        assert sender.recv(65536).startswith(b"HTTP/1.1 413")
