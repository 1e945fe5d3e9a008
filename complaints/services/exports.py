"""Cases as a table to take away: one row a case, as far as the actor may see it, read in pieces whatever their number.

Who took what along, and why, is recorded before the file leaves; with persons in it, case by case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, insert, literal, select
from sqlalchemy import case as either
from sqlalchemy.orm import aliased, joinedload

from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.domain.agency import Category
from complaints.domain.audit import AuditEntry, Change
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, NotAllowed
from complaints.domain.export import ExportedCase
from complaints.domain.office import Office
from complaints.domain.person import Person
from complaints.domain.policy import Permission, may, persons_shown_to, referrals_of, visible_to
from complaints.domain.referral import Referral
from complaints.services import audit, behind
from complaints.services.search import finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Row, Select
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.services.search.wanted import Wanted

ABOUT = ("number", "received_at", "channel", "state", "category_code", "category", "province", "urgent", "lost")
TIMES = ("transferred_at", "acknowledged_at", "triage_by", "referred_at", "final_by", "resolved_at", "closed_at")
DESK = (*ABOUT, "group", "agency", *TIMES, "outcome", "reopened", "score", "due", "solved", "assignee")
PART = ("part_state", "sent_at", "acknowledge_by", "confirmed_at", "answer_by", "ended_at", "part_outcome", "recovered")
PARTNER = (*ABOUT, "transferred_at", "final_by", *PART, "office", "assignee")
PERSONAL = ("name", "phone", "email", "line_id", "story")
FORMATS = ("csv", "xlsx")
LONGEST_REASON = 500
AT_A_TIME = 500
PAGE = 50


def columns(actor: Actor, *, personal: bool) -> tuple[str, ...]:
    """What the actor's table holds; raises `NotAllowed` for persons without the right to take them along."""
    if personal and not may(actor, Permission.EXPORT_PERSONS):
        raise NotAllowed(action="export_persons")
    return (*(PARTNER if actor.role is Role.PARTNER else DESK), *(PERSONAL if personal else ()))


def reason(typed: str, *, personal: bool) -> str:
    """Why persons are taken along; raises `InvalidInput` on `reason`."""
    text = " ".join(typed.split())
    if personal and not text:
        raise InvalidInput("reason", reason="required")
    if len(text) > LONGEST_REASON:
        raise InvalidInput("reason", reason="too_long", limit=LONGEST_REASON)
    return text


def form(typed: str) -> str:
    """Which kind of file; raises `InvalidInput` on `format`."""
    if typed not in FORMATS:
        raise InvalidInput("format", reason="choose_from_list")
    return typed


def number(session: Session, actor: Actor, condition: ColumnElement[bool]) -> int:
    """How many cases a condition lists."""
    rows = select(func.count()).select_from(Case).outerjoin(Category, Category.code == Case.category_code)
    return session.scalar(rows.where(visible_to(actor), condition)) or 0


def searched(session: Session, actor: Actor, wanted: Wanted) -> Iterator[list[int]]:
    """Every case that the pages of a search list, some at a time."""
    after = ""
    while True:
        found = finding.find(session, actor, wanted, after, size=AT_A_TIME)
        yield [hit.case.id for hit in found.hits]
        session.expunge_all()
        after = found.after
        if not after:
            return


def rows(session: Session, actor: Actor, what: ColumnElement[bool], names: Sequence[str]) -> Iterator[Row[Any]]:
    """The cases of a condition on `Case` and its `Category`; in each row the id stands first, then the named columns.

    One query whose answer comes in pieces: the table is of one moment, and no more than a piece is held.
    """
    found = session.execute(_statement(actor, names).where(what), execution_options={"yield_per": AT_A_TIME})
    for part in found.partitions():
        yield from part


def rows_of(session: Session, actor: Actor, lists: Iterable[list[int]], names: Sequence[str]) -> Iterator[Row[Any]]:
    """The same of cases that come as lists of ids."""
    for ids in lists:
        yield from session.execute(_statement(actor, names).where(Case.id.in_(ids))).all()


def _statement(actor: Actor, names: Sequence[str]) -> Select[Any]:
    """The query for the named columns, as far as the actor may see them."""
    part, who = aliased(Referral), aliased(Account)
    own = select(func.max(Referral.id)).where(Referral.case_id == Case.id, referrals_of(actor)).correlate(Case)
    found = {**_of_case(), **_of_part(part), **_of_person(actor), "assignee": func.coalesce(who.name, "")}
    query = (
        select(Case.id, *(found[name].label(name) for name in names))
        .select_from(Case)
        .join(Person, Person.id == Case.person_id)
        .outerjoin(Category, Category.code == Case.category_code)
        .where(visible_to(actor))
        .order_by(Case.id)
    )
    if actor.role is not Role.PARTNER:
        return query.outerjoin(who, who.id == Case.assignee_id)
    query = query.outerjoin(part, part.id == own.scalar_subquery()).outerjoin(who, who.id == part.assignee_id)
    return query.outerjoin(Office, Office.id == part.office_id)


def _of_case() -> dict[str, Any]:
    plain = (*ABOUT, *TIMES, "outcome", "score")
    found: dict[str, Any] = {name: getattr(Case, name) for name in plain if hasattr(Case, name)}
    return found | {
        "category": Case.category_code,
        "group": Category.group_code,
        "agency": Case.lead_agency_code,
        "reopened": Case.reopened_count,
        "due": behind.is_due(),
        "solved": behind.is_due() & behind.is_solved(),
    }


def _of_part(part: type[Referral]) -> dict[str, Any]:
    """The agency's own part, the last if there were several."""
    moments = {
        name: getattr(part, name) for name in ("sent_at", "acknowledge_by", "answer_by", "ended_at", "recovered")
    }
    return moments | {
        "part_state": part.state,
        "confirmed_at": part.acknowledged_at,
        "part_outcome": part.outcome,
        "office": func.coalesce(Office.name_th, ""),
    }


def _of_person(actor: Actor) -> dict[str, Any]:
    shown = persons_shown_to(actor)
    contacts = (Person.name, Person.phone, Person.email, Person.line_id)
    return {"story": Case.story} | {column.key: either((shown, column), else_=literal("")) for column in contacts}


def record(
    session: Session,
    asked: str,
    names: Sequence[str],
    why: str,
    cases: Sequence[int],
    actor: Actor,
    now: datetime,
    *,
    made: str,
    sha256: str,
) -> None:
    """Who took which cases along, how many, why; with persons also each case by itself."""
    persons = [name for name in names if name in PERSONAL]
    after = {"asked": asked, "rows": len(cases), "format": made, "sha256": sha256}
    if persons:
        after |= {"persons": ", ".join(persons), "reason": why}
    entry = audit.record(session, Change.CASES_EXPORTED, actor.agency or "", actor, now, after=after)
    if entry is None or not persons:
        return
    for start in range(0, len(cases), AT_A_TIME):
        some = cases[start : start + AT_A_TIME]
        session.execute(insert(ExportedCase), [{"audit_id": entry.id, "case_id": case_id} for case_id in some])


def taken(session: Session, before_id: int | None = None) -> Sequence[AuditEntry]:
    """What was taken along, newest first, and one more than a page; from a page's last entry on."""
    query = select(AuditEntry).options(joinedload(AuditEntry.account)).order_by(AuditEntry.id.desc())
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    return session.scalars(query.where(AuditEntry.what == Change.CASES_EXPORTED.value).limit(PAGE + 1)).all()
