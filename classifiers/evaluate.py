"""Measuring a router on labelled rows: one table of figures."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from classifiers.identifiers import extract
from classifiers.lines import plain
from classifiers.scoring import score_identifiers
from classifiers.taxonomy import load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifiers.model import Prediction, Router
    from classifiers.rows import Row

BINS = 10
MOST_PAIRS = 20


def evaluate(router: Router, rows: Sequence[Row]) -> dict[str, Any]:
    """Everything that is promised of the router, measured on these rows."""
    agency_of = load_taxonomy().agency_of
    said, seconds, busy = timed(router, rows)
    category = [(row.category, guess.category) for row, guess in zip(rows, said, strict=True)]
    agency = [(agency_of(truth), agency_of(guess)) for truth, guess in category]
    urgency = [(row.urgent, guess.urgent) for row, guess in zip(rows, said, strict=True)]
    routed = [truth == guess for (truth, guess), one in zip(category, said, strict=True) if one.auto]
    wrong = Counter(pair for pair in category if pair[0] != pair[1])
    return {
        "rows": len(rows),
        "version": router.version,
        "category": summary(category),
        "agency": summary(agency),
        "expected_calibration_error": calibration_error(
            [one.confidence for one in said], [truth == guess for truth, guess in category]
        ),
        "auto": {"share": share(len(routed), len(rows)), "precision": share(sum(routed), len(routed))},
        "urgency": figures(
            sum(truth and guess for truth, guess in urgency),
            sum(guess for _, guess in urgency),
            sum(truth for truth, _ in urgency),
        ),
        "categories": per_class(category),
        "confusions": [
            {"truth": truth, "guess": guess, "rows": number}
            for (truth, guess), number in sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:MOST_PAIRS]
        ],
        "identifiers": score_identifiers({"text": row.text, "entities": row.entities} for row in rows),
        "speed": {
            "texts_per_second": round(len(rows) / max(busy, 1e-9), 1),
            "p50_ms": round(float(np.quantile(seconds, 0.5)) * 1000, 3),
            "p99_ms": round(float(np.quantile(seconds, 0.99)) * 1000, 3),
        },
    }


def timed(router: Router, rows: Sequence[Row]) -> tuple[list[Prediction], list[float], float]:
    """The whole answer for each row, how long each took by the clock, and how long one core was busy with all.

    Texts per second are counted by the latter: what else runs on a machine is no work of the router's. One answer goes
    before to load what loads late.
    """
    router.predict(rows[0].text)
    said, seconds = [], []
    before = time.process_time()
    for row in rows:
        start = time.perf_counter()
        said.append(router.predict(row.text))
        plain(extract(row.text))
        seconds.append(time.perf_counter() - start)
    return said, seconds, time.process_time() - before


def summary(pairs: Sequence[tuple[str, str]]) -> dict[str, float | None]:
    """Accuracy and the mean F1 over the classes that occur."""
    table = per_class(pairs)
    occurring = [entry["f1"] or 0.0 for entry in table.values() if entry["rows"]]
    return {
        "accuracy": share(sum(truth == guess for truth, guess in pairs), len(pairs)),
        "macro_f1": round(sum(occurring) / len(occurring), 4),
    }


def per_class(pairs: Sequence[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Rows, precision, recall and F1 of every class."""
    truths, guesses = Counter(truth for truth, _ in pairs), Counter(guess for _, guess in pairs)
    hits = Counter(truth for truth, guess in pairs if truth == guess)
    return {
        name: {"rows": truths[name], **figures(hits[name], guesses[name], truths[name])}
        for name in sorted(truths | guesses)
    }


def figures(hits: int, guessed: int, true: int) -> dict[str, float | None]:
    """Precision, recall and F1; None where there is nothing to divide by."""
    return {"precision": share(hits, guessed), "recall": share(hits, true), "f1": share(2 * hits, guessed + true)}


def share(part: int, whole: int) -> float | None:
    """A part of a whole; nought of nought is no figure."""
    return round(part / whole, 4) if whole else None


def calibration_error(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """How far confidence and truth lie apart, over ten equally wide bins."""
    given, true = np.array(confidence), np.array(right, dtype=float)
    places = np.minimum((given * BINS).astype(int), BINS - 1)
    gaps = [abs(float((given - true)[places == place].sum())) for place in range(BINS)]
    return round(sum(gaps) / len(given), 4)
