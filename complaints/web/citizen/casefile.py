"""A case as its complainant sees it: built whole inside one reading of the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from complaints.channels import registry
from complaints.domain.actor import Role
from complaints.domain.agency import Agency
from complaints.domain.calendar import freeze_until
from complaints.domain.channel import SHOWN_ONLY
from complaints.domain.lifecycle import OPEN_STATES, Action, ReferralState, State, possible
from complaints.domain.message import QUARANTINED, WAITING
from complaints.domain.outbox import PromiseKind
from complaints.domain.policy import may_see_message
from complaints.domain.thai_time import local_day, show_date
from complaints.domain.wording import known, say
from complaints.services import letters, reach
from complaints.services.follow import may_dispute

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.channel import Outbound
    from complaints.domain.event import Event
    from complaints.domain.message import Attachment, Message
    from complaints.domain.outbox import Promise
    from complaints.domain.referral import Referral
    from complaints.services.centre import CentreProfile
    from complaints.services.reach import Way

RECEIPT = "receipt"
# Where the person's own words for an address stand.
CONTACTS = {"email": "email", "sms": "phone"}
READ_STATES = frozenset({State.RECEIVED, State.TRIAGE, State.REOPENED})
WITH_AGENCY = frozenset({State.REFERRED, State.IN_PROGRESS})
TONES = {
    State.WAITING: "waiting",
    State.RESOLVED: "waiting",
    State.CLOSED: "done",
    State.WITHDRAWN: "neutral",
    State.OUT_OF_SCOPE: "neutral",
    State.MERGED: "neutral",
}
EVENT_TONES = {
    Action.ASK: "waiting",
    Action.NUDGE: "waiting",
    Action.DECLINE: "waiting",
    Action.RETURN: "waiting",
    Action.DISPUTE: "waiting",
    Action.ANSWER: "done",
    Action.RESOLVE: "done",
    Action.CONFIRM: "done",
    Action.SITE_RESULT: "done",
}


@dataclass(frozen=True, slots=True)
class Promised:
    """The next date that was promised; `what` picks its words, `late` says that it has passed."""

    what: str
    when: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything that the tracking page shows."""

    case: Case
    state: State
    tone: str
    promised: Promised | None
    silent_days: int
    silent_since: str
    freeze_until: datetime | None
    agencies: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    thread: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)
    question: str = ""
    may: frozenset[str] = frozenset()


class Reader:
    """Reads one case for its complainant in a language."""

    def __init__(self, session: Session, case: Case, actor: Actor, profile: CentreProfile, language: str) -> None:
        """Read the agencies' names once."""
        self.session, self.case, self.actor, self.profile, self.language = session, case, actor, profile, language
        self.names = {agency.code: agency.name(language) for agency in session.scalars(select(Agency))}

    def read(self, now: datetime, say: Any, link: str) -> CaseFile:  # noqa: ANN401 - the translator
        """The whole page."""
        case, state = self.case, State(self.case.state)
        entries = self._entries(say)
        latest = entries[0]["when"] if entries else case.received_at
        freeze = freeze_until(case.transferred_at) if case.transferred_at else None
        return CaseFile(
            case=case,
            state=state,
            tone=TONES.get(state, "info"),
            promised=self._promised(state, now),
            silent_days=(local_day(now) - local_day(latest)).days if state in OPEN_STATES - {State.WAITING} else 0,
            silent_since=show_date(latest, self.language),
            freeze_until=freeze if freeze and freeze > now and state in OPEN_STATES else None,
            agencies=[self._agency(referral) for referral in case.referrals],
            entries=entries,
            thread=self._thread(say),
            files=[self._file(one, say) for one in case.attachments if one.message_id is None],
            letters=self._letters(link),
            question=self._question(state),
            may=self._may(state, now),
        )

    def _promised(self, state: State, now: datetime) -> Promised | None:
        case, what, when = self.case, "", None
        if state in READ_STATES:
            what, when = "read", case.triage_by
        elif state in WITH_AGENCY:
            unconfirmed = [row.acknowledge_by for row in case.open_referrals if row.state == ReferralState.SENT.value]
            answers = [row.answer_by for row in case.open_referrals]
            if unconfirmed and state is State.REFERRED:
                what, when = "acknowledge", min(unconfirmed)
            else:
                what, when = "answer", min(answers, default=case.final_by)
        elif state is State.RESOLVED and case.resolved_at:
            what, when = "close", case.resolved_at + timedelta(days=self.profile.close_after_days)
        elif may_dispute(case, now, self.profile.dispute_days) and case.resolved_at:
            what, when = "dispute", case.resolved_at + timedelta(days=self.profile.dispute_days)
        return Promised(what, when, late=when < now) if when is not None else None

    def _agency(self, referral: Referral) -> dict[str, Any]:
        return {
            "name": self.names.get(referral.agency_code, referral.agency_code),
            "state": referral.state,
            "sent_at": referral.sent_at,
            "acknowledged_at": referral.acknowledged_at,
            "ended_at": referral.ended_at,
            "acknowledge_by": referral.acknowledge_by,
            "answer_by": referral.answer_by,
            "open": referral.is_open,
            "outcome": referral.outcome,
            "recovered": referral.recovered,
        }

    def _entries(self, say: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - the translator
        """The public timeline, newest first; only the newest entry says what comes next."""
        entries = [
            {
                "when": event.at,
                "who": self._who(event.role, event.agency_code, say),
                "what": say(f"word.public_action.{event.action}"),
                "detail": self._detail(event, say),
                "next": "",
                "tone": EVENT_TONES.get(Action(event.action), "neutral"),
            }
            for event in reversed(self.case.events)
            if event.public
        ]
        if entries:
            entries[0]["next"] = say(f"citizen.next.{self.case.told_state}")
        return entries

    def _detail(self, event: Event, say: Any) -> str:  # noqa: ANN401 - the translator
        code = event.data.get("agency") if event.action == Action.REFER.value else None
        if code is None and event.referral is not None and event.role != Role.PARTNER.value:
            code = event.referral.agency_code
        parts = [self.names.get(str(code), str(code))] if code else []
        if event.data.get("outcome"):
            parts.append(say(f"word.outcome.{event.data['outcome']}"))
        if event.data.get("move"):
            parts.append(say(f"mediation.move.{event.data['move']}"))
        if event.data.get("into"):
            parts.append(str(event.data["into"]))
        return " · ".join(parts)

    def _who(self, role: str, agency_code: str | None, say: Any) -> str:  # noqa: ANN401 - the translator
        if role == Role.COMPLAINANT.value:
            return str(say("citizen.case.you"))
        if role in {Role.RESPONDENT.value, Role.OPERATOR.value}:
            return str(say("word.role.respondent"))
        if role == Role.PARTNER.value and agency_code:
            return self.names.get(agency_code, agency_code)
        return self.profile.name(self.language)

    def _thread(self, say: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - the translator
        return [
            {
                "when": message.at,
                "who": self._who(message.role, message.agency_code, say),
                "mine": message.role == Role.COMPLAINANT.value,
                "kind": message.kind,
                "body": message.body,
                "folded": message.folded,
                "files": [self._file(one, say) for one in self.case.attachments if one.message_id == message.id],
            }
            for message in self._messages()
        ]

    def _messages(self) -> list[Message]:
        return [message for message in self.case.messages if may_see_message(self.actor, message)]

    def _file(self, attachment: Attachment, say: Any) -> dict[str, Any]:  # noqa: ANN401 - the translator
        return {
            "id": attachment.id,
            "name": attachment.file_name,
            "picture": attachment.shown_key is not None,
            "small": attachment.thumb_key is not None,
            "opened": attachment.opened,
            "state": say(f"citizen.file.{attachment.verdict}") if not attachment.opened else "",
            "tone": {WAITING: "waiting", QUARANTINED: "urgent"}.get(attachment.verdict, ""),
        }

    def _letters(self, link: str) -> list[dict[str, Any]]:
        """The letters' own words, newest first, and what became of each."""
        ways = reach.ways(self.session, self.case)
        promised: Sequence[Promise] = [
            row for row in self.case.promises if row.kind == PromiseKind.LETTER.value and not row.withdrawn
        ]
        found: list[dict[str, Any]] = []
        for promise in reversed(promised):
            name = promise.payload["letter"]
            if name == RECEIPT and any(newer["name"] == RECEIPT for newer in found):
                continue  # sent again to an address that was left later
            letter: Outbound = letters.write(self.session, self.case, promise, self.profile, link)
            found.append(
                {
                    "name": name,
                    "when": promise.created_at,
                    "subject": letter.subject.partition("] ")[2],
                    "body": letter.body,
                    "language": letter.language,
                    "fate": self._fate(promise, ways[0] if ways else None),
                }
            )
        return found

    def _fate(self, promise: Promise, first: Way | None) -> str:
        """What became of a letter, and where it went, in the reader's words."""
        fate = "failed" if promise.failed_at else str(promise.result.get("delivered", ""))
        if not fate:
            fate = "on_its_way" if first is not None else SHOWN_ONLY
        to = self._address(fate if fate in CONTACTS else first.channel if first is not None else "")
        if known(f"citizen.letter_fate.{fate}"):
            return say(f"citizen.letter_fate.{fate}", self.language, to=to)
        return say("citizen.letter_fate.sent", self.language, channel=registry.name(fate, self.language))

    def _address(self, channel: str) -> str:
        """The complainant's own address there; where it is none that a person would know, the channel's name."""
        contact = CONTACTS.get(channel)
        return getattr(self.case.person, contact) if contact else registry.name(channel, self.language)

    def _question(self, state: State) -> str:
        if state is not State.WAITING:
            return ""
        asked = [message.body for message in self._messages() if message.kind == "question"]
        return asked[-1] if asked else ""

    def _may(self, state: State, now: datetime) -> frozenset[str]:
        steps = {action.value for action in possible(state, Role.COMPLAINANT)}
        if not may_dispute(self.case, now, self.profile.dispute_days):
            steps.discard(Action.DISPUTE.value)
        return frozenset(steps)
