"""What agencies' systems are told of their cases: every event once, numbered in the order in which it was committed.

Ids are given out before a transaction commits, so a reader who goes by them may pass over one that commits late. Here
the number comes last: whoever commits locks the agency's counter, numbers what the transaction did, and holds the lock
until that is committed. Several agencies are locked in the order of their codes, and nothing is locked after them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import event, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from complaints.domain.case import Case
from complaints.domain.client import AgencyChange, AgencyFeed
from complaints.domain.event import Event
from complaints.domain.lifecycle import STEPS, Action, ReferralState
from complaints.domain.policy import NOT_SHOWN_TO_AGENCY
from complaints.domain.referral import Referral

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Row

_FRESH = "fresh_events"
# Looking changes nothing, unless everybody may know of it, as that an address went to the ministry.
UNTOLD = frozenset(action.value for action, step in STEPS.items() if step.looks and not step.public)
# What a merged case's complainant wrote stands in the thread that the agency reads.
HEARD = frozenset({Action.FOLLOW.value})


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: object) -> None:
    fresh = [row.id for row in session.new if isinstance(row, Event) and row.action not in UNTOLD]
    if fresh:
        session.info.setdefault(_FRESH, []).extend(fresh)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_FRESH, None)


def number(session: Session) -> None:
    """Number what this transaction did, for every agency that may know of it; the last thing before the commit."""
    fresh = session.info.pop(_FRESH, None)
    if not fresh:
        return
    rows = session.execute(
        select(Event, Referral)
        .join(Referral, Referral.case_id == Event.case_id)
        .where(Event.id.in_(fresh))
        .order_by(Event.id, Referral.id)
    ).all()
    told: dict[str, list[tuple[int, Referral]]] = defaultdict(list)
    for (event_id, agency), pairs in _by_agency(rows).items():
        told[agency].append((event_id, _the_one(pairs)))
    for agency in sorted(told):
        _give(session, agency, told[agency])


def _by_agency(rows: Iterable[Row[Event, Referral]]) -> dict[tuple[int, str], list[tuple[Event, Referral]]]:
    found: dict[tuple[int, str], list[tuple[Event, Referral]]] = defaultdict(list)
    for happened, referral in rows:
        if _may_know(happened, referral):
            found[happened.id, referral.agency_code].append((happened, referral))
    return found


def _may_know(happened: Event, referral: Referral) -> bool:
    """What the agency's own screen would show; and the step that takes the referral off it."""
    shown = ReferralState(referral.state) not in NOT_SHOWN_TO_AGENCY or referral.ended_at == happened.at
    hears = happened.public or happened.agency_code == referral.agency_code or happened.action in HEARD
    return shown and hears


def _the_one(pairs: Sequence[tuple[Event, Referral]]) -> Referral:
    """The referral that the step named, else the one that an agency's page would show."""
    return max(pairs, key=lambda pair: (pair[0].referral_id == pair[1].id, pair[1].is_open, pair[1].id))[1]


def _give(session: Session, agency: str, told: Sequence[tuple[int, Referral]]) -> None:
    more = (
        update(AgencyFeed)
        .where(AgencyFeed.agency_code == agency)
        .values(last=AgencyFeed.last + len(told))
        .returning(AgencyFeed.last)
        .execution_options(synchronize_session=False)
    )
    last = session.scalar(more)
    if last is None:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(dialect.insert(AgencyFeed).values(agency_code=agency, last=0).on_conflict_do_nothing())
        last = session.execute(more).scalar_one()
    first = last - len(told) + 1
    session.execute(
        insert(AgencyChange),
        [
            {
                "agency_code": agency,
                "number": first + place,
                "event_id": event_id,
                "referral_id": referral.id,
                "state": referral.state,
            }
            for place, (event_id, referral) in enumerate(told)
        ],
    )


def last_of(session: Session, agency: str) -> int:
    """The number of the last change that the agency can be told of."""
    return session.scalar(select(AgencyFeed.last).where(AgencyFeed.agency_code == agency)) or 0


def after(session: Session, agency: str, number: int, limit: int) -> Sequence[Row[AgencyChange, Event, str]]:
    """The next changes after a number, each with its event and its case's number."""
    return session.execute(
        select(AgencyChange, Event, Case.number)
        .join(Event, Event.id == AgencyChange.event_id)
        .join(Case, Case.id == Event.case_id)
        .where(AgencyChange.agency_code == agency, AgencyChange.number > number)
        .order_by(AgencyChange.number)
        .limit(limit)
    ).all()
