"""What a search looks into, and the searches that somebody keeps."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from complaints.domain.base import Base

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

_WORD = 0xFFFFFFFF


class Grams(TypeDecorator[list[int]]):
    """Numbers of grams: an array for PostgreSQL's GIN, words in base 16 for SQLite's FTS5."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An array where there is one."""
        return dialect.type_descriptor(ARRAY(Integer()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> Any:  # noqa: ANN401 - SQLAlchemy's signature
        """As the database keeps them."""
        if value is None or dialect.name == "postgresql":
            return value
        return " ".join(gram_word(number) for number in value)


def gram_word(number: int) -> str:
    """How SQLite's index writes a gram's number."""
    return f"{number & _WORD:x}"


class SearchText(Base):
    """The folded words of a case: `shared` may be read by whoever may see the case, `desk` by the desk alone.

    `grams` are those of both; what is found by them is looked at again in the words that the asker may read. `folding`
    is the number of the folding that wrote the row, so that a better one finds what it must write anew. The database's
    index over `grams` is made by the migration: `search_grams`, kept right by SQLite's triggers and by PostgreSQL.
    """

    __tablename__ = "search_text"

    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id", ondelete="CASCADE"), primary_key=True)
    folding: Mapped[int]
    shared: Mapped[str] = mapped_column(Text)
    desk: Mapped[str] = mapped_column(Text)
    grams: Mapped[list[int]] = mapped_column(Grams)

    __table_args__ = (Index("ix_search_text_folding", "folding"),)


class SearchNote(Base):
    """The folded words of one agency's own notes on a case, which that agency may search too."""

    __tablename__ = "search_note"

    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id", ondelete="CASCADE"), primary_key=True)
    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"), primary_key=True)
    words: Mapped[str] = mapped_column(Text)


class StoryMark(Base):
    """One mark of a case's story: stories that are nearly the same have some in common."""

    __tablename__ = "story_mark"

    mark: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(
        ForeignKey("complaint_case.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class SavedSearch(Base):
    """A search that somebody keeps under a name; `asked` is what stood in its form."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(80))
    asked: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
