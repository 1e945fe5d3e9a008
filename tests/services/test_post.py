"""Mail from the pipe to the case: who joins, who opens, who is answered, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.channels import email
from complaints.db import db, unit_of_work
from complaints.domain.case import Case
from complaints.domain.channel import Outbound
from complaints.domain.inbound import ContactPoint, HeardEvent, RawMessage
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services import correspond, intake, letters
from tests.centre import KEY
from tests.postbox import OWN, STORY, mail

if TYPE_CHECKING:
    from tests.postbox import Box


def only_case() -> Case:
    return db.session.scalars(select(Case)).one()


def open_letters() -> int:
    rows = db.session.scalars(select(Promise).where(Promise.kind == PromiseKind.LETTER.value))
    return sum(row.open for row in rows)


def test_a_mail_is_a_case_once_in_however_many_boxes(box: Box) -> None:
    assert box.receive(mail(STORY, Message_ID="<a@b>")) == "case"
    assert box.receive(mail(STORY, Message_ID="<a@b>")) == "kept before"
    assert box.receive(mail(STORY, Message_ID="<a@b>", Received="elsewhere"), "second") == "duplicate"
    assert only_case().story == STORY
    assert (only_case().person.email, open_letters()) == (OWN, 1)
    assert len(db.session.scalars(select(RawMessage)).all()) == 2
    assert box.receive(mail("อีกเรื่องหนึ่ง", Message_ID="<a@b>")) == "case"


def test_words_longer_than_a_page_are_never_cut_in_silence(box: Box) -> None:
    box.receive(mail("ก" * (intake.STORY_LIMIT + 1)))
    token = letters.case_token(only_case(), KEY)
    box.receive(mail("ข" * (correspond.MESSAGE_LIMIT + 1), to=f"1212+{token}@centre.example"))

    notes = [message.body for message in only_case().messages if message.kind == "note"]
    ids = db.session.scalars(select(RawMessage.id).order_by(RawMessage.id)).all()
    assert [any(f"ข้อความดิบเลขที่ {raw_id}" in note for note in notes) for raw_id in ids] == [True, True]
    box.receive(mail("ค" * 100, to=f"1212+{token}@centre.example"))
    assert len([message for message in only_case().messages if message.kind == "note"]) == len(notes)


def test_long_words_are_kept_whole_as_a_file(box: Box) -> None:
    box.receive(mail("ก" * (intake.STORY_LIMIT + 1)))
    token = letters.case_token(only_case(), KEY)
    long = "ข" * (correspond.MESSAGE_LIMIT + 1)
    quoted = "> อ้าง\n" * correspond.MESSAGE_LIMIT
    box.receive(mail(f"{long}\n\n{quoted}", to=f"1212+{token}@centre.example"))

    first, second = only_case().attachments
    (message,) = [one for one in only_case().messages if one.kind != "note"]
    assert (first.message_id, second.message_id) == (None, message.id)
    kept = (box.folder / "files" / "original" / second.stored_key).read_text("utf-8")
    assert kept == f"{long}\n\n{quoted.strip()}"
    assert (message.body, message.folded) == (long[:-1], quoted[: correspond.MESSAGE_LIMIT])


def test_a_quoted_letter_opens_the_case_for_nobody_who_reads_the_answer(box: Box) -> None:
    box.receive(mail(STORY))
    case = only_case()
    mark, link = letters.case_token(case, KEY), letters.track_token(case, KEY)
    quoted = f"> https://centre.example/t/{link}?lang=th\n> 1212+{mark.upper()}@centre.example"
    box.receive(mail(f"ตอบ\n\n{quoted}", to=f"1212+{mark}@centre.example", Subject=f"Re: #{mark}"))
    box.receive(mail(f"ส่งต่อ\n\n{quoted}", "friend@else.example"))
    first, second = db.session.scalars(select(Case).order_by(Case.id)).unique()
    (message,) = [one for one in first.messages if one.kind != "note"]
    for words in (message.body, message.folded, second.story):
        assert link not in words
        assert mark not in words.lower()
    assert "> https://centre.example/t/" in message.folded
    assert "1212+" in second.story


def test_what_was_not_written_anew_stands_folded_beside_the_words(box: Box) -> None:
    box.receive(mail(STORY))
    token = letters.case_token(only_case(), KEY)
    box.receive(mail("ส่งสลิปให้แล้ว\n\n-- \nสมหญิง\n> เดิม", to=f"1212+{token}@centre.example"))
    (message,) = only_case().messages
    assert (message.body, message.folded) == ("ส่งสลิปให้แล้ว", "> เดิม\n-- \nสมหญิง")


def parts(count: int) -> bytes:
    head = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    return head + b"--x\r\nContent-Type: image/png\r\n\r\n1\r\n" * count + b"--x--\r\n"


def test_what_cannot_be_read_becomes_a_case_of_its_sender(box: Box) -> None:
    body = mail("", Subject="help me, please do").rstrip(b"\r\n") + b"\r\n" + parts(3000)
    assert box.receive(body) == "unreadable"
    case = only_case()
    assert case.person.email == OWN
    assert "help me" in case.story
    assert "more than 2000 parts" in case.story
    assert case.answers[intake.BY_HAND]
    event = db.session.scalars(select(HeardEvent)).one()
    assert (event.outcome, event.case_id, event.sender) == ("unreadable", case.id, OWN)
    assert open_letters() == 1


def test_what_cannot_be_read_is_noted_in_the_case_that_it_was_sent_to(box: Box) -> None:
    box.receive(mail(STORY))
    token = letters.case_token(only_case(), KEY)
    body = mail("", to=f"1212+{token}@centre.example").rstrip(b"\r\n") + b"\r\n" + parts(3000)
    assert box.receive(body) == "unreadable"
    assert [message.kind for message in only_case().messages] == ["note"]


def test_a_thousand_files_are_named_as_far_as_a_note_reaches(box: Box) -> None:
    assert box.receive(mail("", Subject=STORY).rstrip(b"\r\n") + b"\r\n" + parts(1000)) == "case"
    (note,) = only_case().messages
    assert "(+980)" in note.body


def test_the_signed_address_brings_an_answer_home_from_wherever(box: Box) -> None:
    box.receive(mail(STORY))
    token = letters.case_token(only_case(), KEY)
    assert box.receive(mail("ตอบจากที่ทำงาน", "work@office.example", f"1212+{token.upper()}@centre.example")) == "message"
    assert [message.body for message in only_case().messages] == ["ตอบจากที่ทำงาน"]


@pytest.mark.parametrize(
    "bend", [lambda t: t[:-1] + ("a" if t[-1] != "a" else "b"), lambda t: "9" + t, lambda t: "x" + t]
)
def test_a_forged_mark_joins_nothing(box: Box, bend: object) -> None:
    box.receive(mail(STORY))
    token = bend(letters.case_token(only_case(), KEY))  # type: ignore[operator]
    assert box.receive(mail("ให้ฉันดูเรื่องนี้", "thief@bad.example", f"1212+{token}@centre.example")) == "case"


CHECKED = "mx.centre.example; dmarc=pass header.from={}"


@pytest.mark.parametrize("way", ["References", "In_Reply_To", "Subject"])
@pytest.mark.parametrize(
    ("sender", "checked", "own"),
    [
        (OWN, CHECKED.format("example.com"), True),
        # Whoever writes the complainant's address into From is a stranger until a server checked it.
        (OWN, "", False),
        (OWN, "mx.thief.example; dmarc=pass header.from=example.com", False),
        (OWN, CHECKED.format("thief.example"), False),
        ("stranger@else.example", CHECKED.format("else.example"), False),
    ],
)
def test_a_number_counts_only_from_the_cases_own_proven_address(
    box: Box,
    way: str,
    sender: str,
    checked: str,
    own: bool,  # noqa: FBT001 - a row of the table
) -> None:
    box.receive(mail(STORY))
    case = only_case()
    number, first = case.number, case.id
    naming = f"Re: [{number}]" if way == "Subject" else f"<promise-7.{number}@centre.example>"
    head = {way: naming} | ({"Authentication-Results": checked} if checked else {})
    outcome = box.receive(mail("มีข้อมูลเพิ่ม", sender, **head))
    assert outcome == ("message" if own else "case")
    case = db.session.get_one(Case, first)
    assert [message.public for message in case.messages] == [own]
    if not own:
        other = db.session.scalars(select(Case).where(Case.id != first)).one()
        assert other.number in case.messages[0].body
        assert number in other.messages[0].body


def test_a_machine_is_noted_where_it_belongs_and_opens_nothing(box: Box) -> None:
    assert box.receive(mail("ลาพักร้อน", Auto_Submitted="auto-replied")) == "automatic"
    assert db.session.scalars(select(Case)).all() == []
    box.receive(mail(STORY))
    token = letters.case_token(only_case(), KEY)
    answer = mail("ยังลาพักร้อน", to=f"1212+{token}@centre.example", Auto_Submitted="auto-replied")
    before = open_letters()
    assert box.receive(answer) == "automatic"
    assert [(message.kind, message.public) for message in only_case().messages] == [("note", False)]
    assert open_letters() == before


def test_two_machines_facing_each_other_fall_silent_after_three(box: Box) -> None:
    """The other one marks nothing and answers every receipt with a fresh letter."""
    sent = 0
    for turn in range(8):
        assert box.receive(mail(f"ขอบคุณที่เขียนมา {turn}", "robot@else.example", Message_ID=f"<{turn}@else>")) == "case"
        answers = open_letters()
        if answers == sent:
            break
        sent = answers
    assert sent == 3
    assert turn == 3
    box.now += timedelta(hours=2)
    box.receive(mail("เรื่องใหม่", "robot@else.example"))
    assert open_letters() == 4


def test_our_own_letters_are_known_as_a_machines(box: Box) -> None:
    letter = Outbound(
        "other@centre.example", "เรื่อง", STORY, "th", "promise-1", "70-000001-1", case_token="1-" + "a" * 16
    )
    built = email.build(letter, "ศูนย์ 1212 <1212@centre.example>")
    assert str(built["Reply-To"]).endswith(f"<1212+1-{'a' * 16}@centre.example>")
    assert box.receive(bytes(built)) == "automatic"


def test_mass_mail_is_read_and_gets_no_receipt(box: Box) -> None:
    assert box.receive(mail(STORY, List_Id="<news.example>")) == "case"
    assert open_letters() == 0


DSN = """From: Mail Delivery <mailer-daemon@post.example>\r
To: 1212@centre.example\r
Subject: Undelivered Mail Returned to Sender\r
Content-Type: multipart/report; report-type=delivery-status; boundary=b\r
\r
--b\r
Content-Type: text/plain\r
\r
The mailbox does not exist.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; post.example\r
\r
Final-Recipient: rfc822; {address}\r
Action: failed\r
Status: 5.1.1\r
\r
--b\r
Content-Type: message/rfc822\r
\r
Message-ID: <promise-{promise}.{number}@centre.example>\r
Subject: x\r
\r
x\r
--b--\r
"""


@pytest.mark.parametrize("address", [OWN, "forged@else.example"])
def test_a_returned_letter_marks_the_address_and_tells_the_desk(box: Box, address: str) -> None:
    box.receive(mail(STORY))
    case = only_case()
    promise = db.session.scalars(select(Promise).where(Promise.kind == PromiseKind.LETTER.value)).one()
    promise_id, number, case_id = promise.id, case.number, case.id
    with unit_of_work() as session:
        session.get_one(Promise, promise_id).keep(box.now, delivered="email")
    report = DSN.format(address=address, promise=promise_id, number=number).encode()
    assert box.receive(report) == "bounce"
    believed = address == OWN
    assert (db.session.get_one(Promise, promise_id).failed_at is not None) is believed
    point = db.session.scalars(select(ContactPoint).where(ContactPoint.address == OWN)).one()
    assert (point.failure == "refused") is believed
    assert len(only_case().messages) == int(believed)
    assert db.session.scalars(select(HeardEvent.case_id).where(HeardEvent.kind == "bounce")).one() == (
        case_id if believed else None
    )
