"""Mass cases: one respondent, many complainants, each with the own case and the own outcome."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.account import Account
from complaints.domain.base import Base, one_of

# Why a case left: its complainant wants it to go on alone, or it never belonged there.
WISH, MISTAKE = "wish", "mistake"
LEFT_REASONS = (WISH, MISTAKE)
_STANDS = "left_at IS NULL"


class MassCase(Base):
    """Many cases against one respondent, named by it."""

    __tablename__ = "mass_case"
    __table_args__ = (CheckConstraint("name <> ''", name="named"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))


class MassMember(Base):
    """That a case belongs to a mass case, until it leaves. Rows are never deleted; a case stands in one at a time."""

    __tablename__ = "mass_member"
    __table_args__ = (
        CheckConstraint("(left_at IS NULL) = (left_reason = '')", name="left_for_a_reason"),
        CheckConstraint("left_reason = '' OR " + one_of("left_reason", LEFT_REASONS), name="reason_known"),
        Index(
            "ix_mass_member_once", "case_id", unique=True, sqlite_where=text(_STANDS), postgresql_where=text(_STANDS)
        ),
        Index("ix_mass_member_cases", "mass_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mass_id: Mapped[int] = mapped_column(ForeignKey("mass_case.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"))
    joined_at: Mapped[datetime]
    joined_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    left_at: Mapped[datetime | None]
    left_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    left_reason: Mapped[str] = mapped_column(String(20), default="")


class MassLetter(Base):
    """One letter to every complainant of a mass case; `token` is the form's, so that sending twice writes one."""

    __tablename__ = "mass_letter"
    __table_args__ = (
        CheckConstraint("text_th <> ''", name="said_in_thai"),
        Index("ix_mass_letter_mass_id", "mass_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mass_id: Mapped[int] = mapped_column(ForeignKey("mass_case.id"))
    token: Mapped[str] = mapped_column(String(64), unique=True)
    text_th: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text, default="")
    written_at: Mapped[datetime]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    finished_at: Mapped[datetime | None]
    written_by: Mapped[Account] = relationship(lazy="raise_on_sql")


class MassDelivery(Base):
    """That a letter was written into a case: the database refuses the second."""

    __tablename__ = "mass_delivery"

    letter_id: Mapped[int] = mapped_column(ForeignKey("mass_letter.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
