"""Drawing samples: of each person's decided cases, and of those that the machine sent on without a person."""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import timedelta
from hashlib import sha256
from itertools import zip_longest
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput
from complaints.domain.event import Event
from complaints.domain.identifier import Decision
from complaints.domain.lifecycle import DESK, Action
from complaints.domain.period import Period
from complaints.domain.quality import QualityItem, QualitySample
from complaints.services import centre
from complaints.services.floor.people import DECISIONS, steps
from complaints.services.floor.span import within
from complaints.services.learn.drift import WEEK, monday_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

# One drawing at a time: two would draw the same cases.
DRAWING = 1213
MACHINE = "0"
DAY = timedelta(days=1)
Pool = dict[str, dict[str, list[int]]]


def choose(seed: str, whose: str, found: Mapping[str, Sequence[int]], size: int) -> list[int]:
    """So many cases by lot, from every kind in turn; the same seed and cases give the same."""

    def lot(*parts: object) -> bytes:
        return sha256("|".join((seed, whose, *map(str, parts))).encode()).digest()

    kinds = [sorted(found[kind], key=lot) for kind in sorted(found, key=lot)]
    return [case for turn in zip_longest(*kinds) for case in turn if case is not None][:size]


def draw(session: Session, span: Period, size: int, actor: Actor | None, now: datetime) -> list[QualityItem]:
    """Draw a sample; whoever draws by hand draws none of the own work. Raises `InvalidInput` when nothing is there."""
    _alone(session)
    pool = _pool(session, span)
    if actor is not None:
        pool.pop(str(actor.account_id), None)
    if actor is not None and not pool:
        raise InvalidInput("first", reason="nothing_to_draw")
    sample = QualitySample(
        at=now,
        drawn_by=actor.account_id if actor is not None else None,
        first=span.first,
        last=span.last,
        size=size,
        seed=secrets.token_hex(8),
        drawn_from=pool,
    )
    session.add(sample)
    session.flush()
    made = [
        QualityItem(sample_id=sample.id, case_id=case_id, account_id=int(whose) or None)
        for whose, found in sorted(pool.items())
        for case_id in choose(sample.seed, whose, found, size)
    ]
    session.add_all(made)
    session.flush()
    return made


def draw_week(session: Session, now: datetime) -> int:
    """Once the week is over, its sample; returns how many cases."""
    _alone(session)
    monday = monday_of(now) - WEEK
    size = centre.profile(session).sample_size
    drawn = exists().where(QualitySample.first == monday, QualitySample.drawn_by.is_(None))
    if not size or session.scalar(select(drawn)):
        return 0
    return len(draw(session, Period(monday, monday + WEEK - DAY), size, None, now))


def _alone(session: Session) -> None:
    """SQLite has one writer anyhow."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(DRAWING)))


def _pool(session: Session, span: Period) -> Pool:
    """By person and kind the cases that were never drawn; a case is whose who decided it last within the days."""
    pool: Pool = defaultdict(lambda: defaultdict(list))
    last = select(func.max(Event.id)).where(steps(session, span, DECISIONS)).group_by(Event.case_id)
    drawn = select(QualityItem.case_id)
    rows = session.execute(
        select(Event.account_id, Case.category_code, Case.id)
        .join(Case, Case.id == Event.case_id)
        .where(Event.id.in_(last), Case.id.not_in(drawn))
        .order_by(Case.id)
    )
    for account_id, category, case_id in rows:
        pool[str(account_id)][category or ""].append(case_id)
    touched = aliased(Event, name="touched")
    by_person = exists().where(Decision.case_id == Event.case_id, Decision.decided_by == "person") | exists().where(
        touched.case_id == Event.case_id,
        touched.role.in_([role.value for role in DESK]),
        touched.action.in_([action.value for action in DECISIONS]),
    )
    alone = session.execute(
        select(Case.category_code, Case.id)
        .join(Event, Event.case_id == Case.id)
        .where(
            within(Event.at, span),
            Event.action == Action.REFER.value,
            Event.role == Role.SYSTEM.value,
            ~by_person,
            Case.id.not_in(drawn),
        )
        .distinct()
        .order_by(Case.id)
    )
    for category, case_id in alone:
        pool[MACHINE][category or ""].append(case_id)
    return {whose: dict(found) for whose, found in pool.items()}
