"""Nobody saves over what somebody else changed meanwhile: the record of changes is the version of each thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from complaints.domain.account import Account
from complaints.domain.agency import CENTRE, Agency, Category
from complaints.domain.audit import AuditEntry, Change
from complaints.domain.errors import StaleRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

SHOWN = 20
# What changes each kind of thing; the centre's settings have no row of their own, so the centre's is locked for them.
CHANGES = {
    "account": (Change.ACCOUNT_CHANGED, Change.ACCOUNT_ENABLED, Change.ACCOUNT_DISABLED),
    "agency": (Change.AGENCY_ADDED, Change.AGENCY_CHANGED),
    "category": (Change.CATEGORY_ADDED, Change.CATEGORY_CHANGED, Change.CATEGORY_REMOVED),
    "settings": (Change.SETTINGS_CHANGED,),
}
TABLES = {"account": Account, "agency": Agency, "category": Category, "settings": Agency}


def version(session: Session, kind: str, about: str) -> int:
    """The number of the last change of a thing; 0 if it never changed."""
    return session.scalar(select(func.max(AuditEntry.id)).where(*_of(kind, about))) or 0


def hold(session: Session, kind: str, about: str, seen: int) -> None:
    """Lock a thing for a change; raises `StaleRecord` when it changed since the form that knew version `seen`."""
    key = CENTRE if kind == "settings" else int(about) if kind == "account" else about
    table = TABLES[kind]
    session.get(table, key, with_for_update={"of": table}, populate_existing=True)
    if version(session, kind, about) != seen:
        raise StaleRecord(since=seen)


def since(session: Session, kind: str, about: str, seen: int) -> Sequence[AuditEntry]:
    """The changes of a thing after a version, newest first, with whoever made them."""
    statement = select(AuditEntry).options(joinedload(AuditEntry.account)).where(*_of(kind, about))
    return session.scalars(statement.where(AuditEntry.id > seen).order_by(AuditEntry.id.desc()).limit(SHOWN)).all()


def _of(kind: str, about: str) -> tuple[ColumnElement[bool], ...]:
    return AuditEntry.about == about, AuditEntry.what.in_([change.value for change in CHANGES[kind]])
