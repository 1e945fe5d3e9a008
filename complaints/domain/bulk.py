"""A filled-in sheet of an agency: what each of its rows asks for, and what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.base import MONEY, Base, one_of

# What a row may ask for.
ACCEPT, BACK, ANSWER = "accept", "back", "answer"
ACTIONS = (ACCEPT, BACK, ANSWER)
# What became of a row: nothing was filled in, it cannot be done so, it can, it was, it could not be after all.
SAME, WRONG, READY, DONE, REFUSED = "same", "wrong", "ready", "done", "refused"
STANDINGS = (SAME, WRONG, READY, DONE, REFUSED)


class SheetUpload(Base):
    """One file that somebody sent in; its rows stay, so that nobody has to guess what was taken."""

    __tablename__ = "sheet_upload"
    __table_args__ = (Index("ix_sheet_upload_account_id_id", "account_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"))
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    rows: Mapped[list[SheetRow]] = relationship(order_by="SheetRow.line")


class SheetRow(Base):
    """One row, with the `version` of the case that the sheet was made from; money in satang.

    `fault` says why it cannot be done: the column, the error's code and its values.
    """

    __tablename__ = "sheet_row"
    __table_args__ = (
        CheckConstraint(one_of("standing", STANDINGS), name="standing_known"),
        CheckConstraint(one_of("action", ("", *ACTIONS)), name="action_known"),
        CheckConstraint("(standing IN ('done', 'refused')) = (done_at IS NOT NULL)", name="done_has_time"),
        UniqueConstraint("upload_id", "line"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("sheet_upload.id"))
    line: Mapped[int]
    number: Mapped[str] = mapped_column(String(40))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    version: Mapped[int] = mapped_column(default=0)
    action: Mapped[str] = mapped_column(String(10), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str] = mapped_column(String(30), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    recovered: Mapped[int | None] = mapped_column(MONEY)
    standing: Mapped[str] = mapped_column(String(10))
    fault: Mapped[dict[str, Any]] = mapped_column(default=dict)
    done_at: Mapped[datetime | None]
