"""One reading of a text for all extractors: signs folded one to one, and the way back to the original places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNSEEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
# Two signs that look like one: the second is dropped, the first turned into the letter it looks like.
_DROPPED = re.compile(f"[{_UNSEEN}]|(?<=\u0e40)[{_UNSEEN}]*\u0e40|\u0e4d[{_UNSEEN}]*(?=\u0e32)")
_DOUBLE_E = re.compile(f"\u0e40(?=[{_UNSEEN}]*\u0e40)")
_NIKHAHIT_A = re.compile(f"\u0e4d([{_UNSEEN}]*)\u0e32")
_FOLDS = {
    **{ord("๐") + digit: str(digit) for digit in range(10)},
    **{0xFF10 + digit: str(digit) for digit in range(10)},
    **{0xFF21 + letter: chr(ord("a") + letter) for letter in range(26)},
    **{0xFF41 + letter: chr(ord("a") + letter) for letter in range(26)},
    **{ord("A") + letter: chr(ord("a") + letter) for letter in range(26)},
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹣－ー_"), "-"),
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


def _kept(text: str) -> list[int]:
    places: list[int] = []
    last = 0
    for match in _DROPPED.finditer(text):
        places.extend(range(last, match.start()))
        last = match.end()
    places.extend(range(last, len(text)))
    return places


def read(text: str) -> Reading:
    """Read a text once for all extractors."""
    if not _DROPPED.search(text):
        return Reading(text, text.translate(_FOLDS), None)
    joined = _NIKHAHIT_A.sub("\u0e4d\\1\u0e33", _DOUBLE_E.sub("\u0e41", text))
    joined = joined if len(joined) == len(text) else text
    places = _kept(text)
    clean = "".join(joined[place] for place in places)
    return Reading(clean, clean.translate(_FOLDS), places)


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
