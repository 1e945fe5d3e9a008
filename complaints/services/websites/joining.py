"""Which cases report which websites: the same address is one row at once, and what was misread leaves again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from classifiers.identifiers import extract
from complaints.domain.actor import SYSTEM
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.identifier import MACHINE, PERSON
from complaints.domain.web_address import read_address
from complaints.domain.website import CATEGORY, CHILD_ABUSE, GOES_ON, SiteStep, Stage, Website, WebsiteReport
from complaints.services.websites import capturing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.web_address import WebAddress


@dataclass(frozen=True, slots=True)
class Named:
    """An address that a case names: the website that it reports, or why the lane cannot take it; neither beside it."""

    written: str
    website: Website | None = None
    refusal: InvalidInput | None = None


def follow(session: Session, case: Case, now: datetime) -> None:
    """Make the case's reports agree with the links that it names, as long as it is of the lane's kind.

    What a person put into the lane stays there.
    """
    wanted: dict[str, tuple[WebAddress, str]] = {}
    if case.category_code == CATEGORY:
        for written in _links(case):
            try:
                address = read_address(written)
            except InvalidInput:
                continue
            wanted.setdefault(address.key, (address, written))
    for report in _reports(session, case):
        if report.website.address in wanted:
            wanted.pop(report.website.address)
            report.left_at = None
        elif report.found_by == MACHINE and report.left_at is None:
            report.left_at = now
    for address, written in wanted.values():
        _report(session, case, _site(session, address, SYSTEM, now), written, MACHINE, now)
    session.flush()


def add(session: Session, text: str, actor: Actor, now: datetime, case: Case | None = None) -> Website:
    """Put an address into the lane by hand, with the case that names it if there is one; raises `InvalidInput`."""
    site = _site(session, _typed(text), actor, now)
    if case is not None:
        report = session.get(WebsiteReport, (site.id, case.id))
        if report is None:
            _report(session, case, site, text.strip()[:500], PERSON, now)
        else:
            report.left_at, report.found_by = None, PERSON
    session.flush()
    return site


def verified(session: Session, case: Case) -> bool:
    """Does the case report websites, and did a person find every one of them illegal."""
    sites = [row.website for row in _reports(session, case) if row.left_at is None]
    return bool(sites) and all(Stage(site.stage) in GOES_ON for site in sites)


def named_by(session: Session, case: Case) -> list[Named]:
    """How the lane stands to each address that a case names."""
    standing = {row.website.address: row for row in _reports(session, case) if row.left_at is None}
    found: list[Named] = []
    for written in _links(case):
        try:
            report = standing.pop(read_address(written).key, None)
        except InvalidInput as error:
            found.append(Named(written, refusal=error))
        else:
            found.append(Named(written, report.website if report else None))
    return found + [Named(row.written, row.website) for row in standing.values()]


def get(session: Session, website_id: int) -> Website:
    """One by its id."""
    found = session.get(Website, website_id)
    if found is None:
        raise NotFound(what="website")
    return found


def get_for_change(session: Session, website_id: int) -> Website:
    """The same, locked and read anew."""
    found = session.get(Website, website_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(what="website")
    return found


def _typed(text: str) -> WebAddress:
    """What somebody typed or pasted: an address alone, or one among words."""
    if not text.strip():
        raise InvalidInput("address", reason="required")
    inside = extract(text).urls
    return read_address(inside[0] if len(inside) == 1 else text)


def _links(case: Case) -> list[str]:
    return sorted(tie.identifier.value for tie in case.identifiers if tie.identifier.kind == "url")


def _reports(session: Session, case: Case) -> Sequence[WebsiteReport]:
    query = select(WebsiteReport).where(WebsiteReport.case_id == case.id).options(joinedload(WebsiteReport.website))
    return session.scalars(query.order_by(WebsiteReport.website_id)).all()


def _report(session: Session, case: Case, site: Website, written: str, found_by: str, now: datetime) -> None:
    session.add(WebsiteReport(website_id=site.id, case_id=case.id, written=written, found_by=found_by, at=now))
    if case.answers.get("content") == CHILD_ABUSE:
        capturing.guard(session, site, now)


def _site(session: Session, address: WebAddress, actor: Actor, now: datetime) -> Website:
    """The row of an address; made, with the promise to look at it, by whichever of two comes first."""
    query = select(Website).where(Website.address == address.key)
    known = session.scalars(query).first()
    if known is not None:
        return known
    try:
        with session.begin_nested():
            site = Website(address=address.key, host=address.host, url=address.url, reported_at=now, returns=0)
            site.take(SiteStep.REPORT, actor, now)
            session.add(site)
            session.flush()
    except IntegrityError:
        return session.scalars(query).one()
    capturing.promise(session, site, "first", now)
    return site
