"""Numbers as Thais write and say them: 3,500, 1.5k, 3.1 แสน, หมื่นสอง, เจ็ดพันห้า, ครึ่งล้าน."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGIT_WORDS = {
    "หนึ่ง": 1, "หนึง": 1, "นึง": 1, "นึ่ง": 1, "เดียว": 1, "เอ็ด": 1, "ยี่": 2, "สอง": 2, "ซอง": 2, "สาม": 3,
    "ซาม": 3, "สี่": 4, "ซี่": 4, "ห้า": 5,
    "หก": 6, "เจ็ด": 7, "แปด": 8, "เก้า": 9,
}  # fmt: skip
_UNITS = {
    "สิบ": 10, "ร้อย": 100, "พัน": 1_000,
    "หมื่น": 10_000, "แสน": 100_000, "ล้าน": 1_000_000, "k": 1_000, "m": 1_000_000, "mil": 1_000_000,
    "million": 1_000_000, "thousand": 1_000,
}  # fmt: skip
_HALF = "ครึ่ง"
MILLION = 1_000_000
_HUNDRED = 100
_THOUSAND = 1_000
_TEN = 10

# What makes letters that look like a number a part of another word.
_NO_UNIT_AFTER = {
    "พัน": r"(?!ธ|ท[ก-๙]|ตำรวจ|เอก|โท|ตรี|ปี|กัน|ผูก|แผล|คอ|รอบ|สาย|ทาง|ช์|จ่า|เก่า|ผ้า|มือ|เท้า)",
    "ร้อย": r"(?!ละ|เอ็ด|ตำรวจ|โท|ตรี|เรียง|แก้ว|มาลัย|รัด|ไหม|กรอง|พวง|สาย|หวาย|เอก)",
    "แสน": r"(?!จะ|ดี|รู้|สาหัส|ปวด|สุข|สิริ|สวย|ซน|ยาก|ลำบาก|แพง|สุด|เชื่อง|ชัย|เสน|งอน|ขยัน|สบาย)",
    "ล้าน": r"(?!นา|ช้าง|ช์)",
    "หมื่น": r"(?!ไวย|แสนสุรีย์)",
    "สิบ": r"(?!เอก|โท|ตรี|ตำรวจ|ล้อ|แปดมงกุฎ)",
}
_NO_UNIT_BEFORE = {
    "พัน": r"(?<!สัม)(?<!ผูก)(?<!ผัว)(?<!กระ)(?<!ปน)(?<!เกี่ยว)",
    "ร้อย": r"(?<!เรียบ)(?<!ส)(?<!หยด)",
    "แสน": r"(?<!แสน)(?<!ฉุย)",
    "ล้าน": r"(?<!หัว)(?<!หัวโ)",
    "หมื่น": r"(?<!อะ)(?<!ผู้)",
    "สิบ": r"(?<!กระ)(?<!ก)(?<!ยก)",
}
_NO_DIGIT = {
    "สอง": r"(?!แถว|เท้า)", "สาม": r"(?!ี|เณร|ัญ|าร|พราน|ล้อ|เสน)", "สี่": r"(?!แยก)", "ห้า": r"(?!ม|ง|ว)",
    "หก": r"(?!ล้|เลอะ)",
    "เดียว": r"(?!ก|ดาย)", "ยี่": r"(?=สิบ)", "เอ็ด": "",
    "ซอง": r"(?=พัน|หมื่น|แสน|ร้อย|ล้าน)", "ซี่": r"(?=พัน|หมื่น|แสน|ร้อย|ล้าน)",
}  # fmt: skip
_WORD = "|".join(
    [f"{_NO_UNIT_BEFORE.get(unit, '')}{unit}{_NO_UNIT_AFTER.get(unit, '')}" for unit in _UNITS if not unit.isascii()]
    + [f"{word}{_NO_DIGIT.get(word, '')}" for word in _DIGIT_WORDS]
    + [_HALF]
)
_FIGURE = r"\d{1,3}+(?:,\d{3}(?!\d))++(?:\.\d{1,2}(?!\d))?|\d++(?:\.\d++(?!\.\d))?"
_LETTER = r"(?<=\d)[ ]?(?:million|thousand|mil|[km])(?![a-z0-9])"
# The beginning only lets most signs pass quickly.
_PIECE = re.compile(
    r"(?=\d|(?<=\d)[ ]?[kmt]|ส[ิอาี]|ร้|พั|ห[มน้ก]|แ[สป]|ล้|เ[ดอจก]|ยี|ซ[อาี]|นึ|คร)"
    rf"(?:(?P<figure>{_FIGURE})|(?P<letter>{_LETTER})|(?P<word>{_WORD}))"
)
# Counted things: "ห้าพันสองครั้ง" is five thousand, twice; "5,000 ครั้งแรก" is an amount, then a new phrase.
_NEW_PHRASE = r"(?!แรก|ละ|นี้|นั้น|ที่(?:[ ]?\d|สอง|สาม|สี่|แล้ว|ผ่าน|เหลือ|ขาด)|สอง|สาม|สุดท้าย|ใหม่|หน้า|ก่อน|เดียวกัน|ต่อมา|อื่น)"
_COUNTERS = (
    r"คน(?!อ่านเป็น|ขาย|ซื้อ|โอน|โกง|หาย|รับ|ส่ง|ร้าย|ไข้|แก่|อ้าง|ทัก|โทร)|ราย(?!ได้|ปี|วัน|เดือน|ชื่อบุคคล|การ(?!ที่|แรก))|รายการ"
    r"|มื้อ(?!นี้|วาน)|ถัง|เตียง|คอตตอน|แอค|มิลลิ|ภาพ|ช่อง(?!ทาง)|ครั้ง|ชิ้น|เล่ม|ตัว(?!เลข|จริง|เอง|แทน|อย่าง|ปลอม)"
    r"|วัน(?!เข้า|จัน|อัง|พุธ|พฤ|ศุก|เสา|อาทิต|รุ่ง|เกิด)|เดือน|ปี|ชั่วโมง|ชม|นาที|วินาที|สัปดาห์|อาทิตย์|งวด|รอบ|ใบ(?!เสร็จ|รับ|แจ้ง)"
    r"|เครื่อง(?!หมาย|ล็อก|ดับ|เสีย)|กล่อง|ขวด|ซอง|แผ่น(?!พับ)|คัน|ห้อง(?!แถว)|กิโล|กก|กรัม|กม"
    r"|เมตร|ม\.|ลิตร|วัตต์|โวลต์|แอมป์|องศา|ข้อ(?!หา|มูล|ความ|อ้าง)|ข้อความ|คู่(?!กรณี|สัญญา|ความ|แข่ง)|ชุด|ถุง|ลูก(?!สะใภ้|ค้า|สาว|ชาย|น้อง|หนี้|เขย|หลาน|เพจ"
    r"|ผม|หนู)|แห่ง|สาขา|ที่นั่ง|คลิป|โพสต์|เบอร์|ไลก์|ไลค์|แชร์(?!กัน|ต่อ|ว่า|โพ|มา)|วิว|แผง|กระปุก|เม็ด|เส้น|ต้น(?!ทาง|เดือน|ปี)"
    r"|กระสอบ"
    r"|ไร่|ตารางวา|ตร|ตู้|โต๊ะ|จาน|แก้ว|แพ็ก(?!เกจ)|แพ็ค(?!เกจ)|ลัง|โหล|ยอดวิว|ฟอลโล|ผู้(?:ติดตาม|ใช้|ชม|เล่น|สมัคร|ป่วย"
    r"|โดยสาร)|ครอบครัว|ครัวเรือน|หลังคาเรือน|ฉบับ|คดี(?!อยู่|ที่|ยัง|ความ)|เคส|ดวง|ทุ่ม|โมง|ไฟล์|หลัก(?!ฐาน)|ตัวอักษร|เท่า"
    r"|จุด|ระดับ|ดาว|แต้ม|คะแนน|พอยต์|เครดิต|หมายเลข|เพลง|เตา|จอ(?!ง)|กอ(?!ง)|ซับ|มม|ซม|ซีซี|มล|มก|นิ้ว|ฟุต|ตัน|แท่ง|ก้อน|ม้วน"
    r"|ผืน|หลอด|ซิม|องค์|ฟอง|บรรทัด|ออเดอร์|หลัง(?!จาก|โอน|นั้น)|ห่อ|โดส|เข็ม|แคปซูล|เมกะ|กิกะ|บีทียู|แคล|ก้าว|เที่ยว|ลำ|ท่อน|หุ้น"
    r"|ยูนิต|ระเบียน|ชาม|เซ[็]?ต|ขวบ|ยูส|หมู่บ้าน|ไมล์|เด้ง|หน่วย|ประเทศ|จังหวัด|%|เปอร์|ล้อ|แรงม้า|หลุม|พิกเซล"
    r"|(?:ml|mg|kg|km|cm|mm|ma|mah|gb|mb|tb|kw|kwh|watts?|volts?|hz|khz|mhz|kbps|mbps|gbps|req|rpm|fps|px|dpi"
    r"|ppm|kcal|bpm|iu|mcg|ug|psi|btu|people|times|days?|months?|years?|hours?|minutes?|weeks?|persons|pax|pm"
    r"|am"
    r"|members|items|pieces|pcs|boxes|bottles|units|users|views?|likes|shares|followers|accounts|customers"
    r"|victims|children|students|names|pages|addresses|rows|records|follower|downloads|requests|percent|messages|calls|copies|bags|tickets|sold"
    r"|x(?![ ]?\d)|w|v|g|l)(?![a-z])"
)
# Only small numbers are counted with these; after a large one they begin a new phrase.
_SMALL_COUNTERS = (
    r"|คอมเมนต์|แถว|ขีด|หน้า|สมาชิก|บัญชี|สาย|หมู่|กอง|ท่าน|นาย|ยาม|เพจ|เว็บ|แอป|กลุ่ม|รูป|ภาพ|คำ|ชื่อ|สี|พี่น้อง"
    r"|เจ้า|ร้าน|หมวด|มาตรา|อัน|สิทธิ์|เสียง|อำเภอ|ตำบล|มือ|แปลง|ด้าน|ตอน|ขั้น|ชั้น|ช่อง|งาน|ตัวการ|ทาง"
    r"|บท|วิชา|จาน|ห่อ|ล็อต|โรง|บ้าน|หมื่นคน|กระทง|ขา(?!ย)|นิ้ว|พยาน|ฝ่าย|ศพ|แต้ม|ตา|แถม"
)
_COUNTED = re.compile(rf"[ ]?(?:กว่าๆ?|เศษ)?[ ]?(?:{_COUNTERS}){_NEW_PHRASE}")
_COUNTED_SMALL = re.compile(rf"[ ]?(?:กว่าๆ?|เศษ)?[ ]?(?:{_COUNTERS}{_SMALL_COUNTERS}|วัน|ตัว|คน|ลูก)(?!ละ)")


def counted(folded: str, end: int, value: float) -> bool:
    """Whether the number that ends here counts the things named after it."""
    return (_COUNTED_SMALL if value < _HUNDRED else _COUNTED).match(folded, end) is not None


@dataclass(frozen=True, slots=True)
class Piece:
    """A figure, a digit word or a unit."""

    start: int
    end: int
    digit: float | None
    unit: int
    figure: str


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number in the text. `figure`: its digits when written in figures; `scaled`: it carries พัน, หมื่น, k ..."""

    start: int
    end: int
    value: float
    figure: str
    scaled: bool


def _piece(match: re.Match[str]) -> Piece:
    start, end = match.span()
    if match["figure"]:
        return Piece(start, end, float(match["figure"].replace(",", "")), 0, match["figure"])
    if match["letter"]:
        return Piece(start, end, None, _UNITS[match[0].strip()], "")
    if match[0] == _HALF:
        return Piece(start, end, 0.5, 0, "")
    if match[0] in _UNITS:
        return Piece(start, end, None, _UNITS[match[0]], "")
    return Piece(start, end, float(_DIGIT_WORDS[match[0]]), 0, "")


class _Sum:
    """Adds up pieces as long as they make one number."""

    def __init__(self, first: Piece) -> None:
        self.start = first.start
        self.figure = first.figure
        self.scaled = False
        self.end = first.start
        self._millions = 0.0
        self._total = 0.0
        self._open: float | None = None
        self._last = 0
        self._half = False

    def add(self, piece: Piece, folded: str) -> bool:
        """Take one more piece, or say that it begins another number."""
        taken = self._unit(piece) if piece.unit else self._digit(piece, folded)
        if taken:
            self.end = piece.end
        return taken

    def _unit(self, piece: Piece) -> bool:
        if piece.unit == MILLION:
            if self._millions:
                return False
            count = self._total + (self._open or 0.0)
            self._millions = (count or 1.0) * MILLION
            self._total, self._open, self._last = 0.0, None, MILLION
        else:
            if self._open is None and self._last and piece.unit >= self._last:
                return False
            if self._last and self._last != MILLION and piece.unit >= self._last:
                return False
            if self._open is None and self._last and not self._total and not self._millions:
                return False
            self._total += (1.0 if self._open is None else self._open) * piece.unit
            self._open, self._last = None, piece.unit
        self.scaled = self.scaled or piece.unit >= _HUNDRED
        return True

    def _digit(self, piece: Piece, folded: str) -> bool:
        if self._open is not None or piece.digit is None:
            return False
        unit = _unit_after(folded, piece.end)
        if self._last and unit >= self._last and unit != MILLION:
            return False
        if self._last and not unit and (piece.digit >= _TEN or _ends_there(folded, piece.end)):
            return False
        self._open = piece.digit
        return True

    def waits(self) -> bool:
        """Whether the last piece was a digit, which a unit may follow."""
        return self._open is not None

    def value(self) -> float:
        """The number, a spoken tail (พันห้า) taken as the next lower unit."""
        total = self._millions + self._total
        if self._open is None:
            return total
        if self._last >= _HUNDRED and self._open == 1.0:
            return total
        if self._last > _HUNDRED:
            half = self._open == 0.5  # noqa: PLR2004 - ครึ่ง
            return total + (self._last / 2 if half else self._open * self._last / _TEN)
        return total + self._open


_NEXT_UNIT = re.compile(r"[ ]?(สิบ|ร้อย|พัน|หมื่น|แสน|ล้าน)")
_TIME_AGO = re.compile(r"[ ]?(?:วัน|อาทิตย์|สัปดาห์|เดือน|ปี|ชั่วโมง|ชม)\.?(?:ก่อน|ที่แล้ว|แล้ว|ที่ผ่าน)")


def _unit_after(folded: str, end: int) -> int:
    following = _NEXT_UNIT.match(folded, end)
    return _UNITS[following[1]] if following else 0


def _ends_there(folded: str, end: int) -> bool:
    """Whether the digit counts what follows it instead of ending the number before it."""
    return counted(folded, end, _HUNDRED) or _TIME_AGO.match(folded, end) is not None


def numerals(folded: str) -> Iterator[Numeral]:
    """All numbers of a text in reading order."""
    run: _Sum | None = None
    for match in _PIECE.finditer(folded):
        piece = _piece(match)
        if run is not None and _near(folded, run, piece) and run.add(piece, folded):
            continue
        if run is not None:
            yield _numeral(run)
        run = _Sum(piece)
        run.add(piece, folded)
    if run is not None:
        yield _numeral(run)


def _near(folded: str, run: _Sum, piece: Piece) -> bool:
    if piece.start == run.end:
        return True
    if piece.start != run.end + 1 or folded[run.end] != " ":
        return False
    return (bool(piece.unit) and run.waits()) or (bool(piece.figure) and _unit_after(folded, piece.end) > 0)


def _numeral(run: _Sum) -> Numeral:
    return Numeral(run.start, run.end, round(run.value(), 2), run.figure, run.scaled)
