"""The official letter by which a case goes to an agency without an account, and the links that open its answer page."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.base import Base
from complaints.domain.referral import Referral

_LIVE = "ended_at IS NULL"


class LetterCounter(Base):
    """The last number given to a letter in a calendar year (Buddhist era)."""

    __tablename__ = "letter_counter"
    __table_args__ = (CheckConstraint("last >= 0", name="last_not_negative"),)

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)


class ReferralLetter(Base):
    """One letter a referral; its number and, once it is sealed, its paper never change (the database refuses it).

    `dated` is the day that stands on it, `stored_key` where the store holds the PDF whose SHA-256 is `sha256`.
    `posted_on` is the day on which somebody of the desk sent it on paper.
    """

    __tablename__ = "referral_letter"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint(
            "(sealed_at IS NULL) = (stored_key = '') AND (sealed_at IS NULL) = (size = 0)", name="sealed_whole"
        ),
        CheckConstraint("sealed_at IS NULL OR length(sha256) = 64", name="sealed_with_hash"),
        CheckConstraint("posted_on IS NULL OR sealed_at IS NOT NULL", name="posted_after_sealed"),
        UniqueConstraint("year", "number"),
        UniqueConstraint("referral_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"))
    year: Mapped[int]
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(60))
    dated: Mapped[date]
    issued_at: Mapped[datetime]
    sealed_at: Mapped[datetime | None]
    stored_key: Mapped[str] = mapped_column(String(80), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(default=0)
    posted_on: Mapped[date | None]
    referral: Mapped[Referral] = relationship(lazy="joined")
    links: Mapped[list[LetterLink]] = relationship(order_by="LetterLink.id")

    @property
    def live_link(self) -> LetterLink | None:
        """The link that opens the answer page, if none has taken its place."""
        return next((link for link in self.links if link.ended_at is None), None)


class LetterLink(Base):
    """The way to answer a letter without an account: by its page, or by mail to an address that bears the same mark.

    At most one of a letter lives; a new one ends the one before. `sent_to` is the address that it went to.
    """

    __tablename__ = "letter_link"
    __table_args__ = (
        CheckConstraint("expires_at > made_at", name="expires_later"),
        CheckConstraint("(sent_at IS NULL) = (sent_to = '')", name="sent_somewhere"),
        Index(
            "ix_letter_link_one_live", "letter_id", unique=True, sqlite_where=text(_LIVE), postgresql_where=text(_LIVE)
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("referral_letter.id"), index=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    sent_to: Mapped[str] = mapped_column(String(200), default="")
    letter: Mapped[ReferralLetter] = relationship(back_populates="links")

    def holds(self, now: datetime) -> bool:
        """Neither replaced nor run out."""
        return self.ended_at is None and now < self.expires_at
