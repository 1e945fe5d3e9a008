"""LINE from the outside: signed webhooks go in, the workers work, a simulated LINE shows what reaches the account."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from complaints.channels import line
from complaints.db import db, unit_of_work
from complaints.domain.channel import SHOWN_ONLY, Outbound
from complaints.domain.inbound import ContactPoint, HeardEvent, RawMessage
from complaints.domain.outbox import Promise
from tests.channels.talking import SOMYING, STORY, answered, cases, failed, keep_everything, photo, to_the_consent
from tests.outside.line_server import values_for

if TYPE_CHECKING:
    from config import Settings
    from tests.channels.talking import Phone


def test_from_the_first_word_to_number_and_secret(phone: Phone) -> None:
    assert "เงินออกจากบัญชีของคุณแล้วหรือยัง" in phone.write(STORY)
    assert phone.choices[-1] == "คุยกับเจ้าหน้าที่"
    aid = phone.tap("ไม่ถึง 3 วัน")
    assert "1441" in aid
    assert "02-888-8888" in aid
    assert "ซื้อของออนไลน์แล้วถูกโกง" in phone.tap("โทรแล้ว")
    assert "ร้านหรือผู้ขายชื่ออะไร" in phone.tap("ใช่")
    phone.write("ร้านรองเท้าสมมุติ")
    phone.tap("ข้าม")
    phone.write("1290")
    assert "กี่โมง" in phone.tap("เมื่อวาน")
    phone.write("14.05 น.")
    phone.tap("1. โอนเข้าบัญชี")
    phone.tap("กสิกรไทย")
    assert "มีหลักฐานไหม" in phone.write("123-4-56789-0")
    assert "เก็บไฟล์แล้ว ตอนนี้มี 1 ไฟล์" in phone.send(phone.line.file(SOMYING, "image", photo(), "image/jpeg"))
    phone.tap("ครบแล้ว")
    check = phone.tap("ข้าม")
    assert "1,290.00 บาท" in check
    assert "กสิกรไทย 1234567890" in check
    assert cases() == []
    done = phone.tap("ยินยอม")

    (case,) = cases()
    assert case.number in done
    found = re.search(r"รหัสลับ ((?:\d{4} ){4}\d{4})", done)
    assert found is not None
    number = case.number
    db.session.remove()
    track = phone.client.post("/track", data={"number": number, "secret": found[1]})
    assert track.status_code == 303
    (case,) = cases()
    assert (case.channel, case.story, case.category_code) == ("line", STORY, "seller_fraud")
    assert case.lost == 129000
    assert case.answers["account"] == {"bank": "KBANK", "number": "1234567890"}
    assert case.answers["called_bank"] == "done"
    assert case.transferred_at is not None
    assert case.consent_at is not None
    assert case.acknowledged_at is not None
    (file,) = case.attachments
    assert (file.source, file.media_type) == ("line", "image/jpeg")
    assert any(STORY in message.folded for message in case.messages)
    assert failed() == []


def test_the_secret_stands_nowhere_in_clear(phone: Phone) -> None:
    to_the_consent(phone)
    found = re.search(r"รหัสลับ ((?:\d{4} ){4}\d{4})", phone.tap("ยินยอม"))
    assert found is not None
    rows = [str(row.payload) + str(row.result) for row in db.session.scalars(select(Promise))]
    rows += [message.body + message.folded for case in cases() for message in case.messages]
    assert not any(found[1] in text or found[1].replace(" ", "") in text for text in rows)


def test_words_go_in_once_however_often_they_are_delivered(phone: Phone) -> None:
    event = phone.line.text(SOMYING, STORY)
    phone.send(event)
    again = {**event, "deliveryContext": {"isRedelivery": True}}
    for _ in range(2):
        assert phone.send(again) == ""
    heard = db.session.scalars(select(HeardEvent)).all()
    assert len(heard) == 1
    assert len(db.session.scalars(select(RawMessage)).all()) == 2


@pytest.mark.parametrize("signature", ["", "x", "AAAA" * 11])
def test_a_forged_call_is_refused_and_not_kept(phone: Phone, signature: str) -> None:
    assert phone.deliver(phone.line.text(SOMYING, STORY), signature=signature) == 401
    assert db.session.scalars(select(RawMessage)).all() == []


def test_the_console_may_verify_the_door(phone: Phone) -> None:
    assert phone.deliver() == 200
    keep_everything()
    assert failed() == []


def test_what_comes_in_the_wrong_order_is_told_in_the_right_one(phone: Phone) -> None:
    start = phone.line.now - timedelta(minutes=1)
    first = phone.line.text(SOMYING, "ตอนแรกร้านบอกว่าจะส่งของวันจันทร์", at=start)
    second = phone.line.text(SOMYING, "แต่พอโอนเงินแล้วร้านก็บล็อกหนีไปเลย", at=start + timedelta(seconds=5))
    phone.send(second)
    assert phone.send(first) == ""
    phone.tap("คุยกับเจ้าหน้าที่")
    (case,) = cases()
    assert case.story.splitlines() == ["ตอนแรกร้านบอกว่าจะส่งของวันจันทร์", "แต่พอโอนเงินแล้วร้านก็บล็อกหนีไปเลย"]


def test_events_of_one_call_are_answered_once_in_order(phone: Phone) -> None:
    start = phone.line.now - timedelta(minutes=1)
    events = [
        phone.line.text(SOMYING, f"ร้านหลอกขายของให้ฉัน ตอนที่ {n}", at=start + timedelta(seconds=n)) for n in (2, 1, 3)
    ]
    said = phone.send(*events)
    assert said.count("เงินออกจากบัญชีของคุณแล้วหรือยัง") == 1
    phone.tap("คุยกับเจ้าหน้าที่")
    assert [line[-1] for line in cases()[0].story.splitlines()] == ["1", "2", "3"]


def test_an_answer_goes_by_reply_token_and_by_push_when_that_is_spent(phone: Phone) -> None:
    phone.write("สวัสดีครับ")
    assert phone.line.said[-1].by == "reply"
    event = phone.line.text(SOMYING, STORY)
    phone.line.tokens.clear()
    phone.send(event)
    assert phone.line.said[-1].by == "push"
    assert "เงินออกจากบัญชี" in phone.line.said[-1].text


@pytest.mark.parametrize("status", [429, 500, 503])
def test_not_now_is_tried_again_once_for_good(phone: Phone, status: int) -> None:
    phone.line.failures = [status]
    assert phone.write("สวัสดี") == ""
    (promise,) = db.session.scalars(select(Promise).where(Promise.kind == "say"))
    assert (promise.failed_at, promise.tries) == (None, 1)
    with unit_of_work() as session:
        session.get_one(Promise, promise.id).due_at = promise.created_at
    keep_everything()
    assert [said.by for said in phone.line.said] == ["push"]
    assert failed() == []


def test_a_push_that_was_taken_but_not_answered_is_not_said_twice(phone: Phone) -> None:
    phone.write(STORY)
    phone.tap("คุยกับเจ้าหน้าที่")
    answered("ขอทราบชื่อร้าน")
    (promise,) = [row for row in db.session.scalars(select(Promise)) if row.payload.get("letter") == "message"]
    with unit_of_work() as session:
        again = session.get_one(Promise, promise.id)
        again.done_at, again.lease_until = None, None
    said = len(phone.line.said)
    keep_everything()
    assert len(phone.line.said) == said
    assert failed() == []


def test_agent_and_complainant_talk_both_ways(phone: Phone) -> None:
    to_the_consent(phone)
    phone.tap("ยินยอม")
    answered("ขอทราบเลขพัสดุด้วยค่ะ")
    assert "ขอทราบเลขพัสดุด้วยค่ะ" in phone.line.said[-2].text
    assert "/t/" in phone.line.said[-1].text
    assert phone.line.said[-1].by == "push"
    assert "เพิ่มไว้ในเรื่อง" in phone.write("ไม่มีเลขพัสดุ ร้านไม่เคยให้")
    assert phone.write("มีแต่สลิป") == ""
    phone.send(phone.line.file(SOMYING, "image", photo(), "image/jpeg"))
    (case,) = cases()
    told = [message.body for message in case.messages if message.role == "complainant"]
    assert told == ["ไม่มีเลขพัสดุ ร้านไม่เคยให้", "มีแต่สลิป", "(ส่งไฟล์มาโดยไม่มีข้อความ)"]
    assert len(case.attachments) == 2


def test_a_block_is_shown_and_the_answer_goes_by_mail(phone: Phone) -> None:
    phone.write(STORY)
    phone.tap("คุยกับเจ้าหน้าที่")
    phone.line.blocked.add(SOMYING)
    assert phone.send(phone.line.event(SOMYING, "unfollow")) == ""
    answered("ขอทราบชื่อร้าน")
    point = db.session.scalars(select(ContactPoint)).one()
    assert point.failure == "blocked"
    assert any("line" in error for error in failed())
    assert not any("ขอทราบชื่อร้าน" in said.text for said in phone.line.said)
    phone.line.blocked.clear()
    phone.write("กลับมาแล้วค่ะ ร้านชื่อรองเท้าสมมุติ")
    assert db.session.scalars(select(ContactPoint)).one().failure == ""


def test_while_another_system_has_the_chat_in_hand_nothing_is_answered(phone: Phone) -> None:
    assert phone.send({**phone.line.text(SOMYING, STORY), "mode": "standby"}) == ""
    assert "จดเพิ่มแล้ว" in phone.write("แล้วร้านก็เปลี่ยนชื่อเพจไปแล้ว")


def test_a_letter_longer_than_a_message_is_cut_and_sent_once(phone: Phone, settings: Settings) -> None:
    phone.write("สวัสดี")
    long = "\n".join(f"บรรทัดที่ {number} ของคำตอบที่ยาวมาก" for number in range(1500))
    words = Outbound(to=SOMYING, subject="ก", body=long, language="th", reference="promise-9", parts=(long, "ลิงก์"))
    said = len(phone.line.said)
    for _ in range(2):
        line.send(words, replace(settings, channel_values=values_for(phone.line)))
    told = [one.text for one in phone.line.said[said:]]
    assert len(told) > 5
    assert "\n".join(told[:-1]) == long
    assert line.send(words, settings) == SHOWN_ONLY


def test_groups_are_refused_politely_and_once(phone: Phone) -> None:
    group = {"type": "group", "groupId": "C" + "2" * 32, "userId": SOMYING}
    assert phone.deliver(phone.line.event(SOMYING, "join", source=group)) == 200
    talk = phone.line.event(SOMYING, "message", source=group, message={"id": "1", "type": "text", "text": STORY})
    assert phone.deliver(talk) == 200
    keep_everything()
    (said,) = phone.line.said
    assert "เฉพาะแชตส่วนตัว" in said.text
    assert (said.to, said.by, cases()) == (group["groupId"], "reply", [])


def test_what_is_taken_back_before_the_case_is_not_in_it(phone: Phone) -> None:
    phone.write(STORY)
    wrong = phone.line.text(SOMYING, "เลขบัตรประชาชนของฉันคือเลขสมมุติ")
    phone.send(wrong)
    phone.send(phone.line.event(SOMYING, "unsend", unsend={"messageId": wrong["message"]["id"]}))
    phone.write("คุยกับเจ้าหน้าที่")
    (case,) = cases()
    assert case.story == STORY
    assert not any("เลขบัตรประชาชน" in message.body + message.folded for message in case.messages)


def test_what_is_taken_back_later_is_told_to_the_desk(phone: Phone) -> None:
    phone.write(STORY)
    phone.tap("คุยกับเจ้าหน้าที่")
    wrong = phone.line.text(SOMYING, "ร้านนี้ชื่อร้านสมมุติ")
    phone.send(wrong)
    phone.send(phone.line.event(SOMYING, "unsend", unsend={"messageId": wrong["message"]["id"]}))
    (case,) = cases()
    assert any(message.kind == "note" and "ยกเลิกข้อความ" in message.body for message in case.messages)
    assert any(message.body == "ร้านนี้ชื่อร้านสมมุติ" for message in case.messages)


def test_stickers_are_described_and_places_are_told(phone: Phone) -> None:
    said = phone.send(
        phone.line.message(
            SOMYING,
            "sticker",
            packageId="1",
            stickerId="2",
            stickerResourceType="STATIC",
            keywords=["sad"],
            quoteToken="q",
        )
    )
    assert "เล่าเรื่องที่เกิดขึ้น" in said
    phone.write(STORY)
    phone.send(
        phone.line.message(SOMYING, "location", title="ร้านสมมุติ", address="กรุงเทพฯ", latitude=13.7, longitude=100.5)
    )
    phone.write("คุยกับเจ้าหน้าที่")
    (case,) = cases()
    assert "(ตำแหน่ง: ร้านสมมุติ · กรุงเทพฯ · 13.7, 100.5)" in case.story
    assert any("(สติกเกอร์: sad)" in message.folded for message in case.messages)


@pytest.mark.parametrize(
    ("kind", "head", "media_type", "named", "kept"),
    [
        ("image", b"", "image/jpeg", {}, "image/jpeg"),
        ("video", b"\x00\x00\x00\x18ftypmp42", "video/mp4", {"duration": 1000}, "video/mp4"),
        ("audio", b"\x00\x00\x00\x18ftypM4A ", "audio/x-m4a", {"duration": 1000}, "audio/mp4"),
        ("file", b"%PDF-1.7\n", "application/octet-stream", {"fileName": "สลิป.pdf", "fileSize": 9}, "application/pdf"),
    ],
)
def test_files_of_every_kind_are_kept(
    phone: Phone, kind: str, head: bytes, media_type: str, named: dict[str, Any], kept: str
) -> None:
    phone.write(STORY)
    said = phone.send(phone.line.file(SOMYING, kind, head + bytes(50) if head else photo(), media_type, **named))
    assert "เก็บไฟล์แล้ว" in said
    phone.write("คุยกับเจ้าหน้าที่")
    assert [file.media_type for file in cases()[0].attachments] == [kept]


def test_a_file_that_cannot_be_taken_is_named_to_its_sender(phone: Phone) -> None:
    phone.write(STORY)
    assert "ไม่รับไฟล์ชนิดของ" in phone.send(
        phone.line.file(SOMYING, "file", b"MZ" + bytes(60), "application/octet-stream", fileName="a.exe", fileSize=62)
    )
    large = phone.line.file(SOMYING, "image", photo() + bytes(10 * 2**20), "image/jpeg")
    assert "ใหญ่เกิน 10" in phone.send(large)
    gone = phone.line.file(SOMYING, "image", b"", "image/jpeg", status=404)
    assert "ว่างเปล่า" in phone.send(gone)


def test_a_film_that_line_still_prepares_comes_later(phone: Phone) -> None:
    phone.write(STORY)
    event = phone.line.file(SOMYING, "video", b"", "video/mp4", status=202, duration=1000)
    phone.send(event)
    mark = event["message"]["id"]
    phone.line.contents[mark] = (200, b"\x00\x00\x00\x18ftypmp42" + bytes(50), "video/mp4")
    with unit_of_work() as session:
        for promise in session.scalars(select(Promise).where(Promise.done_at.is_(None))):
            promise.due_at = promise.created_at
    keep_everything()
    assert "เก็บไฟล์แล้ว" in phone.line.said[-1].text
