"""Agencies and categories: data that an administrator changes, never code."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base

CENTRE = "CENTRE"


class Agency(Base):
    """A partner that acts on referrals; the centre itself is one."""

    __tablename__ = "agency"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    short_th: Mapped[str] = mapped_column(String(50))
    email: Mapped[str] = mapped_column(String(200), default="")
    active: Mapped[bool] = mapped_column(default=True)
    joined_on: Mapped[date | None]

    def name(self, language: str) -> str:
        """What it is called."""
        return self.name_th if language == "th" else self.name_en


class Category(Base):
    """What a problem is; `agency_code` is where it goes, `group_code` is the scope of the official indicators.

    Deadlines are working days for the two receipts and calendar days for the answers; None takes the centre's.
    """

    __tablename__ = "category"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"))
    group_code: Mapped[str] = mapped_column(String(40))
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    auto_refer: Mapped[bool] = mapped_column(default=True)
    answer_days: Mapped[int | None]
    final_days: Mapped[int | None]

    def name(self, language: str) -> str:
        """What it is called."""
        return self.name_th if language == "th" else self.name_en


class Holiday(Base):
    """A day on which offices rest; the operator adds and removes them."""

    __tablename__ = "holiday"

    day: Mapped[date] = mapped_column(primary_key=True)
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")


class CentreText(Base):
    """A setting of the centre that an administrator edits: its name, contacts, targets and deadlines."""

    __tablename__ = "centre_text"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(String(2000))
    changed_at: Mapped[datetime]
