"""The search page, without script: what is marked, what is said when nothing is found, and what is kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from complaints.domain.actor import Role
from tests.centre import classified, file_case, sign_in

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

FACES = {Role.AGENT: "/desk/search", Role.PARTNER: "/partner/search"}


def text(answer: TestResponse) -> str:
    page = answer.get_data(as_text=True)
    answer.close()
    return page


@pytest.mark.parametrize("role", FACES)
def test_a_hit_leads_to_its_case_and_shows_what_was_found(client: FlaskClient, role: Role) -> None:
    number, _ = file_case("ซื้อ <b>กระทะ</b> เหล็กแล้วน้ำท่วม")
    classified(number)
    file_case("กระทะของอีกเรื่อง")
    sign_in(client, role)
    page = text(client.get(FACES[role], query_string={"q": "นำทวม"}))
    assert "<mark>น้ำท่วม</mark>" in page
    assert "&lt;b&gt;กระทะ&lt;/b&gt;" in page
    link = re.search(r'class="hit" href="([^"]+)"', page)
    assert link is not None
    assert number in text(client.get(link[1].replace("&amp;", "&")))
    found = re.findall(r'class="num">([\d-]+)<', text(client.get(FACES[role], query_string={"q": "กระทะ"})))
    assert (number in found, len(found)) == (True, 2 if role is Role.AGENT else 1)


@pytest.mark.parametrize("language", ["th", "en"])
def test_nothing_found_and_nothing_readable_say_what_to_do(client: FlaskClient, language: str) -> None:
    sign_in(client, Role.AGENT)
    client.set_cookie("language", language)
    page = text(client.get("/desk/search", query_string={"q": "ไม่มีคำนี้", "state": "closed"}))
    assert 'href="/desk/search?q=' in page
    answer = client.get("/desk/search", query_string={"q": "กระทะ", "since": "31/2/2569"})
    assert answer.status_code == 422
    page = text(answer)
    assert 'href="#since"' in page
    assert 'value="31/2/2569"' in page
    assert "empty-title" not in page


def test_more_than_a_page_goes_on_where_it_ended(client: FlaskClient) -> None:
    filed = [file_case(f"กระทะใบที่ {turn}")[0] for turn in range(23)]
    sign_in(client, Role.AGENT)
    first = text(client.get("/desk/search", query_string={"q": "กระทะ"}))
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link is not None
    second = text(client.get(link[1].replace("&amp;", "&")))
    assert 'rel="next"' not in second
    shown = [re.findall(r'class="num">([\d-]+)<', page) for page in (first, second)]
    assert shown == [filed[3:][::-1], filed[:3][::-1]]


def test_a_kept_search_is_one_link_away_and_can_be_removed(client: FlaskClient) -> None:
    sign_in(client, Role.AGENT)
    asked = {"q": "กระทะ", "state": "closed"}
    answer = client.post("/desk/search/keep", data={**asked, "name": "งานของฉัน"})
    assert answer.status_code == 303
    page = text(client.get("/desk/search"))
    link = re.search(r'href="([^"]+)">งานของฉัน<', page)
    assert link is not None
    again = text(client.get(link[1].replace("&amp;", "&")))
    assert 'value="กระทะ"' in again
    assert re.search(r'value="closed" selected', again)
    drop = re.search(r'action="(/desk/search/\d+/drop)"', page)
    assert drop is not None
    assert client.post(drop[1]).status_code == 303
    assert "งานของฉัน" not in text(client.get("/desk/search"))
    assert client.post(drop[1]).status_code == 404


def test_a_search_without_a_name_is_not_kept(client: FlaskClient) -> None:
    sign_in(client, Role.AGENT)
    answer = client.post("/desk/search/keep", data={"q": "กระทะ", "name": " "}, follow_redirects=True)
    page = text(answer)
    assert "กรุณากรอกข้อมูลช่องนี้" in page
    assert "search-saved" not in page
