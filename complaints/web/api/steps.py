"""What an agency's system does with a referral: one step a call, once for one key, on the version that it saw."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, request

from complaints.db import unit_of_work
from complaints.domain.client import Scope
from complaints.domain.errors import StepImpossible
from complaints.domain.lifecycle import Action, ReferralState
from complaints.services import correspond, hand_out, handle, once
from complaints.services.evidence.keeping import discard_unused, keep_files, seal
from complaints.services.evidence.kinds import Upload
from complaints.services.hand_in import CHANNEL
from complaints.web.api import answers as out
from complaints.web.api import bodies as given
from complaints.web.api.declare import JSON, WRITING, Operation, Words, limits, matches, operation
from complaints.web.api.problems import problem
from complaints.web.api.shapes import coded
from complaints.web.files import store
from complaints.web.guard import now, party

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.message import Message
    from complaints.domain.referral import Referral
    from complaints.web.api.shapes import Shape

    Done = Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class Work:
    """What a step works on: the case is locked, the agency may see the referral."""

    session: Session
    case: Case
    referral: Referral
    actor: Actor


class Stale(Exception):  # noqa: N818 - names what the caller saw
    """The case changed since the caller looked at it."""


def step(
    name: str, last: str, words: Words, body: type[Shape], *, matched: bool = False, status: int = 200
) -> Callable[[Callable[[Work, Any], Done]], Callable[..., Response]]:
    """Declare one step at `/referrals/{referral_id}/LAST`."""
    declared = Operation(
        name,
        "POST",
        "/referrals/{referral_id}/" + last,
        words,
        (Scope.REFERRALS_WRITE,),
        status=status,
        body=body,
        answer=out.Done,
        keyed=True,
        matched=matched,
        problems=(404, 409, *((412,) if matched else ())),
        rate=WRITING,
    )

    def put(do: Callable[[Work, Any], Done]) -> Callable[..., Response]:
        def view(referral_id: int, body: Shape) -> Response:
            return _take(declared, referral_id, lambda work: do(work, body))

        return operation(declared)(view)

    return put


def _take(declared: Operation, referral_id: int, do: Callable[[Work], Done]) -> Response:
    """Take the step with its key and its answer in one transaction; a key that was used has the answer of that time."""
    key, client = request.headers["Idempotency-Key"], party().client_id
    try:
        with unit_of_work() as session:
            before = once.take(session, client, key, _fingerprint(), now())
            if before is not None:
                return _answer(before.body, before.status, dict(before.headers), replayed=True)
            referral, case = hand_out.for_change(session, party().actor, referral_id)
            _check_version(declared, case)
            done = do(Work(session, case, referral, party().actor)) or {}
            session.flush()
            body, headers = _told(referral, case, done), {"ETag": f'"{case.version}"'}
            once.keep(session, client, key, declared.status, headers, body)
    except once.KeyUsed:
        return problem(422, "idempotency_key_used")
    except Stale:
        return problem(412, "http_412")
    return _answer(body, declared.status, headers)


def _check_version(declared: Operation, case: Case) -> None:
    if declared.matched and not matches(case.version):
        raise Stale


def _fingerprint() -> str:
    asked = f"{request.method} {request.path}\n".encode() + request.get_data(cache=True)
    return hashlib.sha256(asked).hexdigest()


def _told(referral: Referral, case: Case, done: Mapping[str, int]) -> str:
    told = out.Done(
        id=referral.id,
        number=case.number,
        version=case.version,
        state=coded(referral.state, "word.referral"),
        case_state=coded(case.state, "word.public"),
        **done,
    )
    return told.model_dump_json()


def _answer(body: str, status: int, headers: Mapping[str, str], *, replayed: bool = False) -> Response:
    answer = Response(body, status, content_type=JSON)
    answer.headers.update(headers)
    if replayed:
        answer.headers["Idempotency-Replayed"] = "true"
    return answer


@step(
    "acknowledgeReferral",
    "acknowledge",
    Words("ยืนยันว่าได้รับเรื่องแล้ว", "Confirm that the referral arrived"),
    given.Nothing,
)
def acknowledge(work: Work, _body: given.Nothing) -> Done:
    """The referral has arrived; saying it again changes nothing."""
    if work.referral.state == ReferralState.SENT.value:
        handle.acknowledge(work.case, work.referral, work.actor, now())
    return None


@step("acceptReferral", "accept", Words("รับดำเนินการ", "Take the case on"), given.Nothing, matched=True)
def accept(work: Work, _body: given.Nothing) -> Done:
    """The agency takes it on."""
    handle.accept(work.case, work.referral, work.actor, now())
    return None


@step(
    "declineReferral",
    "decline",
    Words("ไม่รับ ก่อนรับดำเนินการ พร้อมเหตุผล", "Not yours, said before accepting, with the reason"),
    given.Reason,
    matched=True,
)
def decline(work: Work, body: given.Reason) -> Done:
    """Not ours."""
    handle.decline(work.session, work.case, work.referral, body.reason, work.actor, now())
    return None


@step(
    "returnReferral",
    "return",
    Words("ส่งคืนหลังรับดำเนินการแล้ว พร้อมเหตุผล", "Another office must act, said after accepting, with the reason"),
    given.Reason,
    matched=True,
)
def give_back(work: Work, body: given.Reason) -> Done:
    """Accepted, but another office must act."""
    handle.give_back(work.session, work.case, work.referral, body.reason, work.actor, now())
    return None


@step(
    "answerReferral",
    "answer",
    Words("แจ้งผล ถ้ายังไม่รับจะถือว่ารับด้วย", "Give the result; whoever gives one at once has thereby accepted"),
    given.Result,
    matched=True,
)
def answer(work: Work, body: given.Result) -> Done:
    """The result."""
    handle.conclude(
        work.session, work.case, work.referral, body.outcome, body.answer, body.recovered_satang, work.actor, now()
    )
    return None


@step(
    "askComplainant",
    "questions",
    Words("ถามผู้ร้องผ่านศูนย์ ระหว่างรอเวลาไม่เดิน", "Ask the complainant through the centre; the clock waits meanwhile"),
    given.Said,
    matched=True,
    status=201,
)
def ask(work: Work, body: given.Said) -> Done:
    """A question to the complainant."""
    handle.ask(work.session, work.case, work.referral, body.body, work.actor, now())
    return {"message_id": work.case.messages[-1].id}


@step(
    "writeMessage",
    "messages",
    Words("เขียนถึงผู้ร้อง", "Write to the complainant"),
    given.Said,
    status=201,
)
def write(work: Work, body: given.Said) -> Done:
    """A message to the complainant."""
    return {"message_id": _write(work, body.body).id}


def _write(work: Work, words: str) -> Message:
    """To the complainant writes only who still has the case."""
    if not work.referral.is_open:
        raise StepImpossible(action=Action.WRITE.value, state=work.referral.state)
    return correspond.write_out(work.session, work.case, words, work.actor, now(), work.referral)


@step(
    "writeNote",
    "notes",
    Words("บันทึกภายในที่หน่วยงานและศูนย์เห็น", "A note that your agency and the centre see"),
    given.Said,
    status=201,
)
def note(work: Work, body: given.Said) -> Done:
    """A note for the agency's own people and the desk."""
    handle.note(work.session, work.case, work.referral, body.body, work.actor, now())
    return {"message_id": work.case.messages[-1].id}


UPLOAD = Operation(
    "uploadFile",
    "POST",
    "/referrals/{referral_id}/files",
    Words("แนบไฟล์พร้อมข้อความถึงผู้ร้อง ผู้ร้องเห็นไฟล์นี้", "Add a file with words to the complainant, who sees it too"),
    (Scope.REFERRALS_WRITE,),
    status=201,
    body=given.FileWithWords,
    answer=out.Done,
    keyed=True,
    problems=(404, 409, 413, 503),
    rate=WRITING,
)


@operation(UPLOAD)
def upload(referral_id: int, body: given.FileWithWords) -> Response:
    """A file of the agency; it goes to the store before the transaction, and is looked into before anybody opens it."""
    sealed = seal(Upload(body.name, base64.b64decode(body.content)), limits(), store(), now())
    try:
        return _take(UPLOAD, referral_id, lambda work: _keep(work, body.body, sealed))
    finally:
        # What no transaction kept belongs to nothing.
        with unit_of_work() as session:
            discard_unused(session, [sealed.key], now())


def _keep(work: Work, words: str, sealed: Upload) -> Done:
    sent = _write(work, words)
    have = list(work.case.attachments)
    (kept,) = keep_files(
        work.session, [sealed], limits(), store(), now(), case=work.case, role="partner", source=CHANNEL, have=have
    )
    kept.message_id = sent.id
    return {"message_id": sent.id, "file_id": kept.id}
