"""Acknowledgements as rows of a table: the same for the supervisors and for the public."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from complaints.channels import registry
from complaints.domain.kpi.indicators import ACKNOWLEDGED_WITHIN, ACKNOWLEDGEMENT_TARGET
from complaints.domain.period import Period
from complaints.services import acknowledge
from complaints.web.language import language, t

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from complaints.domain.kpi.count import Count

DAYS = 30


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What was counted in a span of days."""

    span: Period
    cells: acknowledge.Cells
    channels: list[str]
    counted_at: datetime | None

    @property
    def total(self) -> Count:
        """Every channel and day together."""
        return acknowledge.added(self.cells)

    def words(self) -> dict[str, Any]:
        """What the templates of both pages read."""
        return {
            "total": self.total,
            "span": (self.span.first, self.span.last),
            "target": ACKNOWLEDGEMENT_TARGET,
            "seconds": int(ACKNOWLEDGED_WITHIN.total_seconds()),
            "counted_at": self.counted_at,
            "by_channel": [
                (registry.name(code, language()), acknowledge.added(self.cells, channel=code)) for code in self.channels
            ],
        }

    def days(self) -> list[date]:
        """The days on which anything came in, the newest first."""
        return sorted({day for day, _ in self.cells}, reverse=True)


def last_days(today: date) -> Period:
    """The thirty days that end today."""
    return Period(today - timedelta(days=DAYS - 1), today)


def acknowledged(session: Session, span: Period) -> Acknowledged:
    """Read the counted days."""
    cells = acknowledge.cells(session, span.first, span.last)
    return Acknowledged(span, cells, sorted({channel for _, channel in cells}), acknowledge.counted_at(session))


def pair(count: Count) -> str:
    """Two whole numbers, `118 / 120`; nought of nought is no figure."""
    return f"{count.solved:,} / {count.due:,}" if count.due else t("oversight.acknowledgement.none")
