"""Letters: written from the outbox row, in the complainant's language, with a link that opens the one case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from complaints.db import db, unit_of_work
from complaints.domain.agency import Agency
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services import centre, correspond, handle, letters, triage
from complaints.services.reach import Way
from tests.centre import KEY, file_case
from tests.services.scene import DAY, NOW, agent, at_agency, in_triage, ocpb, police, referred, the_case

if TYPE_CHECKING:
    from flask import Flask

    from complaints.domain.channel import Outbound

BASE = "https://1212.example"
ADDRESS = "somying@example.com"
THAI = re.compile("[\u0e00-\u0e7f]")


def composed(number: str, name: str) -> Outbound:
    """The newest letter of a name."""
    session = db.session()
    promise = [row for row in the_case(session, number).promises if row.payload.get("letter") == name][-1]
    [(way, letter)] = letters.compose(session, promise, BASE, KEY)
    assert way == Way("email", letter.to)
    return letter


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("name", letters.LETTERS)
def test_every_letter_is_whole_in_both_languages(app: Flask, name: str, language: str) -> None:
    number, _ = file_case(now=NOW, email=ADDRESS, language=language)
    with unit_of_work() as session:
        promise = the_case(session, number).promise_letter(NOW, name, agency="POLICE", into="70-000009-9")
        session.flush()
        promise_id = promise.id
    letter = composed(number, name)
    assert (letter.to, letter.language, letter.case_number) == (ADDRESS, language, number)
    assert letter.reference == f"promise-{promise_id}"
    assert letter.subject.startswith(f"[{number}] ")
    words = letter.subject + letter.body
    assert "{" not in words
    assert "}" not in words
    assert "\n" not in letter.subject
    assert f"{BASE}/t/" in letter.body
    assert number in letter.body
    profile = centre.profile(db.session())
    assert profile.name(language) in letter.body
    assert profile.hotline in letter.body
    if language == "th":
        assert THAI.search(letter.subject)
    else:
        assert THAI.search(words) is None


def test_without_an_address_there_is_nothing_to_send(app: Flask) -> None:
    number, _ = file_case(now=NOW)
    session = db.session()
    promise = next(row for row in the_case(session, number).promises if row.kind == PromiseKind.LETTER.value)
    assert letters.compose(session, promise, BASE, KEY) == []


def test_dates_are_those_of_the_readers_calendar(app: Flask) -> None:
    thai, _ = file_case(now=NOW, email=ADDRESS)
    english, _ = file_case(now=NOW, email=ADDRESS, language="en")
    for part in ("20 พ.ย. 2569 10:00 น.", "19 ม.ค. 2570"):
        assert part in composed(thai, "receipt").body
    for part in ("20 November 2026, 10:00", "19 January 2027"):
        assert part in composed(english, "receipt").body


def test_the_agency_is_named_in_full(app: Flask) -> None:
    number = referred("POLICE", email=ADDRESS)
    assert db.session.get_one(Agency, "POLICE").name_th in composed(number, "referred").body


def test_a_partial_answer_says_what_that_agency_answered(app: Flask) -> None:
    number, who = referred("POLICE", "OCPB", email=ADDRESS), ocpb()
    with unit_of_work() as session:
        handle.accept(*at_agency(session, number, "OCPB"), who, NOW)
        handle.answer(session, *at_agency(session, number, "OCPB"), "explained", "ไกล่เกลี่ยแล้ว", None, who, NOW)
    letter = composed(number, "partly_answered")
    assert "ไกล่เกลี่ยแล้ว" in letter.body
    assert db.session.get_one(Agency, "OCPB").name_th in letter.body


def test_an_answer_reaches_the_complainant_in_its_own_words(app: Flask) -> None:
    number, who = referred(email=ADDRESS), police()
    with unit_of_work() as session:
        handle.accept(*at_agency(session, number, "POLICE"), who, NOW)
        text = "คืนเงิน {ครบ} 100% <b>แล้ว</b>"
        handle.answer(session, *at_agency(session, number, "POLICE"), "refunded_full", text, 1, who, NOW)
    assert text in composed(number, "resolved").body


def test_question_message_and_refusal_carry_their_text(app: Flask) -> None:
    number, desk = in_triage(email=ADDRESS), agent()
    with unit_of_work() as session:
        case = the_case(session, number)
        correspond.write_out(session, case, "เรากำลังดูให้", desk, NOW)
        triage.ask(session, case, "ขอเลขพัสดุ", desk, NOW)
        triage.reject(session, case, "โปรดติดต่อศาล", desk, NOW)
    assert "เรากำลังดูให้" in composed(number, "message").body
    assert "ขอเลขพัสดุ" in composed(number, "question").body
    assert "โปรดติดต่อศาล" in composed(number, "out_of_scope").body


def test_a_merged_case_names_the_other(app: Flask) -> None:
    number, other, desk = in_triage(email=ADDRESS), in_triage(), agent()
    with unit_of_work() as session:
        triage.merge(session, the_case(session, number), the_case(session, other), desk, NOW)
    assert other in composed(number, "merged").body


def test_notes_and_foreign_messages_never_stand_in_a_letter(app: Flask) -> None:
    number, other, desk = in_triage(email=ADDRESS), in_triage(), agent()
    with unit_of_work() as session:
        case, foreign = the_case(session, number), the_case(session, other)
        note = correspond.say(session, case, "ผู้ร้องน่าสงสัย", desk, NOW, kind="note", public=False)
        letter = correspond.say(session, foreign, "เรื่องของคนอื่น", desk, NOW, kind="message", public=True)
        for message in (note, letter):
            case.promise_letter(NOW, "message", message_id=message.id)
    session = db.session()
    for promise in the_case(session, number).promises[-2:]:
        [(_, written)] = letters.compose(session, promise, BASE, KEY)
        assert "น่าสงสัย" not in written.body
        assert "คนอื่น" not in written.body


def test_the_link_opens_the_one_case(app: Flask) -> None:
    number, other = in_triage(email=ADDRESS), in_triage()
    found = re.search(rf"{BASE}/t/([^?\s]+)\?lang=th", composed(number, "receipt").body)
    assert found is not None
    session = db.session()
    case = letters.read_track_token(session, found[1], KEY)
    assert case is not None
    assert case.number == number
    assert letters.track_token(the_case(session, other), KEY) != found[1]
    for forged in ("", "x", found[1] + "x", found[1][:-1], letters.track_token(case, "another-key")):
        assert letters.read_track_token(session, forged, KEY) is None


def test_a_new_secret_ends_the_old_links(app: Flask) -> None:
    number = in_triage(email=ADDRESS)
    token = letters.track_token(the_case(db.session(), number), KEY)
    db.session.remove()
    with unit_of_work() as session:
        the_case(session, number).secret_hash = "f" * 32 + "$" + "0" * 64
    assert letters.read_track_token(db.session(), token, KEY) is None


def test_the_same_promise_is_the_same_letter_at_every_try(app: Flask) -> None:
    number = in_triage(email=ADDRESS)
    first = composed(number, "receipt")
    db.session.remove()
    with unit_of_work() as session:
        promise = session.get_one(Promise, int(first.reference.partition("-")[2]))
        promise.miss(NOW + DAY, "busy")
    assert composed(number, "receipt") == first
