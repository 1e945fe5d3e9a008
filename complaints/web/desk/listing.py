"""The list at the left of the desk: a queue, a search, or the cases that name an identifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for
from sqlalchemy import inspect

from classifiers.cutter import LEADING
from complaints.channels import registry
from complaints.domain.thai_time import local_day
from complaints.services import catalogue, queues
from complaints.services.search import finding
from complaints.services.search.wanted import read
from complaints.web.clocks import case_clock, length
from complaints.web.desk.face import chosen_queue, counted, number, page_number, spans
from complaints.web.desk.signs import badges
from complaints.web.guard import now, staff
from complaints.web.language import language, t
from complaints.web.numbers import whole
from complaints.web.telling import baht, category_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from complaints.domain.case import Case

EXCERPT = 90


def listing(session: Session, shown: Case | None = None) -> dict[str, Any]:
    """The list that the address asks for: a queue, a search, or the cases that name an identifier."""
    text, wanted = request.values.get("q", "").strip()[:200], whole(request.values.get("identifier", ""))
    found = _found(session, text, wanted) if text or wanted else _queue(session)
    kept: dict[str, Any] = found["kept"]
    return found | {
        "q": text,
        "rows": lines(session, found["rows"], kept),
        "shown": shown.number if shown is not None else request.values.get("shown", ""),
        "export_url": url_for("desk.export", **found["exported"]),
        "list_url": url_for("desk.list_part", shown=shown.number if shown is not None else None, **kept),
    }


def _queue(session: Session) -> dict[str, Any]:
    """A page of a queue; pages follow one another by key, so that nothing is skipped while the queue moves."""
    name, here = chosen_queue(), request.values.get("at", "")
    page = queues.page_of(session, staff(), name, now(), spans(), queues.Place.read(here))

    def href(place: queues.Place | None) -> str:
        return url_for("desk.queue", queue=name, at=str(place)) if place else ""

    return {
        "active": name,
        "heading": t(f"desk.queue.{name}"),
        "note": _oldest(page) if name == "stuck" and page.earlier is None else "",
        "kept": {"queue": name, "at": here} if here else {"queue": name},
        "exported": {"list": "queue", "queue": name},
        "total": counted(session)[name],
        "total_shown": number(counted(session)[name]),
        "rows": page.rows,
        "earlier": href(page.earlier),
        "later": href(page.later),
        "pages": 1,
    }


def _oldest(page: queues.Page) -> str:
    return t("desk.list.oldest", span=length(now() - page.rows[0].moved_at)) if page.rows else ""


def _found(session: Session, text: str, wanted: int) -> dict[str, Any]:
    page = page_number()
    kept: dict[str, Any] = {"identifier": wanted} if wanted else {"q": text}
    if wanted:
        rows, total = queues.naming(session, staff(), wanted, page)
    else:
        rows = searched(session, text)
        total = len(rows)
    pages = max(-(-total // queues.PAGE), 1)
    return {
        "active": "",
        "heading": t("desk.list.naming" if wanted else "desk.list.found"),
        "kept": kept | {"page": page} if page > 1 else kept,
        "exported": {"list": "naming" if wanted else "search", **kept},
        "total": total,
        "total_shown": f"{total:,}",
        "rows": rows,
        "page": min(page, pages),
        "pages": pages,
        "page_pattern": url_for("desk.queue", **kept) + "&page={page}",
    }


def searched(session: Session, text: str) -> list[Case]:
    """The best of what the search page lists, beside a case that was opened from it."""
    want, _ = read({"q": text}, local_day(now()))
    return [] if want.empty else [hit.case for hit in finding.find(session, staff(), want, size=queues.PAGE).hits]


def lines(session: Session, rows: Sequence[Case], kept: dict[str, Any]) -> list[dict[str, Any]]:
    """One line a case."""
    categories = catalogue.categories(session)
    found = []
    for row in rows:
        category = categories.get(row.category_code or "")
        facts = [
            category_name(category),
            registry.name(row.channel, language()),
            baht(row.lost) if row.lost else "",
            _holder(row),
            t("desk.list.still", span=length(now() - row.moved_at)) if kept.get("queue") == "stuck" else "",
        ]
        found.append(
            {
                "number": row.number,
                "href": url_for("desk.case", number=row.number, **kept),
                "badges": badges(row, now()),
                "clock": case_clock(row, now()),
                "story": excerpt(row.story),
                "facts": " · ".join(filter(None, facts)),
                "state": t(f"word.state.{row.state}"),
            }
        )
    return found


def _holder(row: Case) -> str:
    """Whose the case is; what a search found does not say."""
    return (
        t("desk.share.of", name=row.assignee.name) if "assignee" not in inspect(row).unloaded and row.assignee else ""
    )


def excerpt(story: str) -> str:
    """The beginning of a story on one line; cut, it says so, and no vowel waits for the letter that it belongs to."""
    line = " ".join(story[: EXCERPT * 2].split())
    return line if len(line) <= EXCERPT else line[:EXCERPT].rstrip(LEADING + " ") + "…"
