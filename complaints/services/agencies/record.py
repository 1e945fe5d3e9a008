"""How agencies keep what they agreed to: receipts and answers in time, what they gave back, what was handed about.

A referral counts on the day of its deadline, so that nobody's figures are better while the late ones are still to come.
While the centre waits for the complainant, the clock stands still and nothing is due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case as either
from sqlalchemy import func, or_, select, true

from complaints.domain.case import Case
from complaints.domain.kpi.count import Count
from complaints.domain.lifecycle import ReferralState, State
from complaints.domain.referral import Referral
from complaints.domain.thai_time import midnight

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Select, Subquery
    from sqlalchemy.orm import InstrumentedAttribute, Session

REFUSED = (ReferralState.DECLINED.value, ReferralState.RETURNED.value)
NOTHING = Count(0, 0)
# A case that so many agencies gave back has been handed about.
TWICE = 2


@dataclass(frozen=True, slots=True)
class Record:
    """An agency's figures, or everybody's: `answered` and `acknowledged` are in time of due.

    `twice` and `more` are cases given back in these days that agencies have given back two, or three and more times.
    """

    answered: Count = NOTHING
    acknowledged: Count = NOTHING
    sent: int = 0
    declined: int = 0
    returned: int = 0
    twice: int = 0
    more: int = 0


def records(session: Session, first: date, last: date, now: datetime, agency: str | None = None) -> dict[str, Record]:
    """The figures of each agency that has any in a span of days, or of one agency."""
    found: dict[str, Record] = {}

    def note(code: str, **figures: Any) -> None:  # noqa: ANN401 - counts and numbers
        found[code] = replace(found.get(code, Record()), **figures)

    for name, deadline, done in (
        ("answered", Referral.answer_by, Referral.ended_at),
        ("acknowledged", Referral.acknowledge_by, Referral.acknowledged_at),
    ):
        for code, kept, due in session.execute(_kept(deadline, done, first, last, now, agency)):
            note(code, **{name: Count(int(kept or 0), due)})
    for code, number in session.execute(_grouped(Referral.sent_at, first, last, agency)):
        note(code, sent=number)
    for name, state in (("declined", ReferralState.DECLINED), ("returned", ReferralState.RETURNED)):
        ended = _grouped(Referral.ended_at, first, last, agency).where(Referral.state == state.value)
        for code, number in session.execute(ended):
            note(code, **{name: number})
    for code, twice, more in session.execute(_handed_about(first, last, agency)):
        note(code, twice=int(twice or 0), more=int(more or 0))
    return found


def together(session: Session, found: Sequence[Record], first: date, last: date) -> Record:
    """Everybody's figures; a case that several agencies gave back is one case."""
    refused = _refused_cases(first, last)
    twice, more = session.execute(
        select(
            func.sum(either((refused.c.times == TWICE, 1), else_=0)),
            func.sum(either((refused.c.times > TWICE, 1), else_=0)),
        )
    ).one()
    return Record(
        answered=sum((one.answered for one in found), NOTHING),
        acknowledged=sum((one.acknowledged for one in found), NOTHING),
        sent=sum(one.sent for one in found),
        declined=sum(one.declined for one in found),
        returned=sum(one.returned for one in found),
        twice=int(twice or 0),
        more=int(more or 0),
    )


def _within(moment: InstrumentedAttribute[Any], first: date, last: date) -> ColumnElement[bool]:
    return (moment >= midnight(first)) & (moment < midnight(last + timedelta(days=1)))


def _of(agency: str | None) -> ColumnElement[bool]:
    return true() if agency is None else Referral.agency_code == agency


def _grouped(moment: InstrumentedAttribute[Any], first: date, last: date, agency: str | None) -> Select[str, int]:
    counted = select(Referral.agency_code, func.count()).where(_within(moment, first, last), _of(agency))
    return counted.group_by(Referral.agency_code)


def _kept(
    deadline: InstrumentedAttribute[Any],
    done: InstrumentedAttribute[Any],
    first: date,
    last: date,
    now: datetime,
    agency: str | None,
) -> Select[str, Any, int]:
    """Done in time of due; an answer is done when it was given, not when the referral ended in another way."""
    did: ColumnElement[bool] = done.is_not(None)
    if done is Referral.ended_at:
        did = Referral.state == ReferralState.ANSWERED.value
    stands = (Case.state == State.WAITING.value) & (Case.waiting_since < deadline)
    # What was given back or called back before its day owed nothing on that day.
    owed = or_(did, Referral.ended_at > deadline, Referral.ended_at.is_(None) & ~stands)
    counted = (
        select(Referral.agency_code, func.sum(either((did & (done <= deadline), 1), else_=0)), func.count(Referral.id))
        .join(Case, Case.id == Referral.case_id)
        .where(_within(deadline, first, last), deadline <= now, owed, _of(agency))
    )
    return counted.group_by(Referral.agency_code)


def _refused_cases(first: date, last: date) -> Subquery:
    """How often each case that was given back in the days has been given back in all."""
    given_back = Referral.state.in_(REFUSED)
    lately = select(Referral.case_id).where(given_back, _within(Referral.ended_at, first, last))
    return (
        select(Referral.case_id, func.count().label("times"))
        .where(given_back, Referral.case_id.in_(lately))
        .group_by(Referral.case_id)
        .having(func.count() >= TWICE)
        .subquery()
    )


def _handed_about(first: date, last: date, agency: str | None) -> Select[str, Any, Any]:
    """Per agency the cases that it gave back in the days and that were given back so often."""
    times = _refused_cases(first, last)
    mine = (
        select(Referral.agency_code, Referral.case_id)
        .where(Referral.state.in_(REFUSED), _within(Referral.ended_at, first, last), _of(agency))
        .distinct()
    )
    rows = mine.subquery()
    return (
        select(
            rows.c.agency_code,
            func.sum(either((times.c.times == TWICE, 1), else_=0)),
            func.sum(either((times.c.times > TWICE, 1), else_=0)),
        )
        .join(times, times.c.case_id == rows.c.case_id)
        .group_by(rows.c.agency_code)
    )
