"""Identifiers that name a respondent: the same phone or account in several cases is one row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.base import Base, one_of

KINDS = ("phone", "bank_account", "promptpay", "url", "line_id")
MACHINE, PERSON = "machine", "person"
FINDERS = (MACHINE, PERSON)
# Why a person took an identifier out of a case; the last one was replaced by another in the same step.
DROP_REASONS = ("misread", "own", "bystander", "mistyped", "other", "changed")


class Identifier(Base):
    """One phone, account, PromptPay number, link or LINE ID in its normalised form; `bank` only for an account."""

    __tablename__ = "identifier"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind_known"),
        CheckConstraint("bank = '' OR kind = 'bank_account'", name="bank_only_for_account"),
        UniqueConstraint("kind", "bank", "value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    bank: Mapped[str] = mapped_column(String(20), default="")
    value: Mapped[str] = mapped_column(String(500), index=True)
    first_seen_at: Mapped[datetime]

    @property
    def shown(self) -> str:
        """As people read it: an account with its bank in front."""
        return f"{self.bank} {self.value}".strip()


class CaseIdentifier(Base):
    """That a case names an identifier; `found_by` a person or the machine."""

    __tablename__ = "case_identifier"
    __table_args__ = (CheckConstraint(one_of("found_by", FINDERS), name="found_by_known"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), primary_key=True)
    identifier_id: Mapped[int] = mapped_column(ForeignKey("identifier.id"), primary_key=True, index=True)
    found_by: Mapped[str] = mapped_column(String(10), default="machine")
    identifier: Mapped[Identifier] = relationship(lazy="joined")


class DroppedIdentifier(Base):
    """That a person took an identifier out of a case, and why: the machine never ties it to the case again."""

    __tablename__ = "dropped_identifier"
    __table_args__ = (CheckConstraint(one_of("reason", DROP_REASONS), name="reason_known"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), primary_key=True)
    identifier_id: Mapped[int] = mapped_column(ForeignKey("identifier.id"), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]


class Decision(Base):
    """What somebody held the case to be: the machine and people side by side, each with who and when."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("decided_by IN ('machine', 'person')", name="by_known"),
        CheckConstraint("(decided_by = 'machine') = (account_id IS NULL)", name="person_has_account"),
        CheckConstraint("decided_by = 'person' OR confidence IS NOT NULL", name="machine_has_confidence"),
        CheckConstraint("confidence IS NULL OR (confidence >= 0 AND confidence <= 1)", name="confidence_is_share"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), index=True)
    decided_by: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    model_version: Mapped[str] = mapped_column(String(40), default="")
    category_code: Mapped[str] = mapped_column(ForeignKey("category.code"))
    confidence: Mapped[float | None]
    second_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"))
    second_confidence: Mapped[float | None]
    evidence: Mapped[list[object]] = mapped_column(default=list)
    urgent: Mapped[bool] = mapped_column(default=False)
    auto: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(index=True)
