"""A second look at drawn cases: what waits, what was found, what was answered, and how it stands on the whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import case as either
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, raiseload

from complaints.domain.account import Account
from complaints.domain.agency import Category
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, NotAllowed, NotFound, StepImpossible
from complaints.domain.identifier import Decision
from complaints.domain.kpi.count import per_cent
from complaints.domain.lifecycle import OPEN_STATES, Action, State
from complaints.domain.policy import Permission, may
from complaints.domain.quality import NO, NONE, PARTLY, POINTS, SCORES, YES, QualityAnswer, QualityItem, QualityReview
from complaints.services import access, centre, deadlines
from complaints.services.learn import labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

LONGEST = 500
# How many stand on a page, and over how many days the averages go.
WAITING, LISTED, LOOK_BACK = 30, 15, timedelta(days=90)
_WORTH = {YES: 2, PARTLY: 1, NO: 0}


@dataclass(frozen=True, slots=True)
class Average:
    """Of one person, or of the machine without an account: the share of what was right, and of how many reviews."""

    account_id: int | None
    name: str
    reviews: int
    right: dict[str, Decimal | None]
    whole: Decimal | None


def waiting(session: Session, actor: Actor) -> Sequence[QualityItem]:
    """The drawn cases that nobody has reviewed yet, without the actor's own work, the oldest first."""
    reviewed = select(QualityReview.item_id)
    others = or_(QualityItem.account_id.is_(None), QualityItem.account_id != actor.account_id)
    query = _items().where(QualityItem.id.not_in(reviewed), others).order_by(QualityItem.id).limit(WAITING)
    return session.scalars(query).all()


def get(session: Session, item_id: int, actor: Actor) -> QualityItem:
    """One of them; one's own work is nobody's to review, and what was reviewed is done."""
    item = session.scalars(_items().where(QualityItem.id == item_id)).first()
    if item is None:
        raise NotFound(what="item")
    if item.account_id == actor.account_id:
        raise NotAllowed(action="review", role=actor.role.value)
    if session.get(QualityReview, item_id) is not None:
        raise StepImpossible(reason="reviewed_already")
    return item


def review(
    session: Session,
    item_id: int,
    scores: Mapping[str, str],
    comment: str,
    right_code: str,
    actor: Actor,
    now: datetime,
) -> QualityReview:
    """Keep what was found; a wrong kind is put right and becomes a labelled correction."""
    if not may(actor, Permission.FLOOR):
        raise NotAllowed(action="review", role=actor.role.value)
    # Locked, so that two supervisors do not find something in the same case at once.
    session.execute(select(QualityItem.id).where(QualityItem.id == item_id).with_for_update())
    item = get(session, item_id, actor)
    case = access.get_for_change(session, item.case.number, actor, None)
    for point in POINTS:
        allowed = SCORES if point != "category" else (YES, PARTLY, NO)
        if scores.get(point) not in allowed:
            raise InvalidInput(point, reason="choose_answer")
    words = comment.strip()
    if len(words) > LONGEST:
        raise InvalidInput("comment", reason="too_long", limit=LONGEST)
    if NO in scores.values() and not words:
        raise InvalidInput("comment", reason="say_why")
    right = _right(session, case, right_code) if scores["category"] == NO else None
    found = QualityReview(
        item_id=item.id,
        reviewer_id=actor.account_id,
        at=now,
        comment=words,
        right_code=right.code if right is not None else None,
        **{point: scores[point] for point in POINTS},
    )
    session.add(found)
    if right is not None:
        correct(session, case, right, actor, now)
    session.flush()
    return found


def correct(session: Session, case: Case, right: Category, actor: Actor, now: datetime) -> None:
    """Put another kind in force, whatever state the case is in.

    The step answers nobody: whoever waits for the desk still stands in its lists.
    """
    case.decisions.append(
        Decision(decided_by="person", account_id=actor.account_id, category_code=right.code, urgent=case.urgent, at=now)
    )
    if State(case.state) in OPEN_STATES:
        before = session.get(Category, case.category_code) if case.category_code else None
        case.final_by = deadlines.moved_final_by(centre.profile(session), case, before, right)
    case.category_code, case.unsure = right.code, False
    case.apply(Action.CORRECT, actor, now, category=right.code)
    labels.keep(session, case, actor, now)


def answer(session: Session, item_id: int, text: str, actor: Actor, now: datetime) -> None:
    """What whoever did the work says to its review, once."""
    session.execute(select(QualityItem.id).where(QualityItem.id == item_id).with_for_update())
    item, found = session.get(QualityItem, item_id), session.get(QualityReview, item_id)
    if item is None or found is None or item.account_id is None or item.account_id != actor.account_id:
        raise NotFound(what="review")
    words = text.strip()
    if not words:
        raise InvalidInput("text", reason="required")
    if len(words) > LONGEST:
        raise InvalidInput("text", reason="too_long", limit=LONGEST)
    if session.get(QualityAnswer, item_id) is not None:
        raise StepImpossible(reason="answered_once")
    session.add(QualityAnswer(item_id=item_id, at=now, text=words))


def reviews(session: Session, account_id: int | None = None) -> list[tuple[QualityReview, QualityAnswer | None]]:
    """The newest reviews with their answers, of everybody or of one person."""
    query = (
        select(QualityReview, QualityAnswer)
        .join(QualityItem, QualityItem.id == QualityReview.item_id)
        .outerjoin(QualityAnswer, QualityAnswer.item_id == QualityReview.item_id)
        .options(
            joinedload(QualityReview.reviewer).options(raiseload(Account.agency)),
            joinedload(QualityReview.item).options(
                joinedload(QualityItem.case).options(raiseload(Case.person)),
                joinedload(QualityItem.account).options(raiseload(Account.agency)),
            ),
        )
        .order_by(QualityReview.at.desc(), QualityReview.item_id.desc())
        .limit(LISTED)
    )
    if account_id is not None:
        query = query.where(QualityItem.account_id == account_id)
    return [(row[0], row[1]) for row in session.execute(query)]


def averages(session: Session, now: datetime, only: int | None = None) -> list[Average]:
    """Of everybody with a review within the look-back, the machine first; one query."""
    sums = [part for point in POINTS for part in _sums(getattr(QualityReview, point))]
    query = (
        select(QualityItem.account_id, Account.name, func.count(), *sums)
        .select_from(QualityReview)
        .join(QualityItem, QualityItem.id == QualityReview.item_id)
        .outerjoin(Account, Account.id == QualityItem.account_id)
        .where(QualityReview.at > now - LOOK_BACK)
        .group_by(QualityItem.account_id, Account.name)
        .order_by(QualityItem.account_id.is_not(None), Account.name)
    )
    if only is not None:
        query = query.where(QualityItem.account_id == only)
    return [_average(*row) for row in session.execute(query)]


def _sums(column: ColumnElement[str]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """What was reached, and what could have been where the point applied."""
    reached = either(*((column == score, worth) for score, worth in _WORTH.items()), else_=0)
    return func.sum(reached), func.sum(either((column == NONE, 0), else_=_WORTH[YES]))


def _average(account_id: int | None, name: str | None, reviews: int, *sums: int) -> Average:
    pairs = {point: (int(sums[2 * at]), int(sums[2 * at + 1])) for at, point in enumerate(POINTS)}
    whole = per_cent(sum(pair[0] for pair in pairs.values()), sum(pair[1] for pair in pairs.values()))
    return Average(account_id, name or "", reviews, {key: per_cent(*pair) for key, pair in pairs.items()}, whole)


def _items() -> Select[QualityItem]:
    return select(QualityItem).options(
        joinedload(QualityItem.sample),
        joinedload(QualityItem.account).options(raiseload(Account.agency)),
        joinedload(QualityItem.case),
    )


def _right(session: Session, case: Case, code: str) -> Category:
    category = session.get(Category, code)
    if category is None or not category.active or code == case.category_code:
        raise InvalidInput("right_code", reason="choose_right_category")
    return category
