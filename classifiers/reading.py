"""One reading of a text for all extractors: signs folded one to one, and the way back to the original places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNSEEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
_UNSEEN_SIGN = re.compile(f"[{_UNSEEN}]")
# Two signs that look like one: the first becomes the letter they look like, the second is dropped.
_LOOKALIKE = re.compile("\u0e40\u0e40|\u0e4d\u0e32")
_FOLDS = {
    **{ord("๐") + digit: str(digit) for digit in range(10)},
    **{0xFF10 + digit: str(digit) for digit in range(10)},
    **{0xFF21 + letter: chr(ord("a") + letter) for letter in range(26)},
    **{0xFF41 + letter: chr(ord("a") + letter) for letter in range(26)},
    **{ord("A") + letter: chr(ord("a") + letter) for letter in range(26)},
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹣－ー"), "-"),
    **dict.fromkeys(map(ord, "\t\u00a0\u2002\u2003\u2009\u202f\u3000"), " "),
    **dict.fromkeys(map(ord, "‘’´`＇"), "'"),
    **dict.fromkeys(map(ord, "“”„″"), '"'),
    ord("＠"): "@",
    ord("．"): ".",
    ord("，"): ",",
    ord("："): ":",
    ord("／"): "/",
    ord("＋"): "+",
    ord("\r"): "\n",
}
_FOLDED = {chr(sign): fold for sign, fold in _FOLDS.items()}
_FOLDED_SIGN = re.compile(f"[{re.escape(''.join(_FOLDED))}]")
HIDDEN = "\x00"


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in a reading that was recognised; `kind` is the field of `Identifiers`, or "" for what is none."""

    kind: str
    start: int
    end: int
    value: object


@dataclass(frozen=True, slots=True)
class Reading:
    """`clean`: as written, without unseen signs. `folded`: the same length, easier to match. `places`: way back."""

    clean: str
    folded: str
    places: list[int] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original text that a stretch of this reading stands for."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def _without(places: list[int], gone: list[int]) -> list[int]:
    kept: list[int] = []
    last = 0
    for place in gone:
        kept.extend(places[last:place])
        last = place + 1
    kept.extend(places[last:])
    return kept


def read(text: str) -> Reading:
    """Read a text once for all extractors."""
    places: list[int] | None = None
    if unseen := [match.start() for match in _UNSEEN_SIGN.finditer(text)]:
        places = _without(list(range(len(text))), unseen)
        text = _UNSEEN_SIGN.sub("", text)
    if doubled := [match.start() + 1 for match in _LOOKALIKE.finditer(text)]:
        places = _without(places or list(range(len(text))), doubled)
        text = _LOOKALIKE.sub(lambda match: "\u0e41" if match[0][0] == "\u0e40" else "\u0e33", text)
    # Signs to fold are so rare that seeking them is many times quicker than `translate`.
    return Reading(text, _FOLDED_SIGN.sub(lambda match: _FOLDED[match[0]], text), places)


def hide(folded: str, hits: Iterable[Hit]) -> str:
    """The text with the given places blotted out, as long as before."""
    parts: list[str] = []
    last = 0
    for hit in sorted(hits, key=lambda found: found.start):
        if hit.end <= last:
            continue
        start = max(hit.start, last)
        parts.extend((folded[last:start], HIDDEN * (hit.end - start)))
        last = hit.end
    parts.append(folded[last:])
    return "".join(parts)
