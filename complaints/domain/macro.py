"""Moves and macros: what the desk does in one go, with one case or with many."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.base import Base
from complaints.domain.reply import USES

# What a move may do; each stands on the desk's own services and so on the step table.
DOES = (
    "accept",
    "decide",
    "urgent",
    "calm",
    "refer",
    "ask",
    "write",
    "resolve",
    "reject",
    "take",
    "assign",
    "release",
    "note",
    "snooze",
)
# These send the words of a reply template; those are words of the centre's own.
WITH_TEMPLATE = USES
WITH_WORDS = ("note", "snooze")
# What stands after the colon: a category, an agency, a template, an account, how long.
WITH_OBJECT = (*WITH_TEMPLATE, "decide", "refer", "assign", "snooze")
MOST_MOVES = 5


@dataclass(frozen=True, slots=True)
class Move:
    """One thing to do. `what` is a code or an id, `words` an inner note or why a case sleeps."""

    do: str
    what: str = ""
    words: str = ""
    outcome: str = ""

    @property
    def code(self) -> str:
        """As it stands in a form."""
        return f"{self.do}:{self.what}" if self.what else self.do

    @staticmethod
    def read(code: str, words: str = "", outcome: str = "") -> Move:
        """What a form says; whether it can be done is told when it is tried."""
        do, _, what = code.partition(":")
        return Move(do, what, words if do in WITH_WORDS else "", outcome if do == "resolve" else "")


class Macro(Base):
    """Several moves under one name. `key` names one that came with the centre; one that is off is offered to nobody."""

    __tablename__ = "macro"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str | None] = mapped_column(String(40), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    texts: Mapped[list[MacroText]] = relationship(order_by="MacroText.number", lazy="selectin")

    @property
    def text(self) -> MacroText:
        """What it does now."""
        return self.texts[-1]


class MacroText(Base):
    """One version of a macro; never altered, so that it can be read what was meant at the time."""

    __tablename__ = "macro_text"
    __table_args__ = (
        CheckConstraint("name_th <> '' AND name_en <> ''", name="named_in_both"),
        CheckConstraint("number > 0", name="numbered"),
    )

    macro_id: Mapped[int] = mapped_column(ForeignKey("macro.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    name_th: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    moves: Mapped[list[Any]] = mapped_column(default=list)

    def name(self, language: str) -> str:
        """What it is called."""
        return self.name_th if language == "th" else self.name_en

    @property
    def steps(self) -> list[Move]:
        """Its moves in order."""
        return [Move(**row) for row in self.moves]


def stored(moves: list[Move]) -> list[Any]:
    """As they are kept."""
    return [asdict(move) for move in moves]
