"""The script of the guided conversation: the data file as typed values, and what typed words mean in it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from complaints.domain.thai_time import ARABIC_DIGITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from complaints.domain.channel import Choice

THAI = re.compile(r"[\u0e00-\u0e7f]")
LATIN = re.compile(r"[A-Za-z]")
LEAST_LATIN = 4
LEAST_PREFIX = 3
NUMBERED = re.compile(r"^(\d{1,2})\s*[.)]?$")
GO = "go"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: how its answer is read, what is offered, under what the answer is kept, and when it is taken."""

    name: str
    reads: str
    choices: tuple[str, ...] = ()
    keeps: str = ""
    only_if: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def applies(self, data: Mapping[str, Any]) -> bool:
        """Is it taken, the answers being what they are."""
        return all(data.get(key) in allowed for key, allowed in self.only_if.items())


@dataclass(frozen=True, slots=True)
class Script:
    """The whole script."""

    order: tuple[str, ...]
    steps: dict[str, Step]
    commands: dict[str, tuple[str, ...]]
    greetings: frozenset[str]
    particles: tuple[str, ...]
    banks: tuple[str, ...]

    def command(self, text: str) -> str:
        """The command that a whole message is, or the empty text."""
        bare = self.bare(text)
        return next((name for name, words in self.commands.items() if bare in words), "")

    def greets(self, text: str) -> bool:
        """Is the message nothing but a greeting."""
        bare = self.bare(text)
        return not bare or bare in self.greetings

    def bare(self, text: str) -> str:
        """A short message in small letters, without signs, smileys and polite particles around it."""
        kept = "".join(sign for sign in text.casefold() if unicodedata.category(sign)[0] in "LMNZ")
        words = " ".join(kept.split())
        shorter = ""
        while shorter != words:
            shorter = words
            for particle in self.particles:
                words = words.removesuffix(particle).strip()
        return words


@cache
def script() -> Script:
    """The script of the data file; raises `ValueError` when a step of the order is missing."""
    raw = yaml.safe_load(files("complaints.domain").joinpath("data", "talk.yaml").read_text("utf-8"))
    steps = {
        name: Step(
            name,
            entry["reads"],
            tuple(entry.get("choices", ())),
            entry.get("keeps", ""),
            {key: tuple(values) for key, values in entry.get("only_if", {}).items()},
        )
        for name, entry in raw["steps"].items()
    }
    missing = [name for name in raw["order"] if name not in steps]
    if missing:
        msg = f"talk.yaml: the order names {missing}, which are no steps"
        raise ValueError(msg)
    return Script(
        tuple(raw["order"]),
        steps,
        {name: tuple(words) for name, words in raw["commands"].items()},
        frozenset(raw["greetings"]),
        # The longest first: one may end in another.
        tuple(sorted(raw["particles"], key=len, reverse=True)),
        tuple(raw["banks"]),
    )


def written_in(text: str) -> str:
    """The language of somebody's first words, or the empty text when they do not tell."""
    if THAI.search(text):
        return "th"
    return "en" if len(LATIN.findall(text)) >= LEAST_LATIN else ""


def chosen(text: str, choices: Sequence[Choice], *, numbered: bool) -> str:
    """The value of the choice that was typed: its number in the list, its label, or the only one that begins so."""
    typed = " ".join(text.translate(ARABIC_DIGITS).casefold().split())
    by_number = NUMBERED.match(typed)
    if numbered and by_number and 0 < int(by_number[1]) <= len(choices):
        return choices[int(by_number[1]) - 1].value
    labels = {choice.value: " ".join(choice.label.casefold().split()) for choice in choices}
    for value, label in labels.items():
        if typed in {label, value.partition("=")[2].casefold()}:
            return value
    begun = [value for value, label in labels.items() if len(typed) >= LEAST_PREFIX and label.startswith(typed)]
    return begun[0] if len(begun) == 1 else ""
