"""What was said about a case, and the files that came with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base, one_of

KINDS = ("message", "question", "reply", "note", "answer")


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

    It belongs to a draft until the complaint is sent, afterwards to the case. `shown_key` is the copy without hidden
    data.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("case_id IS NOT NULL OR draft_id IS NOT NULL", name="belongs_somewhere"),
        CheckConstraint("size >= 0", name="size_not_negative"),
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
    role: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(20), default="web")
    received_at: Mapped[datetime]


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
