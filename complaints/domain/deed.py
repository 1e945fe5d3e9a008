"""Deeds: what one press of a button did with a case, and how the case stood before, so that it can be taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.account import Account
from complaints.domain.base import Base
from complaints.domain.case import Case

if TYPE_CHECKING:
    from complaints.domain.referral import Referral

# So long a deed's letters wait in the house: a letter that left cannot be called back.
HOLD = timedelta(minutes=2)
_MOMENTS = (
    "waiting_since",
    "triage_by",
    "final_by",
    "referred_at",
    "resolved_at",
    "closed_at",
    "heard_at",
    "refused_at",
    "silent_at",
    "escalated_at",
    "snoozed_until",
    "moved_at",
    "decide_by",
)
_PLAIN = (
    "state",
    "resume_state",
    "category_code",
    "lead_agency_code",
    "urgent",
    "unsure",
    "outcome",
    "resolution",
    "assignee_id",
    "refusals",
)
_OF_REFERRAL = ("acknowledged_at", "accepted_at", "ended_at", "acknowledge_by", "answer_by")


class Deed(Base):
    """One case's part of a batch: done, with the case's `version` after it, or refused, with the reason.

    `before` is how the case stood, `made` the ids of what came of it.
    """

    __tablename__ = "deed"
    __table_args__ = (
        UniqueConstraint("batch", "case_id"),
        CheckConstraint("undone_at IS NULL OR version IS NOT NULL", name="undone_was_done"),
        Index("ix_deed_case_id_id", "case_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[str] = mapped_column(String(32))
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    macro_id: Mapped[int | None] = mapped_column(ForeignKey("macro.id"))
    at: Mapped[datetime]
    moves: Mapped[list[Any]] = mapped_column(default=list)
    version: Mapped[int | None]
    refused: Mapped[dict[str, Any]] = mapped_column(default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made: Mapped[dict[str, Any]] = mapped_column(default=dict)
    undone_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship()
    account: Mapped[Account] = relationship()


def standing(case: Case) -> dict[str, Any]:
    """How a case stands, as JSON."""
    found: dict[str, Any] = {name: getattr(case, name) for name in _PLAIN}
    found |= {name: _told(getattr(case, name)) for name in _MOMENTS}
    found["referrals"] = {str(row.id): _referral(row) for row in case.referrals}
    return found


def read_standing(found: dict[str, Any]) -> tuple[dict[str, Any], dict[int, dict[str, Any]]]:
    """The values of the case and of its referrals, moments as moments.

    What a case did not know of itself when it was written down stays as it is.
    """
    case = {name: found[name] for name in _PLAIN if name in found}
    case |= {name: _read(found[name]) for name in _MOMENTS if name in found}
    referrals = {
        int(row_id): {"state": row["state"]} | {name: _read(row[name]) for name in _OF_REFERRAL}
        for row_id, row in found["referrals"].items()
    }
    return case, referrals


def _referral(row: Referral) -> dict[str, Any]:
    return {"state": row.state} | {name: _told(getattr(row, name)) for name in _OF_REFERRAL}


def _told(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
