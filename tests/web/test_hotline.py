"""The hotline form: the caller's earlier cases, live suggestions, what to read aloud, digits by their names."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from complaints.db import db
from complaints.domain.actor import Role
from complaints.domain.message import Draft
from complaints.web.desk.entry import spoken
from tests.centre import classified, file_case, sign_in

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

STORY = "ผู้ร้องโอนเงิน 3,500 บาท เข้าบัญชีกสิกร 246-8-13579-0 โทร 080-000-0000 แล้วถูกบล็อก"


@pytest.fixture
def agent(client: FlaskClient) -> FlaskClient:
    sign_in(client, Role.AGENT)
    return client


def text(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


@pytest.mark.parametrize("way", ["/desk/new/look", "/desk/new"])
def test_live_and_by_a_plain_button_the_same_is_known(agent: FlaskClient, way: str) -> None:
    earlier, _ = file_case("ซื้อของแล้วไม่ได้", phone="0812223333", name="มาลี ใจดี", lost=120_000)
    classified(earlier, sure=False)
    stranger, _ = file_case("เรื่องของคนอื่น", phone="0899998888")
    typed = {"phone": "๐๘๑-๒๒๒-๓๓๓๓", "story": STORY, "look": "1"}
    page = text(agent.post(way, data=typed))
    assert f'href="/desk/case/{earlier}"' in page
    assert "มาลี ใจดี" in page
    assert stranger not in page
    assert "KBANK 2468135790" in page
    assert "อยู่ในเรื่องอื่นอีก 1 เรื่อง · เสียหายรวม 1,200 บาท" in " ".join(page.split())
    assert 'data-fill="lost" data-value="3,500"' in page
    assert "อ่านให้ผู้ร้องฟัง" not in page
    db.session.remove()


@pytest.mark.parametrize(("day", "aloud"), [("วันนี้", True), ("1/1/2560", False), ("ไม่รู้", False), ("", False)])
def test_the_script_is_read_while_the_bank_may_still_hold_the_money(
    agent: FlaskClient, day: str, *, aloud: bool
) -> None:
    page = text(agent.post("/desk/new/look", data={"story": "โอนไปแล้ว", "day": day}))
    assert ("อ่านให้ผู้ร้องฟัง" in page) == aloud
    assert ("Bank Case ID" in page) == aloud


def test_half_a_number_and_hostile_words_do_no_harm(agent: FlaskClient) -> None:
    page = agent.post("/desk/new/look", data={"phone": "08", "story": "<script>x</script> \x00 <b>.com"}).get_data(
        as_text=True
    )
    assert "<script>" not in page
    assert "ใส่เบอร์ให้ครบเพื่อดูเรื่องเดิม" in page
    assert "เบอร์นี้ยังไม่เคยแจ้งเรื่อง" in text(agent.post("/desk/new/look", data={"phone": "0811111111"}))


def test_number_and_secret_are_spelt_in_the_callers_language(agent: FlaskClient) -> None:
    typed = {"submission": "said-aloud", "story": STORY, "phone": "0812223333", "consent": "1"}
    assert 'lang="th"' in text(agent.post("/desk/new", data={**typed, "language": "th"}))
    page = text(agent.post("/desk/new?lang=th", data={**typed, "submission": "said-2", "language": "en"}))
    assert '<ol lang="en">' in page
    assert "zero zero zero" in page
    assert spoken("10-9", "th") == "หนึ่ง ศูนย์ เก้า"


def drafts_shown(client: FlaskClient) -> list[str]:
    return re.findall(r'href="/desk/new\?draft=(\d+)"', text(client.get("/desk/new")))


def test_a_draft_outlives_the_sign_out_is_its_agents_own_and_ends_with_the_filing(
    app: Flask, agent: FlaskClient
) -> None:
    typed = {"submission": "half-written", "phone": "0812223333", "story": STORY, "language": "th"}
    for story in ("ผู้ร้องโอนเงิน", STORY):
        assert agent.post("/desk/new/draft", data={**typed, "story": story}).status_code == 204
    agent.post("/staff/sign-out")
    sign_in(agent, Role.AGENT)
    (draft,) = drafts_shown(agent)
    page = text(agent.get(f"/desk/new?draft={draft}"))
    assert STORY in page
    assert 'value="half-written"' in page
    other = app.test_client()
    sign_in(other, Role.SUPERVISOR)
    assert drafts_shown(other) == []
    assert other.get(f"/desk/new?draft={draft}").status_code == 404
    assert other.post("/desk/new/draft", data={**typed, "story": "แก้"}).status_code == 404
    assert other.post(f"/desk/new/draft/{draft}/discard").status_code == 404
    assert agent.post("/desk/new", data={**typed, "consent": "1"}).status_code == 200
    assert drafts_shown(agent) == []
    db.session.remove()
    assert db.session.get_one(Draft, int(draft)).data == {}
    db.session.remove()
    # What the page still sends after the filing is not kept again.
    assert agent.post("/desk/new/draft", data=typed).status_code == 204
    assert drafts_shown(agent) == []


def test_a_draft_is_kept_and_erased_by_plain_buttons(agent: FlaskClient) -> None:
    kept = agent.post("/desk/new", data={"submission": "by-button", "story": "ครึ่งเรื่อง", "draft": "1"})
    assert kept.status_code == 303
    assert "ครึ่งเรื่อง" in text(agent.get(kept.location))
    (draft,) = drafts_shown(agent)
    assert agent.post(f"/desk/new/draft/{draft}/discard").status_code == 303
    assert drafts_shown(agent) == []
    assert agent.post("/desk/new/draft", data={"submission": "nothing", "language": "th"}).status_code == 204
    assert drafts_shown(agent) == []
