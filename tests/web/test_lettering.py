"""Thai on pictures: shaped, broken between words, and drawn where it is told."""

from __future__ import annotations

import io

from PIL import Image

from complaints.web.citizen.picture import WIDTH, Words, receipt_png
from complaints.web.lettering import Pen

INK = (0, 0, 0)
WORDS = Words(
    centre="ศูนย์ทดสอบ", title="รับเรื่องแล้ว", when="วันนี้", number_label="เลขที่", number="70-000001-1",
    secret_label="รหัส", groups=["0123", "4567", "8901", "2345", "6789"], next_label="จากนี้",
    steps=[("ภายใน", "อ่าน")], where=["ติดตาม"], warning="อย่าส่งต่อ",
)  # fmt: skip


def test_vowels_and_tone_marks_take_no_room_of_their_own() -> None:
    pen = Pen(100, INK)
    assert pen.width("ปี่") == pen.width("ป")
    assert pen.width("นำ") > pen.width("น")


def test_a_tone_mark_moves_up_when_a_vowel_stands_below_it() -> None:
    """Without shaping both would stand on the same place."""

    def top(text: str) -> int:
        picture = Image.new("L", (300, 300), 255)
        Pen(100, 0, bold=True).write(picture, (50, 200), text)  # type: ignore[arg-type]
        box = picture.point(lambda light: 255 - light).getbbox()
        assert box is not None
        return box[1]

    assert top("ที่") < top("ที") < top("ท")
    assert top("ที่") < top("ท่")


def test_lines_fit_and_break_between_words() -> None:
    pen = Pen(40, INK)
    text = "เจ้าหน้าที่อ่านเรื่องและส่งให้หน่วยงานที่แก้ได้ " * 4
    lines = list(pen.lines(text, 500))
    assert len(lines) > 4
    assert all(pen.width(line) <= 500 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line[0] in "ะาำิีึืุูั่้๊๋์" for line in lines)


def test_what_is_wider_than_a_line_is_broken_anywhere() -> None:
    pen = Pen(40, INK)
    lines = list(pen.lines("https://centre.example/" + "x" * 90, 400))
    assert all(pen.width(line) <= 400 for line in lines)


def test_a_receipt_without_secret_is_shorter() -> None:
    def height(words: Words) -> int:
        with Image.open(io.BytesIO(receipt_png(words))) as image:
            assert image.width == WIDTH
            return image.height

    kept = {name: getattr(WORDS, name) for name in Words.__slots__} | {"groups": []}
    assert height(Words(**kept)) < height(WORDS)
