"""The blueprint of the administration face and what its forms share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request

from complaints.domain.errors import StaleRecord
from complaints.services import meanwhile
from complaints.web.admin.telling import told
from complaints.web.errors import STATUS, field_errors
from complaints.web.language import t
from complaints.web.numbers import whole
from complaints.web.rail import overseer_frame

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.errors import DomainError

blueprint = Blueprint("admin", __name__, template_folder="templates", url_prefix="/admin")


def page(template: str, status: int = 200, **words: Any) -> ResponseReturnValue:  # noqa: ANN401 - what a template needs
    """A page of this face in its frame."""
    return render_template(f"admin/{template}", **overseer_frame("admin"), **words), status


def faults(error: DomainError) -> dict[str, str]:
    """What must be mended, by field."""
    return field_errors(error)


def typed(name: str) -> str:
    """What stands in a field, without the blanks around it."""
    return request.form.get(name, "").strip()


def ticked(name: str) -> bool:
    """Is a box ticked."""
    return bool(request.form.get(name))


def on_off(*, on: bool) -> tuple[str, str]:
    """Tone and word for what is in use or is not."""
    return ("done", t("admin.in_use")) if on else ("neutral", t("admin.retired"))


def seen() -> int:
    """The version of the thing that the sent form was made of; none that can be right if it names none."""
    return whole(typed("seen"), otherwise=-1)


def marks(session: Session, kind: str, about: str, error: DomainError | None = None) -> dict[str, Any]:
    """Status and errors of a form about one thing, its version, and what somebody else changed meanwhile.

    After a stale save the form carries the new version: what was typed is saved when it is sent again knowingly.
    """
    if error is None:
        return {"status": 200, "errors": {}, "seen": meanwhile.version(session, kind, about), "entries": []}
    words: dict[str, Any] = {"status": STATUS[error.code], "errors": faults(error), "seen": seen(), "entries": []}
    if isinstance(error, StaleRecord):
        words["seen"] = meanwhile.version(session, kind, about)
        words["entries"] = told(session, meanwhile.since(session, kind, about, seen()))
    return words
