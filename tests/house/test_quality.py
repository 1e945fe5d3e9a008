"""The house's own checkers, as anybody may run them: their findings are printed when they have some."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent

CHECKS = {
    "ruff": ("ruff", "check", "--output-format=concise", "."),
    "format": ("ruff", "format", "--check", "--output-format=concise", "."),
    "mypy": ("mypy",),
    "imports": ("lint-imports", "--no-logo"),
    "djlint": ("djlint", "complaints", "--lint", "--quiet"),
}


@pytest.mark.parametrize("name", CHECKS)
def test_nothing_is_found(name: str) -> None:
    tool, *options = CHECKS[name]

    done = subprocess.run([TOOLS / tool, *options], cwd=REPOSITORY, capture_output=True, text=True, check=False)

    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)
