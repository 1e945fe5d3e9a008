"""What happens to a case is told to the agencies that it concerns, by a promise in the same transaction.

Whatever is flushed is looked at: each fresh event of the timeline marks itself, and the one commit of the project
writes the messages before it commits. No service and no screen can forget to tell.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.lifecycle import OPEN_REFERRALS, RECALLING, TAKING_BACK, Action, ReferralState
from complaints.domain.outbox import Promise, PromiseKind
from complaints.domain.referral import Referral
from complaints.domain.webhook import Told, WebhookEndpoint, WebhookMessage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_FRESH = "webhook_events"
OF_REFERRAL = {
    Action.REFER: Told.REFERRAL_SENT,
    Action.ACKNOWLEDGE: Told.REFERRAL_CHANGED,
    Action.ACCEPT: Told.REFERRAL_CHANGED,
    Action.DECLINE: Told.REFERRAL_CHANGED,
    Action.RETURN: Told.REFERRAL_CHANGED,
    Action.ANSWER: Told.REFERRAL_CHANGED,
    Action.REMIND: Told.REFERRAL_REMINDED,
}
# To every agency that works on the case, and to every one that has answered.
OF_OPEN = {
    Action.ASK: Told.CASE_MESSAGE,
    Action.REPLY: Told.CASE_MESSAGE,
    Action.WRITE: Told.CASE_MESSAGE,
    Action.RECATEGORISE: Told.CASE_CHANGED,
}
OF_ANSWERED = {
    Action.DISPUTE: Told.CASE_REOPENED,
    Action.CONFIRM: Told.CASE_CLOSED,
    Action.CLOSE_SILENT: Told.CASE_CLOSED,
}
_TELLING = {action.value for action in (*OF_REFERRAL, *OF_OPEN, *OF_ANSWERED, *RECALLING, *TAKING_BACK)}
_OPEN = frozenset(state.value for state in OPEN_REFERRALS)


@event.listens_for(Session, "after_flush")
def _mark(session: Session, _context: object) -> None:
    fresh = [row for row in session.new if isinstance(row, Event) and row.action in _TELLING]
    if fresh:
        session.info.setdefault(_FRESH, []).extend(fresh)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_FRESH, None)


def bring_up(session: Session) -> None:
    """Write the messages about everything that happened in this transaction."""
    session.flush()
    fresh: list[Event] = session.info.pop(_FRESH, [])
    if not fresh:
        return
    listening = defaultdict(list)
    found = session.execute(
        select(Referral, WebhookEndpoint, Case.number)
        .join(WebhookEndpoint, WebhookEndpoint.agency_code == Referral.agency_code)
        .join(Case, Case.id == Referral.case_id)
        .where(Referral.case_id.in_({one.case_id for one in fresh}), WebhookEndpoint.silenced_at.is_(None))
        .order_by(Referral.id, WebhookEndpoint.id)
    )
    for referral, endpoint, number in found:
        listening[referral.case_id].append((referral, endpoint, number))
    for one in fresh:
        for referral, endpoint, number in listening[one.case_id]:
            told = about(one, referral)
            if told is not None and endpoint.wants(told):
                session.add(message(endpoint, told, one.at, _data(one, referral, number)))


def about(happened: Event, referral: Referral) -> Told | None:
    """What this event tells the agency of this referral; None when it does not concern it."""
    action, own = Action(happened.action), happened.referral_id == referral.id
    ended_now = referral.ended_at is not None and referral.ended_at == happened.at
    if action in RECALLING or action in TAKING_BACK:
        if referral.state == ReferralState.RECALLED.value and ended_now:
            return Told.REFERRAL_RECALLED
        return Told.REFERRAL_CHANGED if action in TAKING_BACK and referral.state in _OPEN else None
    if action in OF_REFERRAL:
        return OF_REFERRAL[action] if own else None
    if action in OF_OPEN:
        return OF_OPEN[action] if referral.state in _OPEN else None
    return OF_ANSWERED.get(action) if referral.state == ReferralState.ANSWERED.value else None


def _data(happened: Event, referral: Referral, number: str) -> dict[str, Any]:
    return {
        "event": happened.id,
        "action": happened.action,
        "by": happened.role,
        "case": number,
        "case_state": happened.to_state,
        "referral": referral.id,
        "referral_state": referral.state,
        "answer_by": referral.answer_by.isoformat(timespec="seconds"),
    }


def message(endpoint: WebhookEndpoint, told: Told, at: datetime, data: dict[str, Any]) -> WebhookMessage:
    """One message with its promise, to be added to the session."""
    body = {"type": told.value, "timestamp": at.isoformat(timespec="milliseconds"), "data": data}
    promise = Promise(kind=PromiseKind.WEBHOOK.value, payload={}, created_at=at, due_at=at, tries=0)
    return WebhookMessage(
        endpoint=endpoint, promise=promise, key=f"msg_{uuid.uuid4().hex}", kind=told.value, at=at, body=body
    )


def kinds() -> Iterator[Told]:
    """What an endpoint may choose to hear; a test comes whenever somebody asks for one."""
    return (told for told in Told if told is not Told.TEST)
