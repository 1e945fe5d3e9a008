"""When an officer of an agency is away, and who stands in."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.account import Account
from complaints.domain.base import Base


class Absence(Base):
    """From the first to the last day, both counted; without a deputy the work waits for anybody of the office.

    It is never deleted: `ended_at` says when somebody came back sooner or took it back.
    """

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("first <= last", name="days_in_order"),
        CheckConstraint("deputy_id IS NULL OR deputy_id <> account_id", name="not_own_deputy"),
        Index("ix_absence_account_id_last", "account_id", "last"),
        Index("ix_absence_deputy_id_last", "deputy_id", "last"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    first: Mapped[date]
    last: Mapped[date]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    account: Mapped[Account] = relationship(foreign_keys=[account_id], lazy="joined")
    deputy: Mapped[Account | None] = relationship(foreign_keys=[deputy_id], lazy="joined")
