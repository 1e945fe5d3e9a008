"""The partner's blueprint, its queues in the rail, and the settings that its pages read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, request, url_for

from complaints.domain.agency import Agency
from complaints.domain.policy import Permission, may
from complaints.services import queues
from complaints.services.agencies import people
from complaints.web.frame import frame
from complaints.web.guard import now, staff
from complaints.web.language import language, t

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.web.frame import NavEntry
    from config import Settings

blueprint = Blueprint("partner", __name__, template_folder="templates", url_prefix="/partner")
FIRST_QUEUE = "todo"
# How much further in an office below another one stands in a list.
INDENT = "– "


def settings() -> Settings:
    """What the operator set."""
    found: Settings = current_app.extensions["settings"]
    return found


def chosen_queue() -> str:
    """The queue in the address; what is to be done unless another is named."""
    asked = request.values.get("queue", "")
    return asked if asked in queues.PARTNER_QUEUES else FIRST_QUEUE


def rail(session: Session, counted: dict[str, int], active: str) -> list[NavEntry]:
    """The agency's queues with their counts, and its own pages."""
    entries: list[NavEntry] = [
        (url_for("partner.queue", queue=name), t(f"partner.queue.{name}"), name == active, counted[name])
        for name in queues.PARTNER_QUEUES
    ]
    entries.append((url_for("partner.search"), t("search.nav"), active == "search", None))
    entries.append((url_for("partner.bulk"), t("bulk.title"), active == "bulk", None))
    entries.append((url_for("partner.absences"), t("absences.title"), active == "absences", None))
    if may(staff(), Permission.MANAGE_AGENCY):
        late = people.overdue(session, staff(), now())
        entries.append((url_for("partner.people"), t("people.title"), active == "people", late or None))
        entries.append((url_for("partner.offices"), t("offices.title"), active == "offices", None))
        entries.append((url_for("partner.hooks"), t("hook.nav"), active == "hooks", None))
    entries.append((url_for("partner.record"), t("record.own"), active == "record", None))
    return entries


def partner_frame(session: Session, active: str, counted: dict[str, int] | None = None) -> dict[str, Any]:
    """What stands around a page of the partner."""
    agency = session.get(Agency, staff().agency or "")
    name = "" if agency is None else agency.name(language())
    here = request.full_path.rstrip("?") if request.method == "GET" else url_for("partner.queue")
    return {
        **frame(
            name,
            url_for("partner.queue"),
            rail(session, counted or queues.agency_counts(session, staff(), now()), active),
        ),
        "nav_url": url_for("partner.rail_part", active=active),
        "here": here,
    }
