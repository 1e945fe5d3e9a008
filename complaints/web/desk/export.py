"""The desk's lists to take away: a queue, a search, or the cases that name an identifier."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from complaints.db import begin_reading
from complaints.domain.identifier import Identifier
from complaints.domain.policy import Permission
from complaints.services import queues
from complaints.web import exporting
from complaints.web.desk.face import blueprint, chosen_queue, desk_frame, spans
from complaints.web.exporting import Listed
from complaints.web.guard import now, staff
from complaints.web.language import t
from complaints.web.numbers import whole


def _frame(listed: Listed) -> dict[str, Any]:
    return desk_frame(begin_reading(), listed.asked.get("queue", ""))


def _listed() -> Listed:
    kind = request.values.get("list", "")
    if kind == "search":
        return exporting.of_search("desk", request.values)
    if kind == "naming":
        wanted = whole(request.values.get("identifier", ""))
        asked = {"list": kind, "identifier": str(wanted)}
        back = url_for("desk.queue", identifier=wanted)
        return Listed(t("desk.list.naming"), asked, back, queues.named(Identifier.id == wanted))
    name = chosen_queue()
    asked, back = {"list": "queue", "queue": name}, url_for("desk.queue", queue=name)
    return Listed(t(f"desk.queue.{name}"), asked, back, queues.condition(name, now(), spans(), staff()))


exporting.offer(blueprint, "/export", Permission.EXPORT, _listed, _frame)
