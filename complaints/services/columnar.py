"""A table in Parquet: made by a process of its own, so that neither the web nor a worker carries that library."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

LONGEST_SECONDS = 120


def parquet(table: bytes) -> bytes:
    """A CSV table as Parquet; raises `CalledProcessError` when it could not be made."""
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "table.csv"), Path(folder, "table.parquet")
        source.write_bytes(table)
        command = [sys.executable, "-m", "complaints.services.parquet", str(source), str(made)]
        subprocess.run(command, check=True, timeout=LONGEST_SECONDS, capture_output=True)  # noqa: S603 - our own program
        return made.read_bytes()
