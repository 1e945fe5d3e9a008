"""Signs of danger and of a child: what says so, what does not, and where it stands in the original."""

from __future__ import annotations

import pytest

from classifiers.rows import load
from classifiers.signs import KINDS, signs


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("แฟนเก่าขู่ฆ่า ส่งรูปมีดมาให้ดู", {"threat": ["ขู่ฆ่า", "รูปมีด"]}),
        ("หนู ๑๓  เขาให้เปิดกล้อง", {"child": ["หนู ๑๓", "เปิดกล้อง"]}),
        ("He says he will KILL  my dog", {"threat": ["KILL  my"]}),
        ("ลูกชาย 4 ขวบกลืนถ่าน อยู่ห้องฉุกเฉิน", {"threat": ["ห้องฉุกเฉิน"], "child": ["ลูกชาย", "4 ขวบ", "กลืน"]}),
        ("กลุ่มนี้ขายคลิปเด็ก", {"child": ["คลิปเด็ก"]}),
        ("เพื่อนบ้านไม่ได้ขู่ แค่ขู่ว่าจะฟ้อง", {}),
        ("สั่งเสื้อผ้าเด็กแล้วร้านส่งของผิด", {}),
        ("ลูกสาวสั่งของแล้วร้านเงียบ", {}),
        ("", {}),
    ],
)
def test_what_the_words_show(text: str, shown: dict[str, list[str]]) -> None:
    found: dict[str, list[str]] = {}
    for sign in signs(text):
        found.setdefault(sign.kind, []).append(text[sign.start : sign.end])
    assert {kind: [word for word in words if word in shown.get(kind, [])] for kind, words in found.items()} == shown


def test_urgent_rows_have_signs_far_more_often_than_calm_ones() -> None:
    share = {}
    for urgent in (True, False):
        rows = [{sign.kind for sign in signs(row.text)} for row in load()[::3] if row.urgent is urgent]
        share[urgent] = {kind: sum(kind in found for found in rows) / len(rows) for kind in KINDS}
    for kind in KINDS:
        assert share[True][kind] > 5 * share[False][kind], (kind, share)
