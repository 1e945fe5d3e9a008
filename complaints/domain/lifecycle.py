"""The step table: which step is possible from which state, for whom, where it leads and what letter tells of it.

This module is data. `Case.apply()` is the one method that takes a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from complaints.domain.actor import Role


class State(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    TRIAGE = "triage"
    REFERRED = "referred"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    OUT_OF_SCOPE = "out_of_scope"
    MERGED = "merged"


class ReferralState(StrEnum):
    """Where a referral to one agency stands."""

    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    DECLINED = "declined"
    RETURNED = "returned"
    RECALLED = "recalled"


class Action(StrEnum):
    """Every step that can be taken."""

    FILE = "file"
    QUEUE = "queue"
    CLASSIFY = "classify"
    RECATEGORISE = "recategorise"
    CORRECT = "correct"
    REFER = "refer"
    ACKNOWLEDGE = "acknowledge"
    ACCEPT = "accept"
    DECLINE = "decline"
    RETURN = "return"
    ANSWER = "answer"
    ASK = "ask"
    REPLY = "reply"
    WRITE = "write"
    NOTE = "note"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    CLOSE_SILENT = "close_silent"
    DISPUTE = "dispute"
    WITHDRAW = "withdraw"
    REJECT = "reject"
    MERGE = "merge"
    REMIND = "remind"
    ESCALATE = "escalate"
    NUDGE = "nudge"
    HAND_OVER = "hand_over"
    RATE = "rate"
    RECEIPT = "receipt"
    VIEW_PERSON = "view_person"
    ASSIGN = "assign"
    ALLOT = "allot"
    ROUTE = "route"
    ASK_JOIN = "ask_join"
    REFUSE_JOIN = "refuse_join"
    AGENCY_WROTE = "agency_wrote"
    LETTER_POSTED = "letter_posted"
    LETTER_LINKED = "letter_linked"
    RECEIPT_NOTED = "receipt_noted"
    SNOOZE = "snooze"
    WAKE = "wake"
    TIE = "tie"
    UNTIE = "untie"
    UNMERGE = "unmerge"
    FOLLOW = "follow"
    SPLIT = "split"
    UNDO = "undo"
    TAKE_BACK = "take_back"
    BROADCAST = "broadcast"
    EXPORT = "export"
    SITE_SENT = "site_sent"
    SITE_RESULT = "site_result"
    MEDIATE = "mediate"
    CONFIDE = "confide"
    SETTLE = "settle"


OPEN_STATES = frozenset(
    {State.RECEIVED, State.TRIAGE, State.REFERRED, State.IN_PROGRESS, State.WAITING, State.REOPENED}
)
ENDED_STATES = frozenset(State) - OPEN_STATES - {State.RESOLVED}
WORKED_STATES = OPEN_STATES - {State.RECEIVED}
OPEN_REFERRALS = frozenset({ReferralState.SENT, ReferralState.ACKNOWLEDGED, ReferralState.ACCEPTED})

DESK = frozenset({Role.AGENT, Role.SUPERVISOR})
MACHINE = frozenset({Role.SYSTEM})
PARTNER = frozenset({Role.PARTNER})
CITIZEN = frozenset({Role.COMPLAINANT})
RESPONDENT = frozenset({Role.RESPONDENT, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table.

    `target` None means that the state stays. With `follows_others` the state follows the case's other referrals as
    long as one of them is open, and `others_letter` is sent instead of `letter`. `letter` names the letter that tells
    the complainant; without one `silence` says why none is sent. A step that only `looks` is recorded, but leaves the
    case as it is: nobody's open page grows stale by it.
    """

    sources: frozenset[State]
    roles: frozenset[Role]
    target: State | None = None
    follows_others: bool = False
    letter: str | None = None
    others_letter: str | None = None
    silence: str | None = None
    public: bool = True
    looks: bool = False


@dataclass(frozen=True, slots=True)
class ReferralStep:
    """What a step does to the referral that it names."""

    sources: frozenset[ReferralState]
    target: ReferralState


STEPS: dict[Action, Step] = {
    Action.FILE: Step(frozenset(), CITIZEN | DESK | MACHINE, State.RECEIVED, letter="receipt"),
    Action.CLASSIFY: Step(
        frozenset(State),
        MACHINE,
        silence="the suggestion is for the desk; the complainant hears of the referral",
        public=False,
    ),
    Action.QUEUE: Step(
        frozenset({State.RECEIVED, State.REOPENED}),
        MACHINE | DESK,
        State.TRIAGE,
        silence="the receipt already promised that a person reads the case",
    ),
    Action.RECATEGORISE: Step(
        OPEN_STATES | {State.RESOLVED},
        DESK,
        silence="an inner correction; the referral that follows is told",
        public=False,
    ),
    Action.CORRECT: Step(
        frozenset(State),
        DESK,
        silence="an inner correction of what the machine read",
        public=False,
    ),
    Action.REFER: Step(
        frozenset({State.RECEIVED, State.TRIAGE, State.REOPENED, State.REFERRED, State.IN_PROGRESS, State.WAITING}),
        DESK | MACHINE,
        State.REFERRED,
        follows_others=True,
        letter="referred",
        others_letter="referred",
    ),
    Action.ACKNOWLEDGE: Step(
        frozenset({State.REFERRED, State.IN_PROGRESS, State.WAITING}),
        PARTNER | MACHINE,
        silence="shown on the tracking page; a letter at each receipt would be noise",
    ),
    Action.ACCEPT: Step(
        frozenset({State.REFERRED, State.IN_PROGRESS, State.WAITING}),
        PARTNER,
        State.IN_PROGRESS,
        silence="shown on the tracking page; the next letter brings the answer",
    ),
    Action.DECLINE: Step(
        frozenset({State.REFERRED, State.IN_PROGRESS, State.WAITING}),
        PARTNER,
        State.TRIAGE,
        follows_others=True,
        silence="the centre finds the right agency first and then writes once",
    ),
    Action.RETURN: Step(
        frozenset({State.REFERRED, State.IN_PROGRESS, State.WAITING}),
        PARTNER,
        State.TRIAGE,
        follows_others=True,
        silence="the centre finds the right agency first and then writes once",
    ),
    Action.ANSWER: Step(
        frozenset({State.REFERRED, State.IN_PROGRESS, State.WAITING}),
        PARTNER,
        State.RESOLVED,
        follows_others=True,
        letter="resolved",
        others_letter="partly_answered",
    ),
    Action.ASK: Step(
        frozenset({State.TRIAGE, State.REFERRED, State.IN_PROGRESS, State.REOPENED, State.WAITING}),
        DESK | PARTNER,
        State.WAITING,
        letter="question",
    ),
    Action.REPLY: Step(frozenset({State.WAITING}), CITIZEN | DESK, silence="the complainant wrote it"),
    Action.WRITE: Step(frozenset(State), CITIZEN | DESK | PARTNER, silence="a message is a letter of its own"),
    Action.NOTE: Step(frozenset(State), DESK | PARTNER, silence="an inner note", public=False),
    Action.RESOLVE: Step(
        frozenset({State.TRIAGE, State.REFERRED, State.IN_PROGRESS, State.WAITING, State.REOPENED}),
        DESK,
        State.RESOLVED,
        letter="resolved",
    ),
    Action.CONFIRM: Step(frozenset({State.RESOLVED}), CITIZEN, State.CLOSED, letter="survey"),
    Action.CLOSE_SILENT: Step(frozenset({State.RESOLVED}), MACHINE, State.CLOSED, letter="survey"),
    Action.DISPUTE: Step(frozenset({State.RESOLVED, State.CLOSED}), CITIZEN, State.REOPENED, letter="reopened"),
    Action.WITHDRAW: Step(OPEN_STATES, CITIZEN | DESK, State.WITHDRAWN, letter="withdrawn"),
    Action.REJECT: Step(
        frozenset({State.TRIAGE, State.REOPENED, State.WAITING}), DESK, State.OUT_OF_SCOPE, letter="out_of_scope"
    ),
    Action.MERGE: Step(OPEN_STATES, DESK, State.MERGED, letter="merged"),
    Action.UNMERGE: Step(frozenset({State.MERGED}), DESK, State.TRIAGE, letter="unmerged"),
    Action.FOLLOW: Step(
        frozenset(State),
        CITIZEN,
        silence="the complainant of a merged case wrote it, who sees it there",
        public=False,
    ),
    Action.SPLIT: Step(frozenset(State), DESK, silence="the new case sends its own receipt"),
    Action.EXPORT: Step(
        frozenset(State),
        DESK,
        silence="nothing happens to the case; who took it along stands in the record",
        public=False,
        looks=True,
    ),
    Action.SITE_SENT: Step(
        frozenset(State) - {State.MERGED},
        DESK,
        silence="shown on the tracking page; the letter comes with the referral or the result",
        looks=True,
    ),
    Action.SITE_RESULT: Step(
        frozenset(State) - {State.MERGED},
        DESK,
        silence="shown on the tracking page; the answer that ends the case brings the letter",
        looks=True,
    ),
    Action.MEDIATE: Step(
        OPEN_STATES,
        DESK | CITIZEN | MACHINE | RESPONDENT,
        silence="a mediation writes letters of its own, to whoever has the turn",
    ),
    Action.CONFIDE: Step(
        OPEN_STATES,
        CITIZEN | MACHINE | RESPONDENT,
        silence="what one side of a mediation tells the centre alone, or the clock does by itself",
        public=False,
    ),
    Action.SETTLE: Step(
        OPEN_STATES - {State.RECEIVED},
        CITIZEN | DESK,
        State.RESOLVED,
        silence="the complainant said so, and confirms it in the same breath",
    ),
    Action.BROADCAST: Step(frozenset(State), DESK, silence="the message is a letter of its own"),
    Action.REMIND: Step(OPEN_STATES, MACHINE, silence="a reminder goes to whoever is late", public=False),
    Action.ESCALATE: Step(OPEN_STATES, MACHINE, silence="goes to the supervisor", public=False),
    Action.NUDGE: Step(frozenset({State.WAITING}), MACHINE, letter="reminder"),
    Action.HAND_OVER: Step(
        frozenset({State.WAITING}), MACHINE, silence="the desk decides how it goes on and says so", public=False
    ),
    Action.RATE: Step(
        frozenset({State.RESOLVED, State.CLOSED}), CITIZEN, silence="the complainant wrote it", public=False
    ),
    Action.RECEIPT: Step(
        frozenset(State),
        MACHINE,
        silence="it is the receipt that arrived",
        public=False,
        looks=True,
    ),
    Action.VIEW_PERSON: Step(
        frozenset(State),
        PARTNER,
        silence="nothing happens to the case; who looked stands in the record",
        public=False,
        looks=True,
    ),
    Action.ASSIGN: Step(
        OPEN_STATES | {State.RESOLVED}, DESK, silence="who of the desk has it is the desk's own matter", public=False
    ),
    Action.ALLOT: Step(
        frozenset({State.REFERRED, State.IN_PROGRESS, State.WAITING}),
        PARTNER,
        silence="who of an agency has it is the agency's own matter",
        public=False,
    ),
    Action.ROUTE: Step(
        frozenset({State.REFERRED, State.IN_PROGRESS, State.WAITING}),
        PARTNER,
        silence="which office of an agency has it is the agency's own matter",
        public=False,
    ),
    Action.ASK_JOIN: Step(
        frozenset({State.REFERRED, State.IN_PROGRESS, State.WAITING}),
        PARTNER,
        silence="the desk decides; the complainant hears of the referral that follows",
        public=False,
    ),
    Action.REFUSE_JOIN: Step(frozenset(State), DESK, silence="an inner answer to the agency that asked", public=False),
    Action.AGENCY_WROTE: Step(
        frozenset(State),
        PARTNER,
        silence="a mail to the centre; what the complainant must know of it the desk says",
        public=False,
    ),
    Action.LETTER_POSTED: Step(
        frozenset(State), DESK, silence="how the letter travels is the desk's own matter", public=False, looks=True
    ),
    Action.LETTER_LINKED: Step(
        frozenset(State),
        DESK,
        silence="how the agency answers is between it and the desk",
        public=False,
        looks=True,
    ),
    Action.RECEIPT_NOTED: Step(
        frozenset({State.REFERRED, State.IN_PROGRESS, State.WAITING}),
        DESK,
        silence="shown on the tracking page; a letter at each receipt would be noise",
    ),
    Action.SNOOZE: Step(OPEN_STATES, DESK, silence="the desk orders its own day; no deadline moves", public=False),
    Action.TIE: Step(
        frozenset(State),
        DESK,
        silence="the desk orders its own view; nothing is joined",
        public=False,
        looks=True,
    ),
    Action.UNTIE: Step(
        frozenset(State),
        DESK,
        silence="the desk orders its own view; nothing is parted",
        public=False,
        looks=True,
    ),
    Action.WAKE: Step(OPEN_STATES, DESK, silence="the desk orders its own day; no deadline moves", public=False),
    Action.UNDO: Step(
        frozenset(State), DESK, silence="an inner step is undone that the complainant never saw", public=False
    ),
    Action.TAKE_BACK: Step(frozenset(State), DESK, silence="the letter of what is taken back had not left the house"),
}

REFERRAL_STEPS: dict[Action, ReferralStep] = {
    Action.ACKNOWLEDGE: ReferralStep(frozenset({ReferralState.SENT}), ReferralState.ACKNOWLEDGED),
    Action.RECEIPT_NOTED: ReferralStep(frozenset({ReferralState.SENT}), ReferralState.ACKNOWLEDGED),
    Action.ACCEPT: ReferralStep(frozenset({ReferralState.SENT, ReferralState.ACKNOWLEDGED}), ReferralState.ACCEPTED),
    Action.DECLINE: ReferralStep(frozenset({ReferralState.SENT, ReferralState.ACKNOWLEDGED}), ReferralState.DECLINED),
    Action.RETURN: ReferralStep(frozenset({ReferralState.ACCEPTED}), ReferralState.RETURNED),
    Action.ANSWER: ReferralStep(frozenset({ReferralState.ACCEPTED}), ReferralState.ANSWERED),
}

# Steps after which no agency works on the case any more: what is still open with them is called back.
RECALLING = frozenset({Action.RESOLVE, Action.SETTLE, Action.WITHDRAW, Action.REJECT, Action.MERGE})

# After these the case stands as it did before the desk's last deed: the state comes from there, not from the table.
TAKING_BACK = frozenset({Action.UNDO, Action.TAKE_BACK})


def possible(state: State, role: Role) -> list[Action]:
    """The steps that a role may take from a state, in the table's order."""
    return [action for action, step in STEPS.items() if role in step.roles and state in step.sources]
