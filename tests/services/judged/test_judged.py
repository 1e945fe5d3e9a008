"""Judged queries: for each, people said which invented cases it should find, without looking at what the search does.

`corpus.tsv` holds the cases, oldest first, `queries.tsv` a kind, what is typed, and the cases that are wanted.
"""

from __future__ import annotations

import math
import secrets
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from complaints.db import db, unit_of_work
from complaints.domain.actor import SYSTEM, Actor, Role
from complaints.services import intake
from complaints.services.search import finding, wanted
from tests.centre import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

HERE = Path(__file__).parent
TODAY = date(2026, 11, 27)
FIRST = 20
LEAST_QUERIES = 200
LEAST_RECALL = 0.98
LEAST_ORDER = 0.95


def rows(name: str) -> Iterator[list[str]]:
    for line in (HERE / name).read_text("utf-8").splitlines():
        yield line.split("\t")


def filed() -> dict[str, int]:
    """Every invented case, by its name its id."""
    ids = {}
    with unit_of_work() as session:
        for name, story in rows("corpus.tsv"):
            inbound = intake.Inbound(channel="web", story=story, submission=secrets.token_hex(8))
            now = datetime.now(UTC)
            ids[name] = intake.file_case(session, inbound, Actor(Role.COMPLAINANT), now, KEY).case.id
    db.session.remove()
    return ids


def gain(found: list[int], right: set[int]) -> float:
    """How near the order is to the best one, in which all that is wanted stands first: 1 is the best (nDCG)."""
    got = sum(1 / math.log2(place + 2) for place, case_id in enumerate(found) if case_id in right)
    return got / sum(1 / math.log2(place + 2) for place in range(min(len(right), FIRST)))


def test_queries_find_what_people_expect_in_a_sensible_order(app: Flask) -> None:
    ids = filed()
    judged = list(rows("queries.tsv"))
    assert len(judged) == len({asked for _, asked, _ in judged}) >= LEAST_QUERIES
    recalls, orders, short = [], [], []
    by_kind: dict[str, list[float]] = defaultdict(list)
    for kind, asked, names in judged:
        right = {ids[name] for name in names.split()}
        want, _ = wanted.read({"q": asked}, TODAY)
        found = [hit.case.id for hit in finding.find(db.session(), SYSTEM, want, size=FIRST).hits]
        recalls.append(len(right & set(found)) / len(right))
        orders.append(gain(found, right))
        by_kind[kind].append(recalls[-1])
        if recalls[-1] < 1 or orders[-1] < LEAST_ORDER:
            by_id = {number: name for name, number in ids.items()}
            short.append((asked, names, [by_id[number] for number in found]))
    db.session.remove()
    recall, order = sum(recalls) / len(recalls), sum(orders) / len(orders)
    told = {kind: round(sum(values) / len(values), 3) for kind, values in by_kind.items()}
    assert recall >= LEAST_RECALL, (recall, told, short)
    assert order >= LEAST_ORDER, (order, told, short)
