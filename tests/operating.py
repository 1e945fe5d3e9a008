"""The centre as an operator runs it: real processes of the console script."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from complaints.web.cli.main import main
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = str(Path(sys.executable).with_name("occ1212"))
LONG = 240.0


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The surroundings of a fresh operator: no setting but the given ones and a closed way out."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OCC_", "SMTP_"))}
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        kept.pop(name, None)
    # The websites that complaints name may be anybody's: no test calls them.
    return kept | {"OCC_DATA": str(folder), "OCC_FETCH_DENY": "0.0.0.0/0,::/0"} | more


def run(folder: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [PROGRAM, *command], env=environment(folder, **more), capture_output=True, text=True, check=False, timeout=LONG
    )


def call(folder: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end in this process, which has read the whole program already; else as `run`."""
    told, complained = io.StringIO(), io.StringIO()
    code: str | int | None = 0
    surroundings = patch.dict(os.environ, environment(folder, **more), clear=True)
    asked = patch.object(sys, "argv", [PROGRAM, *command])
    with surroundings, asked, redirect_stdout(told), redirect_stderr(complained):
        try:
            main()
        except SystemExit as end:
            code = end.code
    return subprocess.CompletedProcess(command, int(code or 0), told.getvalue(), complained.getvalue())


@contextmanager
def running(folder: Path, port: int, **more: str) -> Iterator[Path]:
    """The whole centre on one command, stopped as with Ctrl-C; yields the file that holds what it prints."""
    log = folder.parent / f"up-{port}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [PROGRAM, "up", "--port", str(port)], env=environment(folder, **more), stdout=output, stderr=output
        )
        try:
            wait_until(lambda: "The centre is open" in log.read_text() or process.poll() is not None, LONG)
            assert process.poll() is None, log.read_text()
            yield log
        finally:
            process.send_signal(signal.SIGINT)
            try:
                assert process.wait(LONG) == 0
            finally:
                process.kill()
                process.wait()


def get(port: int, path: str) -> tuple[int, str]:
    """Ask the running centre."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return answer.status, answer.read().decode()


@pytest.fixture
def data_folder(tmp_path: Path, model_dir: Path) -> Path:
    """A data folder in which only the trained classifier lies already."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "model").symlink_to(model_dir)
    return folder
