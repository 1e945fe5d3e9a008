"""Training from the labelled rows of the project, in a process of its own: the caller stays light."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from classifiers.model import SETTINGS, WEIGHTS
from classifiers.rows import ROWS, fingerprint

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ROWS", "TrainingError", "ensure", "is_current", "rows_version", "train"]

_TOLD = 2000
RECIPE = (
    "data/cues.yaml",
    "data/taxonomy.yaml",
    "codes.py",
    "cues.py",
    "cutter.py",
    "dates.py",
    "features.py",
    "fitting.py",
    "model.py",
    "text.py",
    "urgency.py",
)


class TrainingError(RuntimeError):
    """The training process gave up; the message is the end of what it said."""


def rows_version() -> str:
    """The model's version: the fingerprint of the rows, and of what makes a model of them."""
    package = ROWS.parents[1]
    return fingerprint([*sorted(ROWS.glob("*.jsonl")), *(package / name for name in RECIPE)])


def train(folder: Path) -> str:
    """Fit the model, write it to the folder, return its version."""
    command = [sys.executable, "-m", "classifiers.fitting", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if done.returncode:
        raise TrainingError(done.stderr.strip()[-_TOLD:])
    return rows_version()


def is_current(folder: Path) -> bool:
    """Does the folder hold a model of these very rows."""
    settings = folder / SETTINGS
    if not settings.exists() or not (folder / WEIGHTS).exists():
        return False
    return bool(json.loads(settings.read_text("utf-8"))["version"] == rows_version())


def ensure(folder: Path) -> str:
    """Train unless a model of these very rows is there already; returns the version."""
    return rows_version() if is_current(folder) else train(folder)
