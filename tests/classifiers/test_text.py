from __future__ import annotations

from dataclasses import replace

import pytest

from classifiers import cutter
from classifiers.text import LIMIT, cut, normalise, trace, words

HOSTILE = ("ส", "ด้านหน้า", "1", "\u0e48", "กรายม", "เ", "ะ", "ๆ", "\u0e33", "ก\u0e4d\u0e32", "a", "😀", "ๅ", " ", "1๑ะก")


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  โอน\u200bเงิน  แล้ว \n ๑,๕๐๐ ", "โอนเงิน แล้ว 1,500"),
        ("มากกกกกก!!!!", "มาก!"),
        ("เเม่ น\u0e4d\u0e32", "แม่ น\u0e33"),
        ("LINE ID", "line id"),
        ("1000000", "1000000"),
        ("İstanbul", "İstanbul"),
    ],
)
def test_normalising(raw, clean):
    assert normalise(raw) == clean
    assert normalise(clean) == clean


def test_every_sign_knows_where_it_stood():
    raw = "  ช่วยยยย\u200bด้วย  เเม่โอนไป ๕๐๐  บาท "

    clean, origin = trace(raw)

    assert clean == "ช่วยด้วย แม่โอนไป 500 บาท"
    assert len(origin) == len(clean) + 1
    start = clean.index("แม่")
    assert raw[origin[start] : origin[start + 3]] == "เเม่"
    start = clean.index("500")
    assert raw[origin[start] : origin[start + 3]] == "๕๐๐"
    assert raw[origin[clean.index("ช่วย")] : origin[4]] == "ช่วยยยย\u200b"
    assert raw[: origin[-1]].rstrip() == raw.rstrip()


def test_words_are_found():
    assert words("ซื้อของออนไลน์แล้วถูกโกง 1,500 บาท line id") == [
        *("ซื้อ", "ของ", "ออนไลน์", "แล้ว", "ถูก", "โกง", "1,500", "บาท", "line", "id")
    ]


@pytest.mark.parametrize("sign", HOSTILE)
def test_pieces_make_up_the_text_again(sign):
    for text in (sign * 500, f"โอน{sign * 20}แล้ว {sign}x{sign}"):
        assert "".join(cut(text)) == text


@pytest.mark.parametrize("sign", HOSTILE)
def test_the_cutter_looks_no_further_for_longer_texts(sign, monkeypatch):
    known = cutter._word_list()
    looks = 0

    class Counting(frozenset):
        def __contains__(self, word):
            nonlocal looks
            looks += 1
            return super().__contains__(word)

    counting = replace(known, words=Counting(known.words))
    monkeypatch.setattr(cutter, "_word_list", lambda: counting)
    counted = []
    for times in (1_000, 4_000):
        looks = 0
        cut(sign * times)
        counted.append(looks)

    assert counted[1] <= counted[0] * 4.2 + 30
    assert counted[1] <= 4_000 * len(sign) * 8 + 30


def test_a_long_text_is_read_up_to_the_limit():
    assert len(normalise("กข" * 100_000)) == LIMIT
