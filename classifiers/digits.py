"""Groups of digits that stand together, and every way to read some of them as one number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 15
_SHORTEST = 9
_GROUP = re.compile(r"\d(?:\d{0,2}+(?:,\d{3}(?!\d))++(?:\.\d++)?|\d*+)")
_TIGHT = re.compile(r"[-._]|[ ]?[-][ ]?|\)[-]?|\(")
_LOOSE = re.compile(r"[ ]{1,3}|[ ]?[-./·•~][ ]?|[ ]?\)[ ]?-?[ ]?|[ ]?\([ ]?")
_WORD_BEFORE = re.compile(r"(?<![a-z])[a-z]{1,12}$")
# Letters that may touch a number without making it a part of a code.
_TOUCHING = frozenset(
    [
        "tel",
        "phone",
        "call",
        "mobile",
        "line",
        "id",
        "no",
        "acc",
        "ac",
        "account",
        "pp",
        "promptpay",
        "kbank",
        "scb",
        "bbl",
        "ktb",
        "bay",
        "ttb",
        "tmb",
        "uob",
        "cimb",
        "lhb",
        "gsb",
        "baac",
        "ghb",
        "kkp",
        "tisco",
        "wallet",
        "truemoney",
        "tmn",
        "baht",
        "thb",
        "b",
        "bank",
        "number",
        "to",
        "at",
        "is",
        "num",
        "mobilephone",
        "fax",
        "hp",
        "whatsapp",
        "contact",
        "o",
    ]
)
# "02-123-4567-8": the lines 4567 to 4568.
_FEW = 2
_WHOLE_PHONES = frozenset({(2, 3, 4), (3, 3, 3), (3, 3, 4), (2, 7), (3, 6)})
_MASKS = "x*•"
_COUNTRY_SIGN = "+"


@dataclass(frozen=True, slots=True)
class Group:
    """Digits without anything between them; `joined`: a tight separator ties it to the group before."""

    start: int
    end: int
    digits: str
    joined: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """Some neighbouring groups read as one number. `hyphened`: all of them tied by hyphens."""

    start: int
    end: int
    digits: str
    shape: tuple[int, ...]
    hyphened: bool
    plus: bool
    groups: int


def _is_code(folded: str, start: int, end: int) -> bool:
    """Whether letters, masks or signs around make these digits a part of something else."""
    after = folded[end : end + 1]
    if after and ((after.isascii() and after.isalpha()) or after in "_*•%@"):
        return True
    before = folded[start - 1 : start] if start else ""
    if before and before in "_*•#@$€£\\=":
        return True
    if before.isascii() and before.isalpha():
        word = _WORD_BEFORE.search(folded, max(0, start - 14), start)
        return word is None or word[0] not in _TOUCHING
    masked = folded[max(0, start - 2) : start]
    return len(masked) > 1 and masked[0] in _MASKS and masked[1] in "- "


def chains(folded: str) -> Iterator[list[Group]]:
    """Groups that only separators of numbers stand between."""
    chain: list[Group] = []
    for match in _GROUP.finditer(folded):
        start, end = match.span()
        if "," in match[0] or _is_code(folded, start, end):
            if chain:
                yield chain
            chain = []
            continue
        gap = folded[chain[-1].end : start] if chain else ""
        if chain and not _LOOSE.fullmatch(gap) and not _TIGHT.fullmatch(gap):
            yield chain
            chain = []
        chain.append(Group(start, end, match[0], bool(chain) and bool(_TIGHT.fullmatch(gap))))
    if chain:
        yield chain


def candidates(folded: str, chain: list[Group], at: int) -> Iterator[Candidate]:
    """Every number that may begin with group `at`, short ones first."""
    total = 0
    plus = folded[chain[at].start - 1 : chain[at].start] == _COUNTRY_SIGN
    for upto in range(at, min(len(chain), at + LONGEST)):
        total += len(chain[upto].digits)
        if total > LONGEST:
            return
        if total < _SHORTEST or (upto + 1 < len(chain) and _cuts(chain, at, upto)):
            continue
        groups = chain[at : upto + 1]
        yield Candidate(
            start=groups[0].start,
            end=groups[-1].end,
            digits="".join(group.digits for group in groups),
            shape=tuple(len(group.digits) for group in groups),
            hyphened=len(groups) > 1 and all(group.joined for group in groups[1:]),
            plus=plus,
            groups=len(groups),
        )


def _cuts(chain: list[Group], at: int, upto: int) -> bool:
    """Whether ending here would cut a hyphened number that began at `at` in two."""
    following = chain[upto + 1]
    shape = tuple(len(group.digits) for group in chain[at : upto + 1])
    if shape in _WHOLE_PHONES and len(following.digits) <= _FEW:
        return False
    return following.joined and upto > at and all(group.joined for group in chain[at + 1 : upto + 1])
