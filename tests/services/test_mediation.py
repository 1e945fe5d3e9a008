"""Two at once in a mediation: one clear outcome, whichever database keeps it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from complaints.db import db, unit_of_work
from complaints.domain.actor import SYSTEM, Actor, Role
from complaints.domain.errors import StaleRecord, StepImpossible
from complaints.domain.mediation import Mediation, MediationMove, MoveIsWritten
from complaints.services.mediation import clock, offers, opening, reading
from complaints.services.mediation.offers import Terms
from tests.centre import KEY
from tests.services.scene import DAY, NOW, agent, at_once, in_triage, the_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy.orm import Session

TERMS = Terms(150000, ("apology",), "", date(2026, 12, 20))


def talking() -> tuple[int, Actor, Actor]:
    """A mediation to which the complainant said yes, and the two who talk."""
    number, desk = in_triage(category="purchase_dispute"), agent()
    with unit_of_work() as session:
        case = the_case(session, number)
        words = opening.Opening("หูฟังชำรุด", "ขอเงินคืน", 150000, "มาลี", "ร้านหูฟัง", "", "th")
        found = opening.begin(session, case, words, desk, NOW)
        own = Actor(Role.COMPLAINANT, case_id=case.id)
        opening.consent(session, found, own, NOW, KEY)
        mediation_id = found.id
    db.session.remove()
    return mediation_id, own, Actor(Role.RESPONDENT, mediation_id=mediation_id)


def move(mediation_id: int, who: Actor, do: Callable[[Session, Mediation], Any]) -> Any:
    with unit_of_work() as session:
        return do(session, reading.hold(session, mediation_id, who))


def test_of_two_who_move_at_once_one_has_moved(app: Flask) -> None:
    mediation_id, own, other = talking()
    seen = move(mediation_id, own, lambda _s, found: offers.last_public(found))
    both = (own, other)
    # Both offer at once: one offer lies on the table, the other side is told to look again.
    done = at_once(
        app,
        2,
        lambda n: move(mediation_id, both[n], lambda s, m: offers.propose(s, m, TERMS, seen, both[n], NOW)) and None,
    )
    assert sorted(type(one).__name__ for one in done) == ["NoneType", StaleRecord.__name__]
    found = db.session.get_one(Mediation, mediation_id)
    assert found.offer is not None
    sha256, maker = found.offer.sha256, found.offered_by
    db.session.remove()
    answers = other if maker == "complainant" else own
    latest = move(mediation_id, own, lambda _s, found: offers.last_public(found))
    # Twice accepted and once countered, in the very moment in which the time runs out.
    turn_by = db.session.scalars(select(Mediation.turn_by)).one()
    db.session.remove()
    assert turn_by is not None
    jobs: list[Callable[[Session, Mediation], Any]] = [
        lambda s, m: offers.accept(s, m, sha256, answers, NOW),
        lambda s, m: offers.accept(s, m, sha256, answers, NOW),
        lambda s, m: offers.propose(s, m, TERMS, latest, answers, NOW) and None,
    ]

    def job(turn: int) -> Any:
        if turn < len(jobs):
            return move(mediation_id, answers, jobs[turn])
        with unit_of_work() as session:
            return clock.tick(session, turn_by) and None

    done = at_once(app, 4, job)
    assert all(one is None or isinstance(one, StepImpossible | StaleRecord) or one == 0 for one in done), done
    found = db.session.get_one(Mediation, mediation_id)
    kinds = [row.kind for row in found.moves]
    assert kinds.count("accept") + kinds.count("lapse") <= 1, kinds
    assert (found.stage == "agreed") == ("accept" in kinds)
    assert (found.stage == "agreed") == (found.agreed_number is not None)
    assert [row.number for row in found.moves] == list(range(1, len(kinds) + 1))
    if found.agreement is not None:
        assert found.agreement.sha256 == sha256 == offers.hash_of(found.agreement.text_th, found.agreement.text_en)
    db.session.remove()


def test_what_was_said_is_never_rewritten(app: Flask) -> None:
    mediation_id, _, other = talking()
    move(mediation_id, other, lambda s, m: offers.propose(s, m, TERMS, offers.last_public(m), other, NOW))
    with pytest.raises(MoveIsWritten), unit_of_work() as session:
        session.scalars(select(MediationMove)).first().words = "x"  # type: ignore[union-attr]
    for sql in ("UPDATE mediation_move SET text_th = 'x'", "DELETE FROM mediation_move"):
        with db.engine.connect() as connection, pytest.raises(DBAPIError, match="record only grows"):
            connection.exec_driver_sql(sql)
    # Time alone says yes to nothing: long after, there is no agreement.
    with unit_of_work() as session:
        clock.tick(session, NOW + 60 * DAY)
    assert db.session.scalars(select(Mediation.stage)).one() == "lapsed"
    assert db.session.scalar(select(func.count()).where(MediationMove.kind == "accept")) == 0
    assert reading.running(db.session(), SYSTEM) == []
    db.session.remove()
