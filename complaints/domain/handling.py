"""How the desk shares its cases out: who watches one, who looks at it now, what somebody was about to write."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.account import Account
from complaints.domain.base import Base

# Whoever was not heard of for so long is gone.
PRESENT = timedelta(minutes=1)


class Watch(Base):
    """That somebody of the desk wants to see how a case goes on; a private mark, no step of the case."""

    __tablename__ = "case_watch"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), primary_key=True, index=True)
    since: Mapped[datetime]


class Presence(Base):
    """That somebody looks at a case, or writes something there."""

    __tablename__ = "case_presence"
    __table_args__ = (Index("ix_case_presence_seen_at", "seen_at"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    seen_at: Mapped[datetime]
    typed_at: Mapped[datetime | None]
    account: Mapped[Account] = relationship()


class CaseDraft(Base):
    """What somebody of the desk typed into one of a case's forms and has not sent; nobody else sees it."""

    __tablename__ = "case_draft"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), primary_key=True, index=True)
    verb: Mapped[str] = mapped_column(String(20), primary_key=True)
    data: Mapped[dict[str, object]] = mapped_column(default=dict)
    changed_at: Mapped[datetime]
