"""Intake: one submission is one case with one secret, numbers run without a gap, everything or nothing is stored."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from complaints.db import db, unit_of_work
from complaints.domain.actor import SYSTEM, Actor, Role
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, NotAllowed
from complaints.domain.lifecycle import State
from complaints.domain.number import CaseCounter, read_case_number
from complaints.domain.outbox import Promise
from complaints.domain.person import Person
from complaints.domain.secret import secret_matches
from complaints.services import drafts, follow, intake
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Limits, Upload
from complaints.services.evidence.stores import open_store
from tests.centre import KEY, RecordingWaker, actor, file_case
from tests.services.scene import NOW, actions_of, at_once, letters_of, the_case

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings

CITIZEN = Actor(Role.COMPLAINANT)


def file(
    submission: str, story: str = "โอนเงินแล้วร้านปิดหนี", now: datetime = NOW, **more: object
) -> tuple[str, str, bool]:
    with unit_of_work() as session:
        inbound = intake.Inbound(channel="web", story=story, submission=submission, **more)  # type: ignore[arg-type]
        filed = intake.file_case(session, inbound, CITIZEN, now, KEY)
        found = filed.case.number, filed.secret, filed.fresh
    db.session.remove()
    return found


def how_many(column: object) -> int:
    return db.session.scalar(select(func.count()).select_from(column)) or 0


def last_number() -> int:
    return db.session.scalars(select(CaseCounter.last)).one()


def test_a_case_is_filed_with_its_promises(app: Flask) -> None:
    number, secret = file_case(
        "  ร้านปิดหนีหลังโอนเงิน 3,500 บาท \n",
        now=NOW,
        name="สมหญิง ใจดี",
        phone="0812345678",
        email="somying@example.com",
        lost=350_000,
        province="10",
    )
    session = db.session()
    case = the_case(session, number)
    assert case.state == State.RECEIVED
    assert case.story == "ร้านปิดหนีหลังโอนเงิน 3,500 บาท"
    assert (case.received_at, case.lost, case.province) == (NOW, 350_000, "10")
    assert (case.person.name, case.person.phone) == ("สมหญิง ใจดี", "0812345678")
    assert actions_of(session, number) == ["file"]
    assert letters_of(session, number) == ["receipt"]
    assert sorted(promise.kind for promise in case.promises) == ["classify", "letter"]
    assert all(promise.open and promise.due_at == NOW for promise in case.promises)
    assert len(secret) == 20
    assert secret.isdecimal()
    waker: RecordingWaker = app.extensions["occ_waker"]
    assert sorted(waker.woken) == sorted(promise.id for promise in case.promises)


def test_the_secret_stands_nowhere_in_clear(app: Flask) -> None:
    number, secret = file_case()
    secret_hash = the_case(db.session(), number).secret_hash
    assert secret not in secret_hash
    assert secret_matches(secret, secret_hash)
    other, _ = file_case()
    salt = secret_hash.partition("$")[0]
    assert the_case(db.session(), other).secret_hash.partition("$")[0] != salt


def test_the_same_submission_twice_is_one_case(app: Flask) -> None:
    first = file("again", "เล่าเรื่องครั้งแรก")
    second = file("again", "เล่าเรื่องครั้งที่สอง")
    assert first[2] is True
    assert second == (first[0], first[1], False)
    assert how_many(Case) == how_many(Person) == last_number() == 1
    assert how_many(Promise) == 2
    assert the_case(db.session(), first[0]).story == "เล่าเรื่องครั้งแรก"


def test_another_submission_is_another_case_and_secret(app: Flask) -> None:
    first, second = file("one"), file("two")
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_twenty_copies_at_once_are_one_case(app: Flask) -> None:
    found = at_once(app, 20, lambda _turn: file("copied"))
    numbers, given, fresh = ({row[part] for row in found} for part in (0, 1, 2))
    assert len(numbers) == len(given) == 1, found
    assert fresh == {True, False}
    assert sum(row[2] for row in found) == 1
    assert how_many(Case) == how_many(Person) == 1
    assert how_many(Promise) == 2
    assert last_number() == 1


def test_twenty_complaints_at_once_get_twenty_numbers_in_a_row(app: Flask) -> None:
    found = at_once(app, 20, lambda turn: file(f"own-{turn}"))
    running = sorted(int(number.split("-")[1]) for number, _, _ in found)
    assert running == list(range(1, 21))
    assert len({secret for _, secret, _ in found}) == 20


def test_copies_among_others_leave_no_gap(app: Flask) -> None:
    found = at_once(app, 20, lambda turn: file(f"pair-{turn // 4}"))
    running = sorted({int(number.split("-")[1]) for number, _, _ in found})
    assert running == [1, 2, 3, 4, 5]
    assert last_number() == 5


def file_and_fail(submission: str) -> None:
    """Something breaks after the case was made, before the commit."""
    with unit_of_work() as session:
        intake.file_case(session, intake.Inbound("web", "เล่าเรื่อง", submission), CITIZEN, NOW, KEY)
        raise ZeroDivisionError


def test_a_rollback_gives_its_number_back(app: Flask) -> None:
    file("before")
    with pytest.raises(ZeroDivisionError):
        file_and_fail("broken")
    number, _, _ = file("after")
    assert number.split("-")[1] == "000002"
    assert how_many(Case) == 2
    assert how_many(Promise) == 4


def test_a_rollback_wakes_nobody(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError):
        file_and_fail("broken")
    assert app.extensions["occ_waker"].woken == []


def test_numbers_start_anew_with_the_fiscal_year(app: Flask) -> None:
    # 30 September 2026, 23:59 and 1 October, 00:00 in Bangkok.
    last = file("last", now=datetime(2026, 9, 30, 16, 59, tzinfo=UTC))[0]
    first = file("first", now=datetime(2026, 9, 30, 17, 0, tzinfo=UTC))[0]
    assert last.startswith("69-000001-")
    assert first.startswith("70-000001-")
    assert read_case_number(first.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")).replace("-", " ")) == first


def test_without_a_story_there_is_no_case(app: Flask) -> None:
    with pytest.raises(InvalidInput) as caught:
        file("empty", " \n\t ")
    assert (caught.value.field, caught.value.values["reason"]) == ("story", "required")
    assert how_many(Case) == how_many(CaseCounter) == 0


@pytest.mark.parametrize(("field", "limit"), intake.CONTACT_LIMITS.items())
def test_too_long_a_contact_names_its_field(app: Flask, field: str, limit: int) -> None:
    file("fits", **{field: "ก" * limit})
    with pytest.raises(InvalidInput) as caught:
        file("too long", **{field: "ก" * (limit + 1)})
    assert caught.value.field == field
    assert caught.value.values == {"reason": "too_long", "limit": limit}


@pytest.mark.parametrize("role", [Role.PARTNER, Role.ADMINISTRATOR])
def test_not_everybody_files(app: Flask, role: Role) -> None:
    with pytest.raises(NotAllowed), unit_of_work() as session:
        intake.file_case(session, intake.Inbound("web", "เรื่อง", "x"), actor(role), NOW, KEY)
    assert how_many(Case) == 0


def test_the_hotline_and_the_machine_file_too(app: Flask) -> None:
    desk = actor(Role.AGENT)
    for turn, (who, channel) in enumerate(((desk, "hotline"), (SYSTEM, "email"))):
        with unit_of_work() as session:
            filed = intake.file_case(session, intake.Inbound(channel, "เรื่อง", f"s{turn}"), who, NOW, KEY)
            assert filed.case.events[0].role == who.role.value
            assert filed.case.events[0].account_id == who.account_id


def test_a_chosen_category_counts_and_is_remembered(app: Flask) -> None:
    number = file("chosen", category="seller_fraud", answers={"shop": "ร้านหนึ่ง"})[0]
    case = the_case(db.session(), number)
    assert case.category_code == "seller_fraud"
    assert case.answers == {"shop": "ร้านหนึ่ง", "chosen_category": "seller_fraud"}


def test_an_unknown_choice_is_kept_but_not_believed(app: Flask) -> None:
    number = file("odd", category="no_such_thing")[0]
    case = the_case(db.session(), number)
    assert case.category_code is None
    assert case.answers["chosen_category"] == "no_such_thing"


def test_the_draft_gives_its_files_to_the_case(app: Flask, settings: Settings) -> None:
    limits = Limits(10, 2**20, 2**22)
    with unit_of_work() as session:
        draft, token = drafts.start(session, NOW)
        drafts.save(draft, NOW, {"story": "เล่าไว้ครึ่งหนึ่ง"})
        upload = Upload("แชท.txt", "คุยกับร้าน".encode())
        keep_files(session, [upload], limits, open_store(settings), NOW, draft=draft)
        draft_id = draft.id
    number = file("with a draft", draft_id=draft_id)[0]
    session = db.session()
    case = the_case(session, number)
    assert [file.file_name for file in case.attachments] == ["แชท.txt"]
    assert case.attachments[0].draft_id is None
    kept = drafts.find(session, token)
    assert kept is not None
    assert (kept.case_id, kept.data) == (case.id, {})


def test_deadlines_are_promised_at_once(app: Flask) -> None:
    number = file("dates")[0]
    case = the_case(db.session(), number)
    # The end of Monday; sixty days later to the minute before midnight in Bangkok.
    assert case.triage_by == datetime(2026, 11, 23, 16, 59, tzinfo=UTC)
    assert case.final_by == datetime(2027, 1, 19, 16, 59, tzinfo=UTC)
    assert case.final_by - NOW > timedelta(days=60)


def test_the_complainant_finds_the_case_with_what_was_shown(app: Flask) -> None:
    number, secret, _ = file(secrets.token_hex(8))
    found = follow.find(db.session(), f" #{number.replace('-', ' ')} ", " ".join(secret))
    assert found is not None
    assert found.number == number
