"""The desk's lists and the case page; what is done with a case stands in `steps`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.services import access
from complaints.web.desk import (
    bundles,
    calls,
    doing,
    dossiers,
    drafting,
    entry,
    export,
    failures,
    graph,
    handover,
    letters,
    live,
    masses,
    mediating,
    mine,
    naming,
    replies,
    search,
    sharing,
    steps,
    tying,
    websites,
)
from complaints.web.desk.face import blueprint, counted, desk_frame, rail
from complaints.web.desk.listing import listing
from complaints.web.desk.page import case_page
from complaints.web.files import asked_for, send_file_of, send_original
from complaints.web.guard import needs, now, quiet, staff

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

__all__ = (
    "blueprint",
    "bundles",
    "calls",
    "doing",
    "dossiers",
    "drafting",
    "entry",
    "export",
    "failures",
    "graph",
    "handover",
    "letters",
    "live",
    "masses",
    "mediating",
    "mine",
    "naming",
    "replies",
    "search",
    "sharing",
    "steps",
    "tying",
    "websites",
)


@blueprint.get("")
@needs(Permission.DESK)
def queue() -> ResponseReturnValue:
    """One queue, or what a search found."""
    session = begin_reading()
    found = listing(session)
    return render_template(
        "desk/queue.html",
        choices=doing.quick_choices(),
        pinned=handover.pinned(session) if counted(session)["handover"] else [],
        **found,
        **desk_frame(session, found["active"]),
    )


@blueprint.get("/list")
@needs(Permission.DESK)
@quiet
def list_part() -> ResponseReturnValue:
    """The list alone, for the page that keeps itself fresh."""
    return render_template("desk/list.html", **listing(begin_reading()))


@blueprint.get("/rail")
@needs(Permission.DESK)
@quiet
def rail_part() -> ResponseReturnValue:
    """The queues' counts alone."""
    return render_template("ui/rail.html", nav=rail(begin_reading(), request.args.get("active", "")))


@blueprint.get("/case/<number>")
@needs(Permission.DESK)
def case(number: str) -> ResponseReturnValue:
    """List left, case right; whoever opens it is seen by others who look at it."""
    sharing.arrive(number)
    session = begin_reading()
    found = access.get_case(session, number, staff())
    listed = listing(session, found)
    page = case_page(session, found, staff(), now())
    return render_template("desk/case.html", **page, **listed, **desk_frame(session, listed["active"], found))


@blueprint.get("/case/<number>/file/<int:file_id>")
@needs(Permission.DESK)
def file(number: str, file_id: int) -> ResponseReturnValue:
    """A file of the case: the copy to look at, or with `?original` what came, to keep."""
    session = begin_reading()
    found = access.open_file(session, access.get_case(session, number, staff()), file_id, staff())
    return send_file_of(found, asked_for())


@blueprint.get("/case/<number>/original/<int:raw_id>")
@needs(Permission.DESK)
def original(number: str, raw_id: int) -> ResponseReturnValue:
    """What came in for the case by a channel, byte for byte, to keep and never to run."""
    session = begin_reading()
    return send_original(access.get_original(session, access.get_case(session, number, staff()), raw_id, staff()))
