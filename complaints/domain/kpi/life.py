"""The rule: what the events of one case count as. Nothing but the events and the moment of receipt goes in.

In words, so that nobody can argue and nobody can gain by it:

- A problem is due on the day on which it was received, by the server's clock.
- For seven days it may be sorted out what it is: a question, not the centre's to decide, told twice by the same person,
  taken back on the phone. After that nobody at the centre or at an agency takes it out of the count or puts it into
  another category; only the complainant may take it back, and only before its time has run out.
- It is solved when an answer was given within the promised time, and its complainant agreed or stayed silent. An answer
  that waits for that word counts apart. "Not solved" makes the answer void until a new one holds, within the same time.
- The clock stands still while the complainant is asked, thirty days in all; what was asked too late moves nothing.
- A case that is merged later, or with another person's, stays due and has the fate of the case it went to.
- It counts for the agency that had it when it was answered or when its time ran out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from complaints.domain.actor import Role
from complaints.domain.calendar import after_days
from complaints.domain.kpi.indicators import CONTENT, FROZEN, PAUSE, SORTING, UNSOLVING
from complaints.domain.lifecycle import RECALLING, TAKING_BACK, Action, State

if TYPE_CHECKING:
    from collections.abc import Sequence

# For events from before the promised days were written into them.
FINAL_DAYS, ANSWER_DAYS = 60, 15
TELLING = frozenset({Action.ANSWER, Action.RESOLVE, Action.REJECT, Action.ASK, Action.WRITE})
STAFF = frozenset({Role.AGENT.value, Role.SUPERVISOR.value, Role.PARTNER.value})
ENDED = frozenset({State.CLOSED, State.WITHDRAWN, State.OUT_OF_SCOPE, State.MERGED, State.RESOLVED})


class Step(NamedTuple):
    """An event as it was written."""

    id: int
    at: datetime
    action: Action
    role: str
    agency: str | None
    referral: int | None
    before: str | None
    after: State
    data: dict[str, Any]


@dataclass(slots=True)
class Part:
    """An agency's part of a case: its clock is that of the first referral, however often it is referred there."""

    by: datetime
    open: set[int] = field(default_factory=set)
    kept: bool | None = None
    ended_at: datetime | None = None


@dataclass(slots=True)
class Life:
    """What the events make of one case."""

    case_id: int
    received_at: datetime
    channel: str
    province: str
    lost: int
    by: datetime
    category: str | None = None
    agency: str | None = None
    stage: State = State.RECEIVED
    out: bool = False
    follows: str | None = None
    ran_out: bool = False
    answered_at: datetime | None = None
    in_time: bool = False
    outcome: str = ""
    closed: bool = False
    agreed: bool = False
    waiting_since: datetime | None = None
    paused: timedelta = timedelta(0)
    first_at: datetime | None = None
    ever_answered: bool = False
    reopened: bool = False
    rerouted: bool = False
    classified: bool = False
    auto: str | None = None
    corrected: bool = False
    score: int | None = None
    ever_closed: bool = False
    recovered: int = 0
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def settled_at(self) -> datetime:
        """From then on it is what it is."""
        return self.received_at + SORTING

    @property
    def holds(self) -> bool:
        """Does an answer stand that was given in time."""
        return self.answered_at is not None and self.in_time

    @property
    def solved(self) -> bool:
        """Answered in time, and the complainant agreed or stayed silent."""
        return self.holds and (self.agreed or (self.closed and self.outcome not in UNSOLVING))

    def solved_by(self, moment: datetime) -> bool:
        """The same for another case's clock."""
        return self.solved and self.answered_at is not None and self.answered_at <= moment


def standing(steps: Sequence[Step]) -> list[Step]:
    """The steps without those that were taken back: they count as if they had never been."""
    kept: list[Step] = []
    for step in steps:
        if step.action not in TAKING_BACK:
            kept.append(step)
            continue
        first = step.data.get("back_to") or _same_moment(kept)
        kept = [one for one in kept if one.id < first or one.action in {Action.RECEIPT, Action.EXPORT}]
    return kept


def _same_moment(kept: Sequence[Step]) -> int:
    """Where a deed began whose first event was not written down: everything at the moment of its last one."""
    last = kept[-1].at
    return next(step.id for step in kept if step.at == last)


def live(case_id: int, received_at: datetime, kept: tuple[str, str, int | None], steps: Sequence[Step]) -> Life:
    """Walk through the events; `kept` are channel, province and loss, for receipts that did not write them down."""
    data = steps[0].data if steps else {}
    received = datetime.fromisoformat(data["received"]) if "received" in data else received_at
    life = Life(
        case_id,
        received,
        data.get("channel", kept[0]),
        data.get("province", kept[1]),
        data.get("lost", kept[2]) or 0,
        _moment(data, "by") or after_days(received, FINAL_DAYS),
        data.get("category"),
    )
    for step in standing(steps)[1:]:
        _pass(life, step.at)
        _resume(life, step)
        _category(life, step)
        if step.action in _RULES:
            _RULES[step.action](life, step)
        _refer(life, step)
        _answer(life, step)
        _wait(life, step)
        life.stage = step.after
    return life


def _moment(data: dict[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(data[name]) if name in data else None


def _pass(life: Life, now: datetime) -> None:
    """Time passed until this step: has the promised day gone by without an answer that holds."""
    if not life.ran_out and not life.holds and not life.closed and life.waiting_since is None and now > life.by:
        life.ran_out = True


def _resume(life: Life, step: Step) -> None:
    if life.waiting_since is None or step.after is State.WAITING:
        return
    waited = step.at - life.waiting_since
    counted = max(min(waited, PAUSE - life.paused), timedelta(0))
    life.by += counted
    life.paused += counted
    for part in life.parts.values():
        if part.open:
            part.by += waited
    life.waiting_since = None
    _pass(life, step.at)


def _wait(life: Life, step: Step) -> None:
    """The clock stops, unless it had run out before anybody asked."""
    if step.after is State.WAITING and life.waiting_since is None and not life.ran_out:
        life.waiting_since = step.at


def _category(life: Life, step: Step) -> None:
    code = step.data.get("category")
    if code is None:
        return
    if step.action is Action.CLASSIFY:
        life.classified = True
        if step.data.get("auto"):
            life.auto = code
        if life.category is None:
            life.category, life.by = code, _moment(step.data, "by") or life.by
        return
    if life.auto not in {None, code}:
        life.corrected = True
    if life.category is None or step.at <= life.settled_at:
        life.category, life.by = code, _moment(step.data, "by") or life.by


def _refer(life: Life, step: Step) -> None:
    """Who has it, and each agency's own clock."""
    if step.action is Action.REFER and step.referral is not None:
        code = step.data["agency"]
        by = _moment(step.data, "answer_by") or after_days(step.at, ANSWER_DAYS)
        part = life.parts.setdefault(code, Part(by))
        part.open.add(step.referral)
        part.ended_at = None
        _hand(life, code)
    elif step.action is Action.ACCEPT and step.agency:
        _hand(life, step.agency)
    elif step.action in {Action.DECLINE, Action.RETURN, Action.ANSWER} and step.referral is not None:
        _end_part(life, step)
    if step.action in {Action.DECLINE, Action.RETURN}:
        life.rerouted = True
        life.corrected = life.corrected or life.auto is not None
    if step.action in RECALLING:
        for part in life.parts.values():
            if part.open:
                part.open, part.ended_at = set(), step.at


def _hand(life: Life, code: str) -> None:
    if not life.ran_out and not life.holds:
        life.agency = code


def _end_part(life: Life, step: Step) -> None:
    part = next((one for one in life.parts.values() if step.referral in one.open), None)
    if part is None:
        return
    part.open.discard(step.referral or 0)
    part.ended_at = step.at
    if step.action is Action.ANSWER:
        part.kept = bool(part.kept) or step.at <= part.by
        life.recovered += step.data.get("recovered") or 0


def _answer(life: Life, step: Step) -> None:
    if step.action in TELLING and step.role in STAFF and life.first_at is None:
        life.first_at = step.at
    if step.after is not State.RESOLVED or life.stage is State.RESOLVED or life.answered_at is not None:
        return
    life.answered_at, life.in_time = step.at, not life.ran_out and step.at <= life.by
    life.outcome, life.ever_answered = step.data.get("outcome") or life.outcome, True


def _close(life: Life, step: Step) -> None:
    life.closed = life.ever_closed = True
    life.agreed = step.action is Action.CONFIRM


def _dispute(life: Life, step: Step) -> None:
    life.answered_at, life.closed, life.agreed, life.reopened = None, False, False, True
    _pass(life, step.at)


def _withdraw(life: Life, step: Step) -> None:
    by_complainant = step.role == Role.COMPLAINANT.value and not life.ran_out
    life.out = life.out or by_complainant or step.at <= life.settled_at


def _reject(life: Life, step: Step) -> None:
    life.out = life.out or step.at <= life.settled_at


def _merge(life: Life, step: Step) -> None:
    # What was merged before it was written down whether the complainants are one had been told twice.
    if step.at <= life.settled_at and step.data.get("same", True):
        life.out = True
    else:
        life.follows = step.data.get("into")


def _unmerge(life: Life, _step: Step) -> None:
    life.out, life.follows = False, None


def _rate(life: Life, step: Step) -> None:
    life.score = step.data.get("score")


_RULES = {
    Action.CONFIRM: _close,
    Action.CLOSE_SILENT: _close,
    Action.DISPUTE: _dispute,
    Action.WITHDRAW: _withdraw,
    Action.REJECT: _reject,
    Action.MERGE: _merge,
    Action.UNMERGE: _unmerge,
    Action.RATE: _rate,
}


def is_content(score: int) -> bool:
    """Does a score from 1 to 5 count as satisfied."""
    return score >= CONTENT


def is_frozen(life: Life) -> bool:
    """Was the other side's account frozen in time for the answer to say so."""
    return life.answered_at is not None and life.outcome == FROZEN
