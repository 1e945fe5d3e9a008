"""One move of a mediation: checked against the table of turns, written, told in the case's timeline and by letter."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from complaints.domain.actor import Role
from complaints.domain.errors import StepImpossible
from complaints.domain.lifecycle import Action
from complaints.domain.mediation import Mediation, MediationMove
from complaints.domain.thai_time import midnight
from complaints.domain.turns import RUNNING, TURNING, Move, Side, Stage, after
from complaints.services import centre, deadlines
from complaints.services.mediation.reading import lives

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

SIDES = {
    Role.COMPLAINANT: Side.COMPLAINANT,
    Role.RESPONDENT: Side.RESPONDENT,
    Role.OPERATOR: Side.RESPONDENT,
    Role.SYSTEM: Side.CLOCK,
}
# What somebody says or is told moves no turn.
SAID = frozenset({Move.NOTE, Move.WORDS, Move.REMIND})
# The other side's timeline does not tell of these.
QUIET = frozenset({Move.NOTE, Move.REMIND, Move.UNHEARD})
# After these somebody of the desk decides how it goes on.
WANTED = frozenset({Move.DECLINE, Move.LEAVE, Move.LAPSE, Move.NOTE, Move.UNHEARD, Move.BROKEN})


def side_of(actor: Actor) -> Side:
    """On which side somebody stands; the desk on neither."""
    return SIDES.get(actor.role, Side.CENTRE)


def make(
    session: Session,
    mediation: Mediation,
    move: Move,
    actor: Actor,
    now: datetime,
    **facts: Any,  # noqa: ANN401 - each move has facts of its own
) -> MediationMove:
    """Make a move; raises `NotAllowed` or `StepImpossible` as the table says."""
    if not lives(mediation):
        raise StepImpossible(action=move.value, state=mediation.stage, reason="mediation_moved")
    profile, side = centre.profile(session), side_of(actor)
    standing = after(mediation.standing, move, side, profile.mediation_offers)
    if move is Move.ACCEPT and mediation.offer is not None:
        mediation.agreed_number = mediation.offer.number
    mediation.stage, mediation.offers = standing.stage.value, standing.offers
    mediation.turn = standing.turn.value if standing.turn is not None else None
    mediation.offered_by = standing.offered_by.value if standing.offered_by is not None else None
    mediation.ended_at = None if standing.stage in RUNNING else now
    if move not in SAID:
        mediation.turn_by, mediation.reminded_at = _turn_by(session, mediation, move, now), None
    return note_down(session, mediation, move, actor, now, **facts)


def note_down(
    session: Session,
    mediation: Mediation,
    move: Move,
    actor: Actor,
    now: datetime,
    **facts: Any,  # noqa: ANN401 - each move has facts of its own
) -> MediationMove:
    """Write the move, and that it was made into the case, which sleeps while one of the two has the turn."""
    side = side_of(actor)
    number = max((row.number for row in mediation.moves), default=0) + 1
    row = MediationMove(number=number, kind=move.value, side=side.value, account_id=actor.account_id, at=now, **facts)
    mediation.moves.append(row)
    wanted = move in WANTED or Stage(mediation.stage) is Stage.REFUSED
    case, sleeps = mediation.case, not wanted and mediation.running
    case.apply(
        Action.CONFIDE if move in QUIET else Action.MEDIATE,
        actor,
        now,
        move=move.value,
        side=side.value,
        wanted=wanted,
        snoozed_until=mediation.turn_by if sleeps else None,
    )
    if sleeps and mediation.turn_by is not None:
        case.read_by(max(case.triage_by, mediation.turn_by + timedelta(days=1)), now)
    elif not mediation.running:
        case.read_by(deadlines.triage_by(session, centre.profile(session), case.category_code, now), now)
    session.flush()
    return row


def _turn_by(session: Session, mediation: Mediation, move: Move, now: datetime) -> datetime | None:
    """When the turn ends; of an agreement when its day has passed, then when the complainant should have said."""
    stage = Stage(mediation.stage)
    if stage is Stage.AGREED and move is Move.ACCEPT and mediation.agreement is not None:
        return day_after(mediation.agreement.by_day)
    if stage in TURNING or move is Move.DUE:
        return deadlines.turn_by(session, centre.profile(session), now)
    return None


def day_after(day: date | None) -> datetime | None:
    """The moment at which a day has passed."""
    return midnight(day + timedelta(days=1)) if day is not None else None
