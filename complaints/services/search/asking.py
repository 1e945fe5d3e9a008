"""What somebody typed into the search, made into terms: each a piece of folded text, with its other spellings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from classifiers.folding import GRAM, beginning, fold, pieces, short_word
from classifiers.text import cut, normalise
from complaints.services.search.nearly import unharmed

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_QUESTION = 200
MOST_TERMS = 12
# A telephone or account is read out in groups; longer runs of digits are numbers of their own.
LONGEST_GROUP = 5
# One mistake is forgiven in a term of five signs, two in eight, three in fourteen; two signs swapped are one mistake.
FORGIVEN = ((14, 3), (8, 2), (5, 1))
_SCHEME = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)
_THAI = re.compile("[\u0e01-\u0e4e]")
_COUNTRY = re.compile(r"^(?:0|66)([1-9]\d{7,8})$")
# Names that are written in both scripts, and words that people of the trade shorten; the first is the usual one.
SAME_NAMES = (
    ("เฟซบุ๊ก", "facebook", "เฟสบุ๊ค", "เฟสบุ๊ก", "เฟชบุ๊ก", "เฟส"),
    ("ไลน์", "line"),
    ("อินสตาแกรม", "instagram", "อินสตราแกรม"),
    ("ติ๊กต็อก", "tiktok", "ติกตอก", "ติ๊กต๊อก", "tik tok"),
    ("ช้อปปี้", "shopee", "ช็อปปี้", "ชอปปี้", "ชอปปี"),
    ("ลาซาด้า", "lazada", "ลาซาดา"),
    ("เมสเซนเจอร์", "messenger", "แมสเซนเจอร์"),
    ("เทเลแกรม", "telegram"),
    ("ทวิตเตอร์", "twitter"),
    ("ยูทูบ", "youtube", "ยูทูป"),
    ("กูเกิล", "google", "กูเกิ้ล"),
    ("ไอโฟน", "iphone", "ไอโฟร", "ไอโพน"),
    ("ซัมซุง", "samsung"),
    ("เคอรี่", "kerry", "เคอร์รี่"),
    ("แฟลช", "flash", "แฟรช"),
    ("พร้อมเพย์", "promptpay", "prompt pay", "พร้อมเพ", "พรอมเพ"),
    ("คอลเซ็นเตอร์", "call center", "คอลเซนเตอร์", "แก๊งคอล", "call centre"),
    ("แอป", "app", "แอพ", "แอปพลิเคชัน", "แอพพลิเคชั่น"),
    ("ออนไลน์", "online"),
    ("โอทีพี", "otp"),
    ("คริปโต", "crypto", "คริปโท"),
    ("บิตคอยน์", "bitcoin", "บิทคอย", "บิทคอยน์"),
    ("อีเมล", "email", "อีเมล์", "e-mail"),
    ("เว็บ", "web", "เวป", "เวบ"),
    ("ลิงก์", "link", "ลิ้งค์", "ลิงค์", "ลิ้ง"),
    ("บล็อก", "block", "บล๊อค", "บลอค"),
    ("เพจ", "page"),
    ("แชต", "chat", "แชท"),
    ("กสิกร", "kbank", "kasikorn"),
    ("ไทยพาณิชย์", "scb"),
    ("กรุงเทพ", "bbl", "กทม"),
    ("กรุงไทย", "ktb"),
)


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must be found, in any of its spellings; the first is what was typed."""

    spellings: tuple[str, ...]

    @property
    def typed(self) -> str:
        """As it was typed, folded."""
        return self.spellings[0]

    @property
    def forgiven(self) -> int:
        """How many mistakes are forgiven; none in a number: one digit more is another telephone."""
        if self.typed.isdecimal():
            return 0
        return next((mistakes for length, mistakes in FORGIVEN if len(self.typed) >= length), 0)


@dataclass(frozen=True, slots=True)
class Question:
    """The terms as they stand between spaces, and the words into which a cutter takes them apart."""

    text: str
    terms: tuple[Term, ...]
    words: tuple[Term, ...]

    @property
    def together(self) -> Term:
        """Everything that was typed as one term."""
        return Term((fold(self.text),))

    @property
    def short(self) -> bool:
        """Nothing but terms that are shorter than a gram."""
        return all(len(term.typed) < GRAM for term in self.terms)


def ask(text: str) -> Question:
    """Read what was typed; no terms when it holds neither letters nor digits."""
    typed = " ".join(text.split())[:LONGEST_QUESTION]
    terms = [_term(one) for one in _between_spaces(typed)]
    words = [_term(word) for one in _names_joined(typed.split(" ")) for word in _cut(one)]
    return Question(typed, _once(terms), _once(words))


def look_for(spelling: str, *, begins: bool = False) -> frozenset[str]:
    """The grams that a text has in which the spelling stands; a short one as a word, or as what a word begins with."""
    return frozenset(pieces(spelling)) or frozenset({beginning(spelling) if begins else short_word(spelling)})


def parts(term: Term) -> Iterator[frozenset[str]]:
    """The grams of each part of the term of which one stands in the text without a mistake."""
    for start, end in unharmed(len(term.typed), term.forgiven):
        yield frozenset(pieces(term.typed[start:end]))


def _between_spaces(typed: str) -> Iterator[str]:
    """The terms; digits that stand apart are one number: `081 234 5678`."""
    number = ""
    for one in _names_joined([_SCHEME.sub("", one) for one in typed.split(" ")]):
        if len(one) <= LONGEST_GROUP and fold(one).isdecimal():
            number += one
            continue
        if number:
            yield number
        number = ""
        yield one
    if number:
        yield number


def _names_joined(typed: list[str]) -> Iterator[str]:
    """A name that is written in two words, such as call center, is one term."""
    names = _other_names()
    while typed:
        two = " ".join(typed[:2])
        size = 2 if len(typed) > 1 and fold(two) in names else 1
        yield two if size > 1 else typed[0]
        typed = typed[size:]


def _cut(one: str) -> list[str]:
    """The words of a run of Thai that carry its meaning: short ones only when there are no others. A link is one."""
    if not _THAI.search(one):
        return [one]
    cut_words = [word for word in cut(normalise(one)) if fold(word)]
    return [word for word in cut_words if len(fold(word)) >= GRAM] or [one]


def _term(typed: str) -> Term:
    folded = fold(typed)
    found = [folded]
    if inside := _COUNTRY.match(folded):
        found.append(inside[1])
    for name, others in _other_names().items():
        if name == folded or (len(name) > GRAM and name in folded):
            found += [folded.replace(name, other) for other in others]
    return Term(tuple(dict.fromkeys(found)))


@cache
def _other_names() -> dict[str, tuple[str, ...]]:
    folded = [tuple(dict.fromkeys(map(fold, names))) for names in SAME_NAMES]
    return {name: tuple(other for other in names if other != name) for names in folded for name in names}


def _once(terms: list[Term]) -> tuple[Term, ...]:
    return tuple(dict.fromkeys(term for term in terms if term.typed))[:MOST_TERMS]
