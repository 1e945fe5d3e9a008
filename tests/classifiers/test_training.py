from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from classifiers import fitting, train
from classifiers.model import SETTINGS, WEIGHTS, Router
from classifiers.rows import load


@pytest.fixture(scope="module")
def few():
    """Some rows of every category by three writers."""
    kept = defaultdict(list)
    for row in load():
        if row.writer in "abc":
            kept[row.writer, row.category].append(row)
    return [row for rows in kept.values() for row in (*rows[:5], *[row for row in rows[5:] if row.urgent][:2])]


def test_the_same_rows_make_the_same_files(few, tmp_path):
    for name in ("one", "two"):
        fitting.fit(few, "v").save(tmp_path / name)

    for file in (WEIGHTS, SETTINGS):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_saved_model_answers_like_the_fitted_one(few, tmp_path):
    fitted = fitting.fit(few, "v")
    fitted.save(tmp_path)
    read = Router.load(tmp_path)

    for row in few[::9]:
        one, other = fitted.predict(row.text), read.predict(row.text)
        assert one.category == other.category
        assert one.confidence == pytest.approx(other.confidence, abs=0.01)


def test_a_writer_is_judged_by_a_model_that_never_read_them():
    rng = np.random.default_rng(0)
    features = fitting.sparse.csr_matrix(rng.random((90, 12)))
    labels = np.arange(90) % 3
    writers = np.repeat(np.array(["a", "b", "c"]), 30)
    urgent = labels == 0
    leaky = features.toarray()
    leaky[:30, 0] = labels[:30] * 100

    plain = fitting.apart(features, labels, urgent, writers)
    changed = fitting.apart(fitting.sparse.csr_matrix(leaky), labels, urgent, writers)

    assert not np.allclose(plain[30:], changed[30:])
    before = fitting.weights(features[30:], labels[30:], urgent[30:])
    after = fitting.weights(fitting.sparse.csr_matrix(leaky)[30:], labels[30:], urgent[30:])
    assert np.array_equal(before[0], after[0])


def test_calibration_makes_confidence_true():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 4, 4000)
    scores = rng.normal(0, 0.3, (4000, 4))
    scores[np.arange(4000), truth] += 0.5

    sharpness, lean = fitting.calibrate(scores, truth)

    shares = fitting.confidences(scores, sharpness, lean)
    assert fitting.calibration_error(shares.max(axis=1).tolist(), (shares.argmax(axis=1) == truth).tolist()) < 0.03


def test_the_threshold_keeps_the_promise_at_its_lower_bound():
    confidence = np.linspace(0.5, 1, 4000)
    right = np.random.default_rng(5).random(4000) < np.minimum(1, confidence + 0.1)

    lowest = fitting.lowest_safe(confidence, right)

    assert right[confidence >= lowest].mean() >= fitting.PROMISED
    assert fitting.lowest_safe(confidence, np.zeros(4000, dtype=bool)) > 1


def test_the_bar_of_urgency_keeps_its_precision():
    judgement = np.linspace(-1, 1, 1000)
    urgent = np.random.default_rng(7).random(1000) < (judgement + 1) ** 3 / 8

    bar = fitting.lowest_with(judgement, urgent, 0.5)

    flagged = judgement >= bar
    recall, false = urgent[flagged].sum() / urgent.sum(), (~urgent)[flagged].sum() / (~urgent).sum()
    usual = fitting.USUAL_SHARE
    assert usual * recall / (usual * recall + (1 - usual) * false) >= 0.5
    assert 0.3 < recall < 1


def test_a_model_of_other_rows_is_not_current(model_dir, tmp_path, monkeypatch):
    assert train.is_current(model_dir)
    assert train.ensure(model_dir) == train.rows_version()
    assert not train.is_current(tmp_path)
    monkeypatch.setattr(train, "rows_version", lambda: "other")
    assert not train.is_current(model_dir)


def test_a_failed_training_says_why(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(train.TrainingError, match="File exists"):
        train.train(blocked)
