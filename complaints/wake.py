"""How a worker hears of fresh promises: by Celery task name, or by a datagram to the embedded engine.

Every way may fail silently: the sweep keeps what a lost wake-up forgot.
"""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import structlog
from celery import Celery

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

KEEP = "workers.tasks.keep"
log = structlog.get_logger()


class Waker(Protocol):
    """Tells a worker that promises were written."""

    def wake(self, promise_ids: Sequence[int]) -> None:
        """Never raises: the promises are already safe."""


class SilentWaker:
    """Wakes nobody; the sweep does the work."""

    def wake(self, promise_ids: Sequence[int]) -> None:
        """Do nothing."""


class DatagramWaker:
    """Tells the embedded engine on this machine."""

    def __init__(self, path: Path) -> None:
        """Remember the engine's socket."""
        self.path = path

    def wake(self, promise_ids: Sequence[int]) -> None:
        """Send the numbers in one datagram."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)  # noqa: FBT003 - the socket's own signature
                with _short(self.path) as address:
                    sock.sendto(" ".join(map(str, promise_ids)).encode(), address)
        except OSError as error:
            log.info("wake_lost", reason=type(error).__name__, promises=len(promise_ids))


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """The path in few letters: a socket's address holds 107 of them."""
    handle = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{path.name}"
    finally:
        os.close(handle)


class CeleryWaker:
    """Sends the task by name; the web knows no worker code."""

    def __init__(self, broker_url: str) -> None:
        """Make a sending-only Celery client that gives up quickly."""
        self.client = Celery("wake", broker=broker_url, set_as_current=False)
        self.client.conf.update(
            task_ignore_result=True,
            broker_transport_options={"socket_timeout": 2, "socket_connect_timeout": 2, "max_retries": 1},
            broker_connection_timeout=2,
        )

    def wake(self, promise_ids: Sequence[int]) -> None:
        """One message a promise."""
        try:
            for promise_id in promise_ids:
                self.client.send_task(KEEP, args=[promise_id], retry=False)
        except Exception as error:  # noqa: BLE001 - whatever the broker's client raises, the promise is safe
            log.info("wake_lost", reason=type(error).__name__, promises=len(promise_ids))
