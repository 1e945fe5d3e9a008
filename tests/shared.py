"""What a whole test run makes once, whichever of its workers asks first; and where it lies."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

MEMORY = Path("/dev/shm")  # noqa: S108 - a run's files lie in folders of its own there, as they would in /tmp
ENOUGH = 6 << 30


def lie_in_memory() -> None:
    """Put the run's databases and folders into memory where there is enough of it: a disk is several times as dear.

    Programs are started from there as well, so it must allow that.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    found = os.statvfs(MEMORY)
    if found.f_flag & os.ST_NOEXEC or found.f_bavail * found.f_frsize < ENOUGH or _free_memory() < ENOUGH:
        return
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None


def _free_memory() -> int:
    """Bytes that could be had without writing anything out."""
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) << 10


def once(factory: pytest.TempPathFactory, worker_id: str, name: str, make: Callable[[Path], object]) -> Path:
    """The path of that name that `make` has filled, once for all workers of the run."""
    base = factory.getbasetemp()
    path = (base if worker_id == "master" else base.parent) / name
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = path.with_suffix(".done")
        if not done.exists():
            make(path)
            done.touch()
    return path
