"""What everybody may have: outcomes under random ids without a place, and how many cases came from where many did.

A place is never tied to an id, and a month's places are counted once and stay: so two days' files differ by whole
months only, and nobody finds a small number by taking one from the other.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, String, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from complaints.domain.base import Base

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.engine import Connection

# A province is named where so many cases of a kind came from it in a month, and so many stay unnamed beside it.
LEAST = 10
LEAST_PROVINCES = 2
# A month's places are counted when it has been over for so long: by then its cases have been read.
SETTLED_AFTER = timedelta(days=30)
NOT_NAMED = ""

OUTCOMES = (
    *("id", "received_on", "channel", "category", "group", "agency"),
    *("state", "outcome", "answered_on", "due", "solved"),
)
PLACES = ("month", "category", "province", "cases", "counted_on")


class PublicCase(Base):
    """The random id under which everybody reads of a case; nothing leads from it to the case's number."""

    __tablename__ = "public_case"

    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    __table_args__ = (CheckConstraint("length(public_id) = 16", name="id_is_long"),)


class RequestToken(Base):
    """The token that a civic app was given for a case before the case had its public id; only its SHA-256 is kept."""

    __tablename__ = "request_token"

    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    __table_args__ = (CheckConstraint("length(token_hash) = 64", name="has_hash"),)


class PublicPlace(Base):
    """How many cases of a kind a province had in a month, counted once; empty is every province that is not named."""

    __tablename__ = "public_place"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    category_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    province: Mapped[str] = mapped_column(String(2), primary_key=True)
    cases: Mapped[int]
    counted_on: Mapped[date]
    __table_args__ = (
        CheckConstraint("cases > 0", name="cases_counted"),
        CheckConstraint(f"province = '' OR cases >= {LEAST}", name="named_where_many"),
    )


class PublicFile(Base):
    """A file of a day, as it was published; it lies in the store under its hash."""

    __tablename__ = "public_file"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    rows: Mapped[int]
    made_at: Mapped[datetime]
    __table_args__ = (CheckConstraint("length(sha256) = 64", name="has_hash"),)


class PublishedStays(RuntimeError):  # noqa: N818 - names the law that was broken
    """Somebody tried to change or delete what was published."""


def _refuse(_mapper: Mapper[Any], _connection: Connection, target: object) -> None:
    msg = f"{type(target).__name__} cannot be changed: what was published stays as it was"
    raise PublishedStays(msg)


for _kind in (PublicCase, RequestToken, PublicPlace, PublicFile):
    event.listen(_kind, "before_update", _refuse)
    event.listen(_kind, "before_delete", _refuse)


@dataclass(frozen=True, slots=True)
class Place:
    """One row of the table of places."""

    month: str
    category: str
    province: str
    cases: int


def month_of(day: date) -> str:
    """A month's key: `2026-11`."""
    return f"{day:%Y-%m}"


def settled(month: str, today: date) -> bool:
    """Has the month been over for long enough."""
    year, number = (int(part) for part in month.split("-"))
    following = date(year + number // 12, number % 12 + 1, 1)
    return following + SETTLED_AFTER <= today


def named(counts: Mapping[str, int]) -> dict[str, int]:
    """Which provinces of a month and kind are named; the others, and whoever told none, are one number together.

    Provinces with few cases are not named. The smallest of the others join them until the rest is of several provinces
    and as large as what is named must be: otherwise the month's total would give it away.
    """
    few = {province: n for province, n in counts.items() if province and n < LEAST}
    many = {province: n for province, n in counts.items() if province and n >= LEAST}
    while few and many and (len(few) < LEAST_PROVINCES or sum(few.values()) < LEAST):
        smallest = min(many, key=lambda province: (many[province], province))
        few[smallest] = many.pop(smallest)
    rest = sum(few.values()) + counts.get(NOT_NAMED, 0)
    return dict(sorted(many.items())) | ({NOT_NAMED: rest} if rest else {})


def places(cases: Iterable[tuple[date, str, str]], kept: Iterable[str], today: date) -> list[Place]:
    """The rows of months that are settled and not kept yet, of cases as (day of receipt, category, province)."""
    done, counts = frozenset(kept), Counter[tuple[str, str, str]]()
    for day, category, province in cases:
        month = month_of(day)
        if month not in done and settled(month, today):
            counts[month, category, province] += 1
    kinds: dict[tuple[str, str], dict[str, int]] = {}
    for (month, category, province), n in counts.items():
        kinds.setdefault((month, category), {})[province] = n
    return [
        Place(month, category, province, n)
        for (month, category), found in sorted(kinds.items())
        for province, n in named(found).items()
    ]
