"""Oversight: the one number and its light, every table against hand-counting, the cases behind, the CSV, the health."""

from __future__ import annotations

import csv
import io
import re
import threading
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import event, func, select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.agency import Agency, Category
from complaints.domain.audit import AuditEntry
from complaints.domain.case import Case
from complaints.domain.kpi.facts import KpiFact
from complaints.domain.kpi.indicators import RESOLUTION
from complaints.domain.outbox import Promise
from complaints.domain.wording import say
from complaints.services import access, behind, follow, handle, health, report, upkeep
from complaints.services.kpi import counting
from complaints.web.sheet import csv_text
from tests.centre import actor, classified, file_case, sign_in
from workers.assembly import TIMETABLE

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
YEAR = (date(2026, 10, 1), date(2027, 9, 30))


def answered(number: str, at: datetime, login: str | None = None) -> None:
    """The agency takes the case on and answers it."""
    officer = actor(Role.PARTNER, login)
    with unit_of_work() as session:
        case = access.get_for_change(session, number, officer, None)
        handle.accept(case, case.referrals[0], officer, at)
        handle.answer(session, case, case.referrals[0], "explained", "ชี้แจงแล้ว", None, officer, at)
    db.session.remove()


def count() -> None:
    """Count every day."""
    with unit_of_work() as session:
        upkeep.close_silent(session, NOW)
        counting.recount(session, counting.all_days(session), NOW)
    db.session.remove()


@pytest.fixture
def year(app: Flask) -> dict[str, str]:
    """Seven cases: of five trading problems two are solved, one too late; one withdrawn; one about something else."""
    october, november = datetime(2026, 10, 5, 5, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC)
    plan = {
        "solved": ("web", october, "seller_fraud"),
        "late": ("web", october, "seller_fraud"),
        "open": ("hotline", november, "seller_fraud"),
        "ocpb": ("web", november, "purchase_dispute"),
        "open_ocpb": ("web", november, "purchase_dispute"),
        "withdrawn": ("web", november, "purchase_dispute"),
        "other": ("line", november, "financial_scam"),
    }
    numbers = {}
    with unit_of_work() as session:
        session.get_one(Category, "seller_fraud").final_days = 30
    for name, (channel, at, category) in plan.items():
        numbers[name], _ = file_case(channel=channel, now=at)
        classified(numbers[name], category, now=at + timedelta(seconds=2))
    answered(numbers["solved"], october + timedelta(days=3))
    answered(numbers["late"], october + timedelta(days=40))
    answered(numbers["ocpb"], november + timedelta(days=3), "officer@ocpb.example")
    with unit_of_work() as session:
        case = session.scalars(select(Case).where(Case.number == numbers["withdrawn"])).one()
        follow.withdraw(session, case, "", november)
    db.session.remove()
    count()
    return numbers


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    """The text of a page without its tags."""
    with time_machine.travel(NOW, tick=False):
        sign_in(client, Role.SUPERVISOR)
        answer = client.get(address)
    assert answer.status_code == status
    return " ".join(re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True)).split())


def test_the_one_number_its_target_and_what_is_lacking(client: FlaskClient, year: dict[str, str]) -> None:
    said = page(client, "/oversight?lang=en")

    assert "40.00 %" in said
    assert "Red, far below target Target 80 %" in said
    assert "2 more must be solved by 30 September 2027 to reach 80 %" in said
    assert "Open problems that can still be solved before their deadline: 2" in said
    assert "As of 20 November 2026" in said
    assert "version 2" in said


def test_the_same_in_thai_with_buddhist_years(client: FlaskClient, year: dict[str, str]) -> None:
    said = page(client, "/oversight?lang=th")

    assert "ต้องแก้อีก 2 เรื่องภายใน 30 ก.ย. 2570 จึงถึง 80 %" in said
    assert "เรื่องที่รับตั้งแต่ 1 ต.ค. 2569 ถึง 30 ก.ย. 2570" in said


def test_three_counters_that_are_three(client: FlaskClient, year: dict[str, str]) -> None:
    said = page(client, "/oversight?lang=en")

    assert re.search(r"Contacts 6 .*Problems due 5 .*Problems solved 2 ", said)


def test_everything_counts_other_groups_too(client: FlaskClient, year: dict[str, str]) -> None:
    said = page(client, "/oversight?lang=en&scope=all")

    assert "33.33 %" in said
    assert re.search(r"Contacts 7 .*Problems due 6 .*Problems solved 2 ", said)


TABLES = {
    "agency": r"Royal Thai Police 1 3 33\.33 % Red, far below target 2 3",
    "category": r"Goods or service not as agreed 1 2 50\.00 % Red, far below target 1 3",
    "channel": r"Hotline 0 1 0\.00 % Red, far below target 1 1",
    "month": r"October 2026 1 2 50\.00 % Red, far below target 1 2",
    "fiscal_year": r"Fiscal year 2570 2 5 40\.00 % Red, far below target 2 6",
}


def test_every_table_shows_numerator_denominator_and_rate(client: FlaskClient, year: dict[str, str]) -> None:
    for by, row in TABLES.items():
        assert re.search(row, page(client, f"/oversight?lang=en&by={by}")), by


def test_what_pulls_it_down_comes_worst_first(client: FlaskClient, year: dict[str, str]) -> None:
    said = page(client, "/oversight?lang=en").partition("What pulls it down")[2].partition("Broken down by")[0]

    assert said.index("Royal Thai Police") < said.index("Office of the Consumer Protection Board")


def test_a_part_of_the_year_and_free_dates_in_either_era(client: FlaskClient, year: dict[str, str]) -> None:
    for chosen in (
        "year=2570&part=m10",
        "from=1/10/2569&to=31/10/2569",
        "from=2026-10-01&to=31/10/2026",
        "from=๑/๑๐/๒๕๖๙&to=31 ต.ค. 2569",
    ):
        said = page(client, f"/oversight?lang=en&{chosen}")
        assert "Received from 1 October 2026 to 31 October 2026" in said
        assert "50.00 %" in said
    assert "The period is over, 1 short of 80 %" in page(client, "/oversight?lang=en&year=2570&part=m10")
    assert "Received from 1 October 2026 to 31 December 2026" in page(client, "/oversight?lang=en&part=q1")


def test_dates_that_are_none_are_told_at_their_field(client: FlaskClient, year: dict[str, str]) -> None:
    said = page(client, "/oversight?lang=en&from=2/10/2569&to=1/10/2569", 422)
    assert "The last day must not come before the first" in said


def test_nonsense_in_the_address_falls_back(client: FlaskClient, year: dict[str, str]) -> None:
    said = page(client, "/oversight?lang=en&scope=x&by=drop&year=99999&part=m13")
    assert "40.00 %" in said


def test_nought_of_nought_is_no_figure(client: FlaskClient, app: Flask) -> None:
    said = page(client, "/oversight?lang=en")

    assert "No problem was due in this period, so there is no figure" in said
    assert "no figure" in said
    assert "100" not in said.partition("Target 80 %")[0]


def test_count_now_counts_and_is_recorded(client: FlaskClient, app: Flask) -> None:
    number, _ = file_case(now=NOW)
    classified(number, now=NOW)
    with time_machine.travel(NOW, tick=False):
        sign_in(client, Role.SUPERVISOR)
        answer = client.post("/oversight/recount?lang=en", follow_redirects=False)
        assert answer.status_code == 303
    session = db.session()
    assert session.scalar(select(func.sum(KpiFact.contacts)).where(KpiFact.definition == RESOLUTION)) == 1
    assert session.scalars(select(AuditEntry.what)).all() == ["recounted"]


def test_two_who_count_at_once_do_not_collide(app: Flask) -> None:
    for _ in range(3):
        file_case(now=NOW)
    failures: list[Exception] = []

    def work() -> None:
        try:
            with app.app_context():
                for _ in range(4):
                    count()
        except Exception as error:  # noqa: BLE001 - any failure is the finding
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert db.session.scalar(select(func.sum(KpiFact.contacts)).where(KpiFact.definition == RESOLUTION)) == 3


def rows_of(client: FlaskClient, address: str) -> list[dict[str, str]]:
    """The rows of a downloaded table."""
    with time_machine.travel(NOW, tick=False):
        sign_in(client, Role.SUPERVISOR)
        answer = client.get(address)
    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=1212-resolution-")
    text = answer.get_data().decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_sheet_holds_what_the_table_shows(client: FlaskClient, year: dict[str, str]) -> None:
    rows = rows_of(client, "/oversight/table.csv?lang=en&by=agency")

    police = next(row for row in rows if row["Agency code"] == "POLICE")
    assert (police["Solved (numerator)"], police["Due (denominator)"], police["Rate %"]) == ("1", "3", "33.33")
    assert (police["From"], police["To"], police["Target %"]) == ("2026-10-01", "2027-09-30", "80")
    assert police["Counted at"].startswith("2026-11-20T03:00")


def test_the_cells_add_up_to_the_total(client: FlaskClient, year: dict[str, str]) -> None:
    rows = rows_of(client, "/oversight/table.csv?lang=en&by=cell&scope=all")

    assert sum(int(row["Solved (numerator)"]) for row in rows) == 2
    assert sum(int(row["Due (denominator)"]) for row in rows) == 6
    assert sum(int(row["Contacts"]) for row in rows) == 7
    assert len(rows) == len(
        {tuple(row[f"{by} code"] for by in ("Agency", "Category", "Channel", "Month")) for row in rows}
    )


def test_a_name_that_looks_like_a_formula_stays_a_name(client: FlaskClient, year: dict[str, str]) -> None:
    with unit_of_work() as session:
        session.get_one(Agency, "POLICE").name_en = '=HYPERLINK("http://evil.example")'
    rows = rows_of(client, "/oversight/table.csv?lang=en&by=agency")

    assert '\'=HYPERLINK("http://evil.example")' in {row["Agency"] for row in rows}
    assert csv_text(["a"], [["-1"], ["@x"], [" +1"], [-1], ["ok"]]) == "\ufeffa\r\n'-1\r\n'@x\r\n' +1\r\n-1\r\nok\r\n"


BEHIND: dict[str, set[str]] = {
    "counted=contacts": {"solved", "late", "open", "ocpb", "open_ocpb", "withdrawn"},
    "counted=due": {"solved", "late", "open", "ocpb", "open_ocpb"},
    "counted=solved": {"solved", "ocpb"},
    "counted=unsolved": {"late", "open", "open_ocpb"},
    "counted=due&scope=all": {"solved", "late", "open", "ocpb", "open_ocpb", "other"},
    "counted=due&agency=POLICE": {"solved", "late", "open"},
    "counted=due&category=purchase_dispute": {"ocpb", "open_ocpb"},
    "counted=due&channel=hotline": {"open"},
    "counted=due&agency=-": set(),
    "counted=due&part=m10": {"solved", "late"},
}


def test_the_cases_behind_a_figure(client: FlaskClient, year: dict[str, str]) -> None:
    for asked, names in BEHIND.items():
        said = page(client, f"/oversight/cases?lang=en&{asked}")
        assert {name for name, number in year.items() if number in said} == names, asked


def test_an_administrator_sees_totals_but_no_case(client: FlaskClient, year: dict[str, str]) -> None:
    with time_machine.travel(NOW, tick=False):
        sign_in(client, Role.ADMINISTRATOR)
        figures = client.get("/oversight?lang=en").get_data(as_text=True)
        cases = client.get("/oversight/cases?lang=en").get_data(as_text=True)

    assert "40.00" in figures
    assert "/oversight/cases" not in figures
    assert "Your role does not see single cases" in cases
    assert not [number for number in year.values() if number in cases]


@pytest.mark.parametrize("role", [Role.AGENT, Role.PARTNER])
def test_nobody_else_sees_the_figures(client: FlaskClient, app: Flask, role: Role) -> None:
    sign_in(client, role)

    for address in ("/oversight", "/oversight/cases", "/oversight/health", "/oversight/table.csv"):
        assert client.get(address).status_code == 403
    assert client.post("/oversight/recount").status_code == 403


def test_the_list_goes_on_where_the_page_ended(
    client: FlaskClient, year: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behind, "PAGE", 2)
    with time_machine.travel(NOW, tick=False):
        sign_in(client, Role.SUPERVISOR)
        address, seen = "/oversight/cases?lang=en&counted=due&scope=all", []
        while address:
            html = client.get(address).get_data(as_text=True)
            seen += re.findall(r"number-link[^>]*>([\d-]+)<", html)
            following = re.search(r'rel="next" href="([^"]+)"', html)
            address = following[1].replace("&amp;", "&") if following else ""

    assert sorted(seen) == sorted(number for name, number in year.items() if name != "withdrawn")
    assert len(seen) == len(set(seen))


def test_every_figure_leads_to_exactly_its_cases(app: Flask, year: dict[str, str]) -> None:
    supervisor, session = actor(Role.SUPERVISOR), db.session()
    for code in behind.LISTED:
        found = report.total(session, *YEAR, group=None, code=code)
        for counted, number in (
            ("due", found.due),
            ("solved", found.solved),
            ("unsolved", found.due - found.solved),
        ):
            wanted = behind.Wanted(*YEAR, counted=counted, code=code)
            assert len(behind.cases(session, wanted, supervisor)) == number, (code, counted)
    assert len(behind.cases(session, behind.Wanted(*YEAR), supervisor)) == len(year)


def test_a_case_without_a_category_is_due_and_can_be_found(client: FlaskClient, app: Flask) -> None:
    number, _ = file_case(now=NOW)
    count()
    said = page(client, "/oversight/cases?lang=en&scope=all&category=-&agency=-&counted=unsolved")

    assert number in said
    assert say("word.none", "en") in page(client, "/oversight?lang=en&scope=all&by=category")


def test_health_says_what_waits_what_failed_and_what_stopped(client: FlaskClient, app: Flask) -> None:
    file_case(now=NOW - timedelta(minutes=20))
    with unit_of_work() as session:
        letter = session.scalars(select(Promise).where(Promise.kind == "letter")).one()
        letter.miss(NOW, "mailbox of somebody@mail.example unavailable", final=True)
        health.started(session, "sweep", NOW - timedelta(hours=1))
        session.flush()
        health.finished(session, "sweep", NOW - timedelta(hours=1))
        health.started(session, "count", NOW)
        session.flush()
        health.finished(session, "count", NOW)
        health.started(session, "forget", NOW)
        session.flush()
        health.failed(session, "forget", "OSError: disk full")
    said = page(client, "/oversight/health?lang=en")

    assert "The oldest waiting task has waited 20 min" in said
    assert "Tasks that the system gave up on: 1" in said
    assert "Letters: 1" in said
    assert "somebody@mail.example" not in said
    assert re.search(r"Pick up tasks that nobody does 5 seconds 1 h ago Stopped", said)
    assert re.search(r"Count the days with recent changes 30 seconds 0 s ago Running", said)
    assert re.search(r"Erase drafts that nobody sent hour never Failed last time", said)
    assert re.search(
        r"Close cases after the complainant.{1,8}s silence 10 minutes never Waits for its first turn", said
    )


def test_health_of_a_quiet_centre(client: FlaskClient, app: Flask) -> None:
    said = page(client, "/oversight/health?lang=th")

    assert "ไม่มีงานค้าง" in said
    assert "ไม่มีงานที่ล้มเหลว" in said


def test_the_timetable_is_watched_completely() -> None:

    assert set(health.EXPECTED) == set(TIMETABLE)
    for name, entry in TIMETABLE.items():
        assert health.EXPECTED[name].total_seconds() > 2 * entry["schedule"], name


def test_an_answer_disputed_no_longer_counts(app: Flask, year: dict[str, str]) -> None:
    with unit_of_work() as session:
        case = session.scalars(select(Case).where(Case.number == year["solved"])).one()
        follow.dispute(session, case, "ยังไม่ได้เงิน", datetime(2026, 10, 12, tzinfo=UTC))
    count()

    assert report.total(db.session(), *YEAR).solved == 1


def test_the_page_reads_facts_and_counts_no_case(client: FlaskClient, year: dict[str, str]) -> None:
    """Every figure of the page, and not one look at a case or an event on the way."""
    asked: list[str] = []

    def hear(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    with time_machine.travel(NOW, tick=False):
        sign_in(client, Role.SUPERVISOR)
        with client.application.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", hear)
        said = " ".join(re.sub(r"<[^>]*>", " ", client.get("/oversight?lang=en").get_data(as_text=True)).split())
        event.remove(engine, "before_cursor_execute", hear)
    reads = [statement for statement in asked if re.search(r"\b(complaint_case|event|referral|kpi_case)\b", statement)]
    assert reads == []
    assert len(asked) < 40, len(asked)
    assert re.search(r"Agencies answered in time 40\.00 % 2 / 5 ", said), said
    assert re.search(r"Time to the final answer Half within 3 days · nine of ten within 45 days 3 ", said), said
    assert re.search(r"Acknowledged within 10 seconds 0\.00 % 0 / 6 95 % Red", said), said
    assert re.search(r"At most 30 days 2 ", said), said
    assert "Score under the plan Below the minimum, for which the plan defines no score" in said
    assert "Resolution rate (version 2) Answered by the deadline" in said


def test_last_year_older_definitions_and_the_score_of_the_plan(client: FlaskClient, year: dict[str, str]) -> None:
    with unit_of_work() as session:
        for code, joined in (("OCPB", date(2026, 10, 1)), ("POLICE", date(2026, 9, 30))):
            session.get_one(Agency, code).joined_on = joined
        common = {"category_code": "seller_fraud", "channel": "web", "province": "", "definition": RESOLUTION}
        for day, number, solved in ((date(2025, 10, 5), 2, 9), (date(2026, 11, 2), 1, 5), (date(2026, 11, 2), 2, 95)):
            common |= {"contacts": max(solved, 10), "due": max(solved, 10), "solved": solved, "counted_at": NOW}
            session.add(KpiFact(day=day, version=number, agency_code="OCPB", **common))
    said = page(client, "/oversight?lang=en")
    assert "Same period last year 90.00 % (9 / 10), a change of" in said
    assert "Under version 1 of the definition: 50.00 % (5 / 10), counted on 20 November 2026" in said
    assert "Score under the plan 75 of 100 · weight 10 gives 7.5 · good" in said
    assert "1: Office of the Consumer Protection Board" in said
    for chosen, first, last in (
        ("part=cy&year=2569", "1 January 2026", "31 December 2026"),
        ("part=cq4&year=2026", "1 October 2026", "31 December 2026"),
        ("part=year&year=2027", "1 October 2026", "30 September 2027"),
    ):
        assert f"Received from {first} to {last}" in page(client, f"/oversight?lang=en&{chosen}"), chosen
    listed = page(client, "/oversight/cases?lang=en&of=answered&counted=unsolved")
    assert {name for name, number in year.items() if number in listed} == {"late", "open", "open_ocpb"}
