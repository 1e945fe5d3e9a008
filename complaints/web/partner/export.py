"""An agency's own lists to take away: a queue or a search."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.services import queues
from complaints.services.agencies import offices
from complaints.web import exporting
from complaints.web.exporting import Listed
from complaints.web.guard import now, staff
from complaints.web.language import t
from complaints.web.partner.face import blueprint, chosen_queue, partner_frame


def _frame(listed: Listed) -> dict[str, Any]:
    return partner_frame(begin_reading(), listed.asked.get("queue", ""))


def _listed() -> Listed:
    if request.values.get("list") == "search":
        return exporting.of_search("partner", request.values)
    name, office = chosen_queue(), request.values.get("office", "")
    own = next((row for row in offices.of_agency(begin_reading(), staff().agency) if str(row.id) == office), None)
    asked = {"list": "queue", "queue": name} | ({"office": office} if own is not None else {})
    within = own.path if own is not None else ""
    condition = queues.in_agency_queue(staff(), name, now(), within)
    back = url_for("partner.queue", queue=name, office=office if own is not None else None)
    return Listed(t(f"partner.queue.{name}"), asked, back, condition)


exporting.offer(blueprint, "/export", Permission.EXPORT, _listed, _frame)
