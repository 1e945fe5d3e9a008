"""Moves: all or none of them, told by doing them, and taken back as long as nothing has left the house."""

from __future__ import annotations

import itertools
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from complaints.db import db, rehearsal, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.deed import HOLD, Deed, read_standing, standing
from complaints.domain.errors import NotAllowed, StaleCase, StepImpossible
from complaints.domain.learning import LabelledRow
from complaints.domain.lifecycle import State
from complaints.domain.macro import DOES, Move
from complaints.domain.outbox import Promise
from complaints.domain.period import Period
from complaints.domain.reply import Reply
from complaints.domain.thai_time import local_day
from complaints.services import deeds, follow, handle, macros, promises, triage
from complaints.services.floor import people
from complaints.services.moves import MoveRefused
from tests.centre import actor
from tests.services.scene import (
    NOW,
    actions_of,
    agent,
    answered,
    at_agency,
    in_triage,
    letters_of,
    police,
    referred,
    the_case,
)

if TYPE_CHECKING:
    from flask import Flask

    from complaints.domain.actor import Actor

BASE = "https://centre.example"
SOON = NOW + timedelta(seconds=90)


def template(key: str) -> str:
    """The id of a template that came with the centre, as a move names it."""
    found = db.session.scalars(select(Reply.id).where(Reply.key == key)).one()
    db.session.remove()
    return str(found)


def do(number: str, *moves: Move, who: Actor | None = None) -> int:
    who = who or agent()
    with unit_of_work() as session:
        version = the_case(session, number).version
        batch = secrets.token_hex(8)
        made = deeds.do(session, batch, number, version, moves, who, NOW, BASE).id
    db.session.remove()
    return made


def undo(deed_id: int, who: Actor | None = None, now: Any = SOON) -> None:
    who = who or agent()
    with unit_of_work() as session:
        deeds.undo(session, deed_id, who, now)
    db.session.remove()


def stands(number: str) -> dict[str, Any]:
    found = standing(the_case(db.session(), number))
    db.session.remove()
    return found


def fate(deed_id: int, now: Any = SOON) -> str:
    session = db.session()
    found = deeds.fate(session, session.get_one(Deed, deed_id), now)[0]
    db.session.remove()
    return found


def test_several_moves_are_told_done_and_taken_back_before_their_letters_leave(app: Flask) -> None:
    number = in_triage(name="มาลี")
    me, moves = agent(), [Move("accept"), Move("write", template("write_progress")), Move("take")]
    before, letters = stands(number), letters_of(db.session(), number)
    with rehearsal() as session:
        told = deeds.rehearse(session, number, moves, me, NOW, BASE)
    assert [(one.before, one.after) for one in told] == [("triage", "referred"), ("referred",) * 2, ("referred",) * 2]
    assert (told[0].agencies, told[0].letters, told[1].letters) == (("POLICE",), ("referred",), ("message",))
    assert "คุณมาลี" in told[1].words[0]
    assert "สำนักงานตำรวจแห่งชาติ" in told[1].words[0], "the agency of the move before"
    assert (stands(number), letters_of(db.session(), number)) == (before, letters), "nothing of it was kept"
    made = do(number, *moves)
    session = db.session()
    case = the_case(session, number)
    assert (case.state, case.assignee_id, case.category_code) == ("referred", me.account_id, "seller_fraud")
    held = [row for row in case.promises if row.id in session.get_one(Deed, made).made["promises"]]
    assert [(row.payload["letter"], row.due_at) for row in held] == [("referred", NOW + HOLD), ("message", NOW + HOLD)]
    ids = [row.id for row in held]
    db.session.remove()
    with unit_of_work() as session:
        assert [promises.claim(session, row_id, SOON) for row_id in ids] == [None, None], "they wait in the house"
    undo(made)
    session = db.session()
    case = the_case(session, number)
    assert standing(case) | {"referrals": {}} == before
    assert [row.state for row in case.referrals] == ["recalled"]
    assert [row.public for row in case.messages] == [False]
    assert all(row.withdrawn for row in case.promises if row.id in ids)
    assert [row.decided_by for row in case.decisions] == ["machine"]
    assert session.scalars(select(LabelledRow)).all() == []
    assert actions_of(session, number)[-1] == "take_back"
    assert (case.desk_at is not None, case.due_at) == (True, case.desk_at)
    db.session.remove()
    assert fate(made) == deeds.UNDONE
    assert fate(do(number, *moves)) == deeds.OPEN, "it can be done again"


def test_of_several_moves_all_are_done_or_none(app: Flask) -> None:
    number = in_triage()
    before, steps = stands(number), actions_of(db.session(), number)
    for moves, place in (
        ([Move("take"), Move("write", template("write_progress"))], 1),
        ([Move("take"), Move("urgent"), Move("write", template("ask_slip"))], 2),
        ([Move("reject", template("reject_scope")), Move("snooze", "tomorrow", "รอ")], 1),
        ([Move("assign", "999")], 0),
        ([Move("fly")], 0),
        ([Move("calm"), Move("release")], 0),
    ):
        with pytest.raises(MoveRefused) as refused:
            do(number, *moves)
        assert refused.value.place == place, moves
        assert (stands(number), actions_of(db.session(), number)) == (before, steps)
        db.session.remove()


def test_what_cannot_be_taken_back_says_why(app: Flask) -> None:
    me, colleague = agent(), actor(Role.SUPERVISOR)
    ask = Move("ask", template("ask_slip"))
    theirs = do(in_triage(), ask, who=colleague)
    with pytest.raises(NotAllowed):
        undo(theirs, me)
    gone = do(number := in_triage(), ask)
    with unit_of_work() as session:
        asked = the_case(session, number).promises[-1].id
        assert promises.claim(session, asked, NOW + HOLD) is not None
    assert fate(gone, NOW + HOLD) == deeds.LEFT
    with pytest.raises(StepImpossible) as refused:
        undo(gone, now=NOW + HOLD)
    assert refused.value.values["reason"] == "letter_has_left"
    assert stands(number)["state"] == State.WAITING.value, "nothing of it was taken back"
    late = do(number := referred(), Move("resolve", template("resolve_advice"), "", "explained"))
    with unit_of_work() as session:
        case = the_case(session, number)
        follow.confirm(case, SOON)
    assert fate(late) == deeds.CHANGED
    with pytest.raises(StaleCase):
        undo(late)
    undo(theirs, colleague)
    with pytest.raises(StepImpossible):
        undo(theirs, colleague)
    with unit_of_work() as session:
        assert deeds.fate(session, session.get_one(Deed, theirs), SOON)[0] == deeds.UNDONE


def waiting() -> str:
    """A case at an agency that accepted it, where the complainant was asked something."""
    number, officer, desk = referred("POLICE", "OCPB"), police(), agent()
    with unit_of_work() as session:
        case, referral = at_agency(session, number, "POLICE")
        handle.accept(case, referral, officer, NOW)
        triage.ask(session, case, "ส่งสลิป", desk, NOW)
    db.session.remove()
    return number


def test_whatever_is_taken_back_stands_as_it_stood(app: Flask) -> None:
    """Every move from every kind of start: the database's own CHECKs hold, and nothing of the case differs."""
    supervisor = str(actor(Role.SUPERVISOR).account_id)
    what = {"decide": "financial_scam", "refer": "FDA", "assign": supervisor, "snooze": "tomorrow"}
    what |= {"ask": template("ask_slip"), "write": template("write_late")}
    what |= {"resolve": template("resolve_no_reply"), "reject": template("reject_scope")}
    words = {"note": "โทรแล้ว", "snooze": "รอ"}
    tried = set()
    for start, do_what in itertools.product((in_triage, referred, waiting, answered), DOES):
        number = start()
        before = stands(number)
        move = Move(do_what, what.get(do_what, ""), words.get(do_what, ""), "explained" if do_what == "resolve" else "")
        try:
            made = do(number, move)
        except MoveRefused:
            assert stands(number) == before
            continue
        undo(made)
        after = stands(number)
        after["referrals"] = {key: row for key, row in after["referrals"].items() if key in before["referrals"]}
        assert after == before, (start.__name__, do_what)
        tried.add((start.__name__, do_what))
    assert {do_what for _, do_what in tried} == set(DOES) - {"calm", "release"}, "those are so from the start"
    assert len(tried) > 30
    held = db.session.scalars(select(Promise).where(Promise.due_at == NOW + HOLD)).all()
    assert [row.withdrawn for row in held] == [True] * len(held)
    assert held
    db.session.remove()


def test_every_macro_that_comes_with_the_centre_can_be_played_and_taken_back(app: Flask) -> None:
    for _ in range(2):
        with unit_of_work() as session:
            macros.seed(session, NOW)
    rows = [(row.key, row.text.steps) for row in macros.listed(db.session())]
    db.session.remove()
    assert [key for key, _ in rows] == list(macros.built_in()), "brought in once"
    for key, moves in rows:
        number = in_triage(name="มาลี")
        before = stands(number)
        undo(do(number, *moves))
        after = stands(number)
        assert {**after, "referrals": {}} == before, key
    assert sum(len(moves) > 1 for _, moves in rows) >= 8, "several steps in one go"
    me, days = agent().account_id, Period(local_day(NOW), local_day(NOW))
    for steps in (0, 2):
        assert [one.steps for one in people.people(db.session(), days, NOW, only=me)] == [steps], "undone is not done"
        db.session.remove()
        do(in_triage(), Move("decide", "seller_fraud"), Move("note", "", "โทรแล้ว"))


# What no move of the desk touches, and what follows from the rest at every step.
NEVER_TOUCHED = {
    "id", "number", "secret_hash", "submission_hash", "channel", "language", "story", "answers", "province", "lost",
    "transferred_at", "person_id", "consent_at", "received_at", "acknowledged_at", "reopened_count", "merged_into_id",
    "score", "score_reason", "demo", "signs",
}  # fmt: skip
FOLLOWS = {"version", "changed_at", "rank", "due_at", "desk_at", "promised_by"}


def test_every_fact_of_a_case_is_put_back_or_known_to_be_untouched(app: Flask) -> None:
    number = in_triage()
    kept = set(stands(number)) - {"referrals"}
    assert {column.key for column in Case.__table__.columns} == kept | NEVER_TOUCHED | FOLLOWS
    older = {name: value for name, value in stands(number).items() if name != "moved_at"}
    assert "moved_at" not in read_standing(older)[0], "a deed from before a fact was known can still be taken back"
