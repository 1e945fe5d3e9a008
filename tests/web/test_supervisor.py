"""The supervisor with real processes: no stand-ins, no sleeping for luck; every wait is a question asked until true."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GENEROUS = 60.0

FAMILY = """
import os, signal, sys
from pathlib import Path
from complaints.web.cli.supervisor import Child, Supervisor

notes = Path(sys.argv[1])
STAY = '''
import os, signal, sys
from pathlib import Path
name, notes = sys.argv[1], Path(sys.argv[2])
def leave(number, frame):
    with (notes / 'left').open('a') as file:
        file.write(name + chr(10))
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
signal.signal(signal.SIGINT, lambda *_: (notes / 'interrupted').touch())
print('here I am', flush=True)
path = notes / f'{name}.{os.getpid()}'
path.write_text('x')
while True:
    signal.pause()
'''
STUBBORN = STAY.replace("signal.signal(signal.SIGTERM, leave)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
PARENT = '''
import subprocess, sys
subprocess.Popen([sys.executable, '-c', sys.argv[3], 'grandchild', sys.argv[2]])
''' + STAY

def child(name, code, *more, **options):
    return Child(name, (sys.executable, '-c', code, name, str(notes), *more), **options)

def here(name):
    return lambda: any(notes.glob(name + '.*'))

SITE = '''
import os
from pathlib import Path
(Path(os.environ['NOTES']) / f'gunicorn.{os.getpid()}').touch()
def site(environ, start_response):
    start_response('200 OK', [])
    return [b'yes']
'''
(notes / 'village.py').write_text(SITE)
GUNICORN = (
    sys.executable, '-m', 'gunicorn', '--no-control-socket', '--workers', '2', '--threads', '4',
    '--chdir', str(notes), '--bind', f'unix:{notes}/site.sock', 'village:site',
)

FAMILIES = {
    'gunicorn': [Child('web', GUNICORN, {'NOTES': str(notes)}, here('gunicorn'))],
    'two': [child('first', STAY, ready=here('first')), child('second', STAY, ready=here('second'))],
    'stubborn': [child('mule', STUBBORN, ready=here('mule'), stop_seconds=0.2)],
    'parent': [child('parent', PARENT, STAY, ready=here('grandchild'))],
    'missing': [Child('nobody', ('/nonexistent/command',)), child('first', STAY, ready=here('first'))],
}
children = FAMILIES[sys.argv[2]]
family = Supervisor(children, on_ready=(notes / 'ready').touch, first_pause=0.05, longest_pause=0.2)
code = family.run()
(notes / 'ended').write_text(str(code))
sys.exit(code)
"""


class Family:
    """One supervisor in a process of its own, and the notes its children leave."""

    def __init__(self, notes: Path, kind: str) -> None:
        self.notes = notes
        self.log = notes / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", FAMILY, str(notes), kind],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=Path(__file__).parents[2],
                start_new_session=True,
            )

    def pids(self, name: str) -> list[int]:
        """The living processes of that name."""
        found = [int(path.suffix[1:]) for path in self.notes.glob(f"{name}.*")]
        return [pid for pid in found if is_alive(pid)]

    def until(self, question: Callable[[], object]) -> None:
        """Ask until the answer is yes; the deadline only bounds a failure."""
        deadline = time.monotonic() + GENEROUS
        while not question():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def until_ready(self) -> None:
        self.until((self.notes / "ready").exists)

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()


def is_alive(pid: int) -> bool:
    """A zombie that nobody has reaped yet has ended too."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Family]]:
    families: list[Family] = []

    def begin(kind: str) -> Family:
        families.append(Family(tmp_path, kind))
        return families[-1]

    yield begin
    for family in families:
        family.process.kill()
        family.process.wait()


def test_a_killed_child_is_started_again(start: Callable[[str], Family]) -> None:
    family = start("two")
    family.until_ready()
    first, second = family.pids("first"), family.pids("second")

    os.kill(first[0], signal.SIGKILL)

    family.until(lambda: family.pids("first") not in ([], first))
    assert family.pids("second") == second
    assert family.process.poll() is None


def test_a_killed_supervisor_leaves_no_orphan(start: Callable[[str], Family]) -> None:
    family = start("two")
    family.until_ready()
    everybody = family.pids("first") + family.pids("second")
    assert len(everybody) == 2

    family.process.kill()

    family.until(lambda: not any(is_alive(pid) for pid in everybody))


def test_gunicorns_workers_end_too_when_the_supervisor_is_killed(start: Callable[[str], Family]) -> None:
    family = start("gunicorn")
    family.until(lambda: len(family.pids("gunicorn")) == 2)
    workers = family.pids("gunicorn")

    family.process.kill()

    family.until(lambda: not any(is_alive(pid) for pid in workers))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everybody_in_reverse_order(start: Callable[[str], Family], number: signal.Signals) -> None:
    family = start("two")
    family.until_ready()

    family.process.send_signal(number)

    assert family.process.wait(GENEROUS) == 0
    assert (family.notes / "ended").read_text() == "0"
    assert (family.notes / "left").read_text().split() == ["second", "first"]
    assert family.pids("first") == family.pids("second") == []


def test_an_interrupt_of_the_whole_foreground_group_reaches_the_supervisor_alone(
    start: Callable[[str], Family],
) -> None:
    family = start("two")
    family.until_ready()

    os.killpg(family.process.pid, signal.SIGINT)

    assert family.process.wait(GENEROUS) == 0
    assert not (family.notes / "interrupted").exists()


def test_a_child_that_will_not_stop_is_killed(start: Callable[[str], Family]) -> None:
    family = start("stubborn")
    family.until_ready()

    family.process.send_signal(signal.SIGTERM)

    assert family.process.wait(GENEROUS) == 0
    assert family.pids("mule") == []
    assert "supervisor | mule did not stop in time: killed" in family.lines()


def test_what_a_dead_child_left_running_is_cleared_before_the_next_one(start: Callable[[str], Family]) -> None:
    family = start("parent")
    family.until_ready()
    family.until(lambda: family.pids("parent"))
    parent, grandchild = family.pids("parent"), family.pids("grandchild")

    os.kill(parent[0], signal.SIGKILL)

    family.until(lambda: family.pids("parent") not in ([], parent))
    assert not is_alive(grandchild[0])


def test_a_command_that_cannot_start_is_tried_again_and_hinders_nobody(start: Callable[[str], Family]) -> None:
    family = start("missing")

    family.until(lambda: sum("nobody cannot start" in line for line in family.lines()) >= 3)
    family.until(lambda: family.pids("first"))
    assert not (family.notes / "ready").exists()

    family.process.send_signal(signal.SIGTERM)
    assert family.process.wait(GENEROUS) == 0


def test_every_line_says_who_spoke(start: Callable[[str], Family]) -> None:
    family = start("two")
    family.until_ready()

    family.until(lambda: "first      | here I am" in family.lines())
    family.until(lambda: "second     | here I am" in family.lines())
