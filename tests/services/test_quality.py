"""Quality samples: drawn by lot that can be repeated, looked at once by somebody else, and what follows of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.errors import DomainError, InvalidInput, NotAllowed, NotFound, StepImpossible
from complaints.domain.learning import LabelledRow
from complaints.domain.period import Period
from complaints.domain.quality import POINTS, QualityItem, QualityReview, QualitySample
from complaints.domain.thai_time import local_day
from complaints.services import centre, correspond, follow, triage
from complaints.services.quality import drawing, reviewing
from tests.centre import actor, classified, file_case
from tests.services.scene import DAY, HOUR, NOW, agent, at_once, in_triage, the_case

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Select

    from complaints.domain.actor import Actor

SPAN = Period(local_day(NOW) - 6 * DAY, local_day(NOW))
# The Monday after: the week of NOW is over.
LATER = NOW + 4 * DAY
RIGHT = dict.fromkeys(POINTS, "yes")


def lead() -> Actor:
    return actor(Role.SUPERVISOR)


def decided(who: Actor, category: str = "seller_fraud") -> str:
    """A case that somebody referred."""
    number = in_triage(NOW - HOUR)
    with unit_of_work() as session:
        triage.decide_and_refer(session, the_case(session, number), category, ["POLICE"], who, NOW)
    db.session.remove()
    return number


def sent_alone() -> str:
    """A case that the machine referred without a person."""
    number, _ = file_case(now=NOW)
    classified(number, now=NOW)
    return number


def draw(who: Actor | None = None, size: int = 3) -> dict[str, int | None]:
    """The numbers that were drawn, and whose work each is."""
    with unit_of_work() as session:
        made = drawing.draw(session, SPAN, size, who, NOW)
        found = {session.get_one(Case, row.case_id).number: row.account_id for row in made}
    db.session.remove()
    return found


def item_of(number: str) -> int:
    found = db.session.scalar(select(QualityItem.id).join(Case).where(Case.number == number))
    db.session.remove()
    assert found is not None
    return found


def look(number: str, who: Actor, comment: str = "", right: str = "", **scores: str) -> None:
    with unit_of_work() as session:
        item = session.scalars(select(QualityItem.id).join(Case).where(Case.number == number)).one()
        reviewing.review(session, item, RIGHT | scores, comment, right, who, NOW)


def test_the_lot_can_be_repeated_and_takes_every_kind_in_turn() -> None:
    found = {"a": list(range(50)), "b": [100, 101], "c": [200]}
    drawn = drawing.choose("seed", "7", found, 4)
    assert drawn == drawing.choose("seed", "7", {kind: ids[::-1] for kind, ids in reversed(found.items())}, 4)
    assert len({case // 100 for case in drawn[:3]}) == 3
    assert sorted(drawing.choose("seed", "7", found, 999)) == sorted([*range(50), 100, 101, 200])
    assert len({tuple(drawing.choose(str(seed), "7", found, 4)) for seed in range(20)}) > 1


def test_no_case_is_drawn_twice_and_nobody_draws_the_own_work(app: Flask) -> None:
    desk, head = agent(), lead()
    theirs, own = [decided(desk) for _ in range(3)], decided(head)
    alone = sent_alone()
    in_triage(NOW)
    first = draw(head, size=2)
    assert own not in first
    assert first[alone] is None
    assert sorted(map(str, first.values())) == sorted(map(str, [None, desk.account_id, desk.account_id]))
    second = draw()
    assert {**first, **second} == {**dict.fromkeys(theirs, desk.account_id), own: head.account_id, alone: None}
    assert not set(first) & set(second)
    with pytest.raises(InvalidInput):
        draw(head)
    sample = db.session.scalars(select(QualitySample).order_by(QualitySample.id)).first()
    assert sample is not None
    again = {
        case
        for whose, pool in sample.drawn_from.items()
        for case in drawing.choose(sample.seed, whose, pool, sample.size)
    }
    assert again == set(db.session.scalars(select(QualityItem.case_id).where(QualityItem.sample_id == sample.id))), (
        "what is kept tells how it was drawn"
    )
    with pytest.raises(IntegrityError):
        db.session.execute(
            QualityItem.__table__.insert().values(sample_id=sample.id, case_id=next(iter(again)), account_id=None)  # type: ignore[attr-defined]
        )
    db.session.rollback()


def test_the_clock_draws_each_week_once(app: Flask) -> None:
    number = decided(agent())

    def week(_turn: int = 0) -> int:
        with unit_of_work() as session:
            return drawing.draw_week(session, LATER)

    assert sorted(at_once(app, 3, week)) == [0, 0, 1]
    assert week() == 0
    sample = db.session.scalars(select(QualitySample)).one()
    assert (sample.first, sample.last) == (date(2026, 11, 16), date(2026, 11, 22))
    db.session.remove()
    assert item_of(number)
    with unit_of_work() as session:
        centre.change_profile(session, {"sample_size": "0"}, NOW)
        assert drawing.draw_week(session, LATER + 7 * DAY) == 0
        assert session.scalar(select(func.count()).select_from(QualitySample)) == 1


def test_a_review_is_kept_answered_once_and_teaches_the_machine(app: Flask) -> None:
    desk, head = agent(), lead()
    wrong, fine, own, alone = decided(desk), decided(desk), decided(head), sent_alone()
    draw(size=9)
    with unit_of_work() as session:
        case = the_case(session, wrong)
        triage.ask(session, case, "ขอสลิป", desk, NOW)
        correspond.write_in(session, case, "แนบแล้ว", follow.complainant_of(case), NOW + HOUR)
    db.session.remove()
    refused: list[tuple[dict[str, str], str, str, str]] = [
        ({"words": "maybe"}, "", "", "words"),
        ({"category": "none"}, "", "", "category"),
        ({"complete": "no"}, " ", "", "comment"),
        ({"complete": "no"}, "ก" * 501, "", "comment"),
        ({"category": "no"}, "ผิด", "", "right_code"),
        ({"category": "no"}, "ผิด", "seller_fraud", "right_code"),
    ]
    for scores, comment, right, field in refused:
        with pytest.raises(InvalidInput) as error:
            look(wrong, head, comment, right, **scores)
        assert error.value.field == field
    for who, number, kind in ((desk, wrong, NotAllowed), (head, own, NotAllowed)):
        with pytest.raises(kind):
            look(number, who)

    def at_the_same_time(_turn: int) -> DomainError | None:
        try:
            look(wrong, head, "เป็นข้อพิพาทการซื้อขาย", "purchase_dispute", category="no", words="partly")
        except StepImpossible as error:
            return error
        return None

    assert [done.values for done in at_once(app, 3, at_the_same_time) if done] == [{"reason": "reviewed_already"}] * 2
    look(fine, head, in_time="none", complete="partly")
    look(alone, head, agency="none")
    session = db.session()
    case = the_case(session, wrong)
    assert (case.category_code, case.decisions[-1].account_id) == ("purchase_dispute", head.account_id)
    assert case.heard_at == NOW + HOUR, "whoever waits for the desk waits still"
    row = session.scalars(
        select(LabelledRow).where(LabelledRow.case_id == case.id).order_by(LabelledRow.id.desc())
    ).first()
    assert row is not None
    assert (row.kind, row.category_code, row.guess_code) == ("changed", "purchase_dispute", "seller_fraud")
    assert [item.case.number for item in reviewing.waiting(session, head)] == [], "one's own is nobody's to review"
    assert [item.case.number for item in reviewing.waiting(session, desk)] == [own]
    averages = {one.account_id: one for one in reviewing.averages(session, NOW + HOUR)}
    # Nothing for the kind, half for the words, half for what was complete: 14 of 18 with what did not apply left out.
    assert (averages[desk.account_id].reviews, str(averages[desk.account_id].whole)) == (2, "77.78")
    assert str(averages[desk.account_id].right["category"]) == "50.00"
    assert (averages[None].reviews, averages[None].right["agency"]) == (1, None), "nought of nought is no figure"
    assert reviewing.averages(session, NOW + timedelta(days=91)) == []
    db.session.remove()
    _answers(desk, head, wrong, alone, own)


def _answers(desk: Actor, head: Actor, wrong: str, alone: str, own: str) -> None:
    """Whoever did the work answers once, nobody else, and nothing of it can be changed."""
    item = item_of(wrong)
    with unit_of_work() as session:
        for who, number in ((head, wrong), (desk, alone), (desk, own)):
            with pytest.raises(NotFound):
                reviewing.answer(session, session.scalars(_item(number)).one(), "ไม่จริง", who, NOW)
        with pytest.raises(InvalidInput):
            reviewing.answer(session, item, " ", desk, NOW)
        reviewing.answer(session, item, "รับทราบ จะดูให้ละเอียดขึ้น", desk, NOW)
    with pytest.raises(StepImpossible), unit_of_work() as session:
        reviewing.answer(session, item, "อีกครั้ง", desk, NOW)
    ((found, said),) = [pair for pair in reviewing.reviews(db.session(), desk.account_id) if pair[0].item_id == item]
    assert said is not None
    assert (found.comment, said.text) == ("เป็นข้อพิพาทการซื้อขาย", "รับทราบ จะดูให้ละเอียดขึ้น")
    db.session.remove()
    for statement in (update(QualityReview).values(comment="x"), text("DELETE FROM quality_answer")):
        with pytest.raises(DatabaseError, match="only grows"), unit_of_work() as session:
            session.execute(statement)


def _item(number: str) -> Select[int]:
    return select(QualityItem.id).join(Case).where(Case.number == number)


def test_a_closed_case_is_put_right_too(app: Flask) -> None:
    desk, head = agent(), lead()
    number = in_triage(NOW - HOUR)
    with unit_of_work() as session:
        case = the_case(session, number)
        triage.decide(session, case, "seller_fraud", desk, NOW)
        triage.resolve(session, case, "explained", "ชี้แจงแล้ว", desk, NOW)
        follow.confirm(case, NOW + HOUR)
        last = case.final_by
    draw()
    look(number, head, "ผิดประเภท", "purchase_dispute", category="no")
    case = the_case(db.session(), number)
    assert (case.category_code, case.state, case.final_by) == ("purchase_dispute", "closed", last)
    db.session.remove()
