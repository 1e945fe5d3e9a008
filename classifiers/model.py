"""The router: text in, category, calibrated confidence, second guess and the deciding words out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

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
        """Read the model that `train` wrote."""
        settings = Settings(**json.loads((folder / SETTINGS).read_text("utf-8")))
        with np.load(folder / WEIGHTS, allow_pickle=False) as stored:
            vocabulary = Vocabulary(
                stored["words"].tobytes().decode("utf-8").split("\n"),
                stored["pairs"],
                stored["pieces"],
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
                pairs=np.fromiter(self.vocabulary.pairs, dtype=np.uint64),
                pieces=self.vocabulary.pieces.known,
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
        scores = vector.values @ self.weights.table[vector.features] + self.weights.intercept
        probabilities = confidences(scores[None, :-1], self.settings.sharpness, self._lean)[0]
        order = np.argsort(-probabilities, kind="stable")
        first, second = int(order[0]), int(order[1])
        confidence = float(probabilities[first])
        urgent = self._urgent(normalised, probabilities, float(scores[-1]))
        category = self.settings.categories[first]
        return Prediction(
            category=category,
            agency=load_taxonomy().agency_of(category),
            confidence=confidence,
            second=self.settings.categories[second],
            second_confidence=float(probabilities[second]),
            auto=not urgent and bool(len(vector.words)) and confidence >= self.settings.auto_from[first],
            urgent=urgent,
            evidence=self._evidence(text, origin, vector, first),
            version=self.version,
        )

    def _urgent(self, text: str, probabilities: NDArray[np.float64], heard: float) -> bool:
        """Must a person see it within minutes. Most texts sound so calm that their cues need not be sought."""
        if heard < self.settings.examined_from:
            return False
        known = material(self._groups, probabilities, heard, cue_vector(text))
        return bool(known @ self.weights.urgency >= self.settings.urgent_from)

    def _evidence(
        self, text: str, origin: NDArray[np.int64], vector: Vector, category: int
    ) -> list[tuple[int, int, float]]:
        """The words that spoke most for a category: each feature's share is spread over the signs where it stands."""
        if not len(vector.words):
            return []
        size = len(origin)
        share = vector.values * self.weights.table[vector.features, category] / vector.counts
        starts, ends = np.maximum(vector.starts, 0), np.minimum(vector.ends, size - 1)
        each = share[vector.occurrences] / np.maximum(ends - starts, 1)
        steps = np.bincount(starts, each, size) - np.bincount(ends, each, size)
        until = np.concatenate(([0.0], np.cumsum(np.cumsum(steps))))
        weights = until[vector.words[:, 1]] - until[vector.words[:, 0]]
        best = float(weights.max())
        if best <= 0:
            return []
        chosen = [int(at) for at in np.argsort(-weights, kind="stable")[:MOST_EVIDENCE]]
        spans: list[tuple[int, int, float]] = []
        for at in sorted(at for at in chosen if weights[at] >= best * LEAST_SHARE):
            start, end = vector.words[at].tolist()
            weight = float(weights[at])
            if spans and spans[-1][1] == start:
                start, weight = spans[-1][0], weight + spans[-1][2]
                spans.pop()
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
