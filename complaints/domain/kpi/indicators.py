"""The register of the indicators: each defined once, with its version.

What stands here and the rule in `life` are the definition. Whoever changes either gives a new version: facts are kept
by version, and those of an older one stay as they were counted. Names and definitions in words stand in both languages
under `kpi.<code>`.

All indicators of complaints count on the day of receipt, as the centre's published figures do (fiscal year 2564:
problems solved of all problems received in the period, as of a day): no step that is taken later moves a complaint into
another period.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# The centre's service promise: 95 % of the complaints of a day are acknowledged within 10 seconds of their receipt.
ACKNOWLEDGEMENT_TARGET = Decimal(95)
ACKNOWLEDGED_WITHIN = timedelta(seconds=10)
# A caller hears the number from a person on the line: what can be late there is the picking up, so calls are counted
# where the telephone system tells of them, and stand beside the total.
SPOKEN_CHANNELS = frozenset({"hotline"})

TRADING_GROUP = "online_trading"
# Mere questions are no problems that somebody had to solve.
NOT_DUE_GROUPS = frozenset({"consultation"})
# So long it may be sorted out what a complaint is; afterwards nobody at the centre or at an agency takes it out.
SORTING = timedelta(days=7)
# So long in all the clock stands still while the complainant is asked.
PAUSE = timedelta(days=30)
# With these an agency ends its part, but the problem is solved only if the complainant says so.
UNSOLVING = frozenset({"no_agreement", "not_within_authority", "insufficient_evidence"})
FROZEN = "account_frozen"
CONTENT = 4
# By when half, or nine of ten, were answered is said as the smallest of these hours: the same words for every period.
HOURS = (1, 2, 4, 8, 12, 24, 48, 72, 96, 120, 168, 240, 336, 504, 720, 1080, 1440, 2160, 4320, 8784)


class Kind(StrEnum):
    """What the two numbers of a fact are."""

    CASES = "cases"
    REFERRALS = "referrals"
    SATANG = "satang"
    CALLS = "calls"
    WEBSITES = "websites"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure: its code, the version of its definition, what it counts, its published target if it has one.

    `bit` is its place in the marks of a case, for those that are counted case by case.
    """

    code: str
    version: int
    kind: Kind = Kind.CASES
    bit: int | None = None
    target: Decimal | None = None

    @property
    def mask(self) -> int:
        """Its bit as a number."""
        return 0 if self.bit is None else 1 << self.bit


RESOLUTION = "resolution"
ACKNOWLEDGEMENT = "acknowledgement"
PENDING = "pending"
BACKLOG = "backlog"
REOPENED = "reopened"
REROUTED = "rerouted"
AUTO = "auto"
AUTO_RIGHT = "auto_right"
SATISFACTION = "satisfaction"
RESPONSE = "response"
ANSWERED = "answered"
FROZE = "frozen"
LOST, RECOVERED = "lost", "recovered"
FIRST_ANSWER, FINAL_ANSWER = "first_answer", "final_answer"
WEBSITE_VERIFIED, WEBSITE_BLOCKED, WEBSITE_TIME = "website_verified", "website_blocked", "website_time"

# A case's marks; the place of a bit is written into the database and is never given to another.
MARKED = (
    Indicator(RESOLUTION, 2, bit=0, target=Decimal(80)),
    Indicator(PENDING, 1, bit=1),
    Indicator(REOPENED, 1, bit=2),
    Indicator(REROUTED, 1, bit=3),
    Indicator(AUTO, 1, bit=4),
    Indicator(AUTO_RIGHT, 1, bit=5),
    Indicator(SATISFACTION, 1, bit=6, target=Decimal(85)),
    Indicator(RESPONSE, 1, bit=7),
    Indicator(FROZE, 1, bit=8),
)
INDICATORS = {
    one.code: one
    for one in (
        *MARKED,
        Indicator(BACKLOG, 1),
        Indicator(ANSWERED, 1, Kind.REFERRALS),
        Indicator(LOST, 1, Kind.SATANG),
        Indicator(RECOVERED, 1, Kind.SATANG),
        Indicator(FIRST_ANSWER, 1),
        Indicator(FINAL_ANSWER, 1),
        Indicator(ACKNOWLEDGEMENT, 1, Kind.CALLS, target=ACKNOWLEDGEMENT_TARGET),
        Indicator(WEBSITE_VERIFIED, 1, Kind.WEBSITES),
        Indicator(WEBSITE_BLOCKED, 1, Kind.WEBSITES),
        Indicator(WEBSITE_TIME, 1, Kind.WEBSITES),
    )
}
# What is shown as "half within, nine of ten within" instead of as a rate.
SPANS = (FIRST_ANSWER, FINAL_ANSWER, WEBSITE_TIME)


def version(code: str) -> int:
    """The version under which an indicator is counted now."""
    return INDICATORS[code].version


def hours_class(span: timedelta) -> int:
    """The smallest class of hours that holds a span; what takes longer than all is in the last."""
    return next((hours for hours in HOURS if span <= timedelta(hours=hours)), HOURS[-1])


def is_call_due(began_at: datetime, answered_at: datetime | None, ended_at: datetime | None) -> bool:
    """Could the call have been answered in time: whoever hung up sooner gave nobody the chance."""
    return answered_at is not None or ended_at is None or ended_at - began_at >= ACKNOWLEDGED_WITHIN


def is_acknowledged(received_at: datetime, reached_at: datetime | None) -> bool:
    """Did the receipt reach its complainant within the promised seconds."""
    return reached_at is not None and reached_at - received_at <= ACKNOWLEDGED_WITHIN
