"""Amounts of baht in a text: numbers that are money, told apart from counts, dates, times, ages and codes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from classifiers.numerals import counted, numerals
from classifiers.reading import HIDDEN, Hit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifiers.numerals import Numeral

_DIGIT = re.compile(r"\d")
_MONTH = (
    r"(?:มกรา|กุมภา|มีนา|เมษา|พฤษภา|มิถุนา|กรกฎา|กรกฏา|สิงหา|กันยา|ตุลา|พฤศจิกา|ธันวา)(?:คม|ยน|พันธ์)?"
    r"|ม\.?ค\.?(?![ก-๙])|ก\.?พ\.?(?![ก-๙])|มี\.?ค\.?(?![ก-๙])|เม\.?ย\.?(?![ก-๙])|พ\.?ค\.?(?![ก-๙])"
    r"|มิ\.?ย\.?(?![ก-๙])|ก\.?ค\.?(?![ก-๙])|ส\.?ค\.?(?![ก-๙])|ก\.?ย\.?(?![ก-๙])|ต\.?ค\.?(?![ก-๙])"
    r"|พ\.?ย\.?(?![ก-๙])|ธ\.?ค\.?(?![ก-๙])"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
)
_BAHT_AFTER = re.compile(
    r"[ ]?-?(?:กว่าๆ?|เศษๆ?|ถ้วน|ล้วน|นิดๆ|ต้นๆ)?[ ]?(?:บาท|บ\.|บ(?![ก-๙/])|บา(?![ก-๙])|บาด|฿|baht|bath|thb"
    r"|b(?![a-z0-9])|ตัง|\.-|,-|-(?=[ ]|$))"
)
_BAHT_SURE = re.compile(
    r"[ ]?-?(?:กว่าๆ?|เศษๆ?|ถ้วน|ล้วน|นิดๆ|ต้นๆ)?[ ]?(?:บาท|บ\.|บ(?![ก-๙/])|฿|baht|bath|thb|บาด|ตัง|\.-|,-)"
)
_BAHT_BEFORE = re.compile(r"(?:฿|thb|baht)[ ]?$")
_ABROAD_AFTER = re.compile(
    r"[ ]?(?:ดอล|เหรียญ|usd|usdt|us\$|\$|€|£|¥|หยวน|เยน|ยูโร|ปอนด์|วอน|ริงกิต|รูปี|กีบ|ดอง|สิงคโปร์|dollar|pound|euro"
    r"|yuan|yen|rmb|cny|eur|gbp|btc|eth|coin|คอยน์|โทเคน|token|จ๊าด|won|ringgit|bitcoin|บิตคอย)"
)
_ABROAD_BEFORE = re.compile(r"(?:[$€£¥]|usdt?|(?<!to )(?<!of )(?<!for )us|rm|eur|gbp|sgd)[ ]?$")
_PERCENT = re.compile(r"[ ]?(?:%|เปอร์|percent|per cent|pct)")
_PER_HUNDRED = re.compile(r"ร้อยละ[ ]?$")
_CODE_BEFORE = re.compile(r"[a-z_#\x00\\/:.\-*•^]$")
_HARMLESS_SIGN = re.compile(r"(?:(?:^|[ ])[-/.:]|[\dก-๙][-/:]|[ก-๙]\.)$")
_CODE_AFTER = re.compile(r"[-/:][a-z]|:\d|[a-z_@*•]|\.\d")
_VAGUE_AFTER = re.compile(r"ที่|กว่า")
_SPOKEN_CODE = re.compile(
    r"(?:มอก|เลขที่|เลข|หมายเลข|รหัส|มาตรา|ข้อ|หมู่|ห้อง|ซอย|ชั้น|ถนน|สาย|ทะเบียน|รุ่น|เคส|คดี|เรื่อง|ที่|พ\.ศ|ค\.ศ|อายุ|วัย|เวลา"
    r"|ตอน|บ่าย|หน้า|แถว|ล็อต"
    r"|โทร|เบอร์|สายด่วน|ศูนย์|แจ้ง|บาร์โค้ด|ออเดอร์|พัสดุ|ร\.ศ|พศ|คศ|ระดับ|ไซซ์|ไซส์|ประตู|ช่อง|กลุ่ม|ล็อก|แปลง"
    r"|(?<![ก-๙])(?:อย|ม|ป|ตี|ปี|กม)"
    r"|(?<![a-z])(?:lot|no|ep|ver|v|version|room|year|in|since|case|order|section|model|age|aged|hotline|call))"
    r"[ ]?[.:]?[ ]?$"
)
_SHARP_SCREEN = re.compile(r"(?:จอ|กล้อง|ทีวี|tv|ภาพ|ชัด|ความละเอียด|วิดีโอ|โปรเจ[กค]เตอร์)[^\d\n]{0,12}$")
_SHARPNESS = frozenset({2_000, 4_000, 8_000})
_NOT_MONEY_BEFORE = re.compile(
    r"(?:ติดตาม|คนตาม|เมนต์|ยอดดู|ยอดวิว|ยอดชม|ยอดขาย|ยอดแชร์|คนเห็น|คนเข้า|คนกด|หัวใจ|คนอ่าน|รับชม|ผู้ชม|คนดู|ไลก์|ไลค์|ดาวน์โหลด"
    r"|ไมล์|วิ่งไป|วิ่งมา|ความจุ|แรงดัน|ประชากร|ยูทูบ|views|followers)"
    r"(?:(?!ละ|ค่า|ราคา|จ่าย|โอน|เก็บ|เงิน|เสีย|บอก)[^\d\n]){0,14}$"
    r"|(?:สมาชิก|(?<!วีล)(?<!ไทม์)แชร์(?:ต่อ|กัน|ออก)?|ผู้ใช้|ผู้ใช้งาน|ลูกค้า|ผู้เสียหาย|ผู้สมัคร|นักเรียน|สาขา|ช่อง|ซับ|ฟอล|รีวิว|วิว|ผู้ป่วย"
    r"|จำนวนผู้[ก-๙]{1,12}|members|users|customers)"
    r"(?:กว่า|ราว|ประมาณ|เกือบ|จำนวน|แล้ว|ไป|มา|อีก|รวม|ทั้งหมด|ถึง|มี|ๆ|[ (]){0,5}$"
    r"|มอก\.?(?:(?!ซื้อ|ขาย|ราคา)[^\d\n]){0,12}$|ค่า(?:ฝุ่น|ความดัน|น้ำตาล|ไขมัน|ตั้ง|เฉลี่ย)[^\d\n]{0,20}$"
)
_NUMBERED_BEFORE = re.compile(r"(?:เลข|หมายเลข|รหัส)[ก-๙]{0,14}[ ]?[:.]?[ ]?$")
_YEAR_BEFORE = re.compile(r"(?:ตั้งแต่|เมื่อ|จน|ถึง|ต้น|ปลาย|กลาง|สิ้น|ในปี|since|in|by|until)[ ]?$")
_YEARS = ((1950, 2040), (2480, 2585))
# A price without its unit: it ends like one, and stands between two clauses.
_PRICE_TAG = re.compile(r"[1-9]\d{0,2}9|\d{1,3}[2-9]0|\d{0,2}[1-9]00|\d+5")
_TAG_BEFORE = re.compile(
    r"[ก-๙a-z)!'\"][ ]['\"]?$|[!?/][ ]$|(?<![a-z])(?:at|for|up to|only|just|pays|gets?|got|warning|mark|label),?[ ]$"
)
_NO_TAG_BEFORE = re.compile(
    r"(?:ทะเบียน|น้ำตาล|ความดัน|ไขมัน|หัวใจ|ใจเต้น|เลข|คะแนน|โทอิก|อายุ|วัย|เบอร์?|ลำดับ|วินาที|ไฟ|รุ่น|รหัส|ห้อง|ดัชนี|ระดับ|เกิน|ความเร็ว|ค่า|วัดได้"
    r"|ถ่าน|(?<![a-z])(?:rate|over|above|code|model|spf|error|microsoft|(?<!up )to|age|aged))"
    r"[^\d\n]{0,14}$|(?<![a-z])(?:no\.?|bought|received|buy|order|ordered)[ ]$"
    r"|(?:^|[^ก-๙])[ก-ฮ]{1,3}\.?[ ]$|(?:ชาย|หญิง|ราว|จริง)[ ]$"
)
_TAG_AFTER = re.compile(
    r"['\"]?(?:$|\n|[.,;](?:$|[ \n])|[ ](?!\d|หน้า|กว่า|หลา|รีวิว|บัญชี|สู่|งาน|หัว|โล|เงื่อนไข|ทุก|คน)[ก-๙/]"
    r"|[ ][a-z]{1,5}[ ](?![a-z]{3,}s(?![a-z])))"
)
_TAG_LEAST = 45
_LAUGHTER = re.compile(r"55+")
_NOUGHT = re.compile(r"(?:หลัก|เป็น|เปน|หลาย|นับ|กี่|ตั้ง|ร่วม|ครึ่ง|พวก)[ ]?$")
_GOLD = re.compile(r"(?:ทอง(?:คำ|แท่ง|รูปพรรณ)?|สร้อย(?:คอ)?|แหวน|กำไล|หนัก|น้ำหนัก|สลึง|เลสข้อมือ)[^\d\n]{0,10}$")
# The first lines only let most signs pass quickly.
_DATED = re.compile(
    r"(?=\d|ม[กีิ.คอผ]|ก[ุร.พคัย]|เ[มช]|พ[ฤ.คยศ]|ส[ิุ.ค]|ต[ุ.ค]|ธ[ั.ค]|ปี|ค[.ศื]|วา|j[au]|fe|ma|a[pu]|se|oc|no|de|is|ti|gm"
    r"|ha|nb)(?:"
    rf"\d{{1,2}}[ ]?[-–]?[ ]?\d{{0,2}}[ ]?(?:{_MONTH})[ ]?(?:พ\.ศ\.|ค\.ศ\.|ปี)?[ ]?(?:25\d\d|20\d\d|'?\d\d(?!\d"
    rf"|[ ]?บาท|,))?"
    r"|(?<![\d/.,-])\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})(?![\d/-])"
    rf"|(?:{_MONTH})[ ]?(?:พ\.ศ\.|ค\.ศ\.|ปี)?[ ]?(?:25\d\d|20\d\d|[56]\d(?![\d,]))"
    r"|(?:ปี|พ\.?ศ\.?|ค\.?ศ\.?)[ ]?(?:25\d\d|20\d\d|19\d\d|[56]\d(?![\d,]))(?!\d)"
    r"|(?<![\d,.])25[56]\d(?=[ ]?(?:$|\n|แล้ว|จน|ถึง|ปี))"
    r"|\d{1,2}[.:]\d{2}(?:[ ]?[-–][ ]?\d{1,2}[.:]\d{2})?[ ]?(?:น(?:\.|าฬิกา|(?![ก-๙]))|am|pm|a\.m|p\.m|โมง|hrs?)"
    r"|(?:เมื่อคืน|เมื่อวาน|วานนี้|เช้านี้|คืนนี้|สุดท้าย)[ ]?(?:[01]?\d|2[0-3])\.[0-5]\d(?!\d|[ ]?(?:บาท|บ\.))"
    r"|(?<!\d)(?:[01]?\d|2[0-4]):[0-5]\d(?::\d\d)?(?!\d)"
    r"|(?:มอก|มผช|iso|tis|gmp|haccp|nbtc)\.?[ ]?(?:เลขที่|เลข)?[ ]?[\d-]++(?:[ ]?(?:เล่ม|part)[ ]?[\d-]++)?"
    r"|(?<![\d-])\d++(?:-\d++){2,}+"
    r"|(?<![\d,.])\d++/\d++(?!,\d{3})(?:-\d++)?(?![ ]?บ|\d)"
    r"|(?<!\d)24[ /]?(?:ชม|ชั่วโมง|hours|7)|(?<!\d)(?:1212|1441|1111|1166|1556|1599|1669|1300|1155|1178|1195|1330"
    r"|1387|1422|1506|1569|1710|1323|191)(?!\d|,)(?![ ]?(?:บาท|บ\.|฿))"
    r")"
)

_STRONG = (
    r"(?:โอน|จ่าย|ชำระ|ราคา|ยอด|เติม|มัดจำ|ดาวน์|เรียกเก็บ|เก็บ|คิด|หัก|ตัดบัตร|ตัดเงิน|ยังตัด|ถูกตัด|โดนตัด|ตัง|เงิน|กำไร|ขาดทุน|ถอน|ฝาก|กู้|ยืม|คืน"
    r"|ส่วนต่าง|ส่วนลด|เครดิตฟรี|โบนัส|คูปอง|ปรับ|งบ|รายได้|สลิป|ทุน|แบงก์|แบงค์|ขั้นต่ำ"
    r"|เสีย|ชดเชย|ชดใช้|ค่าจ้าง|ประกัน|ทอน|ขาด|ลดเหลือ|เหลือ|บวก|อีก|ซื้อมา|ซื้อ|ขาย|เช่า|เหมา|สั่ง|หนี้|วงเงิน|งวด|รอบแรก|รอบสอง"
    r"|ครั้งแรก|(?<!แ)ละ|แจก|ตลาด|สูงสุด|ต่ำสุด|ปลายทาง|หมด|โดน|ขอ|ของแท้|ปลีก|ถูกรางวัล"
    r"|เดิมพัน|ออม|ลงทุน|สมทบ|เปิดพอร์ต|ซื้อพอร์ต|แพ็กเกจ|เกลี้ยง|ประมูล|จอง|มูลค่า|prices?|paid|pay|costs?|fee|deposit|sent"
    r"|transfer|transferred|charged?|debit(?:ed)?|refund)"
)
_PRICE = re.compile(r"\d+(?:[09]|5)")
_FILLER = (
    r"(?:ไป|มา|แล้ว|ให้|เขา|เค้า|มัน|ผม|หนู|แม่|พ่อ|เงิน|ก่อน|อีก|เพิ่ม|แค่|แค่นี้|เพียง|ประมาณ|ราวๆ?|เกือบ|เกือบๆ|ทั้งหมด|ทั้งสิ้น|รวม"
    r"|จริง|เต็ม|กลับ|คืน|เข้า|เป็น|เปน|จำนวน|อยู่|อยู่ที่|ที่|คือ|ถึง|ตั้ง|กว่า|สุทธิ|ละ|ก้อน|แรก|สด|นั้น|นี้|ได้|ขึ้น|ต่ำสุด|สูงสุด|เริ่มต้น|เริ่ม"
    r"|ว่า|ของ"
    r"|วอลเล็[ทต]|ตัว|ขั้นต่ำ|ค่า|จะ|ต้อง|ยอด|ราคา|น่าจะ|แบบ|อะ|ค่ะ|ครับ|คับ|about|around|of|the|a|me|him|her|them|us|only|just"
    r"|total|over|[ :=~≈('\"+]){0,6}"
)
_MONEY_BEFORE = re.compile(rf"(?:{_STRONG}){_FILLER}$")
_FEE_BEFORE = re.compile(r"ค่า(?!ะ|ที่|ว่า)[ก-๙][ก-๙ ]{1,30}$")
_DIRECT_BEFORE = re.compile(
    r"(?:โอน|จ่าย|ชำระ|ราคา|ขาย|มัดจำ|คืน|คืนให้|ทอน|เติม|ปรับ|ยอด|บวก|บวกอีก|คิด|เก็บ|หัก|ฝาก|ถอน|ทุน|กำไร|ค่าส่ง|ขั้นต่ำ)(?:ไป"
    r"|มา|ให้|เพียง|แค่|เงิน|ละ|ขั้นต่ำ|อีก|จริง|เต็ม|ปกติ)?[ ]?$"
)
_OFTEN_BEFORE = re.compile(r"(?:วัน|คืน|ชั่วโมง|ชม\.?|อาทิตย์|สัปดาห์)ละ[ ]?$")
_PRICE_BEFORE = re.compile(r"ราคา(?:แค่|เพียง)?[ ]?$")
_PER_BEFORE = re.compile(r"[ก-๙](?<!แ)ละ[ ]?$")
_BARE_BEFORE = re.compile(r"(?:แค่|ค่า[ก-๙]{2,20}|ให้|ได้|เกือบ|ขาด)(?:ไป|มา|อีก)?$")
_HUNDREDS_BEFORE = re.compile(
    rf"(?:{_STRONG}|แจก|ได้|อีก|เป็นเงิน|ค่า[ก-๙]{{1,20}}|ครั้งแรก|หมดไป|(?<!แ)ละ|บาท|แค่|ไป|โดน){_FILLER}$"
)
_CLAUSE_BEFORE = re.compile(r"(?:โอน|จ่าย|มัดจำ|ราคา|ซื้อ|ตัดบัตร|หัก|ค่า|โดนตัด)[^\d\n]{1,25}[ '\"]$")
_CLAUSE_AFTER = re.compile(r"['\")]{0,2}(?:[ ]|\n|$)")
_LIST_MARK = re.compile(r"(?:^|\n)[ ]*$")
_VAGUE_BEFORE = re.compile(r"(?:หลาย|กี่|หลัก|นับ)[ ]?$")
_SPOKEN_PAIR = re.compile(r"[ ]?(?:สอง|สาม|สี่|ห้า|หก|เจ็ด|แปด|เก้า)")
_OF_SO_MANY = re.compile(r"[ ]?ใน[ ]?(?:\d|สอง|สาม|สี่|ห้า|สิบ)")
_MONEY_AFTER = re.compile(
    r"[ ]?(?:ต่อ(?:เดือน|ปี|คน|ตัว|ชิ้น|กล่อง|ครั้ง|วัน|ราย|ใบ|หัว|เคส|สัปดาห์|คืน|ชั่วโมง|ชุด)|พร้อมส่ง|รวมส่ง|รวมภาษี|ส่งฟรี|/[ก-๙]"
    r"|เข้าบัญชี|เข้าพร้อมเพย์|เป็นค่า|ค่าส่ง|ไม่รวมส่ง|เนท|net|each(?![a-z])"
    r"|(?:a|per|one) (?:tablet|ticket|month|box|bottle|piece|pair|night|day|head|pen)(?![a-z])|x[ ]?\d(?!\d))"
)
_LIST = re.compile(
    r"[ ]?(?:-|–|~|/|,|\+|ถึง|to|และ|กับ|หรือ|and|or|บวก|จาก|แล้วก็|จนถึง|through|, ?และ)[ ]?|[ ]{1,2}|[ ]?(?:-|/)[ ]?"
)
_RANGE = re.compile(r"[ ]?(?:-|–|~|ถึง|to|(?:ลด|ตก)?(?:เหลือ|เป็น)(?:แค่|เพียง)?)[ ]?")
_DASH = re.compile(r"[ ]?[-–~][ ]?")
_BARE = frozenset({"ร้อย", "พัน", "หมื่น", "แสน", "ล้าน"})
_HANDED_OUT = re.compile(r"(?:แจก|เงิน|กู้|ยืม)$")
_LEAD = 40
_TEN = 10
_SMALL = 100
_THOUSAND = 1_000
_GOLD_MOST = 20
_PLAIN_DIGITS = 6

_NO, _UNKNOWN, _YES = 0, 1, 2


@dataclass(slots=True)
class _Weighed:
    """A number and whether it is money; unknown ones may still be settled by their neighbours."""

    number: Numeral
    verdict: int
    value: float


def _never(folded: str, number: Numeral, lead: str) -> bool:
    """Whether the number is certainly something else than baht."""
    end = number.end
    if _PERCENT.match(folded, end) or _PER_HUNDRED.search(lead) or _ABROAD_AFTER.match(folded, end):
        return True
    if _ABROAD_BEFORE.search(lead):
        return True
    often = number.value < _TEN and _OFTEN_BEFORE.search(lead) and not _BAHT_SURE.match(folded, end)
    if not number.value or often or (number.value < _SMALL and _OF_SO_MANY.match(folded, end)):
        return True
    if number.figure and _LIST_MARK.search(lead) and folded[end : end + 1] in {".", ")"}:
        return True
    if not number.figure and (_VAGUE_BEFORE.search(lead) or (number.value < _TEN and _SPOKEN_PAIR.match(folded, end))):
        return True
    return number.value <= _GOLD_MOST and _GOLD.search(lead) is not None


def _is_code(folded: str, number: Numeral, lead: str) -> bool:
    """Whether letters or signs make the number a part of a code: DB12, 0045, SPF-50, 10:30."""
    figure = number.figure
    if len(figure) > 1 and figure[0] == "0" and figure[1].isdigit():
        return True
    if _CODE_BEFORE.search(lead) and not _HARMLESS_SIGN.search(lead):
        return True
    return _CODE_AFTER.match(folded, number.end) is not None


def _is_year(number: Numeral, lead: str) -> bool:
    if number.scaled or not number.figure.isdigit():
        return False
    return any(first <= number.value <= last for first, last in _YEARS) and _YEAR_BEFORE.search(lead) is not None


def _is_other(folded: str, number: Numeral, lead: str) -> bool:
    """Whether the number counts, numbers or names something that is no money."""
    if _PRICE_BEFORE.search(lead) and folded[number.end : number.end + 1] == " " and number.value >= _SMALL:
        return False
    if counted(folded, number.end, number.value) or _NOT_MONEY_BEFORE.search(lead) or _is_code(folded, number, lead):
        return True
    if _is_year(number, lead) or _LAUGHTER.fullmatch(number.figure):
        return True
    if number.scaled and number.value in _SHARPNESS and _SHARP_SCREEN.search(lead):
        return folded[number.end - 1] == "k"
    if number.scaled or "," in number.figure:
        return False
    return bool(_SPOKEN_CODE.search(lead) or _NUMBERED_BEFORE.search(lead))


def _says_baht(folded: str, number: Numeral, lead: str) -> bool:
    if _BAHT_SURE.match(folded, number.end) or _BAHT_BEFORE.search(lead):
        return True
    return _HANDED_OUT.search(lead) is not None and folded[number.start : number.end] in _BARE


def _weigh(folded: str, number: Numeral) -> int:
    lead = folded[max(0, number.start - _LEAD) : number.start]
    if _never(folded, number, lead):
        return _NO
    if _says_baht(folded, number, lead):
        return _YES
    if _is_other(folded, number, lead):
        return _NO
    if number.scaled:
        return _weigh_spoken(folded, number, lead)
    if "," in number.figure or _BAHT_AFTER.match(folded, number.end):
        return _YES
    return _weigh_plain(folded, number, lead)


def _weigh_plain(folded: str, number: Numeral, lead: str) -> int:
    """A number without comma and unit: money after words of money only."""
    per = _PER_BEFORE.search(lead) is not None
    if not number.figure:
        return _YES if per and number.value >= _TEN else _NO
    if len(number.figure.split(".", maxsplit=1)[0]) > _PLAIN_DIGITS:
        return _UNKNOWN
    fee = _FEE_BEFORE.search(lead) is not None
    if fee or _MONEY_BEFORE.search(lead) or _MONEY_AFTER.match(folded, number.end):
        direct = per or (number.value >= _TEN and (fee or _DIRECT_BEFORE.search(lead)))
        return _YES if number.value >= _SMALL or direct else _UNKNOWN
    if _is_price_tag(folded, number, lead):
        return _YES
    ends = number.value >= _SMALL and _CLAUSE_AFTER.match(folded, number.end)
    return _YES if ends and _PRICE.fullmatch(number.figure) and _CLAUSE_BEFORE.search(lead) else _UNKNOWN


def _is_price_tag(folded: str, number: Numeral, lead: str) -> bool:
    """Whether a bare number looks like a price that was set down between two clauses: "ไหม้เลย 259 ไม่มีมอก"."""
    if number.value < _TAG_LEAST or not _PRICE_TAG.fullmatch(number.figure) or not _TAG_AFTER.match(folded, number.end):
        return False
    return _TAG_BEFORE.search(lead) is not None and not _NO_TAG_BEFORE.search(lead)


def _weigh_spoken(folded: str, number: Numeral, lead: str) -> int:
    """Numbers with พัน, หมื่น, k: money, unless vague (หลักแสน) or hardly more than a syllable (พัน, ร้อย)."""
    if folded[number.start : number.end] in _BARE:
        if _NOUGHT.search(lead) or _VAGUE_AFTER.match(folded, number.end):
            return _NO
        return _YES if _MONEY_BEFORE.search(lead) or _BARE_BEFORE.search(lead) else _NO
    return _YES if number.value >= _THOUSAND or _HUNDREDS_BEFORE.search(lead) else _UNKNOWN


def _settle(folded: str, weighed: list[_Weighed]) -> None:
    """Lists and ranges: a number joined to an amount is one too (3,500-4,000 บาท, 1000 3000 8000, 3-4 พัน)."""
    for at in range(len(weighed) - 2, -1, -1):
        this, following = weighed[at], weighed[at + 1]
        if following.verdict == _NO and _DASH.fullmatch(folded[this.number.end : following.number.start]):
            this.verdict = _NO
        if this.verdict == _UNKNOWN and following.verdict == _YES:
            gap = folded[this.number.end : following.number.start]
            if _RANGE.fullmatch(gap) or (_LIST.fullmatch(gap) and this.value >= _SMALL):
                this.verdict = _YES
        if this.verdict == _YES and following.verdict == _YES and following.number.scaled and not this.number.scaled:
            gap = folded[this.number.end : following.number.start]
            if this.value < _SMALL and _RANGE.fullmatch(gap):
                this.value *= _scale(following.number)
    for before, this in pairwise(weighed):
        gap = folded[before.number.end : this.number.start]
        if before.verdict == _NO and this.verdict == _UNKNOWN and _DASH.fullmatch(gap):
            this.verdict = _NO
        if this.verdict == _UNKNOWN and before.verdict == _YES and (not gap or _LIST.fullmatch(gap)):
            this.verdict = _YES if this.value >= _SMALL or _RANGE.fullmatch(gap) else _UNKNOWN


def _scale(number: Numeral) -> float:
    leading = float(number.figure.replace(",", "")) if number.figure else 0.0
    return number.value / leading if leading else 1.0


def _without_dates(folded: str) -> str:
    return _DATED.sub(lambda match: HIDDEN * len(match[0]), folded) if _DIGIT.search(folded) else folded


def amounts(folded: str) -> list[Hit]:
    """Every amount in reading order."""
    shown = _without_dates(folded)
    weighed = [_Weighed(number, _weigh(shown, number), number.value) for number in numerals(shown)]
    _settle(shown, weighed)
    return list(_hits(weighed))


def _hits(weighed: Iterable[_Weighed]) -> Iterable[Hit]:
    for found in weighed:
        if found.verdict == _YES:
            yield Hit("amounts", found.number.start, found.number.end, float(found.value))
