"""How far two texts are the same words, and marks by which a text that is nearly the same is found by look-up.

Marks are min-hashes of the folded text's pieces, joined four by four: two texts that share half of all their pieces
have a mark in common two times in three, two that share two thirds 97 times in a hundred, two strangers hardly ever.
"""

from __future__ import annotations

import zlib

import numpy as np

from classifiers.folding import fold, pieces

MARKS, TOGETHER = 16, 4
# Of a shorter text too little stands there to tell a story again from a stock phrase.
FEWEST = 40
_SIGN_BIT, _WORD = 1 << 31, 1 << 32
# Numbers of chance, always the same: a mark that was kept must be found again by the next version.
_CHANCE = np.random.Generator(np.random.PCG64(1212))
_FACTORS = _CHANCE.integers(0, 1 << 63, MARKS * TOGETHER, dtype=np.uint64) | np.uint64(1)
_SHIFTS = _CHANCE.integers(0, 1 << 63, MARKS * TOGETHER, dtype=np.uint64)


def marks(text: str) -> list[int]:
    """The text's marks as signed numbers of 32 bits; none of a text that is too short."""
    found = pieces(fold(text))
    if len(found) < FEWEST:
        return []
    numbers = np.array([zlib.crc32(piece.encode()) for piece in found], dtype=np.uint64)
    least = np.array(
        [
            int(((numbers * factor + shift) >> np.uint64(32)).min())
            for factor, shift in zip(_FACTORS, _SHIFTS, strict=True)
        ],
        dtype=np.uint64,
    ).reshape(MARKS, TOGETHER)
    # The place goes in with them: the same numbers elsewhere are no likeness.
    return [_signed(zlib.crc32(bytes([place]) + row.tobytes())) for place, row in enumerate(least)]


def _signed(number: int) -> int:
    return number - _WORD if number & _SIGN_BIT else number


def resemblance(one: str, other: str) -> float:
    """The share of all their pieces that both texts have, from 0 to 1."""
    mine, theirs = pieces(fold(one)), pieces(fold(other))
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0
