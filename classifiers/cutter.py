"""Cutting Thai into words: the fewest words of a word list, in a time that grows with the length and no faster.

The same idea as newmm of pythainlp, and its word list, without its trie: several times as quick, and no input is
worse than another, because at each place only the few lengths are tried that words with its next six signs have.
These are looked up for all places of a text together, in a few array operations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from pythainlp.corpus.common import thai_words

from classifiers.codes import Codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_WORD = 24
BEGINNING = 6
_SHORTEST = 2
UNKNOWN = 2
_PARTS = re.compile(
    r"([\u0e01-\u0e7f]+)|[a-z]+(?:['-][a-z]+)*|[0-9]+(?:[.,:/-][0-9]+)*| +|[^\u0e01-\u0e7f a-z0-9]+", re.IGNORECASE
)
_THAI_WORD = re.compile(rf"[\u0e01-\u0e7f]{{{_SHORTEST},{LONGEST_WORD}}}")
# Vowels that stand before their consonant; vowels and marks that hang on the one before them.
LEADING = "เแโใไ"
FOLLOWING = "ะ\u0e31าำ\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e3aๅ\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e4e"
_THAI, _THAI_SIGNS, _PLANE = 0x0E00, 0x80, 0x10000
_SIGN_BITS = 7
_SIGN_SHIFT = np.uint64(_SIGN_BITS)
_NEXT = np.arange(1, BEGINNING + 1)
# Column by column: the first two of the next signs as one number, the first three ... all six.
_PACKING = np.array(
    [
        [1 << _SIGN_BITS * (size - 1 - at) if at < size else 0 for size in range(2, BEGINNING + 1)]
        for at in range(BEGINNING)
    ],
    dtype=np.uint64,
)


def _seven_bits() -> NDArray[np.uint64]:
    """A number for every Thai sign, nought for all others."""
    signs = np.zeros(_PLANE, dtype=np.uint64)
    signs[_THAI : _THAI + _THAI_SIGNS] = np.arange(_THAI_SIGNS)
    return signs


def _borders() -> NDArray[np.bool_]:
    """For two signs in a row, packed: may a word begin with the second, or end before it.

    It may unless that would part a consonant from its vowels and tone marks.
    """
    signs = [chr(_THAI + at) if at else "" for at in range(_THAI_SIGNS)]
    thai = np.array([bool(sign) for sign in signs])
    leading, following = (np.array([sign in kind for sign in signs]) for kind in (LEADING, FOLLOWING))
    inside = thai[:, None] & thai & (leading[:, None] | following)
    table: NDArray[np.bool_] = (thai[:, None] | thai) & ~inside
    return table.ravel()


_SIGNS = _seven_bits()
_BORDERS = _borders()


@dataclass(frozen=True, slots=True)
class _WordList:
    """The words of more than six signs, and the lengths of all.

    `beginnings`: the words of two to five signs, and the first six signs of the others. `kinds`: a number for each of
    them, and nought. The sum of a place's five numbers is where `lengths` says what can stand there.
    """

    words: frozenset[str]
    beginnings: Codes
    kinds: NDArray[np.intp]
    lengths: list[tuple[int, ...]]


@cache
def _word_list() -> _WordList:
    words = frozenset(filter(_THAI_WORD.fullmatch, thai_words()))
    lengths_of: dict[str, int] = {}
    for word in words:
        beginning = word[:BEGINNING]
        lengths_of[beginning] = lengths_of.get(beginning, 0) | 1 << len(word)
    numbers = {0: 0}
    kinds = [
        bits >> _SHORTEST if bits < 1 << BEGINNING else numbers.setdefault(bits, len(numbers)) << BEGINNING - _SHORTEST
        for bits in lengths_of.values()
    ]
    codes = np.zeros(len(lengths_of), dtype=np.uint64)
    filled = "".join(beginning.rjust(BEGINNING, "\0") for beginning in lengths_of)
    for column in _signs(filled).reshape(-1, BEGINNING).T:
        codes = (codes << _SIGN_SHIFT) | column
    return _WordList(
        frozenset(word for word in words if len(word) > BEGINNING),
        Codes(codes),
        np.array([*kinds, 0]),
        [_lengths(long | short << _SHORTEST) for long in numbers for short in range(1 << BEGINNING - _SHORTEST)],
    )


def _lengths(bits: int) -> tuple[int, ...]:
    """The lengths that are held as bits."""
    return tuple(length for length in range(_SHORTEST, LONGEST_WORD + 1) if bits >> length & 1)


def _signs(text: str) -> NDArray[np.uint64]:
    """The number of each sign of a text."""
    return _SIGNS.take(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32), mode="clip")


def cut(text: str) -> list[str]:
    """The pieces of a text, spaces among them: joined they are the text again."""
    return _walk_back(text, _ways(text))


def _look_up(text: str) -> tuple[list[int], list[int]]:
    """The borders between clusters of Thai signs, and for each the number of the lengths of words from there."""
    places = len(text) + 1
    signs = _signs(f"\0{text}{BEGINNING * chr(0)}")
    twos = (signs[:-1] << _SIGN_SHIFT) | signs[1:]
    borders = np.flatnonzero(_BORDERS[twos[:places]])
    codes = signs.take(borders[:, None] + _NEXT) @ _PACKING
    known = _word_list()
    kinds = known.kinds.take(known.beginnings.places(codes.ravel()), mode="clip")
    return borders.tolist(), kinds.reshape(codes.shape).sum(axis=1).tolist()


def _ways(text: str) -> list[int]:
    """For each border where the cheapest way's last piece begins, inverted if that piece is unknown.

    Thai signs without a space between them are cut into the fewest known words. A cluster is taken as unknown only
    where no word leads on. `cost` holds the cheapest way to each border and is below every price elsewhere, so that no
    word ends inside a cluster or behind the text.
    """
    known = _word_list()
    words, lengths = known.words, known.lengths
    borders, kinds = _look_up(text)
    cost = [-1] * (len(text) + LONGEST_WORD + 1)
    for border in borders:
        cost[border] = (UNKNOWN + 1) * len(text)
    came = [0] * (len(text) + 1)
    at = 0
    for part in _PARTS.finditer(text):
        start, stop = part.span()
        if part.lastindex is None:
            came[stop] = start
            continue
        cost[start] = 0
        furthest = start
        while start < stop:
            here = cost[start] + 1
            for length in lengths[kinds[at]]:
                end = start + length
                if here < cost[end] and (length <= BEGINNING or text[start:end] in words):
                    cost[end] = here
                    came[end] = start
                    if end > furthest:  # noqa: PLR1730 - a call would be dearer than all the rest
                        furthest = end
            at += 1
            if furthest <= start:
                furthest = borders[at]
                cost[furthest] = here + UNKNOWN
                came[furthest] = ~start
            start = borders[at]
        at += 1
    return came


def _walk_back(text: str, came: list[int]) -> list[str]:
    """The pieces on the cheapest way through a text; neighbouring unknown clusters stay together."""
    pieces: list[str] = []
    end = len(text)
    while end:
        start = came[end]
        if start < 0:
            start = ~start
            while start and came[start] < 0:
                start = ~came[start]
        pieces.append(text[start:end])
        end = start
    return pieces[::-1]
