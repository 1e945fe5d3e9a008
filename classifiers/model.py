"""The router: text in, category, calibrated confidence, second guess and the deciding words out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TYPE_CHECKING

import joblib

from classifiers.taxonomy import load_taxonomy
from classifiers.text import normalise

if TYPE_CHECKING:
    from pathlib import Path

AUTO_CONFIDENCE = 0.9


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


class Router:
    """A trained model, ready to answer."""

    def __init__(self, pipeline: Any, version: str) -> None:
        """Hold the fitted pipeline."""
        self.pipeline = pipeline
        self.version = version

    @classmethod
    def load(cls, folder: Path) -> Router:
        """Read the model that `train` wrote."""
        stored = joblib.load(folder / "model.joblib")
        return cls(stored["pipeline"], stored["version"])

    def predict(self, text: str) -> Prediction:
        """Decide one text."""
        probabilities = self.pipeline.predict_proba([normalise(text)])[0]
        order = probabilities.argsort()[::-1]
        names = self.pipeline.classes_
        first, second = str(names[order[0]]), str(names[order[1]])
        confidence = float(probabilities[order[0]])
        return Prediction(
            category=first,
            agency=load_taxonomy().agency_of(first),
            confidence=confidence,
            second=second,
            second_confidence=float(probabilities[order[1]]),
            auto=confidence >= AUTO_CONFIDENCE,
            urgent=False,
            evidence=[],
            version=self.version,
        )
