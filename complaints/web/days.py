"""The days that figures are about, as an address names them: today, the last seven or thirty, or two of one's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from complaints.domain.errors import InvalidInput
from complaints.domain.period import Period
from complaints.domain.reading import read_day
from complaints.services.floor.span import LONG_DAYS, LONGEST_DAYS
from complaints.web.errors import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

CHOICES = {"1": 1, "7": 7, "30": 30}


@dataclass(frozen=True, slots=True)
class Days:
    """The days asked for; `typed_from` and `typed_to` are one's own days as they were typed."""

    period: Period
    choice: str = ""
    typed_from: str = ""
    typed_to: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def args(self) -> dict[str, Any]:
        """As they stand in an address."""
        if self.choice:
            return {"days": self.choice}
        return {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}

    @property
    def long(self) -> bool:
        """So many days that counting takes a while."""
        return (self.period.last - self.period.first).days >= LONG_DAYS


def read_days(args: Mapping[str, str], today: date) -> Days:
    """The days of an address; what cannot be read is told, and today stands in its place."""
    typed_from, typed_to = args.get("from", "").strip()[:40], args.get("to", "").strip()[:40]
    choice = args.get("days", "")
    choice = choice if choice in CHOICES else "1"
    chosen = Period(today - timedelta(days=CHOICES[choice] - 1), today)
    if not typed_from and not typed_to:
        return Days(chosen, choice)
    found: dict[str, date] = {}
    errors: dict[str, str] = {}
    for name, typed in (("from", typed_from), ("to", typed_to)):
        try:
            found[name] = read_day(typed, name, today)
        except InvalidInput as error:
            errors[name] = sentence(error)
    if not errors:
        span = Period(found["from"], found["to"])
        if span.first > span.last:
            errors["to"] = sentence(InvalidInput("to", reason="search_until_before"))
        elif (span.last - span.first).days >= LONGEST_DAYS:
            errors["from"] = sentence(InvalidInput("from", reason="too_many_days", limit=LONGEST_DAYS))
        else:
            return Days(span, "", typed_from, typed_to)
    return Days(chosen, choice, typed_from, typed_to, errors)
