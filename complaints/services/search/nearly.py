"""Words with a typing mistake: the place in a text nearest to a term, in single signs put, left out or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
        mistakes, last = _measure(term, text[start:end])
        if mistakes <= most and (found is None or mistakes < found.mistakes):
            _, first = _measure(term[::-1], text[start : start + last][::-1])
            found = Near(mistakes, start + last - first, start + last)
    return found


def _around(term: str, text: str, most: int) -> Iterator[tuple[int, int]]:
    """The stretches in which the term could stand: of `most` + 1 parts one at least is as it was typed."""
    count, length = most + 1, len(term)
    for part in range(count):
        begin, end = length * part // count, length * (part + 1) // count
        place = text.find(term[begin:end])
        while place >= 0:
            yield max(place - begin - most, 0), place + length - begin + most
            place = text.find(term[begin:end], place + 1)


def _measure(term: str, text: str) -> tuple[int, int]:
    """The fewest mistakes over all places and where that place ends: Myers' way, all rows at once in bits."""
    top, full = 1 << (len(term) - 1), (1 << len(term)) - 1
    stands: dict[str, int] = {}
    for place, sign in enumerate(term):
        stands[sign] = stands.get(sign, 0) | 1 << place
    plus, minus, mistakes = full, 0, len(term)
    best, best_end = mistakes, 0
    for place, sign in enumerate(text, 1):
        equal = stands.get(sign, 0)
        down = equal | minus
        across = (((equal & plus) + plus) ^ plus) | equal
        more, fewer = minus | (full & ~(across | plus)), plus & across
        mistakes += bool(more & top) - bool(fewer & top)
        # As far to the right as the same count reaches: the mark then ends where the word ends.
        if mistakes < best or (mistakes == best and place == best_end + 1):
            best, best_end = mistakes, place
        more, fewer = more << 1 & full, fewer << 1 & full
        plus, minus = fewer | (full & ~(down | more)), more & down
    return best, best_end
