"""Trusted parties that hand complaints over by machine: marketplaces, other hotlines."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base


class Scope(StrEnum):
    """What a token may do."""

    FILE = "file"
    READ = "read"


class ApiClient(Base):
    """One party and its token, of which the table holds only the SHA-256 and the first letters.

    `scopes` are `Scope` values. A token always ends by itself; `revoked_at` ends it at once.
    """

    __tablename__ = "api_client"
    __table_args__ = (
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("length(token_hash) = 64", name="has_hash"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token_start: Mapped[str] = mapped_column(String(12))
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]

    def lives(self, now: datetime) -> bool:
        """Does its token still open the door."""
        return self.revoked_at is None and now < self.expires_at
