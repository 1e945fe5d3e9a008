"""Drawing in a process of its own: a file that crashes, hangs or fills the memory of its reader harms nobody else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger()
DRAWING = "complaints.services.evidence.drawing"
WALL_SECONDS = 25.0
# A library that lost its way in the bytes; every other signal is that of a limit.
CRASHES = frozenset({-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE, -signal.SIGTRAP})


class DrawingFailed(RuntimeError):  # noqa: N818 - reads as the fact it is
    """The drawing process did not run at all: the machine's fault, not the file's."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What can be shown of a file; `ending` is that of the shown copy, `threat` and `flaw` say why there is none."""

    shown: bytes | None = None
    ending: str = ""
    thumb: bytes | None = None
    pages: int | None = None
    slips: tuple[tuple[str, str], ...] = ()
    threat: str = ""
    flaw: str = ""


def draw_apart(content: bytes, media_type: str, seconds: float = WALL_SECONDS) -> Drawn:
    """Have a file drawn; raises `DrawingFailed`."""
    with tempfile.TemporaryDirectory(prefix="occ-") as name:
        folder = Path(name)
        (folder / "original").write_bytes(content)
        command = [sys.executable, "-I", "-m", DRAWING, name, media_type]
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}
        try:
            done = subprocess.run(  # noqa: S603 - our own program; the file's name and words are not in the command
                command, cwd=name, env=environment, timeout=seconds, capture_output=True, check=False
            )
        except subprocess.TimeoutExpired:
            log.warning("drawing_stopped", media_type=media_type)
            return Drawn(flaw="too_heavy")
        if done.returncode < 0:
            log.warning("drawing_ended", media_type=media_type, signal=-done.returncode)
            return Drawn(flaw="damaged" if done.returncode in CRASHES else "too_heavy")
        if done.returncode:
            raise DrawingFailed(done.stderr.decode("utf-8", "replace")[-1000:])
        return _read(folder, media_type)


def _read(folder: Path, media_type: str) -> Drawn:
    facts: dict[str, Any] = json.loads((folder / "facts.json").read_text("utf-8"))
    if "error" in facts:
        log.warning("drawing_failed", media_type=media_type, error=facts["error"])
    if facts.get("threat") or facts.get("flaw"):
        return Drawn(threat=facts.get("threat", ""), flaw=facts.get("flaw", ""))
    shown = next((path for name in ("shown.webp", "shown.txt") if (path := folder / name).exists()), None)
    thumb = folder / "thumb.webp"
    return Drawn(
        shown=shown.read_bytes() if shown is not None else None,
        ending=shown.suffix if shown is not None else "",
        thumb=thumb.read_bytes() if thumb.exists() else None,
        pages=facts.get("pages"),
        slips=tuple((bank, reference) for bank, reference in facts.get("slips", ())),
    )
