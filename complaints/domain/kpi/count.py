"""Two whole numbers and what is read from them: a rate, what is missing, the official traffic light."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


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


def light(rate: Decimal, target: Decimal, *, obstacle: bool = False) -> Light:
    """Green up to 5 % below target, yellow to 20 %, red beyond or with an obstacle; relative, one decimal, half up."""
    shortfall = ((target - rate) * 100 / target).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    if obstacle or shortfall > Decimal(20):
        return Light.RED
    return Light.GREEN if shortfall <= Decimal(5) else Light.YELLOW
