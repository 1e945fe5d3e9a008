"""Coverage floor by floor, printed under every whole run."""

from __future__ import annotations

import io
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import coverage
import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

ROOT = Path(__file__).parents[1]
FLOORS = (
    "classifiers",
    "complaints/domain",
    "complaints/services",
    "complaints/channels",
    "complaints/web",
    "workers",
    "complaints",
)


def floor_of(path: str) -> str:
    """The first floor whose folder holds the file."""
    return next((floor for floor in FLOORS if path.startswith(floor + "/")), "config")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Add up statements and executed statements of each floor; silent when coverage was not measured."""
    data = ROOT / ".coverage"
    if terminalreporter.config.getoption("cov_source", None) is None or not data.exists():
        return
    measured = coverage.Coverage(data_file=str(data))
    measured.load()
    with io.StringIO() as sink:
        measured.report(file=sink, ignore_errors=True)
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    # Templates are compiled to Python under their own names; only Python is counted.
    for name in (name for name in measured.get_data().measured_files() if name.endswith(".py")):
        path = str(Path(name).relative_to(ROOT)) if name.startswith(str(ROOT)) else name
        _, statements, _, missing, _ = measured.analysis2(name)
        sums[floor_of(path)][0] += len(statements) - len(missing)
        sums[floor_of(path)][1] += len(statements)
    terminalreporter.section("coverage by floor")
    for floor in (*FLOORS, "config"):
        if floor in sums:
            run, all_of = sums[floor]
            terminalreporter.write_line(f"{floor:22} {run:5} of {all_of:5} statements  {100 * run / all_of:5.1f} %")
