"""The agencies, categories and accounts by their keys, for pages that name many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from classifiers.taxonomy import load_taxonomy
from complaints.domain.account import Account
from complaints.domain.agency import CENTRE, Agency, Category
from complaints.domain.client import ApiClient
from complaints.domain.identifier import Identifier
from complaints.domain.office import Office

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session


def categories(session: Session) -> dict[str, Category]:
    """Every category, retired ones too: old cases still name them."""
    return {row.code: row for row in session.scalars(select(Category).order_by(Category.group_code, Category.name_th))}


def choosable(session: Session) -> list[Category]:
    """The kinds that may be chosen, in the guide's order; what an administrator added comes last."""
    order = list(load_taxonomy().categories)
    found = session.scalars(select(Category).where(Category.active).order_by(Category.code))
    return sorted(found, key=lambda row: order.index(row.code) if row.code in order else len(order))


def agencies(session: Session) -> dict[str, Agency]:
    """Every agency, the centre and retired ones too."""
    return {row.code: row for row in session.scalars(select(Agency).order_by(Agency.name_th))}


def partners(rows: Iterable[Agency]) -> list[Agency]:
    """Those to which a case can be sent."""
    return [row for row in rows if row.active and row.code != CENTRE]


def account_names(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """The names of accounts, for timelines."""
    wanted = {number for number in ids if number is not None}
    if not wanted:
        return {}
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def office_names(session: Session, ids: Iterable[int], language: str) -> dict[int, str]:
    """The names of an agency's offices, for timelines."""
    wanted = set(ids)
    if not wanted:
        return {}
    return {row.id: row.name(language) for row in session.scalars(select(Office).where(Office.id.in_(wanted)))}


def client_names(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """The names of agencies' systems, for timelines."""
    wanted = {number for number in ids if number is not None}
    if not wanted:
        return {}
    rows = session.execute(select(ApiClient.id, ApiClient.name).where(ApiClient.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def identifier_values(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """What the identifiers are, for timelines."""
    rows = session.scalars(select(Identifier).where(Identifier.id.in_(set(ids))))
    return {row.id: row.shown for row in rows}
