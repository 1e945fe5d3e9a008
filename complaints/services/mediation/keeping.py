"""After an agreement: was it kept. Then the case is solved; otherwise the desk takes it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.actor import Role
from complaints.domain.errors import StepImpossible
from complaints.domain.lifecycle import Action
from complaints.domain.turns import Move, Side
from complaints.domain.wording import say
from complaints.services.follow import complainant_of
from complaints.services.mediation import letters
from complaints.services.mediation.moving import day_after, make
from complaints.services.mediation.opening import clean

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.mediation import Mediation, MediationMove


def kept(session: Session, mediation: Mediation, actor: Actor, now: datetime) -> None:
    """The complainant has what was agreed: solved, and closed if the complainant said so without the desk between."""
    make(session, mediation, Move.KEPT, actor, now)
    agreement, case = mediation.agreement, mediation.case
    if agreement is None:
        raise StepImpossible(action=Move.KEPT.value, state=mediation.stage, reason="mediation_moved")
    answer = say("mediation.kept_answer", case.language, text=agreement.text(case.language))
    case.apply(
        Action.SETTLE, actor, now, outcome=_outcome(mediation, agreement), answer=answer, recovered=agreement.refund
    )
    if actor.role is Role.COMPLAINANT:
        case.apply(Action.CONFIRM, complainant_of(case), now)
    else:
        case.promise_letter(now, "resolved")
    letters.promise(mediation, Side.RESPONDENT, "kept", now)


def _outcome(mediation: Mediation, agreement: MediationMove) -> str:
    """Under which heading the case is counted."""
    if agreement.refund is not None:
        asked = mediation.amount or mediation.case.lost
        return "refunded_full" if asked is not None and agreement.refund >= asked else "refunded_part"
    return "replaced" if {"replacement", "repair"} & set(agreement.deeds.split()) else "explained"


def may_say_broken(mediation: Mediation, now: datetime) -> bool:
    """Until its last day has passed an agreement can still be kept."""
    due = day_after(mediation.agreement.by_day) if mediation.agreement is not None else None
    return due is not None and now >= due


def broken(session: Session, mediation: Mediation, words: str, actor: Actor, now: datetime) -> None:
    """The day has passed and what was agreed was not done: the desk takes the case on."""
    if mediation.running and not may_say_broken(mediation, now):
        raise StepImpossible(action=Move.BROKEN.value, state=mediation.stage, reason="mediation_not_due")
    make(session, mediation, Move.BROKEN, actor, now, words=clean(words, "words", mediation.case))
    for side in (Side.COMPLAINANT, Side.RESPONDENT):
        letters.promise(mediation, side, "broken", now)
