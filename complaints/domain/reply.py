"""Ready words for the complainant: templates with holes that each case fills, every version kept."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.base import Base, one_of
from complaints.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

# What words may be written for: the step of the desk that sends them.
USES = ("ask", "write", "resolve", "reject")
# What a hole may be; each is explained under `reply.hole.*`, and those of `MAY_LACK` a case may not have yet.
HOLES = (
    "number",
    "name",
    "category",
    "agency",
    "received",
    "deadline",
    "agency_deadline",
    "link",
    "centre",
    "hotline",
)
MAY_LACK = frozenset({"category", "agency", "agency_deadline"})
_HOLE = re.compile(r"{([^{}]*)}")
# A title falls away behind the polite word; a name that only begins like one goes on with a vowel.
_TITLE = re.compile(r"^(?:นางสาว|นาย|นาง|น\.ส\.|ด\.ช\.|ด\.ญ\.|คุณ)\s*(?=[ก-ฮเ-ไ])")
_THAI = re.compile(r"[\u0e00-\u0e7f]")


class Reply(Base):
    """One template. `key` names one that came with the centre; one that is off is offered to nobody."""

    __tablename__ = "reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str | None] = mapped_column(String(40), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    texts: Mapped[list[ReplyText]] = relationship(order_by="ReplyText.number", lazy="selectin")

    @property
    def text(self) -> ReplyText:
        """What it says now."""
        return self.texts[-1]


class ReplyText(Base):
    """One version of a template; never altered, so that what was once offered can be read for ever.

    `account_id` is nobody's where the words came with the centre. Without a category it fits all.
    """

    __tablename__ = "reply_text"
    __table_args__ = (
        CheckConstraint(one_of("use", USES), name="use_known"),
        CheckConstraint("body_th <> '' AND body_en <> ''", name="said_in_both"),
        CheckConstraint("title_th <> '' AND title_en <> ''", name="titled_in_both"),
        CheckConstraint("number > 0", name="numbered"),
    )

    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    use: Mapped[str] = mapped_column(String(20))
    category_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"))
    title_th: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(120))
    body_th: Mapped[str] = mapped_column(Text)
    body_en: Mapped[str] = mapped_column(Text)

    def title(self, language: str) -> str:
        """What it is called."""
        return self.title_th if language == "th" else self.title_en

    def body(self, language: str) -> str:
        """Its words, holes and all."""
        return self.body_th if language == "th" else self.body_en


def check(body: str, field: str) -> None:
    """Raise `InvalidInput` naming the first hole that nothing can fill, or a brace that makes none."""
    for name in _HOLE.findall(body):
        if name not in HOLES:
            raise InvalidInput(field, reason="unknown_hole", name=name[:40])
    if set("{}") & set(_HOLE.sub("", body)):
        raise InvalidInput(field, reason="lone_brace")


def fill(body: str, values: Mapping[str, str]) -> str:
    """The words with every hole filled; raises `InvalidInput` naming one for which the case has nothing yet."""
    for name in _HOLE.findall(body):
        if not values.get(name):
            raise InvalidInput("template", reason=f"no_{name}")
    return _HOLE.sub(lambda hole: values[hole[1]], body)


def address(name: str, language: str) -> str:
    """How to speak to somebody: by name where one is known."""
    plain = " ".join(name.split())
    if language != "th":
        return plain or "complainant"
    bare = _TITLE.sub("", plain)
    if not bare:
        return "ผู้ร้องเรียน"
    return f"คุณ{bare}" if _THAI.match(bare) else f"คุณ {bare}"
