"""Finding hundreds of whole numbers among a hundred thousand known ones in a few array operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BITS = 42
_PLACE_BITS = 63 - BITS
BEYOND = (1 << _PLACE_BITS) - 1
_SHIFT, _PLACE = np.uint64(_PLACE_BITS), np.uint64(BEYOND)
_EMPTY = np.uint64(2**63 - 1)
_SPREADS = np.array([[0x9E3779B97F4A7C15], [0xC2B2AE3D27D4EB4F]], dtype=np.uint64)
_LEAST_BITS, _ROUNDS = 4, 200


class Codes:
    """Known numbers below 2 ** `BITS` in a table: each stands in one of two slots of its own, together with its place.

    So a number is sought by looking at two slots, and nothing else is looked at.
    """

    def __init__(self, known: NDArray[np.uint64], first: int = 0) -> None:
        """Give each number a slot; the place of the first number is `first`, and so on."""
        entries = (known << _SHIFT) | np.arange(first, first + len(known), dtype=np.uint64)
        bits = max(_LEAST_BITS, (2 * len(known)).bit_length())
        while (table := _placed(entries, bits)) is None:
            bits += 1
        self._table, self._spare = table, np.uint64(64 - bits)

    def places(self, codes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The place of each code; for an unknown one `BEYOND` or more.

        What stands in a slot, without the code that is sought, is that code's place, or far too much for a place.
        """
        left = self._table.take(_slots(codes, self._spare)) ^ (codes << _SHIFT)
        places: NDArray[np.int64] = np.minimum(left[0], left[1]).view(np.int64)
        return places


def _slots(codes: NDArray[np.uint64], spare: np.uint64) -> NDArray[np.int64]:
    """The two slots of each code, a line each: numbers that are alike lie far apart."""
    return ((codes * _SPREADS) >> spare).view(np.int64)


def _placed(entries: NDArray[np.uint64], bits: int) -> NDArray[np.uint64] | None:
    """A table with each entry in one of its slots, if that can be done. A newcomer sends whom it finds to the other."""
    table = np.full(1 << bits, _EMPTY)
    slots = _slots(entries >> _SHIFT, np.uint64(64 - bits))
    side = np.ones(len(entries), dtype=np.intp)
    waiting = np.arange(len(entries))
    for _ in range(_ROUNDS):
        if not len(waiting):
            return table
        side[waiting] ^= 1
        wanted = slots[side[waiting], waiting]
        found = table[wanted]
        table[wanted] = entries[waiting]
        refused = waiting[table[wanted] != entries[waiting]]
        sent_away = np.unique(found[found != _EMPTY] & _PLACE) - (entries[0] & _PLACE)
        waiting = np.concatenate((refused, sent_away.astype(np.intp)))
    return None
