from __future__ import annotations

import pytest

from classifiers.cues import cue_places, found
from classifiers.dates import NAMES
from classifiers.text import normalise


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("โอนวันที่ ๕ สิงหา ตอนนี้เช้าวันที่ ๗", {"dates_close", "moved_dates_close"}),
        ("โอนวันที่ 5 สิงหา วันนี้วันที่ 29", {"dates_far", "moved_dates_far"}),
        ("จ่าย 31 มี.ค. วันนี้ 1 เม.ย.", {"dates_close", "moved_dates_close"}),
        ("โอน 14/2 วันนี้ 30/3", {"dates_far", "moved_dates_far"}),
        ("โอนงวดแรกวันพุธ มื้อนี้วันศุกร์", {"weekdays_close", "moved_weekdays_close"}),
        ("paid on Thursday, we noticed on Friday", {"weekdays_close", "moved_weekdays_close"}),
        ("โอนวันอังคาร วันนี้วันจันทร์", {"weekdays_far", "moved_weekdays_far"}),
        ("โอนวันที่ 5 สิงหา", set()),
        ("เรียนทุกวันจันทร์ วันจันทร์หน้าหยุด", set()),
    ],
)
def test_days_that_lie_close_or_far(text, said):
    of_days = {*NAMES, *(name for name in cue_places() if name.startswith(("moved_dates", "moved_weekdays")))}

    assert {name for name, _, _ in found(normalise(text))} & of_days == said
