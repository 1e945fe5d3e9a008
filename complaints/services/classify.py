"""Classification of a filed case: short claim, work outside, short record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from complaints.domain import sign
from complaints.domain.actor import SYSTEM
from complaints.domain.agency import CENTRE, Agency, Category
from complaints.domain.attention import freezing
from complaints.domain.case import Case
from complaints.domain.identifier import Decision
from complaints.domain.lifecycle import Action, State
from complaints.domain.website import CATEGORY
from complaints.services import centre, deadlines, intake, link, refer, told
from complaints.services.websites import joining

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from classifiers.identifiers import Identifiers
    from classifiers.model import Prediction
    from classifiers.signs import Sign
    from complaints.domain.outbox import Promise

# Below this share of one the machine is not called sure of a category.
SURE = 0.9


@dataclass(frozen=True, slots=True)
class Material:
    """What the classifier needs of a case."""

    case_id: int
    text: str


def material(session: Session, promise: Promise) -> Material:
    """The text to classify."""
    case = session.get_one(Case, promise.case_id)
    return Material(case.id, case.story)


def _goes_by_itself(session: Session, case: Case, category: Category) -> bool:
    """May a case of this kind go to its agency without a person."""
    agency = session.get_one(Agency, category.agency_code)
    open_ways = category.active and category.auto_refer and agency.active and agency.code != CENTRE
    return open_ways and (category.code != CATEGORY or joining.verified(session, case))


def record(
    session: Session,
    promise: Promise,
    guess: Prediction,
    found: Identifiers,
    now: datetime,
    *,
    signs: Iterable[Sign],
) -> None:
    """Keep the machine's decision; refer the case by itself when that is safe, otherwise put it before a person.

    Safe means: the machine is sure, nothing is urgent, the complainant chose no other category and asked for no person,
    the category may be referred by itself and belongs to a partner; of websites, that a person has verified every one.
    """
    case = session.get_one(Case, promise.case_id)
    promise.keep(now, category=guess.category)
    urgent = guess.urgent or freezing(case, now)
    chosen = case.answers.get("chosen_category")
    category = session.get_one(Category, guess.category)
    profile = centre.profile(session)
    case.urgent = case.urgent or urgent
    sign.keep_read(case, ((row.kind, row.start, row.end) for row in signs))
    by_person = any(row.decided_by == "person" for row in case.decisions)
    case.unsure = not by_person and (guess.confidence < SURE or chosen not in {None, guess.category})
    link.keep_identifiers(session, case, told.with_answers(case, found), now)
    if case.category_code is None:
        case.final_by = deadlines.moved_final_by(profile, case, None, category)
        case.category_code = guess.category
    joining.follow(session, case, now)
    told_else = chosen not in {None, guess.category} or case.answers.get(intake.BY_HAND)
    sure = guess.auto and not urgent and not told_else and bool(profile.auto_refer)
    safe = sure and case.state == State.RECEIVED.value and _goes_by_itself(session, case, category)
    case.decisions.append(
        Decision(
            decided_by="machine",
            model_version=guess.version,
            category_code=guess.category,
            confidence=guess.confidence,
            second_code=guess.second,
            second_confidence=guess.second_confidence,
            evidence=[list(span) for span in guess.evidence],
            urgent=urgent,
            auto=safe,
            at=now,
        )
    )
    case.apply(
        Action.CLASSIFY,
        SYSTEM,
        now,
        category=guess.category,
        confidence=round(guess.confidence, 3),
        auto=safe,
        urgent=urgent,
    )
    if safe:
        refer.refer(session, case, [category.agency_code], SYSTEM, now)
    elif case.state == State.RECEIVED.value:
        case.apply(Action.QUEUE, SYSTEM, now)
