"""Public warnings: what the centre tells everybody on the first page while it is valid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base


class PublicWarning(Base):
    """One warning in both languages, valid from a moment until another."""

    __tablename__ = "public_warning"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("text_th <> '' AND text_en <> ''", name="said_in_both"),
        Index("ix_public_warning_ends_at", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    text_th: Mapped[str] = mapped_column(String(500))
    text_en: Mapped[str] = mapped_column(String(500))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    made_at: Mapped[datetime]
