"""Mediation between a complainant and whom the complaint is about: its rules are in `turns`, here are its records."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, event, text
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from complaints.domain.account import Account
from complaints.domain.base import MONEY, Base, one_of
from complaints.domain.case import Case
from complaints.domain.turns import PARTIES, RUNNING, SETTLED, TURNING, Move, Side, Stage, Standing

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_RUNNING = one_of("stage", sorted(stage.value for stage in RUNNING))
_LIVING = "revoked_at IS NULL"
# How the complainant said yes: on the own page, or to an agent on the telephone.
ON_PAGE, BY_PHONE = "page", "phone"


class Mediation(Base):
    """One attempt to bring two sides of a case together.

    `summary` and `wish` are what the agent wrote and the complainant agreed to be shown to the other side, with the
    names and the `amount` (satang); nothing else of the case is. `turn_by` ends the turn, or is when the complainant is
    asked whether an agreement was kept. `agreed_number` is the move whose text both accepted.
    """

    __tablename__ = "mediation"
    __table_args__ = (
        CheckConstraint(one_of("stage", [stage.value for stage in Stage]), name="stage_known"),
        CheckConstraint(
            "turn IS NULL OR " + one_of("turn", sorted(side.value for side in PARTIES)), name="turn_is_a_sides"
        ),
        CheckConstraint(
            f"({one_of('stage', sorted(stage.value for stage in TURNING))}) = (turn IS NOT NULL)",
            name="turn_while_open",
        ),
        CheckConstraint("turn IS NULL OR turn_by IS NOT NULL", name="turn_has_end"),
        CheckConstraint(f"({_RUNNING}) = (ended_at IS NULL)", name="runs_until_ended"),
        CheckConstraint(
            "stage IN ('asked', 'declined', 'lapsed', 'stopped') OR consent_at IS NOT NULL", name="talks_with_consent"
        ),
        CheckConstraint("(consent_at IS NULL) = (consent_via = '')", name="consent_has_a_way"),
        CheckConstraint(
            f"({one_of('stage', sorted(stage.value for stage in SETTLED))}) = (agreed_number IS NOT NULL)",
            name="agreement_names_its_text",
        ),
        CheckConstraint("summary <> '' AND wish <> '' AND respondent <> ''", name="says_what_about"),
        CheckConstraint("amount IS NULL OR amount > 0", name="amount_positive"),
        CheckConstraint("language IN ('th', 'en')", name="language_known"),
        Index(
            "ix_mediation_one_running",
            "case_id",
            unique=True,
            sqlite_where=text(_RUNNING),
            postgresql_where=text(_RUNNING),
        ),
        Index("ix_mediation_case_id", "case_id"),
        Index("ix_mediation_turn_by", "turn_by", sqlite_where=text(_RUNNING), postgresql_where=text(_RUNNING)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"))
    stage: Mapped[str] = mapped_column(String(20))
    turn: Mapped[str | None] = mapped_column(String(20))
    turn_by: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    offered_by: Mapped[str | None] = mapped_column(String(20))
    offers: Mapped[int] = mapped_column(default=0)
    summary: Mapped[str] = mapped_column(Text)
    wish: Mapped[str] = mapped_column(Text)
    amount: Mapped[int | None] = mapped_column(MONEY)
    complainant: Mapped[str] = mapped_column(String(200), default="")
    respondent: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(2), default="th")
    # The marketplace whose people may act for the respondent.
    operator_code: Mapped[str | None] = mapped_column(ForeignKey("agency.code"), index=True)
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    consent_at: Mapped[datetime | None]
    consent_via: Mapped[str] = mapped_column(String(10), default="")
    agreed_number: Mapped[int | None]
    ended_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship()
    opened_by: Mapped[Account] = relationship()
    moves: Mapped[list[MediationMove]] = relationship(order_by="MediationMove.number")
    links: Mapped[list[MediationLink]] = relationship(order_by="MediationLink.id")

    @property
    def standing(self) -> Standing:
        """Where it stands, for the table of turns."""
        turn, offered = (Side(value) if value else None for value in (self.turn, self.offered_by))
        return Standing(Stage(self.stage), turn, offered, self.offers)

    @property
    def running(self) -> bool:
        """It has not ended."""
        return Stage(self.stage) in RUNNING

    @property
    def offer(self) -> MediationMove | None:
        """The offer on the table."""
        made = [move for move in self.moves if move.kind == Move.PROPOSE.value]
        return made[-1] if made and self.offered_by is not None and Stage(self.stage) is Stage.TALKING else None

    @property
    def agreement(self) -> MediationMove | None:
        """The offer whose very words both accepted."""
        return next((move for move in self.moves if move.number == self.agreed_number), None)

    @property
    def link(self) -> MediationLink | None:
        """The link that opens it for the respondent, if one was made and not revoked."""
        return next((link for link in self.links if link.revoked_at is None), None)


class MediationMove(Base):
    """One move, written once. `number` counts within the mediation: of two moves made at once the database takes one.

    An offer keeps its words in both languages and their SHA-256; whoever answers names the offer in `answers`. `words`
    are what somebody wrote: a reason, a note to the centre that the other side never sees, or the centre's to both.
    """

    __tablename__ = "mediation_move"
    __table_args__ = (
        CheckConstraint(one_of("kind", [move.value for move in Move]), name="kind_known"),
        CheckConstraint(one_of("side", [side.value for side in Side]), name="side_known"),
        CheckConstraint("number > 0", name="numbered"),
        CheckConstraint(
            "(kind = 'propose') = (text_th <> '') AND (kind = 'propose') = (text_en <> '')", name="offer_has_words"
        ),
        CheckConstraint("(kind = 'propose') = (length(sha256) = 64)", name="offer_has_hash"),
        CheckConstraint("(kind = 'propose') = (by_day IS NOT NULL)", name="offer_has_day"),
        CheckConstraint("refund IS NULL OR refund > 0", name="refund_positive"),
        CheckConstraint("(kind IN ('accept', 'refuse')) = (answers IS NOT NULL)", name="answer_names_offer"),
        CheckConstraint("kind NOT IN ('note', 'words', 'stop', 'broken') OR words <> ''", name="words_said"),
        Index("ix_mediation_move_number", "mediation_id", "number", unique=True),
        Index(
            "ix_mediation_move_one_agreement",
            "mediation_id",
            unique=True,
            sqlite_where=text("kind = 'accept'"),
            postgresql_where=text("kind = 'accept'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mediation_id: Mapped[int] = mapped_column(ForeignKey("mediation.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    side: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text, default="")
    refund: Mapped[int | None] = mapped_column(MONEY)
    deeds: Mapped[str] = mapped_column(String(60), default="")
    by_day: Mapped[date | None]
    text_th: Mapped[str] = mapped_column(Text, default="")
    text_en: Mapped[str] = mapped_column(Text, default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    answers: Mapped[int | None]

    def text(self, language: str) -> str:
        """The words of an offer in a language."""
        return self.text_th if language == "th" else self.text_en


class MediationLink(Base):
    """The respondent's way in. The table keeps the token's SHA-256; the centre's key makes the token of the `nonce`.

    So a letter can be written again after a crash, and whoever reads the table cannot open anything.
    """

    __tablename__ = "mediation_link"
    __table_args__ = (
        CheckConstraint("length(token_hash) = 64", name="has_hash"),
        CheckConstraint("expires_at > made_at", name="expires_later"),
        Index(
            "ix_mediation_link_one_living",
            "mediation_id",
            unique=True,
            sqlite_where=text(_LIVING),
            postgresql_where=text(_LIVING),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mediation_id: Mapped[int] = mapped_column(ForeignKey("mediation.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    nonce: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    mediation: Mapped[Mediation] = relationship(back_populates="links")


class MediationPaper(Base):
    """The agreement on paper, made once: the bytes that everybody downloads, and their SHA-256."""

    __tablename__ = "mediation_paper"
    __table_args__ = (CheckConstraint("length(sha256) = 64", name="has_hash"),)

    mediation_id: Mapped[int] = mapped_column(ForeignKey("mediation.id"), primary_key=True)
    made_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class MoveIsWritten(RuntimeError):  # noqa: N818 - names the law that was broken
    """Somebody tried to change or delete a move or a paper."""


def _refuse(_mapper: Mapper[Any], _connection: Connection, target: MediationMove | MediationPaper) -> None:
    msg = f"{type(target).__name__} of mediation {target.mediation_id} cannot be changed: the record only grows"
    raise MoveIsWritten(msg)


for _kept in (MediationMove, MediationPaper):
    event.listen(_kept, "before_update", _refuse)
    event.listen(_kept, "before_delete", _refuse)
