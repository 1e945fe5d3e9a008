"""The desk: lists, the case page and every verb on it, without script."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.case import Case
from complaints.domain.lifecycle import DESK, STEPS, State
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services import access, correspond, follow, handle, queues
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Limits, Upload
from complaints.services.evidence.stores import open_store
from complaints.web.desk.verbs import VERBS, offered
from complaints.web.telling import deciding_words, marked, share
from tests.centre import actor, classified, file_case, sign_in
from tests.filing import look_into_all

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from config import Settings

DAY = timedelta(days=1)
SPANS = queues.Spans(3, 7)


@pytest.fixture
def agent(client: FlaskClient) -> FlaskClient:
    sign_in(client, Role.AGENT)
    return client


def text(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def case_now(number: str) -> Case:
    """The case as it stands, loaded afresh; the test lets it go again."""
    db.session.remove()
    return db.session.scalars(select(Case).where(Case.number == number)).one()


def facts(number: str, *names: str) -> tuple[Any, ...]:
    case = case_now(number)
    found = tuple(getattr(case, name) for name in names)
    db.session.remove()
    return found


def step(client: FlaskClient, number: str, verb: str, **form: Any) -> TestResponse:
    form.setdefault("version", facts(number, "version")[0])
    return client.post(f"/desk/case/{number}/{verb}", data=form)


def in_triage(story: str = "ร้านปิดหนีหลังโอนเงิน", category: str = "seller_fraud", **more: Any) -> str:
    urgent, now = more.pop("urgent", False), more.pop("now", None)
    number, _ = file_case(story, now=now, **more)
    classified(number, category, sure=False, urgent=urgent, now=now)
    return number


def referred(category: str = "seller_fraud") -> tuple[str, str]:
    number, secret = file_case()
    classified(number, category)
    return number, secret


def listed(client: FlaskClient, queue: str) -> list[str]:
    page = text(client.get(f"/desk?queue={queue}"))
    return re.findall(r'href="/desk/case/([\d-]+)\?queue=' + queue, page)


def act(number: str, who: Actor, do: Any) -> None:
    with unit_of_work() as session:
        case = access.get_for_change(session, number, who, None)
        do(session, case)
    db.session.remove()


def test_urgent_comes_first_then_the_clock(agent: FlaskClient) -> None:
    now = datetime.now(UTC)
    young = in_triage(now=now - timedelta(hours=1))
    old = in_triage(now=now - 9 * DAY)
    urgent = in_triage(urgent=True, now=now - timedelta(minutes=5))
    assert listed(agent, "triage") == [urgent, old, young]
    assert listed(agent, "urgent") == [urgent]
    assert listed(agent, "deadline") == [old]
    assert listed(agent, "ended") == []


def test_what_comes_back_stands_in_its_queue_until_the_desk_acts(agent: FlaskClient) -> None:
    police = actor(Role.PARTNER)
    declined, _ = referred()
    act(declined, police, lambda s, c: handle.decline(s, c, c.referrals[0], "ไม่ใช่อำนาจ", police, datetime.now(UTC)))
    disputed, secret = referred()
    now = datetime.now(UTC)
    act(disputed, police, lambda _s, c: handle.accept(c, c.referrals[0], police, now))
    act(
        disputed,
        police,
        lambda s, c: handle.answer(s, c, c.referrals[0], "explained", "ชี้แจงแล้ว", None, police, now),
    )
    with unit_of_work() as session:
        case = follow.find(session, disputed, secret)
        assert case is not None
        follow.dispute(session, case, "ยังไม่ได้เงิน", now)
    db.session.remove()
    assert listed(agent, "returned") == [declined]
    assert listed(agent, "answers") == [disputed]
    page = text(agent.get(f"/desk/case/{declined}"))
    assert "ไม่ใช่อำนาจ" in page
    assert step(agent, declined, "note", body="กำลังหาหน่วยงานใหม่").status_code == 303
    assert step(agent, disputed, "note", body="โทรหาแล้ว").status_code == 303
    assert (listed(agent, "returned"), listed(agent, "answers")) == ([], [])


def test_the_counts_agree_with_the_lists(agent: FlaskClient) -> None:
    in_triage()
    in_triage(urgent=True)
    referred()
    with db.session() as session:
        who = Actor(Role.AGENT)
        now = datetime.now(UTC)
        counted = queues.counts(session, who, now, SPANS)
        for name in queues.QUEUES:
            assert counted[name] == len(queues.listed(session, who, name, now, SPANS)), name
            assert counted[name] == queues.count(session, who, name, now, SPANS), name
    assert counted["open"] == 3
    db.session.remove()


def test_a_long_list_needs_no_more_queries_than_a_short_one(agent: FlaskClient) -> None:
    statements: list[str] = []

    def hear(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    in_triage()
    event.listen(db.engine, "before_cursor_execute", hear)
    agent.get("/desk?queue=triage")
    short, statements[:] = len(statements), []
    for _ in range(6):
        in_triage()
    statements[:] = []
    agent.get("/desk?queue=triage")
    event.remove(db.engine, "before_cursor_execute", hear)
    assert len(statements) == short


def test_the_story_is_shown_safely_with_the_deciding_words(agent: FlaskClient) -> None:
    number = in_triage("<b>โอน</b>แล้วหาย")
    page = agent.get(f"/desk/case/{number}").get_data(as_text=True)
    assert "<mark>&lt;b&gt;โ</mark>อน&lt;/b&gt;แล้วหาย" in page
    assert "<b>โอน" not in page


@pytest.mark.parametrize(
    ("evidence_spans", "shown"),
    [
        ([], "abc&lt;def"),
        ([[0, 3, 0.5]], "<mark>abc</mark>&lt;def"),
        ([[2, 5, 0.1], [0, 3, 0.9]], "<mark>abc&lt;d</mark>ef"),
        ([[0, 1, 1], [1, 2, 1]], "<mark>ab</mark>c&lt;def"),
        ([[5, 99, 1]], "abc&lt;d<mark>ef</mark>"),
        ([[-3, 1, 1], [9, 4, 1]], "<mark>a</mark>bc&lt;def"),
    ],
)
def test_spans_are_marked_whatever_they_are(evidence_spans: list[list[float]], shown: str) -> None:
    assert str(marked("abc<def", evidence_spans)) == shown


@pytest.mark.parametrize(
    ("story", "span", "shown"),
    [
        # A tone mark, a vowel below, a leading vowel, sara am: none is torn from its letter.
        ("โดนบล็อกแล้ว", [0, 10, 1], "<mark>โดนบล็อกแล้</mark>ว"),
        ("ที่นี่", [1, 3, 1], "<mark>ที่</mark>นี่"),
        ("ผู้ร้อง", [0, 1, 1], "<mark>ผู้</mark>ร้อง"),
        ("จำนำ", [1, 3, 1], "<mark>จำนำ</mark>"),
        ("กู้ เงิน", [2, 4, 1], "<mark>กู้ </mark>เงิน"),
        ("a\u0301\u0301b", [0, 1, 1], "<mark>a\u0301\u0301</mark>b"),
        ("👨\u200d👩\u200d👧 x", [0, 1, 1], "<mark>👨\u200d👩\u200d👧</mark> x"),
        ("\u0301\u0301", [1, 2, 1], "<mark>\u0301\u0301</mark>"),
        ("<script>&\"'", [0, 10, 1], "<mark>&lt;script&gt;&amp;&#34;</mark>&#39;"),
    ],
)
def test_no_mark_tears_a_letter_apart(story: str, span: list[float], shown: str) -> None:
    assert str(marked(story, [span])) == shown


def test_the_deciding_words_are_told_once_the_weightiest_first() -> None:
    story = "โอนเงิน\nแล้วโดนบล็อก โอนเงิน"
    spans = [[0, 7, 0.2], [8, 20, 0.9], [21, 28, 0.1], [50, 60, 3.0]]
    assert deciding_words(story, spans) == ["แล้วโดนบล็อก", "โอนเงิน"]
    assert deciding_words(story, []) == []


@pytest.mark.parametrize(
    ("confidence", "shown"),
    [(0.0, "0 %"), (0.004, "<1 %"), (0.554, "55 %"), (0.994, "99 %"), (0.9996, ">99 %"), (1.0, "100 %")],
)
def test_almost_sure_is_not_called_sure(confidence: float, shown: str) -> None:
    assert share(confidence) == shown


def test_accepting_the_suggestion_refers_and_brings_the_next_case(agent: FlaskClient) -> None:
    now = datetime.now(UTC)
    first, second = in_triage(now=now - 2 * DAY), in_triage(now=now - DAY)
    page = text(agent.get(f"/desk/case/{first}?queue=triage"))
    assert "ไม่มั่นใจ 55 %" in page
    done = step(agent, first, "accept", category="seller_fraud", queue="triage")
    assert (done.status_code, done.location) == (303, f"/desk/case/{second}?queue=triage")
    case = case_now(first)
    assert case.state == State.REFERRED
    assert [referral.agency_code for referral in case.referrals] == ["POLICE"]
    assert [(row.decided_by, row.category_code) for row in case.decisions] == [
        ("machine", "seller_fraud"),
        ("person", "seller_fraud"),
    ]
    db.session.remove()
    assert f"รับข้อเสนอและส่งต่อ {first} รอหน่วยงานยืนยันรับ" in text(agent.get(done.location))


def keyed(page: str, key: str) -> str:
    """The category that the button of a key accepts; empty when there is none."""
    found = re.search(rf'name="category" value="(\w+)">\s*<button[^>]*data-key="{key}"', page)
    return found[1] if found else ""


def test_the_second_guess_is_one_key_away(agent: FlaskClient) -> None:
    number = in_triage(category="health_product")
    page = text(agent.get(f"/desk/case/{number}?queue=triage"))
    assert (keyed(page, "enter"), keyed(page, "2")) == ("health_product", "general_inquiry")
    assert "รองลงมา: " in page
    assert "· 2 %" in page
    # The centre itself answers that kind: decided, but sent to nobody, and the case stays before the agent.
    done = step(agent, number, "accept", category="general_inquiry", queue="triage")
    assert done.location == f"/desk/case/{number}?queue=triage"
    case = case_now(number)
    assert (case.category_code, case.state, case.referrals) == ("general_inquiry", State.TRIAGE, [])
    assert case.decisions[-1].decided_by == "person"
    db.session.remove()
    page = text(agent.get(done.location))
    assert "ศูนย์ตอบเรื่องนี้เอง" in page
    assert (keyed(page, "enter"), keyed(page, "2")) == ("health_product", "")


def test_correcting_may_send_to_several_to_the_own_agency_or_to_nobody(agent: FlaskClient) -> None:
    several, own, nobody = in_triage(), in_triage(), in_triage()
    step(
        agent,
        several,
        "decide",
        category="purchase_dispute",
        where="chosen",
        agencies=["OCPB", "FDA"],
        urgent="1",
        note="ขอให้ประสานกัน",
    )
    case = case_now(several)
    assert (case.category_code, case.urgent, case.state) == ("purchase_dispute", True, State.REFERRED)
    assert [(row.agency_code, row.note) for row in case.referrals] == [
        ("OCPB", "ขอให้ประสานกัน"),
        ("FDA", "ขอให้ประสานกัน"),
    ]
    step(agent, own, "decide", category="health_product", where="own")
    assert [row.agency_code for row in case_now(own).referrals] == ["FDA"]
    step(agent, nobody, "decide", category="health_product", where="nowhere")
    case = case_now(nobody)
    assert (case.category_code, case.state, case.referrals) == ("health_product", State.TRIAGE, [])
    db.session.remove()


def test_a_stale_page_overwrites_nothing_tells_what_changed_and_keeps_what_was_typed(
    app: Flask, agent: FlaskClient
) -> None:
    number = in_triage()
    seen = facts(number, "version")[0]
    other = app.test_client()
    sign_in(other, Role.SUPERVISOR)
    assert step(other, number, "decide", category="health_product", where="nowhere").status_code == 303
    answer = step(agent, number, "ask", version=seen, body="ขอเลขพัสดุด้วยค่ะ")
    page = text(answer)
    assert answer.status_code == 409
    assert "มีผู้แก้ไขเรื่องนี้ไปก่อนแล้ว" in page or "ข้อมูลที่คุณเห็นไม่ใช่ล่าสุด" in page
    assert "กำหนดประเภท" in page
    assert "ทดสอบ supervisor" in page
    assert re.search(r"<textarea[^>]*id=\"ask-body\"[^>]*>\s*ขอเลขพัสดุด้วยค่ะ", page)
    assert facts(number, "state", "category_code") == (State.TRIAGE, "health_product")
    fresh = re.search(r'name="version" value="(\d+)"', page)
    assert fresh is not None
    assert step(agent, number, "ask", version=fresh[1], body="ขอเลขพัสดุด้วยค่ะ").status_code == 303
    assert facts(number, "state") == (State.WAITING,)


def test_a_form_without_a_version_is_stale(agent: FlaskClient) -> None:
    assert step(agent, in_triage(), "note", version="", body="x").status_code == 409


def test_where_that_kind_goes_may_be_the_centre_itself(agent: FlaskClient) -> None:
    number = in_triage()

    answer = step(agent, number, "decide", category="general_inquiry", where="own")

    assert answer.status_code == 303
    assert facts(number, "state", "category_code") == ("triage", "general_inquiry")


@pytest.mark.parametrize(
    ("verb", "form", "field"),
    [
        ("ask", {"body": "  "}, "ask-body"),
        ("write", {"body": ""}, "write-body"),
        ("note", {"body": ""}, "note-body"),
        ("refer", {"note": "ด่วน"}, "refer-agencies"),
        ("refer", {"agencies": "CENTRE"}, "refer-agencies"),
        ("resolve", {"answer": "แนะนำแล้ว"}, "resolve-outcome"),
        ("resolve", {"outcome": "explained", "answer": ""}, "resolve-answer"),
        ("reject", {"body": ""}, "reject-body"),
        ("merge", {"into": "70-000001-1"}, "merge-into"),
        ("withdraw", {"body": ""}, "withdraw-body"),
        ("decide", {"category": "", "note": "ลองดู"}, "decide-category"),
        ("decide", {"category": "seller_fraud", "where": "chosen"}, "decide-agencies"),
        ("accept", {"category": "no_such"}, "decide-category"),
    ],
)
def test_what_is_missing_is_named_and_nothing_typed_is_lost(
    agent: FlaskClient, verb: str, form: dict[str, str], field: str
) -> None:
    number = in_triage()
    before = facts(number, "state", "version")
    answer = step(agent, number, verb, **form)
    page = text(answer)
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    for typed in (words for name, words in form.items() if name in {"body", "answer", "note", "into"}):
        assert typed in page
    assert facts(number, "state", "version") == before


def test_a_question_stops_the_clock_and_the_telephone_answer_starts_it(agent: FlaskClient) -> None:
    number = in_triage()
    assert step(agent, number, "ask", body="ขอสลิปโอนเงิน").status_code == 303
    assert facts(number, "state", "resume_state") == (State.WAITING, State.TRIAGE)
    assert "หยุดรอ" in text(agent.get(f"/desk/case/{number}"))
    assert step(agent, number, "reply", body="ผู้ร้องแจ้งว่าโอนทางพร้อมเพย์").status_code == 303
    case = case_now(number)
    assert case.state == State.TRIAGE
    assert [(row.kind, row.channel, row.public) for row in case.messages] == [
        ("question", "web", True),
        ("reply", "hotline", True),
    ]
    db.session.remove()


def test_messages_go_out_and_notes_stay_in(agent: FlaskClient) -> None:
    number = in_triage(email="somchai@example.com")
    step(agent, number, "write", body="ได้รับเรื่องแล้วค่ะ")
    step(agent, number, "note", body="ผู้ร้องเสียงสั่น")
    case = case_now(number)
    assert [(row.kind, row.public) for row in case.messages] == [("message", True), ("note", False)]
    assert [row.payload["letter"] for row in case.promises if row.kind == PromiseKind.LETTER.value] == [
        "receipt",
        "message",
    ]
    db.session.remove()


def test_the_centre_answers_and_calls_the_agencies_back(agent: FlaskClient) -> None:
    number, _ = referred()
    step(agent, number, "resolve", outcome="explained", answer="ทำตามนี้ค่ะ")
    case = case_now(number)
    assert (case.state, case.outcome, case.resolution) == (State.RESOLVED, "explained", "ทำตามนี้ค่ะ")
    assert [row.state for row in case.referrals] == ["recalled"]
    db.session.remove()


def test_refuse_withdraw_and_merge(agent: FlaskClient) -> None:
    refused, withdrawn, twin, kept = in_triage(), in_triage(), in_triage(), in_triage()
    step(agent, refused, "reject", body="เรื่องแรงงาน โปรดโทร 1506")
    step(agent, withdrawn, "withdraw", body="ผู้ร้องโทรมาขอถอน 10:00")
    assert step(agent, twin, "merge", into=kept.replace("-", " ")).status_code == 303
    assert facts(refused, "state") == (State.OUT_OF_SCOPE,)
    assert facts(withdrawn, "state") == (State.WITHDRAWN,)
    kept_id = facts(kept, "id")[0]
    assert facts(twin, "state", "merged_into_id") == (State.MERGED, kept_id)
    letter = [row.payload for row in case_now(twin).promises if row.payload.get("letter") == "merged"]
    assert letter[0]["into"] == kept
    db.session.remove()
    assert f'href="/desk/case/{kept}"' in text(agent.get(f"/desk/case/{twin}"))


def test_urgency_changes_without_deciding_anything_else(agent: FlaskClient) -> None:
    number = in_triage()
    step(agent, number, "urgent", urgent="1")
    assert facts(number, "urgent") == (True,)
    step(agent, number, "urgent", urgent="0")
    case = case_now(number)
    assert (case.urgent, len(case.decisions)) == (False, 1)
    db.session.remove()


@pytest.mark.parametrize("state", list(State))
def test_only_possible_steps_are_offered(state: State) -> None:
    case = Case(state=state.value, category_code="seller_fraud", referrals=[])
    names = {verb.name for verb in offered(case, Actor(Role.AGENT))}
    for verb in VERBS.values():
        allowed = all(state in STEPS[need].sources and STEPS[need].roles & DESK for need in verb.needs)
        assert verb.name not in names or allowed
        if allowed and verb.name not in {"accept", "queue"}:
            assert verb.name in names


def test_an_impossible_step_is_refused_with_the_page(agent: FlaskClient) -> None:
    number = in_triage()
    step(agent, number, "reject", body="นอกอำนาจ")
    answer = step(agent, number, "refer", agencies="POLICE")
    assert answer.status_code == 409
    assert "สถานะของเรื่องเปลี่ยนไปแล้ว" in text(answer)
    assert agent.post(f"/desk/case/{number}/explode").status_code == 404


@pytest.mark.parametrize("part", ["thread", "timeline", "files", "referrals", "decisions", "nonsense"])
def test_every_part_of_a_full_case_is_shown_in_both_languages(
    agent: FlaskClient, settings: Settings, part: str
) -> None:
    number, secret = referred()
    police, now = actor(Role.PARTNER), datetime.now(UTC)
    act(number, police, lambda _s, c: handle.accept(c, c.referrals[0], police, now))
    act(number, police, lambda s, c: handle.ask(s, c, c.referrals[0], "ขอสลิป", police, now))
    with unit_of_work() as session:
        case = follow.find(session, number, secret)
        assert case is not None
        correspond.write_in(session, case, "แนบแล้วค่ะ", follow.complainant_of(case), now)
        limits = Limits(5, 10**6, 10**7)
        keep_files(session, [Upload("สลิป.txt", "โอนแล้ว".encode())], limits, open_store(settings), now, case=case)
    act(
        number,
        police,
        lambda s, c: handle.answer(s, c, c.referrals[0], "refunded_part", "คืนแล้ว", 50_050, police, now),
    )
    look_into_all(settings)
    db.session.remove()
    for language in ("th", "en"):
        answer = agent.get(f"/desk/case/{number}?part={part}&lang={language}")
        assert answer.status_code == 200
    if part == "timeline":
        assert "500.50 baht recovered" in text(answer)
    if part == "files":
        link = re.search(rf'href="(/desk/case/{number}/file/\d+)"', text(answer))
        assert link is not None
        got = agent.get(link[1])
        assert (got.status_code, got.data.decode()) == (200, "โอนแล้ว")
        assert got.mimetype == "text/plain"
        original = agent.get(f"{link[1]}?original=1")
        assert original.data.decode() == "โอนแล้ว"
        assert original.headers["Content-Disposition"].startswith("attachment")
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in got.headers["Content-Security-Policy"]
        got.close()


def test_search_finds_numbers_phones_names_and_words_inside_a_run(agent: FlaskClient) -> None:
    wanted = in_triage("ซื้อกระทะเหล็กจากเพจแล้วโดนบล็อก", name="สมชาย ใจดี", phone="0812223333")
    in_triage("เรื่องอื่น 100%")
    for asked in (wanted, wanted.replace("-", ""), "0812223333", "081-222-3333", "เหล็ก", "กระทะ บล็อก", "สมชาย"):
        page = text(agent.get("/desk", query_string={"q": asked}))
        assert re.findall(r'href="/desk/case/([\d-]+)\?', page) == [wanted], asked
    assert "ไม่มีเรื่องในรายการนี้" in text(agent.get("/desk", query_string={"q": "ไม่มีคำนี้"}))


def test_an_identifier_leads_to_the_other_cases_that_name_it(agent: FlaskClient) -> None:
    first, second = in_triage(), in_triage()
    page = text(agent.get(f"/desk/case/{first}"))
    assert "อยู่ในเรื่องอื่นอีก 1 เรื่อง" in page
    for place in (r'href="(/desk/identifier/\d+)"', r'href="(/desk\?identifier=\d+)"'):
        link = re.search(place, page)
        assert link is not None
        page = text(agent.get(link[1]))
        assert set(re.findall(r'href="/desk/case/([\d-]+)\?', page)) == {first, second}


def entry(**more: str) -> dict[str, str]:
    typed = {
        "submission": "one-and-the-same",
        "story": "ผู้ร้องแจ้งว่าโอนเงินค่าโทรศัพท์แล้วถูกบล็อก",
        "phone": "๐๘๑-๒๒๒-๓๓๓๓",
        "lost": "๓,๕๐๐.๕๐",
        "consent": "1",
        "language": "th",
    }
    return typed | more


def test_a_hotline_complaint_is_filed_once_and_its_secret_read_out(agent: FlaskClient) -> None:
    assert agent.get("/desk/new").status_code == 200
    pages = [text(agent.post("/desk/new", data=entry(category="seller_fraud"))) for _ in range(2)]
    cases = db.session.scalars(select(Case)).all()
    assert len(cases) == 1
    case = cases[0]
    assert (case.channel, case.lost, case.person.phone) == ("hotline", 350_050, "0812223333")
    assert case.category_code == "seller_fraud"
    number = case.number
    db.session.remove()
    for page in pages:
        groups = re.search(r'class="secret-groups"[^>]*>(.*?)</p>', page, re.DOTALL)
        assert groups is not None
        secret = "".join(re.findall(r"\d{4}", groups[1]))
        assert number in page
        assert follow.find(db.session(), number, secret) is not None
        db.session.remove()


def test_the_entry_form_keeps_what_was_typed_and_names_what_is_wrong(agent: FlaskClient) -> None:
    answer = agent.post("/desk/new", data=entry(lost="มาก", day="32/13/2569", phone="12", story="", consent=""))
    page = text(answer)
    assert answer.status_code == 422
    for name in ("story", "lost", "day", "phone", "consent"):
        assert f'href="#{name}"' in page, name
    assert 'value="32/13/2569"' in page
    assert 'value="one-and-the-same"' in page
    db.session.remove()
    assert db.session.scalars(select(Case)).all() == []
    db.session.remove()


def test_when_the_money_left_is_read_in_thai_time(agent: FlaskClient) -> None:
    agent.post("/desk/new", data=entry(day="๒๐/๑๑/๒๕๖๘", clock="14.05 น.", urgent="1"))
    case = db.session.scalars(select(Case)).one()
    assert case.transferred_at == datetime(2025, 11, 20, 7, 5, tzinfo=UTC)
    assert case.urgent
    db.session.remove()


def test_what_failed_is_shown_with_its_reason_and_can_be_tried_again(agent: FlaskClient) -> None:
    number = in_triage(email="somchai@example.com")
    with unit_of_work() as session:
        promise = session.scalars(select(Promise).where(Promise.kind == PromiseKind.LETTER.value)).one()
        promise.miss(datetime.now(UTC), "550 no such mailbox", final=True)
        promise_id = promise.id
    db.session.remove()
    for page in (text(agent.get("/desk/failures")), text(agent.get(f"/desk/case/{number}"))):
        assert "550 no such mailbox" in page
    assert agent.post(f"/desk/failures/{promise_id}/retry", data={"back": "case"}).location == f"/desk/case/{number}"
    db.session.remove()
    assert db.session.get_one(Promise, promise_id).open
    db.session.remove()
    assert "ไม่มีงานค้าง" in text(agent.get("/desk/failures"))
    assert agent.post("/desk/failures/999999/retry").status_code == 404


def test_a_supervisor_has_the_desk_and_the_way_to_the_figures(client: FlaskClient) -> None:
    sign_in(client, Role.SUPERVISOR)
    number = in_triage()
    page = text(client.get("/desk"))
    assert number in page
    assert 'href="/oversight"' in page
    assert step(client, number, "note", body="ดูแล้ว").status_code == 303
