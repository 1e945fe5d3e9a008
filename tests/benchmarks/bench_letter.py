"""How long one letter to a mass case takes, from its promise until it stands in every case, as a worker keeps it.

`LETTER_CASES=10000 pytest tests/benchmarks/bench_letter.py -s -n 0`. What is not timed is the leaving of each letter.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.mass import MassMember
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services import broadcast, mass, promises
from complaints.services.broadcast import Words
from tests.centre import actor
from tests.services.scene import HOUR, NOW, agent, in_triage, the_case

if TYPE_CHECKING:
    from flask import Flask

CASES = int(os.environ.get("LETTER_CASES", "1000"))


def filled() -> int:
    """A mass case with so many cases in it, written past the services."""
    model, who = in_triage(), agent()
    with unit_of_work() as session:
        case = the_case(session, model)
        plain = {column.key: getattr(case, column.key) for column in Case.__mapper__.column_attrs if column.key != "id"}
        rows = [plain | {"number": f"M{turn}", "submission_hash": None} for turn in range(CASES)]
        session.execute(insert(Case), rows)
        found = mass.begin(session, "เพจใหญ่", who, NOW)
        ids = session.scalars(select(Case.id).where(Case.number.like("M%"))).all()
        member = {"mass_id": found.id, "joined_at": NOW, "joined_by_id": who.account_id, "left_reason": ""}
        session.execute(insert(MassMember), [member | {"case_id": one} for one in ids])
        mass_id = found.id
    db.session.remove()
    return mass_id


def test_one_letter_to_many_cases(app: Flask) -> None:
    mass_id, boss = filled(), actor(Role.SUPERVISOR)
    with unit_of_work() as session:
        broadcast.write(session, mass.get(session, mass_id), Words("ข่าวของเรื่องนี้"), "form", boss, NOW + HOUR)
        promise_id = session.scalars(select(Promise.id).where(Promise.kind == PromiseKind.BROADCAST.value)).one()
    db.session.remove()
    began, batches, more = time.perf_counter(), [], True
    while more:
        start = time.perf_counter()
        with unit_of_work() as session:
            promise = promises.for_result(session, promise_id)
            assert promise is not None
            more = broadcast.send_some(session, promise, NOW + HOUR)
        db.session.remove()
        batches.append(time.perf_counter() - start)
    took = time.perf_counter() - began
    first, last = 1000 * batches[0], 1000 * batches[-2]
    sys.stdout.write(
        f"\n{CASES:,} cases in {took:.1f} s, {1000 * took / CASES:.1f} ms a case;"
        f" first batch of {broadcast.BATCH} {first:.0f} ms, the last full one {last:.0f} ms\n"
    )
    letters = select(Promise.id).where(Promise.once.like("broadcast:%:%"))
    assert len(db.session.scalars(letters).all()) == CASES
    db.session.remove()
