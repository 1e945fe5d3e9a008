"""The embedded engine as a process, driven by datagrams and signals as the centre drives it."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workers.engine import Bell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GENEROUS = 60.0

ENGINE = """
import sys, time
from pathlib import Path
from celery import Celery
from workers.engine import run

SLOW, AGAIN = 70, 80
notes, wake = Path(sys.argv[1]), Path(sys.argv[2])
app = Celery('trial', broker='memory://', set_as_current=False)
app.conf.update(
    task_ignore_result=True, task_acks_late=True,
    beat_schedule={'sweep': {'task': 'workers.clock.sweep', 'schedule': 3600.0}},
)

def note(name, text=''):
    with (notes / name).open('a') as file:
        file.write(f'{text}' + chr(10))

@app.task(name='workers.tasks.keep', bind=True, max_retries=3, shared=False)
def keep(self, outbox_id):
    if outbox_id == SLOW:
        note('begun', outbox_id)
        while not (notes / 'go').exists():
            time.sleep(0.01)
    if outbox_id == AGAIN and not self.request.retries:
        raise self.retry(countdown=0)
    note('kept', outbox_id)

@app.task(name='workers.clock.sweep', shared=False)
def sweep():
    note('swept')

sys.exit(run(app, wake, 2))
"""


class Running:
    """One engine process and the notes that its tasks leave."""

    def __init__(self, notes: Path, wake: Path) -> None:
        self.notes = notes
        self.wake = wake
        self.log = notes / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error::DeprecationWarning:workers", "-c", ENGINE, str(notes), str(wake)],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=Path(__file__).parents[2],
            )

    def until(self, question: Callable[[], object]) -> None:
        """Ask until the answer is yes; the deadline only bounds a failure."""
        deadline = time.monotonic() + GENEROUS
        while not question():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def until_up(self) -> None:
        self.until(lambda: self.noted("swept"))

    def noted(self, name: str) -> list[str]:
        path = self.notes / name
        return path.read_text().split("\n")[:-1] if path.exists() else []

    def tell(self, text: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(text.encode(), str(self.wake))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Running]]:
    engines: list[Running] = []

    def begin(wake: Path | None = None) -> Running:
        engines.append(Running(tmp_path, wake or tmp_path / "wake.sock"))
        return engines[-1]

    yield begin
    for engine in engines:
        engine.process.kill()
        engine.process.wait()


def test_told_ids_are_kept(start: Callable[[], Running]) -> None:
    engine = start()
    engine.until_up()

    engine.tell("1 2  3")
    engine.tell("4")

    engine.until(lambda: sorted(engine.noted("kept")) == ["1", "2", "3", "4"])


def test_a_word_that_is_no_id_is_passed_over(start: Callable[[], Running]) -> None:
    engine = start()
    engine.until_up()

    engine.tell("x \N{THAI DIGIT ONE} -1 7")
    engine.tell("")
    engine.tell("8")

    engine.until(lambda: sorted(engine.noted("kept")) == ["7", "8"])


def test_a_start_catches_up_with_what_repeats(start: Callable[[], Running]) -> None:
    engine = start()

    engine.until(lambda: engine.noted("swept"))

    assert list(engine.notes.glob("*schedule*")) == []


def test_a_retry_stays_in_the_engine(start: Callable[[], Running]) -> None:
    engine = start()
    engine.until_up()

    engine.tell("80")

    engine.until(lambda: engine.noted("kept") == ["80"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_finishes_what_runs(start: Callable[[], Running], number: signal.Signals) -> None:
    engine = start()
    engine.until_up()
    engine.tell("70")
    engine.until(lambda: engine.noted("begun"))

    engine.process.send_signal(number)
    engine.until(lambda: not engine.wake.exists())
    assert engine.process.poll() is None
    (engine.notes / "go").touch()

    assert engine.process.wait(GENEROUS) == 0, engine.log.read_text()
    assert engine.noted("kept") == ["70"]


def test_a_stop_during_the_start_is_obeyed(start: Callable[[], Running]) -> None:
    engine = start()
    engine.until(engine.wake.exists)
    engine.until(lambda: "SIGTERM" in caught_signals(engine.process.pid))

    engine.process.terminate()

    assert engine.process.wait(GENEROUS) == 0, engine.log.read_text()


def test_only_the_owner_may_wake_it(start: Callable[[], Running]) -> None:
    engine = start()
    engine.until(engine.wake.exists)

    assert stat.S_IMODE(engine.wake.stat().st_mode) == 0o600


def test_a_stale_socket_is_replaced(start: Callable[[], Running]) -> None:
    killed = start()
    killed.until_up()
    killed.process.kill()
    killed.process.wait()
    assert killed.wake.is_socket()

    engine = start()
    engine.until(lambda: len(engine.noted("swept")) == 2)
    engine.tell("5")

    engine.until(lambda: engine.noted("kept") == ["5"])


def test_an_old_engine_leaves_the_new_ones_socket_alone(start: Callable[[], Running]) -> None:
    old = start()
    old.until_up()
    new = start()
    new.until(lambda: len(new.noted("swept")) == 2)

    old.process.terminate()
    assert old.process.wait(GENEROUS) == 0
    new.tell("6")

    new.until(lambda: new.noted("kept") == ["6"])


def test_a_file_in_the_sockets_place_is_not_destroyed(start: Callable[[], Running], tmp_path: Path) -> None:
    (tmp_path / "wake.sock").write_text("somebody's work")

    engine = start()

    assert engine.process.wait(GENEROUS) == 1
    assert "is no socket" in engine.log.read_text()
    assert (tmp_path / "wake.sock").read_text() == "somebody's work"


def test_a_long_path_is_no_hindrance(start: Callable[[Path], Running], tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()

    engine = start(folder / "wake.sock")

    engine.until(engine.wake.exists)


STORM = """
import random, signal
from workers.engine import Bell

for _ in range(20_000):
    bell = Bell()
    with bell.hearing([signal.SIGALRM]):
        signal.setitimer(signal.ITIMER_REAL, random.uniform(3e-6, 3e-5))
        assert bell.wait()
    bell.close()
"""


def test_a_signal_at_any_moment_is_heard() -> None:
    """Each moment between the instructions of a wait is hit; with a lock or a queue as the bell it hangs early on."""
    storm = subprocess.run(
        [sys.executable, "-c", STORM], cwd=Path(__file__).parents[2], capture_output=True, timeout=GENEROUS, check=False
    )

    assert storm.returncode == 0, storm.stderr.decode()


def test_a_part_that_ends_by_itself_is_no_signal() -> None:
    bell = Bell()

    for _ in range(100_000):
        bell.ring()

    assert not bell.wait()
    bell.close()


def caught_signals(pid: int) -> set[str]:
    """What the kernel says this process handles itself."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = int(next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1], 16)
    return {number.name for number in signal.Signals if mask & (1 << (number - 1))}
