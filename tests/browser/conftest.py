"""The browser lane: Debian's Chromium driven by Playwright; skipped with a plain notice where either cannot run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import playwright
import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The browser's words for a blocked script, style, font or form target.
BLOCKED = ("Content Security Policy", "Content-Security-Policy")


def _driver_notice() -> str:
    """Why Playwright's driver cannot run here, or nothing."""
    node = os.environ.get("PLAYWRIGHT_NODEJS_PATH") or str(Path(playwright.__file__).parent / "driver" / "node")
    try:
        tried = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    except OSError as error:
        return f"Playwright's driver cannot start: {error}"
    return f"Playwright's driver cannot start: {tried.stderr.strip()}" if tried.returncode else ""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all the browser tests of a worker."""
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: the browser tests are left out (apt-get install chromium)")
    notice = _driver_notice()
    if notice:
        pytest.skip(f"{notice} (apt-get install libatomic1)")
    # Chromium's sandbox refuses root.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Page]:
    """A page of a fresh visitor who reads Thai; a script error or a breach of the page's own policy fails the test."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if any(word in message.text for word in BLOCKED):
            complaints.append(message.text)

    context = chromium.new_context(locale="th-TH", timezone_id="Asia/Bangkok", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []
