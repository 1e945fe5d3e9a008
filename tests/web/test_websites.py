"""The lane of illegal websites at the desk: found in a list, judged by one key, sent as one, told to the citizen."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.audit import AuditEntry
from complaints.domain.website import Website
from complaints.services.websites import joining
from complaints.web.files import STORE
from tests.centre import file_case, sign_in
from tests.services.scene import the_case
from tests.services.test_websites import looked_at, reported, told

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from config import Settings

SHAME = "https://shame.example/x"


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def ids() -> dict[str, int]:
    found = {row[0]: row[1] for row in db.session.execute(select(Website.address, Website.id))}
    db.session.remove()
    return found


def version(website_id: int) -> int:
    found = db.session.get_one(Website, website_id).version
    db.session.remove()
    return found


def judge(client: FlaskClient, website_id: int, answer: str, seen: int | None = None) -> int:
    data = {"answer": answer, "version": str(version(website_id) if seen is None else seen)}
    return client.post(f"/desk/websites/{website_id}/judge", data=data).status_code


def test_from_a_report_to_the_block_at_the_desk(app: Flask, client: FlaskClient, settings: Settings) -> None:
    now = datetime.now(UTC)
    number, other = reported("https://www.bet.example/a", "http://bet.example/b", at=now)
    reported(SHAME, content="child_abuse", at=now)
    looked_at(settings.uploads_dir, now)
    sign_in(client, Role.AGENT)
    site, shame = ids()["bet.example"], ids()["shame.example"]

    listed = page(client, "/desk/websites?stage=captured&age=day")
    assert "bet.example" in listed
    assert 'name="site"' not in listed
    assert "bet.example" not in page(client, "/desk/websites?stage=blocked")
    assert "bet.example" not in page(client, "/desk/websites?age=older")
    shown = page(client, f"/desk/websites/{site}")
    assert 'data-key="1"' in shown
    assert number in shown
    picture = shown.split('class="site-picture" src="')[1].split('"')[0]
    got = client.get(picture)
    assert (got.status_code, got.mimetype, got.headers["Content-Security-Policy"][:18]) == (
        200,
        "image/png",
        "default-src 'none'",
    )
    guarded = page(client, f"/desk/websites/{shame}")
    assert "site-picture" not in guarded
    assert client.get(picture.replace(f"/{site}/", f"/{shame}/")).status_code == 404
    kept = client.get(shown.split('<p><a href="/desk/websites/')[1].split('"')[0].join(["/desk/websites/", ""]))
    assert kept.headers["Content-Disposition"].startswith("attachment")

    assert [judge(client, site, wrong) for wrong in ("", "illegal", "illegal:boredom", "maybe:gambling")] == [422] * 4
    assert judge(client, site, "illegal:gambling", seen=0) == 409
    assert judge(client, site, "illegal:gambling") == 303
    assert judge(client, shame, "illegal:child_abuse") == 303
    assert client.post("/desk/dossiers", data={"agency": "MDES", "token": "t"}).status_code == 422
    made = client.post("/desk/dossiers", data={"site": [str(site), str(shame)], "agency": "MDES", "token": "t"})
    assert made.status_code == 303
    place = made.location
    assert client.post(f"{place}/send", data={"reference": " "}).status_code == 422
    _taken(client, place)
    assert client.post(f"{place}/send", data={"reference": "ดศ 1"}).status_code == 303
    told(datetime.now(UTC))
    assert client.post(f"{place}/result", data={"result": "blocked", "reference": "x"}).status_code == 422
    late = {"site": str(site), "result": "blocked", "reference": "x", "day": "1/1/2999"}
    assert client.post(f"{place}/result", data=late).status_code == 422
    assert client.post(f"{place}/result", data={"site": str(site), "result": "blocked"}).status_code == 422
    done = {"site": str(site), "result": "blocked", "reference": "พ 7/2569"}
    assert client.post(f"{place}/result", data=done).status_code == 303
    assert client.post(f"/desk/websites/{shame}/end", data={"result": "removed", "reference": ""}).status_code == 303
    assert client.post(f"/desk/websites/{shame}/fetch").status_code == 303
    told(datetime.now(UTC))
    assert "พ 7/2569" in page(client, f"/desk/websites/{site}")
    assert page(client, "/desk/dossiers").count("/desk/dossiers/") >= 1
    for told_case in (number, other):
        assert the_case(db.session(), told_case).state == "resolved"
    db.session.remove()
    assert f"/desk/websites/{site}" in page(client, f"/desk/case/{number}")
    assert "พ 7/2569" in page(client, f"/desk/case/{number}?part=thread")


def _taken(client: FlaskClient, place: str) -> None:
    """The same dossier makes the same bytes; of a child no picture goes along."""
    first, again = (client.post(f"{place}/take") for _ in range(2))
    assert first.data == again.data
    with zipfile.ZipFile(io.BytesIO(first.data)) as file:
        names = file.namelist()
        data = json.loads(file.read("websites.json"))
        sheet = file.read("websites.csv").decode("utf-8-sig").splitlines()
        assert file.read("รายงาน.pdf").startswith(b"%PDF")
    assert sorted(name.rsplit(".", 1)[1] for name in names if name.startswith("captured/")) == ["html", "html", "png"]
    by_kind = {row["kind"]: row for row in data["websites"]}
    assert by_kind["gambling"]["reports"] == 2
    assert by_kind["child_abuse"]["capture"]["picture_sha256"]
    assert "picture_key" not in by_kind["child_abuse"]["capture"]
    assert len(sheet) == 3
    taken = db.session.scalars(select(AuditEntry).where(AuditEntry.what == "dossier_taken")).all()
    assert len({row.after["sha256"] for row in taken}) == 1
    db.session.remove()


def test_an_address_is_added_by_hand_or_refused_with_its_reason(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    assert app.extensions[STORE] is not None
    sign_in(client, Role.SUPERVISOR)
    for wrong in ("", "http://localhost:8080/", "http://10.0.0.1/", "just words"):
        answer = client.post("/desk/websites", data={"address": wrong})
        assert (answer.status_code, 'href="#address"' in answer.get_data(as_text=True)) == (422, True), wrong
    added = client.post("/desk/websites", data={"address": "www.forged.example"})
    assert added.status_code == 303
    assert client.post("/desk/websites", data={"address": "http://forged.example/b"}).location == added.location
    number, _ = file_case("ร้านโกง", category="seller_fraud", answers={"page_url": "http://shop.example/"})
    for text, status in (("http://shop.example/", 303), ("http://192.168.1.1/", 422)):
        assert client.post(f"/desk/case/{number}/website", data={"address": text}).status_code == status
    with unit_of_work() as session:
        named = joining.named_by(session, the_case(session, number))
        assert [row.website.address for row in named if row.website] == ["shop.example"]
    db.session.remove()
    assert "shop.example" in page(client, f"/desk/case/{number}")
