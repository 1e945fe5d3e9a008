"""People correct the identifiers of a case; the machine never undoes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from classifiers.accounts import BankAccount
from classifiers.identifiers import Identifiers
from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.audit import AuditEntry
from complaints.domain.errors import InvalidInput, NotAllowed
from complaints.domain.identifier import DroppedIdentifier, Identifier
from complaints.services import correct, correspond, follow, link, queues, triage
from complaints.services.queues import unanswered
from tests.services.scene import DAY, NOW, agent, in_triage, referred, the_case

if TYPE_CHECKING:
    from flask import Flask

    from complaints.domain.case import Case

# What the machine finds in every case of these tests.
PHONE = "0800000000"


def ties(case: Case) -> list[tuple[str, str, str]]:
    rows = [(tie.identifier.kind, tie.identifier.shown, tie.found_by) for tie in case.identifiers]
    return sorted(rows)


def identifier_id(value: str) -> int:
    return db.session.scalars(select(Identifier.id).where(Identifier.value == value)).one()


def correcting(number: str, do: Any, *words: Any) -> None:
    who = agent()
    with unit_of_work() as session:
        do(session, the_case(session, number), *words, who, NOW)
    db.session.remove()


def machine_reads(number: str, found: Identifiers) -> list[tuple[str, str, str]]:
    with unit_of_work() as session:
        case = the_case(session, number)
        link.keep_identifiers(session, case, found, NOW)
        now_tied = ties(case)
    db.session.remove()
    return now_tied


def test_what_a_person_added_changed_or_removed_outlives_the_machine(app: Flask) -> None:
    number = in_triage()
    correcting(number, correct.add_identifier, "bank_account", "KBANK", "๒๔๖-๘-๑๓๕๗๙-๐")
    correcting(number, correct.change_identifier, identifier_id(PHONE), "phone", "", "081-222-3333")
    found = Identifiers(phones=[PHONE, "0812223333"], bank_accounts=[BankAccount("KBANK", "2468135790")])
    kept = [("bank_account", "KBANK 2468135790", "person"), ("phone", "0812223333", "person")]
    assert machine_reads(number, found) == kept
    correcting(number, correct.remove_identifier, identifier_id("2468135790"), "misread")
    assert machine_reads(number, found) == kept[1:]
    # A person may put back what a person took out.
    correcting(number, correct.add_identifier, "phone", "", PHONE)
    assert machine_reads(number, found) == [("phone", PHONE, "person"), ("phone", "0812223333", "person")]
    assert [row.reason for row in db.session.scalars(select(DroppedIdentifier))] == ["misread"]


def test_every_correction_stands_in_the_timeline_and_in_the_record_without_the_words(app: Flask) -> None:
    number = in_triage()
    old = identifier_id(PHONE)
    correcting(number, correct.change_identifier, old, "line_id", "", "@shop99")
    new = identifier_id("@shop99")
    correcting(number, correct.remove_identifier, new, "bystander")
    case = the_case(db.session(), number)
    events = [event for event in case.events if event.action == "correct"]
    assert [event.data for event in events] == [
        {"change": "changed", "identifier": new, "before": old},
        {"change": "removed", "before": new, "reason_code": "bystander"},
    ]
    assert all(event.account_id == agent().account_id and not event.public for event in events)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.about == number).order_by(AuditEntry.id)).all()
    assert [(entry.what, entry.before, entry.after) for entry in entries] == [
        (
            "identifier_changed",
            {"identifier": old, "kind": "phone"},
            {"identifier": new, "kind": "line_id"},
        ),
        ("identifier_removed", {}, {"identifier": new, "kind": "line_id", "reason": "bystander"}),
    ]


@pytest.mark.parametrize(
    ("words", "field", "reason"),
    [
        (("phone", "", "1212"), "value", "identifier_phone"),
        (("bank_account", "KBANK", "12"), "value", "identifier_bank_account"),
        (("national_id", "", "1102000123457"), "kind", "choose_identifier_kind"),
        (("phone", "", PHONE), "value", "identifier_known"),
        (("phone", "", "081-999-8888"), "value", "identifier_own"),
    ],
)
def test_what_cannot_be_added_is_refused_and_leaves_nothing(
    app: Flask, words: tuple[str, str, str], field: str, reason: str
) -> None:
    number = in_triage(phone="0819998888")
    with pytest.raises(InvalidInput) as caught:
        correcting(number, correct.add_identifier, *words)
    assert (caught.value.field, caught.value.values["reason"]) == (field, reason)
    db.session.remove()
    case = the_case(db.session(), number)
    assert ties(case) == [("phone", PHONE, "machine")]
    assert "correct" not in {event.action for event in case.events}


def test_a_removal_needs_a_reason_and_something_to_remove(app: Flask) -> None:
    number = in_triage()
    for identifier, reason in ((identifier_id(PHONE), ""), (identifier_id(PHONE), "changed"), (99999, "own")):
        with pytest.raises(InvalidInput):
            correcting(number, correct.remove_identifier, identifier, reason)
        db.session.remove()
    assert ties(the_case(db.session(), number)) == [("phone", PHONE, "machine")]


def test_only_the_desk_corrects(app: Flask) -> None:
    number = referred()
    for who in (Actor(Role.PARTNER, agency="POLICE"), Actor(Role.COMPLAINANT, case_id=1), Actor(Role.SYSTEM)):
        with pytest.raises(NotAllowed), unit_of_work() as session:
            correct.add_identifier(session, the_case(session, number), "line_id", "", "@shop99", who, NOW)
        db.session.remove()


def test_what_else_is_known_counts_other_cases_once_and_only_what_one_may_see(app: Flask) -> None:
    oldest = in_triage(NOW - 30 * DAY, lost=100_000)
    at_police = referred(now=NOW - DAY, lost=41_250)
    twin = in_triage(NOW - 2 * DAY, lost=999)
    number = in_triage(lost=7)
    who = agent()
    with unit_of_work() as session:
        triage.merge(session, the_case(session, twin), the_case(session, oldest), who, NOW)
    db.session.remove()
    case, phone = the_case(db.session(), number), identifier_id(PHONE)
    known = link.known_elsewhere(db.session(), [phone], who, case)[phone]
    assert (known.cases, known.lost, known.first, known.last) == (2, 141_250, NOW - 30 * DAY, NOW - DAY)
    police = link.known_elsewhere(db.session(), [phone], Actor(Role.PARTNER, agency="POLICE"), case)[phone]
    assert (police.cases, police.lost) == (1, 41_250)
    assert link.known_elsewhere(db.session(), [phone], Actor(Role.ADMINISTRATOR), case) == {}
    assert the_case(db.session(), at_police).id != case.id
    # What was taken out of a case is no longer told of it.
    db.session.remove()
    correcting(oldest, correct.remove_identifier, phone, "misread")
    case = the_case(db.session(), number)
    assert link.known_elsewhere(db.session(), [phone], who, case)[phone].cases == 1
    found, total = queues.naming(db.session(), who, phone)
    assert oldest not in {row.number for row in found}
    assert total == 3


def test_a_correction_is_no_answer_to_somebody_who_waits(app: Flask) -> None:
    number = in_triage()
    with unit_of_work() as session:
        case = the_case(session, number)
        correspond.write_in(session, case, "ส่งสลิปแล้ว", follow.complainant_of(case), NOW)
    db.session.remove()
    correcting(number, correct.add_identifier, "line_id", "", "@shop99")
    case = the_case(db.session(), number)
    waiting = db.session.scalars(select(type(case).number).where(unanswered())).all()
    assert waiting == [number]
