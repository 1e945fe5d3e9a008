"""What the desk does by hand with a letter: a new link, the post, and writing down what came back on paper."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from complaints.domain.actor import Actor, Role
from complaints.domain.errors import InvalidInput, NotFound, StepImpossible
from complaints.domain.lifecycle import Action
from complaints.domain.outbox import PromiseKind
from complaints.domain.reading import read_day
from complaints.domain.thai_time import local_day, midnight
from complaints.services import handle
from complaints.services.official import issuing, links
from complaints.services.official.wording import reference

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.domain.referral import Referral
    from complaints.domain.referral_letter import ReferralLetter

# At what time of a day something arrived is not told: at noon, unless that was before it was sent or lies ahead.
NOON = time(12)


def letter_of(session: Session, referral: Referral) -> ReferralLetter:
    """The letter of a referral, or `NotFound`."""
    letter = issuing.of_referral(session, referral.id)
    if letter is None:
        raise NotFound(what="letter")
    return letter


def reissue(session: Session, case: Case, referral: Referral, actor: Actor, now: datetime) -> None:
    """The same letter by mail once more, with a new link; the one before opens nothing any more."""
    letter = letter_of(session, referral)
    _still_open(referral, Action.LETTER_LINKED)
    if not referral.agency.email:
        raise InvalidInput(reason="letters_need_address")
    link = links.make(session, letter, now, actor.account_id)
    for promise in case.promises:
        tried = promise.kind == PromiseKind.REFERRAL_LETTER.value and promise.payload["referral_id"] == referral.id
        if tried and promise.failed_at is not None:
            # What failed is tried anew by this.
            promise.failed_at = None
            promise.keep(now, delivered="not_needed")
    case.promise(PromiseKind.REFERRAL_LETTER, now, referral_id=referral.id, link_id=link.id)
    case.apply(Action.LETTER_LINKED, actor, now, referral=referral, letter=reference(letter))


def posted(session: Session, case: Case, referral: Referral, typed: str, actor: Actor, now: datetime) -> None:
    """It was printed and sent by post on that day."""
    letter = letter_of(session, referral)
    _still_open(referral, Action.LETTER_POSTED)
    if letter.sealed_at is None:
        raise StepImpossible(action=Action.LETTER_POSTED.value, state=referral.state)
    day = _day(typed, letter.dated, now)
    letter.posted_on = day
    case.apply(Action.LETTER_POSTED, actor, now, referral=referral, letter=reference(letter), on_day=day.isoformat())


def receipt(session: Session, case: Case, referral: Referral, typed: str, actor: Actor, now: datetime) -> None:
    """The agency told on paper or by telephone that it arrived on that day."""
    letter = letter_of(session, referral)
    day = _day(typed, local_day(referral.sent_at), now)
    received_at = min(max(midnight(day).replace(hour=NOON.hour), referral.sent_at), now)
    case.apply(
        Action.RECEIPT_NOTED,
        actor,
        now,
        referral=referral,
        received_at=received_at,
        letter=reference(letter),
        on_day=day.isoformat(),
    )


def answer(
    session: Session,
    case: Case,
    referral: Referral,
    outcome: str,
    text: str,
    recovered: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """What the agency answered on paper or in a mail, written down for it; who wrote it down stands beside it."""
    letter_of(session, referral)
    writes = Actor(Role.PARTNER, actor.account_id, agency=referral.agency_code, name=actor.name)
    handle.conclude(session, case, referral, outcome, text, recovered, writes, now)


def _still_open(referral: Referral, action: Action) -> None:
    if not referral.is_open:
        raise StepImpossible(action=action.value, state=referral.state)


def _day(typed: str, earliest: date, now: datetime) -> date:
    if not typed.strip():
        raise InvalidInput("day", reason="required")
    day = read_day(typed, "day", local_day(now))
    if day < earliest:
        raise InvalidInput("day", reason="before_letter")
    return day
