"""Publishing: each day's files, made once, kept as they were, and told with their hashes.

The steps are apart, so that no lock and no connection waits for the store: ids and places are given out, the rows are
read, the files are made and stored, and only then are they told.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from complaints.domain.agency import Category
from complaints.domain.case import Case
from complaints.domain.lifecycle import State
from complaints.domain.opendata import OUTCOMES, PLACES, PublicCase, PublicFile, PublicPlace, places
from complaints.domain.thai_time import fiscal_year, local_day, midnight
from complaints.services import behind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from complaints.services.evidence.stores import Store

FOLDER = "open"
AT_A_TIME = 500
# What everybody is told of where a case stands.
ENDED = {
    State.RESOLVED: "answered",
    State.CLOSED: "answered",
    State.WITHDRAWN: "withdrawn",
    State.OUT_OF_SCOPE: "out_of_scope",
    State.MERGED: "merged",
}
OPEN = "open"

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """One file before it is told."""

    name: str
    content: bytes
    rows: int

    @property
    def sha256(self) -> str:
        """What it is known by."""
        return hashlib.sha256(self.content).hexdigest()


def latest(session: Session) -> date | None:
    """The last day that was published."""
    return session.scalar(select(func.max(PublicFile.day)))


def files(session: Session, day: date) -> Sequence[PublicFile]:
    """The files of a day, by name."""
    return session.scalars(select(PublicFile).where(PublicFile.day == day).order_by(PublicFile.name)).all()


def days(session: Session, most: int) -> Sequence[date]:
    """The last days that were published, newest first."""
    return session.scalars(select(PublicFile.day).distinct().order_by(PublicFile.day.desc()).limit(most)).all()


def prepare(session: Session, today: date) -> None:
    """Give every case of the days before an id, and count the places of the months that are settled now."""
    without = (
        select(Case.id)
        .outerjoin(PublicCase, PublicCase.case_id == Case.id)
        .where(PublicCase.case_id.is_(None), Case.received_at < midnight(today))
    )
    fresh = [{"case_id": case_id, "public_id": secrets.token_hex(8)} for case_id in session.scalars(without)]
    # In an order of its own: ids given out one after the other would tell which case came first.
    secrets.SystemRandom().shuffle(fresh)
    for start in range(0, len(fresh), AT_A_TIME):
        session.execute(insert(PublicCase), fresh[start : start + AT_A_TIME])
    kept = session.scalars(select(PublicPlace.month).distinct()).all()
    cases = session.execute(
        select(Case.received_at, Case.category_code, Case.province), execution_options={"yield_per": AT_A_TIME}
    )
    told = ((local_day(at), category or "", province) for at, category, province in cases)
    for row in places(told, kept, today):
        session.add(
            PublicPlace(
                month=row.month,
                category_code=row.category,
                province=row.province,
                cases=row.cases,
                counted_on=today,
            )
        )
    session.flush()


def outcomes(session: Session, today: date) -> Iterator[tuple[int, Row]]:
    """The fiscal year and the row of every case that came in before today; by id, which says nothing of their order."""
    answered = Case.state.in_([State.RESOLVED.value, State.CLOSED.value])
    found = session.execute(
        select(
            PublicCase.public_id,
            Case.received_at,
            Case.channel,
            func.coalesce(Case.category_code, ""),
            func.coalesce(Category.group_code, ""),
            func.coalesce(Case.lead_agency_code, ""),
            Case.state,
            Case.outcome,
            Case.resolved_at,
            answered.label("answered"),
            behind.is_due().label("due"),
            (behind.is_due() & behind.is_solved()).label("solved"),
        )
        .select_from(Case)
        .join(PublicCase, PublicCase.case_id == Case.id)
        .outerjoin(Category, Category.code == Case.category_code)
        .where(Case.received_at < midnight(today))
        .order_by(PublicCase.public_id),
        execution_options={"yield_per": AT_A_TIME},
    )
    for public_id, received_at, *codes, state, outcome, resolved_at, ended, due, solved in found:
        day = local_day(received_at)
        told = (
            ENDED.get(State(state), OPEN),
            (outcome or "") if ended else "",
            local_day(resolved_at).isoformat() if ended else "",
        )
        yield fiscal_year(day), (public_id, day.isoformat(), *codes, *told, int(due), int(solved))


def place_rows(session: Session) -> list[Row]:
    """The table of places."""
    found = session.scalars(
        select(PublicPlace).order_by(PublicPlace.month, PublicPlace.category_code, PublicPlace.province)
    )
    return [(row.month, row.category_code, row.province, row.cases, row.counted_on.isoformat()) for row in found]


def make(session: Session, today: date, parquet: Callable[[bytes], bytes]) -> list[Made]:
    """Every file of the day: outcomes by fiscal year and the places, each in three forms."""
    years: dict[int, list[Row]] = {}
    for year, row in outcomes(session, today):
        years.setdefault(year, []).append(row)
    made: list[Made] = []
    for name, names, rows in (
        *((f"outcomes-{year}", OUTCOMES, rows) for year, rows in sorted(years.items())),
        ("places", PLACES, place_rows(session)),
    ):
        table = _csv(names, rows)
        told = [dict(zip(names, row, strict=True)) for row in rows]
        made += [
            Made(f"{name}.csv", table, len(rows)),
            Made(f"{name}.json", json.dumps(told, ensure_ascii=False, indent=0).encode(), len(rows)),
            Made(f"{name}.parquet", parquet(table), len(rows)),
        ]
    return made


def _csv(names: Sequence[str], rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return out.getvalue().encode()


def keep(made: Sequence[Made], store: Store) -> None:
    """Store the files under their hashes: what did not change since another day lies there once."""
    for one in made:
        store.put(path(one.name, one.sha256), one.content)


def path(name: str, sha256: str) -> str:
    """Where a file lies."""
    return f"{FOLDER}/{sha256}.{name.rpartition('.')[2]}"


def tell(session: Session, made: Sequence[Made], day: date, now: datetime) -> int:
    """The day is published; whoever was second finds it done."""
    if session.get(PublicFile, (day, made[0].name)) is not None:
        return 0
    for one in made:
        session.add(
            PublicFile(day=day, name=one.name, sha256=one.sha256, size=len(one.content), rows=one.rows, made_at=now)
        )
    session.flush()
    return len(made)


def first_day(session: Session) -> date | None:
    """The day of the first case that everybody can read of."""
    first = session.scalar(select(func.min(Case.received_at)))
    return local_day(first) if first is not None else None


def yesterday(day: date) -> date:
    """The last day whose cases stand in a day's files."""
    return day - timedelta(days=1)
