"""Messages between the complainant, the desk and the agencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.actor import Actor, Role
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import Action, State
from complaints.domain.message import Message
from complaints.services import joined, same

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.referral import Referral

MESSAGE_LIMIT = 10_000


def say(
    session: Session,
    case: Case,
    body: str,
    actor: Actor,
    now: datetime,
    *,
    kind: str,
    public: bool,
    referral: Referral | None = None,
    channel: str = "web",
    field: str = "body",
    folded: str = "",
) -> Message:
    """Write one message into the case's thread; raises `InvalidInput` on `field` when it is empty or too long."""
    text = body.strip()
    if not text:
        raise InvalidInput(field, reason="required")
    if len(text) > MESSAGE_LIMIT:
        raise InvalidInput(field, reason="too_long", limit=MESSAGE_LIMIT)
    message = Message(
        case_id=case.id,
        kind=kind,
        role=actor.role.value,
        account_id=actor.account_id,
        agency_code=actor.agency,
        referral_id=referral.id if referral else None,
        body=text,
        folded=folded,
        channel=channel,
        public=public,
        at=now,
    )
    case.messages.append(message)
    session.flush()
    return message


def write_in(
    session: Session, case: Case, body: str, actor: Actor, now: datetime, channel: str = "web", folded: str = ""
) -> Message:
    """The complainant writes: an answer when the centre is waiting for one, otherwise a further message.

    What is written under a merged case is heard under its target too; each complainant sees the own case alone.
    """
    waiting = case.state == State.WAITING.value
    kind = "reply" if waiting else "message"
    message = say(session, case, body, actor, now, kind=kind, public=True, channel=channel, folded=folded)
    case.apply(Action.REPLY if waiting else Action.WRITE, actor, now)
    target = joined.target_of(session, case)
    if target.id != case.id:
        _follow(session, case, target, now)
    return message


def _follow(session: Session, case: Case, target: Case, now: datetime) -> None:
    """Where the matter goes on, somebody has said something; the question there is answered by its own complainant."""
    session.refresh(target, with_for_update={"of": Case})
    answers = target.state == State.WAITING.value and same.one_person(session, case, target)
    heard = Action.REPLY if answers else Action.FOLLOW
    target.apply(heard, Actor(Role.COMPLAINANT, case_id=target.id), now, source=case.number)


def take_down(session: Session, case: Case, body: str, actor: Actor, now: datetime) -> Message:
    """The desk writes down what the complainant answered on the telephone."""
    message = say(session, case, body, actor, now, kind="reply", public=True, channel="hotline")
    case.apply(Action.REPLY, actor, now)
    return message


def write_out(
    session: Session, case: Case, body: str, actor: Actor, now: datetime, referral: Referral | None = None
) -> Message:
    """The desk or an agency writes to the complainant without a question; goes out as a letter too."""
    message = say(session, case, body, actor, now, kind="message", public=True, referral=referral)
    case.apply(Action.WRITE, actor, now, referral=referral)
    case.promise_letter(now, "message", message_id=message.id)
    return message
