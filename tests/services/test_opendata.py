"""Published are the dashboard's numbers, once a day, under ids that lead nowhere, and what was published stays."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import duckdb
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from complaints.db import begin_reading, db, unit_of_work
from complaints.domain.case import Case
from complaints.domain.opendata import PublicCase
from complaints.services import report
from complaints.services.evidence import verifying
from complaints.services.evidence.stores import open_store
from complaints.web import publishing
from tests.services.scene import DAY, NOW, in_triage
from tests.services.test_report import count, mixed_set

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from complaints.services.evidence.stores import Store
    from config import Settings

DAY_ONE, FILES = "2026-11-21", 9
STORY = "ร้านปลอมชื่อสมมุติ โทร 081-000-0000"


def table(client: FlaskClient, day: str, name: str) -> list[dict[str, str]]:
    answer = client.get(f"/open-data/files/{day}/{name}")
    assert answer.status_code == 200
    data = answer.data
    answer.close()
    return list(csv.DictReader(io.StringIO(data.decode())))


def numbers(client: FlaskClient) -> list[dict[str, str]]:
    return [row for year in (2569, 2570) for row in table(client, DAY_ONE, f"outcomes-{year}.csv")]


@pytest.fixture
def store(app: Flask, settings: Settings) -> Store:
    """A centre whose cases were counted and published; one of them came in on that day."""
    mixed_set()
    for _ in range(12):
        in_triage(NOW - 70 * DAY, story=STORY, province="50")
    in_triage(NOW + DAY)
    count(NOW + DAY)
    found = open_store(settings)
    assert publishing.publish(found, NOW + DAY) == FILES
    assert publishing.publish(found, NOW + DAY) == 0
    db.session.remove()
    return found


def test_published_are_the_dashboards_numbers_and_nobodys_words(client: FlaskClient, store: Store) -> None:
    rows, session = numbers(client), begin_reading()
    span = (date(2026, 1, 1), date(2026, 11, 20))
    total = report.total(session, *span, group=None)
    by = {column: report.by(session, column, *span, group=None) for column in ("category", "channel", "agency")}
    ids = set(session.scalars(select(PublicCase.public_id)))
    cases = list(session.scalars(select(Case.number)))
    db.session.remove()
    assert len(rows) == total.contacts == len(cases) - 1
    assert {row["id"] for row in rows} == ids
    assert told_of(rows) == (total.contacts, total.due, total.solved)
    for column, counts in by.items():
        for code, found in counts.items():
            own = [row for row in rows if row[column] == code]
            assert told_of(own) == (found.contacts, found.due, found.solved), code
    told = json.dumps(rows, ensure_ascii=False)
    assert not any(word in told for word in ("ร้าน", "081", *cases))
    assert table(client, DAY_ONE, "places.csv") == [
        {"month": "2026-09", "category": "seller_fraud", "province": province, "cases": number, "counted_on": DAY_ONE}
        for province, number in [("", "1"), ("50", "12")]
    ]


def told_of(rows: list[dict[str, str]]) -> tuple[int, int, int]:
    return len(rows), sum(int(row["due"]) for row in rows), sum(int(row["solved"]) for row in rows)


def test_the_catalogue_leads_to_every_file_and_explains_it(client: FlaskClient, store: Store, tmp_path: Path) -> None:
    catalog = json.loads(client.get("/open-data/catalog").data)
    found = {one["dct:identifier"]: one for one in catalog["dcat:dataset"]}
    assert all(len([key for key in one if key.startswith("gdc:")]) == 14 for one in found.values())
    for one in found["outcomes"]["dcat:distribution"]:
        answer = client.get("/open-data" + one["dcat:downloadURL"]["@id"].partition("/open-data")[2])
        assert hashlib.sha256(answer.data).hexdigest() == one["spdx:checksum"]["spdx:checksumValue"]["@value"]
        (tmp_path / one["dct:title"]).write_bytes(answer.data)
        answer.close()
    rows = table(client, DAY_ONE, "outcomes-2570.csv")
    assert json.loads((tmp_path / "outcomes-2570.json").read_bytes())[0]["id"] == rows[0]["id"]
    with duckdb.connect() as base:
        same = base.read_parquet(str(tmp_path / "outcomes-2570.parquet")).project("id, received_on, due").fetchall()
    assert [(a, b.isoformat(), str(c)) for a, b, c in same] == [
        (row["id"], row["received_on"], row["due"]) for row in rows
    ]
    assert set(json.loads(client.get("/open-data/dictionary.json").data)["tables"]["outcomes"]) == set(rows[0])
    for lang, word in (("th", "ข้อมูลเปิด"), ("en", "Open data")):
        assert word in client.get(f"/open-data?lang={lang}").get_data(as_text=True)
    for wrong in ("2026-13-45/x", "2026-11-21/x.csv", "2026-11-22/places.csv"):
        assert client.get(f"/open-data/files/{wrong}").status_code == 404


def test_the_next_day_adds_and_takes_nothing_away(client: FlaskClient, store: Store) -> None:
    first = {row["id"] for row in table(client, DAY_ONE, "outcomes-2570.csv")}
    assert publishing.publish(store, NOW + 2 * DAY) == FILES
    second = {row["id"] for row in table(client, "2026-11-22", "outcomes-2570.csv")}
    assert first < second
    assert len(second - first) == 1
    assert table(client, "2026-11-22", "places.csv") == table(client, DAY_ONE, "places.csv")
    assert table(client, DAY_ONE, "outcomes-2570.csv") != table(client, "2026-11-22", "outcomes-2570.csv")
    for change in ("DELETE FROM public_file", "UPDATE public_place SET cases = 11", "DELETE FROM public_case"):
        with pytest.raises(DBAPIError), unit_of_work() as session:
            session.execute(text(change))
    assert verifying.strays(begin_reading(), store, datetime.now(UTC) + 9 * DAY) == []
    db.session.remove()
