"""Must a person see it within minutes? Cues weighed together with what the words say and what the case is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifiers.cues import cue_names, found

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


def cue_vector(text: str) -> NDArray[np.float64]:
    """Which cues a normalised text holds."""
    held = {name for name, _, _ in found(text)}
    return np.array([name in held for name in cue_names()], dtype=float)


def material(
    categories: Sequence[str], shares: NDArray[np.float64], heard: float, cues: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What urgency is judged by: confidences, the words' own score and the cues, and the last two by group."""
    of_group = [sum(float(shares[categories.index(name)]) for name in group) for group in GROUPS]
    of_group.append(1 - sum(of_group))
    said = np.concatenate([[heard], cues])
    return np.concatenate([shares, said, *(said * share for share in of_group)])
