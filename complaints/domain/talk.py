"""Talks: the guided conversation with one account on one channel, and what was said in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base, one_of

PERSON, CENTRE = "person", "centre"
# Where words show the complainant's secret: it stands nowhere in clear.
SECRET_HOLE = "\ue000"  # noqa: S105 - a hole, no secret
_OPEN = "ended_at IS NULL"


class Talk(Base):
    """One conversation; of those with an account only the newest is open.

    `step` is what was asked last, `open` once the words join a case. `submission` names the complaint that comes of it,
    from which its secret is made. What is written so far lies in the draft; `data` is what only the talk needs.
    `heard_at` is when the other side said its last words, `changed_at` when they were taken.
    """

    __tablename__ = "talk"
    __table_args__ = (
        CheckConstraint("language IN ('th', 'en')", name="language_known"),
        CheckConstraint("step <> ''", name="step_named"),
        CheckConstraint("step <> 'open' OR case_id IS NOT NULL", name="open_has_case"),
        Index(
            "ix_talk_open",
            "channel",
            "address",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index("ix_talk_changed_at", "changed_at"),
        Index("ix_talk_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(300))
    language: Mapped[str] = mapped_column(String(2), default="th")
    step: Mapped[str] = mapped_column(String(20))
    submission: Mapped[str] = mapped_column(String(64), unique=True)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id", ondelete="SET NULL"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class TalkLine(Base):
    """One thing that was said. `mark` is the other side's own name of the message, by which it may be taken back.

    `choices` are the quick replies that stood under it, as pairs of value and label.
    """

    __tablename__ = "talk_line"
    __table_args__ = (CheckConstraint(one_of("who", (PERSON, CENTRE)), name="who_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    talk_id: Mapped[int] = mapped_column(ForeignKey("talk.id"), index=True)
    who: Mapped[str] = mapped_column(String(10))
    body: Mapped[str] = mapped_column(Text)
    choices: Mapped[list[Any]] = mapped_column(default=list)
    mark: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]
