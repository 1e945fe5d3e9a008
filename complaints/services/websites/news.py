"""What became of a website, told to every case that reports it: some cases in one transaction, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from complaints.domain.account import Account
from complaints.domain.case import Case
from complaints.domain.errors import DecisionReserved
from complaints.domain.lifecycle import STEPS, Action, State
from complaints.domain.outbox import LEASE, Promise, PromiseKind
from complaints.domain.thai_time import show_date
from complaints.domain.website import CATEGORY, CHILD_ABUSE, RESULTS, Stage, Website, WebsiteEvent, WebsiteReport
from complaints.domain.wording import say
from complaints.services import joined, refer, triage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

BATCH = 50
# The outcome of a case whose addresses all came to an end: what the agency did, or that it explained why not.
DONE, EXPLAINED = "website_blocked", "explained"


def promise(session: Session, site: Website, entry_id: int, agency: str, now: datetime) -> None:
    """Promise it, with the entry of the history that is told."""
    payload = {"website": site.id, "entry": entry_id, "agency": agency, "after": 0}
    made = Promise(kind=PromiseKind.SITE_NEWS.value, payload=payload, created_at=now, due_at=now, tries=0)
    made.once = f"site-news:{entry_id}"
    session.add(made)


def tell_some(session: Session, kept: Promise, now: datetime) -> bool:
    """Tell the next cases; says whether more are left. The lease is renewed with every batch."""
    entry = session.get_one(WebsiteEvent, int(kept.payload["entry"]))
    site = session.get_one(Website, entry.website_id)
    author = session.get_one(Account, entry.account_id or 0).actor
    ids = _next(session, site, int(kept.payload["after"]))
    for case_id in ids:
        case = joined.target_of(session, session.get_one(Case, case_id))
        case = session.get_one(Case, case.id, with_for_update={"of": Case}, populate_existing=True)
        if not any(row.data.get("website_event") == entry.id for row in case.events):
            _tell(session, case, site, entry, str(kept.payload["agency"]), author, now)
    if len(ids) < BATCH:
        kept.keep(now, last=ids[-1] if ids else 0)
        return False
    kept.payload = {**kept.payload, "after": ids[-1]}
    kept.lease_until = now + LEASE
    session.flush()
    return True


def _next(session: Session, site: Website, after: int) -> Sequence[int]:
    rows = select(WebsiteReport.case_id).where(
        WebsiteReport.website_id == site.id, WebsiteReport.left_at.is_(None), WebsiteReport.case_id > after
    )
    return session.scalars(rows.order_by(WebsiteReport.case_id).limit(BATCH)).all()


def _tell(
    session: Session, case: Case, site: Website, entry: WebsiteEvent, agency: str, author: Actor, now: datetime
) -> None:
    facts: dict[str, Any] = {"website": site.id, "website_event": entry.id}
    if entry.to_stage == Stage.SENT.value:
        _refer(session, case, agency, author, now)
        case.apply(Action.SITE_SENT, author, now, agency=agency, **facts)
        return
    case.apply(Action.SITE_RESULT, author, now, result=entry.to_stage, **facts)
    if case.category_code == CATEGORY and _may_resolve(case, agency):
        _resolve(session, case, author, now)


def _refer(session: Session, case: Case, agency: str, author: Actor, now: datetime) -> None:
    """The agency gets the case too, unless it has it: then the referral's own letter tells of it."""
    if case.category_code != CATEGORY or State(case.state) not in STEPS[Action.REFER].sources:
        return
    if case.open_referrals:
        return
    try:
        refer.refer(session, case, [agency], author, now)
    except DecisionReserved:
        # Refused so often that a supervisor decides how the case goes on: the dossier went out all the same.
        return


def _may_resolve(case: Case, agency: str) -> bool:
    """While another agency works on the case, its answer is not ours to give."""
    if case.decide_by is not None or State(case.state) not in STEPS[Action.RESOLVE].sources:
        return False
    return all(row.agency_code == agency for row in case.open_referrals)


def _resolve(session: Session, case: Case, author: Actor, now: datetime) -> None:
    """Once every address that the case reports came to its end."""
    reports = select(Website).join(WebsiteReport, WebsiteReport.website_id == Website.id)
    sites = session.scalars(
        reports.where(WebsiteReport.case_id == case.id, WebsiteReport.left_at.is_(None)).order_by(Website.id)
    ).all()
    ended = [site for site in sites if site.stage in {result.value for result in RESULTS}]
    if len(ended) < sum(site.stage != Stage.LEGAL.value for site in sites) or not ended:
        return
    gone = any(site.stage != Stage.REFUSED.value for site in ended)
    answer = "\n".join(_sentence(site, case.language) for site in ended)
    triage.resolve(session, case, DONE if gone else EXPLAINED, answer, author, now)


def _sentence(site: Website, language: str) -> str:
    """What came of one address; where children are abused it is not named again."""
    address = say("website.answer.the_address", language) if site.kind == CHILD_ABUSE else site.shown
    day = show_date(site.ended_on, language) if site.ended_on else ""
    return say(f"website.answer.{site.stage}", language, address=address, day=day, reference=site.reference or "–")
