"""What was said about a case, and the files that came with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.base import Base, one_of

KINDS = ("message", "question", "reply", "note", "answer")
# What was found in a file: nobody looked yet, nothing, nothing but no antivirus was set, something that harms.
WAITING, CLEAN, UNSCANNED, QUARANTINED = "waiting", "clean", "unscanned", "quarantined"
VERDICTS = (WAITING, CLEAN, UNSCANNED, QUARANTINED)
# Why there is nothing to look at although the kind has a picture.
FLAWS = ("damaged", "too_many_pixels", "locked", "too_heavy")


class Message(Base):
    """One message. `public` messages are seen by the complainant; notes never are.

    A message of an agency names its referral; other agencies do not see the agency's notes. `folded` holds what came
    with the words and was not written anew: quotations and signature.
    """

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind_known"),
        CheckConstraint("kind <> 'note' OR NOT public", name="note_is_not_public"),
        Index("ix_message_case_id_id", "case_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    kind: Mapped[str] = mapped_column(String(20))
    role: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agency.code"))
    body: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text, default="")
    channel: Mapped[str] = mapped_column(String(20), default="web")
    public: Mapped[bool]
    at: Mapped[datetime]


class Attachment(Base):
    """A file, kept as it came; `sha256` is of the original bytes, `media_type` was sniffed, never believed.

    It belongs to a draft until the complaint is sent, afterwards to the case. Until a worker has looked into it, its
    `verdict` is `waiting` and nobody can open it; `threat` names what put it into quarantine. `shown_key` is the copy
    without hidden data, `thumb_key` the same small, `pages` how many a document has, `flaw` why there is no copy.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("case_id IS NOT NULL OR draft_id IS NOT NULL", name="belongs_somewhere"),
        CheckConstraint("size >= 0", name="size_not_negative"),
        CheckConstraint(one_of("verdict", VERDICTS), name="verdict_known"),
        CheckConstraint("(verdict = 'waiting') = (inspected_at IS NULL)", name="verdict_has_time"),
        CheckConstraint("(verdict = 'quarantined') = (threat <> '')", name="quarantine_has_threat"),
        CheckConstraint(
            "verdict IN ('clean', 'unscanned') OR (shown_key IS NULL AND thumb_key IS NULL)", name="shown_after_verdict"
        ),
        CheckConstraint("flaw = '' OR " + one_of("flaw", FLAWS), name="flaw_known"),
        CheckConstraint("pages IS NULL OR pages > 0", name="pages_counted"),
        Index("ix_attachment_case_id", "case_id"),
        Index("ix_attachment_draft_id", "draft_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"))
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id", ondelete="SET NULL"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    stored_key: Mapped[str] = mapped_column(String(200))
    shown_key: Mapped[str | None] = mapped_column(String(200))
    thumb_key: Mapped[str | None] = mapped_column(String(200))
    verdict: Mapped[str] = mapped_column(String(20), default=WAITING)
    threat: Mapped[str] = mapped_column(String(200), default="")
    flaw: Mapped[str] = mapped_column(String(20), default="")
    pages: Mapped[int | None]
    role: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(20), default="web")
    received_at: Mapped[datetime]
    inspected_at: Mapped[datetime | None]
    slips: Mapped[list[BankSlip]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    @property
    def opened(self) -> bool:
        """Was looked into, and may be opened by whoever may see it."""
        return self.verdict in {CLEAN, UNSCANNED}


class BankSlip(Base):
    """A transfer named by the QR code in a picture: the sending bank's three digits and its reference."""

    __tablename__ = "bank_slip"
    __table_args__ = (
        CheckConstraint("length(bank) = 3", name="bank_has_code"),
        CheckConstraint("reference <> ''", name="reference_named"),
        Index("ix_bank_slip_bank_reference", "bank", "reference"),
    )

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True)
    bank: Mapped[str] = mapped_column(String(3), primary_key=True)
    reference: Mapped[str] = mapped_column(String(40), primary_key=True)


class Draft(Base):
    """A complaint that is being written; the browser holds the token, the table its SHA-256.

    With `account_id` an agent is writing it down for a caller: nobody else sees it.
    """

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    data: Mapped[dict[str, object]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"))
