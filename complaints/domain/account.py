"""Staff accounts, their sign-in sessions and one-time links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.actor import STAFF_ROLES, Actor, Role
from complaints.domain.agency import Agency
from complaints.domain.base import Base, one_of
from complaints.domain.office import Office


class Account(Base):
    """A person of the centre or of a partner agency; `login` is an e-mail address in lower case.

    An agency's person may belong to one of its offices; who `manages` looks after its accounts. `reviewed_at`
    is when somebody last said that the person still works there.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(one_of("role", [role.value for role in STAFF_ROLES]), name="role_known"),
        CheckConstraint("(role IN ('partner', 'operator')) = (agency_code IS NOT NULL)", name="partner_has_agency"),
        CheckConstraint("failed_tries >= 0", name="failed_tries_not_negative"),
        CheckConstraint("agency_code IS NOT NULL OR (office_id IS NULL AND NOT manages)", name="office_is_of_agency"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agency.code"))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(2), default="th")
    # Where this person's telephone rings; nobody else's does there.
    extension: Mapped[str | None] = mapped_column(String(20), unique=True)
    failed_tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    manages: Mapped[bool] = mapped_column(default=False)
    reviewed_at: Mapped[datetime | None]
    agency: Mapped[Agency | None] = relationship(lazy="joined")
    office: Mapped[Office | None] = relationship()

    @property
    def actor(self) -> Actor:
        """The account as the acting party of a step."""
        return Actor(
            Role(self.role),
            account_id=self.id,
            agency=self.agency_code,
            name=self.name,
            office_path=self.office.path if self.office is not None else "",
            manages=self.manages,
        )


class SignInSession(Base):
    """One signed-in browser; the cookie holds the token, the table only its SHA-256."""

    __tablename__ = "sign_in_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    account: Mapped[Account] = relationship(lazy="joined")


class OneTimeLink(Base):
    """A link that signs an account in once, to set its password."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StrangerTry(Base):
    """Failed sign-ins under a login that nobody has.

    They are counted like an account's, so that a pause does not tell which logins exist.
    """

    __tablename__ = "stranger_try"
    __table_args__ = (CheckConstraint("failed_tries >= 0", name="failed_tries_not_negative"),)

    login_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    failed_tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_at: Mapped[datetime]
