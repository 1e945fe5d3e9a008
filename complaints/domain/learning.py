"""What the classifier learns from people: one labelled row for each thing that somebody said of a case."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base, one_of

# One case in so many is never learnt from: on those a new model is compared with the present one.
APART_EVERY = 5


class Kind(StrEnum):
    """How a person's word stands to the machine's: right, wrong of the kind, wrong of the urgency alone, silent."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    URGENCY = "urgency"
    UNAIDED = "unaided"


class LabelledRow(Base):
    """What a person held a case to be, and its story with every mark of a person covered.

    It exists only where the complainant consented, never for a demonstration, and goes when its case goes.
    `guess_code`, `guess_urgent` and `model_version` say what the machine had said. Without `category_code` only the
    urgency was judged. `apart`: kept for comparing models, never learnt from.
    """

    __tablename__ = "labelled_row"
    __table_args__ = (
        CheckConstraint(one_of("kind", [kind.value for kind in Kind]), name="kind_known"),
        CheckConstraint("text <> ''", name="text_not_empty"),
        CheckConstraint("(kind = 'unaided') = (guess_code IS NULL)", name="unaided_has_no_guess"),
        CheckConstraint("(guess_code IS NULL) = (guess_urgent IS NULL)", name="guess_is_whole"),
        CheckConstraint("guess_code IS NOT NULL OR model_version = ''", name="only_a_guess_has_a_model"),
        CheckConstraint("kind <> 'unaided' OR category_code IS NOT NULL", name="unaided_says_something"),
        CheckConstraint("kind <> 'changed' OR category_code <> guess_code", name="changed_differs"),
        CheckConstraint("kind <> 'urgency' OR urgent <> guess_urgent", name="urgency_differs"),
        CheckConstraint(
            "kind <> 'accepted' OR ((category_code IS NULL OR category_code = guess_code) AND urgent = guess_urgent)",
            name="accepted_agrees",
        ),
        Index("ix_labelled_row_case_id_id", "case_id", "id"),
        Index("ix_labelled_row_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    channel: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    category_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"))
    urgent: Mapped[bool]
    guess_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"))
    guess_urgent: Mapped[bool | None]
    model_version: Mapped[str] = mapped_column(String(40), default="")
    apart: Mapped[bool]


def is_apart(name: str) -> bool:
    """Is a row of that name kept for comparing: by its name alone, so that the answer is the same every night."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % APART_EVERY == 0
