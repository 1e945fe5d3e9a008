"""How much time is left, in the words of a list: one short text and how urgent it looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from complaints.domain.calendar import BANK_FREEZE, freeze_until
from complaints.domain.lifecycle import ENDED_STATES, ReferralState, State
from complaints.services.queues import clock_of
from complaints.web.language import t

if TYPE_CHECKING:
    from complaints.domain.case import Case
    from complaints.domain.referral import Referral

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NEAR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Clock:
    """What the clock chip shows; `when` is the deadline itself, if there is one."""

    text: str
    tone: str
    when: datetime | None = None


def length(span: timedelta, hours_below: timedelta = 2 * DAY) -> str:
    """A span as its largest whole unit: minutes below an hour, hours below two days, then days."""
    if span < HOUR:
        return t("clock.minutes", n=max(int(span.total_seconds() // 60), 1))
    if span < hours_below:
        return t("clock.hours", n=int(span.total_seconds() // 3600))
    return t("clock.days", n=span.days)


def clock(when: datetime, now: datetime) -> Clock:
    """The time to a deadline: red when it has passed, amber within three days."""
    if when <= now:
        return Clock(t("clock.late", span=length(now - when)), "urgent", when)
    tone = "waiting" if when - now <= NEAR else "neutral"
    return Clock(t("clock.left", span=length(when - now)), tone, when)


def case_clock(case: Case, now: datetime) -> Clock:
    """What comes next for a case; with money that the bank may still hold, that comes first."""
    state = State(case.state)
    if state in ENDED_STATES or state is State.RESOLVED:
        return Clock(t(f"word.state.{case.state}"), "done" if case.outcome else "neutral")
    if case.transferred_at is not None and now < freeze_until(case.transferred_at):
        until = freeze_until(case.transferred_at)
        return Clock(t("clock.freeze", span=length(until - now, BANK_FREEZE + HOUR)), "urgent", until)
    if state is State.WAITING:
        return Clock(t("clock.stands"), "neutral")
    return clock(clock_of(case), now)


def referral_clock(referral: Referral, case: Case, now: datetime) -> Clock:
    """What an agency must do next: confirm the receipt, then answer."""
    if not referral.is_open:
        return Clock(t(f"word.referral.{referral.state}"), "done" if referral.outcome else "neutral")
    if case.state == State.WAITING.value:
        return Clock(t("clock.stands"), "neutral")
    return clock(referral.acknowledge_by if referral.state == ReferralState.SENT.value else referral.answer_by, now)
