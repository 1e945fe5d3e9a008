"""Websites that were reported as illegal: one row an address, and the table of what can happen to it.

A report is of a case; what becomes of the address is of the website, whoever reported it. `Website.take()` is the one
method that takes a step: it writes the stage and the entry of the history with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, event, text
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.domain.base import Base, one_of
from complaints.domain.captured import OUTCOMES
from complaints.domain.errors import NotAllowed, StepImpossible
from complaints.domain.identifier import FINDERS
from complaints.domain.web_address import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection

    from complaints.domain.actor import Actor

# The kind of problem whose cases report websites.
CATEGORY = "illegal_website"
CHILD_ABUSE = "child_abuse"


class Stage(StrEnum):
    """Where a website stands."""

    REPORTED = "reported"
    CAPTURED = "captured"
    FAILED = "failed"
    ILLEGAL = "illegal"
    LEGAL = "legal"
    UNSURE = "unsure"
    SENT = "sent"
    BLOCKED = "blocked"
    REFUSED = "refused"
    REMOVED = "removed"
    ALIVE = "alive"


class SiteStep(StrEnum):
    """Everything that can happen to a website."""

    REPORT = "report"
    CAPTURE = "capture"
    FAIL = "fail"
    RETRY = "retry"
    VERIFY = "verify"
    CLEAR = "clear"
    DOUBT = "doubt"
    SEND = "send"
    BLOCK = "block"
    REFUSE = "refuse"
    REMOVE = "remove"
    REAPPEAR = "reappear"
    STILL = "still"


KINDS = (
    "gambling",
    "pornography",
    CHILD_ABUSE,
    "drugs",
    "weapons",
    "vape",
    "counterfeit",
    "forged_documents",
    "other",
)
RESULTS = (Stage.BLOCKED, Stage.REFUSED, Stage.REMOVED)

_DESK = frozenset({Role.AGENT, Role.SUPERVISOR})
_MACHINE = frozenset({Role.SYSTEM})
_LOOKED_AT = frozenset({Stage.CAPTURED, Stage.FAILED, Stage.ILLEGAL, Stage.LEGAL, Stage.UNSURE, Stage.ALIVE})
_WITH_MINISTRY = frozenset({Stage.SENT, *RESULTS})


@dataclass(frozen=True, slots=True)
class SiteRule:
    """One row of the table: from where, by whom, where to."""

    sources: frozenset[Stage]
    roles: frozenset[Role]
    target: Stage


RULES: dict[SiteStep, SiteRule] = {
    SiteStep.REPORT: SiteRule(frozenset(), _DESK | _MACHINE, Stage.REPORTED),
    SiteStep.CAPTURE: SiteRule(frozenset({Stage.REPORTED, Stage.FAILED}), _MACHINE, Stage.CAPTURED),
    SiteStep.FAIL: SiteRule(frozenset({Stage.REPORTED}), _MACHINE, Stage.FAILED),
    SiteStep.RETRY: SiteRule(frozenset({Stage.FAILED}), _DESK, Stage.REPORTED),
    SiteStep.VERIFY: SiteRule(_LOOKED_AT, _DESK, Stage.ILLEGAL),
    SiteStep.CLEAR: SiteRule(_LOOKED_AT - {Stage.LEGAL}, _DESK, Stage.LEGAL),
    SiteStep.DOUBT: SiteRule(_LOOKED_AT - {Stage.UNSURE, Stage.ALIVE}, _DESK, Stage.UNSURE),
    SiteStep.SEND: SiteRule(frozenset({Stage.ILLEGAL, Stage.ALIVE}), _DESK, Stage.SENT),
    SiteStep.BLOCK: SiteRule(_WITH_MINISTRY, _DESK, Stage.BLOCKED),
    SiteStep.REFUSE: SiteRule(_WITH_MINISTRY, _DESK, Stage.REFUSED),
    SiteStep.REMOVE: SiteRule(_WITH_MINISTRY, _DESK, Stage.REMOVED),
    SiteStep.REAPPEAR: SiteRule(frozenset({Stage.BLOCKED, Stage.REMOVED}), _MACHINE, Stage.ALIVE),
    SiteStep.STILL: SiteRule(frozenset({Stage.ALIVE}), _DESK, Stage.BLOCKED),
}
GOES_ON = frozenset({Stage.ILLEGAL, Stage.SENT, *RESULTS, Stage.ALIVE})
_VERIFIED = one_of("stage", sorted(GOES_ON))
_GONE_OUT = one_of("stage", sorted(GOES_ON - {Stage.ILLEGAL}))
_ENDED = one_of("stage", RESULTS)
_DUE = "recheck_at IS NOT NULL"


class Website(Base):
    """One address. `url` is what is fetched: as it was reported first.

    `law` is what it breaks, in a person's words; `reference` the order or letter that ended it, `ended_on` its day;
    `returns` how often it was reachable again after its end; `failure` why it could not be captured; `guarded` that
    child abuse is shown or suspected there: no picture of it is kept.
    """

    __tablename__ = "website"
    __table_args__ = (
        CheckConstraint(one_of("stage", [stage.value for stage in Stage]), name="stage_known"),
        CheckConstraint("kind = '' OR " + one_of("kind", KINDS), name="kind_known"),
        CheckConstraint("address <> '' AND host <> ''", name="has_address"),
        CheckConstraint(
            f"NOT ({_VERIFIED}) OR (kind <> '' AND law <> '' AND verified_at IS NOT NULL)", name="illegal_has_kind"
        ),
        CheckConstraint(f"NOT ({_GONE_OUT}) OR sent_at IS NOT NULL", name="sent_has_time"),
        CheckConstraint(f"NOT ({_ENDED}) OR ended_on IS NOT NULL", name="result_has_day"),
        CheckConstraint("stage <> 'blocked' OR reference <> ''", name="blocked_by_an_order"),
        CheckConstraint("stage <> 'failed' OR failure <> ''", name="failure_has_reason"),
        CheckConstraint("stage <> 'alive' OR returns > 0", name="return_is_counted"),
        CheckConstraint(f"kind <> '{CHILD_ABUSE}' OR guarded", name="children_are_guarded"),
        Index("ix_website_stage_id", "stage", "id"),
        Index("ix_website_recheck_at", "recheck_at", sqlite_where=text(_DUE), postgresql_where=text(_DUE)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(500), unique=True)
    host: Mapped[str] = mapped_column(String(255), index=True)
    url: Mapped[str] = mapped_column(String(500))
    stage: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20), default="")
    law: Mapped[str] = mapped_column(String(300), default="")
    guarded: Mapped[bool] = mapped_column(default=False)
    reported_at: Mapped[datetime] = mapped_column(index=True)
    captured_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(20), default="")
    verified_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    ended_on: Mapped[datetime | None]
    reference: Mapped[str] = mapped_column(String(100), default="")
    recheck_at: Mapped[datetime | None]
    returns: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form

    history: Mapped[list[WebsiteEvent]] = relationship(order_by="WebsiteEvent.id")

    @property
    def shown(self) -> str:
        """The address as people read it."""
        return shown(self.address)

    def may(self, step: SiteStep) -> bool:
        """Can this happen to it as it stands."""
        return Stage(self.stage) in RULES[step].sources

    def take(self, step: SiteStep, actor: Actor, now: datetime, **facts: Any) -> WebsiteEvent:  # noqa: ANN401 - each step has facts of its own
        """Take one step: stage, facts and the entry in the history.

        Raises `NotAllowed` if the role may not take it, `StepImpossible` if it does not follow on how it stands.
        """
        rule = RULES[step]
        before = Stage(self.stage) if self.stage else None
        if actor.role not in rule.roles:
            raise NotAllowed(action=step.value, role=actor.role.value)
        if (before is None) != (not rule.sources) or (before is not None and before not in rule.sources):
            raise StepImpossible(action=step.value, state=before.value if before else "", reason="website_moved")
        if step in _EFFECTS:
            _EFFECTS[step](self, now, facts)
        self.stage = rule.target.value
        told = {name: value for name, value in facts.items() if isinstance(value, str | int)}
        entry = WebsiteEvent(
            at=now,
            step=step.value,
            account_id=actor.account_id,
            from_stage=before.value if before else None,
            to_stage=self.stage,
            data=told | {name: value.isoformat() for name, value in facts.items() if isinstance(value, datetime)},
        )
        self.history.append(entry)
        return entry


def _fail(site: Website, _now: datetime, facts: dict[str, Any]) -> None:
    site.failure = facts["outcome"]


def _capture(site: Website, _now: datetime, _facts: dict[str, Any]) -> None:
    site.failure = ""


def _verify(site: Website, now: datetime, facts: dict[str, Any]) -> None:
    site.kind, site.law, site.verified_at = facts["kind"], facts["law"], now
    site.guarded = site.guarded or site.kind == CHILD_ABUSE


def _send(site: Website, now: datetime, _facts: dict[str, Any]) -> None:
    site.sent_at, site.ended_on, site.recheck_at = now, None, None


def _end(site: Website, _now: datetime, facts: dict[str, Any]) -> None:
    site.ended_on, site.reference, site.recheck_at = facts["day"], facts["reference"], facts.get("recheck_at")


def _reappear(site: Website, _now: datetime, _facts: dict[str, Any]) -> None:
    site.returns += 1
    site.recheck_at = None


def _still(site: Website, now: datetime, facts: dict[str, Any]) -> None:
    site.ended_on = site.ended_on or now
    site.recheck_at = facts.get("recheck_at")


_EFFECTS: dict[SiteStep, Callable[[Website, datetime, dict[str, Any]], None]] = {
    SiteStep.CAPTURE: _capture,
    SiteStep.FAIL: _fail,
    SiteStep.VERIFY: _verify,
    SiteStep.SEND: _send,
    SiteStep.BLOCK: _end,
    SiteStep.REFUSE: _end,
    SiteStep.REMOVE: _end,
    SiteStep.REAPPEAR: _reappear,
    SiteStep.STILL: _still,
}


class WebsiteReport(Base):
    """That a case reports a website, as it was written there, until it turns out that it does not."""

    __tablename__ = "website_report"
    __table_args__ = (CheckConstraint(one_of("found_by", FINDERS), name="found_by_known"),)

    website_id: Mapped[int] = mapped_column(ForeignKey("website.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), primary_key=True, index=True)
    written: Mapped[str] = mapped_column(String(500))
    found_by: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    website: Mapped[Website] = relationship(lazy="raise_on_sql")


class WebsiteEvent(Base):
    """One step that was taken; `data` holds codes, days and references."""

    __tablename__ = "website_event"
    __table_args__ = (Index("ix_website_event_website_id", "website_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    website_id: Mapped[int] = mapped_column(ForeignKey("website.id"))
    at: Mapped[datetime]
    step: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    from_stage: Mapped[str | None] = mapped_column(String(20))
    to_stage: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class WebsiteCapture(Base):
    """What was found at an address at one moment, sealed: a hash stands here also for what was not kept."""

    __tablename__ = "website_capture"
    __table_args__ = (
        CheckConstraint(one_of("outcome", OUTCOMES), name="outcome_known"),
        CheckConstraint("html_key = '' OR html_sha256 <> ''", name="page_has_hash"),
        CheckConstraint("picture_key = '' OR picture_sha256 <> ''", name="picture_has_hash"),
        Index("ix_website_capture_website_id", "website_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    website_id: Mapped[int] = mapped_column(ForeignKey("website.id"))
    at: Mapped[datetime]
    asked: Mapped[str] = mapped_column(String(500))
    final: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(String(500), default="")
    hops: Mapped[list[Any]] = mapped_column(default=list)
    addresses: Mapped[list[Any]] = mapped_column(default=list)
    whois: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str] = mapped_column(String(300), default="")
    html_key: Mapped[str] = mapped_column(String(80), default="")
    html_sha256: Mapped[str] = mapped_column(String(64), default="")
    html_size: Mapped[int] = mapped_column(default=0)
    picture_key: Mapped[str] = mapped_column(String(80), default="")
    picture_sha256: Mapped[str] = mapped_column(String(64), default="")
    picture_size: Mapped[int] = mapped_column(default=0)


class FetchTurn(Base):
    """From when a host may be asked again: no site is to suffer by being looked at."""

    __tablename__ = "fetch_turn"

    host: Mapped[str] = mapped_column(String(255), primary_key=True)
    free_at: Mapped[datetime]


class Dossier(Base):
    """Many addresses in one hand-over to an agency; what it says is written down when it is made, and stays.

    `sent_at` and `reference` are of the hand-over itself: until then it is only prepared.
    """

    __tablename__ = "dossier"
    __table_args__ = (
        CheckConstraint("(sent_at IS NULL) = (sent_by_id IS NULL)", name="sent_by_somebody"),
        CheckConstraint("sha256 = '' OR length(sha256) = 64", name="has_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"))
    token: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reference: Mapped[str] = mapped_column(String(100), default="")
    made_by: Mapped[Account] = relationship(foreign_keys=[made_by_id], lazy="raise_on_sql")


class DossierSite(Base):
    """That a dossier holds an address."""

    __tablename__ = "dossier_site"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    website_id: Mapped[int] = mapped_column(ForeignKey("website.id"), primary_key=True, index=True)


class HistoryOnlyGrows(RuntimeError):  # noqa: N818 - names the law that was broken
    """Somebody tried to change or delete what happened to a website."""


def _refuse(_mapper: Mapper[Any], _connection: Connection, target: WebsiteEvent) -> None:
    msg = f"website event {target.id} cannot be changed: the history only grows"
    raise HistoryOnlyGrows(msg)


event.listen(WebsiteEvent, "before_update", _refuse)
event.listen(WebsiteEvent, "before_delete", _refuse)
