"""Playbooks: kept by supervisors, read while a case is sorted, told to the public and in talks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml
from sqlalchemy import func, select, tuple_
from sqlalchemy.exc import IntegrityError

from complaints.domain.agency import Category
from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput, NotFound, StaleRecord
from complaints.domain.playbook import FIELDS, FIRST_AID, PARTS, Playbook
from complaints.domain.thai_time import local_day, midnight
from complaints.services import audit
from complaints.services.catalogue import choosable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

MOST_POINTS, LONGEST_POINT = 8, 300
MOST_DAYS = 731


@dataclass(frozen=True, slots=True)
class Written:
    """What a playbook says, one point a line."""

    ask_th: str
    ask_en: str
    advice_th: str
    advice_en: str
    refer_th: str
    refer_en: str
    sources_th: str
    sources_en: str
    review_by: date


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic by its name, and its playbook in force, if there is one; the category of first aid is none."""

    code: str
    category: Category | None
    playbook: Playbook | None


def in_force(session: Session, topic: str) -> Playbook | None:
    """What is told on a topic now; what comes with the centre where it has not been brought in yet."""
    found = session.scalars(
        select(Playbook).where(Playbook.topic == topic).order_by(Playbook.number.desc()).limit(1)
    ).first()
    return found or _came_with(topic)


def advice(session: Session, topic: str, language: str) -> list[str]:
    """What to tell somebody to do first; nothing where nobody has written anything."""
    found = in_force(session, topic)
    return found.points("advice", language) if found is not None else []


def topics(session: Session) -> list[Topic]:
    """First aid, then each kind that may be chosen."""
    last = tuple_(Playbook.topic, Playbook.number).in_(_last())
    found = {row.topic: row for row in session.scalars(select(Playbook).where(last))}
    kinds = [(row.code, row) for row in choosable(session)]
    return [Topic(code, row, found.get(code) or _came_with(code)) for code, row in [(FIRST_AID, None), *kinds]]


def topic(session: Session, code: str) -> Topic:
    """One topic; of a kind that was retired too, since cases of it are still about."""
    category = session.get(Category, code)
    if code != FIRST_AID and category is None:
        raise NotFound(what="topic")
    return Topic(code, category, in_force(session, code))


def versions(session: Session, code: str) -> list[Playbook]:
    """Everything that a topic's playbook ever said, newest first."""
    return list(session.scalars(select(Playbook).where(Playbook.topic == code).order_by(Playbook.number.desc())))


def overdue(session: Session, today: date) -> list[str]:
    """The topics at which somebody should have looked again by now."""
    kinds = select(Category.code).where(Category.active)
    statement = (
        select(Playbook.topic)
        .where(Playbook.review_by < today, tuple_(Playbook.topic, Playbook.number).in_(_last()))
        .where((Playbook.topic == FIRST_AID) | Playbook.topic.in_(kinds))
        .order_by(Playbook.review_by, Playbook.topic)
    )
    return list(session.scalars(statement))


def change(session: Session, code: str, seen: int, written: Written, actor: Actor, now: datetime) -> None:
    """A new version, unless it says the same; raises `StaleRecord` when `seen` is not the last, 0 being none."""
    seed(session)
    before = topic(session, code).playbook
    number = before.number if before is not None else 0
    if number != seen:
        raise StaleRecord(since=seen)
    _check(written, local_day(now))
    if before is not None and of(before) == written:
        return
    try:
        with session.begin_nested():
            session.add(_row(code, number + 1, written, now, actor.account_id))
    except IntegrityError:
        # Two saved at once: the other one's version is the next.
        raise StaleRecord(since=seen) from None
    told = {"version": number + 1, "review_by": written.review_by.isoformat()}
    was = {"version": number, "review_by": before.review_by.isoformat()} if before is not None else None
    audit.record(session, Change.PLAYBOOK_CHANGED, code, actor, now, before=was, after=told)


def seed(session: Session) -> None:
    """Bring in the playbooks that come with the centre and are not there; what was changed here stays as it is."""
    known = set(session.scalars(select(Playbook.topic).distinct()))
    reviewed, came = built_in()
    session.add_all(_row(code, 1, written, midnight(reviewed)) for code, written in came.items() if code not in known)
    session.flush()


@cache
def built_in() -> tuple[date, Mapping[str, Written]]:
    """The playbooks of the data file, and the day on which they were last looked at."""
    data = yaml.safe_load(files("complaints.domain").joinpath("data", "playbooks.yaml").read_text("utf-8"))
    return data["reviewed"], {
        code: Written(
            **{field: "\n".join(point[field[-2:]] for point in row[field[:-3]]) for field in FIELDS},
            review_by=data["review_by"],
        )
        for code, row in data["topics"].items()
    }


def of(row: Playbook) -> Written:
    """What a version says."""
    return Written(**{field: getattr(row, field) for field in FIELDS}, review_by=row.review_by)


def _last() -> Select[str, int]:
    return select(Playbook.topic, func.max(Playbook.number)).group_by(Playbook.topic)


def _row(code: str, number: int, written: Written, at: datetime, account_id: int | None = None) -> Playbook:
    return Playbook(topic=code, number=number, at=at, account_id=account_id, **asdict(written))


def _came_with(code: str) -> Playbook | None:
    reviewed, came = built_in()
    return _row(code, 1, came[code], midnight(reviewed)) if code in came else None


def _check(written: Written, today: date) -> None:
    for field in FIELDS:
        points = str(getattr(written, field)).split("\n")
        if not any(points):
            raise InvalidInput(field, reason="required")
        if len(points) > MOST_POINTS:
            raise InvalidInput(field, reason="many_points", limit=MOST_POINTS)
        if max(map(len, points)) > LONGEST_POINT:
            raise InvalidInput(field, reason="long_point", limit=LONGEST_POINT)
    for part in PARTS:
        field = f"{part}_en"
        thai, english = (len(str(getattr(written, name)).split("\n")) for name in (f"{part}_th", field))
        if thai != english:
            raise InvalidInput(field, reason="points_differ", thai=thai, english=english)
    if not today < written.review_by <= today + timedelta(days=MOST_DAYS):
        raise InvalidInput("review_by", reason="review_by")
