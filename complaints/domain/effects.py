"""What each step writes beside the state: the facts that the CHECK constraints demand."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import Action, State
from complaints.domain.referral import OUTCOMES, Referral

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from complaints.domain.case import Case

# What may stand in the timeline: codes and numbers, never a citizen's words.
TOLD = frozenset(
    {
        "agency",
        "category",
        "outcome",
        "recovered",
        "confidence",
        "auto",
        "into",
        "source",
        "score",
        "urgent",
        "late",
        "promise",
        "reason_code",
        "change",
        "identifier",
        "before",
        "via",
        "assignee",
        "office",
        "until",
        "website",
        "website_event",
        "result",
        "sign",
        "there",
        "letter",
        "on_day",
        "same",
        "back_to",
        "move",
        "side",
    }
)
LETTER_FACTS = frozenset({"agency", "message_id", "outcome", "into"})


def told(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts that the timeline keeps."""
    return {key: value for key, value in facts.items() if key in TOLD and value is not None}


def clocks(case: Case, action: Action, referral: Referral | None, facts: dict[str, Any]) -> dict[str, Any]:
    """What the timeline keeps of the case itself, so that every figure can be counted from the timeline alone."""
    found: dict[str, Any] = {}
    if action is Action.FILE or "category" in facts:
        found["by"] = case.final_by.isoformat()
    if action is Action.FILE:
        found |= {"received": case.received_at.isoformat(), "channel": case.channel, "province": case.province}
        found |= {name: value for name, value in (("category", case.category_code), ("lost", case.lost)) if value}
    if action is Action.REFER and referral is not None:
        found["answer_by"] = referral.answer_by.isoformat()
    return found


def for_letter(facts: dict[str, Any], referral: Referral | None) -> dict[str, Any]:
    """The facts that a letter needs to be written later."""
    kept = {key: value for key, value in facts.items() if key in LETTER_FACTS and value is not None}
    if referral is not None:
        kept["agency"] = referral.agency_code
        if referral.id is not None:
            kept["referral_id"] = referral.id
    return kept


def take(
    case: Case, action: Action, now: datetime, after: State, referral: Referral | None, facts: dict[str, Any]
) -> None:
    """Write the facts of one step; called by `Case.apply` before it writes the state."""
    before = State(case.state) if case.state else None
    if before is State.WAITING and after is not State.WAITING:
        _resume(case, now)
    if after is State.WAITING and before is not State.WAITING:
        case.resume_state = (before or State.TRIAGE).value
        case.waiting_since = now
    if referral is not None and action in REFERRAL_EFFECTS:
        REFERRAL_EFFECTS[action](referral, facts)
    if action in CASE_EFFECTS:
        CASE_EFFECTS[action](case, now, facts)
    if after is State.RESOLVED and before is not State.RESOLVED:
        _resolve(case, now, facts)


def _refer(case: Case, now: datetime, facts: dict[str, Any]) -> None:
    case.referred_at = case.referred_at or now
    case.lead_agency_code = facts["agency"]


def _close(case: Case, now: datetime, _facts: dict[str, Any]) -> None:
    case.closed_at = now


def _reopen(case: Case, _now: datetime, _facts: dict[str, Any]) -> None:
    case.reopened_count += 1
    case.closed_at = None


def _merge(case: Case, _now: datetime, facts: dict[str, Any]) -> None:
    case.merged_into_id = facts["into_id"]


def _unmerge(case: Case, _now: datetime, _facts: dict[str, Any]) -> None:
    case.merged_into_id = None


def _rate(case: Case, _now: datetime, facts: dict[str, Any]) -> None:
    case.score, case.score_reason = facts["score"], str(facts.get("score_reason", ""))


def _assign(case: Case, _now: datetime, facts: dict[str, Any]) -> None:
    case.assignee_id = facts["assignee"]


def _snooze(case: Case, _now: datetime, facts: dict[str, Any]) -> None:
    case.snoozed_until = facts["snoozed_until"]


def _mediate(case: Case, now: datetime, facts: dict[str, Any]) -> None:
    """While the two sides talk the case sleeps until the turn ends; what wants the desk brings it up."""
    case.snoozed_until = facts.get("snoozed_until")
    if facts.get("wanted"):
        case.heard_at = case.heard_at or now


def _resume(case: Case, now: datetime) -> None:
    """The time for which the centre waited for the complainant is not held against anybody."""
    waited = now - (case.waiting_since or now)
    case.triage_by = case.triage_by.astimezone(UTC) + waited
    case.final_by = case.final_by.astimezone(UTC) + waited
    for referral in case.open_referrals:
        stand_still(case, referral, now)
    case.resume_state = case.waiting_since = None


def stand_still(case: Case, referral: Referral, now: datetime) -> None:
    """An agency's days while the centre waits; called once a referral: when the waiting ends, or its part before."""
    if case.waiting_since is not None:
        waited = now - max(case.waiting_since, referral.sent_at)
        referral.acknowledge_by = referral.acknowledge_by.astimezone(UTC) + waited
        referral.answer_by = referral.answer_by.astimezone(UTC) + waited


def _refuse(referral: Referral, facts: dict[str, Any]) -> None:
    referral.reason = _required(facts, "reason")


def _allot(referral: Referral, facts: dict[str, Any]) -> None:
    referral.assignee_id = facts["assignee"]


def _route(referral: Referral, facts: dict[str, Any]) -> None:
    """Another office: whoever had it there has it no more."""
    referral.office_id, referral.assignee_id = facts["office"], None


def _receipt(referral: Referral, facts: dict[str, Any]) -> None:
    """When it arrived, as the agency told; not when that was written down."""
    referral.acknowledged_at = facts["received_at"]


def _answer(referral: Referral, facts: dict[str, Any]) -> None:
    outcome = facts.get("outcome")
    if outcome not in OUTCOMES:
        raise InvalidInput("outcome", reason="choose_outcome")
    referral.outcome, referral.answer = outcome, _required(facts, "answer")
    referral.recovered = facts.get("recovered")


def _resolve(case: Case, now: datetime, facts: dict[str, Any]) -> None:
    outcome = facts.get("outcome")
    if outcome not in OUTCOMES:
        raise InvalidInput("outcome", reason="choose_outcome")
    case.resolved_at, case.outcome = now, outcome
    case.resolution = _required(facts, "answer")


def _required(facts: dict[str, Any], name: str) -> str:
    text = str(facts.get(name) or "").strip()
    if not text:
        raise InvalidInput(name, reason="required")
    return text


CASE_EFFECTS: dict[Action, Callable[[Case, datetime, dict[str, Any]], None]] = {
    Action.REFER: _refer,
    Action.CONFIRM: _close,
    Action.CLOSE_SILENT: _close,
    Action.DISPUTE: _reopen,
    Action.MERGE: _merge,
    Action.UNMERGE: _unmerge,
    Action.RATE: _rate,
    Action.ASSIGN: _assign,
    Action.SNOOZE: _snooze,
    Action.MEDIATE: _mediate,
    Action.CONFIDE: _mediate,
}
REFERRAL_EFFECTS: dict[Action, Callable[[Referral, dict[str, Any]], None]] = {
    Action.DECLINE: _refuse,
    Action.RETURN: _refuse,
    Action.ANSWER: _answer,
    Action.RECEIPT_NOTED: _receipt,
    Action.ALLOT: _allot,
    Action.ROUTE: _route,
}
