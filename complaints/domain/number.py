"""The case number: fiscal year, running number, check digit, as `70-004213-7`; read out digit by digit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column
from stdnum import damm

from complaints.domain.base import Base
from complaints.domain.thai_time import ARABIC_DIGITS, fiscal_year

if TYPE_CHECKING:
    from datetime import datetime

SHAPE = re.compile(r"^(\d{2})[\s-]*(\d{6,9})[\s-]*(\d)$")


class CaseCounter(Base):
    """The last running number given out in a fiscal year (Buddhist era)."""

    __tablename__ = "case_counter"
    __table_args__ = (CheckConstraint("last >= 0", name="last_not_negative"),)

    fiscal_year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


def case_number(received_at: datetime, running: int) -> str:
    """The number of the `running`-th case of the fiscal year in which it was received."""
    year = f"{fiscal_year(received_at) % 100:02d}"
    digits = f"{running:06d}"
    return f"{year}-{digits}-{damm.calc_check_digit(year + digits)}"


def read_case_number(text: str) -> str | None:
    """The canonical form of a number as somebody typed it (spaces, Thai digits, no hyphens); None if it is mistyped."""
    found = SHAPE.match(text.translate(ARABIC_DIGITS).strip().lstrip("#"))
    if found is None:
        return None
    year, running, check = found.groups()
    if damm.calc_check_digit(year + running) != check:
        return None
    return f"{year}-{running}-{check}"
