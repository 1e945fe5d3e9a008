"""One person over several channels: suggested by what cases have in common, joined and parted by people of the desk.

Joining is how the desk looks at cases. It gives nobody a right and sends nothing anywhere: every complainant keeps the
own case, number, secret and addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from complaints.domain.audit import Change
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.inbound import ContactPoint
from complaints.domain.person import Person
from complaints.domain.policy import visible_to
from complaints.domain.same import SamePerson
from complaints.services import access, audit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

MOST = 10
# Joined persons that one look follows; more is somebody's mistake.
MOST_JOINED = 50


@dataclass(frozen=True, slots=True)
class Alike:
    """Another case, and by what its complainant seems to be the same; `joined` when the desk holds so."""

    case: Case
    signs: tuple[str, ...]
    joined: bool


def of_case(session: Session, case: Case, actor: Actor) -> list[Alike]:
    """Cases of the same person as far as the actor may see them: first the joined, then the suggested, newest first."""
    joined = joined_with(session, case.person_id)
    signs = signs_of(session, case.person)
    ids = (joined | signs.keys()) - {case.person_id}
    rows = session.scalars(
        select(Case)
        .where(Case.person_id.in_(ids), Case.id != case.id, visible_to(actor))
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(MOST_JOINED)
    ).all()
    found = [Alike(row, tuple(signs.get(row.person_id, ())), row.person_id in joined) for row in rows]
    return sorted(found, key=lambda row: not row.joined)[:MOST]


def signs_of(session: Session, person: Person) -> dict[int, list[str]]:
    """Who else has the same telephone, mail address, LINE ID, or account on a channel."""
    conditions = {
        "phone": Person.phone == person.phone if person.phone else None,
        "email": Person.email.in_({person.email, person.email.lower()}) if person.email else None,
        "line_id": Person.line_id == person.line_id if person.line_id else None,
    }
    found: dict[int, list[str]] = {}
    for sign, condition in conditions.items():
        if condition is not None:
            for other in session.scalars(select(Person.id).where(condition, Person.id != person.id).limit(MOST_JOINED)):
                found.setdefault(other, []).append(sign)
    mine, theirs = aliased(ContactPoint), aliased(ContactPoint)
    points = (
        select(theirs.person_id)
        .join(mine, (mine.channel == theirs.channel) & (mine.address == theirs.address))
        .where(mine.person_id == person.id, theirs.person_id != person.id)
        .distinct()
        .limit(MOST_JOINED)
    )
    for other in session.scalars(points):
        found.setdefault(other, []).append("account")
    return found


def one_person(session: Session, case: Case, other: Case) -> bool:
    """Are the complainants of two cases one, by what they have in common or because the desk holds so."""
    if other.person_id == case.person_id or other.person_id in signs_of(session, case.person):
        return True
    return other.person_id in joined_with(session, case.person_id)


def joined_with(session: Session, person_id: int) -> set[int]:
    """Everybody whom the desk holds to be this person, directly or over others; without the person itself."""
    found, fresh = {person_id}, {person_id}
    while fresh and len(found) < MOST_JOINED:
        rows = session.execute(
            select(SamePerson.one_id, SamePerson.other_id).where(
                SamePerson.parted_at.is_(None), or_(SamePerson.one_id.in_(fresh), SamePerson.other_id.in_(fresh))
            )
        )
        fresh = {one for pair in rows for one in pair} - found
        found |= fresh
    return found - {person_id}


def join(session: Session, case: Case, number: str, actor: Actor, now: datetime) -> None:
    """Hold the complainants of two cases to be one person; saying it twice changes nothing."""
    other = _other(session, number, actor)
    if other.person_id == case.person_id:
        raise InvalidInput("other", reason="same_already")
    one_id, other_id = sorted((case.person_id, other.person_id))
    # Locked in order, so that two who join the same pair at once make one row.
    _lock(session, (one_id, other_id))
    if _standing(session, [case.person_id], [other.person_id]):
        return
    session.add(SamePerson(one_id=one_id, other_id=other_id, joined_at=now, joined_by_id=actor.account_id or 0))
    session.flush()
    audit.record(session, Change.PERSONS_JOINED, case.number, actor, now, after={"case": other.number})


def part(session: Session, case: Case, number: str, actor: Actor, now: datetime) -> None:
    """Take a joining back: whatever holds the other case's complainant to this one's group."""
    other = _other(session, number, actor)
    group = joined_with(session, case.person_id) | {case.person_id}
    _lock(session, sorted(group))
    rows = _standing(session, [other.person_id], group - {other.person_id})
    for row in rows:
        row.parted_at, row.parted_by_id = now, actor.account_id
    if rows:
        audit.record(session, Change.PERSONS_PARTED, case.number, actor, now, after={"case": other.number})


def _other(session: Session, number: str, actor: Actor) -> Case:
    try:
        return access.get_case(session, number, actor)
    except NotFound:
        raise InvalidInput("other", reason="no_such_case") from None


def _lock(session: Session, ids: Iterable[int]) -> None:
    session.execute(select(Person.id).where(Person.id.in_(sorted(ids))).order_by(Person.id).with_for_update())


def _standing(session: Session, ones: Iterable[int], others: Iterable[int]) -> Sequence[SamePerson]:
    ones, others = list(ones), list(others)
    return session.scalars(
        select(SamePerson).where(
            SamePerson.parted_at.is_(None),
            or_(
                SamePerson.one_id.in_(ones) & SamePerson.other_id.in_(others),
                SamePerson.one_id.in_(others) & SamePerson.other_id.in_(ones),
            ),
        )
    ).all()
