"""The extractor of identifiers: every way of writing, and everything that only looks like one."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.identifiers import KINDS, BankAccount, Identifiers, extract, spans
from classifiers.scoring import score_identifiers

ZERO_WIDTH = "\u200b"


def found(text: str, kind: str) -> list[object]:
    return list(getattr(extract(text), kind))


def anything(text: str) -> dict[str, list[object]]:
    return {kind: found(text, kind) for kind in KINDS if found(text, kind)}


PHONES = {
    "โทร 0812220451": "0812220451",
    "โทร 08 1222 0451": "0812220451",
    "เบอร์ 0 8358 5301 7 ครับ": "0835853017",
    "เบอร์081-222-0451ค่ะ": "0812220451",
    "โทร.081.222.0451": "0812220451",
    "โทร (081) 222-0451": "0812220451",
    "โทร 081–222–0451": "0812220451",
    "โทร 081/2220451": "0812220451",
    "๐๘๑-๒๒๒-๐๔๕๑": "0812220451",
    "0 8 1 2 2 2 0 4 5 1": "0812220451",
    "Tel +66 81 222 0451": "0812220451",
    "Tel +66812220451": "0812220451",
    "Tel +66 (0) 81 222 0451": "0812220451",
    "66812220451": "0812220451",
    "โทร o81-222-0451": "0812220451",
    "081\u200b222\u200b0451": "0812220451",
    "โทร 0 2145 7788 ต่อ 112": "021457788",
    "โทร 02-145-7788-9": "021457788",
    "โทรสาร 053-145-778": "053145778",
    "+66 2 145 7788": "021457788",
    "สำนักงาน 0-4451-8076": "044518076",
    "เบอร์ 062 2220451": "0622220451",
}

ACCOUNTS = {
    "โอนเข้ากสิกร 294-4-68509-4": ("KBANK", "2944685094"),
    "กสิกรไทย 2 9 4 4 6 8 5 0 9 4": ("KBANK", "2944685094"),
    "ธ.ไทยพาณิชย์ ๒๙๔-๔-๖๘๕๐๙-๔": ("SCB", "2944685094"),
    "บัญชีธนาคารกรุงเทพ เลขที่ 294-4-68509-4": ("BBL", "2944685094"),
    "เลขบัญชี 2944685094 (ธนาคารกรุงไทย)": ("KTB", "2944685094"),
    "294-4-68509-4 กรุงศรี": ("BAY", "2944685094"),
    "โอนเข้า ttb 294 4 68509 4": ("TTB", "2944685094"),
    "ยูโอบี 294-468-509-4": ("UOB", "2944685094"),
    "CIMB Thai 294-4-68509-4": ("CIMB", "2944685094"),
    "แลนด์ แอนด์ เฮ้าส์ 2944685094": ("LHB", "2944685094"),
    "ออมสิน 0201 2345 6789": ("GSB", "020123456789"),
    "บัญชี ธ.ก.ส. 020-1-23456-789": ("BAAC", "020123456789"),
    "เงินออกจาก ออมสิน 020-1-2345678-9": ("GSB", "020123456789"),
    "ธอส. 020123456789": ("GHB", "020123456789"),
    "เกียรตินาคินภัทร 20011234567890": ("KKP", "20011234567890"),
    "ทิสโก้ 2001-123-456789-0": ("TISCO", "20011234567890"),
    "เข้า 294-4-68509-4 ไม่ทราบธนาคาร": (None, "2944685094"),
    "เลขบัญชี 2944685094 ชื่อนายหนึ่ง": (None, "2944685094"),
    "ให้โอนเข้า 2944685094 ด่วน": (None, "2944685094"),
    "ทรูมันนี่ 081-222-0451": ("TRUEMONEY", "0812220451"),
    "วอลเล็ทเบอร์ 0812220451": ("TRUEMONEY", "0812220451"),
    "โอนเข้าซีไอเอ็มบี 086-2-45502-7": ("CIMB", "0862455027"),
    "โอนเข้ากสิกร 0862455027 ครับ": ("KBANK", "0862455027"),
}

PROMPTPAY = {
    "พร้อมเพย์ 0812220451": "0812220451",
    "พอเพย์ 081-222-0451 จ้า": "0812220451",
    "PromptPay (081-222-0451)": "0812220451",
    "โอน PP 0812220451": "0812220451",
    "พร้อมเพย์เบอร์ 081 222 0451": "0812220451",
    "พร้อมเพย์เลขบัตร 1 1020 03456 78 9": "1102003456789",
    "พร้อมเพย์ที่ใช้เป็นเลขบัตร 1102003456789": "1102003456789",
    "0812220451 (พร้อมเพย์)": "0812220451",
    "พพ. 081-222-0451": "0812220451",
}

URLS = {
    "เข้า https://a-b.example/x?y=1 แล้ว": "https://a-b.example/x?y=1",
    "เว็บ kbank-verify.top หลอก": "kbank-verify.top",
    "ลิงก์ t.me/room_x9 ครับ": "t.me/room_x9",
    "เว็บshop-th.lolนะ": "shop-th.lol",
    "(ดู www.fakeshop.co.th)": "www.fakeshop.co.th",
    "facebook.com/Some.Page-1, ด้วย": "facebook.com/Some.Page-1",
    "lin.ee/AbC12": "lin.ee/AbC12",
    "เห็นในติ๊กต็อก\nwin-tai.top": "win-tai.top",
    "เว็บ 888win.bet": "888win.bet",
    "กดลิงก์ในไลน์ vote-dd.online มันเด้ง": "vote-dd.online",
    "Take it down: naga-slot.app.": "naga-slot.app",
    "ร้าน ร้านค้า.ไทย": "ร้านค้า.ไทย",
    "tiktok.com/@abc/video/55": "tiktok.com/@abc/video/55",
}

LINE_IDS = {
    "แอดไลน์ @shop.name นะ": "@shop.name",
    "ไลน์ไอดี nong_id99": "nong_id99",
    "LINE: kanya.compliance or call": "kanya.compliance",
    "ทักไลน์ ID: Plate_Tum": "Plate_Tum",
    "line id somsri99": "somsri99",
    "ไลน์ผู้ขาย rod.khen": "rod.khen",
    "@easy_acc (ไลน์)": "@easy_acc",
    "ไอดีไลน์ kru.license.vip": "kru.license.vip",
    "contact shroom_taxi on LINE": "shroom_taxi",
}

PERSONAL = {
    "เลขบัตร 1-1017-00230-70-8": "1101700230708",
    "1101700230708": "1101700230708",
    "เลข ปชช. ๑ ๑๐๑๗ ๐๐๒๓๐ ๗๐ ๘": "1101700230708",
}

AMOUNTS: dict[str, list[float]] = {
    "3,500 บาท": [3500],
    "โอน 3500": [3500],
    "จ่าย 1.5k": [1500],
    "2.5K": [2500],
    "เสีย 3.1 แสน": [310_000],
    "โอนไป 9พัน": [9000],
    "สามพัน": [3000],
    "โดนไปหมื่นสอง": [12_000],
    "จ่ายพันห้า": [1500],
    "สองหมื่นห้า": [25_000],
    "7 พันห้า": [7500],
    "2หมื่น5": [25_000],
    "แปดแสนสี่หมื่น": [840_000],
    "ครึ่งล้าน": [500_000],
    "สองล้านครึ่ง": [2_500_000],
    "ขั้นต่ำพันนึง": [1000],
    "2 แสน 4 หมื่น": [240_000],
    "๑๙๐–๓๕๐ บาท": [190, 350],
    "฿85,000": [85_000],
    "THB 5000": [5000],
    "260k baht": [260_000],
    "20 million baht": [20_000_000],
    "49,000 / 49,000 / 37,500 บาท": [49_000, 37_500],
    "รายได้ 3-5 หมื่นบาท": [30_000, 50_000],
    "ราคาตกจาก 28 เหลือ 11 บาท": [28, 11],
    "ตัวละ 350": [350],
    "ค่าส่ง50": [50],
    "มัดจำ 800 อีก 700": [800, 700],
    "เติม 1000 3000 8000": [1000, 3000, 8000],
    "ราคา 1,500.- ลดเหลือ 890.-": [1500, 890],
    "127.33 บาท": [127.33],
    "2500บ.": [2500],
    "350 บ./เดือน": [350],
    "ห้าพันสองครั้ง": [5000],
    "ขวดละยี่สิบ": [20],
    "จ่าย 120,000/85,000/40,000": [120_000, 85_000, 40_000],
    "รายได้วันละหกร้อยเจ็ดร้อย": [600, 700],
    "ลงไป 9 หมื่นสองปีที่แล้ว": [90_000],
    "5,800 กับ 5,800": [5800],
    "ราคา 7,900 ช่อง 5": [7900],
    "ครั้งละ 49,000 ลูกสะใภ้ทราบ": [49_000],
    "โอนให้ 45,000 มื้อวานอีกรอบ": [45_000],
    "ซื้อมาจากแอป 259": [259],
    "มันยังตัด 169 มา 5 เดือน": [169],
    "ราคาจริง 45 แต่ขาย 900": [45, 900],
    "บิลมา 1,199 จาก 599 ถามไป": [1199, 599],
    "they debit 899 a month": [899],
    "rice cookers, 380 each": [380],
    "tickets 4,200 x2": [4200],
    "charged twice, 1,450 x 2": [1450],
    "ปลั๊กไหม้ดำหมดเลย 259 ไม่มียี่ห้อ": [259],
    "ไม่แพ้ไม่ไร แค่หลอกลวง 199": [199],
    "a dating app for one month at 349.": [349],
    "courier pays 500 by its terms": [500],
    "sold to us 2 baht each": [2],
    "ไทม์แชร์ 180,000 จองไม่ได้": [180_000],
    "จ่ายไปแล้ว 8,000 คู่กรณีขอเพิ่ม": [8000],
    "ติดตามผล เงิน 85,000 ที่ถูกหลอก": [85_000],
}

NOTHING = (
    "เลขพัสดุ TH0123456789",
    "พัสดุ KX880021947TH หาย",
    "ออเดอร์ 2405123456",
    "หมายเลขคำสั่งซื้อ 240512345678",
    "เลขอ้างอิง 0812220451",
    "ทะเบียน กข 1234",
    "อย. 10-1-12345-1-0001",
    "เลขที่จดแจ้ง 10-1-6500012345",
    "มอก. 2432-2555 และ มอก.166",
    "วันที่ 12/03/2567",
    "เมื่อ 15 ม.ค. 2567",
    "๑๕ มกราคม ๒๕๖๗",
    "เวลา 09.30 น. ถึง 14:30",
    "โทร 1212 หรือ 1441 191 1669",
    "บัญชี xxx-x-x1234-x",
    "เบอร์ 081-xxx-0451",
    "ลด 50% ร้อยละ 17",
    "อายุ 45 ปี ลูก 5 ขวบ",
    "สมาชิก 2,400 คน",
    "ผู้ติดตาม 86,000",
    "แชร์ไป 12,000 ครั้ง",
    "500 ดอลลาร์ $300 20 usdt",
    "รุ่น X200 จอ 4K เหล็ก DB12",
    "หลักแสน หลายพัน เป็นหมื่น",
    "เรียบร้อย ผูกพัน ล้านนา แสนดี หัวล้าน",
    "ไฟล์ wp-cachee.php กับ setup.exe ใบ.pdf",
    "ธ.ก.ส. กับ พ.ศ. และ น.ส. 3.14",
    "เมล a.b@gmail.com",
    "ไอจี @nong.fern และ ig: nong_fern88",
    "ติ๊กต็อก @abc.shop",
    "ปี 2567 ตั้งแต่ 2560",
    "วันละ 4-5 สาย",
    "ขำ 5555",
    "เลขบัตร 1101700230700",
    "กลุ่มไลน์หมู่บ้าน",
    "they broke.Then it stopped",
    "Serial 2405123456",
    "9k follower",
    "คนเมนต์สามพันกว่า",
    "รั่ว 16,000 ระเบียน",
    "2 million rows from 40,000 addresses",
    "เกิดเมื่อคืน 22.40 SCB",
    "โทรวันละ 3 รู้เลขทะเบียน",
    "อยู่ฟรี 0 บาท",
    "พัสดุ TH47017ABCD12E",
    "รถ กข-4567 ชลบุรี",
    "+855 12 345 678",
    "โอน 191 แล้ว",
    "ค่าผ้าพันมือ",
    "น้ำตาลขึ้นไป 480 นอนโรงพยาบาล",
    "ป้ายทะเบียน ขค 4490 จอดอยู่",
    "มีแคปครบ 400 กว่ารูป",
    "scooter shop received 30 helmets",
)


@pytest.mark.parametrize(("text", "number"), PHONES.items())
def test_phone(text: str, number: str) -> None:
    assert anything(text) == {"phones": [number]}


@pytest.mark.parametrize(("text", "account"), ACCOUNTS.items())
def test_account(text: str, account: tuple[str | None, str]) -> None:
    assert anything(text) == {"bank_accounts": [BankAccount(*account)]}


@pytest.mark.parametrize(("text", "number"), PROMPTPAY.items())
def test_promptpay(text: str, number: str) -> None:
    assert anything(text) == {"promptpay": [number]}


@pytest.mark.parametrize(("text", "url"), URLS.items())
def test_url(text: str, url: str) -> None:
    assert anything(text) == {"urls": [url]}


@pytest.mark.parametrize(("text", "name"), LINE_IDS.items())
def test_line_id(text: str, name: str) -> None:
    assert anything(text) == {"line_ids": [name]}


@pytest.mark.parametrize(("text", "number"), PERSONAL.items())
def test_national_id(text: str, number: str) -> None:
    assert anything(text) == {"national_ids": [number]}


@pytest.mark.parametrize(("text", "values"), AMOUNTS.items())
def test_amount(text: str, values: list[float]) -> None:
    assert anything(text) == {"amounts": values}


@pytest.mark.parametrize("text", NOTHING)
def test_no_identifier(text: str) -> None:
    assert anything(text) == {}


def test_numbers_side_by_side_are_told_apart() -> None:
    text = "กสิกร 294-4-68509-4 โทร 0812220451 พร้อมเพย์ 0898881122 หรือ 0897771133 ยอด 2,500"
    assert anything(text) == {
        "bank_accounts": [BankAccount("KBANK", "2944685094")],
        "phones": ["0812220451"],
        "promptpay": ["0898881122", "0897771133"],
        "amounts": [2500.0],
    }


def test_two_phones_with_a_blank_between() -> None:
    assert found("0812220451 0898881122/0897771133", "phones") == ["0812220451", "0898881122", "0897771133"]


def test_a_value_is_told_once_and_spanned_twice() -> None:
    text = "โทร 0812220451 ย้ำ 081-222-0451"
    assert found(text, "phones") == ["0812220451"]
    assert [text[span.start : span.end] for span in spans(text)] == ["0812220451", "081-222-0451"]


def test_spans_point_into_the_original_text() -> None:
    text = "ก\u200bเเม่โอน ๓,\u200b๕๐๐ บาท เว็บ A\u200bbc.top"
    assert [(span.kind, text[span.start : span.end], span.value) for span in spans(text)] == [
        ("amounts", "๓,\u200b๕๐๐", 3500.0),
        ("urls", "A\u200bbc.top", "Abc.top"),
    ]


def test_kinds_are_the_fields() -> None:
    assert tuple(field.name for field in fields(Identifiers)) == KINDS


PIECES = st.sampled_from(
    [
        *PHONES,
        *ACCOUNTS,
        *PROMPTPAY,
        *URLS,
        *LINE_IDS,
        *PERSONAL,
        *AMOUNTS,
        *NOTHING,
        " ",
        "\n",
        "และ",
        "-",
        "๕",
        "🙏",
        "\0",
    ]
)


@given(
    st.one_of(
        st.text(max_size=200), st.lists(PIECES, max_size=6).map("".join), st.lists(PIECES, max_size=6).map(" ".join)
    )
)
@settings(max_examples=300, deadline=None)
def test_any_text_yields_spans_inside_it(text: str) -> None:
    for span in spans(text):
        assert 0 <= span.start < span.end <= len(text)
        assert span.kind in KINDS


@given(st.lists(PIECES, max_size=4).map(" ".join), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_unseen_signs_change_nothing(text: str, chance) -> None:
    spread = "".join(sign + ZERO_WIDTH * chance.randint(0, 2) for sign in text)
    assert extract(spread) == extract(text)


def test_scoring_counts_values_per_row() -> None:
    rows = [
        {"text": "โทร 0812220451 จ่าย 500 บาท", "entities": {"phones": ["0812220451"], "amounts": [500, 700]}},
        {"text": "โทร 0898881122", "entities": {"phones": []}},
        {"text": "กสิกร 294-4-68509-4", "entities": {"bank_accounts": [{"bank": "SCB", "number": "2944685094"}]}},
    ]
    scores = score_identifiers(rows)
    assert scores["phones"] == {"precision": 0.5, "recall": 1.0, "f1": 0.6667, "expected": 1, "found": 2}
    assert scores["amounts"]["recall"] == 0.5
    assert scores["bank_accounts"]["f1"] == 0.0
    assert scores["urls"]["f1"] == 1.0


def test_importing_loads_nothing_heavy() -> None:
    code = "import classifiers.identifiers, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pythainlp", "sklearn", "numpy", "yaml", "phonenumbers", "stdnum"} & set(loaded)
