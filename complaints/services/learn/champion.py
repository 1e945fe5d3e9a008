"""Which model is in service: the project's own, or a challenger that took over. Every change of it stands here."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import select

from classifiers.model import WEIGHTS
from classifiers.train import rows_version
from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput, NotFound, StepImpossible
from complaints.domain.learning import ModelVersion, Standing
from complaints.services import audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

VERSIONS = "versions"
REASON_LIMIT = 500
HISTORY = 30
# So many champions of before stay on the disk, ready to come back.
FORMERS_KEPT = 3
PROJECT = ""


@cache
def base() -> str:
    """The version of the project's own model; rows and code do not change while a process runs."""
    return rows_version()


def folder_of(model_dir: Path, version: str) -> Path:
    """Where a challenger's files lie; the empty version is the project's own model."""
    return model_dir / VERSIONS / version if version else model_dir


def folder_in_service(session: Session, model_dir: Path) -> Path:
    """Where the files of the model in service lie, or of the next one whose files are there."""
    folders = (folder_of(model_dir, version) for version in in_order(session))
    return next((folder for folder in folders if (folder / WEIGHTS).exists()), model_dir)


def current(session: Session) -> ModelVersion | None:
    """The challenger in service; None while the project's own model is, as after an update of its rows or its code."""
    return session.scalars(_of_base(Standing.CHAMPION)).first()


def in_order(session: Session) -> list[str]:
    """The versions to try, best first: the champion, the newest of those before it, then the project's own."""
    champion = current(session)
    if champion is None:
        return [PROJECT]
    formers = session.scalars(
        _of_base(Standing.FORMER).where(ModelVersion.id < champion.id).order_by(ModelVersion.id.desc())
    )
    return [champion.version, *(row.version for row in formers.all()[:FORMERS_KEPT]), PROJECT]


def history(session: Session) -> Sequence[ModelVersion]:
    """The challengers, newest first."""
    return session.scalars(select(ModelVersion).order_by(ModelVersion.id.desc()).limit(HISTORY)).all()


def candidate(session: Session) -> ModelVersion | None:
    """The proposal that nobody decided on yet."""
    return session.scalars(_of_base(Standing.CANDIDATE).order_by(ModelVersion.id.desc())).first()


def is_held(session: Session) -> bool:
    """Did a person take a champion out of service, and nobody put another one in since: then no machine does."""
    last = session.scalars(
        select(ModelVersion)
        .where(
            ModelVersion.base == base(),
            ModelVersion.decided_by.is_not(None),
            ModelVersion.standing != Standing.REJECTED.value,
        )
        .order_by(ModelVersion.decided_at.desc(), ModelVersion.id.desc())
    ).first()
    return last is not None and last.standing == Standing.WITHDRAWN.value


def propose(session: Session, row: ModelVersion) -> None:
    """A new candidate; one that still waits for a word is superseded by it."""
    for waiting in session.scalars(_locked().where(ModelVersion.standing == Standing.CANDIDATE.value)):
        waiting.standing, waiting.decided_at = Standing.SUPERSEDED.value, row.trained_at
    session.add(row)
    session.flush()


def take_over(session: Session, version: str, actor: Actor, now: datetime) -> ModelVersion:
    """Put a candidate into service; the champion of before stays ready to come back."""
    row = _candidate(session, version)
    before = session.scalars(_locked().where(ModelVersion.standing == Standing.CHAMPION.value)).first()
    if before is not None:
        before.standing = Standing.FORMER.value
        session.flush()
    _decide(row, Standing.CHAMPION, actor, now, "")
    sides = {"before": {"model": before.version if before else PROJECT}, "after": {"model": version}}
    audit.record(session, Change.MODEL_TAKEN, version, actor, now, **sides)
    return row


def reject(session: Session, version: str, actor: Actor, now: datetime, reason: str) -> None:
    """Turn a candidate down; its reason is kept."""
    if not reason.strip():
        raise InvalidInput("reason", reason="required")
    row = _candidate(session, version)
    _decide(row, Standing.REJECTED, actor, now, reason)
    audit.record(session, Change.MODEL_REJECTED, version, actor, now, after={"why": row.reason})


def go_back(session: Session, version: str, actor: Actor, now: datetime, reason: str = "") -> str:
    """Take the champion out of service; the one before it returns, or the project's own. Returns which one does.

    `version` is the champion that the person saw; if another one is in service by now, nothing happens.
    """
    champion = session.scalars(_locked().where(ModelVersion.version == version)).first()
    if champion is None:
        raise NotFound(what="model")
    if champion.standing != Standing.CHAMPION.value or champion.base != base():
        raise StepImpossible(action="go_back", state=champion.standing)
    earlier = session.scalars(
        _of_base(Standing.FORMER)
        .where(ModelVersion.id < champion.id)
        .order_by(ModelVersion.id.desc())
        .with_for_update()
    ).first()
    _decide(champion, Standing.WITHDRAWN, actor, now, reason)
    session.flush()
    if earlier is not None:
        earlier.standing = Standing.CHAMPION.value
    back = earlier.version if earlier is not None else PROJECT
    sides = {"before": {"model": version}, "after": {"model": back, "why": champion.reason}}
    audit.record(session, Change.MODEL_WITHDRAWN, version, actor, now, **sides)
    return back


def note_state(session: Session, version: str, broken: str) -> None:
    """A process could not read a model's files, or could again: the screen says so."""
    row = session.scalars(select(ModelVersion).where(ModelVersion.version == version)).first()
    if row is not None and row.broken != broken:
        row.broken = broken


def kept(session: Session) -> set[str]:
    """The versions whose files are needed: what may serve, and what waits for a word."""
    waiting = candidate(session)
    return {*in_order(session), waiting.version if waiting is not None else PROJECT} - {PROJECT}


def _of_base(standing: Standing) -> Select[ModelVersion]:
    return select(ModelVersion).where(ModelVersion.standing == standing.value, ModelVersion.base == base())


def _locked() -> Select[ModelVersion]:
    return select(ModelVersion).with_for_update()


def _candidate(session: Session, version: str) -> ModelVersion:
    """The proposal, locked; raise when somebody decided on it already, or it belongs to another release."""
    row = session.scalars(_locked().where(ModelVersion.version == version)).first()
    if row is None:
        raise NotFound(what="model")
    if row.standing != Standing.CANDIDATE.value or row.base != base():
        raise StepImpossible(action="decide_model", state=row.standing)
    return row


def _decide(row: ModelVersion, standing: Standing, actor: Actor, now: datetime, reason: str) -> None:
    row.standing, row.decided_at, row.decided_by = standing.value, now, actor.account_id
    row.reason = reason.strip()[:REASON_LIMIT]
