"""Two cases that somebody of the desk tied together, or said to be different though they seem the same."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.account import Account
from complaints.domain.base import Base, one_of

RELATED, DIFFERENT = "related", "different"
_STANDS = "undone_at IS NULL"


class CaseTie(Base):
    """That two cases belong together, and why; or that they do not, so that nobody is asked again.

    `one_id` is the smaller number. Rows are never deleted: who tied and who untied stays told.
    """

    __tablename__ = "case_tie"
    __table_args__ = (
        CheckConstraint("one_id < other_id", name="smaller_first"),
        CheckConstraint(one_of("kind", (RELATED, DIFFERENT)), name="kind_known"),
        CheckConstraint("kind <> 'related' OR reason <> ''", name="related_has_reason"),
        CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name="undone_by_somebody"),
        Index(
            "ix_case_tie_once",
            "one_id",
            "other_id",
            unique=True,
            sqlite_where=text(_STANDS),
            postgresql_where=text(_STANDS),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(500), default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    made_by: Mapped[Account] = relationship(foreign_keys=[made_by_id], lazy="raise_on_sql")
