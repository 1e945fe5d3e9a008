"""From a normalised text to weighted features: words, pairs of words, pieces of words and cues."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from classifiers.cues import found
from classifiers.text import cut

SHORTEST, LONGEST = 2, 5


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one kind in a text, with the place of each."""

    names: list[str]
    starts: list[int]
    ends: list[int]


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
    return Terms(names, starts + starts[: single - 1], ends + ends[1:])


def piece_terms(text: str) -> Terms:
    """Pieces of two to five signs inside each run without spaces, whose ends count as a sign."""
    names: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    place = 0
    for run in text.split(" "):
        padded = f" {run} "
        for length in range(SHORTEST, min(LONGEST, len(padded)) + 1):
            last = len(padded) - length
            names += [padded[at : at + length] for at in range(last + 1)]
            starts += range(place - 1, place + last)
            ends += range(place + length - 1, place + last + length)
        place += len(run) + 1
    return Terms(names, starts, ends)


def cue_terms(text: str) -> Terms:
    """The cues that the text holds."""
    spans = found(text)
    return Terms([name for name, _, _ in spans], [start for _, start, _ in spans], [end for _, _, end in spans])


KINDS = {"word": word_terms, "piece": piece_terms, "cue": cue_terms}
