"""Cutting Thai into words: the fewest words of a word list, in a time that grows with the length and no faster.

The same idea as newmm of pythainlp, and its word list, without its trie: more than twice as quick, and no input is
worse than another, because a word is looked up by the few lengths that words with its first four, then six signs have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from pythainlp.corpus.common import thai_words

LONGEST_WORD = 24
BEGINNING, LONGER_BEGINNING = 4, 6
_SHORT = (2, 3)
UNKNOWN = 2
_PARTS = re.compile(
    r"([\u0e00-\u0e7f]+)|[a-z]+(?:['-][a-z]+)*|\d+(?:[.,:/-]\d+)*| +|[^\u0e00-\u0e7f a-z\d]+", re.IGNORECASE
)
_CLUSTER = re.compile(r"[เ-ไ]*[^เ-ไะ-\u0e3aๅ็-\u0e4e][ะ-\u0e3aๅ็-\u0e4e]*|[เ-ไะ-\u0e3aๅ็-\u0e4e]+")


@dataclass(frozen=True, slots=True)
class _WordList:
    """The words, and which lengths they have.

    `shorter`: for each beginning of four signs the lengths below six. `longer`: for each of six signs the others.
    """

    words: frozenset[str]
    shorter: dict[str, tuple[int, ...]]
    longer: dict[str, tuple[int, ...]]


@cache
def _word_list() -> _WordList:
    words = frozenset(word for word in thai_words() if 1 < len(word) <= LONGEST_WORD)
    shorter: dict[str, set[int]] = {}
    longer: dict[str, set[int]] = {}
    for word in words:
        if len(word) >= BEGINNING:
            sizes = shorter.setdefault(word[:BEGINNING], {size for size in _SHORT if word[:size] in words})
            if len(word) < LONGER_BEGINNING:
                sizes.add(len(word))
            else:
                longer.setdefault(word[:LONGER_BEGINNING], set()).add(len(word))
    return _WordList(
        words,
        {start: tuple(sorted(sizes)) for start, sizes in shorter.items()},
        {start: tuple(sorted(sizes)) for start, sizes in longer.items()},
    )


def cut(text: str) -> list[str]:
    """The pieces of a text, spaces among them: joined they are the text again."""
    pieces: list[str] = []
    for part in _PARTS.finditer(text):
        if part.group(1):
            pieces += _cut_thai(part.group(1))
        else:
            pieces.append(part.group())
    return pieces


def _cut_thai(run: str) -> list[str]:
    """Thai signs without a space between them, in the fewest known words; neighbouring unknown clusters stay together.

    `cost` holds the cheapest way to each border between clusters and is below every price elsewhere, so that no word
    ends inside a cluster or behind the run. `came` holds where that way's last piece begins, inverted if it is unknown.
    A cluster is taken as unknown only where no word leads on.
    """
    known = _word_list()
    words, shorter, longer = known.words, known.shorter, known.longer
    size = len(run)
    borders = list(accumulate(map(len, _CLUSTER.findall(run))))
    unreached = (UNKNOWN + 1) * size + 1
    cost = [-1] * (size + LONGEST_WORD + 1)
    for border in borders:
        cost[border] = unreached
    came = [0] * (size + 1)
    cost[0] = start = furthest = 0
    for border in borders:
        here = cost[start] + 1
        if here <= unreached:
            sizes = shorter.get(run[start : start + BEGINNING])
            if sizes is None:
                sizes = _SHORT
            else:
                sizes += longer.get(run[start : start + LONGER_BEGINNING], ())
            for length in sizes:
                end = start + length
                if here < cost[end] and run[start:end] in words:
                    cost[end] = here
                    came[end] = start
                    if end > furthest:  # noqa: PLR1730 - a call would be dearer than all the rest
                        furthest = end
            if furthest <= start:
                cost[border] = here + UNKNOWN
                came[border] = ~start
                furthest = border
        start = border
    return _walk_back(run, came)


def _walk_back(run: str, came: list[int]) -> list[str]:
    """The pieces on the cheapest way through a run."""
    pieces: list[str] = []
    end = len(run)
    while end:
        start = came[end]
        if start < 0:
            start = ~start
            while start and came[start] < 0:
                start = ~came[start]
        pieces.append(run[start:end])
        end = start
    return pieces[::-1]
