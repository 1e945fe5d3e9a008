"""The desk's blueprint, its queues in the rail, and the settings that its pages read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, g, request, url_for
from flask_login import current_user

from complaints.domain.actor import Role
from complaints.services import calls, queues, shifts
from complaints.services.promises import number_of_failed
from complaints.web.frame import frame
from complaints.web.guard import now, staff
from complaints.web.language import t
from complaints.web.profile import centre_profile

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.web.frame import NavEntry
    from config import Settings

blueprint = Blueprint("desk", __name__, template_folder="templates", url_prefix="/desk")
FIRST_QUEUE = "triage"
FOR_SUPERVISORS = "escalated"


def settings() -> Settings:
    """What the operator set."""
    found: Settings = current_app.extensions["settings"]
    return found


def telephone() -> bool:
    """Does a telephone system tell of its calls."""
    return bool(settings().of_channel("cti", "secret"))


def chosen_queue() -> str:
    """The queue in the address; triage unless another is named."""
    asked = request.values.get("queue", "")
    return asked if asked in queues.QUEUES else FIRST_QUEUE


def page_number() -> int:
    """The page in the address, from 1."""
    asked = request.args.get("page", "1")
    return max(int(asked), 1) if asked.isdecimal() and len(asked) < 6 else 1  # noqa: PLR2004 - enough for any list


def spans() -> queues.Spans:
    """From when a deadline is near and a case is stuck."""
    return queues.Spans(centre_profile().remind_days_before, centre_profile().stuck_after_days)


def counted(session: Session) -> dict[str, int]:
    """What stands in each queue, what failed and who was not called back: one query, once a request."""
    if "counted" not in g:
        more = {"failures": number_of_failed(), "handover": shifts.number_unread(staff(), now())}
        if telephone():
            more["missed"] = calls.number_missed(now())
        g.counted = queues.counts(session, staff(), now(), spans(), more)
    found: dict[str, int] = g.counted
    return found


def number(count: int) -> str:
    """A count as it is shown: behind the last one that is counted stands a plus."""
    most = queues.MOST_COUNTED
    return f"{min(count, most):,}{'+' if count > most else ''}"


def rail(session: Session, active: str) -> list[NavEntry]:
    """The queues with their counts, then the failures, the entry form and, for a supervisor, the figures."""
    found = counted(session)
    entries: list[NavEntry] = [
        (url_for("desk.queue", queue=name), t(f"desk.queue.{name}"), name == active, number(found[name]))
        for name in queues.QUEUES
        if name != FOR_SUPERVISORS or staff().role is Role.SUPERVISOR
    ]
    entries.append((url_for("desk.search"), t("search.nav"), active == "search", None))
    entries.append((url_for("desk.masses"), t("desk.mass.title"), active == "mass", None))
    entries.append((url_for("desk.mediations"), t("mediation.desk.nav"), active == "mediations", None))
    entries.append((url_for("desk.websites"), t("website.nav"), active == "websites", None))
    failures = number(found["failures"])
    entries.append((url_for("desk.failures"), t("desk.failures.nav"), active == "failures", failures))
    entries.append((url_for("desk.new"), t("desk.new.nav"), active == "new", None))
    if telephone():
        missed = number(found["missed"])
        entries.append((url_for("desk.calls_page"), t("desk.calls.nav"), active == "calls", missed))
    unread = number(found["handover"]) if found["handover"] else None
    entries.append((url_for("desk.handover"), t("shift.title"), active == "handover", unread))
    entries.append((url_for("desk.mine"), t("floor.mine.title"), active == "figures", None))
    if staff().role is Role.SUPERVISOR:
        entries.append((url_for("oversight.floor"), t("floor.title"), False, None))
        entries.append(("/oversight", t("desk.oversight"), False, None))
    return entries


def desk_frame(session: Session, active: str, case: Case | None = None) -> dict[str, Any]:
    """What stands around a page of the desk."""
    return {
        **frame(t("desk.name"), url_for("desk.queue"), rail(session, active)),
        "ring_url": url_for("desk.ringing") if telephone() and current_user.extension else "",
        "nav_url": url_for("desk.rail_part", active=active),
        "live_url": url_for(
            "desk.live", active=active, case=case.number if case else None, version=case.version if case else None
        ),
        "here": request.full_path.rstrip("?") if request.method == "GET" else url_for("desk.queue"),
    }
