"""The list at the left of the desk: a queue, a search, or the cases that name an identifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from complaints.channels import registry
from complaints.services import catalogue, queues
from complaints.web.clocks import case_clock
from complaints.web.desk.face import chosen_queue, days_before, page_number
from complaints.web.guard import now, staff
from complaints.web.language import language, t
from complaints.web.telling import baht

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from complaints.domain.case import Case

EXCERPT = 90
LEADING_VOWELS = "เแโใไ"


def listing(session: Session, shown: Case | None = None) -> dict[str, Any]:
    """The list that the address asks for: a queue, a search, or the cases that name an identifier."""
    text, page = request.values.get("q", "").strip()[:200], page_number()
    wanted = request.values.get("identifier", "")
    name = chosen_queue()
    kept: dict[str, Any]
    if wanted.isdecimal():
        rows, total = queues.naming(session, staff(), int(wanted), page)
        active, heading, kept = "", t("desk.list.naming"), {"identifier": wanted}
    elif text:
        rows, total = queues.search(session, staff(), text, page)
        active, heading, kept = "", t("desk.list.found"), {"q": text}
    else:
        days = days_before(session)
        rows = queues.listed(session, staff(), name, now(), days, page)
        total = queues.count(session, staff(), name, now(), days)
        active, heading, kept = name, t(f"desk.queue.{name}"), {"queue": name}
    pages = max(-(-total // queues.PAGE), 1)
    return {
        "active": active,
        "heading": heading,
        "kept": kept,
        "q": text,
        "total": total,
        "page": min(page, pages),
        "pages": pages,
        "page_pattern": url_for("desk.queue", **kept) + "&page={page}",
        "rows": _lines(session, rows, kept),
        "shown": shown.number if shown is not None else request.values.get("shown", ""),
        "list_url": url_for("desk.list_part", page=page, shown=shown.number if shown is not None else None, **kept),
    }


def _lines(session: Session, rows: Sequence[Case], kept: dict[str, Any]) -> list[dict[str, Any]]:
    """One line a case."""
    categories = catalogue.categories(session)
    th = language() == "th"
    lines = []
    for row in rows:
        category = categories.get(row.category_code or "")
        facts = [
            (category.name_th if th else category.name_en) if category else t("word.none"),
            registry.name(row.channel, language()),
            baht(row.lost) if row.lost else "",
        ]
        lines.append(
            {
                "number": row.number,
                "href": url_for("desk.case", number=row.number, **kept),
                "urgent": row.urgent,
                "clock": case_clock(row, now()),
                "story": _excerpt(row.story),
                "facts": " · ".join(filter(None, facts)),
                "state": t(f"word.state.{row.state}"),
            }
        )
    return lines


def _excerpt(story: str) -> str:
    """The beginning of a story on one line; cut, it says so, and no vowel waits for the letter that it belongs to."""
    line = " ".join(story[: EXCERPT * 2].split())
    return line if len(line) <= EXCERPT else line[:EXCERPT].rstrip(LEADING_VOWELS + " ") + "…"
