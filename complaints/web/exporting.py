"""Cases to take away, the same for every list of the staff: what the file holds, who may have it, that it is told.

The file is made first, on the disk, then recorded, then sent: nobody takes one along unnoticed, a slow line holds no
connection, and what is recorded is what was in it.
"""

from __future__ import annotations

import hashlib
import tempfile
from array import array
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import IO, TYPE_CHECKING, Any, cast

from flask import render_template, request, send_file, url_for

from complaints.channels import registry
from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.errors import InvalidInput
from complaints.domain.places import provinces
from complaints.domain.policy import Permission, may
from complaints.domain.thai_time import local_day
from complaints.services import catalogue, exports
from complaints.services.search import wanted
from complaints.web.errors import field_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.sheet import write_csv, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Blueprint
    from flask.typing import ResponseReturnValue
    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict

MIMES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
HARMLESS = "default-src 'none'; sandbox"


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that can be taken away: its name, its address's arguments, the way back, and the cases in it.

    `cases` is a condition, or what gives the ids some at a time.
    """

    heading: str
    asked: dict[str, str]
    back: str
    cases: ColumnElement[bool] | Callable[[Session], Iterator[list[int]]]


def offer(
    blueprint: Blueprint,
    address: str,
    lock: Permission,
    listed: Callable[[], Listed],
    frame: Callable[[Listed], dict[str, Any]],
) -> None:
    """Give a face the two routes by which its lists are taken along: what the file would hold, and the file."""

    def shown(found: Listed, errors: dict[str, str]) -> ResponseReturnValue:
        action, template = url_for(f"{blueprint.name}.take_export"), f"{blueprint.name}/export.html"
        return page(found, action, template, frame(found), errors)

    @blueprint.get(address)
    @needs(lock)
    def export() -> ResponseReturnValue:
        """What the file of a list would hold."""
        return shown(listed(), {})

    @blueprint.post(address)
    @needs(lock)
    def take_export() -> ResponseReturnValue:
        """The file."""
        found = listed()
        return take(found, lambda errors: shown(found, errors))


def page(
    listed: Listed, action: str, template: str, frame: dict[str, Any], errors: dict[str, str]
) -> ResponseReturnValue:
    """What the file would hold, column by column, and the form."""
    session = begin_reading()
    known = None if callable(listed.cases) else exports.number(session, staff(), listed.cases)
    persons = may(staff(), Permission.EXPORT_PERSONS)
    shown = render_template(
        template,
        listed=listed,
        action=action,
        number=None if known is None else f"{known:,}",
        columns=[(t(f"export.column.{name}"), t(f"export.about.{name}")) for name in _names(personal=False)],
        personal=[(t(f"export.column.{name}"), t(f"export.about.{name}")) for name in exports.PERSONAL],
        formats=[(name, t(f"export.format.{name}")) for name in exports.FORMATS],
        may_persons=persons,
        typed=request.form,
        errors=errors,
        **frame,
    )
    return shown, 422 if errors else 200


def _names(*, personal: bool) -> tuple[str, ...]:
    return exports.columns(staff(), personal=personal)


def take(listed: Listed, again: Callable[[dict[str, str]], ResponseReturnValue]) -> ResponseReturnValue:
    """Make the file, record it, send it."""
    personal = bool(request.form.get("persons"))
    names = _names(personal=personal)
    try:
        why = exports.reason(request.form.get("reason", ""), personal=personal)
        form = exports.form(request.form.get("format", ""))
    except InvalidInput as error:
        return again(field_errors(error))
    asked = " · ".join([listed.heading, *(f"{name}: {value}" for name, value in listed.asked.items())])
    with ExitStack() as opened:
        out = opened.enter_context(tempfile.TemporaryFile())
        taken = _write(out, listed, names, form)
        out.seek(0)
        sha256 = hashlib.file_digest(out, "sha256").hexdigest()
        with unit_of_work() as session:
            exports.record(session, asked, names, why, taken, staff(), now(), made=form, sha256=sha256)
        let_go()
        out.seek(0)
        name = f"1212-{staff().agency or 'cases'}-{local_day(now()).isoformat()}.{form}"
        answer = send_file(out, MIMES[form], as_attachment=True, download_name=name)
        # What stands until then is closed when the answer was sent.
        answer.call_on_close(opened.pop_all().close)
    answer.headers["Content-Security-Policy"] = HARMLESS
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _write(out: IO[bytes], listed: Listed, names: tuple[str, ...], form: str) -> array[int]:
    """The table; the ids of its cases, eight bytes each."""
    session = begin_reading()
    ids: array[int] = array("q")
    words = _words(session)
    head = [t(f"export.column.{name}") for name in names]

    def cells() -> Iterator[list[object]]:
        shown: list[Callable[[Any], object]] = [words.get(name, _plain) for name in names]
        for row in _rows(session, listed, names):
            ids.append(row[0])
            told: tuple[Any, ...] = tuple(row)[1:]
            yield [show(value) for show, value in zip(shown, told, strict=True)]

    if form == "csv":
        write_csv(out, head, cells())
    else:
        about = [(t("export.columns"),), *((t(f"export.column.{name}"), t(f"export.about.{name}")) for name in names)]
        write_xlsx(out, t("export.sheet"), head, cells(), about)
    let_go()
    return ids


def _rows(session: Session, listed: Listed, names: tuple[str, ...]) -> Iterator[Row[Any]]:
    if callable(listed.cases):
        return exports.rows_of(session, staff(), listed.cases(session), names)
    return exports.rows(session, staff(), listed.cases, names)


def _plain(value: object) -> object:
    return value


def _words(session: Session) -> dict[str, Callable[[Any], object]]:
    """How a column's values are told; codes in the reader's words."""
    reader = language()
    kinds = {row.code: row.name(reader) for row in catalogue.categories(session).values()}
    agencies = {row.code: row.name(reader) for row in catalogue.agencies(session).values()}
    places = {code: row.name(reader) for code, row in provinces().items()}
    channels = {code: registry.name(code, reader) for code in registry.known()}

    def of(table: dict[str, str]) -> Callable[[Any], object]:
        return lambda code: table.get(code or "", code or "")

    def said(prefix: str) -> Callable[[Any], object]:
        found: dict[str, str] = {}
        return lambda code: found.setdefault(code, t(f"{prefix}.{code}")) if code else ""

    return {
        "channel": of(channels),
        "category": of(kinds),
        "agency": of(agencies),
        "province": of(places),
        "group": said("word.group"),
        "state": said("word.state"),
        "outcome": said("word.outcome"),
        "part_state": said("word.referral"),
        "part_outcome": said("word.outcome"),
        **dict.fromkeys(("lost", "recovered"), _baht),
        **dict.fromkeys(("urgent", "due", "solved"), partial(_either, t("admin.yes"), t("admin.no"))),
    }


def _either(yes: str, no: str, value: object) -> str:
    return yes if value else no


def _baht(satang: int | None) -> Decimal | None:
    return None if satang is None else Decimal(satang) / 100


def of_search(face: str, values: MultiDict[str, str]) -> Listed:
    """What a search lists; raises `InvalidInput` for what it cannot read."""
    want, errors = wanted.read(values, local_day(now()))
    if errors:
        raise errors[0]
    asked = wanted.typed(values)
    found: ColumnElement[bool] | Callable[[Session], Iterator[list[int]]] = wanted.condition(want, staff())
    if want.question.terms:
        found = partial(exports.searched, actor=staff(), wanted=want)
    back = url_for(f"{face}.search", **cast("dict[str, Any]", asked))
    return Listed(t("search.title"), {"list": "search", **asked}, back, found)
