"""The record of the agencies as a page shows it: the same counts for the public, for supervisors and for an agency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from complaints.domain.thai_time import local_day
from complaints.services import catalogue
from complaints.services.agencies import record
from complaints.web.guard import now
from complaints.web.language import language, t
from complaints.web.oversight import figures
from complaints.web.oversight.asked import Asked, read_asked, span_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict

    from complaints.domain.kpi.count import Count
    from complaints.domain.period import Period
    from complaints.services.agencies.record import Record

# One fiscal year, in one that leaps as well.
MOST_DAYS = 366
SHEET = (
    "agency",
    "answered",
    "answers_due",
    "rate",
    "acknowledged",
    "receipts_due",
    "sent",
    "declined",
    "returned",
    "twice",
    "more",
)


@dataclass(frozen=True, slots=True)
class Question:
    """The days asked for, and what was wrong with them."""

    asked: Asked
    span: Period
    errors: dict[str, str]


def read_question(args: MultiDict[str, str]) -> Question:
    """The fiscal year, a part of it, or two days of one's own that lie near enough."""
    asked = read_asked(args, local_day(now()))
    errors = dict(asked.errors)
    if (asked.period.last - asked.period.first).days >= MOST_DAYS:
        errors["to"] = t("oversight.acknowledgement.too_long", days=MOST_DAYS)
        return Question(asked, span_of(asked.year, asked.part), errors)
    return Question(asked, asked.period, errors)


def chooser(session: Session, question: Question) -> dict[str, Any]:
    """What the form for other days reads."""
    return {
        "asked": question.asked,
        "errors": question.errors,
        "span": (question.span.first, question.span.last),
        "years": figures.years(session, local_day(now())),
        "parts": figures.parts(question.asked.year),
    }


def all_agencies(session: Session, span: Period) -> tuple[Record, list[tuple[str, Record]]]:
    """Everybody together, and every agency that is active or has figures: what is answered least comes first."""
    found = record.records(session, span.first, span.last, now())
    every = catalogue.agencies(session)
    shown = {row.code for row in catalogue.partners(every.values())} | set(found)
    names = {code: every[code].name(language()) for code in shown}
    rows = [(name, found.get(code, record.Record())) for code, name in names.items()]
    rows.sort(key=lambda row: (row[1].answered.rate is None, row[1].answered.rate or 0, row[0]))
    return record.together(session, list(found.values()), span.first, span.last), rows


def pair(count: Count) -> str:
    """`12 / 15`; nought of nought is no figure."""
    return f"{count.solved:,} / {count.due:,}" if count.due else t("oversight.no_figure")


def cells(one: Record) -> list[str]:
    """A record as cells of a table, in the order of `heads`."""
    return [
        pair(one.answered),
        figures.shown_rate(one.answered) if one.answered.due else "–",
        pair(one.acknowledged),
        f"{one.sent:,}",
        f"{one.declined + one.returned:,}",
        f"{one.twice:,} · {one.more:,}",
    ]


def heads() -> list[Any]:
    """The heads above those cells."""
    names = ("answered", "rate", "receipts", "referred", "given_back", "about")
    return [(t(f"record.column.{name}"), "num") for name in names]


def sheet_rows(rows: Sequence[tuple[str, Record]]) -> list[tuple[object, ...]]:
    """The same as bare numbers, for a file."""
    return [
        (
            name,
            one.answered.solved,
            one.answered.due,
            one.answered.rate,
            one.acknowledged.solved,
            one.acknowledged.due,
            one.sent,
            one.declined,
            one.returned,
            one.twice,
            one.more,
        )
        for name, one in rows
    ]


def page_of_all(session: Session, question: Question) -> dict[str, Any]:
    """What the pages about every agency read."""
    total, rows = all_agencies(session, question.span)
    return {
        **chooser(session, question),
        **_numbers(total),
        "total": total,
        "heads": heads(),
        "rows": [[name, *cells(one)] for name, one in rows if one != record.Record()],
        "idle": [name for name, one in rows if one == record.Record()],
    }


def page_of_one(session: Session, question: Question, code: str) -> dict[str, Any]:
    """What an agency's own page reads."""
    span = question.span
    one = record.records(session, span.first, span.last, now(), code).get(code, record.Record())
    return {**chooser(session, question), **_numbers(one), "one": one}


def _numbers(one: Record) -> dict[str, Any]:
    rate = one.answered.rate
    return {
        "rate": t("oversight.no_figure") if rate is None else str(rate),
        "receipts": pair(one.acknowledged),
        "as_of": now(),
    }
