"""From a normalised text to weighted features: words, pairs of words, pieces of words and cues."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from classifiers.cues import found
from classifiers.text import cut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

SHORTEST, LONGEST = 2, 5
LEAST_ROWS = {"word": 2, "piece": 3, "cue": 1}
CUE_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one kind in a text, with the place of each."""

    names: list[str]
    starts: list[int]
    ends: list[int]


@dataclass(frozen=True, slots=True)
class Vector:
    """A text as numbers: the distinct features with their values, and where in the text each occurrence stands.

    `occurrences` counts into `features`; `words` are the borders of the text's words.
    """

    features: NDArray[np.intp]
    values: NDArray[np.float32]
    counts: NDArray[np.intp]
    occurrences: NDArray[np.intp]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    words: list[tuple[int, int]]


def word_terms(text: str) -> Terms:
    """Words and pairs of neighbours; spaces are no words."""
    names: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    place = 0
    for piece in cut(text):
        end = place + len(piece)
        if not piece.isspace():
            names.append(piece)
            starts.append(place)
            ends.append(end)
        place = end
    single = len(names)
    names += [f"{left} {right}" for left, right in pairwise(names)]
    return Terms(names, starts + starts[: max(0, single - 1)], ends + ends[1:])


def piece_terms(text: str) -> Terms:
    """Pieces of two to five signs inside each run without spaces, whose two ends count as signs."""
    names: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    place = 0
    for run in text.split(" "):
        padded = f" {run} "
        for length in range(SHORTEST, min(LONGEST, len(padded)) + 1):
            number = len(padded) - length + 1
            names += [padded[at : at + length] for at in range(number)]
            starts += range(place - 1, place - 1 + number)
            ends += range(place - 1 + length, place - 1 + length + number)
        place += len(run) + 1
    return Terms(names, starts, ends)


def cue_terms(text: str) -> Terms:
    """The cues that the text holds."""
    spans = found(text)
    return Terms([name for name, _, _ in spans], [start for _, start, _ in spans], [end for _, _, end in spans])


KINDS = {"word": word_terms, "piece": piece_terms, "cue": cue_terms}


class Vocabulary:
    """The known terms, one running number over all kinds, and how rare each is."""

    def __init__(self, names: dict[str, list[str]], rarity: NDArray[np.float32]) -> None:
        """Number the terms in the order given."""
        self.names = names
        self.rarity = rarity
        self._places: dict[str, dict[str, int]] = {}
        before = 0
        for kind in KINDS:
            self._places[kind] = dict(zip(names[kind], range(before, before + len(names[kind])), strict=True))
            before += len(names[kind])

    def __len__(self) -> int:
        """How many features there are."""
        return len(self.rarity)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """The terms that stand in enough of the normalised texts."""
        rows_with: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
        total = 0
        for text in texts:
            total += 1
            for kind, terms in KINDS.items():
                rows_with[kind].update(set(terms(text).names))
        names: dict[str, list[str]] = {}
        rarity: list[float] = []
        for kind, counted in rows_with.items():
            names[kind] = sorted(name for name, number in counted.items() if number >= LEAST_ROWS[kind])
            if kind == "cue":
                rarity += [CUE_WEIGHT] * len(names[kind])
            else:
                rarity += [float(np.log((1 + total) / (1 + counted[name])) + 1) for name in names[kind]]
        return cls(names, np.array(rarity, dtype=np.float32))

    def vector(self, text: str) -> Vector:
        """A normalised text as numbers: words and pieces each of length one, cues as they are."""
        features, values, counts, occurrences, starts, ends = [], [], [], [], [], []
        words: list[tuple[int, int]] = []
        before = 0
        for kind, terms_of in KINDS.items():
            terms = terms_of(text)
            if kind == "word":
                words = list(zip(terms.starts, terms.ends, strict=True))[: (len(terms.names) + 1) // 2]
            known = self._places[kind]
            places = np.array([known.get(name, -1) for name in terms.names], dtype=np.intp)
            kept = places >= 0
            distinct, occurrence, count = np.unique(places[kept], return_inverse=True, return_counts=True)
            value = self.rarity[distinct] * (1 + np.log(count)).astype(np.float32)
            if kind != "cue" and len(value):
                value /= np.sqrt((value * value).sum())
            features.append(distinct)
            values.append(value)
            counts.append(count)
            occurrences.append(occurrence + before)
            starts.append(np.array(terms.starts, dtype=np.intp)[kept])
            ends.append(np.array(terms.ends, dtype=np.intp)[kept])
            before += len(distinct)
        return Vector(*map(np.concatenate, (features, values, counts, occurrences, starts, ends)), words)
