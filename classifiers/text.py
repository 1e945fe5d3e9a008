"""Normalising and cutting Thai text: one cutter for training, predicting and search."""

from __future__ import annotations

import re

from pythainlp.tokenize import newmm

LIMIT = 5000
_ZERO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_REPEATS = re.compile(r"([^\d\s])\1{2,}")
_SPACES = re.compile(r"\s+")
_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def normalise(text: str) -> str:
    """Lower case, Arabic digits, no zero-width marks, runs of equal signs collapsed; at most 5,000 signs."""
    short = (
        _ZERO_WIDTH.sub("", text[: LIMIT * 4])
        .translate(_DIGITS)
        .lower()
        .replace("\u0e40\u0e40", "\u0e41")
        .replace("\u0e4d\u0e32", "\u0e33")
    )
    return _SPACES.sub(" ", _REPEATS.sub(r"\1", short)).strip()[:LIMIT]


def words(text: str) -> list[str]:
    """The words of a normalised text, spaces left out."""
    return [word for word in newmm.segment(text) if not word.isspace()]
