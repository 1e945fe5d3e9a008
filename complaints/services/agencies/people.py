"""An agency's own people as whoever looks after them invites, changes, reviews and removes them; each step recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from complaints.domain.account import Account, SignInSession
from complaints.domain.actor import Role
from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput, NotAllowed, NotFound
from complaints.domain.office import Office
from complaints.domain.policy import Permission, may, may_manage
from complaints.services import accounts, audit, staffing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

# After so long somebody must say again that the person still works there.
REVIEW_EVERY = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Colleague:
    """An account of an agency, when its owner was last seen, and since when it should have been reviewed."""

    account: Account
    seen_at: datetime | None
    overdue: bool


def colleagues(session: Session, actor: Actor, now: datetime) -> list[Colleague]:
    """Everybody of the actor's agency, the active ones first."""
    _may(actor)
    rows = session.execute(
        select(Account, func.max(SignInSession.seen_at))
        .outerjoin(SignInSession, SignInSession.account_id == Account.id)
        .where(Account.agency_code == actor.agency)
        .group_by(Account.id)
        .order_by(Account.active.desc(), Account.name, Account.id)
    )
    return [Colleague(account, seen_at, is_overdue(account, now)) for account, seen_at in rows]


def is_overdue(account: Account, now: datetime) -> bool:
    """Has nobody said for so long that the person still works there."""
    return account.active and (account.reviewed_at or account.created_at) <= now - REVIEW_EVERY


def overdue(session: Session, actor: Actor, now: datetime) -> int:
    """How many of the agency's accounts wait for that word."""
    said = func.coalesce(Account.reviewed_at, Account.created_at)
    late = select(func.count()).where(Account.agency_code == actor.agency, Account.active, said <= now - REVIEW_EVERY)
    return session.scalar(late) or 0


def at_work(session: Session, agency: str | None) -> Sequence[Account]:
    """The agency's people who may sign in, by name."""
    mine = select(Account).where(Account.agency_code == (agency or ""), Account.active)
    return session.scalars(mine.order_by(Account.name, Account.id)).all()


def get(session: Session, account_id: int, actor: Actor) -> Account:
    """One account that the actor looks after, or `NotFound`: those of others are not told of."""
    account = session.get(Account, account_id)
    if account is None or not may_manage(actor, account):
        raise NotFound(what="account")
    return account


def invite(
    session: Session,
    login: str,
    name: str,
    language: str,
    office_id: int | None,
    actor: Actor,
    now: datetime,
    *,
    manages: bool = False,
) -> tuple[Account, str]:
    """Add somebody; returns the account with its one-time link's token, which stands nowhere in clear."""
    _may(actor)
    office = _office(session, office_id, actor)
    account = accounts.create(session, login, name, Role.PARTNER.value, actor.agency, now, language)
    account.office_id, account.manages, account.reviewed_at = office, manages, now
    session.flush()
    audit.record(session, Change.ACCOUNT_CREATED, str(account.id), actor, now, after=_facts(account))
    return account, accounts.one_time_link(session, account, now)


def change(
    session: Session,
    account: Account,
    name: str,
    language: str,
    office_id: int | None,
    actor: Actor,
    now: datetime,
    *,
    manages: bool,
) -> None:
    """Another name, office or duty; with another office or duty the account is signed out everywhere."""
    if not may_manage(actor, account):
        raise NotFound(what="account")
    if account.id == actor.account_id and not manages:
        raise InvalidInput("manages", reason="not_yourself")
    before = _facts(account)
    office = _office(session, office_id, actor) if office_id != account.office_id else office_id
    accounts.change(session, account, name, account.role, account.agency_code, language)
    account.office_id, account.manages = office, manages
    session.flush()
    session.expire(account, ["office"])
    after = _facts(account)
    if (before["office"], before["manages"]) != (after["office"], after["manages"]) and account.id != actor.account_id:
        accounts.end_sessions(session, account, now)
    audit.record(session, Change.ACCOUNT_CHANGED, str(account.id), actor, now, before=before, after=after)


def review(session: Session, account: Account, actor: Actor, now: datetime) -> None:
    """The person still works here."""
    if not may_manage(actor, account):
        raise NotFound(what="account")
    if not account.active:
        raise InvalidInput("active", reason="account_disabled")
    account.reviewed_at = now
    audit.record(session, Change.ACCOUNT_REVIEWED, str(account.id), actor, now)


def set_active(session: Session, account: Account, actor: Actor, now: datetime, *, active: bool) -> None:
    """Remove, which ends every session at once, or let in again; what lay with the person waits for anybody."""
    if not may_manage(actor, account):
        raise NotFound(what="account")
    staffing.set_active(session, account, actor, now, active=active)
    if active:
        account.reviewed_at = now


def new_link(session: Session, account: Account, actor: Actor, now: datetime) -> str:
    """A fresh one-time link."""
    if not may_manage(actor, account):
        raise NotFound(what="account")
    return staffing.new_link(session, account, actor, now)


def _may(actor: Actor) -> None:
    if not may(actor, Permission.MANAGE_AGENCY):
        raise NotAllowed(action="manage_agency")


def _office(session: Session, office_id: int | None, actor: Actor) -> int | None:
    if office_id is None:
        return None
    office = session.get(Office, office_id)
    if office is None or office.agency_code != actor.agency or not office.active:
        raise InvalidInput("office", reason="choose_office")
    return office.id


def _facts(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "language": account.language,
        "office": account.office_id,
        "manages": account.manages,
    }
