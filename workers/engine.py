"""The embedded engine: one process that holds a Celery worker, the timetable and an ear for fresh promises.

Whatever the queue in memory held when the process ends is forgotten; the outbox table is the truth, and the first tick
of the timetable after a start finds what was left.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import stat
import threading
from typing import TYPE_CHECKING

from celery import schedules
from celery.beat import Scheduler, Service
from celery.worker import WorkController, state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from celery import Celery

KEEP = "workers.tasks.keep"
LONGEST_DATAGRAM = 65536
LAST_WORD_SECONDS = 5.0
# kombu's memory queue is polled: the interval bounds both the delay and, with the prefetch, the throughput.
POLLING_SECONDS = 0.01
PREFETCH = 16
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
PART_ENDED = b"\0"
_log = logging.getLogger(__name__)


class Timetable(Scheduler):
    """A timetable that keeps no file: what repeats by an interval is due at once, so that a start catches up."""

    def setup_schedule(self) -> None:
        """Take the app's entries, none of them run yet."""
        super().setup_schedule()
        for entry in self.schedule.values():
            if type(entry.schedule) is schedules.schedule:
                entry.last_run_at -= entry.schedule.run_every


class Ear:
    """Hears outbox ids on a UNIX datagram socket; a datagram is text, ids separated by blanks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._closing = False
        self._bind()
        self._inode = path.stat().st_ino

    def _bind(self) -> None:
        """Take the place of whatever socket lies there, in one step, readable by nobody else at any time."""
        if self._path.exists() and not stat.S_ISSOCK(self._path.stat().st_mode):
            msg = f"{self._path} is in the way: it is no socket"
            raise FileExistsError(msg)
        os.fchmod(self._socket.fileno(), stat.S_IRUSR | stat.S_IWUSR)
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.unlink(missing_ok=True)
        with _short_folder(self._path.parent) as folder:
            self._socket.bind(f"{folder}/{fresh.name}")
        fresh.rename(self._path)

    def listen(self, tell: Callable[[int], object]) -> None:
        """Call `tell` with each id until `close`; a word that is no id is somebody's mistake and passed over."""
        while True:
            words = self._socket.recv(LONGEST_DATAGRAM)
            if self._closing:
                return
            for word in words.split():
                if word.isdigit():
                    tell(int(word))

    def close(self) -> None:
        """Stop listening; leave the path alone when a newer engine has taken it."""
        self._closing = True
        # On a datagram socket this wakes the reader with an empty message.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(FileNotFoundError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()


@contextlib.contextmanager
def _short_folder(folder: Path) -> Iterator[str]:
    """Name a folder in few letters: a socket's address holds 107 of them."""
    handle = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)


class Bell:
    """Wakes the main thread at a stop signal, or when a part of the engine ends by itself.

    A pair of sockets, because nothing of `threading` or `queue` serves: the handler never gets a lock that the
    interrupted thread holds, and a signal that comes just before a wait does not end it. The kernel keeps the byte.
    """

    def __init__(self) -> None:
        self._inner, self._outer = socket.socketpair()
        self._outer.setblocking(False)  # noqa: FBT003 - the socket's own signature

    @contextlib.contextmanager
    def hearing(self, numbers: Iterable[signal.Signals]) -> Iterator[None]:
        """Take these signals while the block runs; belongs in the main thread."""
        before = {number: signal.signal(number, lambda _number, _frame: None) for number in numbers}
        fd = signal.set_wakeup_fd(self._outer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(fd)
            for number, handler in before.items():
                signal.signal(number, handler)

    def ring(self) -> None:
        """Say that a part ended; one who rings a bell that rings already adds nothing."""
        with contextlib.suppress(BlockingIOError):
            self._outer.send(PART_ENDED)

    def close(self) -> None:
        """Give both sockets back."""
        self._inner.close()
        self._outer.close()

    def wait(self) -> bool:
        """Wait for the first ring; True when a signal asked."""
        return self._inner.recv(1) != PART_ENDED


class Engine:
    """The three parts and the bell that ends them all."""

    def __init__(self, app: Celery, wake_socket: Path, concurrency: int) -> None:
        app.conf.update(
            # With a host's name, which nobody reads, kombu has no reason to warn of its absence at each start.
            broker_url="memory://localhost",
            broker_transport_options={"polling_interval": POLLING_SECONDS},
            worker_prefetch_multiplier=PREFETCH,
            # Nobody can reach a queue in memory from outside: each mailbox less is one less to poll.
            worker_enable_remote_control=False,
        )
        # Without a default app, a retry inside a pool thread would go to amqp://localhost and be dropped.
        app.set_default()
        app.finalize()
        self._app = app
        self._bell = Bell()
        self._asked = False
        self._failed = False
        alone = dict.fromkeys(("without_gossip", "without_mingle", "without_heartbeat"), True)
        self._worker = WorkController(app=app, pool="threads", concurrency=concurrency, **alone)
        self._beat = Service(app, max_interval=1, scheduler_cls=Timetable, remote_control=False)
        self._ear = Ear(wake_socket)

    def run(self) -> int:
        """Work until SIGTERM or SIGINT; finish what runs; 1 when a part failed, so that a supervisor starts anew."""
        state.should_stop = None
        worker = self._part("worker", self._worker.start)
        helpers = [self._part("beat", self._beat.start), self._part("ear", self._listen)]
        with self._bell.hearing(STOP_SIGNALS):
            for part in (worker, *helpers):
                part.start()
            self._asked = self._bell.wait()
            self._beat.stop()
            self._ear.close()
            state.should_stop = os.EX_OK
            for part in helpers:
                part.join(LAST_WORD_SECONDS)
            worker.join()
        self._bell.close()
        return 1 if self._failed or self._worker.exitcode else 0

    def _part(self, name: str, work: Callable[[], object]) -> threading.Thread:
        def body() -> None:
            try:
                work()
            except Exception:  # noqa: BLE001 - whatever ends a part is told in the log and by the exit code
                _log.exception("the engine's %s failed", name)
                self._failed = True
            # Nobody asked it to stop: then the whole engine ends, rather than limping on.
            self._failed = self._failed or not self._asked
            self._bell.ring()

        return threading.Thread(target=body, name=name, daemon=True)

    def _listen(self) -> None:
        with self._app.producer_pool.acquire(block=True) as producer:
            self._ear.listen(lambda outbox_id: self._app.send_task(KEEP, args=(outbox_id,), producer=producer))


def run(app: Celery, wake_socket: Path, concurrency: int) -> int:
    """Run the engine in this process until it is told to stop; return the exit code."""
    return Engine(app, wake_socket, concurrency).run()
