"""How the centre opens a mediation, asks the complainant, invites the respondent, writes to both and stops it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifiers.identifiers import extract
from complaints.domain.actor import Role
from complaints.domain.errors import InvalidInput, StepImpossible
from complaints.domain.lifecycle import OPEN_STATES, State
from complaints.domain.mediation import BY_PHONE, ON_PAGE, Mediation
from complaints.domain.reading import read_amount_if_any, read_email
from complaints.domain.turns import Move, Side, Stage
from complaints.domain.wording import LANGUAGES
from complaints.services import centre, deadlines
from complaints.services.mediation import letters, links
from complaints.services.mediation.moving import make, note_down
from complaints.services.mediation.reading import latest, lives

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case

LONGEST, LONGEST_NAME = 2000, 200
# A fresh case is read first; one that waits for an answer of its complainant is not talked about meanwhile.
OPENS_FROM = OPEN_STATES - {State.RECEIVED, State.WAITING}


@dataclass(frozen=True, slots=True)
class Opening:
    """What the agent wrote down: all that the respondent will ever read of the case."""

    summary: str
    wish: str
    amount: int | None
    complainant: str
    respondent: str
    email: str
    language: str


def read_opening(form: Mapping[str, str], case: Case) -> Opening:
    """What was typed; raises `InvalidInput` at the first that cannot be taken."""
    email = form.get("email", "").strip()
    language = form.get("language", "th")
    if language not in LANGUAGES:
        raise InvalidInput("language", reason="choose_language")
    amount = read_amount_if_any(form.get("amount", ""), "amount")
    if amount == 0:
        raise InvalidInput("amount", reason="amount")
    return Opening(
        summary=clean(form.get("summary", ""), "summary", case),
        wish=clean(form.get("wish", ""), "wish", case),
        amount=amount,
        complainant=clean(form.get("complainant", ""), "complainant", case, LONGEST_NAME, needed=False),
        respondent=clean(form.get("respondent", ""), "respondent", case, LONGEST_NAME),
        email=read_email(email, "email") if email else "",
        language=language,
    )


def clean(text: str, field: str, case: Case, limit: int = LONGEST, *, needed: bool = True) -> str:
    """Words that the other side will read: none of them may be a way to the person or to the person's money."""
    typed = text.strip()
    if needed and not typed:
        raise InvalidInput(field, reason="required")
    if len(typed) > limit:
        raise InvalidInput(field, reason="too_long", limit=limit)
    found, person = extract(typed), case.person
    contacts = [contact.lower() for contact in (person.email, person.line_id, person.phone) if contact.strip()]
    if found.phones or found.bank_accounts or found.promptpay or found.national_ids:
        raise InvalidInput(field, reason="names_contact")
    if any(contact in typed.lower() for contact in contacts):
        raise InvalidInput(field, reason="names_contact")
    return typed


def begin(session: Session, case: Case, opening: Opening, actor: Actor, now: datetime) -> Mediation:
    """Ask the complainant whether the other side may be asked; nothing goes out to it before the yes."""
    before = latest(session, case, actor)
    if State(case.state) not in OPENS_FROM or (before is not None and before.running):
        raise StepImpossible(action=Move.OPEN.value, state=case.state, reason="mediation_moved")
    mediation = Mediation(
        case_id=case.id,
        case=case,
        stage=Stage.ASKED.value,
        turn=Side.COMPLAINANT.value,
        turn_by=deadlines.turn_by(session, centre.profile(session), now),
        opened_at=now,
        opened_by_id=actor.account_id,
        **{name: getattr(opening, name) for name in Opening.__dataclass_fields__},
    )
    session.add(mediation)
    session.flush()
    note_down(session, mediation, Move.OPEN, actor, now)
    letters.promise(mediation, Side.COMPLAINANT, "ask", now)
    return mediation


def consent(session: Session, mediation: Mediation, actor: Actor, now: datetime, key: str) -> None:
    """The complainant says yes, on the page or to the agent on the telephone: now the respondent is invited."""
    mediation.consent_at = now
    mediation.consent_via = ON_PAGE if actor.role is Role.COMPLAINANT else BY_PHONE
    make(session, mediation, Move.CONSENT, actor, now)
    invite(session, mediation, actor, now, key)


def invite(session: Session, mediation: Mediation, actor: Actor, now: datetime, key: str) -> None:
    """Make the link, or a new one in place of one that was lost, and promise its letter."""
    if not lives(mediation) or mediation.consent_at is None:
        raise StepImpossible(action="invite", state=mediation.stage, reason="mediation_moved")
    links.make(session, mediation, actor, now, key, centre.profile(session).mediation_link_days)
    letters.promise(mediation, Side.RESPONDENT, "invite", now)


def decline(session: Session, mediation: Mediation, actor: Actor, now: datetime) -> None:
    """The complainant would rather not; the other side never hears of it."""
    make(session, mediation, Move.DECLINE, actor, now)


def write_to_both(session: Session, mediation: Mediation, words: str, actor: Actor, now: datetime) -> None:
    """The centre says the same to both sides."""
    move = make(session, mediation, Move.WORDS, actor, now, words=clean(words, "words", mediation.case))
    for side in (Side.COMPLAINANT, Side.RESPONDENT):
        letters.promise(mediation, side, "words", now, move)


def stop(session: Session, mediation: Mediation, reason: str, actor: Actor, now: datetime) -> None:
    """The centre ends it and tells both why; before the complainant's yes there is nobody else to tell."""
    invited = mediation.consent_at is not None
    move = make(session, mediation, Move.STOP, actor, now, words=clean(reason, "reason", mediation.case))
    letters.promise(mediation, Side.COMPLAINANT, "stopped", now, move)
    if invited:
        letters.promise(mediation, Side.RESPONDENT, "stopped", now, move)
