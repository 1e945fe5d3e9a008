"""That an agency asks the desk to bring in another one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.agency import Agency
from complaints.domain.base import Base
from complaints.domain.referral import Referral

_OPEN = "settled_at IS NULL"


class JoinWish(Base):
    """Which agency is wanted, by whom and why; settled by the referral to it, or by the desk's no."""

    __tablename__ = "join_wish"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="has_reason"),
        CheckConstraint("(settled_at IS NULL) = (granted IS NULL)", name="settled_one_way"),
        Index(
            "ix_join_wish_one_open",
            "case_id",
            "agency_code",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"))
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"))
    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    granted: Mapped[bool | None]
    agency: Mapped[Agency] = relationship(lazy="joined")
    referral: Mapped[Referral] = relationship()
