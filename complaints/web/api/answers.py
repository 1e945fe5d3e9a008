"""What goes out: the documents that the operations answer."""

from __future__ import annotations

from typing import Annotated

from complaints.web.api.shapes import Both, Coded, Moment, Shape, told


class ReferralRow(Shape):
    """A referral as it stands in a list. Money is in satang."""

    id: Annotated[int, told("รหัสการส่งต่อ", "Id of the referral", 17)]
    number: Annotated[str, told("เลขเรื่อง", "Number of the case", "70-004213-7")]
    version: Annotated[int, told("รุ่นของเรื่อง ใช้ใน If-Match", "Version of the case: in If-Match as it stands in ETag", 4)]
    state: Annotated[Coded, told("สถานะการส่งต่อ", "Where the referral stands")]
    case_state: Annotated[Coded, told("สถานะของเรื่อง", "Where the case stands")]
    urgent: Annotated[bool, told("เร่งด่วน", "Urgent")]
    sent_at: Annotated[Moment, told("ส่งเมื่อ", "Sent at")]
    acknowledge_by: Annotated[Moment, told("ต้องยืนยันรับภายใน", "To be confirmed by")]
    acknowledged_at: Annotated[Moment | None, told("ยืนยันรับเมื่อ", "Confirmed at")]
    accepted_at: Annotated[Moment | None, told("รับดำเนินการเมื่อ", "Accepted at")]
    answer_by: Annotated[Moment, told("ต้องตอบภายใน", "To be answered by")]
    ended_at: Annotated[Moment | None, told("จบเมื่อ", "Ended at")]
    category: Annotated[Coded | None, told("ประเภทปัญหา", "Kind of problem")]
    province: Annotated[Coded | None, told("จังหวัด", "Province")]
    lost_satang: Annotated[int | None, told("ความเสียหาย", "Money lost")]
    outcome: Annotated[Coded | None, told("ผลที่คุณแจ้ง", "The result that you gave")]
    recovered_satang: Annotated[int | None, told("เงินที่ได้คืน", "Money recovered")]


class ReferralPage(Shape):
    """One page of referrals, oldest first."""

    items: list[ReferralRow]
    next_cursor: Annotated[str | None, told("หน้าถัดไป", "The next page; null: there is none")]
    changes_cursor: Annotated[
        str,
        told(
            "อ่านทุกหน้าแล้วเรียก /changes ต่อจากค่านี้ของหน้าแรก จะไม่ตกหล่น",
            "Read all pages, then ask /changes from this value of the first page on: nothing is missed",
        ),
    ]


class Answered(Shape):
    """A question of the form with what was answered."""

    question: Both
    answer: Both


class Identifier(Shape):
    """A telephone number, account or link that the story names."""

    kind: Coded
    value: str
    bank: str


class Message(Shape):
    """What was said about the case."""

    id: int
    at: Moment
    kind: Annotated[str, told("ชนิดข้อความ", "message, question, reply, note or answer")]
    role: Annotated[str, told("ใครเขียน", "Who wrote it")]
    agency: Annotated[str | None, told("หน่วยงานที่เขียน", "The agency that wrote it")]
    public: Annotated[bool, told("ผู้ร้องเห็น", "The complainant sees it")]
    body: str
    case_number: Annotated[str, told("เรื่องที่เขียนไว้", "The case under which it was written, one merged into this too")]


class File(Shape):
    """A file of the case; it can be opened once it was looked into and found harmless."""

    id: int
    name: str
    media_type: str
    size: int
    sha256: str
    received_at: Moment
    role: Annotated[str, told("ใครส่ง", "Who sent it")]
    verdict: Annotated[str, told("ผลตรวจไวรัส", "waiting, clean, unscanned or quarantined")]
    download: Annotated[str | None, told("ที่ดาวน์โหลด", "Where to fetch it; null: it cannot be opened")]


class Happened(Shape):
    """A step of the timeline."""

    at: Moment
    action: Coded
    role: str
    agency: str | None
    client: Annotated[str | None, told("ระบบที่ทำ", "The system that did it, if it is yours")]


class ReferralWhole(ReferralRow):
    """A referral with its case, as far as the agency may see it."""

    note: Annotated[str, told("ข้อความของศูนย์ถึงหน่วยงาน", "The centre's note to the agency")]
    reason: Annotated[str, told("เหตุผลที่ส่งคืน", "Why it was sent back")]
    answer: Annotated[str, told("คำตอบ", "The answer")]
    received_at: Moment
    transferred_at: Annotated[Moment | None, told("โอนเงินเมื่อ", "When the money was sent")]
    language: Annotated[str, told("ภาษาของผู้ร้อง", "The complainant's language")]
    story: Annotated[str, told("เรื่องเล่าของผู้ร้อง", "The complainant's story")]
    answers: list[Answered]
    identifiers: list[Identifier]
    messages: list[Message]
    files: list[File]
    events: list[Happened]
    possible: Annotated[list[str], told("สิ่งที่ทำได้ตอนนี้", "What can be done now: the last part of the paths")]
    person_open: Annotated[bool, told("เปิดข้อมูลติดต่อได้", "Whether the contacts may be opened")]


class Person(Shape):
    """The complainant's contacts. Each look is recorded."""

    name: str
    phone: str
    email: str
    line_id: str
    language: str


class Done(Shape):
    """Where the referral stands after the step."""

    id: int
    number: str
    version: int
    state: Coded
    case_state: Coded
    message_id: Annotated[int | None, told("รหัสข้อความที่เขียน", "Id of the message that was written")] = None
    file_id: Annotated[int | None, told("รหัสไฟล์ที่เก็บ", "Id of the file that was kept")] = None


class Change(Shape):
    """Something that happened to one of the agency's cases."""

    cursor: Annotated[str, told("ตำแหน่ง", "Its place", "c17")]
    at: Moment
    action: Coded
    referral_id: int
    number: str
    state: Annotated[Coded, told("สถานะการส่งต่อหลังจากนั้น", "Where the referral stood after it")]
    case_state: Annotated[Coded, told("สถานะของเรื่องหลังจากนั้น", "Where the case stood after it")]
    version: int
    role: str
    agency: str | None
    client: str | None


class Changes(Shape):
    """What happened, in the order in which it was committed; each once."""

    items: list[Change]
    next_cursor: Annotated[str, told("ใช้ในการเรียกครั้งต่อไป", "For the next call", "c17")]
    more: Annotated[bool, told("มีต่อ เรียกได้ทันที", "There is more: call at once")]


class Kind(Coded):
    """A kind of problem."""

    agency: Annotated[str, told("หน่วยงานที่รับเรื่องประเภทนี้", "The agency to which this kind goes")]


class Catalogue(Shape):
    """The codes of this centre."""

    categories: list[Kind]
    agencies: list[Coded]
    outcomes: list[Coded]
    provinces: list[Coded]
    referral_states: list[Coded]
    case_states: list[Coded]
    actions: list[Coded]


class Standing(Shape):
    """Where a complaint stands that you handed in, in the words that its complainant reads."""

    number: str
    state: Coded
    received_at: Moment
    changed_at: Moment
    answer_by: Moment


class Receipt(Shape):
    """What became of a complaint that was handed in."""

    number: str
    secret: Annotated[str, told("สำหรับผู้ร้อง ใช้เปิดเรื่องคู่กับเลขเรื่อง", "For the complainant: opens the case with its number")]
    received_at: Moment
    state: Coded
    track: Annotated[str, told("หน้าติดตามเรื่อง", "Where the complainant follows it", schema={"format": "uri"})]


class Client(Shape):
    """Who you are to the centre."""

    name: str
    agency: Coded | None
    scopes: list[str]
    token_ends_at: Annotated[Moment, told("โทเค็นนี้หมดอายุ", "When this token ends")]


class Fault(Shape):
    """One value that cannot be taken, and why."""

    pointer: Annotated[str, told("ตำแหน่ง", "Its place as a JSON pointer; of a query, /NAME", "/reason")]
    code: Annotated[str, told("รหัสเหตุผล", "Why, as a code", "required")]
    messages: Both


class Problem(Shape):
    """A refusal (RFC 9457)."""

    type: Annotated[str, told("รหัสคงที่ของปัญหา", "What it is; never changes", "urn:occ1212:problem:invalid")]
    title: str
    status: int
    detail: str
    messages: Both
    errors: Annotated[list[Fault], told("ค่าที่ใช้ไม่ได้", "The values that cannot be taken")]
