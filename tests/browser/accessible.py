"""The accessibility check of the browser lane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

# WCAG 2.2 AA and axe's own good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_axe = Axe()


def assert_axe_clean(page: Page) -> None:
    """Fail with every rule that the page as it stands breaks, and where."""
    page.wait_for_load_state()
    found = _axe.run(page, options={"resultTypes": ["violations"], "runOnly": RULES}).response["violations"]
    told = [
        f"{rule['id']} ({rule['impact']}): {rule['help']}\n    {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
    ]
    assert not told, f"{page.url}\n" + "\n".join(told)
