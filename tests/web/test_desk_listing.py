"""One line of the desk's list."""

from __future__ import annotations

import pytest

from complaints.web.desk.listing import EXCERPT, excerpt


@pytest.mark.parametrize(
    ("story", "shown"),
    [
        ("ร้านปิดหนี\n\nหลังโอนเงิน", "ร้านปิดหนี หลังโอนเงิน"),
        ("ก" * EXCERPT, "ก" * EXCERPT),
        ("ก" * (EXCERPT + 1), "ก" * EXCERPT + "…"),
        ("ก" * (EXCERPT - 1) + "เรา", "ก" * (EXCERPT - 1) + "…"),
        ("ก" * (EXCERPT - 2) + " ไปไหน", "ก" * (EXCERPT - 2) + "…"),
    ],
)
def test_a_story_that_is_cut_says_so(story: str, shown: str) -> None:
    assert excerpt(story) == shown
