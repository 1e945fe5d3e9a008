"""What to ask, what to advise, whom to send it to, by which law: one playbook a topic, every version kept."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base

# A topic is the code of a category, or this one: what to do when money has just left.
FIRST_AID = "first_aid"
PARTS = ("ask", "advice", "refer", "sources")
FIELDS = tuple(f"{part}_{language}" for part in PARTS for language in ("th", "en"))


class Playbook(Base):
    """One version of a topic's playbook, one point a line; the last one is in force, none is ever altered.

    `account_id` is nobody's where the words came with the centre; `review_by` is the day until which they may stand
    without somebody looking at them again.
    """

    __tablename__ = "playbook"
    __table_args__ = (
        CheckConstraint("number > 0", name="numbered"),
        *(CheckConstraint(f"{part}_th <> '' AND {part}_en <> ''", name=f"{part}_in_both") for part in PARTS),
    )

    topic: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    review_by: Mapped[date]
    ask_th: Mapped[str] = mapped_column(Text)
    ask_en: Mapped[str] = mapped_column(Text)
    advice_th: Mapped[str] = mapped_column(Text)
    advice_en: Mapped[str] = mapped_column(Text)
    refer_th: Mapped[str] = mapped_column(Text)
    refer_en: Mapped[str] = mapped_column(Text)
    sources_th: Mapped[str] = mapped_column(Text)
    sources_en: Mapped[str] = mapped_column(Text)

    def points(self, part: str, language: str) -> list[str]:
        """The points of a part, in order."""
        return str(getattr(self, f"{part}_{language}")).split("\n")

    def late(self, today: date) -> bool:
        """Should somebody have looked at it again by now."""
        return self.review_by < today
