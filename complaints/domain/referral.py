"""A referral: a case, or part of it, handed to one agency, with its own receipt, clock and outcome."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.account import Account
from complaints.domain.agency import Agency
from complaints.domain.base import MONEY, Base, one_of
from complaints.domain.lifecycle import OPEN_REFERRALS, ReferralState
from complaints.domain.office import Office

OUTCOMES = (
    "refunded_full",
    "refunded_part",
    "replaced",
    "explained",
    "website_blocked",
    "account_frozen",
    "case_filed",
    "no_agreement",
    "not_within_authority",
    "insufficient_evidence",
)

_OPEN = one_of("state", sorted(state.value for state in OPEN_REFERRALS))


class Referral(Base):
    """One agency's part. Money is in satang. Only `Case.apply()` writes `state`.

    Inside the agency it lies with an `office`, or with the agency as a whole, and there with an `assignee` or nobody.
    """

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint(one_of("state", [state.value for state in ReferralState]), name="state_known"),
        CheckConstraint(one_of("outcome", OUTCOMES) + " OR outcome IS NULL", name="outcome_known"),
        CheckConstraint(
            "state NOT IN ('acknowledged', 'accepted', 'answered', 'returned') OR acknowledged_at IS NOT NULL",
            name="receipt_has_time",
        ),
        CheckConstraint(
            "state NOT IN ('accepted', 'answered', 'returned') OR accepted_at IS NOT NULL", name="acceptance_has_time"
        ),
        CheckConstraint("state <> 'answered' OR outcome IS NOT NULL", name="answer_has_outcome"),
        CheckConstraint("state NOT IN ('declined', 'returned') OR reason <> ''", name="refusal_has_reason"),
        CheckConstraint(f"({_OPEN}) = (ended_at IS NULL)", name="open_until_ended"),
        CheckConstraint("recovered IS NULL OR recovered >= 0", name="recovered_not_negative"),
        Index(
            "ix_referral_one_open",
            "case_id",
            "agency_code",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index("ix_referral_agency_state", "agency_code", "state"),
        # The record of an agency is read over the days of these moments.
        *(Index(f"ix_referral_{moment}", moment) for moment in ("sent_at", "acknowledge_by", "answer_by", "ended_at")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), index=True)
    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"))
    state: Mapped[str] = mapped_column(String(20))
    sent_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    acknowledge_by: Mapped[datetime]
    answer_by: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str | None] = mapped_column(String(30))
    answer: Mapped[str] = mapped_column(Text, default="")
    recovered: Mapped[int | None] = mapped_column(MONEY)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    agency: Mapped[Agency] = relationship(lazy="joined")
    office: Mapped[Office | None] = relationship()
    assignee: Mapped[Account | None] = relationship()

    @property
    def is_open(self) -> bool:
        """The agency still has it."""
        return ReferralState(self.state) in OPEN_REFERRALS
