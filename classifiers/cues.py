"""Cues of urgency, such as "just now" near "transferred", found in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import yaml

from classifiers import dates

Place = tuple[int, int]
Span = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Near:
    """Two cues whose beginnings stand close to each other."""

    name: str
    one: str
    other: str
    within: int


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues of the package; they read normalised text."""

    strings: dict[str, tuple[str, ...]]
    patterns: dict[str, re.Pattern[str]]
    near: tuple[Near, ...]


@cache
def load_cues() -> Cues:
    """Read the cues that stand in the package."""
    raw = yaml.safe_load(files("classifiers").joinpath("data", "cues.yaml").read_text("utf-8"))
    return Cues(
        {name: tuple(dict.fromkeys(map(str, strings))) for name, strings in raw["strings"].items()},
        {name: re.compile(pattern) for name, pattern in raw["patterns"].items()},
        tuple(Near(name, entry["cues"][0], entry["cues"][1], entry["within"]) for name, entry in raw["near"].items()),
    )


@cache
def cue_places() -> dict[str, int]:
    """Every cue's number, in the order of the file."""
    cues = load_cues()
    names = [*cues.strings, *cues.patterns, *dates.NAMES, *(near.name for near in cues.near)]
    return {name: number for number, name in enumerate(names)}


def found(text: str) -> list[Span]:
    """The cues that a normalised text holds, each place of each; of two near each other both places."""
    cues = load_cues()
    places: dict[str, list[Place]] = {}
    for name, strings in cues.strings.items():
        for string in strings:
            start = text.find(string)
            while start >= 0:
                places.setdefault(name, []).append((start, start + len(string)))
                start = text.find(string, start + len(string))
    for name, pattern in cues.patterns.items():
        if matches := [match.span() for match in pattern.finditer(text)]:
            places[name] = matches
    for name, start, end in dates.found(text):
        places[name] = [(start, end)]
    spans = [(name, start, end) for name, where in places.items() for start, end in where]
    for near in cues.near:
        pair = _closest(places.get(near.one, []), places.get(near.other, []))
        if pair and abs(pair[0][0] - pair[1][0]) <= near.within:
            spans += [(near.name, start, end) for start, end in pair]
    return spans


def _closest(left: list[Place], right: list[Place]) -> tuple[Place, Place] | None:
    """The pair of places, one of each side, whose beginnings are nearest to each other."""
    if not left or not right:
        return None
    merged = sorted([(place, 0) for place in left] + [(place, 1) for place in right])
    pairs = [(one, other) for (one, side), (other, opposite) in pairwise(merged) if side != opposite]
    return min(pairs, key=lambda pair: pair[1][0] - pair[0][0])
