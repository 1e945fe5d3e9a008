"""The offices of an agency and what goes to which by itself, as whoever looks after the agency keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from complaints.domain.account import Account
from complaints.domain.agency import Category
from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput, NotAllowed, NotFound
from complaints.domain.lifecycle import OPEN_REFERRALS
from complaints.domain.office import DEEPEST, Office, OfficeRoute
from complaints.domain.places import provinces
from complaints.domain.policy import Permission, may
from complaints.domain.referral import Referral
from complaints.services import audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

NAME_LIMIT = 200


def of_agency(session: Session, agency: str | None) -> Sequence[Office]:
    """Every office of an agency in the order of its tree, retired ones too."""
    found = session.scalars(select(Office).where(Office.agency_code == (agency or ""))).all()
    named = {office.id: office.name_th for office in found}
    return sorted(found, key=lambda office: [named.get(int(part), "") for part in office.path.strip("/").split("/")])


def get(session: Session, office_id: int | None, actor: Actor) -> Office:
    """One office of the actor's own agency, or `NotFound`."""
    office = session.get(Office, office_id) if office_id is not None else None
    if office is None or office.agency_code != actor.agency:
        raise NotFound(what="office")
    return office


def add(session: Session, name_th: str, name_en: str, parent_id: int | None, actor: Actor, now: datetime) -> Office:
    """A new office, below another one or below the agency itself."""
    _may(actor)
    _name(session, name_th, name_en, actor)
    above = _above(session, parent_id, actor)
    office = Office(
        agency_code=actor.agency or "",
        parent_id=parent_id,
        path="",
        name_th=name_th.strip(),
        name_en=name_en.strip(),
        active=True,
    )
    session.add(office)
    session.flush()
    office.path = f"{above}{office.id}/"
    session.flush()
    audit.record(session, Change.OFFICE_ADDED, str(office.id), actor, now, after=_facts(office))
    return office


def change(
    session: Session,
    office: Office,
    name_th: str,
    name_en: str,
    parent_id: int | None,
    actor: Actor,
    now: datetime,
    *,
    active: bool,
) -> None:
    """Rename, move with everything below it, or retire; one that still has work, people or offices is kept."""
    _may(actor)
    _name(session, name_th, name_en, actor, office)
    if office.active and not active:
        _check_empty(session, office)
    before = _facts(office)
    if parent_id != office.parent_id:
        _move(session, office, parent_id, actor)
    office.name_th, office.name_en, office.active = name_th.strip(), name_en.strip(), active
    session.flush()
    audit.record(session, Change.OFFICE_CHANGED, str(office.id), actor, now, before=before, after=_facts(office))


def _move(session: Session, office: Office, parent_id: int | None, actor: Actor) -> None:
    """The paths below go along. Locked, so that two moves cannot hang two offices below each other."""
    whole = select(Office).where(Office.agency_code == office.agency_code).order_by(Office.id)
    rows = session.scalars(whole.with_for_update(of=Office).execution_options(populate_existing=True)).all()
    above, old = _above(session, parent_id, actor), office.path
    below = [row for row in rows if row.path.startswith(old)]
    if any(row.id == parent_id for row in below):
        raise InvalidInput("parent", reason="office_below_itself")
    if above.count("/") + max(row.depth - office.depth for row in below) > DEEPEST:
        raise InvalidInput("parent", reason="office_too_deep", limit=DEEPEST)
    office.parent_id = parent_id
    for row in below:
        row.path = f"{above}{office.id}/{row.path.removeprefix(old)}"


def routes(session: Session, agency: str | None) -> Sequence[OfficeRoute]:
    """What goes where by itself."""
    mine = select(OfficeRoute).where(OfficeRoute.agency_code == (agency or ""))
    return session.scalars(mine.order_by(OfficeRoute.category_code, OfficeRoute.province)).all()


def add_route(
    session: Session, category: str, province: str, office_id: int | None, actor: Actor, now: datetime
) -> OfficeRoute:
    """Referrals of a kind, of a province, or of both go to an office; what exists already is refused."""
    _may(actor)
    if category and session.get(Category, category) is None:
        raise InvalidInput("category", reason="choose_category")
    if province and province not in provinces():
        raise InvalidInput("province", reason="choose_province")
    if not category and not province:
        raise InvalidInput("category", reason="route_names_something")
    office = session.get(Office, office_id) if office_id is not None else None
    if office is None or office.agency_code != actor.agency or not office.active:
        raise InvalidInput("office", reason="choose_office")
    if any((row.category_code, row.province) == (category, province) for row in routes(session, actor.agency)):
        raise InvalidInput("category", reason="route_exists")
    route = OfficeRoute(
        agency_code=office.agency_code, category_code=category, province=province, office_id=office.id, office=office
    )
    session.add(route)
    session.flush()
    audit.record(session, Change.OFFICE_ROUTE_ADDED, str(office.id), actor, now, after=_route(route))
    return route


def drop_route(session: Session, route_id: int, actor: Actor, now: datetime) -> None:
    """Send nothing there by itself any more; what lies there stays."""
    _may(actor)
    route = session.get(OfficeRoute, route_id)
    if route is None or route.agency_code != actor.agency:
        raise NotFound(what="route")
    audit.record(session, Change.OFFICE_ROUTE_REMOVED, str(route.office_id), actor, now, before=_route(route))
    session.delete(route)
    session.flush()


def office_for(session: Session, agency: str, category: str, province: str) -> int | None:
    """Where a new referral goes: kind and province together before the kind alone, before the province alone."""
    fitting = [
        row
        for row in routes(session, agency)
        if row.office.active and row.category_code in {"", category} and row.province in {"", province}
    ]
    best = max(fitting, key=lambda row: (bool(row.category_code), bool(row.province)), default=None)
    return best.office_id if best is not None else None


def open_counts(session: Session, agency: str | None) -> dict[int, int]:
    """How many open referrals lie with each office itself."""
    rows = session.execute(
        select(Referral.office_id, func.count())
        .where(Referral.agency_code == (agency or ""), Referral.state.in_([state.value for state in OPEN_REFERRALS]))
        .group_by(Referral.office_id)
    )
    return {office_id: number for office_id, number in rows if office_id is not None}


def _may(actor: Actor) -> None:
    if not may(actor, Permission.MANAGE_AGENCY):
        raise NotAllowed(action="manage_agency")


def _name(session: Session, name_th: str, name_en: str, actor: Actor, own: Office | None = None) -> None:
    if not name_th.strip():
        raise InvalidInput("name_th", reason="required")
    for field, name in (("name_th", name_th), ("name_en", name_en)):
        if len(name.strip()) > NAME_LIMIT:
            raise InvalidInput(field, reason="too_long", limit=NAME_LIMIT)
    same = select(Office.id).where(Office.agency_code == actor.agency, Office.name_th == name_th.strip())
    taken = session.scalars(same).first()
    if taken is not None and (own is None or taken != own.id):
        raise InvalidInput("name_th", reason="name_taken")


def _above(session: Session, parent_id: int | None, actor: Actor) -> str:
    """The path under which something hangs."""
    if parent_id is None:
        return "/"
    parent = session.get(Office, parent_id)
    if parent is None or parent.agency_code != actor.agency or not parent.active:
        raise InvalidInput("parent", reason="choose_office")
    if parent.depth + 1 >= DEEPEST:
        raise InvalidInput("parent", reason="office_too_deep", limit=DEEPEST)
    return parent.path


def _check_empty(session: Session, office: Office) -> None:
    holding = (
        select(Referral.id).where(
            Referral.office_id == office.id, Referral.state.in_([state.value for state in OPEN_REFERRALS])
        ),
        select(Account.id).where(Account.office_id == office.id, Account.active),
        select(Office.id).where(Office.parent_id == office.id, Office.active),
        select(OfficeRoute.id).where(OfficeRoute.office_id == office.id),
    )
    for what, statement in zip(("referrals", "people", "offices", "routes"), holding, strict=True):
        if session.execute(statement.limit(1)).first() is not None:
            raise InvalidInput("active", reason=f"office_has_{what}")


def _facts(office: Office) -> dict[str, object]:
    return {
        "name_th": office.name_th,
        "name_en": office.name_en,
        "parent": office.parent_id,
        "active": office.active,
    }


def _route(route: OfficeRoute) -> dict[str, object]:
    return {"category": route.category_code, "province": route.province, "office": route.office.name_th}
