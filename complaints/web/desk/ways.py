"""Where an answer can still reach the complainant: windows that close, addresses that failed, accounts that blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from complaints.channels import registry
from complaints.domain.thai_time import show_datetime
from complaints.services import reach
from complaints.web.language import language, t

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.domain.inbound import ContactPoint

CLOSED = "window_closed"


def ways(session: Session, case: Case, now: datetime) -> list[dict[str, Any]]:
    """One line for every address that failed or that may be written to for a limited time only."""
    points = list(reach.known_points(session, case.person_id))
    instead = _instead(session, case, [point for point in points if _why(point, now)])
    return [line for point in points if (line := _line(point, instead, now)) is not None]


def _why(point: ContactPoint, now: datetime) -> str:
    """Why nothing can be brought to an address now, or the empty text."""
    if point.failure:
        return point.failure
    until = _until(point)
    return CLOSED if until is not None and until <= now else ""


def _until(point: ContactPoint) -> datetime | None:
    channel = registry.known().get(point.channel)
    if channel is None or channel.window is None or point.heard_at is None:
        return None
    return point.heard_at + channel.window


def _line(point: ContactPoint, instead: str, now: datetime) -> dict[str, Any] | None:
    name, why, until = registry.name(point.channel, language()), _why(point, now), _until(point)
    if why:
        when = show_datetime(point.failed_at or until or now, language())
        return {"tone": "waiting", "text": t(f"desk.way.{why}", channel=name, when=when, instead=instead)}
    if until is not None:
        when = show_datetime(until, language())
        return {"tone": "info", "text": t("desk.way.open", channel=name, when=when)}
    return None


def _instead(session: Session, case: Case, shut: list[ContactPoint]) -> str:
    """The first way that is left, in words."""
    closed = {(point.channel, point.address) for point in shut}
    for way in reach.ways(session, case):
        channel = registry.known().get(way.channel)
        if channel is not None and channel.send is not None and (way.channel, way.address) not in closed:
            return channel.name(language())
    return t("desk.way.page")
