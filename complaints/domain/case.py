"""The case, and the one method that takes a step."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship
from sqlalchemy.orm.attributes import flag_modified

from complaints.domain import attention, effects
from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.domain.base import MONEY, Base, one_of
from complaints.domain.errors import DecisionReserved, NotAllowed, StepImpossible
from complaints.domain.event import Event
from complaints.domain.identifier import CaseIdentifier, Decision
from complaints.domain.lifecycle import (
    OPEN_STATES,
    RECALLING,
    REFERRAL_STEPS,
    STEPS,
    TAKING_BACK,
    Action,
    ReferralState,
    State,
    Step,
)
from complaints.domain.message import Attachment, Message
from complaints.domain.outbox import Promise, PromiseKind
from complaints.domain.person import Person
from complaints.domain.referral import OUTCOMES, Referral

if TYPE_CHECKING:
    from complaints.domain.actor import Actor

_OPEN = one_of("state", sorted(state.value for state in OPEN_STATES))
# Told instead of `referred`; no states of their own, since no step hangs on them.
CONFIRMED, UNCONFIRMED = "confirmed", "unconfirmed"
# The lists of the desk that are read in the order of an index: by urgency, then by this moment.
LISTS = (
    ("open_list", "due_at", "due_at IS NOT NULL"),
    ("desk_list", "desk_at", "desk_at IS NOT NULL"),
    ("heard_list", "heard_at", "heard_at IS NOT NULL"),
    ("refused_list", "refused_at", "refused_at IS NOT NULL"),
    ("silent_list", "silent_at", "silent_at IS NOT NULL"),
    ("escalated_list", "escalated_at", "escalated_at IS NOT NULL"),
    ("snoozed_list", "snoozed_until", "snoozed_until IS NOT NULL"),
)


class Case(Base):
    """One complaint from the first word to the last.

    `version` grows with every change; `acknowledged_at` is when the receipt reached the complainant; `final_by` is the
    promised day of the final answer and moves on while the centre waits for the complainant. Money is in satang. Nobody
    but `apply` writes `state`. `due_at` and what stands below it say what the case wants of the desk (`attention`);
    `unsure` that neither the machine nor a person is certain of its category, `rank` which of its `signs` of urgency
    puts it where in the lists; `moved_at` when a person last acted;
    `decide_by` until when a supervisor decides, because it was refused as often as `refusals` says.
    """

    __tablename__ = "complaint_case"
    __table_args__ = (
        CheckConstraint(one_of("state", [state.value for state in State]), name="state_known"),
        CheckConstraint("channel <> ''", name="channel_named"),
        CheckConstraint("acknowledged_at IS NULL OR acknowledged_at >= received_at", name="acknowledged_after_receipt"),
        CheckConstraint("language IN ('th', 'en')", name="language_known"),
        CheckConstraint(one_of("outcome", OUTCOMES) + " OR outcome IS NULL", name="outcome_known"),
        CheckConstraint("(state = 'waiting') = (resume_state IS NOT NULL)", name="waiting_knows_where_to_resume"),
        CheckConstraint("(state = 'waiting') = (waiting_since IS NOT NULL)", name="waiting_since_then"),
        CheckConstraint(
            "state NOT IN ('referred', 'in_progress') OR category_code IS NOT NULL", name="referred_has_category"
        ),
        CheckConstraint(
            "state NOT IN ('referred', 'in_progress') OR referred_at IS NOT NULL", name="referred_has_time"
        ),
        CheckConstraint(
            "state NOT IN ('resolved', 'closed') OR (resolved_at IS NOT NULL AND outcome IS NOT NULL)",
            name="resolved_has_outcome",
        ),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_has_target"),
        CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="not_merged_into_itself"),
        CheckConstraint("state <> 'reopened' OR reopened_count > 0", name="reopened_is_counted"),
        CheckConstraint("score IS NULL OR (score BETWEEN 1 AND 5)", name="score_one_to_five"),
        CheckConstraint("lost IS NULL OR lost >= 0", name="lost_not_negative"),
        CheckConstraint(
            f"({_OPEN}) = (due_at IS NOT NULL AND promised_by IS NOT NULL)",
            name="work_has_clock",
        ),
        CheckConstraint("snoozed_until IS NULL OR due_at IS NOT NULL", name="sleeper_is_open"),
        CheckConstraint("decide_by IS NULL OR (due_at IS NOT NULL AND refusals > 0)", name="decision_has_reason"),
        Index("ix_complaint_case_state_clock", "state", "urgent", "received_at"),
        Index("ix_complaint_case_received_at", "received_at"),
        Index("ix_complaint_case_final_by", "final_by"),
        *(
            Index(
                f"ix_complaint_case_{name}",
                "rank",
                moment,
                "id",
                sqlite_where=text(where),
                postgresql_where=text(where),
            )
            for name, moment, where in LISTS
        ),
        Index(
            "ix_complaint_case_assigned_list",
            "assignee_id",
            "rank",
            "due_at",
            "id",
            sqlite_where=text("assignee_id IS NOT NULL"),
            postgresql_where=text("assignee_id IS NOT NULL"),
        ),
        Index(
            "ix_complaint_case_merged_into_id",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        Index(
            "ix_complaint_case_moved_list",
            "moved_at",
            "id",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_complaint_case_ended",
            "changed_at",
            "id",
            sqlite_where=text("due_at IS NULL"),
            postgresql_where=text("due_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(200))
    submission_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    channel: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2), default="th")
    state: Mapped[str] = mapped_column(String(20))
    resume_state: Mapped[str | None] = mapped_column(String(20))
    waiting_since: Mapped[datetime | None]
    story: Mapped[str] = mapped_column(Text)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    category_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"), index=True)
    lead_agency_code: Mapped[str | None] = mapped_column(ForeignKey("agency.code"), index=True)
    urgent: Mapped[bool] = mapped_column(default=False)
    province: Mapped[str] = mapped_column(String(2), default="")
    lost: Mapped[int | None] = mapped_column(MONEY)
    transferred_at: Mapped[datetime | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    consent_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    triage_by: Mapped[datetime]
    final_by: Mapped[datetime]
    referred_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(30))
    resolution: Mapped[str] = mapped_column(Text, default="")
    reopened_count: Mapped[int] = mapped_column(default=0)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"))
    score: Mapped[int | None]
    score_reason: Mapped[str] = mapped_column(Text, default="")
    demo: Mapped[bool] = mapped_column(default=False)
    unsure: Mapped[bool] = mapped_column(default=False)
    signs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rank: Mapped[int] = mapped_column(SmallInteger, default=attention.CALM)
    due_at: Mapped[datetime | None]
    desk_at: Mapped[datetime | None]
    promised_by: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    silent_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    moved_at: Mapped[datetime]
    refusals: Mapped[int] = mapped_column(SmallInteger, default=0)
    decide_by: Mapped[datetime | None]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    snoozed_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form

    person: Mapped[Person] = relationship(lazy="joined")
    assignee: Mapped[Account | None] = relationship(lazy="raise_on_sql")
    referrals: Mapped[list[Referral]] = relationship(order_by=Referral.id)
    events: Mapped[list[Event]] = relationship(order_by=Event.id)
    messages: Mapped[list[Message]] = relationship(order_by=Message.id)
    attachments: Mapped[list[Attachment]] = relationship(order_by=Attachment.id)
    decisions: Mapped[list[Decision]] = relationship(order_by=Decision.id)
    identifiers: Mapped[list[CaseIdentifier]] = relationship()
    promises: Mapped[list[Promise]] = relationship(order_by=Promise.id)

    @property
    def open_referrals(self) -> list[Referral]:
        """The referrals that an agency still has."""
        return [referral for referral in self.referrals if referral.is_open]

    @property
    def told_state(self) -> str:
        """The state as people are told it: what was referred counts as sent once every agency confirmed its receipt."""
        if self.state != State.REFERRED.value:
            return self.state
        return CONFIRMED if all(row.acknowledged_at for row in self.open_referrals) else UNCONFIRMED

    def apply(
        self,
        action: Action,
        actor: Actor,
        now: datetime,
        *,
        referral: Referral | None = None,
        **facts: Any,  # noqa: ANN401 - each step has facts of its own
    ) -> Event:
        """Take one step: check the table, write the state, the facts, the event and the promised letter.

        Raises `NotAllowed` if the role may not take the step, `StepImpossible` if the state does not allow it,
        `DecisionReserved` if a supervisor must decide first.
        """
        session = object_session(self)
        # Half a step must not reach the database: its CHECK constraints would rightly refuse it.
        with session.no_autoflush if session is not None else nullcontext():
            return self._take(action, actor, now, referral, facts)

    def _take(
        self, action: Action, actor: Actor, now: datetime, referral: Referral | None, facts: dict[str, Any]
    ) -> Event:
        step = STEPS[action]
        before = State(self.state) if self.state else None
        self._check(action, actor, step, before)
        if referral is not None and action in REFERRAL_STEPS:
            self._step_referral(action, referral, now)
        after, letter = self._lead_to(step, before, referral)
        if action in TAKING_BACK:
            after = State(facts["standing"]["state"])
        if action is Action.REFER and referral is not None:
            self.referrals.append(referral)
        effects.take(self, action, now, after, referral, facts)
        if action in RECALLING:
            self._recall(now)
        if action in TAKING_BACK:
            self._put_back(facts["standing"], facts["standing_referrals"], now)
        self.state = after.value
        if not step.looks:
            attention.stir(self, action, actor.role, now)
            self.changed_at = now
            # Two steps of one moment are two versions: otherwise the second writer would not notice the first.
            flag_modified(self, "changed_at")
        event = Event(
            at=now,
            action=action.value,
            role=actor.role.value,
            account_id=actor.account_id,
            agency_code=actor.agency or (referral.agency_code if referral else None),
            referral=referral,
            from_state=before.value if before else None,
            to_state=after.value,
            public=step.public,
            version=(self.version or 0) + (0 if step.looks else 1),
            data=effects.clocks(self, action, referral, facts) | effects.told(facts) | _means(actor),
        )
        self.events.append(event)
        if letter:
            self.promise_letter(now, letter, **effects.for_letter(facts, referral))
        return event

    def read_by(self, moment: datetime, now: datetime) -> None:
        """A person must read the case anew, by then."""
        self.triage_by = moment
        attention.set_clock(self, now)

    def reserve(self, moment: datetime, now: datetime) -> None:
        """Only a supervisor decides how it goes on, by then."""
        self.decide_by = moment
        attention.set_clock(self, now)

    def promise_letter(self, now: datetime, letter: str, **facts: object) -> Promise:
        """Promise a letter of that name to the complainant."""
        return self.promise(PromiseKind.LETTER, now, letter=letter, **facts)

    def promise(self, kind: PromiseKind, now: datetime, **payload: object) -> Promise:
        """Write a promise beside the fact, to be kept by a worker."""
        promise = Promise(kind=kind.value, payload=payload, created_at=now, due_at=now, tries=0)
        self.promises.append(promise)
        return promise

    def _check(self, action: Action, actor: Actor, step: Step, before: State | None) -> None:
        if actor.role not in step.roles:
            raise NotAllowed(action=action.value, role=actor.role.value)
        if (before is None) != (not step.sources) or (before is not None and before not in step.sources):
            raise StepImpossible(action=action.value, state=before.value if before else "")
        if self.decide_by is not None and action in attention.RESERVED and actor.role is not Role.SUPERVISOR:
            raise DecisionReserved(action=action.value)

    def _step_referral(self, action: Action, referral: Referral, now: datetime) -> None:
        step = REFERRAL_STEPS[action]
        if referral.case_id != self.id or ReferralState(referral.state) not in step.sources:
            raise StepImpossible(action=action.value, state=referral.state)
        referral.state = step.target.value
        if referral.acknowledged_at is None:
            referral.acknowledged_at = now
        if step.target == ReferralState.ACCEPTED and referral.accepted_at is None:
            referral.accepted_at = now
        if not referral.is_open:
            effects.stand_still(self, referral, now)
            referral.ended_at = now

    def _recall(self, now: datetime) -> None:
        for referral in self.open_referrals:
            referral.state = ReferralState.RECALLED.value
            referral.ended_at = now

    def _put_back(self, standing: dict[str, Any], referrals: dict[int, dict[str, Any]], now: datetime) -> None:
        """Everything as it stood; a referral that was not there yet is called back."""
        for name, value in standing.items():
            setattr(self, name, value)
        for referral in self.referrals:
            gone = {"state": ReferralState.RECALLED.value, "ended_at": now}
            for name, value in referrals.get(referral.id, gone).items():
                setattr(referral, name, value)

    def _lead_to(self, step: Step, before: State | None, referral: Referral | None) -> tuple[State, str | None]:
        """The next state and the letter; with other referrals still open, the state follows those."""
        others = [other for other in self.open_referrals if other is not referral]
        target, letter = step.target, step.letter
        if step.follows_others and others:
            accepted = any(other.state == ReferralState.ACCEPTED.value for other in others)
            target, letter = (State.IN_PROGRESS if accepted else State.REFERRED), step.others_letter
        if target is None:
            target = before or State.RECEIVED
        if before is State.WAITING:
            if step is STEPS[Action.REPLY]:
                return State(self.resume_state or State.TRIAGE.value), letter
            if target in {State.IN_PROGRESS, State.REFERRED}:
                self.resume_state = target.value
                return State.WAITING, letter
        return target, letter


def _means(actor: Actor) -> dict[str, int]:
    """By what an agency acts that has no account here: its own system, or the link of a letter."""
    means = {"client": actor.client_id, "letter_link": actor.link_id}
    return {name: number for name, number in means.items() if number is not None}
