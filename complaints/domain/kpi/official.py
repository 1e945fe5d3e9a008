"""The official scoring of the annual plans: tiers with conditions, weights and grades."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTNERS = "partners"
RATE = "rate"
FULL = 100
# From which points on a result is called so.
GRADES = ((Decimal(90), "very_good"), (Decimal(75), "good"), (Decimal(60), "fair"), (Decimal(0), "must_improve"))
_CONDITION = re.compile(r"(partners\+|>=?)?\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Condition:
    """A measure reaches a value, or passes it (`beyond`)."""

    measure: str
    value: Decimal
    beyond: bool = False

    def holds(self, measured: Mapping[str, Decimal]) -> bool:
        """Is it so; what was not measured does not hold."""
        found = measured.get(self.measure)
        return found is not None and (found > self.value if self.beyond else found >= self.value)


@dataclass(frozen=True, slots=True)
class Tier:
    """So many points when every condition holds."""

    points: int
    conditions: tuple[Condition, ...]

    def holds(self, measured: Mapping[str, Decimal]) -> bool:
        """Do they all."""
        return all(one.holds(measured) for one in self.conditions)


@dataclass(frozen=True, slots=True)
class Scoring:
    """The tiers of one indicator in one year, and its weight. A tier that the plan leaves out is not there.

    What lies under the lowest tier the plans do not say: `below` is the operator's, None is "not defined". Between two
    tiers nothing is interpolated.
    """

    tiers: tuple[Tier, ...]
    weight: Decimal = Decimal(0)
    below: int | None = None

    def points(self, measured: Mapping[str, Decimal]) -> int | None:
        """The best tier that was reached."""
        return max((tier.points for tier in self.tiers if tier.holds(measured)), default=self.below)

    def weighted(self, measured: Mapping[str, Decimal]) -> Decimal | None:
        """The points by weight."""
        points = self.points(measured)
        return None if points is None else self.weight * points / FULL


def read_tier(points: int, text: str) -> Tier | None:
    """`80`, `>80` or `>80 AND partners+2` as the plans write it; None for a tier that is left out."""
    if not text.strip():
        return None
    conditions = []
    for part in text.split("AND"):
        found = _CONDITION.fullmatch(part.strip())
        if found is None:
            msg = f"not a condition of a tier: {part!r}"
            raise ValueError(msg)
        sign, value = found[1] or ">=", Decimal(found[2])
        measure = PARTNERS if sign.startswith(PARTNERS) else RATE
        conditions.append(Condition(measure, value, beyond=sign == ">"))
    return Tier(points, tuple(conditions))


def read_scoring(minimum: str, standard: str, advanced: str, weight: str = "", below: int | None = None) -> Scoring:
    """The three tiers of 50, 75 and 100 points."""
    tiers = (read_tier(50, minimum), read_tier(75, standard), read_tier(100, advanced))
    return Scoring(tuple(tier for tier in tiers if tier is not None), Decimal(weight or 0), below)


def grade(points: Decimal) -> str:
    """The word for a result in per cent."""
    return next(word for least, word in GRADES if points >= least)


# "Problems of online buying and selling solved through 1212", as the plan of the fiscal year 2565 scores it; later
# years until another plan says otherwise. `partners` are organisations that began to co-operate in that year.
TRADING = read_scoring("80", "80 AND partners+1", ">80 AND partners+2", "10")
