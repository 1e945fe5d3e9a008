"""One connection under a budget: seconds until a fixed end and bytes, whatever the other side does with them."""

from __future__ import annotations

import io
import threading
import time
from typing import TYPE_CHECKING

from complaints.services.fetching.ended import Ended

if TYPE_CHECKING:
    import socket
    from typing import Protocol

    class Buffer(Protocol):
        """What can be read into."""

        def __buffer__(self, flags: int, /) -> memoryview:
            """Give the bytes."""


class Budget:
    """The seconds and bytes that are left; shared by all connections of one undertaking."""

    def __init__(self, seconds: float, most: int) -> None:
        """Begin now."""
        self._until = time.monotonic() + seconds
        self._left = most
        self._lock = threading.Lock()

    def seconds(self) -> float:
        """How long the next step may take; raises `Ended` when nothing is left."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise Ended("too_slow", "the answer was not complete in time")
        return left

    def spend(self, count: int) -> None:
        """Take bytes that came; raises `Ended` when they are too many."""
        with self._lock:
            self._left -= count
            if self._left < 0:
                raise Ended("too_large", "more came than is taken")


class Line:
    """A socket that asks its budget before each step; http.client takes it for a socket."""

    def __init__(self, sock: socket.socket, address: str, budget: Budget) -> None:
        """Take over a connected socket."""
        self.sock = sock
        self.address = address
        self.budget = budget

    def sendall(self, content: bytes) -> None:
        """Send everything in time."""
        self.sock.settimeout(self.budget.seconds())
        try:
            self.sock.sendall(content)
        except TimeoutError:
            raise Ended("too_slow", "the other side does not listen") from None

    def recv_into(self, buffer: Buffer) -> int:
        """Take what comes next; nought at the end."""
        self.sock.settimeout(self.budget.seconds())
        try:
            count = self.sock.recv_into(buffer)
        except TimeoutError:
            raise Ended("too_slow", "the answer was not complete in time") from None
        self.budget.spend(count)
        return count

    def settimeout(self, _seconds: float | None) -> None:
        """The budget alone says how long to wait."""

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client reads from."""
        return io.BufferedReader(_Reading(self))

    def close(self) -> None:
        """http.client lets go of a connection whose answer is still to be read: `hang_up` ends it."""

    def hang_up(self) -> None:
        """End the connection."""
        self.sock.close()


class _Reading(io.RawIOBase):
    """The reading side of a line."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        return self._line.recv_into(buffer)
