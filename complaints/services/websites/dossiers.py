"""Dossiers: many verified addresses handed to the ministry at once, and what came back.

What a dossier says is written down when it is made, so that whoever downloads it later gets the same bytes.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from complaints.domain.agency import CENTRE, Agency
from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.website import Dossier, DossierSite, SiteStep, Website
from complaints.services import audit
from complaints.services.websites import capturing, judging, listing, news

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.website import WebsiteCapture
    from complaints.services.websites.listing import Told

FORMAT = "occ1212-websites-1"
MOST = 200
SHOWN = 50


def make(session: Session, ids: Sequence[int], agency: str, token: str, actor: Actor, now: datetime) -> Dossier:
    """Prepare one; the same form sent again gives the same. Raises `InvalidInput` on `site` or `agency`."""
    mark = hashlib.sha256(f"{actor.account_id}:{token}".encode()).hexdigest()
    known = session.scalars(select(Dossier).where(Dossier.token == mark)).first()
    if known is not None:
        return known
    to = session.get(Agency, agency)
    if to is None or not to.active or agency == CENTRE:
        raise InvalidInput("agency", reason="choose_agency")
    if not ids:
        raise InvalidInput("site", reason="website_choose")
    if len(ids) > MOST:
        raise InvalidInput("site", reason="website_many", limit=MOST)
    sites = session.scalars(select(Website).where(Website.id.in_(ids)).order_by(Website.id).with_for_update()).all()
    if len(sites) != len(set(ids)) or not all(site.may(SiteStep.SEND) for site in sites):
        raise InvalidInput("site", reason="website_not_verified")
    made = Dossier(agency_code=agency, token=mark, made_at=now, made_by_id=actor.account_id or 0, data={})
    session.add(made)
    session.flush()
    made.data = _contents(session, made, sites, actor)
    session.add_all(DossierSite(dossier_id=made.id, website_id=site.id) for site in sites)
    session.flush()
    audit.record(
        session, Change.DOSSIER_MADE, str(made.id), actor, now, after={"agency": agency, "addresses": len(sites)}
    )
    return made


def _contents(session: Session, made: Dossier, sites: Sequence[Website], actor: Actor) -> dict[str, Any]:
    ids = [site.id for site in sites]
    told, seen = listing.told(session, ids), capturing.latest(session, ids)
    return {
        "format": FORMAT,
        "dossier": made.id,
        "agency": made.agency_code,
        "made_at": made.made_at.isoformat(),
        "made_by": actor.name,
        "websites": [_site(site, told[site.id], seen.get(site.id)) for site in sites],
    }


def _site(site: Website, told: Told, seen: WebsiteCapture | None) -> dict[str, Any]:
    return {
        "id": site.id,
        "address": site.address,
        "shown": site.shown,
        "url": site.url,
        "kind": site.kind,
        "law": site.law,
        "verified_at": _moment(site.verified_at),
        "reports": told.reports,
        "first_reported": _moment(site.reported_at),
        "last_reported": _moment(told.last),
        "returns": site.returns,
        "guarded": site.guarded,
        "capture": None
        if seen is None
        else {
            "id": seen.id,
            "at": seen.at.isoformat(),
            "final": seen.final,
            "dns": seen.addresses,
            "title": seen.title,
            "whois": seen.whois,
            "html_sha256": seen.html_sha256,
            "html_key": seen.html_key,
            "picture_sha256": seen.picture_sha256,
            "picture_key": seen.picture_key,
        },
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def get(session: Session, dossier_id: int) -> Dossier:
    """One by its id."""
    found = session.get(Dossier, dossier_id, options=[joinedload(Dossier.made_by)])
    if found is None:
        raise NotFound(what="dossier")
    return found


def newest(session: Session, before: int | None = None) -> list[tuple[Dossier, int]]:
    """The latest, each with the number of its addresses."""
    query = select(Dossier, func.count()).join(DossierSite, DossierSite.dossier_id == Dossier.id)
    if before is not None:
        query = query.where(Dossier.id < before)
    rows = session.execute(query.group_by(Dossier.id).order_by(Dossier.id.desc()).limit(SHOWN + 1))
    return [(row[0], row[1]) for row in rows]


def sites_of(session: Session, dossier: Dossier) -> Sequence[Website]:
    """Its addresses as they stand now."""
    query = select(Website).join(DossierSite, DossierSite.website_id == Website.id)
    return session.scalars(query.where(DossierSite.dossier_id == dossier.id).order_by(Website.id)).all()


def of_site(session: Session, site: Website) -> Sequence[Dossier]:
    """The dossiers that hold an address, the latest first."""
    query = select(Dossier).join(DossierSite, DossierSite.dossier_id == Dossier.id)
    return session.scalars(query.where(DossierSite.website_id == site.id).order_by(Dossier.id.desc())).all()


def sealed(session: Session, dossier_id: int, sha256: str, actor: Actor, now: datetime) -> None:
    """Who took it along, and what it was; the first hash stays with the dossier."""
    found = get(session, dossier_id)
    found.sha256 = found.sha256 or sha256
    audit.record(session, Change.DOSSIER_TAKEN, str(dossier_id), actor, now, after={"sha256": sha256})


def send(session: Session, dossier_id: int, reference: str, actor: Actor, now: datetime) -> Dossier:
    """Record that it went out; every case concerned is told by a promise. Said twice, it is recorded once."""
    reference = " ".join(reference.split())
    if not reference:
        raise InvalidInput("reference", reason="required")
    if len(reference) > judging.LONGEST_REFERENCE:
        raise InvalidInput("reference", reason="too_long", limit=judging.LONGEST_REFERENCE)
    found = session.get(Dossier, dossier_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(what="dossier")
    if found.sent_at is not None:
        return found
    sites = _locked(session, [row.id for row in sites_of(session, found)])
    if not all(site.may(SiteStep.SEND) for site in sites):
        raise InvalidInput("reference", reason="website_dossier_old")
    found.sent_at, found.sent_by_id, found.reference = now, actor.account_id, reference
    for site in sites:
        entry = site.take(SiteStep.SEND, actor, now, dossier=found.id, reference=reference)
        session.flush()
        news.promise(session, site, entry.id, found.agency_code, now)
    audit.record(session, Change.DOSSIER_SENT, str(found.id), actor, now, after={"reference": reference})
    return found


def end(
    session: Session,
    ids: Sequence[int],
    result: str,
    day: datetime,
    reference: str,
    actor: Actor,
    now: datetime,
    recheck_after: timedelta,
) -> int:
    """Record one result for several addresses; every case concerned is told by a promise. Returns how many."""
    if not ids:
        raise InvalidInput("site", reason="website_choose")
    for site in _locked(session, ids):
        entry_id = judging.end(session, site, result, day, reference, actor, now, recheck_after)
        held = of_site(session, site)
        news.promise(session, site, entry_id, held[0].agency_code if held else "", now)
    return len(ids)


def _locked(session: Session, ids: Sequence[int]) -> Sequence[Website]:
    """In order, so that two who send the same at once do not wait for each other for ever."""
    query = select(Website).where(Website.id.in_(ids)).order_by(Website.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).all()
