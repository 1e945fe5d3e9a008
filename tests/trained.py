"""The classifier trained once for a whole test run, whichever worker asks first."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from classifiers.train import ROWS, ensure
from tests.shared import once

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that holds the trained model; shared between the run's workers."""
    return once(tmp_path_factory, worker_id, "model", ensure)


def training_stories(number: int) -> list[str]:
    """Invented complaints, so many, evenly over the writers."""
    stories: list[str] = []
    files = [path.read_text("utf-8").splitlines() for path in sorted(ROWS.glob("*.jsonl"))]
    for lines in zip(*files, strict=False):
        stories.extend(json.loads(line)["text"] for line in lines if line.strip())
        if len(stories) >= number:
            break
    return stories[:number]


def few_rows(folder: Path, each: int = 6) -> Path:
    """A folder with so many rows of each category and writer: enough to train on in a moment."""
    few = folder / "rows"
    few.mkdir()
    for path in sorted(ROWS.glob("*.jsonl"))[:4]:
        taken: Counter[str] = Counter()
        lines = []
        for line in path.read_text("utf-8").splitlines():
            category = json.loads(line)["category"]
            taken[category] += 1
            if taken[category] <= each:
                lines.append(line)
        (few / path.name).write_text("\n".join(lines) + "\n", "utf-8")
    return few
