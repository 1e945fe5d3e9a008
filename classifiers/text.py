"""Normalising and cutting Thai text: one cutter for training, predicting and search."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from classifiers.cutter import cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["LIMIT", "Traced", "cut", "normalise", "trace", "words"]

LIMIT = 5000
_ZERO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]+")
_COMPOSED = re.compile("\u0e40\u0e40|\u0e4d\u0e32")
# Written so that most signs pass at the first look: any three alike, then what they may be; a space, then which.
_REPEATS = re.compile(r"(.)\1\1(?<![\d\s])\1*")
_SPACES = re.compile(r"\s(?:\s+|(?<! ))")
_THAI_DIGIT = re.compile("[๐-๙]")
_WHOLE = {"\u0e40\u0e40": "\u0e41", "\u0e4d\u0e32": "\u0e33"}


def _lower(text: str) -> str:
    """Lower case, sign for sign: the few letters that would grow stay as they are."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(small if len(small := sign.lower()) == 1 else sign for sign in text)


class Traced:
    """A text that shrinks while it remembers where each of its signs stood."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.origin: NDArray[np.int64] = np.arange(len(text) + 1)

    def replace(self, pattern: re.Pattern[str], put: Callable[[re.Match[str]], str]) -> None:
        """Replace every match by something no longer than it."""
        matches = list(pattern.finditer(self.text))
        if not matches:
            return
        kept = np.ones(len(self.origin), dtype=bool)
        parts: list[str] = []
        done = 0
        for match in matches:
            new = put(match)
            parts += (self.text[done : match.start()], new)
            kept[match.start() + len(new) : match.end()] = False
            done = match.end()
        self.text = "".join((*parts, self.text[done:]))
        self.origin = self.origin[kept]

    def cut(self, start: int, end: int) -> None:
        """Keep the signs from `start` to `end`."""
        self.text = self.text[start:end]
        self.origin = self.origin[start : end + 1]


def trace(text: str, limit: int = LIMIT) -> tuple[str, NDArray[np.int64]]:
    """The normalised text, at most `limit` signs, and for each sign (and the end) its place in the original."""
    traced = Traced(_lower(_THAI_DIGIT.sub(lambda digit: str(int(digit[0])), text[: limit * 4])))
    traced.replace(_ZERO_WIDTH, lambda _: "")
    traced.replace(_COMPOSED, lambda match: _WHOLE[match.group()])
    traced.replace(_REPEATS, lambda match: match.group(1))
    traced.replace(_SPACES, lambda _: " ")
    start = len(traced.text) - len(traced.text.lstrip())
    traced.cut(start, max(start, min(len(traced.text.rstrip()), start + limit)))
    return traced.text, traced.origin


def normalise(text: str) -> str:
    """Lower case, Arabic digits, no zero-width marks, runs of equal signs collapsed; at most 5,000 signs."""
    return trace(text)[0]


def words(text: str) -> list[str]:
    """The words of a normalised text, spaces left out."""
    return [word for word in cut(text) if not word.isspace()]
