"""What seems to be the same again is suggested as soon as it is filed, with its reason; people tie and tell apart."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, event, func, select

from classifiers.resemblance import marks, resemblance
from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.errors import InvalidInput
from complaints.domain.search import SearchText, StoryMark
from complaints.domain.tie import CaseTie
from complaints.services import alike, tie, triage
from complaints.services.search import keeping
from tests.centre import file_case, sign_in
from tests.services.scene import NOW, actions_of, agent, at_once, in_triage, the_case

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

STORY = (
    "สั่งกระเป๋าจากเพจขายของออนไลน์ โอนเงินไปสามพันห้าร้อยบาทเมื่อวันจันทร์ แม่ค้าบอกจะส่งของภายในสามวัน "
    "พอทวงถามก็บล็อกไลน์หนีไป ตอนนี้เพจปิดไปแล้ว อยากได้เงินคืน"
)
# The same with another beginning, one sentence less and its tone marks forgotten.
RETOLD = STORY.replace("แม่ค้าบอกจะส่งของภายในสามวัน ", "").replace("่", "").replace("้", "") + " ช่วยด้วยนะคะ"
OTHER = (
    "หน่วยงานโทรมาอ้างว่าเป็นตำรวจ บอกว่าบัญชีของแม่พัวพันคดีฟอกเงิน ให้เปิดกล้องแล้วโอนเงินไปตรวจสอบ "
    "แม่กลัวมากเลยโอนไปสองรอบ มารู้ทีหลังว่าโดนหลอก"
)


def beside(number: str) -> list[tuple[str, str, bool, tuple[str, ...], tuple[str, ...]]]:
    """What is suggested beside a case: number, kind, whether the story is told again, and what they have in common."""
    who = agent()
    rows = alike.of_case(db.session(), the_case(db.session(), number), who)
    found = [(row.case.number, row.kind.value, row.story > 0, row.named, row.person) for row in rows]
    db.session.remove()
    return found


def test_stories_that_are_nearly_the_same_share_marks_and_others_do_not() -> None:
    assert set(marks(STORY)) & set(marks(RETOLD))
    assert not set(marks(STORY)) & set(marks(OTHER))
    assert marks(STORY) == marks(STORY)
    assert marks("ร้านปิดหนีหลังโอนเงิน") == marks("") == []
    assert resemblance(STORY, RETOLD) > alike.SAME_STORY > resemblance(STORY, OTHER)
    assert resemblance(STORY, "") == 0


def test_what_is_alike_is_suggested_with_its_reasons_the_nearest_first(app: Flask) -> None:
    respondent = in_triage(story=OTHER)
    story, _ = file_case(RETOLD)
    twice = in_triage(story=RETOLD, phone="0812345678")
    file_case("เรื่องอื่นของคนเดียวกัน", phone="0812345678")
    number, _ = file_case(STORY, phone="0812345678")
    assert beside(number) == [
        (twice, "twice", True, (), ("phone",)),
        (story, "story", True, (), ()),
    ]
    assert [row[:2] for row in beside(respondent)] == [(twice, "respondent")]
    # An agency sees nothing of cases that it does not have.
    police = Actor(Role.PARTNER, agency="POLICE")
    assert alike.of_case(db.session(), the_case(db.session(), number), police) == []


def test_a_suggestion_costs_a_few_queries_however_many_cases_are_alike(app: Flask) -> None:
    for _ in range(alike.MOST_OF_RESPONDENT + 2):
        in_triage(story=OTHER)
    number = in_triage(story=STORY)
    asked: list[str] = []
    who = agent()
    session = db.session()
    case = the_case(session, number)
    event.listen(db.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    found = alike.of_case(session, case, who)
    assert len(found) == alike.MOST_OF_RESPONDENT
    assert len(asked) <= 12, asked


def test_what_is_settled_is_suggested_no_more(app: Flask) -> None:
    first, second, third = (in_triage(story=STORY) for _ in range(3))
    who = agent()
    with unit_of_work() as session:
        tie.tie(session, the_case(session, third), first, "ผู้ขายคนเดียวกัน", who, NOW)
        tie.tell_apart(session, the_case(session, third), second, who, NOW)
    db.session.remove()
    assert (beside(third), [row[0] for row in beside(first)]) == ([], [second])
    rows = tie.of_case(db.session(), the_case(db.session(), first), who)
    assert [(other.number, made.reason, made.made_by.login) for made, other in rows] == [
        (third, "ผู้ขายคนเดียวกัน", "agent@centre.example")
    ]
    assert [actions_of(db.session(), number)[-1] for number in (first, second, third)] == ["tie", "queue", "tie"]
    db.session.remove()
    with unit_of_work() as session:
        tie.untie(session, the_case(session, first), third, who, NOW)
        tie.untie(session, the_case(session, second), third, who, NOW)
        triage.merge(session, the_case(session, second), the_case(session, first), who, NOW)
    db.session.remove()
    assert [row[0] for row in beside(third)] == [first]
    assert (beside(second), [row[0] for row in beside(first)]) == ([], [third])
    rows_kept = db.session.scalar(select(func.count()).select_from(CaseTie))
    assert rows_kept == 2
    db.session.remove()
    for number, reason in (("69-999999-9", "x"), (first, "x"), (second, " ")):
        with pytest.raises(InvalidInput), unit_of_work() as session:
            tie.tie(session, the_case(session, first), number, reason, who, NOW)
        db.session.remove()


def test_two_who_tie_the_same_pair_at_once_make_one_tie(app: Flask) -> None:
    one, other = in_triage(), in_triage()
    who = agent()

    def job(turn: int) -> None:
        with unit_of_work() as session:
            here, there = (one, other) if turn % 2 else (other, one)
            tie.tie(session, the_case(session, here), there, f"ครั้งที่ {turn}", who, NOW)

    assert set(at_once(app, 4, job)) == {None}
    standing = select(func.count()).select_from(CaseTie).where(CaseTie.undone_at.is_(None))
    assert db.session.scalar(standing) == 1


def test_marks_of_older_cases_are_made_by_whoever_rebuilds_the_search(app: Flask) -> None:
    number, _ = file_case(STORY)
    with unit_of_work() as session:
        session.execute(delete(StoryMark))
        session.execute(SearchText.__table__.update().values(folding=keeping.FOLDING - 1))
    with unit_of_work() as session:
        keeping.rebuild(session)
    case_id = the_case(db.session(), number).id
    kept = db.session.scalars(select(StoryMark.mark).where(StoryMark.case_id == case_id)).all()
    assert set(kept) == set(marks(STORY))


def test_the_desk_sees_suggestions_beside_the_case_and_settles_them(app: Flask, client: FlaskClient) -> None:
    first, _ = file_case(STORY, phone="0812345678")
    second, _ = file_case(RETOLD, phone="0812345678")
    third, _ = file_case(STORY)
    sign_in(client, Role.AGENT)

    def page(number: str) -> str:
        return html.unescape(client.get(f"/desk/case/{number}?lang=en").get_data(as_text=True))

    shown = page(second)
    assert f"Merge {second} into {first}" in shown
    assert "complainant: same phone" in shown
    assert "The same story" in shown
    refused = client.post(f"/desk/case/{second}/tie", data={"other": "12", "reason": "เพราะ"})
    assert refused.status_code == 422
    told = html.unescape(refused.get_data(as_text=True))
    assert "There is no case of this number." in told
    assert 'value="เพราะ"' in told
    done = client.post(f"/desk/case/{second}/tie", data={"other": third, "reason": "ร้านเดียวกัน"})
    assert done.status_code == 303
    assert "ร้านเดียวกัน" in page(third)
    assert client.post(f"/desk/case/{second}/tie", data={"other": first, "do": "apart"}).status_code == 303
    assert "Merge" not in page(second).split('id="links-title"')[1].split("</section>")[0]
    assert client.post(f"/desk/case/{third}/tie", data={"other": second, "do": "untie"}).status_code == 303
    assert "Tied together by the desk" not in page(third)
