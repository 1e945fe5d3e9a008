"""What an agency can do with a referral: one verb a button, each standing on a step of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from complaints.domain.lifecycle import REFERRAL_STEPS, Action, ReferralState, State, possible
from complaints.domain.reading import read_amount_if_any
from complaints.services import correspond, handle
from complaints.services.agencies import placing, wishes
from complaints.web.numbers import chosen

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.referral import Referral

    Do = Callable[[Session, Case, Referral, MultiDict[str, str], Actor, datetime], None]


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to do; `key` is its one-letter shortcut on the case page."""

    name: str
    needs: Action
    do: Do
    key: str = ""
    icon: str = ""
    form: bool = True


def acknowledge(
    _session: Session, case: Case, referral: Referral, _form: MultiDict[str, str], actor: Actor, now: datetime
) -> None:
    """The referral has arrived."""
    handle.acknowledge(case, referral, actor, now)


def accept(
    _session: Session, case: Case, referral: Referral, _form: MultiDict[str, str], actor: Actor, now: datetime
) -> None:
    """The agency takes it on."""
    handle.accept(case, referral, actor, now)


def give_back(
    session: Session, case: Case, referral: Referral, form: MultiDict[str, str], actor: Actor, now: datetime
) -> None:
    """Not ours: declined before it was accepted, returned afterwards."""
    handle.send_back(session, case, referral, form.get("reason", ""), actor, now)


def result(
    session: Session, case: Case, referral: Referral, form: MultiDict[str, str], actor: Actor, now: datetime
) -> None:
    """The result; whoever gives one at once has thereby accepted."""
    recovered = read_amount_if_any(form.get("recovered", ""), "recovered")
    handle.conclude(session, case, referral, form.get("outcome", ""), form.get("answer", ""), recovered, actor, now)


def ask(
    session: Session, case: Case, referral: Referral, form: MultiDict[str, str], actor: Actor, now: datetime
) -> None:
    """A question to the complainant."""
    handle.ask(session, case, referral, form.get("body", ""), actor, now)


def write(
    session: Session, case: Case, referral: Referral, form: MultiDict[str, str], actor: Actor, now: datetime
) -> None:
    """A message to the complainant."""
    correspond.write_out(session, case, form.get("body", ""), actor, now, referral)


def note(
    session: Session, case: Case, referral: Referral, form: MultiDict[str, str], actor: Actor, now: datetime
) -> None:
    """A note for the agency's own people and the desk."""
    handle.note(session, case, referral, form.get("body", ""), actor, now)


def allot(
    session: Session, case: Case, referral: Referral, form: MultiDict[str, str], actor: Actor, now: datetime
) -> None:
    """Who of the agency deals with it."""
    placing.allot(session, case, referral, chosen(form.get("assignee", "")), actor, now)


def move(
    session: Session, case: Case, referral: Referral, form: MultiDict[str, str], actor: Actor, now: datetime
) -> None:
    """To another office of the agency."""
    office = chosen(form.get("office", ""))
    placing.route(session, case, referral, office, form.get("reason", ""), actor, now)


def join(
    session: Session, case: Case, referral: Referral, form: MultiDict[str, str], actor: Actor, now: datetime
) -> None:
    """Ask the desk for another agency beside one's own."""
    wishes.ask(session, case, referral, form.get("agency", ""), form.get("reason", ""), actor, now)


VERBS = {
    verb.name: verb
    for verb in (
        Verb("accept", Action.ACCEPT, accept, "a", "check", form=False),
        Verb("acknowledge", Action.ACKNOWLEDGE, acknowledge, "k", "tray", form=False),
        Verb("result", Action.ANSWER, result, "v", "pen"),
        Verb("back", Action.RETURN, give_back, "x", "return"),
        Verb("ask", Action.ASK, ask, "q", "reply"),
        Verb("write", Action.WRITE, write, "r", "send"),
        Verb("note", Action.NOTE, note, "n", "lock"),
        Verb("allot", Action.ALLOT, allot, "t", "user"),
        Verb("move", Action.ROUTE, move, "m", "arrow"),
        Verb("join", Action.ASK_JOIN, join, "j", "plus"),
    )
}
# A result or a refusal needs an open referral, whatever receipt it had before.
ANY_OPEN = frozenset({"result", "back", "ask", "write", "allot", "move", "join"})


def offered(case: Case, referral: Referral, actor: Actor) -> list[Verb]:
    """The verbs that both tables allow now, in the order of the buttons."""
    steps = possible(State(case.state), actor.role)
    return [verb for verb in VERBS.values() if verb.needs in steps and _open_to(verb, referral)]


def _open_to(verb: Verb, referral: Referral) -> bool:
    if verb.name in ANY_OPEN:
        return referral.is_open
    row = REFERRAL_STEPS.get(verb.needs)
    return row is None or ReferralState(referral.state) in row.sources
