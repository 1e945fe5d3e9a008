"""Cases as a civic app reads them: nothing that open data does not tell, and no end sooner than it tells it.

So days stand where GeoReport has moments, whatever ended after the last publication is still open, and the order is the
random ids'. Kind and agency are those of now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import exists, func, select

from complaints.domain.audit import AuditEntry, Change
from complaints.domain.case import Case
from complaints.domain.errors import NotFound
from complaints.domain.event import Event
from complaints.domain.lifecycle import State
from complaints.domain.opendata import PublicCase, PublicFile, RequestToken
from complaints.domain.secret import token_hash
from complaints.domain.thai_time import local_day, midnight
from complaints.services.opendata import ENDED, OPEN, yesterday

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    Rows = Select[str, datetime, str | None, str | None, str, str | None, datetime | None, bool]

ANSWERED = ENDED[State.RESOLVED]
_ENDED = [state.value for state in ENDED]
_KINDS_CHANGED = [Change.CATEGORY_ADDED, Change.CATEGORY_CHANGED, Change.CATEGORY_REMOVED]


class Edition(NamedTuple):
    """The last day that was published: cases of the days before it stand in it, as they were at that moment."""

    day: date
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: received on the days from `first` to `last`; empty `kinds` are all, `ended` None is both."""

    first: date
    last: date
    kinds: tuple[str, ...] = ()
    ended: bool | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What everybody may know of a case."""

    public_id: str
    received_on: date
    category: str
    agency: str
    state: str
    outcome: str
    answered_on: date | None


def edition(session: Session) -> Edition | None:
    """The last one, if anything was published yet."""
    newest = select(PublicFile.day, PublicFile.made_at).order_by(PublicFile.day.desc()).limit(1)
    found = session.execute(newest).first()
    return Edition(*found) if found is not None else None


def page(session: Session, wanted: Wanted, size: int, number: int) -> tuple[list[Told], bool]:
    """The cases of a page, and whether there are more."""
    now = edition(session)
    if now is None:
        return [], False
    last = min(wanted.last, yesterday(now.day))
    chosen = _published(now).where(
        Case.received_at >= midnight(wanted.first), Case.received_at < midnight(last + timedelta(days=1))
    )
    if wanted.kinds:
        chosen = chosen.where(Case.category_code.in_(wanted.kinds))
    if wanted.ended is not None:
        chosen = chosen.where(_ended_by(now) if wanted.ended else ~_ended_by(now))
    found = _told(session, chosen.order_by(PublicCase.public_id).offset((number - 1) * size).limit(size + 1))
    return found[:size], len(found) > size


def named(session: Session, ids: Sequence[str]) -> list[Told]:
    """The cases of these ids; what nobody published is not among them."""
    now = edition(session)
    if now is None:
        return []
    return _told(session, _published(now).where(PublicCase.public_id.in_(ids)).order_by(PublicCase.public_id))


def _published(now: Edition) -> Rows:
    return (
        select(
            PublicCase.public_id,
            Case.received_at,
            Case.category_code,
            Case.lead_agency_code,
            Case.state,
            Case.outcome,
            Case.resolved_at,
            _ended_by(now).label("ended"),
        )
        .join(PublicCase, PublicCase.case_id == Case.id)
        .where(Case.received_at < midnight(now.day))
    )


def _ended_by(now: Edition) -> ColumnElement[bool]:
    """Had it ended when the day was published."""
    since = exists().where(
        Event.case_id == Case.id,
        Event.at > now.made_at,
        Event.to_state.in_(_ENDED),
        Event.from_state.not_in(_ENDED),
    )
    return Case.state.in_(_ENDED) & ~since


def _told(
    session: Session,
    chosen: Rows,
) -> list[Told]:
    return [
        Told(
            public_id,
            local_day(received_at),
            category or "",
            agency or "",
            state := ENDED[State(stored)] if ended else OPEN,
            (outcome or "") if state == ANSWERED else "",
            local_day(resolved_at) if state == ANSWERED and resolved_at is not None else None,
        )
        for public_id, received_at, category, agency, stored, outcome, resolved_at, ended in session.execute(chosen)
    ]


def keep_token(session: Session, number: str, token: str) -> None:
    """The app that handed the case in can ask for its public id by this token."""
    case_id = session.scalars(select(Case.id).where(Case.number == number)).one()
    session.add(RequestToken(case_id=case_id, token_hash=token_hash(token)))
    session.flush()


def public_id(session: Session, token: str) -> str:
    """The id under which the token's case was published; empty before that day. Raises `NotFound`."""
    row = session.scalars(select(RequestToken).where(RequestToken.token_hash == token_hash(token))).first()
    if row is None:
        raise NotFound("token", what="token")
    now = edition(session)
    if now is None:
        return ""
    chosen = _published(now).where(Case.id == row.case_id)
    return next((told.public_id for told in _told(session, chosen)), "")


def kinds_changed(session: Session) -> datetime | None:
    """When an administrator last changed the kinds of problems."""
    return session.scalar(select(func.max(AuditEntry.at)).where(AuditEntry.what.in_(_KINDS_CHANGED)))
