"""Looking at a reported website: claimed short, fetched outside of any transaction, recorded short.

Nobody's server is asked twice within a few seconds: whoever comes to a host takes the next turn there, and a promise
whose turn is not yet waits for it. What could not be reached is tried again with growing pauses, and then named.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from complaints.domain.actor import SYSTEM
from complaints.domain.outbox import Promise, PromiseKind
from complaints.domain.website import FetchTurn, SiteStep, Stage, Website, WebsiteCapture
from complaints.services.evidence.keeping import erasure_of
from complaints.services.evidence.stores import ORIGINAL

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from complaints.services.evidence.stores import Store
    from complaints.services.fetching.capture import Capture

TURN = timedelta(seconds=10)
# Before the second, third and fourth try at what may only be away for a while.
PAUSES = (timedelta(minutes=1), timedelta(minutes=20), timedelta(hours=3))
MAY_PASS = frozenset({"unreachable", "too_slow"})
CAPTURED = "captured"
LONGEST = {"final": 4000, "detail": 500, "whois": 20_000, "title": 300}
MOST_HOPS = 20


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be fetched; of a `guarded` site no picture is kept."""

    website_id: int
    url: str
    guarded: bool


@dataclass(frozen=True, slots=True)
class Sealed:
    """Where page and picture lie; empty what was not kept."""

    html_key: str = ""
    picture_key: str = ""

    @property
    def paths(self) -> list[str]:
        """All of them."""
        return [f"{ORIGINAL}/{key}" for key in (self.html_key, self.picture_key) if key]


def promise(session: Session, site: Website, name: str, now: datetime) -> None:
    """Promise to look at it; `name` says which time this is, so that it is promised once."""
    once = f"capture:{site.id}:{name}"
    if session.scalar(select(Promise.id).where(Promise.once == once)) is None:
        made = Promise(kind=PromiseKind.CAPTURE.value, payload={"website": site.id}, created_at=now, due_at=now)
        made.tries, made.once = 0, once
        session.add(made)


def begin(session: Session, kept: Promise, now: datetime) -> Errand | None:
    """What to fetch; None while another waits for the same host, then the promise is put off until its turn."""
    site = session.get_one(Website, int(kept.payload["website"]))
    turn = _turn(session, kept, site.host, now)
    if turn > now:
        kept.payload = {**kept.payload, "turn": turn.isoformat()}
        kept.due_at, kept.lease_until = turn, None
        return None
    return Errand(site.id, site.url, site.guarded)


def _turn(session: Session, kept: Promise, host: str, now: datetime) -> datetime:
    """When it may go there: the turn that it has already, or the next free one."""
    if "turn" in kept.payload:
        return datetime.fromisoformat(kept.payload["turn"])
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    put = dialect.insert(FetchTurn).values(host=host, free_at=now)
    session.execute(put.on_conflict_do_nothing(index_elements=[FetchTurn.host]))
    row = session.get_one(FetchTurn, host, with_for_update=True, populate_existing=True)
    turn = max(row.free_at, now)
    row.free_at = turn + TURN
    return turn


def seal(found: Capture, errand: Errand, store: Store, now: datetime) -> Sealed:
    """Bring page and picture to the store, outside of any transaction; raises `StoreAway`."""
    keys = []
    for content in (found.html, None if errand.guarded else found.picture):
        key = f"{now:%Y/%m}/{uuid.uuid4().hex}" if content else ""
        if content:
            store.put(f"{ORIGINAL}/{key}", content)
        keys.append(key)
    return Sealed(*keys)


def record(
    session: Session,
    kept: Promise | None,
    errand: Errand,
    found: Capture,
    sealed: Sealed,
    blocked_at: Collection[str],
    now: datetime,
) -> None:
    """Write down what was found, and what follows for the site.

    A page at one of the hosts `blocked_at` tells that the address is blocked: that is no return.
    """
    if kept is None:
        if sealed.paths:
            session.add(erasure_of(sealed.paths, now))
        return
    site = session.get_one(Website, errand.website_id, with_for_update=True, populate_existing=True)
    if site.guarded and sealed.picture_key:
        session.add(erasure_of([f"{ORIGINAL}/{sealed.picture_key}"], now))
        sealed = Sealed(sealed.html_key)
    session.add(_row(site, found, sealed))
    stage = Stage(site.stage)
    if found.outcome == CAPTURED:
        site.captured_at = now
        if stage in {Stage.REPORTED, Stage.FAILED}:
            site.take(SiteStep.CAPTURE, SYSTEM, now)
        elif site.may(SiteStep.REAPPEAR) and urlsplit(found.final or "").hostname not in blocked_at:
            site.take(SiteStep.REAPPEAR, SYSTEM, now)
    elif stage is Stage.REPORTED:
        if found.outcome in MAY_PASS and kept.tries < len(PAUSES):
            pause = PAUSES[kept.tries]
            kept.miss(now, f"{found.outcome}: {found.detail}")
            kept.payload, kept.due_at = {"website": site.id}, now + pause
            return
        site.take(SiteStep.FAIL, SYSTEM, now, outcome=found.outcome)
    kept.keep(now, outcome=found.outcome)


def _row(site: Website, found: Capture, sealed: Sealed) -> WebsiteCapture:
    html, picture = found.html or b"", found.picture or b""
    texts = {name: (getattr(found, name) or "").replace("\0", "")[:most] for name, most in LONGEST.items()}
    return WebsiteCapture(
        website_id=site.id,
        at=found.at,
        asked=found.asked[:500],
        outcome=found.outcome,
        hops=[{"url": hop.url[:1000], "address": hop.address, "status": hop.status} for hop in found.hops[:MOST_HOPS]],
        addresses=list(found.addresses)[:MOST_HOPS],
        html_key=sealed.html_key,
        html_sha256=hashlib.sha256(html).hexdigest() if html else "",
        html_size=len(html),
        picture_key=sealed.picture_key,
        picture_sha256=hashlib.sha256(picture).hexdigest() if picture else "",
        picture_size=len(picture),
        **texts,
    )


def guard(session: Session, site: Website, now: datetime) -> None:
    """Child abuse is shown or suspected there: pictures of it are destroyed, their hashes stay."""
    site.guarded = True
    rows = select(WebsiteCapture).where(WebsiteCapture.website_id == site.id, WebsiteCapture.picture_key != "")
    held = session.scalars(rows).all()
    if held:
        session.add(erasure_of([f"{ORIGINAL}/{row.picture_key}" for row in held], now))
    for row in held:
        row.picture_key = ""


def captures(session: Session, site: Website, most: int = 20) -> Sequence[WebsiteCapture]:
    """The latest looks at a site, newest first."""
    query = select(WebsiteCapture).where(WebsiteCapture.website_id == site.id)
    return session.scalars(query.order_by(WebsiteCapture.id.desc()).limit(most)).all()


def latest(session: Session, ids: Collection[int]) -> dict[int, WebsiteCapture]:
    """The last good look at each site."""
    good = (WebsiteCapture.website_id.in_(ids), WebsiteCapture.outcome == CAPTURED)
    last = select(func.max(WebsiteCapture.id)).where(*good).group_by(WebsiteCapture.website_id)
    rows = session.scalars(select(WebsiteCapture).where(WebsiteCapture.id.in_(last)))
    return {row.website_id: row for row in rows}


def look_again(session: Session, now: datetime, every: timedelta, limit: int = 200) -> int:
    """Promise a look at what was blocked or removed some time ago, and name the day of the next."""
    due = select(Website).where(Website.recheck_at.is_not(None), Website.recheck_at <= now)
    sites = session.scalars(due.order_by(Website.recheck_at).limit(limit).with_for_update(skip_locked=True)).all()
    for site in sites:
        promise(session, site, f"again:{now:%Y%m%d}", now)
        site.recheck_at = now + every
    return len(sites)
