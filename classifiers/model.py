"""The router: text in, category, calibrated confidence, second guess and the deciding words out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifiers.cues import load_cues
from classifiers.features import Vocabulary
from classifiers.taxonomy import load_taxonomy
from classifiers.text import trace
from classifiers.urgency import cue_vector, group_table, material

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from classifiers.features import Vector

WEIGHTS, SETTINGS = "model.npz", "model.json"
MOST_EVIDENCE = 6
LEAST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Prediction:
    """One decision. `auto`: safe to route without a person. `evidence`: start, end, weight in the original text."""

    category: str
    agency: str
    confidence: float
    second: str
    second_confidence: float
    auto: bool
    urgent: bool
    evidence: list[tuple[int, int, float]]
    version: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What was chosen on rows held apart: how scores become confidence, and from where on the machine decides.

    `measured` is how the router did on them, each writer judged by a model that never read that writer.
    """

    version: str
    categories: list[str]
    sharpness: float
    lean: list[float]
    auto_from: list[float]
    urgent_from: float
    examined_from: float
    measured: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learnt: a column per category and a last one for urgency; `urgency` weighs what that is judged by."""

    table: NDArray[np.float32]
    intercept: NDArray[np.float64]
    urgency: NDArray[np.float64]


class Router:
    """A trained model, ready to answer."""

    def __init__(self, vocabulary: Vocabulary, weights: Weights, settings: Settings) -> None:
        """Hold the parts."""
        self.vocabulary = vocabulary
        self.weights = weights
        self.settings = settings
        self.version = settings.version
        self._lean = np.array(settings.lean)
        self._groups = group_table(settings.categories)

    @classmethod
    def load(cls, folder: Path) -> Router:
        """Read the model that `train` wrote, and the cues: the first question shall not wait for them."""
        load_cues()
        settings = Settings(**json.loads((folder / SETTINGS).read_text("utf-8")))
        with np.load(folder / WEIGHTS, allow_pickle=False) as stored:
            vocabulary = Vocabulary(
                stored["words"].tobytes().decode("utf-8").split("\n"),
                stored["codes"],
                stored["rarity"],
            )
            weights = Weights(stored["table"].astype(np.float32), stored["intercept"], stored["urgency"])
        return cls(vocabulary, weights, settings)

    def save(self, folder: Path) -> None:
        """Write the model: arrays without pickle, settings as JSON. The table's weights are halved in length."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / WEIGHTS).open("wb") as file:
            np.savez_compressed(
                file,
                allow_pickle=False,
                words=np.frombuffer("\n".join(self.vocabulary.words).encode("utf-8"), dtype=np.uint8),
                codes=self.vocabulary.codes,
                rarity=self.vocabulary.rarity,
                table=self.weights.table.astype(np.float16),
                intercept=self.weights.intercept,
                urgency=self.weights.urgency,
            )
        (folder / SETTINGS).write_text(json.dumps(asdict(self.settings), indent=1) + "\n", "utf-8")

    def predict(self, text: str) -> Prediction:
        """Decide one text."""
        normalised, origin = trace(text)
        vector = self.vocabulary.vector(normalised)
        learnt = self.weights.table.take(vector.features, axis=0)
        scores = vector.values @ learnt + self.weights.intercept
        probabilities = confidences(scores[None, :-1], self.settings.sharpness, self._lean)[0]
        shares = probabilities.tolist()
        first, second = sorted(range(len(shares)), key=shares.__getitem__, reverse=True)[:2]
        urgent = self._urgent(normalised, probabilities, float(scores[-1]))
        category = self.settings.categories[first]
        return Prediction(
            category=category,
            agency=load_taxonomy().agency_of(category),
            confidence=shares[first],
            second=self.settings.categories[second],
            second_confidence=shares[second],
            auto=not urgent and bool(len(vector.words[0])) and shares[first] >= self.settings.auto_from[first],
            urgent=urgent,
            evidence=_evidence(text, origin, vector, vector.values * learnt[:, first]),
            version=self.version,
        )

    def _urgent(self, text: str, probabilities: NDArray[np.float64], heard: float) -> bool:
        """Must a person see it within minutes. Most texts sound so calm that their cues need not be sought."""
        if heard < self.settings.examined_from:
            return False
        known = material(self._groups, probabilities, heard, cue_vector(text))
        return bool(known @ self.weights.urgency >= self.settings.urgent_from)


def _evidence(
    text: str, origin: NDArray[np.int64], vector: Vector, shares: NDArray[np.float32]
) -> list[tuple[int, int, float]]:
    """The words that spoke most for a category: each occurrence's share is spread over the signs where it stands."""
    starts, ends = vector.words
    if not len(starts):
        return []
    each = shares / (vector.ends - vector.starts)
    size = len(origin)
    steps = np.bincount(vector.starts, each, size) - np.bincount(vector.ends, each, size)
    until = np.concatenate(([0.0], np.cumsum(np.cumsum(steps))))
    weights = until[ends] - until[starts]
    chosen = np.argsort(-weights, kind="stable")[:MOST_EVIDENCE]
    strongest = weights[chosen].tolist()
    if strongest[0] <= 0:
        return []
    kept = sorted(zip(starts[chosen].tolist(), ends[chosen].tolist(), strongest, strict=True))
    spans: list[tuple[int, int, float]] = []
    for start, end, weight in kept:
        if weight < strongest[0] * LEAST_SHARE:
            continue
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end, spans[-1][2] + weight)
        else:
            spans.append((start, end, weight))
    return [_in_original(text, origin, span) for span in sorted(spans, key=lambda span: -span[2])]


def confidences(scores: NDArray[np.float64], sharpness: float, lean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores as probabilities, a line per text."""
    raised = scores * sharpness + lean
    raised = np.exp(raised - raised.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _in_original(text: str, origin: NDArray[np.int64], span: tuple[int, int, float]) -> tuple[int, int, float]:
    """A span of the normalised text, where it stands in the original."""
    start, end = int(origin[span[0]]), int(origin[span[1]])
    return start, start + len(text[start:end].rstrip()), round(span[2], 4)
