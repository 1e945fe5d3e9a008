"""Finding hundreds of whole numbers among a hundred thousand known ones in a few array operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_ROOM = 8


class Codes:
    """Known numbers in a table of slots: a number stands in its slot or, where that was taken, soon after it."""

    def __init__(self, known: NDArray[np.uint64]) -> None:
        """Give each number the first free slot from its own on."""
        self.known = known
        bits = max(4, int(len(known) * _ROOM).bit_length())
        self._shift = np.uint64(64 - bits)
        self._table = np.full((1 << bits) + len(known), -1, dtype=np.int32)
        own = self._slots(known)
        waiting = np.arange(len(known))
        self._steps = 0
        while len(waiting):
            slots = own[waiting] + self._steps
            free = self._table[slots] < 0
            self._table[slots[free]] = waiting[free]
            waiting = waiting[self._table[slots] != waiting]
            self._steps += 1

    def __len__(self) -> int:
        """How many numbers are known."""
        return len(self.known)

    def find(self, codes: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Which of the codes are known, and where each of those stands among the known."""
        if not len(self.known):
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        slots = self._slots(codes)
        at = self._table[slots].astype(np.intp)
        right = (at >= 0) & (self.known[at] == codes)
        searching = np.flatnonzero((at >= 0) & ~right)
        for step in range(1, self._steps):
            if not len(searching):
                break
            there = self._table[slots[searching] + step]
            hit = (there >= 0) & (self.known[there] == codes[searching])
            at[searching[hit]] = there[hit]
            right[searching[hit]] = True
            searching = searching[(there >= 0) & ~hit]
        hits = np.flatnonzero(right)
        return hits, at[hits]

    def _slots(self, codes: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Where the search for each code begins: numbers that are alike begin far apart."""
        return ((codes * _SPREAD) >> self._shift).astype(np.intp)
