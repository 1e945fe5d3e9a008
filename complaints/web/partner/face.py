"""The partner's blueprint, its queues in the rail, and the settings that its pages read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, request, url_for

from complaints.domain.agency import Agency
from complaints.services import queues
from complaints.web.frame import frame
from complaints.web.guard import staff
from complaints.web.language import language, t

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.web.frame import NavEntry
    from config import Settings

blueprint = Blueprint("partner", __name__, template_folder="templates", url_prefix="/partner")
FIRST_QUEUE = "todo"


def settings() -> Settings:
    """What the operator set."""
    found: Settings = current_app.extensions["settings"]
    return found


def chosen_queue() -> str:
    """The queue in the address; what is to be done unless another is named."""
    asked = request.values.get("queue", "")
    return asked if asked in queues.PARTNER_QUEUES else FIRST_QUEUE


def rail(counted: dict[str, int], active: str) -> list[NavEntry]:
    """The agency's queues with their counts."""
    entries: list[NavEntry] = [
        (url_for("partner.queue", queue=name), t(f"partner.queue.{name}"), name == active, counted[name])
        for name in queues.PARTNER_QUEUES
    ]
    return [
        *entries,
        (url_for("partner.search"), t("search.nav"), active == "search", None),
        (url_for("partner.record"), t("record.own"), active == "record", None),
        (url_for("partner.hooks"), t("hook.nav"), active == "hooks", None),
    ]


def partner_frame(session: Session, active: str, counted: dict[str, int] | None = None) -> dict[str, Any]:
    """What stands around a page of the partner."""
    agency = session.get(Agency, staff().agency or "")
    name = "" if agency is None else agency.name(language())
    here = request.full_path.rstrip("?") if request.method == "GET" else url_for("partner.queue")
    return {
        **frame(name, url_for("partner.queue"), rail(counted or queues.agency_counts(session, staff()), active)),
        "nav_url": url_for("partner.rail_part", active=active),
        "here": here,
    }
