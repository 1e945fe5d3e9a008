"""What people decide is kept to learn from: consented, covered, and gone with its case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.learning import LabelledRow
from complaints.services import triage
from complaints.services.learn import labels
from tests.services.scene import DAY, NOW, agent, in_triage, the_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

STORY = "โอนเข้าบัญชี กสิกร 123-4-56789-0 แล้วร้านเงียบ โทร 081-234-5678 ไม่รับ"


def decided(number: str, code: str = "purchase_dispute", *, urgent: bool = False) -> None:
    desk = agent()
    with unit_of_work() as session:
        triage.decide(session, the_case(session, number), code, desk, NOW + DAY, urgent=urgent)


def rows(number: str) -> Sequence[LabelledRow]:
    case_id = the_case(db.session(), number).id
    return db.session.scalars(select(LabelledRow).where(LabelledRow.case_id == case_id)).all()


def test_a_correction_names_what_the_machine_had_said(app: Flask) -> None:
    number = in_triage(story=STORY)
    decided(number)
    [row] = rows(number)
    assert (row.kind, row.category_code, row.guess_code) == ("changed", "purchase_dispute", "seller_fraud")
    assert row.model_version
    assert "123-4-56789-0" not in row.text
    assert "081-234-5678" not in row.text
    assert "แล้วร้านเงียบ" in row.text


@pytest.mark.parametrize(
    ("code", "urgent", "kind"), [("seller_fraud", False, "accepted"), ("seller_fraud", True, "urgency")]
)
def test_an_accepted_suggestion_is_a_label_too(app: Flask, code: str, kind: str, *, urgent: bool) -> None:
    number = in_triage(story=STORY)
    decided(number, code, urgent=urgent)
    assert [row.kind for row in rows(number)] == [kind]


def test_without_consent_or_of_a_demonstration_nothing_is_kept(app: Flask) -> None:
    silent, shown = in_triage(story=STORY), in_triage(story=STORY, demo=True)
    with unit_of_work() as session:
        the_case(session, silent).consent_at = None
    for number in (silent, shown):
        decided(number)
        assert list(rows(number)) == []


def test_a_decision_that_fails_leaves_no_row(app: Flask) -> None:
    number, desk = in_triage(story=STORY), agent()
    with unit_of_work() as session:
        triage.decide(session, the_case(session, number), "purchase_dispute", desk, NOW, urgent=False)
        assert session.scalars(select(LabelledRow)).one().kind == "changed"
        session.rollback()
    assert list(rows(number)) == []


def test_what_was_learnt_of_a_case_can_be_erased(app: Flask) -> None:
    number, other = in_triage(story=STORY), in_triage(story=STORY)
    for one in (number, other):
        decided(one)
    with unit_of_work() as session:
        assert labels.erase(session, the_case(session, number).id) == 1
    assert list(rows(number)) == []
    assert len(rows(other)) == 1
