"""Illegal websites: reported, verified, blocked and how long that took, from their own history."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from complaints.domain.kpi.facts import KpiFact, KpiSpan
from complaints.domain.kpi.indicators import WEBSITE_BLOCKED, WEBSITE_TIME, WEBSITE_VERIFIED, hours_class, version
from complaints.domain.thai_time import local_day, midnight
from complaints.domain.website import CATEGORY, SiteStep, Website, WebsiteEvent

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CODES = (WEBSITE_VERIFIED, WEBSITE_BLOCKED, WEBSITE_TIME)
_GONE, _BACK = frozenset({SiteStep.BLOCK, SiteStep.REMOVE, SiteStep.STILL}), frozenset({SiteStep.REAPPEAR})


def changed_days(session: Session, since: datetime | None = None) -> set[date]:
    """The days of the first report of websites, all of them or those to which something happened since."""
    statement = select(Website.reported_at)
    if since is not None:
        statement = statement.where(
            Website.id.in_(select(WebsiteEvent.website_id).where(WebsiteEvent.at >= since).distinct())
        )
    return {local_day(moment) for moment in session.scalars(statement)}


def counted(session: Session, day: date, now: datetime) -> tuple[dict[str, tuple[int, int]], Counter[int]]:
    """Due and solved of the websites first reported on a day, and how long each took to be gone."""
    rows = session.execute(
        select(Website.id, Website.reported_at, WebsiteEvent.step, WebsiteEvent.at)
        .outerjoin(WebsiteEvent, (WebsiteEvent.website_id == Website.id) & (WebsiteEvent.at <= now))
        .where(Website.reported_at >= midnight(day), Website.reported_at < midnight(day + timedelta(days=1)))
        .order_by(Website.id, WebsiteEvent.id)
    )
    verified: dict[int, bool] = {}
    gone: dict[int, timedelta | None] = {}
    for site, reported_at, step, at in rows:
        verified.setdefault(site, False)
        gone.setdefault(site, None)
        if step in {SiteStep.VERIFY, SiteStep.CLEAR, SiteStep.DOUBT}:
            verified[site] = step == SiteStep.VERIFY
        if step in _GONE:
            gone[site] = gone[site] or at - reported_at
        if step in _BACK:
            gone[site] = None
    illegal = [site for site, is_illegal in verified.items() if is_illegal]
    spans = [span for site in illegal if (span := gone[site]) is not None]
    numbers = {WEBSITE_VERIFIED: (len(verified), len(illegal)), WEBSITE_BLOCKED: (len(illegal), len(spans))}
    return numbers, Counter(hours_class(span) for span in spans)


def count_day(session: Session, day: date, now: datetime) -> None:
    """Count the websites of a day anew."""
    numbers, spans = counted(session, day, now)
    for code in CODES:
        mine = {"day": day, "definition": code, "version": version(code)}
        session.execute(delete(KpiFact).filter_by(**mine))
        session.execute(delete(KpiSpan).filter_by(**mine))
        common = mine | {"agency_code": "", "category_code": CATEGORY}
        due, solved = numbers.get(code, (0, 0))
        if due:
            more = {"channel": "", "province": "", "contacts": due, "due": due, "solved": solved, "counted_at": now}
            session.add(KpiFact(**common, **more))
        if code == WEBSITE_TIME:
            session.add_all(KpiSpan(**common, hours=hours, number=number) for hours, number in spans.items())
