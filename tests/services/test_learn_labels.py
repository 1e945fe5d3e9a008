"""What people say of a case becomes a labelled row, in the same transaction; without consent it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError

from classifiers.rows import is_apart
from complaints.db import db, unit_of_work
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput
from complaints.domain.learning import Kind, LabelledRow
from complaints.services import triage
from complaints.services.learn import labels
from tests.centre import classified, file_case
from tests.services.scene import HOUR, NOW, agent, in_triage, the_case

if TYPE_CHECKING:
    from flask import Flask

STORY = "ซื้อเสื้อกับร้าน แม่มาลีผ้าไทย โอน 0812345678 แล้วเงียบ ผมชื่อ ก้องภพ เมล kongphop.k@gmail.com"


def decide(number: str, code: str, *, urgent: bool | None = None) -> None:
    who = agent()
    with unit_of_work() as session:
        triage.decide(session, the_case(session, number), code, who, NOW + HOUR, urgent=urgent)
    db.session.remove()


def rows_of(number: str) -> list[LabelledRow]:
    found = db.session.scalars(
        select(LabelledRow).join(Case).where(Case.number == number).order_by(LabelledRow.id)
    ).all()
    db.session.expunge_all()
    db.session.remove()
    return list(found)


@pytest.mark.parametrize(
    ("code", "urgent", "kind"),
    [
        ("seller_fraud", None, Kind.ACCEPTED),
        ("purchase_dispute", None, Kind.CHANGED),
        ("purchase_dispute", True, Kind.CHANGED),
        ("seller_fraud", True, Kind.URGENCY),
    ],
)
def test_a_decision_says_how_the_machine_did(app: Flask, code: str, kind: Kind, *, urgent: bool | None) -> None:
    number = in_triage(category="seller_fraud")
    decide(number, code, urgent=urgent)
    (row,) = rows_of(number)
    assert (row.kind, row.category_code, row.urgent) == (kind, code, bool(urgent))
    assert (row.guess_code, row.guess_urgent, row.model_version) == ("seller_fraud", False, "test")
    assert row.account_id is not None
    assert row.apart == is_apart(number)


def test_marking_urgent_alone_labels_the_urgency(app: Flask) -> None:
    number, who = in_triage(), agent()
    with unit_of_work() as session:
        triage.mark_urgent(session, the_case(session, number), who, NOW + HOUR, urgent=True)
    decide(number, "purchase_dispute")
    first, second = rows_of(number)
    assert (first.kind, first.category_code, first.urgent) == (Kind.URGENCY, None, True)
    assert (second.kind, second.category_code, second.urgent) == (Kind.CHANGED, "purchase_dispute", True)


def test_a_person_who_came_before_the_machine(app: Flask) -> None:
    number, _ = file_case(now=NOW)
    decide(number, "purchase_dispute")
    (row,) = rows_of(number)
    assert (row.kind, row.guess_code, row.model_version) == (Kind.UNAIDED, None, "")


def test_no_row_without_consent_nor_of_a_demonstration_nor_of_nothing(app: Flask) -> None:
    silent, shown, early = in_triage(), in_triage(demo=True), file_case(now=NOW)[0]
    with unit_of_work() as session:
        the_case(session, silent).consent_at = None
    for number in (silent, shown):
        decide(number, "purchase_dispute")
        assert rows_of(number) == []
    who = agent()
    with unit_of_work() as session:
        triage.mark_urgent(session, the_case(session, early), who, NOW, urgent=True)
    assert rows_of(early) == []


def test_nothing_by_which_the_case_knows_somebody_is_left(app: Flask) -> None:
    number, _ = file_case(
        STORY,
        now=NOW,
        name="นายก้องภพ ทดสอบระบบ",
        email="kongphop.k@gmail.com",
        line_id="kong_p",
        answers={"seller": "ร้าน แม่มาลีผ้าไทย"},
    )
    classified(number, sure=False)
    decide(number, "seller_fraud")
    (row,) = rows_of(number)
    for mark in ("0812345678", "ก้องภพ", "kongphop", "แม่มาลี"):
        assert mark in STORY
        assert mark not in row.text
    for part in ("ซื้อเสื้อกับร้าน", "แล้วเงียบ"):
        assert part in row.text
    assert the_case(db.session(), number).story == STORY


def test_a_platforms_name_is_nobodys_and_stays(app: Flask) -> None:
    number, _ = file_case("ซื้อใน Shopee Mall ไม่ได้ของ", now=NOW, answers={"seller": "Shopee Mall"})
    classified(number, sure=False)
    decide(number, "purchase_dispute")
    assert "Shopee Mall" in rows_of(number)[0].text


def test_the_row_comes_with_the_decision_or_not_at_all(app: Flask) -> None:
    number, who = in_triage(), agent()

    def half() -> None:
        with unit_of_work() as session:
            case = the_case(session, number)
            triage.decide_and_refer(session, case, "seller_fraud", ["NOBODY"], who, NOW)

    with pytest.raises(InvalidInput):
        half()
    assert rows_of(number) == []


def test_the_row_goes_when_it_shall_and_with_its_case(app: Flask) -> None:
    kept, gone = in_triage(), in_triage()
    for number in (kept, gone):
        decide(number, "purchase_dispute")
    with unit_of_work() as session:
        assert labels.erase(session, the_case(session, gone).id) == 1
    assert rows_of(gone) == []
    assert len(rows_of(kept)) == 1
    with unit_of_work() as session:
        case_id = the_case(session, kept).id
        # Whoever erases a case itself takes its events first, which only the database's owner can.
        for table in ("promise", "decision", "case_identifier"):
            session.execute(text(f"DELETE FROM {table} WHERE case_id = {case_id}"))  # noqa: S608 - a number of our own
        for trigger in ("event_no_DELETE", "event_no_change"):
            at = " ON event" if session.get_bind().dialect.name == "postgresql" else ""
            session.execute(text(f'DROP TRIGGER IF EXISTS "{trigger}"{at}'))
        session.execute(text(f"DELETE FROM event WHERE case_id = {case_id}"))  # noqa: S608 - the same
        session.execute(delete(Case).where(Case.id == case_id))
    assert db.session.scalars(select(LabelledRow)).all() == []


def test_the_database_refuses_a_row_that_contradicts_itself(app: Flask) -> None:
    number = in_triage()
    decide(number, "purchase_dispute")
    for lie in (
        "kind = 'accepted'",
        "kind = 'urgency'",
        "kind = 'unaided'",
        "text = ''",
        "guess_urgent = NULL",
        "kind = 'guessed'",
        "category_code = guess_code",
    ):
        with pytest.raises(IntegrityError), unit_of_work() as session:
            session.execute(text(f"UPDATE labelled_row SET {lie}"))  # noqa: S608 - the lies stand above
        db.session.remove()


def test_one_case_in_five_is_kept_apart_for_good() -> None:
    names = [f"6912-{number:06d}-1" for number in range(2000)]
    apart = [name for name in names if is_apart(name)]
    assert 0.16 < len(apart) / len(names) < 0.24
    assert [name for name in names if is_apart(name)] == apart
