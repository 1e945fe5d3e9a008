"""Staff accounts: creating, signing in with back-off, sessions that can be ended, one-time links."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from complaints.domain.account import Account, OneTimeLink, SignInSession, StrangerTry
from complaints.domain.actor import OUTSIDE_ROLES, STAFF_ROLES, Role
from complaints.domain.agency import CENTRE, Agency
from complaints.domain.errors import InvalidInput, SignInFailed
from complaints.domain.secret import token_hash
from complaints.domain.thai_time import ARABIC_DIGITS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

HASHER = PasswordHasher()
FREE_TRIES = 4
LONGEST_LOCK = timedelta(hours=1)
STRANGER_LIFE = timedelta(days=1)
LINK_LIFE = timedelta(hours=48)
MIN_PASSWORD = 12
MAX_PASSWORD = 200
NAME_LIMIT = 200
EXTENSION_SHAPE = re.compile(r"^\d{2,10}$")
LOGIN_SHAPE = re.compile(r"^[^@\s]+@[^@\s]+$")


def create(
    session: Session, login: str, name: str, role: str, agency: str | None, now: datetime, language: str = "th"
) -> Account:
    """Add an account without a password; its owner sets one over a one-time link.

    Raises `InvalidInput` naming the field: a login that is no address or is taken, an unknown role, a partner without
    an agency.
    """
    address = login.strip().lower()
    if not LOGIN_SHAPE.match(address) or len(address) > NAME_LIMIT:
        raise InvalidInput("login", reason="email_shape")
    if session.scalars(select(Account.id).where(Account.login == address)).first() is not None:
        raise InvalidInput("login", reason="login_taken")
    if role not in STAFF_ROLES:
        raise InvalidInput("role", reason="choose_role")
    _check_name(name)
    account = Account(
        login=address,
        name=name.strip(),
        role=role,
        agency_code=_agency_for(session, role, agency),
        active=True,
        language=language,
        failed_tries=0,
        created_at=now,
        manages=False,
    )
    session.add(account)
    session.flush()
    return account


def _check_name(name: str) -> None:
    if not name.strip():
        raise InvalidInput("name", reason="required")
    if len(name.strip()) > NAME_LIMIT:
        raise InvalidInput("name", reason="too_long", limit=NAME_LIMIT)


def set_extension(session: Session, account: Account, extension: str) -> None:
    """Where the person's telephone rings; empty for nowhere. Raises `InvalidInput` for what is none or is taken."""
    typed = extension.strip().translate(ARABIC_DIGITS)
    if typed and EXTENSION_SHAPE.match(typed) is None:
        raise InvalidInput("extension", reason="extension")
    taken = select(Account.id).where(Account.extension == typed, Account.id != account.id)
    if typed and session.scalars(taken).first() is not None:
        raise InvalidInput("extension", reason="extension_taken")
    account.extension = typed or None
    session.flush()


def _agency_for(session: Session, role: str, agency: str | None) -> str | None:
    if role not in OUTSIDE_ROLES:
        return None
    if not agency or agency == CENTRE or session.get(Agency, agency) is None:
        raise InvalidInput("agency", reason="choose_agency")
    return agency


def change(session: Session, account: Account, name: str, role: str, agency: str | None, language: str) -> None:
    """Change who somebody is; the last active administrator stays one."""
    _check_name(name)
    if role not in STAFF_ROLES:
        raise InvalidInput("role", reason="choose_role")
    if role != account.role:
        _keep_an_administrator(session, account, "role")
    agency_code = _agency_for(session, role, agency)
    if agency_code != account.agency_code:
        account.office_id, account.manages = None, False
    account.name, account.role, account.agency_code, account.language = name.strip(), role, agency_code, language
    session.flush()


def _keep_an_administrator(session: Session, account: Account, field: str) -> None:
    """Refuse what would leave the centre without an active administrator."""
    if account.role != Role.ADMINISTRATOR.value or not account.active:
        return
    # Locked in order, so that two administrators cannot disable each other at the same moment.
    active = session.scalars(
        select(Account)
        .where(Account.role == account.role, Account.active)
        .order_by(Account.id)
        .with_for_update(of=Account)
        .execution_options(populate_existing=True)
    ).all()
    if all(other.id == account.id for other in active):
        raise InvalidInput(field, reason="last_administrator")


def set_active(session: Session, account: Account, now: datetime, *, active: bool) -> None:
    """Enable or disable; disabling ends every session at once. The last active administrator cannot be disabled."""
    if not active:
        _keep_an_administrator(session, account, "active")
    account.active = active
    if not active:
        end_sessions(session, account, now)


def set_password(session: Session, account: Account, password: str, now: datetime, keep: str | None = None) -> None:
    """Store a new password and end every other session of the account."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidInput("password", reason="password_length", least=MIN_PASSWORD)
    if account.login.partition("@")[0] in password.lower():
        raise InvalidInput("password", reason="password_holds_login")
    account.password_hash = HASHER.hash(password)
    account.failed_tries, account.locked_until = 0, None
    end_sessions(session, account, now, keep=keep)


def authenticate(session: Session, login: str, password: str, now: datetime) -> Account | None:
    """The account of a right login and password, else None with the failure counted; the caller commits either way.

    Raises `SignInFailed` with `wait_seconds` while the login is locked: from the fifth wrong try the pause doubles,
    for a login that nobody has as well.
    """
    address = login.strip().lower()
    account = session.scalars(
        select(Account)
        .where(Account.login == address)
        .with_for_update(of=Account)
        .execution_options(populate_existing=True)
    ).first()
    tried = account if account is not None else _stranger(session, address, now)
    if tried.locked_until is not None and tried.locked_until > now:
        raise SignInFailed(wait_seconds=int((tried.locked_until - now).total_seconds()) + 1)
    nobody = _nobody_hash()
    stored = account.password_hash if account is not None and account.active and account.password_hash else nobody
    try:
        HASHER.verify(stored, password[:MAX_PASSWORD])
    except (VerificationError, InvalidHashError):
        _count_failure(tried, now)
        return None
    if account is None or stored is nobody:
        return None
    account.failed_tries, account.locked_until = 0, None
    if HASHER.check_needs_rehash(stored):
        account.password_hash = HASHER.hash(password)
    return account


@cache
def _nobody_hash() -> str:
    """A hash of nothing anybody knows: an unknown login costs as much time as a known one."""
    return HASHER.hash(secrets.token_urlsafe(32))


def _stranger(session: Session, address: str, now: datetime) -> StrangerTry:
    """The count of a login that nobody has; counts that rested for a day are forgotten on the way."""
    session.execute(
        delete(StrangerTry)
        .where(StrangerTry.last_at < now - STRANGER_LIFE)
        .execution_options(synchronize_session=False)
    )
    login_hash = token_hash(address)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(StrangerTry)
        .values(login_hash=login_hash, failed_tries=0, last_at=now)
        .on_conflict_do_nothing(index_elements=[StrangerTry.login_hash])
    )
    row = session.get_one(StrangerTry, login_hash, with_for_update=True, populate_existing=True)
    row.last_at = now
    return row


def _count_failure(tried: Account | StrangerTry, now: datetime) -> None:
    tried.failed_tries += 1
    over = tried.failed_tries - FREE_TRIES
    if over > 0:
        tried.locked_until = now + min(timedelta(seconds=15 * 2 ** min(over - 1, 12)), LONGEST_LOCK)


def start_session(session: Session, account: Account, now: datetime) -> str:
    """A new signed-in session; returns the token for the cookie."""
    token = secrets.token_urlsafe(32)
    session.add(SignInSession(token_hash=token_hash(token), account_id=account.id, created_at=now, seen_at=now))
    session.flush()
    return token


def session_account(
    session: Session, token: str, now: datetime, idle: timedelta
) -> tuple[Account, SignInSession] | None:
    """The account of a living session; None once it was ended, idled out, or the account was disabled."""
    row = session.get(SignInSession, token_hash(token))
    if row is None or row.ended_at is not None or now - row.seen_at > idle or not row.account.active:
        return None
    return row.account, row


def end_session(session: Session, token: str, now: datetime) -> None:
    """Sign one browser out."""
    row = session.get(SignInSession, token_hash(token))
    if row is not None and row.ended_at is None:
        row.ended_at = now


def end_sessions(session: Session, account: Account, now: datetime, keep: str | None = None) -> None:
    """Sign the account out everywhere, except for the token to keep."""
    kept = token_hash(keep) if keep else ""
    session.execute(
        update(SignInSession)
        .where(
            SignInSession.account_id == account.id, SignInSession.ended_at.is_(None), SignInSession.token_hash != kept
        )
        .values(ended_at=now)
    )


def one_time_link(session: Session, account: Account, now: datetime) -> str:
    """A token that signs the account in once within 48 hours; older unused ones of the account end."""
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.account_id == account.id, OneTimeLink.used_at.is_(None))
        .values(used_at=now)
    )
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeLink(token_hash=token_hash(token), account_id=account.id, created_at=now, expires_at=now + LINK_LIFE)
    )
    session.flush()
    return token


def peek_link(session: Session, token: str, now: datetime) -> Account | None:
    """Whose link this is, if it still works."""
    link = session.get(OneTimeLink, token_hash(token))
    if link is None or link.used_at is not None or link.expires_at < now:
        return None
    account = session.get(Account, link.account_id)
    return account if account is not None and account.active else None


def use_link(session: Session, token: str, now: datetime) -> Account | None:
    """Spend the link; None if it was spent, ran out or never was."""
    link = session.get(OneTimeLink, token_hash(token), with_for_update=True, populate_existing=True)
    if link is None or link.used_at is not None or link.expires_at < now:
        return None
    account = session.get(Account, link.account_id)
    if account is None or not account.active:
        return None
    link.used_at = now
    return account
