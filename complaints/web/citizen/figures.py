"""The centre's figures for everybody: how many complaints were acknowledged in time, day by day."""

from __future__ import annotations

from flask import render_template

from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.domain.thai_time import local_day
from complaints.services import acknowledge
from complaints.web.citizen.face import blueprint
from complaints.web.counting import acknowledged, last_days, pair
from complaints.web.guard import needs, now


@blueprint.get("/figures")
@needs(Permission.PUBLIC)
def figures() -> str:
    """The last thirty days: one number, each channel, each day, and what is counted."""
    session = begin_reading()
    found = acknowledged(session, last_days(local_day(now())))
    return render_template(
        "citizen/figures.html",
        **found.words(),
        pair=pair,
        days=[(day, pair(acknowledge.added(found.cells, day=day))) for day in found.days()],
    )
