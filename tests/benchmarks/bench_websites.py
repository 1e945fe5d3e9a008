"""What one reported address costs the database without the net, and the lane's list with many, on both databases.

`pytest tests/benchmarks/bench_websites.py -s -n 0`; SITE_SIZES names the sizes, such as 1000,50000.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, insert, text

from complaints.db import db, unit_of_work
from complaints.domain.website import KINDS, Stage, Website
from complaints.services.websites import listing
from tests.services.scene import NOW
from tests.services.test_websites import looked_at, reported

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

SIZES = [int(size) for size in os.environ.get("SITE_SIZES", "1000,50000").split(",")]
ADDRESSES = 50
WITHOUT_RESULT = (Stage.REPORTED, Stage.CAPTURED, Stage.LEGAL, Stage.UNSURE)
ROUNDS = 10


def tell(line: str) -> None:
    sys.stdout.write(f"\n{line}")


def test_one_address(app: Flask, tmp_path: Path) -> None:
    asked: Counter[str] = Counter()
    phase = "report"

    def count(*_: object) -> None:
        asked[phase] += 1

    event.listen(db.engine, "before_cursor_execute", count)
    began = time.perf_counter()
    reported(*(f"https://site-{number}.example/" for number in range(ADDRESSES)))
    filed = time.perf_counter()
    phase = "capture"
    assert looked_at(tmp_path, NOW) == ADDRESSES
    done = time.perf_counter()
    for name, seconds in (("report", filed - began), ("capture", done - filed)):
        tell(f"{name:8} {asked[name] / ADDRESSES:6.1f} queries {1000 * seconds / ADDRESSES:7.1f} ms an address")


@pytest.mark.parametrize("size", SIZES)
def test_the_list(app: Flask, size: int) -> None:
    with unit_of_work() as session:
        session.execute(
            insert(Website),
            [
                {
                    "address": f"site-{number}.example",
                    "host": f"site-{number}.example",
                    "url": f"http://site-{number}.example/",
                    "stage": WITHOUT_RESULT[number % 4].value,
                    "kind": KINDS[number % len(KINDS)],
                    "guarded": True,
                    "reported_at": NOW - timedelta(minutes=size - number),
                    "version": 1,
                }
                for number in range(size)
            ],
        )
        session.execute(text("ANALYZE"))
    wanted = {
        "all": listing.Wanted(),
        "stage": listing.Wanted(stage="captured"),
        "kind": listing.Wanted(kind="drugs"),
        "age": listing.Wanted(age="older"),
    }
    for name, filters in wanted.items():
        began = time.perf_counter()
        for _ in range(ROUNDS):
            listing.page_of(db.session(), filters, NOW)
        tell(f"{size:7,} {name:6} {1000 * (time.perf_counter() - began) / ROUNDS:7.1f} ms")
    began = time.perf_counter()
    for _ in range(ROUNDS):
        listing.counts(db.session())
    tell(f"{size:7,} counts {1000 * (time.perf_counter() - began) / ROUNDS:7.1f} ms")
