"""Words with a typing mistake: the place in a text nearest to a term, in single signs put, left out or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifiers.folding import GRAM

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Near:
    """How many mistakes, and where in the text it stands."""

    mistakes: int
    start: int
    end: int


def nearest(term: str, text: str, most: int) -> Near | None:
    """The nearest place with at most `most` mistakes; only what holds one of the term's parts unharmed is looked at."""
    found: Near | None = None
    for start, end in _around(term, text, most):
        mistakes, last = measure(term, text[start:end])
        if mistakes <= most and (found is None or mistakes < found.mistakes):
            _, first = measure(term[::-1], text[start : start + last][::-1])
            found = Near(mistakes, start + last - first, start + last)
    return found


def unharmed(length: int, most: int) -> list[tuple[int, int]]:
    """Parts of a term: with no more than `most` mistakes in it, one at least is as it was typed.

    A mistake harms one part, so there is one part more than mistakes; two signs swapped across a border harm both its
    parts, so it is also cut into two more. One too short for a gram borrows the signs beside it; in the shortest terms
    all may then be harmed.
    """
    borders = [
        (length * part // count, length * (part + 1) // count)
        for count in (most + 1, most + 2)
        for part in range(count)
    ]
    starts = [(min(start, length - GRAM), end) for start, end in borders]
    return list(dict.fromkeys((start, max(end, start + GRAM)) for start, end in starts))


def _around(term: str, text: str, most: int) -> Iterator[tuple[int, int]]:
    """The stretches in which the term could stand."""
    length = len(term)
    for begin, end in unharmed(length, most):
        place = text.find(term[begin:end])
        while place >= 0:
            yield max(place - begin - most, 0), place + length - begin + most
            place = text.find(term[begin:end], place + 1)


def measure(term: str, text: str) -> tuple[int, int]:
    """The fewest mistakes over all places and where that place ends: Myers' way with Hyyrö's swaps, rows in bits."""
    top, full = 1 << (len(term) - 1), (1 << len(term)) - 1
    stands: dict[str, int] = {}
    for place, sign in enumerate(term):
        stands[sign] = stands.get(sign, 0) | 1 << place
    plus, minus, mistakes = full, 0, len(term)
    same, last = 0, 0
    best, best_end = mistakes, 0
    for place, sign in enumerate(text, 1):
        equal = stands.get(sign, 0)
        swapped = ((~same & equal) << 1) & last & full
        same = ((((equal & plus) + plus) ^ plus) | equal | minus | swapped) & full
        last = equal
        more, fewer = minus | (full & ~(same | plus)), plus & same
        mistakes += bool(more & top) - bool(fewer & top)
        # As far to the right as the same count reaches: the mark then ends where the word ends.
        if mistakes < best or (mistakes == best and place == best_end + 1):
            best, best_end = mistakes, place
        more, fewer = more << 1 & full, fewer << 1 & full
        plus, minus = fewer | (full & ~(same | more)), more & same
    return best, best_end
