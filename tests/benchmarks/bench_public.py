"""Our pipeline on public Thai data with its original splits, beside published figures.

`pytest tests/benchmarks/bench_public.py -s -n 0`; the folder of the data is THAI_DATA or ../shared/thai.
Words, pairs and pieces are the router's own; C is picked on every fifth row of the training split.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score
from sklearn.svm import LinearSVC

from classifiers.features import Vocabulary
from classifiers.fitting import matrix
from classifiers.text import normalise

STRENGTHS = (0.1, 0.3, 1.0)
DATA = Path(os.environ.get("THAI_DATA", Path(__file__).parents[3] / "shared" / "thai"))
SETS = {
    "truevoice destination": ("truevoice_train.csv", "truevoice_test.csv", "destination"),
    "wisesight sentiment": ("wisesight_train.csv", "wisesight_valid.csv", None),
}
# From ../shared/thai/SOURCES.md and THAI.md.
PUBLISHED = {
    "truevoice destination": (
        ("LinearSVC, word TF-IDF (PyThaiNLP)", 0.851, 0.869),
        ("BERT (ThAIKeras)", 0.85, 0.87),
        ("ULMFit", 0.843, 0.852),
        ("starting pipeline F of THAI.md", 0.870, 0.895),
    ),
    "wisesight sentiment": (
        ("NBSVM, word 1-2 (hub's test split)", 0.720, 0.547),
        ("word + character n-grams, NB-SVM (hub's test split)", 0.736, 0.579),
        ("WangchanBERTa (hub's test split)", 0.762, 0.671),
    ),
}


def read(path, column):
    """The texts and labels of a file; rows without a label are left out."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = list(rows[0])
    text = next(name for name in names if name in {"texts", "text", "utterance", "message"})
    label = column or next(name for name in names if name != text)
    kept = [row for row in rows if row[text] and row[label]]
    return [normalise(row[text]) for row in kept], np.array([row[label] for row in kept])


def held_apart(features, labels, strength):
    """Accuracy on every fifth row after training on the others."""
    apart = np.arange(len(labels)) % 5 == 0
    model = LinearSVC(C=strength, random_state=0).fit(features[~apart], labels[~apart])
    return model.score(features[apart], labels[apart])


@pytest.mark.parametrize("name", SETS)
def test_public_set(name):
    train, test, column = SETS[name]
    if not (DATA / train).exists():
        pytest.skip(f"{DATA / train} is not there: set THAI_DATA to the folder of the public sets")
    texts, labels = read(DATA / train, column)
    others, truth = read(DATA / test, column)
    vocabulary = Vocabulary.of(texts)
    features = matrix(vocabulary, texts)
    best = max(STRENGTHS, key=lambda strength: held_apart(features, labels, strength))
    model = LinearSVC(C=best, random_state=0).fit(features, labels)

    guess = model.predict(matrix(vocabulary, others))

    ours = (accuracy_score(truth, guess), f1_score(truth, guess, average="macro"))
    sys.stdout.write(f"\n{name}: {len(texts)} rows to learn, {len(others)} to judge\n")
    for who, accuracy, macro in (("this router's pipeline", *ours), *PUBLISHED[name]):
        sys.stdout.write(f"  {who:55} accuracy {accuracy:.3f}  macro-F1 {macro:.3f}\n")
    assert ours[0] > min(accuracy for _, accuracy, _ in PUBLISHED[name]) - 0.02
