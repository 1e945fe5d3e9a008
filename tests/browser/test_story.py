"""One night's story in a real browser: reported, triaged, worked on, answered, confirmed, counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from complaints.db import db
from tests.browser.accessible import assert_axe_clean
from tests.inside import PASSWORD, all_kept, staff, walk_app
from tests.operating import running
from tests.servers import free_port, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

STORY = "สั่งพัดลมจากเพจร้านพัดลมลมเย็นเจ็ดสี โอนไปเมื่อเช้านี้ 1,290 บาท เข้าบัญชีกสิกร 246-8-13579-0 พอตกบ่ายเพจปิดหนี ทักไปไม่ตอบ โทรไม่ติด"


class Story:
    """The parts of the story, in the order in which people play them."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.number = ""

    def check(self, name: str, value: str) -> None:
        """Choose a radio button or a checkbox by its value."""
        self.page.locator(f"main input[name='{name}'][value='{value}']").check(force=True)

    def press(self, name: str, value: str) -> None:
        """Press a form's button."""
        self.page.locator(f"main button[name='{name}'][value='{value}']").first.click()

    def report(self) -> None:
        """The complainant: story, first aid, kind, questions, evidence, contact, consent."""
        page = self.page
        page.goto(self.base)
        assert_axe_clean(page)
        page.locator("a[href*='/report']").first.click()
        page.fill("[name=story]", STORY)
        self.check("money", "fresh")
        assert_axe_clean(page)
        self.press("go", "next")
        assert "/report/aid" in page.url
        assert page.locator("a[href='tel:1441']").count() > 0
        assert_axe_clean(page)
        self.press("go", "done")
        for _ in range(8):
            if page.url.endswith("/report/receipt"):
                break
            assert_axe_clean(page)
            self.step(page.url.rpartition("/")[2].partition("?")[0])
        assert page.url.endswith("/report/receipt")
        assert_axe_clean(page)
        found = re.search(r"\d{2}-\d{6}-\d", page.inner_text("main"))
        assert found is not None
        self.number = found.group()

    def step(self, name: str) -> None:
        """One page of the form."""
        page = self.page
        if name == "kind":
            kind = page.locator("main input[name=kind][value=seller_fraud]")
            if not kind.count():
                self.check("kind", "other")
                self.press("go", "next")
            self.check("kind", "seller_fraud")
        elif name in {"questions", "more"}:
            for field in page.locator("main input[type=text], main textarea").all():
                label = field.get_attribute("name") or ""
                field.fill(
                    "1,290"
                    if label == "lost"
                    else field.input_value() or ("ร้านพัดลมลมเย็นเจ็ดสี" if label == "seller" else "")
                )
            for radio in page.locator("main fieldset").all():
                choice = radio.locator("input[type=radio]").first
                if choice.count() and not radio.locator("input[type=radio]:checked").count():
                    choice.check(force=True)
        elif name == "evidence":
            page.set_input_files(
                "[name=files]", {"name": "สลิป.txt", "mimeType": "text/plain", "buffer": "โอนแล้ว".encode()}
            )
        elif name == "contact":
            page.fill("[name=phone]", "0800000000")
        elif name == "check":
            self.check("consent", "1")
            self.press("go", "send")
            return
        self.press("go", "next")

    def sign_in(self, login: str) -> None:
        """Somebody of the staff, in the same browser after the last one left."""
        page = self.page
        page.context.clear_cookies()
        page.goto(f"{self.base}/staff/sign-in")
        page.fill("[name=login]", login)
        page.fill("[name=password]", PASSWORD)
        page.locator("main button[type=submit]").click()
        assert "/staff/sign-in" not in page.url

    def triage(self) -> None:
        """The agent accepts what the machine suggests, or corrects it."""
        page = self.page
        self.sign_in("agent@walk.example")
        page.goto(f"{self.base}/desk?queue=urgent")
        assert_axe_clean(page)
        page.goto(f"{self.base}/desk/case/{self.number}?queue=urgent")
        assert page.locator("mark").count() > 0
        assert_axe_clean(page)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.goto(f"{self.base}/desk/case/{self.number}")
        assert "รอหน่วยงานยืนยันรับ" in page.inner_text("main")

    def answer(self) -> None:
        """The agency accepts and gives its result with the money recovered."""
        page = self.page
        self.sign_in("police@walk.example")
        assert_axe_clean(page)
        page.goto(f"{self.base}/partner/case/{self.number}")
        assert_axe_clean(page)
        page.locator("form[action$='/accept'] button").first.click()
        page.locator("summary[data-key=v]").first.click()
        form = page.locator("form[action$='/result']").first
        form.locator("[name=outcome]").select_option("refunded_full")
        form.locator("[name=recovered]").fill("๑,๒๙๐")
        form.locator("[name=answer]").fill("ติดตามผู้ขายได้ คืนเงินครบแล้ว")
        form.locator("button").last.click()
        assert "คืนเงินครบ" in page.inner_text("main")

    def confirm(self, link: str) -> None:
        """The complainant has the last word."""
        page = self.page
        page.goto(link)
        assert page.url.endswith("/case")
        assert_axe_clean(page)
        assert "คืนเงินครบแล้ว" in page.inner_text("main")
        page.locator("form[action$='/case/confirm'] button").first.click()
        assert "ปิดเรื่องแล้ว" in page.inner_text("main")
        self.check("score", "5")
        page.locator("form[action$='/case/rate'] button").first.click()
        assert_axe_clean(page)

    def count(self) -> tuple[str, str]:
        """The supervisor counts: problems to solve and problems solved."""
        page = self.page
        self.sign_in("supervisor@walk.example")
        page.goto(f"{self.base}/oversight?scope=trading")
        page.locator("form[action*='/oversight/recount'] button").click()
        assert_axe_clean(page)
        figures = page.locator(".card .big-value").all_inner_texts()
        return figures[1], figures[2]


@pytest.mark.xdist_group("walk")
def test_one_night(browser_page: Page, data_folder: Path) -> None:
    port = free_port()
    with running(data_folder, port, OCC_RATE_LIMIT="no"), walk_app(data_folder).app_context():
        staff()
        story = Story(browser_page, f"http://127.0.0.1:{port}")
        assert story.count() == ("0", "0")
        browser_page.context.clear_cookies()
        story.report()
        wait_until(all_kept)
        browser_page.goto(f"{story.base}/case")
        cookies = browser_page.context.cookies()
        story.triage()
        assert story.count() == ("1", "0")
        story.answer()
        browser_page.context.clear_cookies()
        browser_page.context.add_cookies(cookies)
        story.confirm(f"{story.base}/case")
        assert story.count() == ("1", "1")
        db.engine.dispose()
