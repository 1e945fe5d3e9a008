"""From a normalised text to weighted features: words, pairs of words and pieces of words.

All terms but words are numbers from the start: a piece is its signs, eight bits each; a pair is its two words' numbers.
So a text's hundreds of pieces and pairs are found in a few array operations. Those of one kind are numbered by how
common they are: what a usual text touches lies close together in memory.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from classifiers.codes import Codes
from classifiers.text import LIMIT, cut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

SHORTEST, LONGEST = 3, 5
LEAST_ROWS_WORD, LEAST_ROWS_PIECE = 2, 3
PIECE_WEIGHT = 1.4
_WORD_BITS = 20
_UNKNOWN = (1 << _WORD_BITS) - 1
_PAIR = 1 << 2 * _WORD_BITS
_SIGN_BITS = 8
_SIGN_SHIFT = np.uint64(_SIGN_BITS)
_SIGN_MASK = np.uint64((1 << _SIGN_BITS) - 1)
_SPACE = ord(" ")
_THAI, _THAI_END, _ASCII_END, _PLANE = 0x0E00, 0x0E80, 0x80, 0x10000
_OTHER = 31


def _eight_bits() -> NDArray[np.uint64]:
    """A number of eight bits for every sign: Thai and ASCII keep their own, the rest shares the control signs'."""
    signs = np.arange(_PLANE, dtype=np.uint64) % _OTHER + 1
    signs[:_ASCII_END] = np.arange(_ASCII_END)
    signs[_THAI:_THAI_END] = np.arange(_ASCII_END, _ASCII_END + _THAI_END - _THAI)
    return signs


def _shares() -> NDArray[np.float32]:
    """What one of so many occurrences of a term counts: together one and the logarithm of their number."""
    number = np.arange(LIMIT + 1).clip(min=1)
    shares: NDArray[np.float32] = ((1 + np.log(number)) / number).astype(np.float32)
    return shares


_SIGNS = _eight_bits()
_SHARES = _shares()


@dataclass(frozen=True, slots=True)
class Vector:
    """A text as numbers: the feature of each occurrence of a term, its value, and where it stands.

    The values of a feature's occurrences add up to the feature's. `words`: the starts and ends of the text's words.
    """

    features: NDArray[np.int64]
    values: NDArray[np.float32]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    words: tuple[NDArray[np.intp], NDArray[np.intp]]


def word_spans(text: str) -> tuple[list[str], NDArray[np.intp], NDArray[np.intp]]:
    """The words with their starts and ends; spaces are no words."""
    pieces = cut(text)
    ends = np.cumsum(np.fromiter(map(len, pieces), np.intp, len(pieces)))
    words = [piece for piece in pieces if not piece.isspace()]
    sizes = np.fromiter(map(len, words), np.intp, len(words))
    if len(words) < len(pieces):
        ends = ends[np.fromiter(map(str.isspace, pieces), np.bool_, len(pieces)) ^ True]
    return words, ends - sizes, ends


def piece_codes(text: str) -> list[NDArray[np.uint64]]:
    """The pieces of each length from `SHORTEST` on; the text's two ends count as spaces."""
    points = np.frombuffer(f" {text} ".encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    signs = _SIGNS.take(points, mode="clip")
    codes = [signs]
    for length in range(2, LONGEST + 1):
        codes.append((codes[-1][:-1] << _SIGN_SHIFT) | signs[length - 1 :])
    return codes[SHORTEST - 1 :]


def _inside(codes: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """Those of the pieces of a length that hold no space but at their ends."""
    inner = [(codes >> np.uint64(_SIGN_BITS * at)) & _SIGN_MASK != _SPACE for at in range(1, length - 1)]
    return codes[np.logical_and.reduce(inner)]


def pair_codes(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A number for each word and its neighbour."""
    return (words[:-1] << np.uint64(_WORD_BITS)) | words[1:] | np.uint64(_PAIR)


def _common(codes: Iterable[NDArray[np.uint64]], least: int) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """The codes that stand in so many rows, the commonest first, and in how many they do."""
    found, rows = np.unique(np.concatenate([np.unique(row) for row in codes]), return_counts=True)
    kept = np.flatnonzero(rows >= least)
    order = kept[np.argsort(-rows[kept], kind="stable")]
    return found[order], rows[order]


def _borders(
    size: int, words: tuple[NDArray[np.intp], NDArray[np.intp]], pieces: list[NDArray[np.uint64]]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where in a text of this size the words, the pairs and the pieces stand, without the spaces thought around it."""
    starts, ends = words
    signs = np.arange(-1, size + 2)
    signs[0], signs[-1] = 0, size
    return (
        np.concatenate((starts, starts[:-1], *(signs[: len(codes)] for codes in pieces))),
        np.concatenate((ends, ends[1:], *(signs[len(signs) - len(codes) :] for codes in pieces))),
    )


class Vocabulary:
    """The known terms, one running number over all kinds, and how rare each is."""

    def __init__(self, words: list[str], codes: NDArray[np.uint64], rarity: NDArray[np.float32]) -> None:
        """Number the terms: words, then the codes of pairs and pieces.

        Raises:
            ValueError: there are more of them than numbers.
        """
        if len(rarity) >= _UNKNOWN:
            raise ValueError(len(rarity))
        self.words = words
        self.codes = codes
        self.rarity = rarity
        self._numbers = {word: number for number, word in enumerate(words)}
        self._places = Codes(codes, len(words))

    def __len__(self) -> int:
        """How many features there are."""
        return len(self.rarity)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """The terms that stand in enough of the normalised texts."""
        named, pieced = [], []
        for text in texts:
            named.append(word_spans(text)[0])
            pieced.append(np.concatenate([_inside(codes, at) for at, codes in enumerate(piece_codes(text), SHORTEST)]))
        word_rows = Counter(word for names in named for word in set(names))
        common = [word for word, number in word_rows.items() if number >= LEAST_ROWS_WORD]
        words = sorted(common, key=lambda word: (-word_rows[word], word))
        numbers = {word: number for number, word in enumerate(words)}
        paired = []
        for names in named:
            row = np.array([numbers.get(word, _UNKNOWN) for word in names], dtype=np.uint64)
            paired.append(pair_codes(row)[(row[:-1] != _UNKNOWN) & (row[1:] != _UNKNOWN)])
        pairs, pair_rows = _common(paired, LEAST_ROWS_WORD)
        pieces, piece_rows = _common(pieced, LEAST_ROWS_PIECE)
        with_term = np.concatenate([np.array([word_rows[word] for word in words]), pair_rows, piece_rows])
        rarity = np.log((1 + len(named)) / (1 + with_term)) + 1
        return cls(words, np.concatenate([pairs, pieces]), rarity.astype(np.float32))

    def vector(self, text: str) -> Vector:
        """A normalised text as numbers: words with pairs, and pieces, each of a fixed length."""
        names, starts, ends = word_spans(text)
        words = np.array([self._numbers.get(name, _UNKNOWN) for name in names], dtype=np.int64)
        pairs, pieces = pair_codes(words.view(np.uint64)), piece_codes(text)
        places = np.concatenate((words, self._places.places(np.concatenate((pairs, *pieces)))))
        hits = np.flatnonzero(places < len(self))
        features = places[hits]
        values = self._values(features, int(np.searchsorted(hits, len(words) + len(pairs))))
        begins, stops = _borders(len(text), (starts, ends), pieces)
        return Vector(features, values, begins[hits], stops[hits], (starts, ends))

    def _values(self, features: NDArray[np.int64], named: int) -> NDArray[np.float32]:
        """What each occurrence weighs in this text; the first are words and pairs, so many."""
        # Whichever occurrence of a feature is written last stands for all of them: cheaper than sorting.
        last = np.empty(len(self), dtype=np.intp)
        last[features] = np.arange(len(features))
        same = last[features]
        counts = np.bincount(same, minlength=len(features))[same]
        values = self.rarity[features] * _SHARES[counts]
        whole = values * counts.astype(np.float32)
        for kind, weight in ((slice(named), 1.0), (slice(named, None), PIECE_WEIGHT)):
            length = sqrt(float(values[kind] @ whole[kind]))
            if length:
                values[kind] *= weight / length
        return values
