"""What can be done with a case at the desk: one verb a button, each standing on a step of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from complaints.domain.actor import Role
from complaints.domain.agency import CENTRE, Category
from complaints.domain.attention import DESK_STATES, RESERVED
from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import Action, State, possible
from complaints.domain.number import read_case_number
from complaints.domain.referral import OUTCOMES
from complaints.services import access, correct, correspond, part, refer, sharing, triage
from complaints.web.desk.face import settings
from complaints.web.numbers import whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case

    Do = Callable[[Session, Case, MultiDict[str, str], Actor, datetime], None]

OWN, CHOSEN, NOWHERE = "own", "chosen", "nowhere"


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to do: offered when every step that it needs is possible.

    `key` is its one-key shortcut; what is `rare` stands folded away, what is `beside` not among the buttons but at the
    thing that it changes. `other` is the field that names a second case which the step changes too.
    """

    name: str
    needs: tuple[Action, ...]
    do: Do
    key: str = ""
    icon: str = ""
    form: bool = True
    rare: bool = False
    beside: bool = False
    other: str = ""


def accept(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """A suggestion is right: put it into force and refer the case to where that kind goes, if not to the centre."""
    triage.accept(session, case, form.get("category", ""), actor, now)


def decide(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """Correct the category and the urgency, and say where the case goes."""
    category = _category(session, form.get("category", ""))
    where, urgent = form.get("where", NOWHERE), bool(form.get("urgent"))
    if where == NOWHERE or (where == OWN and category.agency_code == CENTRE):
        triage.decide(session, case, category.code, actor, now, urgent=urgent)
        return
    agencies = [category.agency_code] if where == OWN else form.getlist("agencies")
    triage.decide_and_refer(
        session, case, category.code, agencies, actor, now, urgent=urgent, note=form.get("note", "").strip()
    )


def _category(session: Session, code: str) -> Category:
    category = session.get(Category, code)
    if category is None or not category.active:
        raise InvalidInput("category", reason="choose_category")
    return category


def mark_urgent(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """To the front, or back into the line."""
    triage.mark_urgent(session, case, actor, now, urgent=form.get("urgent") == "1")


def mark_sign(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """Somebody is in danger, a child is harmed; or not so."""
    triage.mark_sign(session, case, form.get("sign", ""), actor, now, there=form.get("there") == "1")


def send_on(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """Refer the case to further agencies."""
    refer.refer(session, case, form.getlist("agencies"), actor, now, form.get("note", "").strip())


def ask(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """A question to the complainant."""
    triage.ask(session, case, form.get("body", ""), actor, now)


def write(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """A message to the complainant."""
    correspond.write_out(session, case, form.get("body", ""), actor, now)


def reply(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """What the complainant answered on the telephone."""
    correspond.take_down(session, case, form.get("body", ""), actor, now)


def note(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """An inner note."""
    triage.note(session, case, form.get("body", ""), actor, now)


def resolve(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """The centre's own answer."""
    outcome = form.get("outcome", "")
    if outcome not in OUTCOMES:
        raise InvalidInput("outcome", reason="choose_outcome")
    triage.resolve(session, case, outcome, form.get("answer", ""), actor, now)


def reject(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """Outside the centre's authority."""
    triage.reject(session, case, form.get("body", ""), actor, now)


def merge(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """The same matter under another number."""
    number = read_case_number(form.get("into", ""))
    if number is None or number == case.number:
        raise InvalidInput("into", reason="merge_target")
    triage.merge(session, case, access.get_for_change(session, number, actor, None), actor, now)


def unmerge(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """Another matter after all."""
    part.unmerge(session, case, form.get("body", ""), actor, now)


def split(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """A second matter becomes a case of its own."""
    chosen = {whole(typed) for typed in form.getlist("messages")}
    files = {whole(typed) for typed in form.getlist("files")}
    part.split(session, case, form.get("body", ""), chosen, actor, now, settings().secret_key, files)


def withdraw(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """On the complainant's request."""
    triage.withdraw(session, case, form.get("body", ""), actor, now)


def add_identifier(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """An identifier that the machine did not see."""
    correct.add_identifier(session, case, form.get("kind", ""), form.get("bank", ""), form.get("value", ""), actor, now)


def change_identifier(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """Another in its place, or out with it."""
    identifier_id = whole(form.get("identifier", ""))
    if "remove" in form:
        correct.remove_identifier(session, case, identifier_id, form.get("reason", ""), actor, now)
        return
    kind, bank, value = form.get("kind", ""), form.get("bank", ""), form.get("value", "")
    correct.change_identifier(session, case, identifier_id, kind, bank, value, actor, now)


def queue(_session: Session, case: Case, _form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """Take a fresh or reopened case into triage."""
    case.apply(Action.QUEUE, actor, now)


def take(session: Session, case: Case, _form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """The case is the agent's own."""
    sharing.assign(session, case, actor.account_id, actor, now)


def assign(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """A colleague's, or nobody's."""
    typed = form.get("assignee", "")
    sharing.assign(session, case, None if typed == NOBODY else whole(typed), actor, now)


def snooze(session: Session, case: Case, form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """Out of the lists for a while, and why."""
    until = sharing.SLEEPS.get(form.get("until", ""))
    if until is None:
        raise InvalidInput("until", reason="choose_sleep")
    sharing.snooze(session, case, until(now), form.get("reason", ""), actor, now)


def wake(_session: Session, case: Case, _form: MultiDict[str, str], actor: Actor, now: datetime) -> None:
    """Back into the lists at once."""
    sharing.wake(case, actor, now)


NOBODY = "nobody"

VERBS = {
    verb.name: verb
    for verb in (
        Verb("accept", (Action.RECATEGORISE, Action.REFER), accept, "enter", "check", form=False),
        Verb("urgent", (Action.RECATEGORISE,), mark_urgent, "u", "flag", form=False),
        Verb("sign", (Action.RECATEGORISE,), mark_sign, form=False, beside=True),
        Verb("queue", (Action.QUEUE,), queue, "", "tray", form=False),
        Verb("decide", (Action.RECATEGORISE,), decide, "e", "tag"),
        Verb("refer", (Action.REFER,), send_on, "s", "send"),
        Verb("ask", (Action.ASK,), ask, "q", "reply"),
        Verb("write", (Action.WRITE,), write, "r", "pen"),
        Verb("reply", (Action.REPLY,), reply, "", "phone"),
        Verb("note", (Action.NOTE,), note, "n", "lock"),
        Verb("resolve", (Action.RESOLVE,), resolve, "v", "check"),
        Verb("add_identifier", (Action.CORRECT,), add_identifier, "i", "plus", beside=True),
        Verb("change_identifier", (Action.CORRECT,), change_identifier, beside=True),
        Verb("take", (Action.ASSIGN,), take, "t", "user", form=False, beside=True),
        Verb("assign", (Action.ASSIGN,), assign, "", "user", beside=True),
        Verb("snooze", (Action.SNOOZE,), snooze, "z", "clock", beside=True),
        Verb("wake", (Action.WAKE,), wake, "z", "clock", form=False, beside=True),
        Verb("reject", (Action.REJECT,), reject, "", "x", rare=True),
        Verb("merge", (Action.MERGE,), merge, "", "merge", rare=True, other="into"),
        Verb("unmerge", (Action.UNMERGE,), unmerge, "", "return"),
        Verb("split", (Action.SPLIT,), split, "", "plus", rare=True),
        Verb("withdraw", (Action.WITHDRAW,), withdraw, "", "return", rare=True),
    )
}
# After these the desk has nothing more to do with the case: the next one of the queue comes up.
LEAVING = frozenset({"accept", "decide", "reject", "merge", "withdraw"})


def offered(case: Case, actor: Actor) -> list[Verb]:
    """The verbs that the step table allows now, in the order of the buttons."""
    steps = possible(State(case.state), actor.role)
    found = [verb for verb in VERBS.values() if all(step in steps for step in verb.needs)]
    waiting_for_desk = State(case.state) in DESK_STATES
    left_out = set() if case.category_code else {"refer"}
    if case.decide_by is not None and actor.role is not Role.SUPERVISOR:
        left_out |= {name for name, verb in VERBS.items() if not RESERVED.isdisjoint(verb.needs)}
    if not waiting_for_desk or case.open_referrals:
        left_out |= {"accept", "queue"}
    return [verb for verb in found if verb.name not in left_out]


def leaves_desk(verb: str, case: Case) -> bool:
    """Is the case dealt with, as far as the desk goes."""
    return verb in LEAVING and State(case.state) not in DESK_STATES


def told_as(verb: str, case: Case) -> str:
    """Under which word the step is told: what was accepted may be a kind that the centre answers itself."""
    return "accept_own" if verb == "accept" and not case.open_referrals else verb
