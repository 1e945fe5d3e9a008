"""The labelled rows: reading them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS = Path(__file__).parent / "data" / "rows"
# One row in so many is kept apart when a new model is compared with the present one.
APART_EVERY = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled complaint; `writer` is the file that it stands in."""

    id: str
    channel: str
    text: str
    category: str
    urgent: bool
    entities: dict[str, list[Any]]
    writer: str


def fingerprint(paths: Iterable[Path]) -> str:
    """Twelve signs that change when anything in the files does."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def read(path: Path) -> list[Row]:
    """The rows of one file."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            raw = json.loads(line)
            found.append(
                Row(
                    raw["id"],
                    raw.get("channel", "web"),
                    raw["text"],
                    raw["category"],
                    bool(raw.get("urgent", False)),
                    raw.get("entities", {}),
                    path.stem,
                )
            )
    return found


def load(folder: Path = ROWS) -> list[Row]:
    """The rows of every writer, in the order of the files."""
    return [row for path in sorted(folder.glob("*.jsonl")) for row in read(path)]


def is_apart(name: str) -> bool:
    """Is a row of that name kept apart: by its name alone, so that the answer is the same every night."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % APART_EVERY == 0
