"""Words fitted to what a channel can show: choices that are too long for a button stand numbered in the words."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from complaints.domain.channel import Choice

if TYPE_CHECKING:
    from complaints.domain.channel import Outbound


def fitted(words: Outbound, taps: int) -> Outbound:
    """The same words for a channel whose quick replies hold `taps` letters; 0: it has none."""
    if not words.choices:
        return words
    listed = taps == 0 or any(len(choice.label) > taps for choice in words.choices)
    if not listed:
        return words
    names = [f"{number}. {choice.label}" for number, choice in enumerate(words.choices, 1)]
    parts = (*words.parts[:-1], "\n".join([*words.parts[-1:], *names]))
    choices = tuple(
        Choice(choice.value, clipped(name, taps)) for choice, name in zip(words.choices, names, strict=True) if taps
    )
    return replace(words, parts=parts, body="\n\n".join(parts), choices=choices)


def clipped(text: str, limit: int) -> str:
    """At most `limit` letters, never cut between a letter and the vowel or tone above it."""
    if len(text) <= limit:
        return text
    end = limit - 1
    while end > 1 and unicodedata.category(text[end]) in {"Mn", "Mc", "Me"}:
        end -= 1
    return text[:end].rstrip() + "…"


def pieces(text: str, limit: int) -> list[str]:
    """A text cut into messages of at most `limit` UTF-16 units, at empty lines, lines or words where there are any."""
    found = []
    rest = text
    while units(rest) > limit:
        end = _fitting(rest, limit)
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := rest.rfind(mark, end // 2, end)) > 0), end)
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*found, rest] if rest else found


def units(text: str) -> int:
    """How long a text is as other systems count: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def _fitting(text: str, limit: int) -> int:
    """How many letters from the beginning are no longer than `limit` units."""
    end = min(limit, len(text))
    while units(text[:end]) > limit:
        end -= max(1, (units(text[:end]) - limit) // 2)
    return end
