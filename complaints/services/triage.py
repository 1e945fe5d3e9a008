"""What agents do with a case: decide what it is, refer, ask, note, answer, refuse, merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain import sign
from complaints.domain.agency import CENTRE, Category
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput
from complaints.domain.identifier import Decision
from complaints.domain.lifecycle import OPEN_STATES, Action, State
from complaints.services import centre, deadlines, drafting, same
from complaints.services.correspond import say
from complaints.services.learn import labels
from complaints.services.refer import refer
from complaints.services.websites import joining

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor


def decide(session: Session, case: Case, code: str, actor: Actor, now: datetime, *, urgent: bool | None = None) -> None:
    """Record a person's decision of the category beside the machine's, and put it into force.

    The final deadline follows the category. Raises `InvalidInput` for an unknown or retired category.
    """
    category = session.get(Category, code)
    if category is None or not category.active:
        raise InvalidInput("category", reason="choose_category")
    case.decisions.append(
        Decision(
            decided_by="person",
            account_id=actor.account_id,
            category_code=code,
            urgent=case.urgent if urgent is None else urgent,
            at=now,
        )
    )
    if urgent is not None:
        case.urgent = urgent
    if case.category_code != code:
        before = session.get(Category, case.category_code) if case.category_code else None
        case.final_by = deadlines.moved_final_by(centre.profile(session), case, before, category)
    case.category_code, case.unsure = code, False
    case.apply(Action.RECATEGORISE, actor, now, category=code, urgent=case.urgent)
    labels.keep(session, case, actor, now)
    joining.follow(session, case, now)


def decide_and_refer(
    session: Session,
    case: Case,
    code: str,
    agencies: Sequence[str],
    actor: Actor,
    now: datetime,
    *,
    urgent: bool | None = None,
    note: str = "",
) -> None:
    """The usual step at the desk: this is what it is, and these act on it."""
    decide(session, case, code, actor, now, urgent=urgent)
    refer(session, case, agencies, actor, now, note)


def accept(session: Session, case: Case, code: str, actor: Actor, now: datetime) -> None:
    """A suggestion is right: put it into force and refer the case to where that kind goes, if not to the centre."""
    category = session.get(Category, code)
    if category is None or category.agency_code == CENTRE:
        decide(session, case, code, actor, now)
        return
    decide_and_refer(session, case, code, [category.agency_code], actor, now)


def mark_urgent(session: Session, case: Case, actor: Actor, now: datetime, *, urgent: bool) -> None:
    """Move the case to the front, or back into the line; what it is about stays as decided."""
    case.urgent = urgent
    case.apply(Action.RECATEGORISE, actor, now, urgent=urgent)
    labels.keep(session, case, actor, now)


def mark_sign(session: Session, case: Case, kind: str, actor: Actor, now: datetime, *, there: bool) -> None:
    """A person says that a sign of urgency is there, and so the case is urgent, or that it is not.

    Taken away, the case keeps its urgency: whether anything else presses is for `mark_urgent` to say. Raises
    `InvalidInput` for no such sign, and for one that is so already.
    """
    if kind not in sign.SIGNS:
        raise InvalidInput("sign", reason="choose_sign")
    if there == (kind in sign.standing(case)):
        raise InvalidInput("sign", reason="already_so")
    sign.decide(case, kind, there=there)
    raised = there and not case.urgent
    case.urgent = case.urgent or there
    case.apply(Action.CORRECT, actor, now, sign=kind, there=there, urgent=True if raised else None)
    if raised:
        labels.keep(session, case, actor, now)


def ask(session: Session, case: Case, question: str, actor: Actor, now: datetime) -> None:
    """Ask the complainant; the case waits and its clock stands still until the reply."""
    message = say(session, case, question, actor, now, kind="question", public=True)
    case.apply(Action.ASK, actor, now, message_id=message.id)


def note(session: Session, case: Case, text: str, actor: Actor, now: datetime) -> None:
    """An inner note, never shown to the complainant."""
    say(session, case, text, actor, now, kind="note", public=False)
    case.apply(Action.NOTE, actor, now)


def resolve(session: Session, case: Case, outcome: str, answer: str, actor: Actor, now: datetime) -> None:
    """The centre itself gives the answer; agencies that still have the case are called back."""
    case.apply(Action.RESOLVE, actor, now, outcome=outcome, answer=answer)
    say(session, case, answer, actor, now, kind="answer", public=True, field="answer")


def reject(session: Session, case: Case, reason: str, actor: Actor, now: datetime) -> None:
    """The matter is not within the centre's authority; the complainant is told why and where to turn."""
    message = say(session, case, reason, actor, now, kind="answer", public=True)
    case.apply(Action.REJECT, actor, now, message_id=message.id)


def withdraw(session: Session, case: Case, reason: str, actor: Actor, now: datetime) -> None:
    """The complainant asked the centre to end the matter; who asked and how stands in an inner note."""
    say(session, case, reason, actor, now, kind="note", public=False)
    case.apply(Action.WITHDRAW, actor, now)


def merge(session: Session, case: Case, into: Case, actor: Actor, now: datetime) -> None:
    """The same matter told twice: this case ends and points to the other, which must be another one and still open."""
    # Locked, so that two agents do not merge two cases into each other at the same moment.
    session.refresh(into, with_for_update={"of": Case})
    if into.id == case.id or State(into.state) not in OPEN_STATES:
        raise InvalidInput("into", reason="merge_target")
    told_twice = same.one_person(session, case, into)
    case.apply(Action.MERGE, actor, now, into_id=into.id, into=into.number, same=told_twice)
    drafting.follow(session, case, into)
    session.flush()
