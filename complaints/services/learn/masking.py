"""A story without the marks by which somebody could be found, still reading like a story.

Every number, address and name of account becomes another of the same shape, drawn at random: a telephone number stays
one, and nothing leads back. Sums, days and short numbers stay, and so do the addresses of the big platforms, for they
say what the problem is. Names are found where they are known (the complainant's, the shop's), where a title stands
before them, and where a known first name and family name stand together; a bare nickname of a third person is not.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from classifiers.identifiers import spans
from classifiers.links import line_ids, mails
from classifiers.reading import read
from complaints.services.learn.names import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from classifiers.reading import Reading

NUMBERS = frozenset({"phones", "bank_accounts", "promptpay", "national_ids"})
PLATFORMS = (
    "facebook.com",
    "fb.com",
    "m.me",
    "instagram.com",
    "tiktok.com",
    "twitter.com",
    "x.com",
    "youtube.com",
    "youtu.be",
    "line.me",
    "lin.ee",
    "t.me",
    "shopee.co.th",
    "lazada.co.th",
    "google.com",
    "bit.ly",
    "go.th",
    "gmail.com",
    "hotmail.com",
    "outlook.com",
    "yahoo.com",
    "icloud.com",
)
# Five digits in a row are a code of some kind: a parcel, an order, a part of an account.
_CODE = re.compile(r"(?<![a-z0-9])[a-z]{0,3}\d(?:[- ]?\d){4,}[a-z]{0,3}(?![a-z0-9])")
# A name with an underscore is somebody's account, whatever the service.
_HANDLE = re.compile(r"(?<![a-z0-9._@/])[a-z][a-z0-9.]*_[a-z0-9_.]*[a-z0-9](?![a-z0-9])")
_HOST = re.compile(r"(?:[a-z]+:(?://|\\\\))?(?:www\.)?([^/?#:\s]+)")
_ENDING = re.compile(r"(?:\.(?:co|in|or|ac|net|mi)(?=\.th$))?(?:\.[^.]*)?$")
_DAY = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}[:.]\d{2}")
_KEPT_OF_PHONE = re.compile(r"\+?66[- ]?\d|0\d")
_CONSONANTS = "กขคงจชซดตถทนบปผพฟมยรลวสหอ"
_LETTERS = "abcdefghijklmnoprstuvwy"
_LONGEST_JOIN = 3
LEAST_VALUE = 5


def mask(text: str, names: Iterable[str] = (), values: Iterable[str] = (), source: random.Random | None = None) -> str:
    """The story with other numbers, addresses and names; `names` and `values` are those known to belong to the case."""
    reading = read(text)
    veil = _Veil(text, source or random.SystemRandom())
    for span in spans(text):
        if span.kind == "amounts":
            veil.keep(span.start, span.end)
        elif span.kind in NUMBERS:
            veil.number(span.start, span.end, phone=span.kind == "phones")
        elif span.kind == "urls":
            veil.address(span.start, span.end)
        else:
            veil.cover(span.start, span.end)
    for hit in mails(reading):
        start, end = reading.original(hit.start, hit.end)
        at = text.index("@", start) if "@" in text[start:end] else end
        veil.cover(start, at)
        veil.address(min(at + 1, end), end)
    for hit in line_ids(reading):
        veil.cover(*reading.original(hit.start, hit.end))
    for start, end in _known(reading, values):
        veil.cover(start, end)
    _cover_codes(veil, reading)
    for start, end, instead in named(reading.folded, reading.clean, names, veil.source):
        veil.replace(*reading.original(start, end), instead)
    return veil.text()


def _cover_codes(veil: _Veil, reading: Reading) -> None:
    """Parcels, orders, other long numbers and names of accounts; days and hours stay."""
    for found in _DAY.finditer(reading.folded):
        veil.keep(*reading.original(*found.span()))
    for pattern in (_CODE, _HANDLE):
        for found in pattern.finditer(reading.folded):
            veil.cover(*reading.original(*found.span()))


def _known(reading: Reading, values: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where a known value stands, however its signs are set apart."""
    for value in values:
        solid = re.sub(r"[\s.\-]", "", value.lower())
        if len(solid) < LEAST_VALUE:
            continue
        spread = rf"[\s.\-]{{0,{_LONGEST_JOIN}}}".join(map(re.escape, solid))
        for found in re.finditer(spread, reading.folded):
            yield reading.original(*found.span())


def _ending(host: str) -> str:
    """The last part of a host's name, with the part before it where that one says nothing either."""
    found = _ENDING.search(host)
    return found[0] if found else ""


class _Veil:
    """The signs of a text, and which of them were decided upon already: the first word on a sign holds."""

    def __init__(self, text: str, source: random.Random) -> None:
        self.source = source
        self._original = text
        self._signs = list(text)
        self._decided = bytearray(len(text))
        self._names: list[tuple[int, int, str]] = []
        self._drawn: dict[str, str] = {}

    def keep(self, start: int, end: int) -> None:
        """These signs stay."""
        for at in range(start, end):
            self._decided[at] = 1

    def cover(self, start: int, end: int) -> None:
        """Other signs of the same kind; the same text gets the same cover wherever it stands."""
        before = self._original[start:end]
        if before not in self._drawn:
            self._drawn[before] = "".join(self._other(sign) for sign in before)
        for at, sign in enumerate(self._drawn[before], start):
            if not self._decided[at]:
                self._signs[at] = sign
                self._decided[at] = 1

    def number(self, start: int, end: int, *, phone: bool) -> None:
        """Other digits; a telephone number keeps what says that it is one."""
        kept = _KEPT_OF_PHONE.match(self._original, start, end) if phone else None
        if kept:
            self.keep(*kept.span())
        self.cover(kept.end() if kept else start, end)

    def address(self, start: int, end: int) -> None:
        """A big platform's name and the last part of another host's stay; whatever says whose page it is does not."""
        host = _HOST.match(self._original.lower(), start, end)
        if host is None:
            self.cover(start, end)
            return
        name = host.group(1)
        own = next((one for one in PLATFORMS if name == one or name.endswith("." + one)), _ending(name))
        self.keep(start, host.start(1))
        self.keep(host.end(1) - len(own), host.end(1))
        self.cover(host.start(1), host.end(1) - len(own))
        self.cover(host.end(1), end)

    def replace(self, start: int, end: int, instead: str) -> None:
        """Another name, unless a sign of it belongs to something else already."""
        if not any(self._decided[start:end]):
            self.keep(start, end)
            self._names.append((start, end, instead))

    def text(self) -> str:
        """The whole."""
        parts: list[str] = []
        done = 0
        for start, end, instead in sorted(self._names):
            parts += ("".join(self._signs[done:start]), instead)
            done = end
        return "".join((*parts, *self._signs[done:]))

    def _other(self, sign: str) -> str:
        if "๐" <= sign <= "๙":
            return chr(ord("๐") + (ord(sign) - ord("๐") + self.source.randint(1, 9)) % 10)
        if sign.isdigit():
            return str((int(sign) + self.source.randint(1, 9)) % 10)
        if "ก" <= sign <= "ฮ":
            return self.source.choice(_CONSONANTS.replace(sign, ""))
        if sign.isascii() and sign.isalpha():
            other = self.source.choice(_LETTERS.replace(sign.lower(), ""))
            return other.upper() if sign.isupper() else other
        return sign
