"""Systems that come in by machine: marketplaces and hotlines hand over, agencies work on their referrals."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.base import Base


class Scope(StrEnum):
    """What a client may do; what is of referrals needs an agency."""

    FILE = "file"
    READ = "read"
    OPEN311 = "open311"
    REFERRALS_READ = "referrals:read"
    REFERRALS_WRITE = "referrals:write"
    PERSONS_READ = "persons:read"


OF_AGENCIES = frozenset({Scope.REFERRALS_READ, Scope.REFERRALS_WRITE, Scope.PERSONS_READ})


class ApiClient(Base):
    """One system; `scopes` are `Scope` values, `agency_code` the agency as which it acts; `revoked_at` ends it."""

    __tablename__ = "api_client"
    __table_args__ = (CheckConstraint("name <> ''", name="has_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agency.code"))
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    tokens: Mapped[list[ApiToken]] = relationship(order_by="ApiToken.id", back_populates="client")

    def living(self, now: datetime) -> list[ApiToken]:
        """The tokens that open the door: two while the system changes from one to the next."""
        return [token for token in self.tokens if token.lives(now)] if self.revoked_at is None else []


class ApiToken(Base):
    """A key of a client, of which the table holds only the SHA-256 and the first letters.

    It ends by itself; `ended_at` ends it at once.
    """

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint("length(token_hash) = 64", name="has_hash"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("api_client.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token_start: Mapped[str] = mapped_column(String(12))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    client: Mapped[ApiClient] = relationship(back_populates="tokens")

    def lives(self, now: datetime) -> bool:
        """Does it open the door, if its client still may."""
        return self.ended_at is None and now < self.expires_at


class ApiAnswer(Base):
    """What a client was told under an idempotency key; written in the transaction of the change that it tells.

    So a try that broke off has left neither. `fingerprint` is the SHA-256 of what was asked.
    """

    __tablename__ = "api_answer"
    __table_args__ = (
        CheckConstraint("length(fingerprint) = 64", name="has_fingerprint"),
        Index("ix_api_answer_at", "at"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey("api_client.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    status: Mapped[int] = mapped_column(default=0)
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    body: Mapped[str] = mapped_column(Text, default="")


class AgencyFeed(Base):
    """How many changes an agency was given. Its row is locked by whoever numbers, until that is committed."""

    __tablename__ = "agency_feed"
    __table_args__ = (CheckConstraint("last >= 0", name="last_not_negative"),)

    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class AgencyChange(Base):
    """One event of a case as an agency is told of it: numbered from 1 without a gap, in the order of the commits.

    `state` is where the agency's referral stood after it.
    """

    __tablename__ = "agency_change"
    __table_args__ = (
        Index("ix_agency_change_referral_id", "referral_id"),
        Index("ix_agency_change_event_id", "event_id"),
    )

    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"))
    state: Mapped[str] = mapped_column(String(20))
