"""Where a complainant can be reached, and what is known of each address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.inbound import ContactPoint
from complaints.domain.texting import mobile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.case import Case

EMAIL = "email"
SMS = "sms"
# Some platforms take words for somebody who blocked the centre without a word of it.
BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Way:
    """One address on one channel; `closed` says why nothing is to be brought there: its owner blocked the centre."""

    channel: str
    address: str
    closed: str = field(default="", compare=False)


def ways(session: Session, case: Case) -> list[Way]:
    """Where to write, best first: as chosen, where the complaint came from, other talks, e-mail, SMS; failed last."""
    points = known_points(session, case.person_id)
    failed = {(point.channel, point.address) for point in points if point.failed_at is not None}
    found = [
        Way(point.channel, point.address, BLOCKED if point.failure == BLOCKED else "")
        for point in points
        if point.channel not in {EMAIL, SMS} or point.chosen_at is not None
    ]
    if case.person.email and Way(EMAIL, case.person.email) not in found:
        found.append(Way(EMAIL, case.person.email))
    # Last: it costs, and holds one sentence.
    if number := mobile(case.person.phone):
        found.append(Way(SMS, number))
    newest = max((point for point in points if point.chosen_at is not None), key=_chosen, default=None)
    chosen = (newest.channel, newest.address) if newest is not None else None
    found.sort(
        key=lambda way: (
            (way.channel, way.address) in failed,
            (way.channel, way.address) != chosen,
            way.channel != case.channel,
        )
    )
    return found


def _chosen(point: ContactPoint) -> datetime:
    return point.chosen_at or point.created_at


def choose(session: Session, person_id: int, way: Way, now: datetime, account: str = "") -> ContactPoint:
    """Whoever proved the case writes from here and is written to here from now on; the other addresses stay known."""
    point = keep_point(session, person_id, way, now, account)
    point.heard_at = point.chosen_at = now
    return point


def known_points(session: Session, person_id: int) -> Sequence[ContactPoint]:
    """Every address that is kept for a person, the one heard from last first."""
    return session.scalars(
        select(ContactPoint)
        .where(ContactPoint.person_id == person_id)
        .order_by(ContactPoint.heard_at.desc().nulls_last(), ContactPoint.id)
    ).all()


def keep_point(session: Session, person_id: int, way: Way, now: datetime, account: str = "") -> ContactPoint:
    """The row of an address; made when it is new."""
    point = session.scalars(
        select(ContactPoint).where(
            ContactPoint.person_id == person_id,
            ContactPoint.channel == way.channel,
            ContactPoint.address == way.address,
        )
    ).first()
    if point is None:
        point = ContactPoint(
            person_id=person_id, channel=way.channel, address=way.address, account=account, created_at=now, failure=""
        )
        session.add(point)
    return point


def heard_from(session: Session, channel: str, address: str, now: datetime) -> None:
    """Somebody wrote from an address: whatever failed there before is over."""
    for point in points_at(session, channel, address):
        point.heard_at, point.failed_at, point.failure, point.failure_text = now, None, "", ""


def mark_failed(session: Session, person_id: int, way: Way, reason: str, text: str, now: datetime) -> ContactPoint:
    """Words could not be brought to an address, for a reason that is one of `channel.UNDELIVERABLE`."""
    point = keep_point(session, person_id, way, now)
    point.failed_at, point.failure, point.failure_text = now, reason, text[:2000]
    return point


def points_at(session: Session, channel: str, address: str) -> Sequence[ContactPoint]:
    """Everybody who is known to write from an address."""
    return session.scalars(
        select(ContactPoint).where(ContactPoint.channel == channel, ContactPoint.address == address)
    ).all()
