"""What was counted: facts by day and dimension, and beside each case what it counted as."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import MONEY, Base


class KpiFact(Base):
    """How much of a day was due and how much of it was done, per indicator, version of its definition and dimension.

    Empty text in a dimension means "not yet known" (no category, no agency). Of money the numbers are satang.
    """

    __tablename__ = "kpi_fact"
    __table_args__ = (
        CheckConstraint("solved >= 0 AND due >= solved", name="solved_of_due"),
        CheckConstraint("contacts >= due", name="due_of_contacts"),
        CheckConstraint("version > 0", name="version_counts"),
        Index("ix_kpi_fact_definition_day", "definition", "version", "day"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    definition: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    agency_code: Mapped[str] = mapped_column(String(20), primary_key=True)
    category_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    province: Mapped[str] = mapped_column(String(2), primary_key=True)
    contacts: Mapped[int] = mapped_column(MONEY)
    due: Mapped[int] = mapped_column(MONEY)
    solved: Mapped[int] = mapped_column(MONEY)
    counted_at: Mapped[datetime]


class KpiSpan(Base):
    """How many of a day took at most so many hours: one of `indicators.HOURS`."""

    __tablename__ = "kpi_span"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_counts"),
        Index("ix_kpi_span_definition_day", "definition", "version", "day"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    definition: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    agency_code: Mapped[str] = mapped_column(String(20), primary_key=True)
    category_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    hours: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    number: Mapped[int]


class KpiCase(Base):
    """What a case counts as, once for itself (`lead`) and once for every other agency that had it.

    Written from the events by the counting and never read for a figure: it leads from a figure to its cases, and lets a
    day be added up without reading every event again. `due` and `solved` hold a bit an indicator. `until` is the day by
    which an open problem can still be solved; `owed_by` when the agency's answer is due, as long as it owes one.
    """

    __tablename__ = "kpi_case"
    __table_args__ = (Index("ix_kpi_case_day", "day"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), primary_key=True)
    agency_code: Mapped[str] = mapped_column(String(20), primary_key=True)
    lead: Mapped[bool]
    day: Mapped[date]
    category_code: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(20))
    province: Mapped[str] = mapped_column(String(2))
    due: Mapped[int] = mapped_column(SmallInteger)
    solved: Mapped[int] = mapped_column(SmallInteger)
    until: Mapped[datetime | None]
    owed_by: Mapped[datetime | None]
    kept: Mapped[bool | None]
    lost: Mapped[int] = mapped_column(MONEY)
    recovered: Mapped[int] = mapped_column(MONEY)
    first_hours: Mapped[int | None] = mapped_column(SmallInteger)
    final_hours: Mapped[int | None] = mapped_column(SmallInteger)
