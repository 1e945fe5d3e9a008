"""Who was found to be one person: a desk's view that changes nobody's rights."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base

_STANDS = "parted_at IS NULL"


class SamePerson(Base):
    """Two complainants whom somebody of the desk holds to be one person, until somebody parts them again.

    `one_id` is the smaller number. Rows are never deleted: who joined and who parted stays told.
    """

    __tablename__ = "same_person"
    __table_args__ = (
        CheckConstraint("one_id < other_id", name="smaller_first"),
        CheckConstraint("(parted_at IS NULL) = (parted_by_id IS NULL)", name="parted_by_somebody"),
        Index(
            "ix_same_person_once",
            "one_id",
            "other_id",
            unique=True,
            sqlite_where=text(_STANDS),
            postgresql_where=text(_STANDS),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    joined_at: Mapped[datetime]
    joined_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    parted_at: Mapped[datetime | None]
    parted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
