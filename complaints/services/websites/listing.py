"""The lane's list and its counts, asked of the rows themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from complaints.domain.case import Case
from complaints.domain.lifecycle import State
from complaints.domain.policy import visible_to
from complaints.domain.website import Stage, Website, WebsiteReport
from complaints.services import paging

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

STANDING = WebsiteReport.left_at.is_(None)
AGES = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
OLDER = "older"
# Of so many of the last blocked addresses the median time is told.
OF_LAST = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be listed; empty is everything. `age` is since the first report: at most, or older than a month."""

    stage: str = ""
    kind: str = ""
    age: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some websites, and before which the next page begins, if there is one."""

    rows: Sequence[Website]
    before: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """How many cases report a website, and when the last of them came."""

    reports: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The lane's figures: how many stand where, how many were ever verified and sent, and how long a block took."""

    stages: dict[str, int]
    verified: int
    sent: int
    returned: int
    median_days: float | None

    @property
    def reported(self) -> int:
        """All addresses."""
        return sum(self.stages.values())


def page_of(session: Session, wanted: Wanted, now: datetime, before: int | None = None) -> Page:
    """One page, the latest reported first."""
    query = select(Website)
    if wanted.stage:
        query = query.where(Website.stage == wanted.stage)
    if wanted.kind:
        query = query.where(Website.kind == wanted.kind)
    if wanted.age in AGES:
        query = query.where(Website.reported_at > now - AGES[wanted.age])
    elif wanted.age == OLDER:
        query = query.where(Website.reported_at <= now - AGES["month"])
    if wanted.host:
        query = query.where(Website.host == wanted.host)
    if before is not None:
        query = query.where(Website.id < before)
    found = session.scalars(query.order_by(Website.id.desc()).limit(paging.PAGE + 1)).all()
    rows = found[: paging.PAGE]
    return Page(rows, rows[-1].id if len(found) > paging.PAGE else None)


def told(session: Session, ids: Collection[int]) -> dict[int, Told]:
    """What the cases tell of each; one that was merged into another does not count beside it."""
    rows = session.execute(
        select(WebsiteReport.website_id, func.count(), func.max(WebsiteReport.at))
        .join(Case, Case.id == WebsiteReport.case_id)
        .where(WebsiteReport.website_id.in_(ids), STANDING, Case.state != State.MERGED.value)
        .group_by(WebsiteReport.website_id)
    )
    return dict.fromkeys(ids, Told(0, None)) | {row[0]: Told(row[1], row[2]) for row in rows}


def counts(session: Session) -> Counts:
    """How the lane stands now."""
    rows = session.execute(
        select(
            Website.stage,
            func.count(),
            func.count(Website.verified_at),
            func.count(Website.sent_at),
            func.sum(Website.returns),
        ).group_by(Website.stage)
    ).all()
    blocked = select(Website.reported_at, Website.ended_on).where(Website.stage == Stage.BLOCKED.value)
    spans = [
        max((ended - reported).total_seconds(), 0) / 86400
        for reported, ended in session.execute(blocked.order_by(Website.id.desc()).limit(OF_LAST))
        if ended is not None
    ]
    return Counts(
        stages={stage.value: 0 for stage in Stage} | {row[0]: row[1] for row in rows},
        verified=sum(row[2] for row in rows),
        sent=sum(row[3] for row in rows),
        returned=sum(int(row[4] or 0) for row in rows),
        median_days=median(spans) if spans else None,
    )


def cases_of(session: Session, site: Website, actor: Actor, before: int | None = None) -> paging.Page:
    """The cases that report a website, the latest first."""
    query = select(Case).join(WebsiteReport, WebsiteReport.case_id == Case.id)
    query = query.where(WebsiteReport.website_id == site.id, STANDING, visible_to(actor))
    return paging.page_of(session, query, before, WebsiteReport.case_id)


def suspected(session: Session, site: Website) -> list[str]:
    """What its complainants say is illegal there, the most often named first."""
    rows = session.scalars(
        select(Case.answers)
        .join(WebsiteReport, WebsiteReport.case_id == Case.id)
        .where(WebsiteReport.website_id == site.id, STANDING)
        .order_by(Case.id.desc())
        .limit(paging.PAGE)
    )
    said = [str(answers["content"]) for answers in rows if "content" in answers]
    return sorted(set(said), key=lambda word: (-said.count(word), word))
