"""Every path of the guided conversation, walked from the outside."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.inbound import ContactPoint
from complaints.domain.message import Attachment, Draft
from complaints.domain.outbox import Promise
from complaints.domain.questions import all_questions
from complaints.domain.script import script
from complaints.domain.talk import Talk, TalkLine
from complaints.domain.thai_time import local_day
from complaints.domain.wording import LANGUAGES, known
from complaints.services import playbooks
from tests.centre import actor, file_case
from tests.channels.talking import (
    SOMYING,
    STORY,
    Phone,
    cases,
    failed,
    keep_everything,
    photo,
    to_the_consent,
    try_again,
)
from tests.services.scene import at_once
from workers import clock, tasks

if TYPE_CHECKING:
    from flask import Flask

    from tests.outside.line_server import LineServer

ENGLISH = "I ordered shoes from a page and paid 1,290 baht, then the shop blocked me"


def age(**passed: float) -> None:
    """Let time pass for every talk and draft."""
    with unit_of_work() as session:
        for talk in session.scalars(select(Talk)):
            talk.changed_at -= timedelta(**passed)
            talk.heard_at -= timedelta(**passed)
        for draft in session.scalars(select(Draft)):
            draft.changed_at -= timedelta(**passed)
    db.session.remove()


def secret_in(text: str) -> str:
    found = re.search(r"(?:รหัสลับ|Secret) ((?:\d{4} ){4}\d{4})", text)
    assert found is not None, text
    return found[1]


def test_every_step_and_choice_of_the_script_has_words() -> None:
    missing = [
        f"{language}: {key}"
        for language in LANGUAGES
        for step in script().steps.values()
        for key in (
            f"talk.{step.name}.ask",
            *(f"talk.{step.name}.{choice}" for choice in step.choices),
        )
        if not known(key, language) and step.name != "questions"
    ]
    assert missing == []
    assert set(script().banks) <= {"PROMPTPAY", *all_banks()}


def all_banks() -> set[str]:
    return {"KBANK", "SCB", "KTB", "BBL", "BAY", "TTB", "GSB", "TRUEMONEY"}


def test_a_new_friend_is_greeted_and_shown_the_ways(phone: Phone) -> None:
    said = phone.send(phone.line.event(SOMYING, "follow", follow={"isUnblocked": False}))
    assert "เล่าเรื่องที่เกิดขึ้น" in said
    assert phone.choices == ["แจ้งเรื่อง", "ติดตามเรื่อง", "คุยกับเจ้าหน้าที่", "English"]
    assert "เกิดอะไรขึ้น" in phone.tap("แจ้งเรื่อง")


def test_english_when_somebody_writes_english_or_chooses_it(phone: Phone, line_centre: Flask) -> None:
    assert "Has money left your account?" in phone.write(ENGLISH)
    assert "เงินออกจากบัญชี" in phone.write("ภาษาไทย")
    assert "Has money left" in phone.write("English")
    other = Phone(line_centre, phone.line, "U" + "2" * 32)
    other.write("สวัสดี")
    assert "Tell us what happened" in other.tap("English")
    phone.tap("No")
    phone.tap("Talk to a person")
    assert [case.language for case in cases()] == ["en"]


def test_a_kind_is_chosen_by_hand_when_the_guess_is_wrong(phone: Phone) -> None:
    phone.write(STORY)
    phone.tap("ไม่มีเงินออก")
    assert "ใกล้กับข้อไหน" in phone.tap("ไม่ใช่")
    assert "ข้อไหนใกล้ที่สุด" in phone.tap("ซื้อขายออนไลน์")
    assert "เก็บสินค้า" in phone.write("4")
    assert db.session.scalars(select(Draft)).one().data["kind"] == "health_product"


def test_a_group_of_one_kind_needs_no_second_question(phone: Phone) -> None:
    phone.write(STORY)
    phone.tap("ไม่มีเงินออก")
    phone.tap("ไม่ใช่")
    with unit_of_work() as session:
        other = playbooks.built_in()[1]["health_product"]
        soon = local_day(datetime.now(UTC)) + timedelta(days=9)
        playbooks.change(
            session, "personal_data", 1, replace(other, review_by=soon), actor(Role.SUPERVISOR), datetime.now(UTC)
        )
    assert "• หยุดใช้ก่อน เก็บสินค้า" in phone.tap("ข้อมูลส่วนบุคคล"), "the advice is what the playbook in force says"


def test_a_wrong_answer_is_asked_again_with_what_to_do(phone: Phone) -> None:
    phone.write(STORY)
    phone.tap("เกิน 3 วัน")
    phone.tap("ใช่")
    phone.write("ร้านสมมุติ")
    phone.tap("ข้าม")
    assert "เช่น 3500" in phone.write("เยอะมาก")
    assert "โอนเงินวันไหน" in phone.write("๓,๕๐๐ บาท")
    assert "ยังมาไม่ถึง" in phone.write("21/11/2599")
    assert "จ่ายเงินทางไหน" in phone.write("เมื่อวาน 14:05")
    typed = db.session.scalars(select(Draft)).one().data["typed"]
    assert (typed["transferred"], typed["transferred-time"]) == ("เมื่อวาน", "14:05")


def test_whoever_knows_nothing_is_never_held_up(phone: Phone) -> None:
    phone.write(STORY)
    phone.tap("เกิน 3 วัน")
    phone.tap("ใช่")
    while any("ข้าม / ไม่ทราบ" in choice for choice in phone.choices):
        phone.tap("ข้าม / ไม่ทราบ")
    phone.tap("ครบแล้ว")
    phone.tap("ข้าม")
    phone.tap("ยินยอม")
    assert [case.state for case in cases()] != []


def test_further_words_at_a_choice_are_told_further(phone: Phone) -> None:
    phone.write(STORY)
    assert "จดเพิ่มแล้ว" in phone.write("ร้านใช้บัญชีชื่อสมมุติ ใจดี และมีเพจอีกสองเพจ")
    assert "เลือกจากปุ่ม" in phone.write("อืม")
    phone.tap("คุยกับเจ้าหน้าที่")
    assert cases()[0].story == f"{STORY}\nร้านใช้บัญชีชื่อสมมุติ ใจดี และมีเพจอีกสองเพจ"


def test_a_tap_on_an_old_button_answers_nothing(phone: Phone) -> None:
    phone.write(STORY)
    old = phone.line.tap(SOMYING, "ไม่มีเงินออก")
    phone.tap("เกิน 3 วัน")
    assert "น่าจะเป็น" in phone.send({**old, "webhookEventId": "01HOLD", "timestamp": old["timestamp"] + 90_000})
    assert db.session.scalars(select(Draft)).one().data["money"] == "older"


def test_a_person_is_asked_for_before_anything_was_told(phone: Phone) -> None:
    phone.write("สวัสดี")
    assert "1212" in phone.tap("คุยกับเจ้าหน้าที่")
    said = phone.write("ลืมรหัสแอป")
    (case,) = cases()
    assert case.number in said
    assert "เจ้าหน้าที่จะอ่านและตอบในแชตนี้" in said
    # Nobody agreed to anything yet: a person reads it, the machine sends it nowhere.
    assert (case.state, case.consent_at, case.story) == ("triage", None, "ลืมรหัสแอป")
    assert any("ขอคุยกับเจ้าหน้าที่" in message.body for message in case.messages)
    assert "แจ้งเจ้าหน้าที่แล้ว" in phone.write("คุยกับเจ้าหน้าที่ครับ")
    assert [message.body for message in cases()[0].messages][-1] == "ขอคุยกับเจ้าหน้าที่"


def test_a_picture_is_enough_to_get_a_person(phone: Phone) -> None:
    phone.write("คุยกับเจ้าหน้าที่")
    said = phone.send(phone.line.file(SOMYING, "image", photo(), "image/jpeg"))
    (case,) = cases()
    assert case.number in said
    assert (len(case.attachments), case.story) == (1, "(ส่งไฟล์มาโดยไม่มีข้อความ)")


def test_a_half_finished_conversation_is_resumed(phone: Phone) -> None:
    phone.write(STORY)
    phone.tap("เกิน 3 วัน")
    age(hours=20)
    said = phone.write("สวัสดีค่ะ")
    assert "ต่อจากที่คุยค้างไว้" in said
    assert "น่าจะเป็น" in said
    clock.deadlines()
    assert cases() == []
    assert "ร้านหรือผู้ขายชื่ออะไร" in phone.tap("ใช่")


def test_after_a_day_of_silence_a_complaint_becomes_a_case_in_triage(phone: Phone) -> None:
    phone.write(STORY)
    phone.send(phone.line.file(SOMYING, "image", photo(), "image/jpeg"))
    age(hours=23)
    clock.deadlines()
    assert cases() == []
    age(hours=1)
    said = len(phone.line.said)
    for _ in range(2):
        clock.deadlines()
        keep_everything()
    (case,) = cases()
    assert (case.state, case.consent_at, len(case.attachments)) == ("triage", None, 1)
    told = "\n".join(line.text for line in phone.line.said[said:])
    assert "24 ชั่วโมง" in told
    assert case.number in told
    assert case.acknowledged_at is not None
    assert secret_in(told)
    assert phone.line.said[-1].by == "push"
    assert "เพิ่มไว้ในเรื่อง" in phone.write("ขอโทษค่ะ เพิ่งว่าง ร้านชื่อสมมุติ")


def test_silence_that_holds_no_complaint_is_forgotten_after_a_week(phone: Phone) -> None:
    phone.write("สวัสดี")
    phone.tap("แจ้งเรื่อง")
    age(days=2)
    clock.deadlines()
    assert cases() == []
    assert "เกิดอะไรขึ้น" in phone.write("สวัสดี")
    age(days=8)
    clock.forget()
    rows = [db.session.scalars(select(kind)).all() for kind in (Talk, TalkLine, Draft)]
    assert rows == [[], [], []]


def test_what_was_not_sent_is_erased_on_request(phone: Phone) -> None:
    phone.write(STORY)
    phone.send(phone.line.file(SOMYING, "image", photo(), "image/jpeg"))
    assert "ลบสิ่งที่คุยค้างไว้" in phone.write("ยกเลิก")
    assert "เงินออกจากบัญชี" in phone.tap("ไม่ลบ")
    phone.write("เริ่มใหม่")
    assert "ลบแล้ว" in phone.tap("ลบทั้งหมด")
    assert db.session.scalars(select(Attachment)).all() == []
    assert not any(STORY in line.body for line in db.session.scalars(select(TalkLine)))
    age(days=2)
    clock.deadlines()
    assert cases() == []


def test_status_of_the_own_case_needs_no_secret(phone: Phone) -> None:
    assert "ยังไม่มีเรื่อง" in phone.write("ดูสถานะ")
    phone.tap("ย้อนกลับ")
    to_the_consent(phone)
    phone.tap("ยินยอม")
    (case,) = cases()
    said = phone.write("ติดตามเรื่องครับ")
    assert case.number in said
    assert "สถานะ:" in said
    assert "ข้อความในแชตนี้จะเข้าเรื่อง" in phone.tap("ย้อนกลับ")


def test_another_case_is_told_by_number_and_secret_and_can_move_here(phone: Phone) -> None:
    number, secret = file_case()
    assert "ขอรหัสลับ" in phone.write(number)
    assert "ไม่ตรงกัน" in phone.write("1111 2222 3333 4444 5555")
    said = phone.write(" ".join(secret[start : start + 4] for start in range(0, 20, 4)))
    assert "สถานะ:" in said
    assert "จะเข้าเรื่องนี้" in phone.tap("แจ้งทางแชตนี้")
    assert db.session.scalars(select(ContactPoint.address)).all() == [SOMYING]
    phone.write("เพิ่งนึกได้ว่าร้านมีเบอร์โทร")
    assert [message.body for message in cases()[0].messages] == ["เพิ่งนึกได้ว่าร้านมีเบอร์โทร"]


def test_a_number_in_the_chat_of_a_case_asks_after_that_other_case(phone: Phone) -> None:
    phone.write(STORY)
    phone.tap("คุยกับเจ้าหน้าที่")
    number, secret = file_case()
    assert "ขอรหัสลับ" in phone.write(f"เรื่อง {number}")
    assert "สถานะ:" in phone.write(secret)
    assert "ข้อความในแชตนี้จะเข้าเรื่อง" in phone.tap("ไม่ต้อง")
    own = cases()[0].number
    assert own in phone.write(own)
    assert all(message.role != "complainant" for case in cases() for message in case.messages)


def test_number_and_secret_in_one_message_are_enough_and_the_secret_is_written_nowhere(phone: Phone) -> None:
    number, secret = file_case()
    phone.write(STORY)
    assert "สถานะ:" in phone.write(f"ขอดูเรื่อง {number} รหัสลับ {secret}")
    assert "น่าจะเป็น" not in phone.tap("ไม่ต้อง")
    phone.write(f"รหัสของฉันคือ {secret} แต่ร้านก็ยังไม่คืนเงิน")
    phone.tap("คุยกับเจ้าหน้าที่")
    phone.write(f"ลืมบอกว่ารหัส {secret[:4]} {secret[4:8]} {secret[8:12]} {secret[12:16]} {secret[16:]}")
    written = [case.story for case in cases()] + [line.body for line in db.session.scalars(select(TalkLine))]
    written += [message.body + message.folded for case in cases() for message in case.messages]
    digits = ["".join(sign for sign in text if sign.isdigit()) for text in written]
    assert not any(secret in text for text in digits)
    assert any("[ซ่อนรหัสลับแล้ว]" in text for text in written)


def test_a_story_told_where_a_number_was_asked_for_is_not_lost(phone: Phone) -> None:
    phone.write("ดูสถานะ")
    assert "เงินออกจากบัญชี" in phone.write(STORY)
    phone.tap("คุยกับเจ้าหน้าที่")
    assert cases()[0].story == STORY


def test_what_the_story_told_is_offered_not_asked_anew(phone: Phone) -> None:
    phone.write(f"{STORY} เข้าบัญชีกสิกร 123-4-56789-0")
    phone.tap("เกิน 3 วัน")
    phone.tap("ใช่")
    phone.write("ร้านสมมุติ")
    phone.tap("ข้าม")
    assert phone.choices[0] == "1,290 บาท"
    phone.tap("1,290 บาท")
    phone.write("เมื่อวาน 14:05")
    phone.tap("1. โอนเข้าบัญชี")
    assert phone.choices[0] == "กสิกรไทย"
    phone.tap("กสิกรไทย")
    assert "มีหลักฐานไหม" in phone.tap("1234567890")
    typed = db.session.scalars(select(Draft)).one().data["typed"]
    assert (typed["lost"], typed["account-bank"], typed["account"]) == ("1,290", "KBANK", "1234567890")


def test_whoever_was_asked_about_erasing_gets_no_case_by_silence(phone: Phone) -> None:
    phone.write(STORY)
    phone.write("ยกเลิก")
    age(days=2)
    clock.deadlines()
    assert cases() == []


def test_a_file_that_is_taken_back_is_not_sent(phone: Phone) -> None:
    phone.write(STORY)
    picture = phone.line.file(SOMYING, "image", photo(), "image/jpeg")
    phone.send(picture)
    phone.send(phone.line.event(SOMYING, "unsend", unsend={"messageId": picture["message"]["id"]}))
    assert db.session.scalars(select(Attachment)).all() == []


def test_a_sticker_in_the_middle_asks_briefly(phone: Phone) -> None:
    phone.write(STORY)
    phone.tap("ไม่ถึง 3 วัน")
    sticker = phone.line.message(
        SOMYING, "sticker", packageId="1", stickerId="2", stickerResourceType="STATIC", quoteToken="q"
    )
    said = phone.send(sticker)
    assert "โทรแล้วหรือยัง" in said
    assert "02-888-8888" not in said


def test_messages_that_come_at_once_are_all_kept(phone: Phone, line_centre: Flask) -> None:
    """Two workers with two deliveries of one account: one waits for the other."""
    phone.write("สวัสดี")
    for number in range(4):
        assert phone.deliver(phone.line.text(SOMYING, f"ร้านหลอกขายของให้ฉัน ตอนที่ {number}")) == 200
    db.session.remove()
    waiting = db.session.scalars(select(Promise.id).where(Promise.kind == "read", Promise.done_at.is_(None))).all()
    db.session.remove()
    at_once(line_centre, len(waiting), lambda turn: tasks.keep(waiting[turn]))
    try_again()
    phone.write("คุยกับเจ้าหน้าที่")
    assert sorted(cases()[0].story.splitlines()) == [f"ร้านหลอกขายของให้ฉัน ตอนที่ {number}" for number in range(4)]
    assert len(db.session.scalars(select(Talk)).all()) == 1


@pytest.mark.parametrize("known_number", [True, False])
def test_secrets_cannot_be_tried_out(phone: Phone, known_number: bool) -> None:  # noqa: FBT001 - a row of the table
    number, secret = file_case()
    phone.write(number if known_number else "70-000999-6")
    answers = [phone.write("1111 2222 3333 4444 5555") for _ in range(5)]
    if known_number:
        assert len(set(answers)) == 1
        assert "รอ 1 ชั่วโมง" in phone.write(secret)
        assert db.session.scalars(select(ContactPoint)).all() == []


def test_the_next_complaint_is_one_of_its_own(phone: Phone) -> None:
    to_the_consent(phone)
    phone.tap("ยินยอม")
    assert "เกิดอะไรขึ้น" in phone.write("แจ้งเรื่องใหม่")
    phone.write("มีคนปลอมเฟซบุ๊กเป็นฉันแล้วไปยืมเงินเพื่อน")
    phone.tap("คุยกับเจ้าหน้าที่")
    assert [case.story for case in cases()] == [STORY, "มีคนปลอมเฟซบุ๊กเป็นฉันแล้วไปยืมเงินเพื่อน"]
    assert len({talk.submission for talk in db.session.scalars(select(Talk))}) == 2


def test_a_receipt_that_cannot_be_said_goes_by_mail(phone: Phone, line_centre: Flask) -> None:
    to_the_consent(phone)
    event = phone.line.tap(SOMYING, "ยินยอม")
    phone.line.tokens.clear()
    phone.line.users.clear()
    phone.send(event)
    (case,) = cases()
    assert case.acknowledged_at is None
    assert any(error.startswith("line: ") for error in failed())
    letters = [row.payload.get("letter") for row in db.session.scalars(select(Promise).where(Promise.kind == "letter"))]
    assert letters.count("receipt") == 2
    point = db.session.scalars(select(ContactPoint)).one()
    assert point.failure == "address"


def test_the_desk_reads_the_conversation_without_the_secret(phone: Phone) -> None:
    to_the_consent(phone)
    phone.tap("ยินยอม")
    (case,) = cases()
    note = next(message for message in case.messages if "บทสนทนา" in message.body)
    assert (note.kind, note.public) == ("note", False)
    assert STORY in note.folded
    assert "เงินออกจากบัญชีของคุณแล้วหรือยัง → ออกแล้ว เกิน 3 วัน" in note.folded
    assert "เสียเงินไปทั้งหมดกี่บาท → ประมาณ 1,290 บาท" in note.folded
    assert case.answers["lost"] == 129000
    assert case.person.phone == "0812345678"


def test_every_kind_can_be_talked_through(phone: Phone, line: LineServer) -> None:
    """All questions of all kinds fit on a telephone: the simulator refuses what LINE refuses."""
    for number, kind in enumerate(all_questions(), 1):
        user = f"U{number:032d}"
        someone = Phone.__new__(Phone)
        someone.client, someone.line, someone.user = phone.client, line, user
        someone.write(STORY)
        someone.tap("เกิน 3 วัน")
        with unit_of_work() as session:
            talk = session.scalars(select(Talk).where(Talk.address == user)).one()
            draft = session.get_one(Draft, talk.draft_id)
            draft.data = {**draft.data, "kind": kind}
            talk.step = "questions"
        someone.write("เมนู")
        asked = 0
        while any("ข้าม / ไม่ทราบ" in choice for choice in someone.choices):
            someone.tap("ข้าม / ไม่ทราบ")
            asked += 1
        assert asked > 0, kind
    assert failed() == []
