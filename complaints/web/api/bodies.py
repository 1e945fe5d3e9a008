"""What comes in: the documents and the filters that the operations take."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import ReferralState
from complaints.domain.reading import LINE_LIMIT, NAME_LIMIT, read_email, read_phone
from complaints.services.correspond import MESSAGE_LIMIT
from complaints.web.api.shapes import Moment, Shape, Text, Whole, Words, because, one_of, told
from complaints.web.guard import now

# 2**31 of them are 21 million baht, less than one person can lose; a trillion baht is a typing mistake.
MOST_SATANG = 10**14
MOST_A_PAGE = 200
MOST_CHANGES = 500
STORY_LIMIT = 20_000
REFERENCE_LIMIT = 100
STATES = Literal["sent", "acknowledged", "accepted", "answered", "returned"]


def _base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        raise PydanticCustomError("base64", "base64") from None
    return value


def _contact(read: Callable[[str, str], str]) -> AfterValidator:
    """Nothing, or what the reader of forms makes of it."""

    def check(value: str) -> str:
        if not value:
            return ""
        try:
            return read(value, "")
        except InvalidInput as error:
            raise PydanticCustomError(str(error.values["reason"]), "{reason}", error.values) from None

    return AfterValidator(check)


def _past(value: datetime) -> datetime:
    """A moment that has not come yet is a mistake."""
    if value > now():
        raise PydanticCustomError("moment_future", "moment_future")
    return value


Base64 = Annotated[str, AfterValidator(_base64), Field(min_length=1, json_schema_extra={"contentEncoding": "base64"})]
Satang = Annotated[Whole, Field(ge=0, le=MOST_SATANG), because("satang")]
Phone = Annotated[Text, Field(max_length=40), _contact(read_phone)]
Email = Annotated[Text, Field(max_length=200), _contact(read_email)]
Language = Annotated[Literal["th", "en"], because("choose_language")]
PastMoment = Annotated[Moment, AfterValidator(_past)]
Category = Annotated[Text, *one_of("categories", "choose_category"), because("choose_category")]
Province = Annotated[Text, *one_of("provinces", "choose_province"), because("choose_province")]
Outcome = Annotated[Text, *one_of("outcomes", "choose_outcome"), because("choose_outcome")]


class OneFile(Shape):
    """A file inside of a JSON document."""

    name: Annotated[Words, told("ชื่อไฟล์พร้อมนามสกุล", "Its name with its ending", "slip.png", max_length=NAME_LIMIT)]
    content: Annotated[Base64, told("เนื้อไฟล์เป็น base64", "Its bytes as base64")]


class Complainant(Shape):
    """How the complainant can be reached; nothing of it must be given."""

    name: Annotated[Text | None, told("ชื่อ", "Name", "ผู้ร้องสมมุติ", max_length=NAME_LIMIT)] = None
    phone: Annotated[Phone | None, told("โทรศัพท์", "Telephone", "081 234 5678")] = None
    email: Annotated[Email | None, told("อีเมล", "E-mail", "complainant@example.com")] = None
    line_id: Annotated[Text | None, told("ไอดีไลน์", "LINE ID", max_length=LINE_LIMIT)] = None


class Complaint(Shape):
    """A complaint as a party's system hands it over. Money is in satang."""

    story: Annotated[Words, told("เรื่องที่เกิดขึ้น", "What happened", "โอนเงินซื้อรองเท้าแล้วร้านบล็อก", max_length=STORY_LIMIT)]
    consent_at: Annotated[
        PastMoment,
        told("ผู้ร้องยินยอมให้ส่งต่อเมื่อ", "When the complainant agreed that you hand this over", "2026-11-21T14:05:00+07:00"),
    ]
    language: Annotated[Language | None, told("ภาษาของผู้ร้อง", "The complainant's language", "th")] = None
    complainant: Annotated[Complainant | None, told("ผู้ร้อง", "The complainant")] = None
    category: Annotated[
        Category | None, told("รหัสประเภทปัญหา ถ้าทราบ", "Code of the kind of problem, if you know it")
    ] = None
    province: Annotated[Province | None, told("รหัสจังหวัดสองหลัก", "Two digits of the province", "10")] = None
    lost_satang: Annotated[Satang | None, told("ความเสียหาย หน่วยสตางค์", "Money lost, in satang", 350_000)] = None
    transferred_at: Annotated[PastMoment | None, told("โอนเงินเมื่อ", "When the money was sent")] = None
    reference: Annotated[
        Text | None, told("เลขของคุณ", "Your own number of it", "ORDER-77", max_length=REFERENCE_LIMIT)
    ] = None
    files: Annotated[list[OneFile] | None, told("ไฟล์", "Files")] = None


class Nothing(Shape):
    """No fields; the body may be left out."""


class Reason(Shape):
    """Why it is sent back."""

    reason: Annotated[
        Words,
        told(
            "เหตุผล ศูนย์อ่านเพื่อหาหน่วยงานที่ถูกต้อง",
            "Why; the centre reads it to find the right agency",
            "ไม่อยู่ในอำนาจของหน่วยงาน",
            max_length=MESSAGE_LIMIT,
        ),
    ]


class Said(Shape):
    """Words."""

    body: Annotated[Words, told("ข้อความ", "The text", "ขอหลักฐานการโอนเงินเพิ่ม", max_length=MESSAGE_LIMIT)]


class FileWithWords(OneFile):
    """A file and what it is."""

    body: Annotated[Words, told("ข้อความถึงผู้ร้อง", "Words to the complainant", "หนังสือตอบจากร้าน", max_length=MESSAGE_LIMIT)]


class Result(Shape):
    """The agency's result."""

    outcome: Annotated[Outcome, told("รหัสผล ดูที่ /catalogue", "Outcome code, see /catalogue", "refunded_full")]
    answer: Annotated[
        Words,
        told("คำตอบที่ผู้ร้องอ่าน", "The answer that the complainant reads", "ร้านคืนเงินครบแล้ว", max_length=MESSAGE_LIMIT),
    ]
    recovered_satang: Annotated[
        Satang | None,
        told("เงินที่ได้คืน หน่วยสตางค์", "Money recovered, in satang", 350_000),
    ] = None


class ReferralFilter(Shape):
    """Which referrals, and which page of them."""

    state: Annotated[STATES | None, told("สถานะ", "Where it stands", ReferralState.SENT.value)] = None
    open: Annotated[Literal["true", "false"] | None, told("ยังอยู่ที่หน่วยงานหรือไม่", "Whether you still have it")] = None
    category: Annotated[Category | None, told("รหัสประเภทปัญหา", "Code of the kind of problem")] = None
    province: Annotated[Province | None, told("รหัสจังหวัดสองหลัก", "Two digits of the province", "10")] = None
    number: Annotated[Text | None, told("เลขเรื่อง", "Number of the case", "70-004213-7", max_length=20)] = None
    sent_from: Annotated[Moment | None, told("ส่งตั้งแต่เวลานี้", "Sent at this moment or later")] = None
    sent_to: Annotated[Moment | None, told("ส่งก่อนเวลานี้", "Sent before this moment")] = None
    limit: Annotated[Whole, told("จำนวนต่อหน้า", "How many a page", 50, ge=1, le=MOST_A_PAGE)] = 50
    cursor: Annotated[
        Text | None, told("ค่า next_cursor จากหน้าก่อน", "next_cursor of the page before", pattern=r"^r[0-9]{1,9}$")
    ] = None


class ChangeFilter(Shape):
    """From where on, and how many."""

    cursor: Annotated[
        Text | None,
        told(
            "ค่า next_cursor ครั้งก่อน หรือ changes_cursor จาก /referrals ไม่ใส่คือเริ่มจากต้น",
            "next_cursor of the last call, or changes_cursor of /referrals; left out: from the beginning",
            "c0",
            pattern=r"^c[0-9]{1,9}$",
        ),
    ] = None
    limit: Annotated[Whole, told("จำนวนต่อหน้า", "How many a page", 100, ge=1, le=MOST_CHANGES)] = 100


class FileForm(Shape):
    """Which form of a file."""

    form: Annotated[
        Literal["original", "shown"],
        told(
            "original คือไฟล์ตามที่ส่งมา shown คือสำเนาที่ตัดข้อมูลแฝงแล้ว ถ้ามี",
            "original is the file as it came, shown a copy without hidden data if there is one",
        ),
    ] = "original"
