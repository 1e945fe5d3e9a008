"""Who of an agency is away from when to when, who stands in, and whose work waits for anybody."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from complaints.domain.absence import Absence
from complaints.domain.account import Account
from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.policy import may_arrange
from complaints.domain.referral import Referral
from complaints.domain.thai_time import local_day
from complaints.services import audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

LONGEST = timedelta(days=366)


def coming(session: Session, actor: Actor, now: datetime) -> Sequence[Absence]:
    """The absences of the actor's agency that are on or lie ahead."""
    mine = select(Absence).join(Account, Account.id == Absence.account_id)
    mine = mine.where(Account.agency_code == (actor.agency or ""), Absence.ended_at.is_(None))
    return session.scalars(mine.where(Absence.last >= local_day(now)).order_by(Absence.first, Absence.id)).all()


def away(session: Session, actor: Actor, now: datetime) -> dict[int, Absence]:
    """Who of the agency is away today."""
    today = local_day(now)
    return {row.account_id: row for row in coming(session, actor, now) if row.first <= today}


def note(
    session: Session,
    account_id: int | None,
    deputy_id: int | None,
    first: date,
    last: date,
    actor: Actor,
    now: datetime,
) -> Absence:
    """Somebody will be away; whoever stands in must be of the same office or of one above it."""
    account = session.get(Account, account_id) if account_id is not None else None
    if account is None or not account.active or not may_arrange(actor, account):
        raise InvalidInput("account", reason="choose_person")
    if last < first:
        raise InvalidInput("last", reason="search_until_before")
    if last < local_day(now):
        raise InvalidInput("last", reason="absence_over")
    if last - first > LONGEST:
        raise InvalidInput("last", reason="too_many_days", limit=LONGEST.days)
    if deputy_id is not None:
        _check_deputy(session, account, deputy_id)
    same = [row for row in coming(session, actor, now) if row.account_id == account.id]
    if any(row.first <= last and first <= row.last for row in same):
        raise InvalidInput("first", reason="absence_overlaps")
    absence = Absence(
        account_id=account.id,
        deputy_id=deputy_id,
        first=first,
        last=last,
        made_by_id=actor.account_id or 0,
        made_at=now,
    )
    session.add(absence)
    session.flush()
    audit.record(session, Change.ABSENCE_NOTED, str(account.id), actor, now, after=_facts(absence))
    return absence


def end(session: Session, absence_id: int, actor: Actor, now: datetime) -> None:
    """Back sooner, or not away at all; saying it twice changes nothing."""
    absence = session.get(Absence, absence_id, with_for_update={"of": Absence}, populate_existing=True)
    if absence is None or not may_arrange(actor, absence.account):
        raise NotFound(what="absence")
    if absence.ended_at is None:
        absence.ended_at = now
        audit.record(session, Change.ABSENCE_ENDED, str(absence.account_id), actor, now, before=_facts(absence))


def in_hand(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """The referrals that lie with the actor, or with somebody for whom the actor stands in today."""
    mine = actor.account_id or 0
    for_whom = select(Absence.account_id).where(Absence.deputy_id == mine, _today(Absence, now))
    return or_(Referral.assignee_id == mine, Referral.assignee_id.in_(for_whom))


def unattended(now: datetime) -> ColumnElement[bool]:
    """The referrals with which nobody is busy: with no one, with one who left, or who is away and has no stand-in."""
    whose, deputy, other = aliased(Account), aliased(Account), aliased(Absence)
    left = exists().where(whose.id == Referral.assignee_id, whose.active.is_(False))
    deputy_away = exists().where(other.account_id == deputy.id, _today(other, now))
    stands_in = exists().where(deputy.id == Absence.deputy_id, deputy.active, ~deputy_away)
    alone = exists().where(Absence.account_id == Referral.assignee_id, _today(Absence, now), ~stands_in)
    return or_(Referral.assignee_id.is_(None), left, alone)


def _today(row: type[Absence], now: datetime) -> ColumnElement[bool]:
    today = local_day(now)
    return (row.first <= today) & (row.last >= today) & row.ended_at.is_(None)


def _check_deputy(session: Session, account: Account, deputy_id: int) -> None:
    deputy = session.get(Account, deputy_id)
    if deputy is None or not deputy.active or deputy.agency_code != account.agency_code or deputy.id == account.id:
        raise InvalidInput("deputy", reason="choose_deputy")
    if not account.actor.office_path.startswith(deputy.actor.office_path):
        raise InvalidInput("deputy", reason="deputy_office")


def _facts(absence: Absence) -> dict[str, object]:
    return {
        "first": absence.first.isoformat(),
        "last": absence.last.isoformat(),
        "deputy": absence.deputy_id,
    }
