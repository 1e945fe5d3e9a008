"""The floor's figures in words, as the supervisor reads them of everybody and each agent of oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from complaints.services.floor.people import WORK
from complaints.web.clocks import length
from complaints.web.language import t

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from complaints.services.floor.checked import Share
    from complaints.services.floor.people import Person


def span(waited: timedelta | None) -> str:
    """A span of time, or that there is none."""
    return length(waited) if waited is not None else t("oversight.no_figure")


def timed(middle: timedelta | None, count: int) -> str:
    """The span in the middle and of how many."""
    return t("floor.of", figure=length(middle), n=f"{count:,}") if middle is not None else t("oversight.no_figure")


def rate(share: Share) -> str:
    """In per cent, or that there is no figure."""
    return t("oversight.no_figure") if share.rate is None else t("oversight.per_cent", rate=share.rate)


def share(share: Share) -> str:
    """In per cent and of how many."""
    return t("floor.of", figure=rate(share), n=f"{share.checked:,}") if share.checked else t("oversight.no_figure")


def person(one: Person, corrected: Share, now: datetime) -> dict[str, Any]:
    """One person's figures in words; the page puts links where there are cases to show."""
    here = one.here(now)
    if here or one.seen_at is None:
        seen = t("floor.here") if here else t("floor.not_seen")
    else:
        seen = t("floor.seen", span=length(now - one.seen_at))
    return {
        "name": one.name,
        "role": t(f"word.role.{one.role}"),
        "tone": "done" if here else "neutral",
        "seen": seen if one.active else t("floor.switched_off"),
        "held": f"{one.held:,}",
        "snoozed": f"{one.snoozed:,}",
        "drafts": f"{one.drafts:,}",
        "steps": f"{one.steps:,}",
        "first": timed(one.first_answer, len(one.first)),
        "decided": timed(one.to_decision, len(one.decided)),
        "corrected": share(corrected),
    }


def done(one: Person) -> list[tuple[str, str]]:
    """Each kind of step that was taken, and how often."""
    return [(t(f"word.action.{step.value}"), f"{one.done[step.value]:,}") for step in WORK if one.done[step.value]]
