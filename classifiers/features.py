"""From a normalised text to weighted features: words, pairs of words and pieces of words.

All terms but words are numbers from the start: a piece is its signs, eight bits each; a pair is its two words' numbers.
So a text's hundreds of pieces are found in a few array operations.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from classifiers.codes import Codes
from classifiers.text import cut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

SHORTEST, LONGEST = 3, 5
LEAST_ROWS_WORD, LEAST_ROWS_PIECE = 2, 3
PIECE_WEIGHT = 1.4
_PAIR_SHIFT = 32
_UNKNOWN = -1
_SIGN_SHIFT = np.uint64(8)
_SPACE = ord(" ")
_THAI, _THAI_END, _ASCII_END, _PLANE = 0x0E00, 0x0E80, 0x80, 0x10000
_OTHER = 31


def _eight_bits() -> NDArray[np.uint8]:
    """A number of eight bits for every sign: Thai and ASCII keep their own, the rest shares the control signs'."""
    signs = np.arange(_PLANE) % _OTHER + 1
    signs[:_ASCII_END] = np.arange(_ASCII_END)
    signs[_THAI:_THAI_END] = np.arange(_ASCII_END, _ASCII_END + _THAI_END - _THAI)
    return signs.astype(np.uint8)


_SIGNS = _eight_bits()


@dataclass(frozen=True, slots=True)
class Vector:
    """A text as numbers: the distinct features with their values, and where in the text each occurrence stands.

    `occurrences` counts into `features`; `words` are the borders of the text's words.
    """

    features: NDArray[np.intp]
    values: NDArray[np.float32]
    counts: NDArray[np.intp]
    occurrences: NDArray[np.intp]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    words: NDArray[np.intp]


def word_spans(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """The words with their borders; spaces are no words."""
    pieces = cut(text)
    borders = list(pairwise(accumulate(map(len, pieces), initial=0)))
    kept = [at for at, piece in enumerate(pieces) if not piece.isspace()]
    return [pieces[at] for at in kept], [borders[at] for at in kept]


def piece_codes(text: str) -> tuple[NDArray[np.uint64], NDArray[np.intp], NDArray[np.intp]]:
    """The pieces inside each run without spaces, whose two ends count as signs; with their starts and ends."""
    points = np.frombuffer(f" {text} ".encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    signs = _SIGNS[np.minimum(points, _SIGNS.size - 1)].astype(np.uint64)
    spaces = np.concatenate(([0], np.cumsum(points == _SPACE)))
    codes, starts, ends = [], [], []
    code = signs
    for length in range(2, min(LONGEST, len(signs)) + 1):
        code = (code[:-1] << _SIGN_SHIFT) | signs[length - 1 :]
        if length < SHORTEST:
            continue
        number = len(code)
        inside = np.flatnonzero(spaces[length - 1 : length - 1 + number] == spaces[1 : 1 + number])
        codes.append(code[inside])
        starts.append(inside - 1)
        ends.append(inside - 1 + length)
    if not codes:
        return np.zeros(0, np.uint64), np.zeros(0, np.intp), np.zeros(0, np.intp)
    return np.concatenate(codes), np.concatenate(starts), np.concatenate(ends)


def pair_codes(words: list[int]) -> list[int]:
    """A number for each word and its neighbour; below nought where one of the two is unknown."""
    return [first << _PAIR_SHIFT | second if first >= 0 <= second else _UNKNOWN for first, second in pairwise(words)]


def _distinct(each: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """The distinct numbers in order, which of them each is, and how often each occurs."""
    order = np.argsort(each)
    ordered = each[order]
    first = np.ones(len(each), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    begins = np.flatnonzero(first)
    occurrences = np.empty(len(each), dtype=np.intp)
    occurrences[order] = np.cumsum(first) - 1
    return ordered[begins], occurrences, np.concatenate((begins[1:], [len(each)])) - begins


class Vocabulary:
    """The known terms, one running number over all kinds, and how rare each is."""

    def __init__(
        self, words: list[str], pairs: NDArray[np.uint64], pieces: NDArray[np.uint64], rarity: NDArray[np.float32]
    ) -> None:
        """Number the terms: words, pairs, pieces."""
        self.words = words
        self.pairs = dict(zip(pairs.tolist(), range(len(words), len(words) + len(pairs)), strict=True))
        self.pieces = Codes(pieces)
        self.rarity = rarity
        self._numbers = {word: number for number, word in enumerate(words)}
        self._first_piece = len(words) + len(pairs)

    def __len__(self) -> int:
        """How many features there are."""
        return len(self.rarity)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """The terms that stand in enough of the normalised texts."""
        cut_texts = []
        piece_rows: Counter[int] = Counter()
        for text in texts:
            cut_texts.append(word_spans(text)[0])
            piece_rows.update(np.unique(piece_codes(text)[0]).tolist())
        word_rows = Counter(word for words in cut_texts for word in set(words))
        words = sorted(word for word, number in word_rows.items() if number >= LEAST_ROWS_WORD)
        numbers = {word: number for number, word in enumerate(words)}
        pair_rows: Counter[int] = Counter()
        for cut_text in cut_texts:
            pair_rows.update(set(pair_codes([numbers.get(word, _UNKNOWN) for word in cut_text])))
        del pair_rows[_UNKNOWN]
        pairs = sorted(code for code, number in pair_rows.items() if number >= LEAST_ROWS_WORD)
        pieces = sorted(code for code, number in piece_rows.items() if number >= LEAST_ROWS_PIECE)
        with_term = [*(word_rows[word] for word in words), *(pair_rows[code] for code in pairs)]
        with_term += [piece_rows[code] for code in pieces]
        rarity = np.log((1 + len(cut_texts)) / (1 + np.array(with_term))) + 1
        return cls(
            words,
            np.array(pairs, dtype=np.uint64),
            np.array(pieces, dtype=np.uint64),
            rarity.astype(np.float32),
        )

    def vector(self, text: str) -> Vector:
        """A normalised text as numbers: words with pairs, and pieces, each of a fixed length."""
        names, borders = word_spans(text)
        edges = np.array(borders, dtype=np.intp).reshape(-1, 2)
        words = [self._numbers.get(name, _UNKNOWN) for name in names]
        known = [at for at, word in enumerate(words) if word >= 0]
        pairs = [self.pairs.get(code, _UNKNOWN) for code in pair_codes(words)]
        first = [at for at, pair in enumerate(pairs) if pair >= 0]
        codes, starts, ends = piece_codes(text)
        hits, pieces = self.pieces.find(codes)
        named = [*(words[at] for at in known), *(pairs[at] for at in first)]
        each = np.concatenate([np.array(named, dtype=np.intp), pieces + self._first_piece])
        features, occurrences, counts = _distinct(each)
        return Vector(
            features,
            self._values(features, counts),
            counts,
            occurrences,
            np.concatenate([edges[[*known, *first], 0], starts[hits]]),
            np.concatenate([edges[[*known, *(at + 1 for at in first)], 1], ends[hits]]),
            edges,
        )

    def _values(self, features: NDArray[np.intp], counts: NDArray[np.intp]) -> NDArray[np.float32]:
        """What each feature weighs in this text."""
        values = self.rarity[features] * (1 + np.log(counts)).astype(np.float32)
        border = int(np.searchsorted(features, self._first_piece))
        for part, weight in ((values[:border], 1.0), (values[border:], PIECE_WEIGHT)):
            length = float(np.sqrt((part * part).sum()))
            if length:
                part *= weight / length  # noqa: PLW2901 - the part is a view: this weighs the values themselves
        return values
