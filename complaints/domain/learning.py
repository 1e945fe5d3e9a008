"""What the classifier learns from people: one labelled row for each thing that somebody said of a case."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base, one_of


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


class Standing(StrEnum):
    """A trained model's place: proposed; in service; followed by another one; turned down; taken out by a person.

    A proposal that nobody decided on before the next one came is superseded.
    """

    CANDIDATE = "candidate"
    CHAMPION = "champion"
    FORMER = "former"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class ModelVersion(Base):
    """One trained challenger and what became of it; the project's own model has no row, it is what stays without one.

    `base` is the project's own version that it was trained beside: with another one it is out of service.
    `learnt_until` is the last labelled row that it read. `report` compares it with the champion of its day. Without
    `decided_by` the machine itself took it into service. `broken` says why its files cannot be read, if so.
    """

    __tablename__ = "model_version"
    __table_args__ = (
        CheckConstraint(one_of("standing", [one.value for one in Standing]), name="standing_known"),
        CheckConstraint("(standing = 'candidate') = (decided_at IS NULL)", name="candidate_is_undecided"),
        CheckConstraint("standing <> 'rejected' OR reason <> ''", name="rejection_has_reason"),
        CheckConstraint("standing NOT IN ('rejected', 'withdrawn') OR decided_by IS NOT NULL", name="person_refuses"),
        CheckConstraint("learnt > 0", name="learnt_something"),
        Index(
            "ix_model_version_one_champion",
            "standing",
            unique=True,
            sqlite_where=text("standing = 'champion'"),
            postgresql_where=text("standing = 'champion'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(40), unique=True)
    base: Mapped[str] = mapped_column(String(40))
    standing: Mapped[str] = mapped_column(String(20))
    trained_at: Mapped[datetime]
    learnt: Mapped[int]
    learnt_until: Mapped[int]
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    broken: Mapped[str] = mapped_column(Text, default="")


class DriftWeek(Base):
    """How the machine did in a week that begins on `monday` in Bangkok: whole counts, shares exist only on screen.

    Of `decisions` by the machine `unsure` were below its bar; of those that people `checked` they changed `corrected`;
    of the `words` in that week's stories the model does not know `unseen`.
    """

    __tablename__ = "drift_week"
    __table_args__ = (
        CheckConstraint("unsure BETWEEN 0 AND decisions", name="unsure_of_decisions"),
        CheckConstraint("corrected BETWEEN 0 AND checked", name="corrected_of_checked"),
        CheckConstraint("unseen BETWEEN 0 AND words", name="unseen_of_words"),
    )

    monday: Mapped[date] = mapped_column(Date, primary_key=True)
    decisions: Mapped[int]
    unsure: Mapped[int]
    checked: Mapped[int]
    corrected: Mapped[int]
    words: Mapped[int]
    unseen: Mapped[int]
    notices: Mapped[list[Any]] = mapped_column(default=list)
    measured_at: Mapped[datetime]
