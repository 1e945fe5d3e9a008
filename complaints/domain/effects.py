"""What each step writes beside the state: the facts that the CHECK constraints demand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import Action, State
from complaints.domain.referral import OUTCOMES, Referral

if TYPE_CHECKING:
    from complaints.domain.case import Case

# What may stand in the timeline: codes and numbers, never a citizen's words.
TOLD = frozenset({"agency", "category", "outcome", "recovered", "confidence", "auto", "into", "score", "urgent", "late", "promise", "reason_code"})
LETTER_FACTS = frozenset({"agency", "message_id", "outcome"})


def told(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts that the timeline keeps."""
    return {key: value for key, value in facts.items() if key in TOLD and value is not None}


def for_letter(facts: dict[str, Any], referral: Referral | None) -> dict[str, Any]:
    """The facts that a letter needs to be written later."""
    kept = {key: value for key, value in facts.items() if key in LETTER_FACTS and value is not None}
    if referral is not None:
        kept["agency"] = referral.agency_code
    return kept


def take(case: Case, action: Action, now: datetime, after: State, referral: Referral | None, facts: dict[str, Any]) -> None:
    """Write the facts of one step; called by `Case.apply` before it writes the state."""
    before = State(case.state) if case.state else None
    if before is State.WAITING and after is not State.WAITING:
        _resume(case, now)
    if action in {Action.DECLINE, Action.RETURN} and referral is not None:
        referral.reason = _required(facts, "reason")
    elif action is Action.ANSWER and referral is not None:
        _answer(referral, facts)
    elif action is Action.REFER:
        case.referred_at = case.referred_at or now
        case.lead_agency_code = facts["agency"]
    elif action is Action.ASK and before is not State.WAITING:
        case.resume_state = (before or State.TRIAGE).value
        case.waiting_since = now
    elif action is Action.CONFIRM or action is Action.CLOSE_SILENT:
        case.closed_at = now
    elif action is Action.DISPUTE:
        case.reopened_count += 1
        case.closed_at = None
    elif action is Action.MERGE:
        case.merged_into_id = facts["into_id"]
    elif action is Action.RATE:
        case.score, case.score_reason = facts["score"], str(facts.get("score_reason", ""))
    if after is State.RESOLVED and before is not State.RESOLVED:
        _resolve(case, now, facts)


def _resume(case: Case, now: datetime) -> None:
    """The time for which the centre waited for the complainant is not held against anybody."""
    waited = now - (case.waiting_since or now)
    case.final_by = case.final_by.astimezone(UTC) + waited
    for referral in case.open_referrals:
        referral.answer_by = referral.answer_by.astimezone(UTC) + waited
    case.resume_state = case.waiting_since = None


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
