"""What time does to mediations: it reminds, and what was let pass is no consent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from complaints.domain.actor import SYSTEM
from complaints.domain.case import Case
from complaints.domain.lifecycle import OPEN_STATES
from complaints.domain.mediation import Mediation
from complaints.domain.turns import TURNING, Move, Side, Stage
from complaints.services.mediation import letters
from complaints.services.mediation.moving import make
from complaints.services.mediation.reading import hold, lives

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

BATCH = 100
# So long before its end whoever has the turn is reminded, once.
REMIND_BEFORE = timedelta(days=1)
_TURNING = [stage.value for stage in TURNING]


def tick(session: Session, now: datetime) -> int:
    """Remind, let turns lapse, ask whether agreements were kept; returns how many."""
    open_case = Case.state.in_([state.value for state in OPEN_STATES])
    late = Mediation.turn_by <= now
    near = (Mediation.turn_by <= now + REMIND_BEFORE) & Mediation.reminded_at.is_(None)
    due = (
        select(Mediation.id)
        .join(Case)
        .where(
            open_case,
            or_(
                Mediation.stage.in_(_TURNING) & (late | near),
                (Mediation.stage == Stage.AGREED.value) & late,
            ),
        )
    )
    ids = session.scalars(due.order_by(Mediation.turn_by).limit(BATCH)).all()
    return sum(_pass(session, mediation_id, now) for mediation_id in ids)


def _pass(session: Session, mediation_id: int, now: datetime) -> bool:
    """Locked and looked at again: whoever answered in the last moment was in time."""
    mediation = hold(session, mediation_id, SYSTEM)
    if not lives(mediation) or mediation.turn_by is None:
        return False
    if mediation.stage == Stage.AGREED.value:
        return _ask(session, mediation, now)
    if mediation.turn_by <= now:
        _lapse(session, mediation, now)
        return True
    if mediation.reminded_at is None and mediation.turn_by <= now + REMIND_BEFORE:
        make(session, mediation, Move.REMIND, SYSTEM, now)
        mediation.reminded_at = now
        letters.promise(mediation, Side(mediation.turn or ""), "reminder", now)
        return True
    return False


def _lapse(session: Session, mediation: Mediation, now: datetime) -> None:
    invited = mediation.consent_at is not None
    make(session, mediation, Move.LAPSE, SYSTEM, now)
    for side in (Side.COMPLAINANT, Side.RESPONDENT) if invited else (Side.COMPLAINANT,):
        letters.promise(mediation, side, "lapsed" if invited else "unasked", now)


def _ask(session: Session, mediation: Mediation, now: datetime) -> bool:
    """The agreed day has passed: ask the complainant; without an answer the desk asks. Silence proves neither."""
    if mediation.turn_by is None or mediation.turn_by > now:
        return False
    asked = any(move.kind == Move.DUE.value for move in mediation.moves)
    make(session, mediation, Move.UNHEARD if asked else Move.DUE, SYSTEM, now)
    if not asked:
        letters.promise(mediation, Side.COMPLAINANT, "due", now)
    return True
