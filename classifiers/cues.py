"""Cues: small patterns that say what a boundary rule of the taxonomy asks, such as "the seller answers" or "just now"."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import yaml


@cache
def load_cues() -> dict[str, re.Pattern[str]]:
    """The cues of the package by name; they read normalised text."""
    raw: dict[str, list[str]] = yaml.safe_load(files("classifiers").joinpath("data", "cues.yaml").read_text("utf-8"))
    return {name: re.compile("|".join(patterns)) for name, patterns in raw.items()}


def found(text: str) -> list[tuple[str, int, int]]:
    """The cues that a normalised text holds, each with its first place."""
    return [
        (name, match.start(), match.end())
        for name, pattern in load_cues().items()
        if (match := pattern.search(text))
    ]
