"""What a side can do, one verb a button: the same for the complainant, the respondent and whoever acts for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.thai_time import local_day
from complaints.domain.turns import Move
from complaints.services.mediation import keeping, offers, opening
from complaints.web.numbers import whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict

    from complaints.domain.actor import Actor
    from complaints.domain.mediation import Mediation

    Do = Callable[[Session, Mediation, MultiDict[str, str], Actor, datetime], None]


def propose(session: Session, mediation: Mediation, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """An offer."""
    terms = offers.read_terms(form, mediation, local_day(now))
    offers.propose(session, mediation, terms, whole(form.get("seen", ""), otherwise=-1), actor, now)


def accept(session: Session, mediation: Mediation, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """Yes to the words on the page."""
    offers.accept(session, mediation, form.get("sha256", ""), actor, now)


def refuse(session: Session, mediation: Mediation, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """No to the offer."""
    offers.refuse(session, mediation, form.get("sha256", ""), form.get("refuse_reason", ""), actor, now)


def leave(session: Session, mediation: Mediation, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """Out of the mediation."""
    offers.leave(session, mediation, form.get("leave_reason", ""), actor, now)


def note(session: Session, mediation: Mediation, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """To the centre alone."""
    offers.tell_centre(session, mediation, form.get("words", ""), actor, now)


def decline(session: Session, mediation: Mediation, _form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """No mediation, please."""
    opening.decline(session, mediation, actor, now)


def kept(session: Session, mediation: Mediation, _form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """What was agreed has arrived."""
    keeping.kept(session, mediation, actor, now)


def broken(session: Session, mediation: Mediation, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """It has not."""
    keeping.broken(session, mediation, form.get("broken_words", ""), actor, now)


# Of either side; the complainant's alone stand in `own`.
VERBS: dict[str, Do] = {
    Move.PROPOSE.value: propose,
    Move.ACCEPT.value: accept,
    Move.REFUSE.value: refuse,
    Move.LEAVE.value: leave,
    Move.NOTE.value: note,
}
OWN_VERBS: dict[str, Do] = VERBS | {
    Move.DECLINE.value: decline,
    Move.KEPT.value: kept,
    Move.BROKEN.value: broken,
}
# The services name a field as its table does; a page has several forms, each with inputs of its own.
FIELDS = {
    ("refuse", "reason"): "refuse_reason",
    ("leave", "reason"): "leave_reason",
    ("broken", "words"): "broken_words",
}
