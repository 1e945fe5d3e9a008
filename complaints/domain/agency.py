"""Agencies and categories: data that an administrator changes, never code."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base

CENTRE = "CENTRE"


class Agency(Base):
    """A partner that acts on referrals; the centre itself is one.

    `acknowledge_days` (working days) and `answer_days` (calendar days) are what it agreed to; None takes the centre's.
    What goes to an agency `by_letter` is written on paper and mailed; `email_failed_at` is when a mail to it came back.
    """

    __tablename__ = "agency"
    __table_args__ = (CheckConstraint("NOT by_letter OR email <> ''", name="letters_have_address"),)

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    short_th: Mapped[str] = mapped_column(String(50))
    email: Mapped[str] = mapped_column(String(200), default="")
    active: Mapped[bool] = mapped_column(default=True)
    joined_on: Mapped[date | None]
    acknowledge_days: Mapped[int | None]
    answer_days: Mapped[int | None]
    by_letter: Mapped[bool] = mapped_column(default=False)
    email_failed_at: Mapped[datetime | None]

    def name(self, language: str) -> str:
        """What it is called."""
        return self.name_th if language == "th" else self.name_en


class Category(Base):
    """What a problem is; `agency_code` is where it goes, `group_code` is the scope of the official indicators.

    `triage_days` are working days, the days of the answers calendar days; None takes the centre's.
    """

    __tablename__ = "category"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"))
    group_code: Mapped[str] = mapped_column(String(40))
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    auto_refer: Mapped[bool] = mapped_column(default=True)
    triage_days: Mapped[int | None]
    answer_days: Mapped[int | None]
    final_days: Mapped[int | None]

    def name(self, language: str) -> str:
        """What it is called."""
        return self.name_th if language == "th" else self.name_en


class Holiday(Base):
    """A day on which offices rest, or its afternoon only (`half`); the operator adds and removes them."""

    __tablename__ = "holiday"

    day: Mapped[date] = mapped_column(primary_key=True)
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    half: Mapped[bool] = mapped_column(default=False)


class CentreText(Base):
    """A setting of the centre that an administrator edits: its name, contacts, targets and deadlines."""

    __tablename__ = "centre_text"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(String(2000))
    changed_at: Mapped[datetime]
