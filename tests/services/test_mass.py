"""One respondent, many complainants: each keeps the own outcome, one letter reaches whoever stayed."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, insert, select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput
from complaints.domain.identifier import CaseIdentifier, Identifier
from complaints.domain.mass import MISTAKE, WISH, MassMember
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services import broadcast, follow, mass, paging, promises, triage
from complaints.services.broadcast import Words
from tests.centre import actor, sign_in
from tests.services.scene import DAY, HOUR, NOW, actions_of, agent, at_once, in_triage, letters_of, states, the_case

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask
    from flask.testing import FlaskClient

# What the machine finds in every case of these tests.
PHONE = "0800000000"
MANY = 10_000
OUTCOMES = ("explained", "refunded_full")


def opened(*numbers: str, name: str = "ร้านกระเป๋า") -> int:
    who = agent()
    with unit_of_work() as session:
        made = mass.begin(session, name, who, NOW)
        for number in numbers:
            mass.join(session, made, the_case(session, number), who, NOW)
        mass_id = made.id
    db.session.remove()
    return mass_id


def leaves(number: str, reason: str = WISH) -> None:
    with unit_of_work() as session:
        case = the_case(session, number)
        mass.leave(session, case, reason, follow.complainant_of(case), NOW)
    db.session.remove()


def written(mass_id: int, form: str = "one", english: str = "", at: datetime = NOW + HOUR) -> int:
    """Write a letter to all; returns its id."""
    boss = actor(Role.SUPERVISOR)
    with unit_of_work() as session:
        letter = broadcast.write(session, mass.get(session, mass_id), Words("มีข่าวถึงทุกคน", english), form, boss, at)
        letter_id = letter.id
    db.session.remove()
    return letter_id


def sent() -> int:
    """Keep the promised letters as a worker does, one batch after the other; returns the batches."""
    batches, more = 0, True
    while more:
        with unit_of_work() as session:
            open_one = select(Promise.id).where(Promise.kind == PromiseKind.BROADCAST.value, Promise.done_at.is_(None))
            promise = promises.for_result(session, session.scalars(open_one).one())
            assert promise is not None
            more = broadcast.send_some(session, promise, NOW + 2 * HOUR)
            batches += 1
        db.session.remove()
    return batches


def test_one_letter_reaches_each_who_stayed_once_and_answers_nobody(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "BATCH", 2)
    stayed = [in_triage() for _ in range(3)]
    left, gone, twin, english, late = in_triage(), in_triage(), in_triage(), in_triage(language="en"), in_triage()
    mass_id = opened(*stayed, left, gone, twin, english)
    leaves(left)
    who = agent()
    with unit_of_work() as session:
        triage.withdraw(session, the_case(session, gone), "โทรมาขอถอน", who, NOW)
        triage.merge(session, the_case(session, twin), the_case(session, stayed[0]), who, NOW)
        the_case(session, stayed[1]).heard_at = NOW
    db.session.remove()
    assert written(mass_id) == written(mass_id, english="again")
    with unit_of_work() as session:
        mass.join(session, mass.get(session, mass_id), the_case(session, late), who, NOW + DAY)
    db.session.remove()
    assert sent() == 3
    told = [
        number
        for number in (*stayed, left, gone, twin, english, late)
        if "broadcast" in actions_of(db.session(), number)
    ]
    assert told == [*stayed, english]
    for number in told:
        assert letters_of(db.session(), number)[-1] == "message"
        assert [row.body for row in the_case(db.session(), number).messages] == ["มีข่าวถึงทุกคน"]
    # Whoever waits for an answer still waits, and nobody's case has moved.
    assert the_case(db.session(), stayed[1]).heard_at == NOW
    assert {states(db.session(), number)[0] for number in told} == {"triage"}
    rows = mass.letters(db.session(), mass.get(db.session(), mass_id))
    assert (broadcast.delivered(db.session(), rows), rows[0].finished_at) == ({rows[0].id: 4}, NOW + 2 * HOUR)
    db.session.remove()
    second = written(mass_id, "two", english="News for all", at=NOW + 2 * DAY)
    assert (second != rows[0].id, sent()) == (True, 3)
    assert the_case(db.session(), english).messages[-1].body == "News for all"
    assert len(the_case(db.session(), late).messages) == 1


def test_a_case_stands_in_one_mass_case_and_whoever_went_alone_is_not_taken_back_in_bulk(app: Flask) -> None:
    one, other, third = in_triage(), in_triage(), in_triage()
    mass_id = opened(one, other)
    who = agent()

    def joins(number: str, into: int) -> str:
        try:
            with unit_of_work() as session:
                mass.join(session, mass.get(session, into), the_case(session, number), who, NOW)
        except InvalidInput as error:
            return str(error.values["reason"])
        finally:
            db.session.remove()
        return ""

    elsewhere = opened(name="ร้านรองเท้า")
    assert joins(one, elsewhere) == "mass_member"
    leaves(one)
    leaves(other, MISTAKE)
    with unit_of_work() as session:
        phone = session.scalars(select(Identifier).where(Identifier.value == PHONE)).one()
        added = mass.join_naming(session, mass.get(session, mass_id), phone, who, NOW)
    db.session.remove()
    assert added == 2
    found = mass.page_of(db.session(), mass.get(db.session(), mass_id), who)
    assert [row.number for row in found.rows] == [third, other]
    assert mass.counts(db.session(), mass.get(db.session(), mass_id)).left == 1
    db.session.remove()
    assert joins(one, mass_id) == ""
    with pytest.raises(InvalidInput), unit_of_work() as session:
        mass.leave(session, the_case(session, one), "whim", who, NOW)
    db.session.remove()
    for name in (" ", "ก" * 201):
        with pytest.raises(InvalidInput), unit_of_work() as session:
            mass.begin(session, name, who, NOW)
        db.session.remove()


def test_many_who_join_or_write_at_once_make_one_row_and_one_letter(app: Flask) -> None:
    number, other = in_triage(), in_triage()
    mass_id = opened(other)
    who = agent()
    phone = db.session.scalars(select(Identifier.id).where(Identifier.value == PHONE)).one()

    def job(turn: int) -> None:
        with unit_of_work() as session:
            found = mass.get(session, mass_id)
            if turn % 2:
                mass.join_naming(session, found, session.get_one(Identifier, phone), who, NOW)
            else:
                broadcast.write(session, found, Words("ข่าว"), "same form", who, NOW)

    assert set(at_once(app, 6, job)) == {None}
    assert db.session.scalar(select(func.count()).select_from(MassMember)) == 2
    assert db.session.scalar(select(func.count()).where(Promise.kind == PromiseKind.BROADCAST.value)) == 1
    assert number != other


def test_counts_are_right_at_ten_thousand_children(app: Flask) -> None:
    model = in_triage(lost=100)
    who = agent()
    with unit_of_work() as session:
        case = the_case(session, model)
        phone = case.identifiers[0].identifier_id
        plain = {column.key: getattr(case, column.key) for column in Case.__mapper__.column_attrs if column.key != "id"}
        ended = {"state": "resolved", "resolved_at": NOW, "due_at": None, "promised_by": None, "desk_at": None}
        rows = [
            plain
            | {"number": f"M{turn}", "submission_hash": None}
            | (
                ended | {"outcome": "refunded_full" if turn % 2 else "explained"}
                if turn % 10 == 0 or turn % 10 == 1
                else {}
            )
            for turn in range(MANY - 1)
        ]
        session.execute(insert(Case), rows)
        made = session.scalars(select(Case.id).where(Case.number.like("M%"))).all()
        session.execute(
            insert(CaseIdentifier),
            [{"case_id": one, "identifier_id": phone, "found_by": "machine"} for one in made],
        )
        found = mass.begin(session, "เพจใหญ่", who, NOW)
        assert mass.join_naming(session, found, session.get_one(Identifier, phone), who, NOW) == MANY
        mass_id = found.id
    db.session.remove()
    leaves("M5")
    leaves("M6", MISTAKE)
    session = db.session()
    found = mass.get(session, mass_id)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    counts = mass.counts(session, found)
    assert len(asked) == 2
    assert (counts.cases, counts.open, counts.lost, counts.left) == (9998, 7998, 999_800, 1)
    assert counts.outcomes == {"refunded_full": 1000, "explained": 1000}
    first = mass.page_of(session, found, who)
    second = mass.page_of(session, found, who, first.before)
    assert (len(first.rows), second.rows[0].id < first.rows[-1].id) == (paging.PAGE, True)


def test_the_desk_opens_fills_and_writes_and_the_citizen_goes_alone(app: Flask, client: FlaskClient) -> None:
    one, other = in_triage(lost=3_000_000), in_triage(lost=1_120_000)
    phone = db.session.scalars(select(Identifier.id).where(Identifier.value == PHONE)).one()
    db.session.remove()
    sign_in(client, Role.AGENT)

    def page(browser: FlaskClient, path: str) -> str:
        return html.unescape(browser.get(f"{path}?lang=en").get_data(as_text=True))

    assert client.post("/desk/mass", data={"name": " "}).status_code == 422
    place = client.post("/desk/mass", data={"name": "Shop", "identifier": str(phone)}).location
    shown = page(client, place)
    assert "41,200 baht" in shown
    assert (one in shown, other in shown, "A supervisor writes" in shown) == (True, True, True)
    assert "Shop" in page(client, "/desk/mass")
    assert client.post(f"{place}/letter", data={"text_th": "x", "sure": "1"}).status_code == 403
    boss = app.test_client()
    sign_in(boss, Role.SUPERVISOR)
    form = {"text_th": "ข่าว", "token": "t", "sure": "1"}
    assert [
        boss.post(f"{place}/letter", data=form | wrong).status_code for wrong in ({"sure": ""}, {"text_th": ""})
    ] == [
        422,
        422,
    ]
    assert boss.post(f"{place}/letter", data=form).status_code == 303
    assert "being sent, cases so far: 0" in page(boss, place)
    leaving = {"leave": "1", "reason": ""}
    assert client.post(f"/desk/case/{one}/mass", data=leaving).status_code == 422
    assert client.post(f"/desk/case/{one}/mass", data=leaving | {"reason": "mistake"}).status_code == 303
    assert client.post(f"/desk/case/{one}/mass", data={"mass": "999"}).status_code == 422
    assert client.post(f"/desk/case/{one}/mass", data={"mass": place.rsplit("/", 1)[1]}).status_code == 303
    citizen = app.test_client()
    case_id = the_case(db.session(), other).id
    db.session.remove()
    with citizen.session_transaction() as cookie:
        cookie["track"] = {"case": case_id, "until": 4_000_000_000}
    told = page(citizen, "/case")
    assert "Your complaint goes on together with others" in told
    assert one not in told
    assert citizen.post("/case/alone").status_code == 303
    assert "together with others" not in page(citizen, "/case")
    assert "Asked to go alone" in page(client, place)
