"""Merging can be undone; what a merged case's complainant writes is heard where the matter goes on; cases are split."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, NotFound, StepImpossible
from complaints.domain.message import Attachment
from complaints.services import access, correspond, follow, handle, part, reach, tie, triage
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Upload
from complaints.services.evidence.stores import open_store
from complaints.services.reach import Way
from tests.centre import KEY, sign_in
from tests.filing import LIMITS
from tests.services.scene import (
    DAY,
    HOUR,
    NOW,
    actions_of,
    agent,
    at_agency,
    at_once,
    in_triage,
    letters_of,
    police,
    referred,
    states,
    the_case,
)

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from config import Settings


def merged(number: str, into: str) -> None:
    who = agent()
    with unit_of_work() as session:
        triage.merge(session, the_case(session, number), the_case(session, into), who, NOW)
    db.session.remove()


def says(number: str, words: str) -> None:
    """The complainant writes under the own case."""
    with unit_of_work() as session:
        case = the_case(session, number)
        correspond.write_in(session, case, words, follow.complainant_of(case), NOW + HOUR)
    db.session.remove()


def test_a_merge_is_undone_and_the_complainant_is_told_once_of_each(app: Flask) -> None:
    target = in_triage()
    number = referred("POLICE")
    merged(number, target)
    assert states(db.session(), number) == ("merged", ["recalled"])
    db.session.remove()
    who = agent()
    with unit_of_work() as session:
        part.unmerge(session, the_case(session, number), "คนละร้านกัน", who, NOW + DAY)
    case = the_case(db.session(), number)
    assert (case.state, case.merged_into_id, case.due_at is not None) == ("triage", None, True)
    assert case.triage_by > NOW + DAY
    assert letters_of(db.session(), number)[-2:] == ["merged", "unmerged"]
    assert letters_of(db.session(), target) == ["receipt"]
    assert [message.body for message in case.messages if not message.public] == ["คนละร้านกัน"]
    db.session.remove()
    with pytest.raises(StepImpossible), unit_of_work() as session:
        part.unmerge(session, the_case(session, number), "อีกครั้ง", who, NOW + DAY)
    db.session.remove()
    # Parted, they may be merged the other way round; a circle is not to be had.
    merged(target, number)
    with pytest.raises(InvalidInput), unit_of_work() as session:
        triage.merge(session, the_case(session, number), the_case(session, target), who, NOW)


def test_two_agents_who_merge_two_cases_into_each_other_do_not_wait_for_each_other(app: Flask) -> None:
    pair = [in_triage(), in_triage()]
    clients = [app.test_client(), app.test_client()]
    for client, role in zip(clients, (Role.AGENT, Role.SUPERVISOR), strict=True):
        sign_in(client, role)
    form = {"version": str(the_case(db.session(), pair[0]).version)}

    def job(turn: int) -> int:
        return clients[turn].post(f"/desk/case/{pair[turn]}/merge", data={**form, "into": pair[1 - turn]}).status_code

    answers = at_once(app, 2, job)
    assert (answers.count(303), all(answer in {303, 409, 422} for answer in answers)) == (1, True), answers
    assert sorted(the_case(db.session(), number).state for number in pair) == ["merged", "triage"]
    db.session.remove()


def test_what_a_merged_complainant_writes_is_heard_under_the_target_and_read_there_by_staff_alone(
    app: Flask, settings: Settings, client: FlaskClient
) -> None:
    target = referred("POLICE", phone="0811111111")
    middle, number = in_triage(), in_triage(phone="0822222222")
    merged(number, middle)
    merged(middle, target)
    who = police()
    with unit_of_work() as session:
        case, referral = at_agency(session, target, "POLICE")
        handle.accept(case, referral, who, NOW)
    db.session.remove()
    says(number, "พบบัญชีใหม่ของผู้ขาย")
    with unit_of_work() as session:
        case = the_case(session, number)
        upload = Upload("สลิป.txt", "โอนแล้ว".encode())
        (kept,) = keep_files(session, [upload], LIMITS, open_store(settings), NOW, case=case)
        session.flush()
        file_id = kept.id
    session = db.session()
    assert actions_of(session, target)[-1] == "follow"
    assert the_case(session, target).heard_at == NOW + HOUR
    assert the_case(session, middle).heard_at is None
    # Nothing was moved: the complainant of the target sees and opens none of it.
    assert [row.body for row in the_case(session, number).messages] == ["พบบัญชีใหม่ของผู้ขาย"]
    other = follow.complainant_of(the_case(session, target))
    with pytest.raises(NotFound):
        access.get_file(session, access.get_own(session, other), file_id, other)
    for reader in (who, Actor(Role.AGENT)):
        assert access.get_file(session, access.get_case(session, target, reader), file_id, reader).id == file_id
    with pytest.raises(NotFound):
        access.get_file(session, access.get_case(session, middle, Actor(Role.AGENT)), 999, Actor(Role.AGENT))
    db.session.remove()
    for role, place in ((Role.AGENT, "/desk/case/{}"), (Role.PARTNER, "/partner/case/{}")):
        browser = app.test_client()
        sign_in(browser, role)
        page = browser.get(place.format(target)).get_data(as_text=True)
        assert ("พบบัญชีใหม่ของผู้ขาย" in page, f"มากับเรื่อง {number}" in page) == (True, True), role
    # The answer of an agency is for the target alone; once parted, nothing of it is heard there any more.
    who = agent()
    with unit_of_work() as session:
        part.unmerge(session, the_case(session, number), "คนละเรื่อง", who, NOW + DAY)
    db.session.remove()
    said = len(actions_of(db.session(), target))
    says(number, "ขอบคุณ")
    assert len(actions_of(db.session(), target)) == said
    assert db.session.get(Attachment, file_id) is not None


def test_whoever_told_a_matter_twice_answers_the_question_there(app: Flask) -> None:
    target = in_triage(phone="0811111111")
    twin, stranger = in_triage(phone="0811111111"), in_triage(phone="0822222222")
    merged(twin, target)
    merged(stranger, target)
    who = agent()
    with unit_of_work() as session:
        triage.ask(session, the_case(session, target), "โอนเมื่อไร", who, NOW)
    db.session.remove()
    says(stranger, "ไม่เกี่ยวกับคำถาม")
    assert states(db.session(), target)[0] == "waiting"
    db.session.remove()
    says(twin, "โอนเมื่อวานค่ะ")
    assert states(db.session(), target)[0] == "triage"
    assert actions_of(db.session(), target)[-3:] == ["ask", "follow", "reply"]


def test_a_second_matter_becomes_a_case_of_its_own(app: Flask, settings: Settings) -> None:
    number = in_triage(phone="0811111111", channel="line", name="ผู้ร้อง")
    says(number, "อีกเรื่องหนึ่ง โดนร้านรองเท้าโกงด้วย")
    who, uploads = agent(), [Upload("shoes.txt", b"shoes"), Upload("hats.txt", b"hats")]
    with unit_of_work() as session:
        case = the_case(session, number)
        reach.keep_point(session, case.person_id, Way("line", "U1"), NOW)
        chosen = {message.id for message in case.messages} | {999}
        kept = keep_files(session, uploads, LIMITS, open_store(settings), NOW, case=case)
        part.split(session, case, "แจ้งร้านรองเท้า", chosen, who, NOW + DAY, KEY, {kept[0].id, 999})
    session = db.session()
    case = the_case(session, number)
    new = session.scalars(select(Case).where(Case.id > case.id)).one()
    assert new.story.startswith("แจ้งร้านรองเท้า\n\n")
    assert new.story.endswith("อีกเรื่องหนึ่ง โดนร้านรองเท้าโกงด้วย")
    assert (new.person.phone, new.channel, new.state) == ("0811111111", "line", "received")
    assert next((way.channel, way.address) for way in reach.ways(session, new)) == ("line", "U1")
    assert letters_of(session, new.number) == ["receipt"]
    assert actions_of(session, number)[-2:] == ["split", "tie"]
    assert [other.number for _, other in tie.of_case(session, case, who)] == [new.number]
    assert (len(case.messages), len(case.attachments)) == (1, 2), "the first case stays whole"
    came, first = new.attachments[0], case.attachments[0]
    assert ([row.file_name for row in new.attachments], came.id != first.id) == (["shoes.txt"], True)
    assert (came.sha256, came.stored_key, came.received_at) == (first.sha256, first.stored_key, NOW)
    assert [row.kind for row in new.promises if row.attachment_id == came.id] == ["inspect"]
    db.session.remove()
    with pytest.raises(InvalidInput), unit_of_work() as session:
        part.split(session, the_case(session, number), " ", set(), who, NOW + DAY, KEY)


def test_the_desk_parts_and_splits_on_the_case_page(app: Flask, client: FlaskClient) -> None:
    target, number = in_triage(), in_triage()
    merged(number, target)
    sign_in(client, Role.AGENT)

    def page(which: str) -> str:
        return html.unescape(client.get(f"/desk/case/{which}?lang=en").get_data(as_text=True))

    def step(which: str, verb: str, **form: str) -> int:
        version = str(the_case(db.session(), which).version)
        db.session.remove()
        return client.post(f"/desk/case/{which}/{verb}", data={"version": version, **form}).status_code

    assert "Merged into this case" in page(target)
    assert (step(number, "unmerge", body=""), step(number, "unmerge", body="คนละเรื่อง")) == (422, 303)
    assert "Merged into this case" not in page(target)
    assert (step(number, "split", body=""), step(number, "split", body="เรื่องที่สอง")) == (422, 303)
    assert f"แยกออกมาจากเรื่อง {number}" in page(number)
