"""The search: what is found, by whom, in which order, and that the index follows every change."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, text

from classifiers.identifiers import Identifiers
from complaints.db import db, unit_of_work
from complaints.domain.actor import SYSTEM, Actor, Role
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.search import SearchText
from complaints.services import access, correct, correspond, link
from complaints.services.search import finding, keeping, nearly, saved, snippets, wanted
from tests.centre import actor, classified, file_case

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

TODAY = date(2026, 11, 27)
OCPB = "officer@ocpb.example"


def numbers(asked: str = "", who: Actor = SYSTEM, after: str = "", size: int = 20, **filters: str) -> list[str]:
    want, errors = wanted.read({"q": asked, **filters}, TODAY)
    assert errors == []
    found = finding.find(db.session(), who, want, after, size)
    shown = [hit.case.number for hit in found.hits]
    db.session.remove()
    return shown


def _write_and_fail(session: Session, number: str) -> None:
    access.get_case(session, number, SYSTEM).story = "ไม่ถูกเก็บ"
    session.flush()
    raise NotFound


def change(number: str, body: str, *, public: bool, agency: str | None = None) -> None:
    role = Role.PARTNER if agency else Role.AGENT
    with unit_of_work() as session:
        case = access.get_case(session, number, SYSTEM)
        writer = Actor(role, agency=agency)
        kind = "message" if public else "note"
        correspond.say(session, case, body, writer, datetime.now(UTC), kind=kind, public=public)
    db.session.remove()


@pytest.mark.parametrize(
    ("story", "asked"),
    [
        ("ข้ามทางม้าลายหน้าห้าง", "ม้าลาย"),
        ("น้ำท่วมบ้าน", "นำทวม"),
        ("โทรมาจาก ๐๘๑-๒๓๔-๕๖๗๘", "0812345678"),
        ("โทรมาจาก 0812345678", "๒๓๔ ๕๖๗"),
        ("เบอร์ +66 81 234 5678 โทรมา", "081-234-5678"),
        ("ร้าน HAPPY Shop ปิดหนี", "happyshop"),
        ("หลอกผ่านเฟสบุ๊ค", "facebook"),
        ("หลอกให้กู้เงินนอกระบบ", "กู้"),
        ("ซื้อยาจากเพจ", "ยา"),
        ("ถูกหลอกให้โอนเงินผ่านแอป", "โอนเงืนผ่านแอป"),
        ("ร้านปิดหนีหลังโอนเงิน", "โอนเงินปิดหนี"),
        ("เสียงดังมากกกกก", "ดังมาก"),
        ("ค่า\u200bสินค้า 3,500 บาท", "ค่าสินค้า 3500"),
        ("The seller blocked me at once", "SELLER blocked"),
    ],
)
def test_what_people_type_finds_what_others_wrote(app: Flask, story: str, asked: str) -> None:
    number, _ = file_case(story)
    file_case("เรื่องอื่นที่ไม่เกี่ยวกันเลย")
    assert numbers(asked) == [number]


def test_line_is_not_found_in_online(app: Flask) -> None:
    number, _ = file_case("ทักมาทางไลน์")
    file_case("สินค้าออนไลน์ไม่ตรงปก")
    assert numbers("ไลน์") == numbers("line") == [number]


def test_exact_comes_first_then_all_words_then_words_apart_and_nearly_only_without_them(app: Flask) -> None:
    nearly_so, _ = file_case("ร้านกระทะทองคลำ")
    apart, _ = file_case("กระทะใบใหญ่จากร้านขายทองคำ")
    together, _ = file_case("ร้านชื่อกระทะทองคำ")
    newest, _ = file_case("กระทะทองคำอีกราย")
    assert numbers("กระทะทองคำ") == [newest, together, apart]
    assert numbers("กระทะทองคลาม") == [nearly_so]
    assert numbers(apart)[0] == apart
    assert numbers(apart.replace("-", ""))[0] == apart


def test_an_identifier_stands_before_the_same_digits_in_words(app: Flask) -> None:
    named, _ = file_case("ถูกหลอก")
    classified(named)
    said, _ = file_case("โอนจาก 0800000000 ของเราเอง")
    want, _ = wanted.read({"q": "080-000-0000"}, TODAY)
    found = finding.find(db.session(), SYSTEM, want)
    assert ([hit.case.number for hit in found.hits], found.named) == ([named], True), "whoever is named is meant"
    assert numbers("080-000-0000", after=found.after) == [said], "the words come on the next page"
    assert numbers("080-000-0001", after=found.after) == []
    assert numbers("0000", identifier="0800000")[0] == named
    written, _ = file_case("เฟซบุ๊กถูกแฮก")
    owner, _ = file_case("ไม่ได้รับสินค้า", line_id="facebook")
    assert numbers("facebook") == [owner, written], "a word is no number: what it names hides no story"


def test_pages_follow_one_another_without_gap_or_repeat(app: Flask) -> None:
    filed = [file_case(f"กระทะ {'ทองคำ' if turn % 2 else 'และทองคำ'}")[0] for turn in range(7)]
    want, _ = wanted.read({"q": "กระทะทองคำ"}, TODAY)
    seen: list[str] = []
    after = ""
    for _ in range(10):
        found = finding.find(db.session(), SYSTEM, want, after, size=2)
        seen += [hit.case.number for hit in found.hits]
        after = found.after
        if not after:
            break
        file_case("กระทะทองคำ ที่มาระหว่างอ่าน")
    assert seen == [*filed[1::2][::-1], *filed[::2][::-1]]
    db.session.remove()


def test_an_agency_finds_its_own_cases_and_what_it_may_read_of_them(app: Flask) -> None:
    number, _ = file_case("ถูกหลอกขายกระทะ", name="มาลี ใจดี", phone="0891112222")
    classified(number)
    other, _ = file_case("กระทะของคนอื่น")
    change(number, "ผู้ต้องสงสัยชื่อวิหค", public=False)
    change(number, "ตรวจสำนวนพญานาคแล้ว", public=False, agency="POLICE")
    change(number, "ขอสลิปมังกร", public=True)
    desk, police, ocpb = actor(Role.AGENT), actor(Role.PARTNER), actor(Role.PARTNER, OCPB)
    assert numbers("กระทะ", desk) == [other, number]
    assert numbers("กระทะ", police) == [number]
    assert numbers("กระทะ", ocpb) == numbers(number, ocpb) == numbers("", ocpb, channel="web") == []
    for asked in ("วิหค", "ผู้ต้องสงสัยชื่อวิหก", "มาลี", "0891112222", "1112222"):
        assert numbers(asked, desk) == [number], asked
        assert numbers(asked, police) == [], asked
    for asked in ("พญานาค", "มังกร"):
        assert numbers(asked, police) == numbers(asked, desk) == [number], asked
    assert numbers("กระทะ", Actor(Role.ADMINISTRATOR)) == []


def test_the_snippet_shows_no_more_than_may_be_read(app: Flask) -> None:
    number, _ = file_case("ถูกหลอกขายกระทะ")
    classified(number)
    change(number, "กระทะ กระทะ กระทะ ความลับ", public=False)
    want, _ = wanted.read({"q": "กระทะ"}, TODAY)
    police = actor(Role.PARTNER)
    case = access.get_case(db.session(), number, SYSTEM)
    shown = snippets.snippet(case, want.question, police)
    assert [run for run, marked in shown.runs if marked] == ["กระทะ"]
    assert shown.place == "story"
    db.session.remove()


def test_a_mark_takes_whole_letters_and_the_beginning_is_cut(app: Flask) -> None:
    number, _ = file_case("ก" * 100 + " บ้านน้ำท่วมแล้ว " + "ข" * 300)
    want, _ = wanted.read({"q": "นำทวม"}, TODAY)
    case = access.get_case(db.session(), number, SYSTEM)
    runs = snippets.snippet(case, want.question, SYSTEM).runs
    assert [run for run, marked in runs if marked] == ["น้ำท่วม"]
    assert runs[0][0] == runs[-1][0] == "…"
    db.session.remove()


def test_the_index_follows_every_change_in_its_transaction(app: Flask) -> None:
    number, _ = file_case("ถูกหลอก", name="มาลี")
    change(number, "หลักฐานกระทะ", public=True)
    assert numbers("กระทะ") == [number]
    with unit_of_work() as session:
        case = access.get_case(session, number, SYSTEM)
        case.messages[0].body = "หลักฐานหม้อ"
        case.person.name = ""
        case.story = "ถูกโกง"
    assert (numbers("กระทะ"), numbers("มาลี"), numbers("ถูกหลอก")) == ([], [], [])
    assert numbers("หม้อ ถูกโกง") == [number]
    with pytest.raises(NotFound), unit_of_work() as session:
        _write_and_fail(session, number)
    assert (numbers("ไม่ถูกเก็บ"), numbers("ถูกโกง")) == ([], [number])


def test_an_identifier_put_in_by_hand_is_found_and_one_taken_out_is_not(app: Flask) -> None:
    number, _ = file_case("ถูกหลอก")
    now = datetime.now(UTC)
    with unit_of_work() as session:
        case = access.get_case(session, number, SYSTEM)
        link.keep_identifiers(session, case, Identifiers(line_ids=["shop99"]), now)
        tie = case.identifiers[0].identifier_id
    assert numbers("shop99") == numbers("hop9") == [number]
    agent = actor(Role.AGENT)
    with unit_of_work() as session:
        case = access.get_case(session, number, SYSTEM)
        correct.remove_identifier(session, case, tie, "misread", agent, now)
    assert numbers("shop99") == numbers("hop9") == []


def test_what_is_missing_from_the_index_is_written_by_a_rebuild(app: Flask) -> None:
    number, _ = file_case("กระทะเหล็ก")
    file_case("หม้อดิน")
    with unit_of_work() as session:
        session.execute(delete(SearchText))
    assert numbers("กระทะ") == []
    with unit_of_work() as session:
        written, last = keeping.rebuild(session)
        assert written == 2
        assert keeping.rebuild(session, last) == (0, last)
        assert keeping.rebuild(session) == (0, 0)
    assert numbers("กระทะ") == [number]
    with unit_of_work() as session:
        session.execute(text("UPDATE search_text SET folding = 0"))
        assert keeping.rebuild(session)[0] == 2


def test_filters_narrow_in_either_era(app: Flask) -> None:
    moment = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    old, _ = file_case("กระทะ", now=moment - timedelta(days=10), lost=350_000)
    new, _ = file_case("กระทะ", channel="hotline", now=moment, lost=100_000)
    classified(old)
    assert numbers("กระทะ", since="21/11/2569") == numbers("", since="2026-11-21") == [new]
    assert numbers("กระทะ", until="20 พ.ย. 69") == numbers("", until="20/11/2026") == [old]
    assert numbers("กระทะ", least="๓,๕๐๐") == numbers("", most="3500", least="1000.01") == [old]
    assert numbers("กระทะ", channel="hotline") == numbers("", state="received") == [new]
    assert numbers("กระทะ", category="seller_fraud") == numbers("", agency="POLICE") == [old]
    assert numbers("", identifier="080-000") == [old]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"q": "... ้้"}, "q"),
        ({"since": "31/2/2569"}, "since"),
        ({"least": "มาก"}, "least"),
        ({"state": "nonsense"}, "state"),
        ({"since": "21/11/2569", "until": "20/11/2026"}, "until"),
        ({"least": "5", "most": "4"}, "most"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(form: dict[str, str], field: str) -> None:
    _, errors = wanted.read(form, TODAY)
    assert [error.field for error in errors] == [field]


@pytest.mark.parametrize("after", ["", "x", "1.", "9.5", "1.999999999999999999999", "0.-1", "3.1"])
def test_a_made_up_page_begins_at_the_beginning(app: Flask, after: str) -> None:
    number, _ = file_case("กระทะ")
    assert numbers("กระทะ", after=after) == [number]


def test_a_saved_search_is_its_owners_alone(app: Flask) -> None:
    agent, other, now = actor(Role.AGENT), actor(Role.SUPERVISOR), datetime.now(UTC)
    with unit_of_work() as session:
        first = saved.keep(session, agent, " งาน  ของฉัน ", {"q": "กระทะ"}, now)
        assert saved.keep(session, agent, "งาน ของฉัน", {"q": "หม้อ"}, now) is first
        saved.keep(session, other, "งาน ของฉัน", {"state": "closed"}, now)
        for name, asked in (("", {"q": "x"}), ("ก" * 81, {"q": "x"}), ("ว่าง", {})):
            with pytest.raises(InvalidInput):
                saved.keep(session, agent, name, asked, now)
        mine = [(row.name, row.asked) for row in saved.kept(session, agent)]
        assert mine == [("งาน ของฉัน", {"q": "หม้อ"})]
        with pytest.raises(NotFound):
            saved.drop(session, other, first.id)
        saved.drop(session, agent, first.id)
        assert list(saved.kept(session, agent)) == []
        assert len(saved.kept(session, other)) == 1


def test_saved_searches_have_an_end(app: Flask) -> None:
    agent, now = actor(Role.AGENT), datetime.now(UTC)
    with unit_of_work() as session:
        for turn in range(saved.MOST):
            saved.keep(session, agent, f"งาน {turn}", {"q": "กระทะ"}, now)
        with pytest.raises(InvalidInput):
            saved.keep(session, agent, "อีกหนึ่ง", {"q": "กระทะ"}, now)


def _fewest(term: str, text: str) -> int:
    """The fewest mistakes over all places of a text, counted the slow way."""
    older, old, last, best = [0] * (len(term) + 1), list(range(len(term) + 1)), "", len(term)
    for place, sign in enumerate(text):
        row = [0]
        for at in range(1, len(term) + 1):
            least = min(old[at - 1] + (term[at - 1] != sign), old[at] + 1, row[at - 1] + 1)
            if place and at > 1 and (term[at - 1], term[at - 2]) == (last, sign):
                least = min(least, older[at - 2] + 1)
            row.append(least)
        best = min(best, row[-1])
        older, old, last = old, row, sign
    return best


def test_mistakes_are_counted_as_the_slow_way_counts_them() -> None:
    chance = random.Random(1212)
    for _ in range(3000):
        term, text = (
            "".join(chance.choices("abc", k=chance.randint(least, most))) for least, most in ((3, 9), (0, 14))
        )
        assert nearly.measure(term, text)[0] == _fewest(term, text), (term, text)


@pytest.mark.parametrize(
    ("term", "words", "most", "expected"),
    [
        ("กระทะ", "ซื้อกระทะมา", 1, (0, "กระทะ")),
        ("กระทะ", "ซื้อกระทามา", 1, (1, "กระทา")),
        ("telegram", "ใน telegarm กลุ่ม", 1, (1, "telegarm")),
        ("กระทะ", "ซื้อกะทิมา", 1, None),
        ("abcdefghi", "xxabXdefYhixx", 2, (2, "abXdefYhi")),
        ("abcdefghi", "xxaXcdXfYhixx", 2, None),
    ],
)
def test_the_nearest_place_is_found(term: str, words: str, most: int, expected: tuple[int, str] | None) -> None:
    near = nearly.nearest(term, words, most)
    assert (near and (near.mistakes, words[near.start : near.end])) == expected
