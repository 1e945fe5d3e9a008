"""Offices inside an agency (a division, a province) and what goes to which: data that the agency itself keeps."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.base import Base

# How deep offices may lie below one another; keeps the path within its column.
DEEPEST = 6


class Office(Base):
    """One office; `path` is `/1/4/`: the offices above it and its own number, so that what lies below is one prefix."""

    __tablename__ = "office"
    __table_args__ = (
        CheckConstraint("name_th <> ''", name="has_name"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_below_itself"),
        UniqueConstraint("agency_code", "name_th"),
        Index("ix_office_path", "path"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    path: Mapped[str] = mapped_column(String(200))
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def depth(self) -> int:
        """How many offices lie above it."""
        return self.path.count("/") - 2

    def name(self, language: str) -> str:
        """What it is called; an agency may name it in Thai alone."""
        return self.name_en if language == "en" and self.name_en else self.name_th

    def holds(self, other: Office) -> bool:
        """Is the other one this office, or below it."""
        return other.path.startswith(self.path)


class OfficeRoute(Base):
    """Which referrals go to an office by themselves; empty text in a dimension means any."""

    __tablename__ = "office_route"
    __table_args__ = (
        CheckConstraint("category_code <> '' OR province <> ''", name="names_something"),
        UniqueConstraint("agency_code", "category_code", "province"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"))
    category_code: Mapped[str] = mapped_column(String(40), default="")
    province: Mapped[str] = mapped_column(String(2), default="")
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    office: Mapped[Office] = relationship(lazy="joined")
