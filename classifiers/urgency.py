"""Must a person see it within minutes? Cues weighed together with what the words say and what the case is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifiers.cues import cue_places, found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# A cue means something else beside lost money than beside a broken toy: each weighs anew in each of these groups.
GROUPS = (
    ("seller_fraud", "financial_scam"),
    ("harassment_defamation",),
    ("product_standard", "health_product"),
    ("illegal_website",),
)


def group_table(categories: Sequence[str]) -> NDArray[np.float64]:
    """A line per category with a one in its group's column; the last column is everything else."""
    table = np.zeros((len(categories), len(GROUPS) + 1))
    for line, name in enumerate(categories):
        table[line, next((at for at, group in enumerate(GROUPS) if name in group), len(GROUPS))] = 1
    return table


def cue_vector(text: str) -> NDArray[np.float64]:
    """Which cues a normalised text holds."""
    places = cue_places()
    held = np.zeros(len(places))
    held[[places[name] for name, _, _ in found(text)]] = 1
    return held


def material(
    groups: NDArray[np.float64], shares: NDArray[np.float64], heard: float, cues: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What urgency is judged by: confidences, the words' own score and the cues, and the last two by group."""
    said = np.concatenate(([heard], cues))
    return np.concatenate((shares, said, np.outer(shares @ groups, said).ravel()))
