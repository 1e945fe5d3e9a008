"""The lane itself sees what it is there to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.accessible import assert_axe_clean

if TYPE_CHECKING:
    from playwright.sync_api import Page

CLEAN = (
    "<!doctype html><html lang=th><head><title>ร้องเรียน</title></head><body><main><h1>ร้องเรียน</h1></main></body></html>"
)


def test_a_clean_page_passes(browser_page: Page) -> None:
    browser_page.set_content(CLEAN)

    assert_axe_clean(browser_page)


def test_a_picture_without_words_is_found(browser_page: Page) -> None:
    browser_page.set_content(CLEAN.replace("</main>", "<img src='data:,'></main>"))

    with pytest.raises(AssertionError, match="image-alt"):
        assert_axe_clean(browser_page)
