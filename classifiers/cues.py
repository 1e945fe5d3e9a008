"""Cues of urgency, such as "just now" near "transferred", found in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby, pairwise
from operator import itemgetter

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
    """The cues of the package; they read normalised text.

    `any_string` finds the longest string at each place. `begun`: which strings of which cues that one begins with.
    """

    strings: tuple[str, ...]
    any_string: re.Pattern[str]
    begun: dict[str, tuple[tuple[str, int], ...]]
    patterns: dict[str, re.Pattern[str]]
    near: tuple[Near, ...]


@cache
def load_cues() -> Cues:
    """Read the cues that stand in the package."""
    raw = yaml.safe_load(files("classifiers").joinpath("data", "cues.yaml").read_text("utf-8"))
    strings = {name: dict.fromkeys(map(str, strings)) for name, strings in raw["strings"].items()}
    cues_of: dict[str, list[str]] = {}
    for name, known in strings.items():
        for string in known:
            cues_of.setdefault(string, []).append(name)
    begun = {
        string: tuple((name, size) for size in range(1, len(string) + 1) for name in cues_of.get(string[:size], ()))
        for string in cues_of
    }
    return Cues(
        tuple(strings),
        re.compile(f"(?=({_branches(sorted(cues_of))}))"),
        begun,
        {name: re.compile(pattern) for name, pattern in raw["patterns"].items()},
        tuple(Near(name, entry["cues"][0], entry["cues"][1], entry["within"]) for name, entry in raw["near"].items()),
    )


def _branches(strings: list[str]) -> str:
    """A pattern of the longest of these sorted strings, branching sign by sign: most places fail at the first."""
    ends = strings[0] == ""
    branches = [
        re.escape(sign) + _branches([string[1:] for string in group])
        for sign, group in groupby(strings[ends:], itemgetter(0))
    ]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)}){'?' if ends else ''}"


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
    for match in cues.any_string.finditer(text):
        start = match.start()
        for name, size in cues.begun[match[1]]:
            places.setdefault(name, []).append((start, start + size))
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
