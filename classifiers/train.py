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

__all__ = ["ROWS", "ensure", "is_current", "rows_version", "train"]


def rows_version() -> str:
    """The fingerprint of the rows: the model's version."""
    return fingerprint()


def train(folder: Path) -> str:
    """Fit the model, write it to the folder, return its version."""
    command = [sys.executable, "-m", "classifiers.fitting", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if done.returncode:
        raise RuntimeError(f"training failed: {done.stderr.strip()[-2000:]}")
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
