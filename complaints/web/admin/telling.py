"""The record of changes in words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from complaints.domain.thai_time import BUDDHIST_OFFSET, show_date
from complaints.domain.wording import known
from complaints.services import catalogue
from complaints.web.language import language, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from complaints.domain.audit import AuditEntry

# Values of the record that have words of their own.
IN_WORDS = {
    "role": "word.role",
    "language": "admin.language",
    "group_code": "word.group",
    "kind": "word.identifier",
    "reason": "word.drop",
    "use": "reply.use",
}


def year_words(year: int) -> str:
    """A calendar year for the reader: both eras in English."""
    return str(year + BUDDHIST_OFFSET) if language() == "th" else f"{year + BUDDHIST_OFFSET} ({year})"


def told(session: Session, entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    """The record in words."""
    names = catalogue.account_names(
        session, [int(entry.about) for entry in entries if entry.what.startswith(("account_", "link_"))]
    )
    return [
        {
            "when": entry.at,
            "who": entry.account.name if entry.account else t("admin.changes.command_line"),
            "what": t(f"admin.change.{entry.what}"),
            "about": _about(entry, names),
            "values": [
                (
                    _field(key),
                    _value(key, entry.before.get(key)) if entry.before else None,
                    _value(key, entry.after.get(key)),
                )
                for key in sorted({*entry.before, *entry.after})
            ],
        }
        for entry in entries
    ]


def _about(entry: AuditEntry, names: dict[int, str]) -> str:
    if entry.what.startswith(("account_", "link_")):
        return names.get(int(entry.about), entry.about)
    if entry.what in {"holiday_added", "holiday_removed"}:
        return show_date(date.fromisoformat(entry.about), language())
    if entry.what == "holidays_taken":
        return year_words(int(entry.about))
    return entry.about


def _field(key: str) -> str:
    name = f"admin.field.{key}"
    return t(name) if known(name) else key


def _value(key: str, value: object) -> str:
    if value is None or value == "":
        return t("admin.changes.nothing")
    if isinstance(value, bool):
        return t("admin.yes" if value else "admin.no")
    if key in IN_WORDS and known(f"{IN_WORDS[key]}.{value}"):
        return t(f"{IN_WORDS[key]}.{value}")
    return str(value)
