"""Cases that went to the wrong door: what agencies gave back, and from which agency to which a case went on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case as either
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.lifecycle import Action, ReferralState
from complaints.domain.referral import Referral
from complaints.services.floor.span import within

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from complaints.domain.period import Period

GIVEN_BACK = (Action.DECLINE.value, Action.RETURN.value)
# An agency has ended its part by itself; what the desk called back was never passed on.
_ENDED = (ReferralState.DECLINED.value, ReferralState.RETURNED.value, ReferralState.ANSWERED.value)
_before, _after = aliased(Referral, name="before"), aliased(Referral, name="after")
_passed = aliased(Event, name="passed")


@dataclass(frozen=True, slots=True)
class GivenBack:
    """One agency and category: of how many referrals sent in the days, and how many it gave back in them."""

    agency: str
    category: str
    sent: int
    back: int


@dataclass(frozen=True, slots=True)
class Rerouted:
    """From one agency to the next, in a category."""

    source: str
    target: str
    category: str
    count: int


def given_back(session: Session, span: Period) -> list[GivenBack]:
    """The agencies that gave something back, the most first."""
    back, sent = (func.sum(either((condition, 1), else_=0)) for condition in (_is_back(), ~_is_back()))
    rows = session.execute(
        select(Event.agency_code, Case.category_code, sent, back)
        .join(Case, Case.id == Event.case_id)
        .where(within(Event.at, span), Event.action.in_((Action.REFER.value, *GIVEN_BACK)))
        .group_by(Event.agency_code, Case.category_code)
        .having(back > 0)
        .order_by(back.desc(), Event.agency_code, Case.category_code)
    )
    return [GivenBack(agency or "", category or "", int(out), int(home)) for agency, category, out, home in rows]


def rerouted(session: Session, span: Period) -> list[Rerouted]:
    """From which agency to which cases went on, the most first."""
    number = func.count()
    rows = session.execute(
        _passing(span, _before.agency_code, _after.agency_code, Case.category_code, number)
        .join(Case, Case.id == _passed.case_id)
        .group_by(_before.agency_code, _after.agency_code, Case.category_code)
        .order_by(number.desc(), _before.agency_code, _after.agency_code, Case.category_code)
    )
    return [Rerouted(source, target, category or "", count) for source, target, category, count in rows]


def cases_given_back(span: Period, agency: str, category: str) -> ColumnElement[bool]:
    """The cases behind one line of what was given back."""
    of_agency = select(Event.case_id).where(within(Event.at, span), _is_back(), Event.agency_code == agency)
    return Case.id.in_(of_agency) & _of(category)


def cases_rerouted(span: Period, source: str, target: str, category: str) -> ColumnElement[bool]:
    """The cases behind one line of what went on."""
    pair = _passing(span, _passed.case_id).where(_before.agency_code == source, _after.agency_code == target)
    return Case.id.in_(pair) & _of(category)


def _is_back() -> ColumnElement[bool]:
    return Event.action.in_(GIVEN_BACK)


def _of(category: str) -> ColumnElement[bool]:
    return Case.category_code == category if category else Case.category_code.is_(None)


def _passing(span: Period, *columns: Any) -> Select[Any]:  # noqa: ANN401 - columns of three tables
    """Each referral of the days, with the last one before it that another agency had ended."""
    earlier = aliased(Referral, name="earlier")
    last = (
        select(func.max(earlier.id))
        .where(
            earlier.case_id == _after.case_id,
            earlier.id < _after.id,
            earlier.agency_code != _after.agency_code,
            earlier.state.in_(_ENDED),
            earlier.ended_at <= _after.sent_at,
        )
        .correlate(_after)
        .scalar_subquery()
    )
    return (
        select(*columns)
        .select_from(_passed)
        .join(_after, _after.id == _passed.referral_id)
        .join(_before, _before.id == last)
        .where(within(_passed.at, span), _passed.action == Action.REFER.value)
    )
