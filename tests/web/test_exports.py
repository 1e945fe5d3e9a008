"""Cases taken along as a file: every case that may be seen, each once, and nobody takes them along unnoticed."""

from __future__ import annotations

import csv
import io
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, insert, select, true

from complaints.db import begin_reading, db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Actor, Role
from complaints.domain.audit import AuditEntry, Change
from complaints.domain.case import Case
from complaints.domain.errors import NotAllowed
from complaints.domain.export import ExportedCase, ExportsAreAppendOnly
from complaints.domain.policy import may_see, may_see_person
from complaints.services import exports
from complaints.services.kpi import counting
from complaints.web.sheet import write_csv
from tests.centre import LOGINS, actor, sign_in
from tests.services.scene import DAY, NOW, agent, answered, in_triage, police, referred
from tests.services.test_access import every_state, everybody

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.centre import TestResponse

FORMULA = '=HYPERLINK("http://x.example","ดู") ร้านปลอม'
CSV, XLSX = {"list": "queue", "queue": "open", "format": "csv"}, {"list": "queue", "queue": "open", "format": "xlsx"}


def lines(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    data = answer.data
    answer.close()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def entries() -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.what == Change.CASES_EXPORTED.value).order_by(AuditEntry.id)
    return list(db.session.scalars(query).unique())


def test_what_is_exported_is_what_may_be_seen_and_whose_contacts(app: Flask) -> None:
    cases = every_state()
    case_id = db.session.scalars(select(Case.id).where(Case.number == cases["both"])).one()
    for who in everybody(case_id):
        session = begin_reading()
        everything = session.scalars(select(Case).order_by(Case.id)).unique().all()
        found = list(exports.rows(session, who, true(), ("number", "email")))
        assert [row.number for row in found] == [case.number for case in everything if may_see(who, case)], who
        for row in found:
            case = next(case for case in everything if case.number == row.number)
            assert bool(row.email) == (may_see_person(who, case) and bool(case.person.email)), (who, row)
        db.session.remove()
    boss = Actor(Role.PARTNER, agency="POLICE", manages=True)
    assert exports.columns(boss, personal=True)[-5:] == exports.PERSONAL
    for who in (agent(), police(), actor(Role.ADMINISTRATOR)):
        with pytest.raises(NotAllowed):
            exports.columns(who, personal=True)


def test_the_desk_takes_a_list_along(app: Flask, client: FlaskClient) -> None:
    numbers = [in_triage(email="a@example.com"), referred("POLICE")]
    answered()  # no longer open
    odd = in_triage(story=FORMULA)
    sign_in(client, Role.AGENT)
    page = client.get("/desk/export?list=queue&queue=open").get_data(as_text=True)
    assert "3 เรื่อง" in page
    assert 'name="persons"' not in page
    found = lines(client.post("/desk/export?lang=en", data=CSV))
    assert {row["Case number"] for row in found} == {*numbers, odd}
    assert "Story" not in found[0]
    assert client.post("/desk/export", data=CSV | {"persons": "1", "reason": "x"}).status_code == 403
    assert client.post("/desk/export", data=CSV | {"format": "doc"}).status_code == 422
    # The words of a search: what its pages list.
    asked = {"list": "search", "q": "ร้านปลอม", "format": "csv"}
    assert [row["Case number"] for row in lines(client.post("/desk/export?lang=en", data=asked))] == [odd]
    asked = {"list": "search", "state": "referred", "format": "csv"}
    assert [row["Case number"] for row in lines(client.post("/desk/export?lang=en", data=asked))] == [numbers[1]]
    assert client.post("/desk/export", data={"list": "search", "since": "x"}).status_code == 422
    kept = entries()
    assert [entry.after["rows"] for entry in kept] == [3, 1, 1]
    assert "ร้านปลอม" in kept[1].after["asked"]
    assert db.session.scalar(select(func.count()).select_from(ExportedCase)) == 0
    db.session.remove()


def test_persons_need_a_right_and_a_reason_and_are_recorded_one_by_one(app: Flask, client: FlaskClient) -> None:
    number = in_triage(story=FORMULA, email="malee@example.com")
    sign_in(client, Role.SUPERVISOR)
    persons = XLSX | {"persons": "1"}
    refused = client.post("/desk/export?lang=en", data=persons)
    assert refused.status_code == 422
    assert 'id="reason-error"' in refused.get_data(as_text=True)
    assert entries() == []
    answer = client.post("/desk/export?lang=en", data=persons | {"reason": "ศาลขอ"})
    book = load_workbook(io.BytesIO(answer.data))
    answer.close()
    head, row = list(book["Cases"].iter_rows())
    told = {top.value: cell for top, cell in zip(head, row, strict=True)}
    assert told["Case number"].value == number
    assert told["E-mail"].value == "malee@example.com"
    assert (told["Story"].value, told["Story"].data_type) == (FORMULA, "s")
    assert told["Received"].is_date
    assert {line[0] for line in book["Columns"].values} == {top.value for top in head}
    assert lines(client.post("/desk/export?lang=en", data=CSV | {"persons": "1", "reason": "x"}))[0]["Story"] == (
        "'" + FORMULA
    )
    (first, _) = entries()
    assert first.after["persons"] == "name, phone, email, line_id, story"
    assert (first.after["reason"], first.account.login) == ("ศาลขอ", LOGINS[Role.SUPERVISOR][0])
    with unit_of_work() as session:
        kept = session.scalars(select(ExportedCase)).first()
        kept.case_id = 999
        with pytest.raises(ExportsAreAppendOnly):
            session.flush()
        session.rollback()
    seen = client.get("/oversight/exports?lang=en").get_data(as_text=True)
    assert "ศาลขอ" in seen
    assert "Telephone" in seen
    with unit_of_work() as session:
        counting.recount(session, counting.all_days(session), NOW + DAY)
    db.session.remove()
    figures = client.post("/oversight/cases/export?lang=en&scope=all", data={"format": "csv", "counted": "due"})
    assert [row["Case number"] for row in lines(figures)] == [number]


def test_an_agency_takes_its_own_along(app: Flask, client: FlaskClient) -> None:
    own, _others = referred("POLICE", email="a@example.com"), referred("OCPB")
    sign_in(client, Role.PARTNER)
    todo = {"list": "queue", "queue": "todo", "format": "csv"}
    (row,) = lines(client.post("/partner/export?lang=en", data=todo))
    assert (row["Case number"], row["Your part"]) == (own, "Waiting for the agency to confirm")
    assert "In hand of" in row
    assert "Satisfaction" not in row
    with unit_of_work() as session:
        session.scalars(select(Account).where(Account.login == LOGINS[Role.PARTNER][0])).one().manages = True
    (row,) = lines(client.post("/partner/export?lang=en", data=todo | {"persons": "1", "reason": "x"}))
    assert row["E-mail"] == "a@example.com"
    assert [entry.about for entry in entries()] == ["POLICE", "POLICE"]
    sign_in(client, Role.ADMINISTRATOR)
    assert client.post("/desk/export", data=CSV).status_code == 403


def copies(of: dict[str, Any], first: int, last: int) -> None:
    rows = [of | {"id": n, "number": f"70-{n}", "submission_hash": None} for n in range(first, last)]
    with unit_of_work() as session:
        session.execute(insert(Case.__table__), rows)
    db.session.remove()


def peak(who: Actor, names: tuple[str, ...], out: Path) -> tuple[int, int]:
    """How many rows a file got, and the most memory that was held meanwhile."""
    count = 0

    def counted() -> Iterator[Sequence[object]]:
        nonlocal count
        for row in exports.rows(begin_reading(), who, true(), names):
            count += 1
            yield row

    with out.open("wb") as file:
        tracemalloc.start()
        write_csv(file, names, counted())
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    db.session.remove()
    return count, size


def test_ten_times_the_cases_take_no_more_memory(app: Flask, tmp_path: Path) -> None:
    in_triage(story="ร้านปลอม " * 400)
    case = dict(db.session.execute(select(Case.__table__)).mappings().one())
    who = actor(Role.SUPERVISOR)
    names = exports.columns(who, personal=True)
    copies(case, 10, 1010)
    peak(who, names, tmp_path / "warm")
    few, held = peak(who, names, tmp_path / "few")
    copies(case, 1010, 10010)
    many, held_of_many = peak(who, names, tmp_path / "many")
    assert (few, many) == (1001, 10001)
    assert held_of_many < 1.5 * held
