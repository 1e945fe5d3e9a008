"""Keeps the centre's processes running: starts them, restarts what dies, stops them in order, leaves nobody behind.

One thread, one loop. Each child runs in a session of its own, so that Ctrl-C in a terminal reaches the supervisor alone
and the supervisor decides who stops when.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

PR_SET_PDEATHSIG = 1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PROBE_SECONDS = 0.1
STEADY_SECONDS = 10.0
LONGEST_LINE = 64 * 1024
_LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Ask the kernel to send this process `number` when its parent ends; call it in the child, right after the fork.

    The kernel ties the wish to the thread that forked, so the parent must fork from a thread that lives as long as it
    does. gunicorn's `post_fork` hook may call it as well: `die_with_parent(worker.ppid)`.
    """
    if _LIBC.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    if os.getppid() != parent:
        # The parent ended between the fork and the wish: nobody will send the signal any more.
        os.kill(os.getpid(), signal.SIGKILL)


def listening(host: str, port: int) -> Callable[[], bool]:
    """Make a readiness question: does something accept connections on this port?"""

    def ask() -> bool:
        try:
            with socket.create_connection((host, port), timeout=1):
                return True
        except OSError:
            return False

    return ask


@dataclass(frozen=True, slots=True)
class Child:
    """One command to keep running. `ready` must answer quickly; `environment` is added to the supervisor's own."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    stop_seconds: float = 10.0
    orphan_signal: signal.Signals = signal.SIGKILL


@dataclass(slots=True)
class _Place:
    """What the supervisor knows about one child: its present process, or when the next one is due."""

    child: Child
    process: subprocess.Popen[bytes] | None = None
    rest: bytes = b""
    ready: bool = False
    failures: int = 0
    started: float = 0.0
    due: float = 0.0


class Supervisor:
    """Runs its children until it is told to stop by SIGINT, SIGTERM or SIGHUP; a second signal makes it hurry.

    `run()` belongs in the main thread. `on_ready` is called once, when every child has been ready for the first time.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        on_ready: Callable[[], None] | None = None,
        first_pause: float = 0.2,
        longest_pause: float = 10.0,
        output: IO[bytes] | None = None,
    ) -> None:
        self._places = [_Place(child) for child in children]
        self._on_ready = on_ready
        self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._output = sys.stdout.buffer if output is None else output
        self._width = max(len(name) for name in ("supervisor", *(child.name for child in children)))
        self._selector = selectors.DefaultSelector()
        self._asked = 0

    def run(self) -> int:
        """Start everybody, keep them running, stop them in reverse order; return the exit code."""
        with self._hearing_signals():
            while not self._asked:
                self._look_after()
                self._wait(self._patience())
            self._say("supervisor", b"stopping")
            for place in reversed(self._places):
                self._stop(place)
        self._selector.close()
        return 0

    @contextlib.contextmanager
    def _hearing_signals(self) -> Iterator[None]:
        """Turn signals into bytes on a socket, so that none slips between a look and a wait."""
        inner, outer = socket.socketpair()
        with inner, outer:
            inner.settimeout(0)
            outer.settimeout(0)
            # What whoever started us chose to ignore (nohup: SIGHUP) stays ignored.
            heard = [number for number in STOP_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
            before = {number: signal.signal(number, self._hear) for number in (*heard, signal.SIGCHLD)}
            signal.set_wakeup_fd(outer.fileno(), warn_on_full_buffer=False)
            self._selector.register(inner, selectors.EVENT_READ)
            try:
                yield
            finally:
                self._selector.unregister(inner)
                signal.set_wakeup_fd(-1)
                for number, handler in before.items():
                    signal.signal(number, handler)

    def _hear(self, number: int, _frame: object) -> None:
        if number in STOP_SIGNALS:
            self._asked += 1

    def _look_after(self) -> None:
        for place in self._places:
            self._bury(place)
            if place.process is None and time.monotonic() >= place.due:
                self._start(place)
            elif place.process is not None and not place.ready:
                place.ready = place.child.ready is None or place.child.ready()
        if self._on_ready and all(place.ready for place in self._places):
            self._on_ready()
            self._on_ready = None

    def _patience(self) -> float | None:
        """How long nothing needs doing unless somebody speaks, dies or signals."""
        if any(place.process and not place.ready for place in self._places):
            return PROBE_SECONDS
        dues = [place.due for place in self._places if place.process is None]
        return max(0.0, min(dues) - time.monotonic()) if dues else None

    def _wait(self, seconds: float | None) -> None:
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, _Place):
                self._listen(key.data)
            elif isinstance(key.fileobj, socket.socket):
                key.fileobj.recv(4096)

    def _start(self, place: _Place) -> None:
        child = place.child
        place.started, place.ready, place.rest = time.monotonic(), False, b""
        try:
            place.process = subprocess.Popen(  # noqa: S603 - the commands are the caller's own, never a visitor's
                list(child.command),
                env={**os.environ, **child.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, os.getpid(), child.orphan_signal),  # noqa: PLW1509 - no threads here
            )
        except (OSError, subprocess.SubprocessError) as error:
            self._put_off(place, f"{child.name} cannot start: {error}")
            return
        stdout = self._pipe(place)
        os.set_blocking(stdout.fileno(), False)
        self._selector.register(stdout, selectors.EVENT_READ, place)
        self._say("supervisor", f"started {child.name} (process {place.process.pid})".encode())

    def _put_off(self, place: _Place, why: str) -> None:
        steady = time.monotonic() - place.started >= STEADY_SECONDS
        place.failures = 1 if steady else place.failures + 1
        # 2 ** 16 pauses are longer than any limit worth setting.
        pause = min(self._longest_pause, self._first_pause * 2.0 ** min(place.failures - 1, 16))
        place.due = time.monotonic() + pause
        self._say("supervisor", f"{why}; next try in {pause:.1f} s".encode())

    def _bury(self, place: _Place) -> None:
        if place.process is not None and _has_ended(place.process.pid):
            code = self._clear(place)
            self._put_off(place, f"{place.child.name} ended with code {code}")

    def _clear(self, place: _Place) -> int:
        """Take away an ended child with whoever is left of its group; say what it still had to say."""
        process, stdout = place.process, self._pipe(place)
        if process is None:
            return 0
        # Before the child is reaped its number cannot be another group's.
        _signal_group(process.pid, signal.SIGKILL)
        code = process.wait()
        self._listen(place)
        if place.rest:
            self._say(place.child.name, place.rest)
        with contextlib.suppress(KeyError):
            self._selector.unregister(stdout)
        stdout.close()
        place.process, place.ready, place.rest = None, False, b""
        return code

    def _stop(self, place: _Place) -> None:
        process = place.process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + place.child.stop_seconds
        while not _has_ended(process.pid):
            left = deadline - time.monotonic()
            if left <= 0 or self._asked > 1:
                self._say("supervisor", f"{place.child.name} did not stop in time: killed".encode())
                _signal_group(process.pid, signal.SIGKILL)
                os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            else:
                self._wait(left)
        code = self._clear(place)
        self._say("supervisor", f"{place.child.name} stopped with code {code}".encode())

    def _listen(self, place: _Place) -> None:
        """Pass on every whole line that waits in the child's pipe."""
        stdout = self._pipe(place)
        while True:
            try:
                text = os.read(stdout.fileno(), LONGEST_LINE)
            except BlockingIOError:
                break
            if not text:
                with contextlib.suppress(KeyError):
                    self._selector.unregister(stdout)
                break
            *lines, place.rest = (place.rest + text).split(b"\n")
            if len(place.rest) >= LONGEST_LINE:
                lines, place.rest = [*lines, place.rest], b""
            for line in lines:
                self._say(place.child.name, line)

    def _say(self, name: str, line: bytes) -> None:
        # A reader that has gone away (a closed terminal, `| head`) is no reason to stop serving.
        with contextlib.suppress(OSError):
            self._output.write(name.ljust(self._width).encode() + b" | " + line + b"\n")
            self._output.flush()

    @staticmethod
    def _pipe(place: _Place) -> IO[bytes]:
        if place.process is None or place.process.stdout is None:
            msg = f"{place.child.name} has no pipe"
            raise RuntimeError(msg)
        return place.process.stdout


def _has_ended(pid: int) -> bool:
    """Tell without reaping, so that the number stays the child's own."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _signal_group(leader: int, number: int) -> None:
    try:
        os.killpg(leader, number)
    except OSError as error:
        # EPERM: macOS says so of a group that holds only the ended leader.
        if error.errno not in (errno.ESRCH, errno.EPERM):
            raise
