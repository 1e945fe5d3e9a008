"""The desk's list with ten thousand cases and with a hundred thousand or more, on both databases.

`pytest tests/benchmarks/bench_queues.py -s -n 0`; QUEUE_SIZES names the sizes, such as 10000,100000. One case in
fifty is open, as at a centre that keeps up. What is timed is a page of a queue and the counts of all of them, as the
desk asks for them: the first page of each queue and a page after a key in its middle.
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, text

from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Actor, Role
from complaints.domain.case import Case
from complaints.domain.person import Person
from complaints.services import queues
from tests.centre import leave

if TYPE_CHECKING:
    import pytest
    from flask import Flask

SIZES = [int(size) for size in os.environ.get("QUEUE_SIZES", "10000,100000").split(",")]
NOW = datetime.now(UTC)
OPEN_EVERY = 50
ROUNDS = 12
BATCH = 5000
DAYS = queues.Spans(3, 7)
STORY = "โอนเงินซื้อของจากเพจแล้วถูกบล็อก ติดต่อไม่ได้ ขอความช่วยเหลือด้วยค่ะ "
STATES = (
    "triage",
    "triage",
    "triage",
    "received",
    "reopened",
    "referred",
    "referred",
    "in_progress",
    "waiting",
    "referred",
)


def row(number: int, chance: random.Random) -> dict[str, object]:
    """One case; what is open wants something of the desk now and then."""
    received = NOW - timedelta(minutes=chance.randint(1, 3 * 365 * 24 * 60))
    living = number % OPEN_EVERY == 0
    state = chance.choice(STATES) if living else "closed"
    urgent = living and chance.random() < 0.1
    due = NOW + timedelta(minutes=chance.randint(-3 * 24 * 60, 30 * 24 * 60)) if living else None
    wants = {
        name: NOW - timedelta(minutes=chance.randint(1, 9000)) if living and chance.random() < 0.1 else None
        for name in ("heard_at", "refused_at")
    }
    return {
        "number": f"69-{number:07d}-0",
        "secret_hash": "x",
        "channel": "web",
        "language": "th",
        "state": state,
        "resume_state": "triage" if state == "waiting" else None,
        "waiting_since": received if state == "waiting" else None,
        "story": STORY * chance.randint(1, 6),
        "answers": {},
        "category_code": "seller_fraud",
        "urgent": urgent,
        "province": "",
        "person_id": 1,
        "received_at": received,
        "changed_at": received,
        "moved_at": received,
        "triage_by": due or received,
        "final_by": due or received,
        "referred_at": received,
        "resolved_at": None if living else received,
        "closed_at": None if living else received,
        "outcome": None if living else "explained",
        "resolution": "",
        "reopened_count": int(state == "reopened"),
        "score_reason": "",
        "demo": True,
        "version": 1,
        "unsure": living and chance.random() < 0.4,
        "rank": 3 if urgent else 4,
        "signs": {},
        "due_at": due,
        "promised_by": due,
        "desk_at": due if state in {"triage", "received", "reopened"} else None,
        **wants,
    }


def fill(size: int) -> None:
    chance = random.Random(size)
    with unit_of_work() as session:
        session.add(Person(name="", phone="", email="", line_id="", language="th", created_at=NOW))
    for first in range(1, size + 1, BATCH):
        with unit_of_work() as session:
            session.execute(
                insert(Case), [row(number, chance) for number in range(first, min(first + BATCH, size + 1))]
            )
        db.session.remove()
    with unit_of_work() as session:
        session.execute(text("ANALYZE"))
    db.session.remove()


def p95(spans: list[float]) -> float:
    return sorted(spans)[int(len(spans) * 0.95)]


def measure(who: Actor) -> dict[str, float]:
    """Milliseconds at the 95th percentile for the pages of every queue, for the counts, and for both as one request."""
    pages: list[float] = []
    counting: list[float] = []
    both: list[float] = []
    for turn in range(ROUNDS):
        for queue in queues.QUEUES:
            began = time.perf_counter()
            page = queues.page_of(db.session(), who, queue, NOW, DAYS)
            read = time.perf_counter()
            queues.counts(db.session(), who, NOW, DAYS)
            ended = time.perf_counter()
            db.session.remove()
            again = time.perf_counter()
            if page.later:
                queues.page_of(db.session(), who, queue, NOW, DAYS, page.later)
                db.session.remove()
            if turn:
                pages += [read - began, *([time.perf_counter() - again] if page.later else [])]
                counting.append(ended - read)
                both.append(ended - began)
    return {name: p95(spans) * 1000 for name, spans in (("page", pages), ("counts", counting), ("list", both))}


def test_the_list_costs_the_same_with_many_more_cases(bases: list[Flask], request: pytest.FixtureRequest) -> None:
    found = []
    for app, size in zip(bases, SIZES, strict=True):
        with app.app_context():
            fill(size)
            account = db.session.query(Account).filter_by(role=Role.AGENT.value).first()
            who = account.actor
            db.session.remove()
            found.append(measure(who))
            leave()
    sys.stdout.write(f"\n{request.node.callspec.params['bases']}\n")
    for size, figures in zip(SIZES, found, strict=True):
        told = "  ".join(
            f"{name} p95 {figures[name]:7.2f} ms ({figures[name] / found[0][name]:.2f}x)" for name in figures
        )
        sys.stdout.write(f"  {size:>9,} cases  {told}\n")
    assert all(figures["list"] > 0 for figures in found)
