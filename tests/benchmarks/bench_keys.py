"""Fifty fresh complaints, triaged by keyboard alone in a real browser: how many keys and clicks a case takes.

`pytest tests/benchmarks/bench_keys.py -s -n 0`; KEYS_CASES names how many. The complaints are those of writers that the
classifier never read, and the centre hands every one of them to a person. The agent knows the right kind of each: Enter
where the suggestion is right, 2 where the second guess is, and otherwise E, the arrows to the right kind, and the
form's button by Ctrl and Enter.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.case import Case
from complaints.domain.identifier import Decision
from complaints.services import centre
from tests.browser.conftest import browser_page, chromium  # noqa: F401 - fixtures
from tests.centre import file_case
from tests.inside import PASSWORD, all_kept, staff, walk_app
from tests.operating import running
from tests.servers import free_port, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

CASES = int(os.environ.get("KEYS_CASES", "50"))
LINES = (Path(__file__).parents[1] / "walk" / "complaints.jsonl").read_text("utf-8").splitlines()
ROWS = [json.loads(line) for line in LINES[:: max(len(LINES) // CASES, 1)][:CASES]]
LONG = 240.0
CHOSEN = "select[name=category]"


@dataclass
class Hands:
    """What presses the keys, and counts."""

    page: Page
    pressed: int = 0
    stayed: set[str] = field(default_factory=set)

    def press(self, key: str) -> None:
        """One key, with or without another held."""
        self.pressed += 1
        self.page.keyboard.press(key)

    def shown(self) -> str:
        """The number of the case on the screen."""
        return self.page.url.partition("/case/")[2].partition("?")[0].partition("#")[0]

    def to_come(self, number: str) -> None:
        """On from a case that stays, past those that stayed before it."""
        self.stayed.add(number)
        while self.shown() in self.stayed and self.page.locator("[data-key=j]").count():
            with self.page.expect_navigation():
                self.press("j")

    def choose(self, category: str) -> None:
        """In the open form: the arrows to the right kind."""
        values = self.page.eval_on_selector(
            f"#step-decide {CHOSEN}", "list => [list.selectedIndex, [...list.options].map((one) => one.value)]"
        )
        here, wanted = values[0], values[1].index(category)
        for _ in range(abs(wanted - here)):
            self.press("ArrowDown" if wanted > here else "ArrowUp")


def offered(page: Page, key: str) -> str:
    """The kind that a key would accept; empty if none."""
    field = page.locator(f"form:has([data-key='{key}']) input[name=category]")
    return field.first.get_attribute("value") or "" if field.count() else ""


def triage(hands: Hands, category: str) -> str:
    """Deal with the case that is shown; says how."""
    page, number = hands.page, hands.shown()
    if offered(page, "enter") == category:
        way, key = "suggestion right", "Enter"
    elif offered(page, "2") == category:
        way, key = "second guess right", "2"
    else:
        way, key = "another kind", "Control+Enter"
        hands.press("e")
        page.wait_for_function("document.activeElement.name === 'category'")
        hands.choose(category)
    with page.expect_navigation():
        hands.press(key)
    if hands.shown() == number:  # the centre's own to answer: it stays on the screen
        hands.to_come(number)
    return way


def test_keys_a_case(browser_page: Page, data_folder: Path) -> None:  # noqa: F811 - the fixture
    port, page = free_port(), browser_page
    with running(data_folder, port, OCC_RATE_LIMIT="no"), walk_app(data_folder).app_context():
        staff()
        with unit_of_work() as session:
            centre.change_profile(session, {"auto_refer": "0"}, datetime.now(UTC))
        labels = {file_case(row["text"])[0]: row["category"] for row in ROWS}
        wait_until(all_kept, LONG)
        page.goto(f"http://127.0.0.1:{port}/staff/sign-in?next=/desk")
        page.fill("[name=login]", "agent@walk.example")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".queue")
        hands = Hands(page)
        hands.press("j")
        page.wait_for_url("**/case/**")
        took: defaultdict[str, list[int]] = defaultdict(list)
        for _ in ROWS:
            before = hands.pressed
            number = hands.shown()
            way = triage(hands, labels[number])
            took[way].append(hands.pressed - before)
        people = select(Decision.case_id).where(Decision.decided_by == "person")
        decided = dict(db.session.execute(select(Case.number, Case.category_code).where(Case.id.in_(people))).all())
        db.session.remove()
        db.engine.dispose()
    assert decided == labels
    lines = [f"{len(ROWS)} cases, no click, {hands.pressed - 1} keys and one to open the first of them"]
    for way, keys in took.items():
        lines.append(f"{way}: {len(keys)} cases, median {statistics.median(keys):g} keys, {dict(Counter(keys))}")
    sys.stdout.write("\n".join(["", *lines, ""]))
