"""Training from the labelled rows of the project."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import joblib
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from classifiers.text import normalise, words

ROWS = Path(__file__).parent / "data" / "rows"


def rows_version() -> str:
    """The fingerprint of the rows: the model's version."""
    digest = hashlib.sha256()
    for path in sorted(ROWS.glob("*.jsonl")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def train(folder: Path) -> str:
    """Fit the model, write it to the folder, return its version."""
    rows = [
        json.loads(line)
        for path in sorted(ROWS.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
        if line.strip()
    ]
    union = make_union(
        TfidfVectorizer(
            tokenizer=words,
            token_pattern=None,
            lowercase=False,
            ngram_range=(1, 2),
            sublinear_tf=True,
            max_features=30_000,
        ),
        TfidfVectorizer(
            analyzer="char_wb", lowercase=False, ngram_range=(2, 5), sublinear_tf=True, max_features=60_000
        ),
    )
    pipeline = make_pipeline(union, CalibratedClassifierCV(LinearSVC(C=0.3), method="sigmoid", cv=5, ensemble=False))
    pipeline.fit([normalise(row["text"]) for row in rows], [row["category"] for row in rows])
    folder.mkdir(parents=True, exist_ok=True)
    version = rows_version()
    joblib.dump({"pipeline": pipeline, "version": version}, folder / "model.joblib", compress=3)
    return version


def is_current(folder: Path) -> bool:
    """Does the folder hold a model of these very rows."""
    marker = folder / "version.txt"
    return (folder / "model.joblib").exists() and marker.exists() and marker.read_text("utf-8") == rows_version()


def ensure(folder: Path) -> str:
    """Train unless a model of these very rows is there already; returns the version."""
    version = rows_version()
    if not is_current(folder):
        train(folder)
        (folder / "version.txt").write_text(version, "utf-8")
    return version
