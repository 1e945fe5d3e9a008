"""A complainant who writes from somewhere new with number and secret is believed, and written to there from then on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from complaints.db import db, unit_of_work
from complaints.domain.channel import Heard
from complaints.domain.secret import grouped
from complaints.services import moving, post, reach
from complaints.services.reach import Way
from tests.centre import file_case
from tests.services.scene import HOUR, NOW, the_case

if TYPE_CHECKING:
    from flask import Flask

THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
SENDER = "new@example.com"


def heard(text: str, subject: str = "", sender: str = SENDER, folded: str = "") -> Heard:
    return Heard(event_id="e", sender=sender, at=NOW, text=text, subject=subject, folded=folded)


def told(number: str, secret: str, way: str) -> Heard:
    return {
        "plain": heard(f"เรื่อง {number} รหัส {grouped(secret)} มีสลิปเพิ่ม"),
        "thai digits": heard(f"เลขที่ {number} รหัสลับ {grouped(secret)}".translate(THAI)),
        "in one run": heard(f"{secret} {number}"),
        "in the subject": heard("มีสลิปเพิ่ม", f"{number} / {grouped(secret).replace(' ', '-')}"),
        "number without strokes": heard(f"{number.replace('-', '')}\n{secret}"),
    }[way]


@pytest.mark.parametrize("way", ["plain", "thai digits", "in one run", "in the subject", "number without strokes"])
def test_number_and_secret_prove_however_they_are_written(app: Flask, way: str) -> None:
    number, secret = file_case(email="old@example.com", now=NOW)
    with unit_of_work() as session:
        case, shown = moving.prove(session, "email", told(number, secret, way), NOW + HOUR)
        assert case is not None
        assert case.number == number
        digits = (shown.subject + shown.text).translate(str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789"))
        for group in grouped(secret).split():
            assert group not in digits.replace(number, "").replace(number.replace("-", ""), "")
        assert "[ซ่อนรหัสลับแล้ว]" in shown.subject + shown.text
    db.session.remove()

    session = db.session()
    ways = reach.ways(session, the_case(session, number))
    assert [(row.channel, row.address) for row in ways] == [("email", SENDER), ("email", "old@example.com")]
    # From now on the address proves what it names, where the mail server saw that it is no forgery.
    again = heard("อีกเรื่อง", subject=f"Re: {number}")
    assert post.case_of(session, "email", again, "key") is None
    assert post.case_of(session, "email", replace(again, proven=True), "key") is not None


def test_the_last_channel_that_was_chosen_is_the_first_to_be_written_to(app: Flask) -> None:
    number, secret = file_case(email="old@example.com", phone="0812345678", now=NOW)
    for hours, (channel, sender) in enumerate((("email", SENDER), ("line", "U1"), ("email", "third@example.com"))):
        with unit_of_work() as session:
            moving.prove(session, channel, heard(f"{number} {secret}", sender=sender), NOW + hours * HOUR)
    session = db.session()
    case = the_case(session, number)
    assert reach.ways(session, case)[0] == Way("email", "third@example.com")
    reach.mark_failed(session, case.person_id, Way("email", "third@example.com"), "refused", "", NOW)
    session.flush()
    ways = [(row.channel, row.address) for row in reach.ways(session, case)]
    assert ways[-1] == ("email", "third@example.com")
    assert ("sms", "+66812345678") in ways
    session.rollback()


def test_a_number_without_its_secret_and_a_secret_without_its_number_prove_nothing(app: Flask) -> None:
    number, secret = file_case(email="old@example.com", now=NOW)
    other, other_secret = file_case(now=NOW)
    session = db.session()
    wrong = str((int(secret) + 1) % 10**20).zfill(20)
    for text in (
        number,
        secret,
        f"{number} {wrong}",
        f"{number} {other_secret}",
        f"{other} {secret}",
        f"{number} {secret}1",
    ):
        found, shown = moving.prove(session, "email", heard(text), NOW)
        assert (found, shown.text) == (None, text)
    assert len(reach.ways(session, the_case(session, number))) == 1


def test_the_secret_is_hidden_in_what_was_quoted_too(app: Flask) -> None:
    number, secret = file_case(now=NOW)
    session = db.session()
    _, shown = moving.prove(session, "email", heard(f"{number} {secret}", folded=f"> {grouped(secret)}"), NOW)
    assert shown.folded == "> [ซ่อนรหัสลับแล้ว]"
    session.rollback()


def test_who_tries_many_is_guessing(app: Flask) -> None:
    number, secret = file_case(now=NOW)
    tries = "\n".join(f"{turn:020d}" for turn in range(5))
    session = db.session()
    assert moving.prove(session, "email", heard(f"{number}\n{tries}\n{secret}"), NOW)[0] is None
