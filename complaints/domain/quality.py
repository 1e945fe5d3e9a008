"""Samples of the work for a second look: what was drawn, how it was found, and what its maker says to that."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.account import Account
from complaints.domain.base import Base, one_of
from complaints.domain.case import Case

# What a review looks at, and what it may find; whether the kind is right can always be said.
POINTS = ("category", "agency", "words", "complete", "in_time")
YES, PARTLY, NO, NONE = "yes", "partly", "no", "none"
SCORES = (YES, PARTLY, NO, NONE)


class QualitySample(Base):
    """One drawing over some days: by the clock for a week, or by hand.

    `drawn_from` holds the cases of each person (the machine is 0) by kind: with the same `seed` the same are drawn.
    """

    __tablename__ = "quality_sample"
    __table_args__ = (
        CheckConstraint("first <= last", name="days_in_order"),
        CheckConstraint("size > 0", name="draws_something"),
        Index(
            "ix_quality_sample_once_a_week",
            "first",
            unique=True,
            sqlite_where=text("drawn_by IS NULL"),
            postgresql_where=text("drawn_by IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    drawn_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    size: Mapped[int]
    seed: Mapped[str] = mapped_column(String(40))
    drawn_from: Mapped[dict[str, Any]] = mapped_column(default=dict)


class QualityItem(Base):
    """One case that was drawn, once and never again; whose work it is, the machine's without an account."""

    __tablename__ = "quality_item"
    __table_args__ = (Index("ix_quality_item_account_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sample_id: Mapped[int] = mapped_column(ForeignKey("quality_sample.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    sample: Mapped[QualitySample] = relationship(lazy="raise_on_sql")
    case: Mapped[Case] = relationship(lazy="raise_on_sql")
    account: Mapped[Account | None] = relationship(lazy="raise_on_sql")


class QualityReview(Base):
    """What a supervisor found; written once, never altered. `right_code` is the kind that the case should have had."""

    __tablename__ = "quality_review"
    __table_args__ = (
        *(CheckConstraint(one_of(point, SCORES), name=f"{point}_known") for point in POINTS),
        CheckConstraint("category <> 'none'", name="category_is_judged"),
        CheckConstraint("(category = 'no') = (right_code IS NOT NULL)", name="wrong_has_right"),
        CheckConstraint(
            "comment <> '' OR NOT (" + " OR ".join(f"{point} = 'no'" for point in POINTS) + ")", name="no_has_reason"
        ),
        Index("ix_quality_review_at", "at"),
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("quality_item.id"), primary_key=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]
    category: Mapped[str] = mapped_column(String(10))
    agency: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(String(10))
    complete: Mapped[str] = mapped_column(String(10))
    in_time: Mapped[str] = mapped_column(String(10))
    comment: Mapped[str] = mapped_column(Text, default="")
    right_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"))
    item: Mapped[QualityItem] = relationship(lazy="raise_on_sql")
    reviewer: Mapped[Account] = relationship(lazy="raise_on_sql")


class QualityAnswer(Base):
    """What whoever did the work says to a review, once."""

    __tablename__ = "quality_answer"
    __table_args__ = (CheckConstraint("text <> ''", name="says_something"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("quality_review.item_id"), primary_key=True)
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
