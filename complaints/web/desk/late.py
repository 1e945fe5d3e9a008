"""What the desk sees of lateness: a missed final answer, a complainant who is silent, the letters to an agency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from complaints.domain.lifecycle import OPEN_STATES, Action, State
from complaints.domain.outbox import PromiseKind
from complaints.domain.thai_time import show_date, show_datetime
from complaints.web.language import language, t

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.domain.case import Case
    from complaints.domain.outbox import Promise
    from complaints.domain.referral import Referral


def alerts(case: Case, now: datetime) -> list[dict[str, Any]]:
    """What must be said above the story, each with its tone, its words and when the supervisor was told."""
    state = State(case.state)
    if state is State.WAITING:
        return _silent(case)
    return _reserved(case) + _overdue(case, now)


def _reserved(case: Case) -> list[dict[str, Any]]:
    if case.decide_by is None:
        return []
    when = show_datetime(case.decide_by, language())
    title = t("desk.late.decision", n=case.refusals, when=when)
    return [{"tone": "urgent", "title": title, "text": t("desk.late.decision_text"), "told": case.escalated_at}]


def _overdue(case: Case, now: datetime) -> list[dict[str, Any]]:
    if State(case.state) not in OPEN_STATES or case.final_by >= now:
        return []
    told = [event.at for event in case.events if event.action == Action.ESCALATE.value and event.at >= case.final_by]
    return [
        {
            "tone": "urgent",
            "title": t("desk.late.final", when=show_date(case.final_by, language())),
            "text": t("desk.late.final_text"),
            "told": min(told, default=None),
        }
    ]


def _silent(case: Case) -> list[dict[str, Any]]:
    asked = max(event.id for event in case.events if event.action == Action.ASK.value)
    if not any(event.action == Action.HAND_OVER.value and event.id > asked for event in case.events):
        return []
    when = next(event.at for event in case.events if event.id == asked)
    return [
        {
            "tone": "waiting",
            "title": t("desk.late.silent", when=show_date(when, language())),
            "text": t("desk.late.silent_text"),
            "told": None,
        }
    ]


def notices(case: Case, referral: Referral) -> list[str]:
    """The letters that reminded the agency of a referral, and what became of each."""
    return [
        " · ".join(
            (t(f"desk.notice.{row.payload['stage']}"), show_date(row.created_at, language()), _fate(row)),
        )
        for row in case.promises
        if row.kind == PromiseKind.AGENCY_LETTER.value and row.payload["referral_id"] == referral.id
    ]


def _fate(row: Promise) -> str:
    fate = "failed" if row.failed_at else str(row.result.get("delivered", "")) or "on_its_way"
    return t(f"desk.notice_fate.{fate}")
