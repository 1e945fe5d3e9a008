"""What people made of the machine's suggestions: by person, by category and by model, from one query."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case as either
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from complaints.domain.case import Case
from complaints.domain.identifier import Decision
from complaints.domain.kpi.count import per_cent
from complaints.domain.thai_time import midnight
from complaints.services.floor.span import within

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from complaints.domain.period import Period

MACHINE, PERSON = "machine", "person"
_said = aliased(Decision, name="said")
_guess = aliased(Decision, name="guess")


@dataclass(frozen=True, slots=True)
class Share:
    """Of so many suggestions that people decided on so many were of another category."""

    checked: int = 0
    corrected: int = 0

    @property
    def rate(self) -> Decimal | None:
        """In per cent; nought of nought is no figure."""
        return per_cent(self.corrected, self.checked)

    def __add__(self, other: Share) -> Share:
        """Both together."""
        return Share(self.checked + other.checked, self.corrected + other.corrected)


@dataclass(frozen=True, slots=True)
class Row:
    """One person's share of one category that the machine suggested, by one model."""

    account_id: int
    category: str
    model: str
    share: Share


def rows(session: Session, span: Period, only: int | None = None) -> list[Row]:
    """The last word of a person on each case within the days, beside the machine's last word before it."""
    wrong = func.sum(either((_said.category_code != _guess.category_code, 1), else_=0))
    keys = (_said.account_id, _guess.category_code, _guess.model_version)
    found = session.execute(_pairs(span, *keys, func.count(), wrong, only=only).group_by(*keys).order_by(*keys))
    return [Row(account, category, model, Share(n, int(bad))) for account, category, model, n, bad in found]


def by(found: Iterable[Row], name: str) -> dict[Any, Share]:
    """The shares added up by `account_id`, `category` or `model`."""
    shares: dict[Any, Share] = defaultdict(Share)
    for row in found:
        shares[getattr(row, name)] += row.share
    return dict(shares)


def cases(
    span: Period, *, account_id: int | None = None, category: str | None = None, model: str | None = None
) -> ColumnElement[bool]:
    """The cases whose suggestion was corrected, of one person, one category or one model."""
    found = _pairs(span, _said.case_id, only=account_id).where(_said.category_code != _guess.category_code)
    if category is not None:
        found = found.where(_guess.category_code == category)
    if model is not None:
        found = found.where(_guess.model_version == model)
    return Case.id.in_(found)


def _pairs(span: Period, *columns: Any, only: int | None = None) -> Select[Any]:  # noqa: ANN401 - columns and sums
    other = aliased(Decision, name="other")
    of_case = select(func.max(other.id)).where(other.case_id == _said.case_id).correlate(_said)
    before_the_end = other.at < midnight(span.last + timedelta(days=1))
    last_word = of_case.where(other.decided_by == PERSON, before_the_end).scalar_subquery()
    guess = of_case.where(other.decided_by == MACHINE, other.id < _said.id).scalar_subquery()
    found = (
        select(*columns)
        .select_from(_said)
        .join(_guess, _guess.id == guess)
        .where(within(_said.at, span), _said.decided_by == PERSON, _said.id == last_word)
    )
    return found if only is None else found.where(_said.account_id == only)
