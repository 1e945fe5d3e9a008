"""The nightly challenger: what it learns from, what its report means, and whether it takes over by itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from complaints.domain.actor import SYSTEM
from complaints.domain.case import Case
from complaints.domain.learning import LabelledRow, ModelVersion, Standing
from complaints.services import centre
from complaints.services.learn import champion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from complaints.services.centre import CentreProfile

# Less than a day, so that a night's training that took long does not skip the next one.
AT_MOST_EVERY = timedelta(hours=20)
# Beside the project's own rows; older decisions than these say little of today's frauds, and a night has an end: with
# so many it takes eight of the thirteen minutes that a task may.
MOST_LEARNT = 6_000
RECENT = 300
MOST_SHOWN = 50
# Judged by their recall, these are the categories' part of the report; the others stand beside them.
WHOLES = ("accuracy", "urgency", "auto_precision")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a challenger is trained from: `matter` is handed to `classifiers.challenge` as it is."""

    matter: dict[str, Any]
    learnt: int
    learnt_until: int

    @property
    def version(self) -> str:
        """The name of the model to be."""
        return str(self.matter["version"])


def plan(session: Session, model_dir: Path, now: datetime) -> Plan | None:
    """The matter for a new challenger; None while too little was decided, or too little time went by."""
    last = session.scalars(
        select(ModelVersion).where(ModelVersion.base == champion.base()).order_by(ModelVersion.id.desc())
    ).first()
    if last is not None and now - last.trained_at < AT_MOST_EVERY:
        return None
    rows = _newest_of_each_case(session)
    learnable = [row for row in rows if not row.apart]
    fresh = sum(row.id > (last.learnt_until if last else 0) for row in learnable)
    if fresh < max(centre.profile(session).learn_least_rows, 1):
        return None
    present = champion.current(session)
    known = present.learnt_until if present is not None else 0
    matter: dict[str, Any] = {
        "champion": [_plain(row) for row in learnable if row.id <= known],
        "challenger": [_plain(row) for row in learnable],
        "apart": [_plain(row) for row in rows if row.apart],
    }
    matter["version"] = f"{champion.base()}-{hashlib.sha256(repr(matter).encode()).hexdigest()[:8]}"
    matter["recent"] = _recent(session)
    matter["present"] = str(champion.folder_in_service(session, model_dir))
    return Plan(matter, len(learnable), max(row.id for row in learnable))


def record(session: Session, made: Plan, report: dict[str, Any], now: datetime) -> ModelVersion:
    """Keep the challenger with its report; it takes over by itself when nothing loses more than the margin.

    Not so after a person went back: until a person puts a model into service, every further one waits for a word.
    """
    lost = losses(report, centre.profile(session))
    changes = report["changes"]
    row = ModelVersion(
        version=made.version,
        base=champion.base(),
        standing=Standing.CANDIDATE.value,
        trained_at=now,
        learnt=made.learnt,
        learnt_until=made.learnt_until,
        report={**report, "losses": lost, "changes": changes[:MOST_SHOWN], "changed": len(changes)},
    )
    champion.propose(session, row)
    if not lost and not champion.is_held(session):
        champion.take_over(session, row.version, SYSTEM, now)
    return row


def losses(report: dict[str, Any], profile: CentreProfile) -> list[str]:
    """What the challenger does worse by more than the margin: categories by recall, and accuracy, urgency, promise."""
    before, after = compared(report["champion"]), compared(report["challenger"])
    margin = profile.learn_margin / 100
    return [name for name, old in before.items() if old is not None and (after.get(name) or 0.0) < old - margin - 1e-9]


def compared(figures: dict[str, Any]) -> dict[str, float | None]:
    """A side's figures by name: the whole's first, then every category's recall; None where there was no row."""
    wholes = (figures["accuracy"], figures["urgency"]["recall"], figures["auto"]["precision"])
    recalls = {name: found["recall"] for name, found in figures["categories"].items()}
    return {**dict(zip(WHOLES, wholes, strict=True)), **recalls}


def _recent(session: Session) -> list[dict[str, str]]:
    """Number and story of the newest cases: which of them would the challenger judge otherwise."""
    rows = session.execute(
        select(Case.number, Case.story)
        .where(Case.demo.is_(False), Case.story != "")
        .order_by(Case.id.desc())
        .limit(RECENT)
    )
    return [{"id": number, "text": story} for number, story in rows]


def _newest_of_each_case(session: Session) -> Sequence[LabelledRow]:
    """Of each case the last word on its category; of very many cases the newest."""
    newest = (
        select(func.max(LabelledRow.id).label("id"))
        .where(LabelledRow.category_code.is_not(None))
        .group_by(LabelledRow.case_id)
        .order_by(func.max(LabelledRow.id).desc())
        .limit(MOST_LEARNT)
        .subquery()
    )
    return session.scalars(
        select(LabelledRow).join(newest, newest.c.id == LabelledRow.id).order_by(LabelledRow.id)
    ).all()


def _plain(row: LabelledRow) -> dict[str, Any]:
    return {
        "id": f"decided-{row.id}",
        "channel": row.channel,
        "text": row.text,
        "category": row.category_code,
        "urgent": row.urgent,
    }
