"""What people changed that no step of a case tells whole: written once beside the change, never altered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from complaints.domain.account import Account
from complaints.domain.base import Base

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


class Change(StrEnum):
    """What kind of change it was."""

    ACCOUNT_CREATED = "account_created"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_ENABLED = "account_enabled"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_REVIEWED = "account_reviewed"
    LINK_MADE = "link_made"
    AGENCY_ADDED = "agency_added"
    AGENCY_CHANGED = "agency_changed"
    OFFICE_ADDED = "office_added"
    OFFICE_CHANGED = "office_changed"
    OFFICE_ROUTE_ADDED = "office_route_added"
    OFFICE_ROUTE_REMOVED = "office_route_removed"
    ABSENCE_NOTED = "absence_noted"
    ABSENCE_ENDED = "absence_ended"
    SHEET_TAKEN = "sheet_taken"
    CATEGORY_ADDED = "category_added"
    CATEGORY_CHANGED = "category_changed"
    CATEGORY_REMOVED = "category_removed"
    SETTINGS_CHANGED = "settings_changed"
    HOLIDAY_ADDED = "holiday_added"
    HOLIDAY_REMOVED = "holiday_removed"
    HOLIDAYS_TAKEN = "holidays_taken"
    RECOUNTED = "recounted"
    WARNING_ADDED = "warning_added"
    WARNING_ENDED = "warning_ended"
    PERSONS_JOINED = "persons_joined"
    PERSONS_PARTED = "persons_parted"
    BUNDLE_TAKEN = "bundle_taken"
    CASES_EXPORTED = "cases_exported"
    MASS_OPENED = "mass_opened"
    MASS_JOINED = "mass_joined"
    MASS_LETTER = "mass_letter"
    CLIENT_CREATED = "client_created"
    CLIENT_REVOKED = "client_revoked"
    WEBHOOK_ADDED = "webhook_added"
    WEBHOOK_CHANGED = "webhook_changed"
    WEBHOOK_ROTATED = "webhook_rotated"
    WEBHOOK_SILENCED = "webhook_silenced"
    WEBHOOK_WOKEN = "webhook_woken"
    TOKEN_MADE = "token_made"  # noqa: S105 - a step's name
    TOKEN_ENDED = "token_ended"  # noqa: S105 - the same
    IDENTIFIER_ADDED = "identifier_added"
    IDENTIFIER_CHANGED = "identifier_changed"
    IDENTIFIER_REMOVED = "identifier_removed"
    REPLY_ADDED = "reply_added"
    REPLY_CHANGED = "reply_changed"
    REPLY_SWITCHED = "reply_switched"
    MACRO_ADDED = "macro_added"
    MACRO_CHANGED = "macro_changed"
    MACRO_SWITCHED = "macro_switched"
    PLAYBOOK_CHANGED = "playbook_changed"
    DOSSIER_MADE = "dossier_made"
    DOSSIER_TAKEN = "dossier_taken"
    DOSSIER_SENT = "dossier_sent"
    MODEL_TAKEN = "model_taken"
    MODEL_REJECTED = "model_rejected"
    MODEL_WITHDRAWN = "model_withdrawn"


class AuditEntry(Base):
    """One change: by whom (nobody for the command line), what it was about, and the values that differ.

    `about` is a code, an account's id, a case's number or a day. Passwords, links and tokens never stand here.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_at", "at", "id"), Index("ix_audit_what", "what", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    what: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(60), default="")
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    account: Mapped[Account | None] = relationship()


class AuditIsAppendOnly(RuntimeError):  # noqa: N818 - names the law that was broken
    """Somebody tried to change or delete what was recorded."""


def _refuse(_mapper: Mapper[Any], _connection: Connection, target: AuditEntry) -> None:
    msg = f"audit entry {target.id} cannot be changed: the record only grows"
    raise AuditIsAppendOnly(msg)


event.listen(AuditEntry, "before_update", _refuse)
event.listen(AuditEntry, "before_delete", _refuse)
