"""Signs in a text that somebody is in danger or that a child is harmed: found by cues, shown as the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from classifiers.text import trace

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("threat", "child")
_BETWEEN = re.compile(r"\s+\|\s+")


@dataclass(frozen=True, slots=True)
class Sign:
    """One place in the original text that shows a sign."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Cues:
    unless: re.Pattern[str]
    said: re.Pattern[str]
    together: tuple[tuple[re.Pattern[str], re.Pattern[str], int], ...]


def signs(text: str) -> list[Sign]:
    """The signs of a text, each with the places that show it, in their order."""
    normalised, origin = trace(text)
    found = []
    for kind, cues in _load().items():
        places = _joined(sorted(_places(normalised, cues)))
        found += [Sign(kind, int(origin[start]), int(origin[end - 1]) + 1) for start, end in places]
    return found


def _joined(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places that overlap are one."""
    found: list[tuple[int, int]] = []
    for start, end in places:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _places(text: str, cues: _Cues) -> Iterator[tuple[int, int]]:
    denied = [match.span() for match in cues.unless.finditer(text)]

    def said(pattern: re.Pattern[str]) -> list[tuple[int, int]]:
        spans = (match.span() for match in pattern.finditer(text))
        return [(start, end) for start, end in spans if not any(a <= start and end <= b for a, b in denied)]

    yield from said(cues.said)
    for one, other, within in cues.together:
        others = said(other)
        for place in said(one) if others else ():
            near = min(others, key=lambda span: abs(span[0] - place[0]))
            if abs(near[0] - place[0]) <= within:
                yield from (place, near)


@cache
def _load() -> dict[str, _Cues]:
    raw = yaml.safe_load(files("classifiers").joinpath("data", "signs.yaml").read_text("utf-8"))
    return {kind: _cues(raw[kind]) for kind in KINDS}


def _cues(raw: dict[str, Any]) -> _Cues:
    together = tuple((_any_of(pair["one"]), _any_of(pair["other"]), pair["within"]) for pair in raw["together"])
    return _Cues(_any_of(raw["unless"]), _any_of(raw["said"]), together)


def _any_of(patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in _BETWEEN.split(patterns.strip())))
