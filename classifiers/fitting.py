"""Fitting the router. Imported by the training process only: it needs scikit-learn, a worker does not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, sparse, stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.svm import LinearSVC

from classifiers import rows as labelled
from classifiers.evaluate import calibration_error, share
from classifiers.features import Vocabulary
from classifiers.model import Router, Settings, Weights, confidences
from classifiers.rowcheck import problems
from classifiers.taxonomy import load_taxonomy
from classifiers.text import normalise
from classifiers.train import rows_version
from classifiers.urgency import cue_vector, group_table, material

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classifiers.rows import Row

CATEGORY_C, URGENCY_C, URGENCY_SECOND_C = 1.0, 0.3, 1.0
# So many parts of the writers are held apart in turn: one writer at a time takes three times as long and says the same.
PARTS = 9
ROUNDING, NEVER = 1e-6, 2.0
PROMISED, DOUBT = 0.985, 0.05
URGENT_PRECISION, USUAL_SHARE, CALM_MARGIN = 0.78, 0.1, 0.02


def matrix(vocabulary: Vocabulary, texts: Sequence[str]) -> sparse.csr_matrix:
    """A line per normalised text."""
    vectors = [vocabulary.vector(text) for text in texts]
    ends = np.cumsum([0, *(len(vector.features) for vector in vectors)])
    whole = sparse.csr_matrix(
        (
            np.concatenate([vector.values for vector in vectors]),
            np.concatenate([vector.features for vector in vectors]),
            ends,
        ),
        shape=(len(texts), len(vocabulary)),
    )
    whole.sum_duplicates()
    return whole


def weights(
    features: sparse.csr_matrix, labels: NDArray[np.intp], urgent: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The table of weights and the intercepts: a column per category, then urgency."""
    by_category = LinearSVC(C=CATEGORY_C, random_state=0).fit(features, labels)
    by_urgency = LinearSVC(C=URGENCY_C, class_weight="balanced", random_state=0).fit(features, urgent)
    return (
        np.vstack([by_category.coef_, by_urgency.coef_]).T,
        np.concatenate([by_category.intercept_, by_urgency.intercept_]),
    )


def apart(
    features: sparse.csr_matrix, labels: NDArray[np.intp], urgent: NDArray[np.bool_], writers: NDArray[np.str_]
) -> NDArray[np.float64]:
    """The scores of each writer's rows by a model that never read that writer, nor the others of its part."""
    scores = np.zeros((len(labels), len(np.unique(labels)) + 1))
    names = np.unique(writers)
    for part in range(min(PARTS, len(names))):
        own = np.isin(writers, names[part::PARTS])
        table, intercept = weights(features[~own], labels[~own], urgent[~own])
        scores[own] = features[own] @ table + intercept
    return scores


def calibrate(scores: NDArray[np.float64], labels: NDArray[np.intp]) -> tuple[float, NDArray[np.float64]]:
    """The sharpness and leans under which the true labels are likeliest; leans are held near nought."""
    number = scores.shape[1]

    def surprise(parts: NDArray[np.float64]) -> float:
        likely = confidences(scores, float(np.exp(parts[0])), parts[1:])[np.arange(len(labels)), labels]
        return float(-np.log(likely + 1e-12).mean() + 0.01 * (parts[1:] ** 2).sum())

    best = optimize.minimize(surprise, np.concatenate([[1.0], np.zeros(number)]), method="L-BFGS-B").x
    return round(float(np.exp(best[0])), 6), np.round(best[1:], 6)


def lowest_safe(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The lowest confidence above which the promised precision holds even at its lower bound."""
    order = np.argsort(-confidence, kind="stable")
    number = np.arange(1, len(order) + 1)
    hits = np.cumsum(right[order])
    bound = stats.beta.ppf(DOUBT, hits, number - hits + 1)
    kept = np.flatnonzero(bound >= PROMISED)
    return round(float(confidence[order[kept[-1]]]) - ROUNDING, 6) if len(kept) else NEVER


def judged(known: NDArray[np.float64], urgent: NDArray[np.bool_], writers: NDArray[np.str_]) -> NDArray[np.float64]:
    """The urgency of each writer's rows by weights that never saw that writer."""
    judgement = np.zeros(len(urgent))
    for writer in np.unique(writers):
        own = writers == writer
        judgement[own] = known[own] @ weigh_urgency(known[~own], urgent[~own])
    return judgement


def weigh_urgency(known: NDArray[np.float64], urgent: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What each part of the material weighs; it needs no intercept, for the confidences in it add up to one."""
    model = LogisticRegression(
        C=URGENCY_SECOND_C, fit_intercept=False, solver="liblinear", max_iter=5000, random_state=0
    ).fit(known, urgent)
    found: NDArray[np.float64] = model.coef_[0]
    return found


def lowest_with(judgement: NDArray[np.float64], urgent: NDArray[np.bool_], precision: float) -> float:
    """The lowest bar under which so many of the flagged are urgent: recall is worth more than the last point of it.

    Counted as if one case in ten were urgent, as at the desk: the rows hold more of them, to learn from.
    """
    order = np.argsort(-judgement, kind="stable")
    calm_weight = (1 / USUAL_SHARE - 1) * urgent.sum() / max(1, (~urgent).sum())
    hits, false = np.cumsum(urgent[order]), np.cumsum(~urgent[order]) * calm_weight
    kept = np.flatnonzero(hits >= precision * (hits + false))
    return round(float(judgement[order[kept[-1]]]) - ROUNDING, 6) if len(kept) else float("inf")


def fit(rows: Sequence[Row], version: str) -> Router:
    """Fit everything: weights on all rows, every choice on scores of writers held apart."""
    texts = [normalise(row.text) for row in rows]
    categories = sorted(load_taxonomy().categories)
    labels = np.array([categories.index(row.category) for row in rows], dtype=np.intp)
    urgent = np.array([row.urgent for row in rows])
    writers = np.array([row.writer for row in rows])
    vocabulary = Vocabulary.of(texts)
    features = matrix(vocabulary, texts)
    scores = apart(features, labels, urgent, writers)
    sharpness, lean = calibrate(scores[:, :-1], labels)
    shares = confidences(scores[:, :-1], sharpness, lean)
    groups = group_table(categories)
    known = np.array(
        [
            material(groups, share, float(score[-1]), cue_vector(text))
            for share, score, text in zip(shares, scores, texts, strict=True)
        ]
    )
    judgement = judged(known, urgent, writers)
    urgent_from = lowest_with(judgement, urgent, URGENT_PRECISION)
    flagged = judgement >= urgent_from
    examined_from = round(float(scores[flagged & urgent, -1].min(initial=0)) - CALM_MARGIN, 6)
    judgement[scores[:, -1] < examined_from] = -np.inf
    urgent_from = lowest_with(judgement, urgent, URGENT_PRECISION)
    flagged = judgement >= urgent_from
    sure, right = shares.max(axis=1), shares.argmax(axis=1) == labels
    safe_from = lowest_safe(sure[~flagged], right[~flagged])
    routed = ~flagged & (sure >= safe_from)
    measured = {
        "accuracy": share(int(right.sum()), len(rows)),
        "macro_f1": round(float(f1_score(labels, shares.argmax(axis=1), average="macro")), 4),
        "calibration_error": calibration_error(sure.tolist(), right.tolist()),
        "auto_share": share(int(routed.sum()), len(rows)),
        "auto_precision": share(int(right[routed].sum()), int(routed.sum())),
        "urgency_recall": share(int(flagged[urgent].sum()), int(urgent.sum())),
        "urgency_precision": share(int(urgent[flagged].sum()), int(flagged.sum())),
    }
    table, intercept = weights(features, labels, urgent)
    return Router(
        vocabulary,
        Weights(table.astype(np.float32), intercept, weigh_urgency(known, urgent)),
        Settings(
            version,
            categories,
            sharpness,
            lean.tolist(),
            [safe_from] * len(categories),
            urgent_from,
            examined_from,
            measured,
        ),
    )


def main(folder: Path) -> None:
    """Fit the project's rows and write the model."""
    # A folder that cannot be is said before the minute of fitting.
    folder.mkdir(parents=True, exist_ok=True)
    rows = labelled.load()
    wrong = problems(rows)
    if wrong:
        raise SystemExit("\n".join(wrong))
    fit(rows, rows_version()).save(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
