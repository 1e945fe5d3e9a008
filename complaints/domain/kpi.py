"""The official indicators: each defined once, counted as two whole numbers a day and dimension.

The resolution rate follows the centre's published way of counting (fiscal year 2564: problems solved of all problems
received in the period, as of a day): a problem counts on the day it was received.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base
from complaints.domain.lifecycle import State

RESOLUTION = "resolution"
RESOLUTION_VERSION = 1

# The centre's service promise: 95 % of the complaints of a day are acknowledged within 10 seconds of their receipt.
ACKNOWLEDGEMENT = "acknowledgement"
ACKNOWLEDGEMENT_VERSION = 1
ACKNOWLEDGEMENT_TARGET = Decimal(95)
ACKNOWLEDGED_WITHIN = timedelta(seconds=10)
# A caller hears the number from a person on the line: what can be late there is the picking up, so calls are counted
# where the telephone system tells of them, and stand beside the total.
SPOKEN_CHANNELS = frozenset({"hotline"})

# Not problems that somebody had to solve: taken back, not the centre's to decide, told twice, or mere questions.
NOT_DUE_STATES = frozenset({State.WITHDRAWN, State.OUT_OF_SCOPE, State.MERGED})
NOT_DUE_GROUPS = frozenset({"consultation"})
SOLVED_STATES = frozenset({State.RESOLVED, State.CLOSED})
TRADING_GROUP = "online_trading"


class KpiFact(Base):
    """How much of a day was due, and how much of it was done in time, per dimension.

    For `resolution` problems received and solved, for `acknowledgement` complaints received and acknowledged.

    Empty text in a dimension means "not yet known" (no category, no agency).
    """

    __tablename__ = "kpi_fact"
    __table_args__ = (
        CheckConstraint("solved >= 0 AND due >= solved", name="solved_of_due"),
        CheckConstraint("contacts >= due", name="due_of_contacts"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    definition: Mapped[str] = mapped_column(String(40), primary_key=True)
    agency_code: Mapped[str] = mapped_column(String(20), primary_key=True)
    category_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    province: Mapped[str] = mapped_column(String(2), primary_key=True)
    contacts: Mapped[int]
    due: Mapped[int]
    solved: Mapped[int]
    counted_at: Mapped[datetime]


class Light(StrEnum):
    """The official traffic light."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Count:
    """Solved of due; a percentage exists only when something was due."""

    solved: int
    due: int
    contacts: int = 0

    @property
    def rate(self) -> Decimal | None:
        """Per cent with two decimals, half up; None when nothing was due."""
        return per_cent(self.solved, self.due)

    def missing(self, target: Decimal) -> int:
        """How many more must be solved to reach the target in per cent."""
        needed = (Decimal(self.due) * target / 100).to_integral_value(rounding="ROUND_CEILING")
        return max(0, int(needed) - self.solved)

    def __add__(self, other: Count) -> Count:
        """Both together."""
        return Count(self.solved + other.solved, self.due + other.due, self.contacts + other.contacts)


def per_cent(part: int, whole: int) -> Decimal | None:
    """Two decimals, half up; nought of nought is no figure."""
    if whole == 0:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def is_due(state: State, group: str | None) -> bool:
    """Does the case count as a problem to be solved."""
    return state not in NOT_DUE_STATES and group not in NOT_DUE_GROUPS


def is_solved(state: State, resolved_at: datetime | None, final_by: datetime) -> bool:
    """Answered in time and not disputed: a complainant's "not solved" takes it back until it is answered again."""
    return state in SOLVED_STATES and resolved_at is not None and resolved_at <= final_by


def is_call_due(began_at: datetime, answered_at: datetime | None, ended_at: datetime | None) -> bool:
    """Could the call have been answered in time: whoever hung up sooner gave nobody the chance."""
    return answered_at is not None or ended_at is None or ended_at - began_at >= ACKNOWLEDGED_WITHIN


def is_acknowledged(received_at: datetime, reached_at: datetime | None) -> bool:
    """Did the receipt reach its complainant within the promised seconds."""
    return reached_at is not None and reached_at - received_at <= ACKNOWLEDGED_WITHIN


def light(rate: Decimal, target: Decimal, *, obstacle: bool = False) -> Light:
    """Green up to 5 % below target, yellow to 20 %, red beyond or with an obstacle; relative, one decimal, half up."""
    shortfall = ((target - rate) * 100 / target).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    if obstacle or shortfall > Decimal(20):
        return Light.RED
    return Light.GREEN if shortfall <= Decimal(5) else Light.YELLOW
