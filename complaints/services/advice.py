"""The public's way to the playbooks: by words that may stand anywhere in a run of Thai, however they are spelled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from classifiers.folding import GRAM, fold, grams, short_word
from classifiers.text import cut, normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 200
_fold = lru_cache(maxsize=4096)(fold)
_grams = lru_cache(maxsize=4096)(grams)


@dataclass(frozen=True, slots=True)
class Told:
    """A topic as somebody looks for it: what it is called and each of its lines, in Thai and in English."""

    code: str
    title: tuple[str, str]
    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Found:
    """A topic that fits, with the line in which the words stand; none where its name is enough."""

    topic: Told
    line: tuple[str, str] | None


def find(topics: Sequence[Told], asked: str) -> tuple[list[Found], bool]:
    """The topics that fit, best first, and whether they hold all that is asked for.

    Those that hold it as it stands, in their name before others; else those with most of its words, and at least half.
    """
    whole = fold(asked)
    if not whole:
        return [], True
    words = {word for word in map(_fold, cut(normalise(asked))) if word}
    ranked = [(_rank(topic, whole), _words_in(topic, words), topic) for topic in topics]
    fitting = sorted((row for row in ranked if any(row[0])), key=lambda row: row[0], reverse=True)
    most = len(words)
    if not fitting:
        most = max((row[1] for row in ranked), default=0)
        fitting = [row for row in ranked if row[1] == most and 2 * most >= len(words)]
    return [Found(topic, _line(topic, whole, words)) for _, _, topic in fitting], most == len(words)


def _rank(topic: Told, whole: str) -> tuple[bool, int]:
    """Is the topic called so, and how many of its lines hold what is asked for as it stands."""
    return _holds(topic.title, whole), sum(_holds(pair, whole) for pair in topic.lines)


def _words_in(topic: Told, words: set[str]) -> int:
    return sum(any(_holds(pair, word) for pair in (topic.title, *topic.lines)) for word in words)


def _holds(pair: tuple[str, str], word: str) -> bool:
    """Do the words stand anywhere in a line; of so short a word that it stands everywhere, as a word of its own."""
    if len(word) < GRAM:
        return any(short_word(word) in _grams(line) for line in pair)
    return any(word in _fold(line) for line in pair)


def _line(topic: Told, whole: str, words: set[str]) -> tuple[str, str] | None:
    """The line that holds most of what is asked for; none where it is the name."""
    best = max((topic.title, *topic.lines), key=lambda pair: (_holds(pair, whole), sum(_holds(pair, w) for w in words)))
    return None if best is topic.title else best
