"""Websites of the demonstration: some in every stage, lived through by the real services; nothing is fetched."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.db import unit_of_work
from complaints.domain.case import Case
from complaints.domain.outbox import Promise, PromiseKind
from complaints.domain.website import CATEGORY, Stage, Website
from complaints.services.fetching.capture import Capture, Hop
from complaints.services.websites import capturing, dossiers, joining, judging, news

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.services.evidence.stores import Store

RECHECK = timedelta(days=7)
# Address, kind, and how far it came.
SITES = (
    ("https://www.bet-a.example/?aff=1", "gambling", Stage.BLOCKED),
    ("https://bet-b.example", "gambling", Stage.ALIVE),
    ("https://bet-c.example/lotto", "gambling", Stage.SENT),
    ("https://bet-d.example", "gambling", Stage.ILLEGAL),
    ("https://www.facebook.com/smoke.example", "vape", Stage.ILLEGAL),
    ("https://t.me/pills_example", "drugs", Stage.REFUSED),
    ("https://brands.example/sale", "counterfeit", Stage.REMOVED),
    ("https://papers.example", "forged_documents", Stage.CAPTURED),
    ("https://line.me/R/ti/p/@example", "", Stage.CAPTURED),
    ("https://gone.example", "", Stage.FAILED),
    ("https://news.example", "", Stage.LEGAL),
    ("https://odd.example", "", Stage.UNSURE),
    ("https://new.example", "", Stage.REPORTED),
)
ENDED = {Stage.BLOCKED: "พ 101/2569", Stage.ALIVE: "พ 102/2569", Stage.REFUSED: "ดศ 31/2569", Stage.REMOVED: ""}


def live(store: Store, agent: Actor, now: datetime) -> None:
    """Join the addresses to the year's cases of the lane, and let everybody do their part."""
    for at, (address, kind, stage) in enumerate(SITES):
        began = now - timedelta(days=20 - at)
        with unit_of_work() as session:
            site = joining.add(session, address, agent, began)
            for case in _cases(session, at):
                joining.add(session, address, agent, began, case)
            if stage is not Stage.REPORTED:
                _look(session, site, store, began, "unreachable" if stage is Stage.FAILED else "captured")
            _judge(session, site, kind, stage, agent, began + timedelta(hours=5))
        _send(store, agent, address, stage, began + timedelta(days=1))


def stay_inside(now: datetime) -> None:
    """Nothing of a demonstration goes out to the net: the hosts that its stories name may be anybody's."""
    with unit_of_work() as session:
        query = select(Promise).where(Promise.kind == PromiseKind.CAPTURE.value, Promise.done_at.is_(None))
        for promise in session.scalars(query).all():
            promise.keep(now, outcome="demo")


def _cases(session: Session, at: int) -> Sequence[Case]:
    mine = select(Case).where(Case.category_code == CATEGORY).order_by(Case.id)
    return session.scalars(mine.offset(at).limit(1 + at % 3)).all()


def _look(session: Session, site: Website, store: Store, at: datetime, outcome: str) -> None:
    query = select(Promise).where(Promise.once.like(f"capture:{site.id}:%"), Promise.done_at.is_(None))
    promise = session.scalars(query).first()
    good = outcome == "captured"
    found = Capture(
        asked=site.url,
        final=site.url if good else None,
        at=at,
        outcome="captured" if good else "unreachable",
        detail="" if good else "the server does not answer",
        hops=(Hop(site.url, "192.0.2.7", 200 if good else None, None),),
        addresses=("192.0.2.7",),
        title="หน้าสาธิต" if good else "",
        html=f"<title>หน้าสาธิต</title><p>{site.address}".encode() if good else None,
    )
    if promise is not None and not good:
        promise.tries = len(capturing.PAUSES)
    errand = capturing.Errand(site.id, site.url, site.guarded)
    capturing.record(session, promise, errand, found, capturing.seal(found, errand, store, at), (), at)
    session.flush()


def _judge(session: Session, site: Website, kind: str, stage: Stage, agent: Actor, at: datetime) -> None:
    answers = {Stage.LEGAL: judging.LEGAL, Stage.UNSURE: judging.UNSURE}
    waiting = (Stage.REPORTED, Stage.FAILED, Stage.CAPTURED)
    if stage not in waiting:
        judging.judge(session, site.id, site.version, answers.get(stage, judging.ILLEGAL), kind, "", agent, at)


def _send(store: Store, agent: Actor, address: str, stage: Stage, at: datetime) -> None:
    if stage is not Stage.SENT and stage not in ENDED:
        return
    with unit_of_work() as session:
        site = joining.add(session, address, agent, at)
        made = dossiers.make(session, [site.id], "MDES", address, agent, at)
        dossiers.send(session, made.id, f"ดศ {made.id}/2569", agent, at)
        if stage in ENDED:
            result = Stage.BLOCKED if stage is Stage.ALIVE else stage
            day = at + timedelta(days=4)
            dossiers.end(session, [site.id], result.value, day, ENDED[stage], agent, day, RECHECK)
        if stage is Stage.ALIVE:
            capturing.look_again(session, at + timedelta(days=12), timedelta(days=30))
            _look(session, site, store, at + timedelta(days=12), "captured")
        _tell(session, at + timedelta(days=4))


def _tell(session: Session, at: datetime) -> None:
    session.flush()
    query = select(Promise).where(Promise.kind == PromiseKind.SITE_NEWS.value, Promise.done_at.is_(None))
    for promise in session.scalars(query.order_by(Promise.id)).all():
        while news.tell_some(session, promise, at):
            pass
