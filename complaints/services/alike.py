"""Cases that seem to be this one again: the same matter reported twice, the same story told by another, one respondent.

Everything is found by look-ups in indexes, each cut off at the newest; how far two stories are the same is measured
exactly for the few that were found.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, union_all
from sqlalchemy.orm import raiseload

from classifiers.resemblance import resemblance
from complaints.domain.case import Case
from complaints.domain.identifier import CaseIdentifier
from complaints.domain.lifecycle import State
from complaints.domain.policy import visible_to
from complaints.domain.search import StoryMark
from complaints.services import joined, same, tie
from complaints.services.evidence import ties

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

# Two stories that share half of all their pieces of three signs are one story told twice.
SAME_STORY = 0.5
# Whoever tells the own story again finds other words for it.
OWN_STORY = 0.3
MOST = 6
# Of those that have nothing but the respondent in common the page of the identifier tells more.
MOST_OF_RESPONDENT = 3
# How far back one mark, or one identifier, is followed.
NEWEST = 60
# How many candidates are measured.
MEASURED = 12
MOST_IDENTIFIERS = 20


class Kind(StrEnum):
    """What two cases seem to be to each other, the nearest first."""

    TWICE = "twice"
    STORY = "story"
    RESPONDENT = "respondent"


@dataclass(frozen=True, slots=True)
class Alike:
    """Another case and everything that it has in common with this one; `story` is the share of the words."""

    case: Case
    kind: Kind
    story: float
    named: tuple[str, ...]
    person: tuple[str, ...]
    slip: bool


@dataclass(slots=True)
class _Found:
    """What the look-ups found, by the number of the other case's row."""

    marks: Counter[int] = field(default_factory=Counter)
    named: dict[int, list[str]] = field(default_factory=dict)
    slips: set[str] = field(default_factory=set)


def of_case(session: Session, case: Case, actor: Actor) -> list[Alike]:
    """What the desk should look at beside this case; what it has tied, told apart or merged already is left out."""
    if case.state == State.MERGED.value:
        return []
    found = _Found(_marked_alike(session, case), _naming_the_same(session, case))
    found.slips = {row.number for row in ties.same_slips(session, case, actor)}
    persons = same.signs_of(session, case.person)
    settled = {case.id, *tie.settled(session, case), *(row.id for row in joined.cases_below(session, case))}
    conditions = [visible_to(actor), Case.id.not_in(settled), Case.state != State.MERGED.value]
    likely = or_(
        Case.id.in_(_likeliest(found)), Case.number.in_(found.slips), Case.person_id.in_([case.person_id, *persons])
    )
    query = select(Case).where(likely, *conditions).options(raiseload(Case.person))
    rows = session.scalars(query.order_by(Case.id.desc()).limit(NEWEST)).all()
    judged = (_judge(case, row, found, persons) for row in rows)
    return _best(row for row in judged if row is not None)


def _likeliest(found: _Found) -> list[int]:
    """The newest of those with the same respondent, and those whose stories have the most marks in common."""
    return [*sorted(found.named, reverse=True)[: MEASURED * 2], *(row for row, _ in found.marks.most_common(MEASURED))]


def _judge(case: Case, other: Case, found: _Found, persons: dict[int, list[str]]) -> Alike | None:
    person = ("person",) if other.person_id == case.person_id else tuple(persons.get(other.person_id, ()))
    named, slip = tuple(found.named.get(other.id, ())), other.number in found.slips
    story = resemblance(case.story, other.story) if found.marks[other.id] or person else 0.0
    told_again = story >= (OWN_STORY if person else SAME_STORY)
    if person and (told_again or named or slip):
        kind = Kind.TWICE
    elif told_again or slip:
        kind = Kind.STORY
    elif named:
        kind = Kind.RESPONDENT
    else:
        return None
    return Alike(other, kind, story if told_again else 0.0, named, person, slip)


def _best(rows: Iterable[Alike]) -> list[Alike]:
    nearest = list(Kind)
    ordered = sorted(rows, key=lambda row: (nearest.index(row.kind), -row.story, -len(row.named), -row.case.id))
    kept = [row for row in ordered if row.kind is not Kind.RESPONDENT]
    return [*kept, *[row for row in ordered if row.kind is Kind.RESPONDENT][:MOST_OF_RESPONDENT]][:MOST]


def _marked_alike(session: Session, case: Case) -> Counter[int]:
    """How many marks the stories of other cases have in common with this one."""
    own = session.scalars(select(StoryMark.mark).where(StoryMark.case_id == case.id)).all()
    if not own:
        return Counter()
    looks = [
        _newest(select(StoryMark.case_id).where(StoryMark.mark == mark, StoryMark.case_id != case.id)) for mark in own
    ]
    return Counter(session.scalars(union_all(*looks)))


def _naming_the_same(session: Session, case: Case) -> dict[int, list[str]]:
    """Which of this case's identifiers other cases name too."""
    own = {row.identifier_id: row.identifier for row in case.identifiers}
    own |= {row.identifier_id: row.identifier for row, _ in joined.named_below(session, case)}
    if not own:
        return {}
    looks = [
        _newest(
            select(CaseIdentifier.case_id, CaseIdentifier.identifier_id).where(
                CaseIdentifier.identifier_id == identifier_id, CaseIdentifier.case_id != case.id
            )
        )
        for identifier_id in sorted(own)[:MOST_IDENTIFIERS]
    ]
    named: dict[int, list[str]] = {}
    for case_id, identifier_id in session.execute(union_all(*looks)):
        named.setdefault(case_id, []).append(own[identifier_id].shown)
    return named


def _newest(rows: Select[*tuple[int, ...]]) -> Select[*tuple[int, ...]]:
    """The newest of one look-up alone: whatever else is common, no look reads more."""
    first = rows.selected_columns[0]
    return select(rows.order_by(first.desc()).limit(NEWEST).subquery())
