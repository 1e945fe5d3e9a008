"""The main job on real input: complaints come in by the web form, are routed, resolved, and counted as by hand.

Every sixth of the 240; `OCC_WALK=all pytest -n 0 tests/walk` takes them all.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from complaints.db import db, unit_of_work
from complaints.domain.agency import CENTRE, Category
from complaints.domain.case import Case
from complaints.domain.identifier import Decision
from complaints.domain.lifecycle import State
from complaints.services import access, follow, handle, triage
from tests.browsing import Browser, Page
from tests.inside import PASSWORD, all_kept, staff, walk_app
from tests.operating import running
from tests.servers import free_port, wait_until

if TYPE_CHECKING:
    from complaints.domain.actor import Actor

LINES = (Path(__file__).parent / "complaints.jsonl").read_text("utf-8").splitlines()
ROWS = [json.loads(line) for line in LINES[:: 1 if os.environ.get("OCC_WALK") == "all" else 6]]
LONG = 240.0
# Every seventh or so stays open: of all 240 are resolved 204.
RESOLVED = {index for index in range(len(ROWS)) if (index * 37) % 100 < 85}
NUMBER = re.compile(r"\d{2}-\d{6}-\d")
SECRET = re.compile(r"\d{4}(?: \d{4}){4}")


@dataclass
class Told:
    """One complaint after it was sent."""

    number: str
    category: str
    resolved: bool


def report(base: str, text: str) -> str:
    """Fill in the whole form as somebody would who does not know the kind; returns the case's number."""
    browser = Browser(base)
    page = browser.open("/report/story")
    page = browser.submit(page, page.form("story"), {"story": text, "money": "none"}, ("go", "next"))
    for _ in range(12):
        if page.path == "/report/receipt":
            found = NUMBER.search(page.text)
            assert found is not None
            assert SECRET.search(page.text)
            return found.group()
        page = answer(browser, page)
    msg = f"the form does not end: {page.url} {page.text[:500]}"
    raise AssertionError(msg)


def answer(browser: Browser, page: Page) -> Page:
    """Answer one page with as little as it takes."""
    assert page.status == 200, (page.url, page.text[:600])
    name = page.path.rpartition("/")[2]
    if name == "kind":
        return browser.submit(page, page.form("kind"), {"kind": "unsure"}, ("go", "next"))
    if name in {"questions", "more"}:
        form = page.form(action=name)
        fill = {field: "ไม่ทราบ" for field, held in form.values.items() if held == [""] and field not in form.choices}
        kept = {field: value for field, value in fill.items() if field != "csrf_token"}
        answered = browser.submit(page, form, {}, ("go", "next"))
        return answered if answered.status == 200 else browser.submit(page, form, kept, ("go", "next"))
    if name == "contact":
        return browser.submit(page, page.form("phone"), {"phone": "0800000000"}, ("go", "next"))
    if name == "check":
        return browser.submit(page, page.form("consent"), {"consent": "1"}, ("go", "send"))
    return browser.submit(page, page.form(action=name), {}, ("go", "next"))


def work(number: str, label: str, actors: dict[str, Actor], *, resolve: bool) -> Told:
    """Desk and agency do their part: what the machine left is decided as labelled, then all is answered or left."""
    agent, now = actors["agent"], datetime.now(UTC)
    with unit_of_work() as session:
        case = access.get_for_change(session, number, agent, None)
        if case.state == State.TRIAGE.value:
            category = session.get_one(Category, label)
            triage.decide(session, case, label, agent, now)
            if category.agency_code != CENTRE:
                triage.refer(session, case, [category.agency_code], agent, now)
        session.flush()
        if resolve and case.open_referrals:
            referral = case.open_referrals[0]
            officer = actors[referral.agency_code]
            handle.accept(case, referral, officer, now)
            handle.answer(session, case, referral, "explained", "ดำเนินการแล้ว", None, officer, now)
        elif resolve:
            triage.resolve(session, case, "explained", "ตอบคำถามแล้ว", agent, now)
        if resolve:
            # What was answered is solved once its complainant says so.
            session.flush()
            follow.confirm(case, now)
        told = Told(number, case.category_code or "", resolve)
    db.session.remove()
    return told


def figures(base: str, scope: str) -> tuple[dict[str, tuple[int, int]], Page]:
    """Solved and due per category as the supervisor's page gives them, and the page itself."""
    browser = Browser(base)
    page = browser.open("/staff/sign-in")
    page = browser.submit(
        page, page.form("login", "password"), {"login": "supervisor@walk.example", "password": PASSWORD}
    )
    page = browser.open(f"/oversight?scope={scope}")
    page = browser.submit(page, page.form(action="recount"))
    sheet = browser.open(f"/oversight/table.csv?scope={scope}&by=category&lang=en")
    rows = list(csv.reader(io.StringIO(sheet.html.lstrip("\ufeff"))))
    names = [name.lower() for name in rows[0]]
    code, solved, due = (next(i for i, name in enumerate(names) if word in name) for word in ("code", "solved", "due"))
    return {row[code]: (int(row[solved]), int(row[due])) for row in rows[1:]}, page


@pytest.mark.xdist_group("walk")
def test_the_complaints_are_counted_as_by_hand(data_folder: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with running(data_folder, port, OCC_RATE_LIMIT="no"):
        numbers = [report(base, row["text"]) for row in ROWS]
        assert len(set(numbers)) == len(ROWS)
        with walk_app(data_folder).app_context():
            wait_until(all_kept, LONG)
            decided = db.session.scalar(select(func.count(func.distinct(Decision.case_id))))
            by_itself = db.session.scalar(select(func.count()).select_from(Decision).where(Decision.auto))
            states = Counter(db.session.scalars(select(Case.state)))
            db.session.remove()
            assert decided == len(ROWS)
            assert set(states) <= {State.REFERRED.value, State.TRIAGE.value}
            assert states[State.REFERRED.value] == by_itself
            actors = staff()
            told = [
                work(number, row["category"], actors, resolve=index in RESOLVED)
                for index, (number, row) in enumerate(zip(numbers, ROWS, strict=True))
            ]
            groups = {row.code: row.group_code for row in db.session.scalars(select(Category))}
            db.session.remove()
            db.engine.dispose()
        for scope in ("all", "trading"):
            by_hand: dict[str, tuple[int, int]] = {}
            for one in told:
                group = groups[one.category]
                if scope == "trading" and group != "online_trading":
                    continue
                counts = group != "consultation"
                solved, due = by_hand.get(one.category, (0, 0))
                by_hand[one.category] = (solved + (counts and one.resolved), due + counts)
            shown, page = figures(base, scope)
            assert shown == by_hand
            solved, due = (sum(pair[i] for pair in by_hand.values()) for i in (0, 1))
            assert f"{solved / due * 100:.2f}" in page.text
