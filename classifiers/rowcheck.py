"""Checking the labelled rows, and refusing near-duplicates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from classifiers.taxonomy import load_taxonomy
from classifiers.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from classifiers.rows import Row

CHANNELS = frozenset({"web", "email", "hotline", "chatbot"})
GRAM = 5
MERE_LINE = 40
MOST_SHARED = 0.45


def shared(left: Sequence[str], right: Sequence[str]) -> sparse.coo_matrix:
    """For each pair of texts the share of their five-sign pieces that both hold.

    Of a story it is the share of the shorter one; a mere line is compared with the longer one, or it would be found in
    every long text that has the same phrase.
    """
    vocabulary: dict[str, int] = {}
    first = _grams(left, vocabulary)
    second = first.copy() if right is left else _grams(right, vocabulary)
    first.resize(len(left), len(vocabulary))
    second.resize(len(right), len(vocabulary))
    common = (first @ second.T).tocoo()
    sizes_left = np.asarray(first.sum(axis=1)).ravel()
    sizes_right = np.asarray(second.sum(axis=1)).ravel()
    shorter = np.minimum(sizes_left[common.row], sizes_right[common.col])
    longer = np.maximum(sizes_left[common.row], sizes_right[common.col])
    common.data = common.data / np.where(shorter < MERE_LINE, longer, shorter)
    return common


def near_duplicates(rows: Sequence[Row], most: float = MOST_SHARED) -> list[tuple[str, str, float]]:
    """Pairs of rows that share more of their pieces than two people's stories do."""
    texts = [row.text for row in rows]
    common = shared(texts, texts)
    too_near = (common.data > most) & (common.row < common.col)
    return sorted(
        (rows[left].id, rows[right].id, round(float(share), 3))
        for left, right, share in zip(common.row[too_near], common.col[too_near], common.data[too_near], strict=True)
    )


def problems(rows: Sequence[Row]) -> list[str]:
    """What is wrong with the rows, one sentence each; an empty list is good."""
    categories = load_taxonomy().categories
    said: list[str] = []
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            said.append(f"{row.id}: the id is used twice")
        seen.add(row.id)
        if row.category not in categories:
            said.append(f"{row.id}: no category {row.category!r}")
        if row.channel not in CHANNELS:
            said.append(f"{row.id}: no channel {row.channel!r}")
        if not normalise(row.text):
            said.append(f"{row.id}: no text")
    said += [f"{left} and {right}: near-duplicates ({share:.0%})" for left, right, share in near_duplicates(rows)]
    return said


def _grams(texts: Iterable[str], vocabulary: dict[str, int]) -> sparse.csr_matrix:
    """A line per text: which five-sign pieces it holds, blanks left out."""
    columns: list[int] = []
    ends = [0]
    for text in texts:
        solid = re.sub(r"\s+", "", text)
        pieces = {solid[at : at + GRAM] for at in range(max(1, len(solid) - GRAM + 1))}
        columns += [vocabulary.setdefault(piece, len(vocabulary)) for piece in pieces]
        ends.append(len(columns))
    data = np.ones(len(columns), dtype=np.float32)
    return sparse.csr_matrix((data, columns, ends), shape=(len(ends) - 1, len(vocabulary)))
