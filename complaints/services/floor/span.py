"""The days that the floor's figures are about, and the figure in the middle."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from complaints.domain.thai_time import midnight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from complaints.domain.period import Period

# A longer span would read too much of the timeline at once; a long one is slow, and the page says so.
LONGEST_DAYS, LONG_DAYS = 92, 31


def within(moment: Any, span: Period) -> ColumnElement[bool]:  # noqa: ANN401 - a column of any model
    """Between the first midnight in Bangkok and the one after the last day."""
    found: ColumnElement[bool] = (moment >= midnight(span.first)) & (moment < midnight(span.last + timedelta(days=1)))
    return found


def median(spans: Sequence[timedelta]) -> timedelta | None:
    """The one in the middle, of an even number the lower; of none there is no figure."""
    return sorted(spans)[(len(spans) - 1) // 2] if spans else None
