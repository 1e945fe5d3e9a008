"""What two spellings of the same words have in common: the text that a search looks into, and its grams.

Folding starts from the classifier's own normalising and goes further: tone marks, silencers, spaces and punctuation are
left out, consonants that sound the same are one, and so are a short and a long vowel. So a forgotten or a wrong tone
mark, `081-234 5678`, `HAPPY shop` and a word inside a run of Thai are plain pieces of the folded text, and finding them
needs no cutting into words: a cutter makes ทางม้าลาย one word, in which nobody would find ม้าลาย.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from classifiers.text import Traced, cut, normalise, trace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GRAM = 3
# The longest story, and the longest message: nothing of them is left out.
LONGEST = 20_000
_SILENT = re.compile(r"(?:[^\w\u0e31\u0e34-\u0e39]|[_\u0e2f\u0e46\u0e47-\u0e4e\u0e3a])+")
_ALIKE = str.maketrans("ซศษณฬฎฏฐฌฆฅธฑฒภญใฃๅีืู", "สสสนลดตถชคคทททพยไขาิึุ")
# LINE is asked for every day, and stands inside the commonest word of all complaints: that one loses a vowel.
_ONLINE = re.compile("ออนไลน|online")
_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


def fold_traced(text: str) -> tuple[str, NDArray[np.int64]]:
    """The folded text, and for each of its signs (and its end) the place in the original."""
    normal, places = trace(text.translate(_WIDE), LONGEST)
    traced = Traced(normal)
    traced.replace(_SILENT, lambda _: "")
    traced.replace(_ONLINE, _without_line)
    return traced.text.translate(_ALIKE), places[traced.origin]


def _without_line(match: re.Match[str]) -> str:
    return match[0].replace("ไ", "").replace("i", "")


def fold(text: str) -> str:
    """The folded text alone."""
    return fold_traced(text)[0]


def pieces(folded: str) -> set[str]:
    """Every run of three signs."""
    return {folded[start : start + GRAM] for start in range(len(folded) - GRAM + 1)}


def short_word(folded: str) -> str:
    """The gram of a whole word that is shorter than a piece: `ยา` is looked for as a word, not inside ยาว."""
    return f"={folded}"


def beginning(folded: str) -> str:
    """The gram of a word that begins so: `กู้` when only กู้เงิน is there."""
    return f"<{folded}"


def grams(text: str) -> set[str]:
    """Everything by which a text can be found: its pieces and its short words."""
    found = pieces(fold(text))
    for word in cut(normalise(text)):
        short = _SILENT.sub("", word).translate(_ALIKE)
        if 0 < len(short) < GRAM:
            found.add(short_word(short))
        elif short:
            found |= {beginning(short[: GRAM - 1]), beginning(short[: GRAM - 2])}
    return found


def is_short(gram: str) -> bool:
    """Is the gram a short word, or the beginning of one."""
    return gram.startswith(("=", "<"))
