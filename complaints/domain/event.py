"""The timeline: what happened to a case, written once and never changed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from complaints.domain.base import Base
from complaints.domain.referral import Referral

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


class Event(Base):
    """One step that was taken. `version` is the case's version after it, so that a stale reader sees what came since.

    `data` holds codes and numbers, never a citizen's words or contacts: it outlives an erased person.
    """

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_case_id_id", "case_id", "id"), Index("ix_event_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"))
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(30))
    role: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agency.code"))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    from_state: Mapped[str | None] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    public: Mapped[bool]
    version: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    referral: Mapped[Referral | None] = relationship()


class TimelineIsAppendOnly(RuntimeError):  # noqa: N818 - names the law that was broken
    """Somebody tried to change or delete an event."""


def _refuse(_mapper: Mapper[Any], _connection: Connection, target: Event) -> None:
    msg = f"event {target.id} cannot be changed: the timeline only grows"
    raise TimelineIsAppendOnly(msg)


event.listen(Event, "before_update", _refuse)
event.listen(Event, "before_delete", _refuse)
