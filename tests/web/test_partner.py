"""The partner face: an agency's own referrals, and what it does with them."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import SYSTEM, Role
from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.lifecycle import Action, ReferralState, State
from complaints.services import access, correspond, follow, handle, triage
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Limits, Upload
from complaints.services.evidence.stores import open_store
from tests.centre import actor, classified, file_case, sign_in
from tests.filing import look_into_all

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from config import Settings

PHONE = "0812223333"
OCPB = "officer@ocpb.example"


@pytest.fixture
def officer(client: FlaskClient) -> FlaskClient:
    sign_in(client, Role.PARTNER)
    return client


def text(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def case_now(number: str) -> Case:
    """The case as it stands, loaded afresh; the test lets it go again."""
    db.session.remove()
    return db.session.scalars(select(Case).where(Case.number == number)).one()


def referred(category: str = "seller_fraud", **more: Any) -> tuple[str, str]:
    now = more.get("now")
    number, secret = file_case(name="มาลี ใจงาม", phone=PHONE, **more)
    classified(number, category, now=now)
    return number, secret


def step(client: FlaskClient, number: str, verb: str, referral: int = 0, **form: Any) -> TestResponse:
    case = case_now(number)
    referral_id = case.referrals[referral].id
    form.setdefault("version", case.version)
    db.session.remove()
    return client.post(f"/partner/case/{number}/{referral_id}/{verb}", data=form)


def cards(client: FlaskClient, queue: str = "todo") -> list[str]:
    return re.findall(r'card-number" href="/partner/case/([\d-]+)"', text(client.get(f"/partner?queue={queue}")))


def test_own_cases_stand_by_deadline_and_others_are_not_there(officer: FlaskClient) -> None:
    now = datetime.now(UTC)
    young, _ = referred(now=now)
    old, _ = referred(now=now - timedelta(days=8))
    foreign, _ = referred("purchase_dispute")
    assert cards(officer) == [old, young]
    assert officer.get(f"/partner/case/{foreign}").status_code == 404
    assert officer.get(f"/partner/case/{old}").status_code == 200
    step(officer, old, "accept")
    assert cards(officer) == [young, old], "an accepted case has longer"
    step(officer, old, "ask", body="ขอสลิป")
    assert (cards(officer), cards(officer, "waiting")) == ([young], [old])


def test_receipt_acceptance_result_with_thai_digits(officer: FlaskClient) -> None:
    number, _ = referred()
    assert step(officer, number, "acknowledge").status_code == 303
    assert case_now(number).referrals[0].state == ReferralState.ACKNOWLEDGED
    assert step(officer, number, "accept", **{"from": "queue"}).location == "/partner?queue=todo"
    done = step(officer, number, "result", outcome="refunded_part", answer="คืนบางส่วนแล้ว", recovered="๓,๕๐๐.๕๐")
    assert done.status_code == 303
    case = case_now(number)
    referral = case.referrals[0]
    assert (case.state, referral.state, referral.recovered) == (State.RESOLVED, ReferralState.ANSWERED, 350_050)
    assert (case.outcome, case.resolution) == ("refunded_part", "คืนบางส่วนแล้ว")
    db.session.remove()
    assert cards(officer, "done") == [number]
    page = text(officer.get(f"/partner/case/{number}"))
    assert "ได้เงินคืน 3,500.50 บาท" in page
    assert re.findall(rf"/partner/case/{number}/\d+/(\w+)", page) == ["note"], "only a note is left"


def test_a_result_given_at_once_accepts_on_the_way(officer: FlaskClient) -> None:
    number, _ = referred()
    assert step(officer, number, "result", outcome="case_filed", answer="รับแจ้งความแล้ว").status_code == 303
    case = case_now(number)
    assert [event.action for event in case.events][-2:] == [Action.ACCEPT, Action.ANSWER]
    assert case.referrals[0].recovered is None
    db.session.remove()


@pytest.mark.parametrize(
    ("verb", "form", "field"),
    [
        ("result", {"outcome": "", "answer": "ทำแล้ว"}, "result-outcome"),
        ("result", {"outcome": "explained", "answer": " "}, "result-answer"),
        ("result", {"outcome": "refunded_full", "answer": "คืนครบ", "recovered": "มากมาย"}, "result-recovered"),
        ("result", {"outcome": "refunded_full", "answer": "คืนครบ", "recovered": "-5"}, "result-recovered"),
        ("back", {"reason": ""}, "back-reason"),
        ("ask", {"body": ""}, "ask-body"),
        ("write", {"body": ""}, "write-body"),
        ("note", {"body": ""}, "note-body"),
    ],
)
def test_what_is_missing_is_named_and_nothing_half_done_is_kept(
    officer: FlaskClient, verb: str, form: dict[str, str], field: str
) -> None:
    number, _ = referred()
    answer = step(officer, number, verb, **form)
    page = text(answer)
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    for name in ("answer", "recovered"):
        assert form.get(name, "").strip() in page
    assert case_now(number).referrals[0].state == ReferralState.SENT
    db.session.remove()


def test_sent_back_before_and_after_accepting(officer: FlaskClient) -> None:
    declined, _ = referred()
    returned, _ = referred()
    assert step(officer, declined, "back", reason="เป็นเรื่องของ สคบ.").location == "/partner?queue=todo"
    step(officer, returned, "accept")
    step(officer, returned, "back", reason="ต้องส่ง ดีเอสไอ")
    assert case_now(declined).referrals[0].state == ReferralState.DECLINED
    assert case_now(returned).referrals[0].state == ReferralState.RETURNED
    assert case_now(declined).state == State.TRIAGE
    db.session.remove()
    assert officer.get(f"/partner/case/{declined}").status_code == 404, "what was declined is no longer theirs to see"


def test_stale_card_is_refused_and_tells_what_changed(officer: FlaskClient) -> None:
    number, _ = referred()
    agent = actor(Role.AGENT)
    seen = case_now(number).version
    db.session.remove()
    with unit_of_work() as session:
        triage.note(session, access.get_for_change(session, number, agent, None), "โทรแล้ว", agent, datetime.now(UTC))
    db.session.remove()
    answer = step(officer, number, "result", version=seen, outcome="explained", answer="อธิบายแล้วครับ")
    page = text(answer)
    assert answer.status_code == 409
    assert "อธิบายแล้วครับ" in page
    assert "สิ่งที่เปลี่ยนไป" in page
    assert case_now(number).state == State.REFERRED
    db.session.remove()


def test_contact_details_are_folded_and_opening_them_is_recorded(officer: FlaskClient) -> None:
    number, _ = referred()
    version = case_now(number).version
    db.session.remove()
    assert PHONE not in text(officer.get(f"/partner/case/{number}"))
    assert officer.get(f"/partner/case/{number}/person").status_code == 405
    opened = officer.post(f"/partner/case/{number}/person")
    assert opened.status_code == 200
    assert PHONE in text(opened)
    assert PHONE not in text(officer.get(f"/partner/case/{number}"))
    case = case_now(number)
    event = case.events[-1]
    officer_id = event.account_id
    assert (event.action, event.public, event.agency_code) == (Action.VIEW_PERSON, False, "POLICE")
    assert officer_id is not None
    assert case.version == version, "looking makes nobody's page stale"
    db.session.remove()
    assert step(officer, number, "accept", version=version).status_code == 303


def test_after_the_end_contact_details_stay_closed(officer: FlaskClient) -> None:
    number, _ = referred()
    step(officer, number, "result", outcome="explained", answer="อธิบายแล้ว")
    assert officer.post(f"/partner/case/{number}/person").status_code == 403
    assert PHONE not in text(officer.get(f"/partner/case/{number}"))
    db.session.remove()
    assert db.session.scalars(select(Event).where(Event.action == Action.VIEW_PERSON.value)).all() == []
    db.session.remove()


def test_inner_words_stay_with_whoever_wrote_them(officer: FlaskClient) -> None:
    number, _ = referred()
    agent, ocpb = actor(Role.AGENT), actor(Role.PARTNER, OCPB)
    now = datetime.now(UTC)
    with unit_of_work() as session:
        case = access.get_for_change(session, number, agent, None)
        triage.note(session, case, "ความลับของศูนย์", agent, now)
    with unit_of_work() as session:
        case = access.get_for_change(session, number, agent, None)
        triage.decide_and_refer(session, case, "seller_fraud", ["OCPB"], agent, now)
    with unit_of_work() as session:
        case = access.get_for_change(session, number, ocpb, None)
        handle.note(session, case, case.referrals[1], "ความลับของ สคบ.", ocpb, now)
        correspond.write_out(session, case, "ข้อความถึงผู้ร้อง", ocpb, now, case.referrals[1])
    db.session.remove()
    step(officer, number, "note", body="ของเราเอง")
    page = text(officer.get(f"/partner/case/{number}"))
    assert "ความลับ" not in page
    assert "ของเราเอง" in page
    assert "ข้อความถึงผู้ร้อง" in page


def test_nobody_acts_on_another_agencys_referral(officer: FlaskClient) -> None:
    number, _ = referred()
    agent = actor(Role.AGENT)
    with unit_of_work() as session:
        case = access.get_for_change(session, number, agent, None)
        triage.decide_and_refer(session, case, "seller_fraud", ["OCPB"], agent, datetime.now(UTC))
    db.session.remove()
    for verb in ("acknowledge", "accept", "back", "result", "ask", "write", "note"):
        answer = step(officer, number, verb, referral=1, body="x", reason="x", outcome="explained", answer="x")
        assert answer.status_code == 404, verb
    assert case_now(number).referrals[1].state == ReferralState.SENT
    db.session.remove()


def test_the_complainants_word_is_marked_until_the_agency_acts(officer: FlaskClient) -> None:
    number, secret = referred()
    step(officer, number, "accept")
    with unit_of_work() as session:
        case = follow.find(session, number, secret)
        assert case is not None
        correspond.write_in(session, case, "มีหลักฐานเพิ่ม", follow.complainant_of(case), datetime.now(UTC))
    db.session.remove()
    assert "ผู้ร้องเขียนมา" in text(officer.get("/partner"))
    officer.post(f"/partner/case/{number}/person")
    assert "ผู้ร้องเขียนมา" in text(officer.get("/partner")), "looking up a phone number is no answer"
    step(officer, number, "write", body="ได้รับแล้ว")
    assert "ผู้ร้องเขียนมา" not in text(officer.get("/partner"))


def test_a_file_is_served_to_the_agency_that_has_the_case(officer: FlaskClient, settings: Settings, app: Flask) -> None:
    number, _ = referred()
    with unit_of_work() as session:
        case = access.get_case(session, number, SYSTEM)
        kept = keep_files(
            session,
            [Upload("แชต.txt", "คุยกัน".encode())],
            Limits(5, 10**6, 10**7),
            open_store(settings),
            datetime.now(UTC),
            case=case,
        )
        file_id = kept[0].id
    db.session.remove()
    held = officer.get(f"/partner/case/{number}/file/{file_id}")
    assert (held.status_code, "กำลังตรวจไฟล์นี้" in text(held)) == (409, True)
    look_into_all(settings)
    got = officer.get(f"/partner/case/{number}/file/{file_id}")
    assert (got.status_code, got.data.decode()) == (200, "คุยกัน")
    got.close()
    foreign, _ = referred()
    assert officer.get(f"/partner/case/{foreign}/file/{file_id}").status_code == 404
    other = app.test_client()
    sign_in(other, Role.PARTNER, OCPB)
    assert other.get(f"/partner/case/{number}/file/{file_id}").status_code == 404


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(("verb", "field"), [("back", "reason"), ("result", "answer")])
def test_what_is_too_long_is_named_where_it_was_typed(
    officer: FlaskClient, verb: str, field: str, *, accepted: bool
) -> None:
    number, _ = referred()
    if accepted or verb == "result":
        step(officer, number, "accept")
    refused = step(officer, number, verb, outcome="explained", **{field: "ก" * 10_001})
    assert refused.status_code == 422
    page = text(refused)
    assert f'href="#{verb}-{field}"' in page
    assert f'id="{verb}-{field}"' in page
    assert case_now(number).referrals[0].is_open
    db.session.remove()
