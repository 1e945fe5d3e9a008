"""Where people's names stand in a text, and other names to stand there instead."""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from pythainlp.corpus.common import thai_family_names, thai_female_names, thai_male_names, thai_words

from classifiers.cutter import cut

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator

FIRST_NAMES = ("สมหญิง", "สมศักดิ์", "มาลี", "วิชัย", "สุดา", "ประเสริฐ", "อรทัย", "มานพ")
FAMILY_NAMES = ("ใจงาม", "รักไทย", "ทองสุข", "ศรีสว่าง", "บุญมาก", "แสงทอง")
LATIN_NAMES = ("Malee", "Somsak", "Wichai", "Suda", "Prasert", "Manop", "Orathai")
_TITLES = frozenset(
    [
        "นาย",
        "นาง",
        "นางสาว",
        "น.ส.",
        "นส.",
        "ด.ช.",
        "ด.ญ.",
        "ดช.",
        "ดญ.",
        "เด็กชาย",
        "เด็กหญิง",
        "คุณ",
        "mr",
        "mrs",
        "ms",
        "miss",
    ]
)
_TITLE = re.compile(r"นางสาว|น\.?ส\.|นาย|นาง|ด\.?[ชญ]\.|เด็กชาย|เด็กหญิง|คุณ")
_LATIN_TITLE = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Miss|Khun|K)\b\.?|\b[Aa]ccount [Nn]ame:?|\b[Nn]amed|\bname is|ชื่อ(?:บัญชี)?:?)\s{1,2}"
    r"([A-Z][a-z]{1,20}(?:\s[A-Z][a-z]{1,24})?)"
)
# After คุณ these are no names: your mother, the doctor.
_RELATIVES = frozenset(
    ["แม่", "พ่อ", "หมอ", "ครู", "ตา", "ยาย", "ปู่", "ย่า", "ลุง", "ป้า", "น้า", "อา", "ลูก", "พี่", "น้อง", "ชาย", "ดี"]
)
_THAI = re.compile(r"[ก-๎]+")
_INSIDE = re.compile(r"[ะ-ฺ็-๎]")
_LONGEST, _SHORTEST = 24, 3
# A short name is also the beginning of longer words: it counts only where the cutter takes it for a word.
_ANYWHERE = 5
_AFTER_TITLE = 4


class Name(NamedTuple):
    """A place, and what shall stand there."""

    start: int
    end: int
    instead: str


@cache
def _lists() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """First names, family names, and all words."""
    return frozenset(thai_female_names() | thai_male_names()), frozenset(thai_family_names()), frozenset(thai_words())


@cache
def _only_names() -> frozenset[str]:
    """The first names that mean nothing else."""
    firsts, _, words = _lists()
    return frozenset(name for name in firsts - words if len(name) >= _ANYWHERE)


def parts(name: str) -> list[str]:
    """A full name in its parts, titles left out, too short ones too."""
    bare = _TITLE.sub(" ", name.lower())
    return [part for part in re.split(r"[\s.,()]+", bare) if part not in _TITLES and len(part) >= _SHORTEST]


def named(folded: str, clean: str, known: Iterable[str], source: random.Random) -> Iterator[Name]:
    """The names in a text: `folded` is searched, capital letters are seen in `clean`; both have the same places."""
    borders = {0, *accumulate(map(len, cut(folded)))}
    found = [*_known(folded, borders, known), *_titled(folded, borders), *_pairs(folded, borders)]
    found += _bare(folded, borders)
    for start, end in found:
        yield Name(start, end, _another(folded[start:end], source))
    for latin in _LATIN_TITLE.finditer(clean):
        yield Name(*latin.span(1), _another(latin[1], source))


def _another(name: str, source: random.Random) -> str:
    """Some other name, in the same letters and of the same sort."""
    firsts, families, _ = _lists()
    names = LATIN_NAMES if name.isascii() else FAMILY_NAMES if name in families - firsts else FIRST_NAMES
    return source.choice([one for one in names if one.lower() != name.lower()])


def _known(folded: str, borders: set[int], known: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where the parts of known names stand."""
    for part in sorted({part for name in known for part in parts(name)}, key=len, reverse=True):
        for found in re.finditer(re.escape(part), folded):
            if len(part) >= _ANYWHERE or borders.issuperset(found.span()):
                yield found.span()


def _titled(folded: str, borders: set[int]) -> Iterator[tuple[int, int]]:
    """The name after a title: one of the list, or a piece that is no word; with the family name behind it."""
    firsts, families, words = _lists()
    for title in _TITLE.finditer(folded):
        start = title.end() + folded[title.end() :].startswith(" ")
        end = _longest(folded, start, firsts)
        whole = title.end() in borders
        if not end or (not whole and end - start < _AFTER_TITLE):
            end = _unknown(folded, start, borders, words) if whole else None
        if title.start() not in borders or not end or folded[start:end] in _RELATIVES:
            continue
        if folded[title.start() : end] in words:
            continue
        yield start, end
        if folded[end:].startswith(" "):
            after = end + 1 + folded[end + 1 :].startswith(" ")
            last = (
                _longest(folded, after, families) or _family(folded, after) or _unknown(folded, after, borders, words)
            )
            if last and (last in borders or not _THAI.match(folded, last)):
                yield after, last


def _pairs(folded: str, borders: set[int]) -> Iterator[tuple[int, int]]:
    """A first and a family name side by side; at least one of them must be no word besides."""
    firsts, families, words = _lists()
    for run in _THAI.finditer(folded):
        blank = run.end()
        start = next((at for at in range(run.start(), blank) if at in borders and folded[at:blank] in firsts), None)
        if start is None or blank - start < _SHORTEST or not folded[blank:].startswith(" "):
            continue
        first, end = folded[start:blank], _longest(folded, blank + 1, families)
        if end and end - blank > _SHORTEST and end in borders and not {first, folded[blank + 1 : end]} <= words:
            yield start, blank
            yield blank + 1, end


def _bare(folded: str, borders: set[int]) -> Iterator[tuple[int, int]]:
    """First names that stand anywhere and mean nothing else."""
    names = _only_names()
    done = 0
    for start in sorted(borders):
        end = _longest(folded, start, names) if start >= done else None
        if end in borders:
            yield start, end
            done = end


def _longest(folded: str, start: int, names: frozenset[str]) -> int | None:
    """Where the longest of the names that stands here ends; no mark of a letter is cut off from it."""
    ends = range(min(start + _LONGEST, len(folded)), start + _SHORTEST - 1, -1)
    return next((end for end in ends if folded[start:end] in names and not _INSIDE.match(folded, end)), None)


@cache
def _family_pieces() -> frozenset[str]:
    """The words of which family names are made."""
    return frozenset(piece for family in _lists()[1] for piece in cut(family))


def _family(folded: str, start: int) -> int | None:
    """Where a run of Thai ends that is made as family names are, though none of the list."""
    run = _THAI.match(folded, start)
    if run is None or not _SHORTEST < len(run[0]) <= _LONGEST or not _family_pieces().issuperset(cut(run[0])):
        return None
    return run.end()


def _unknown(folded: str, start: int, borders: set[int], words: frozenset[str]) -> int | None:
    """Where a Thai piece that is no word ends."""
    ends = range(start + _SHORTEST, min(start + _LONGEST, len(folded)) + 1)
    end = next((end for end in ends if end in borders), None)
    if end is None or start not in borders or folded[start:end] in words or not _THAI.fullmatch(folded, start, end):
        return None
    return end
