"""What an administrator does with accounts, each step recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from complaints.domain.account import Account, SignInSession
from complaints.domain.actor import Role
from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput, NotFound
from complaints.services import accounts, audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor


@dataclass(frozen=True, slots=True)
class Member:
    """An account and when its owner was last seen."""

    account: Account
    seen_at: datetime | None


def members(session: Session) -> Sequence[Member]:
    """Every account with its last sign of life: the active ones first, then by role and name."""
    rows = session.execute(
        select(Account, func.max(SignInSession.seen_at))
        .outerjoin(SignInSession, SignInSession.account_id == Account.id)
        .group_by(Account.id)
        .order_by(Account.active.desc(), Account.role, Account.name)
    )
    return [Member(account, seen_at) for account, seen_at in rows]


def get(session: Session, account_id: int) -> Account:
    """One account, or `NotFound`."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound(what="account")
    return account


def create(
    session: Session,
    login: str,
    name: str,
    role: str,
    agency: str | None,
    language: str,
    actor: Actor,
    now: datetime,
    extension: str = "",
    *,
    manages: bool = False,
) -> tuple[Account, str]:
    """Add an account; returns it with the one-time link's token, which stands nowhere in clear."""
    account = accounts.create(session, login, name, role, agency, now, language)
    accounts.set_extension(session, account, extension)
    account.manages = manages and account.agency_code is not None
    audit.record(session, Change.ACCOUNT_CREATED, str(account.id), actor, now, after=_facts(account))
    return account, accounts.one_time_link(session, account, now)


def change(
    session: Session,
    account: Account,
    name: str,
    role: str,
    agency: str | None,
    language: str,
    actor: Actor,
    now: datetime,
    extension: str = "",
    *,
    manages: bool = False,
) -> None:
    """Change name, role, agency, duty or extension; with another of the first three the account is signed out.

    Nobody changes the own role, and the last active administrator stays one.
    """
    before = _facts(account)
    if role != account.role and account.id == actor.account_id:
        raise InvalidInput("role", reason="not_yourself")
    accounts.change(session, account, name, role, agency, language)
    accounts.set_extension(session, account, extension)
    account.manages = manages and account.agency_code is not None
    after = _facts(account)
    if any(before[name] != after[name] for name in ("role", "agency", "manages")):
        accounts.end_sessions(session, account, now)
    audit.record(session, Change.ACCOUNT_CHANGED, str(account.id), actor, now, before=before, after=after)


def set_active(session: Session, account: Account, actor: Actor, now: datetime, *, active: bool) -> None:
    """Disable or enable; nobody disables the own account. Saying twice what is so already changes nothing."""
    if account.active == active:
        return
    if account.id == actor.account_id:
        raise InvalidInput("active", reason="not_yourself")
    accounts.set_active(session, account, now, active=active)
    what = Change.ACCOUNT_ENABLED if active else Change.ACCOUNT_DISABLED
    audit.record(session, what, str(account.id), actor, now)


def new_link(session: Session, account: Account, actor: Actor, now: datetime) -> str:
    """A fresh one-time link for somebody who lost the password; older ones end. A disabled account gets none."""
    if not account.active:
        raise InvalidInput("active", reason="account_disabled")
    token = accounts.one_time_link(session, account, now)
    audit.record(session, Change.LINK_MADE, str(account.id), actor, now)
    return token


def is_locked(account: Account, now: datetime) -> bool:
    """Does the account wait after too many wrong tries."""
    return account.locked_until is not None and account.locked_until > now


def _facts(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "role": Role(account.role).value,
        "agency": account.agency_code,
        "language": account.language,
        "extension": account.extension,
        "manages": account.manages,
    }
