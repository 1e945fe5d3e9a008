"""A call taken by keyboard alone: number, story, suggestion, consent, number and secret to read out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db
from complaints.domain.case import Case
from tests.browser.accessible import assert_axe_clean
from tests.centre import file_case
from tests.inside import PASSWORD, staff, walk_app
from tests.operating import running
from tests.servers import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

STORY = "เพิ่งโอนเงิน 3,500 บาท เข้าบัญชีกสิกร 246-8-13579-0 เมื่อกี้นี้ แล้วโดนบล็อก ติดต่อร้านไม่ได้เลย"


@pytest.mark.xdist_group("walk")
def test_a_call_by_keyboard(browser_page: Page, data_folder: Path) -> None:
    port, page = free_port(), browser_page
    with running(data_folder, port, OCC_RATE_LIMIT="no"), walk_app(data_folder).app_context():
        staff()
        earlier, _ = file_case(phone="0812223333")
        page.goto(f"http://127.0.0.1:{port}/staff/sign-in?next=/desk/new")
        page.fill("[name=login]", "agent@walk.example")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("#beside")
        page.keyboard.type("0812223333")
        page.keyboard.press("Alt+s")
        page.keyboard.insert_text(STORY)
        page.wait_for_selector("#beside [data-fill=category]")
        assert page.locator(f"#beside a[href$='{earlier}']").count() == 1
        assert "KBANK 2468135790" in page.inner_text("#beside")
        assert_axe_clean(page)
        page.keyboard.press("Alt+g")
        assert page.locator("[name=category]").input_value()
        page.keyboard.press("Alt+c")
        page.keyboard.press("Space")
        page.keyboard.press("Alt+w")
        page.wait_for_selector(".spoken")
        assert_axe_clean(page)
        found = re.search(r"\d{2}-\d{6}-\d", page.inner_text("main"))
        assert found is not None
        case = db.session.scalars(select(Case).where(Case.number == found.group())).one()
        assert (case.channel, case.story, case.person.phone) == ("hotline", STORY, "0812223333")
        db.session.remove()
        db.engine.dispose()
