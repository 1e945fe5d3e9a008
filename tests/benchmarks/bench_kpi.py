"""Counting and reading the indicators with ten thousand cases and with a hundred thousand, on both databases.

`pytest tests/benchmarks/bench_kpi.py -s -n 0`; KPI_SIZES names the sizes. Cases and their events are written in bulk,
as the services would have written them; then every day is counted, held against the events, and the dashboard opened.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, text

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.person import Person
from complaints.domain.referral import Referral
from complaints.domain.thai_time import fiscal_year
from complaints.services.kpi import counting, verifying
from tests.centre import Browser, leave, sign_in

if TYPE_CHECKING:
    import pytest
    from flask import Flask

SIZES = [int(size) for size in os.environ.get("KPI_SIZES", "10000,100000").split(",")]
NOW = datetime.now(UTC)
BATCH, ROUNDS = 2000, 12
SPAN = 2 * 365 * 24 * 60
KINDS = {"seller_fraud": "POLICE", "purchase_dispute": "OCPB", "financial_scam": "POLICE", "illegal_website": "MDES"}
PROVINCES = ("10", "50", "40", "90", "20", "30", "83", "")


def rows(number: int, chance: random.Random) -> tuple[dict[str, object], dict[str, object], list[dict[str, object]]]:
    """A case, its referral and its events: filed, read, referred, accepted, and mostly answered and confirmed."""
    at = NOW - timedelta(minutes=chance.randint(1, SPAN))
    kind, channel = chance.choice(list(KINDS)), chance.choice(["web", "line", "email", "hotline"])
    province, lost = chance.choice(PROVINCES), chance.choice([None, 59_000, 350_000])
    by, answered = at + timedelta(days=60), at + timedelta(days=chance.randint(1, 70))
    done = chance.random() < 0.87 and answered < NOW
    case = {
        "id": number, "number": f"70-{number:07d}-0", "secret_hash": "x", "channel": channel, "language": "th",
        "state": "closed" if done else "referred", "story": "โอนเงินแล้วไม่ได้ของ", "answers": {}, "category_code": kind,
        "urgent": False, "province": province, "person_id": 1, "received_at": at, "changed_at": at, "moved_at": at,
        "triage_by": at, "final_by": by, "referred_at": at, "resolved_at": answered if done else None, "lost": lost,
        "closed_at": answered if done else None, "outcome": "explained" if done else None, "resolution": "",
        "reopened_count": 0, "score_reason": "", "demo": True, "version": 1, "unsure": False, "rank": 4, "signs": {},
        "due_at": None if done else by, "promised_by": None if done else by, "lead_agency_code": KINDS[kind],
    }  # fmt: skip
    referral = {
        "id": number, "case_id": number, "agency_code": KINDS[kind], "state": "answered" if done else "accepted",
        "sent_at": at, "acknowledged_at": at, "accepted_at": at, "ended_at": answered if done else None,
        "acknowledge_by": at + timedelta(days=3), "answer_by": at + timedelta(days=15), "reason": "", "note": "",
        "outcome": "explained" if done else None, "answer": "",
    }  # fmt: skip
    told = {"received": at.isoformat(), "channel": channel, "province": province, "by": by.isoformat()}
    steps = [
        ("file", "complainant", "received", at, told | ({"lost": lost} if lost else {})),
        ("receipt", "system", "received", at, {"via": channel}),
        ("classify", "system", "received", at, {"category": kind, "auto": True, "by": by.isoformat()}),
        ("refer", "system", "referred", at, {"agency": KINDS[kind], "answer_by": referral["answer_by"].isoformat()}),
        ("acknowledge", "partner", "referred", at, {}),
        ("accept", "partner", "in_progress", at, {}),
    ]
    if done:
        steps += [
            ("answer", "partner", "resolved", answered, {"outcome": "explained"}),
            ("confirm", "complainant", "closed", answered + timedelta(hours=1), {}),
            ("rate", "complainant", "closed", answered + timedelta(hours=1), {"score": chance.randint(2, 5)}),
        ]
    events, before = [], None
    for action, role, after, moment, data in steps:
        mine = action in {"refer", "acknowledge", "accept", "answer"}
        events.append(
            {
                "case_id": number, "at": moment, "action": action, "role": role, "from_state": before,
                "to_state": after, "public": True, "version": 1, "data": data, "account_id": None,
                "agency_code": KINDS[kind] if mine else None, "referral_id": number if mine else None,
            }
        )  # fmt: skip
        before = after
    return case, referral, events


def fill(size: int) -> None:
    chance = random.Random(size)
    with unit_of_work() as session:
        session.add(Person(name="", phone="", email="", line_id="", language="th", created_at=NOW))
    for first in range(1, size + 1, BATCH):
        made = [rows(number, chance) for number in range(first, min(first + BATCH, size + 1))]
        with unit_of_work() as session:
            session.execute(insert(Case), [case for case, _, _ in made])
            session.execute(insert(Referral), [referral for _, referral, _ in made])
            session.execute(insert(Event), [event for _, _, events in made for event in events])
        db.session.remove()
    with unit_of_work() as session:
        session.execute(text("ANALYZE"))
    db.session.remove()


def measure(app: Flask) -> dict[str, float]:
    """Seconds for counting and verifying all, for counting one changed case; milliseconds of the page at the 95th."""
    found: dict[str, float] = {}
    began = time.perf_counter()
    with unit_of_work() as session:
        days = counting.all_days(session)
    for day in sorted(days):
        with unit_of_work() as session:
            counting.recount(session, [day], NOW)
    found["recount s"] = time.perf_counter() - began
    began = time.perf_counter()
    with unit_of_work() as session:
        assert list(verifying.differences(session, NOW)) == []
    found["verify s"] = time.perf_counter() - began
    began = time.perf_counter()
    with unit_of_work() as session:
        counting.refresh(session, NOW - timedelta(minutes=10), NOW)
    found["refresh s"] = time.perf_counter() - began
    db.session.remove()
    app.config["WTF_CSRF_ENABLED"] = False
    client = Browser(app)
    sign_in(client, Role.SUPERVISOR)
    year = fiscal_year(NOW) - 1
    for scope in ("trading", "all"):
        spans = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            assert client.get(f"/oversight?scope={scope}&year={year}").status_code == 200
            spans.append(time.perf_counter() - began)
        found[f"page {scope} ms"] = max(spans[1:]) * 1000
    found["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def test_figures_of_many_cases(bases: list[Flask], request: pytest.FixtureRequest) -> None:
    sys.stdout.write(f"\n{request.node.callspec.params['bases']}\n")
    for app, size in zip(bases, SIZES, strict=True):
        with app.app_context():
            fill(size)
            figures = measure(app)
            leave()
        told = "  ".join(f"{name} {value:.1f}" for name, value in figures.items())
        sys.stdout.write(f"  {size:>9,} cases  {told}\n")
        assert all(value > 0 for value in figures.values())
