"""When each entry of the timetable last ran: the place where a person sees that one stopped."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base


class ClockRun(Base):
    """One timetable entry's last run; `last_error` is empty after a good one."""

    __tablename__ = "clock_run"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")
