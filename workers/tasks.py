"""Keeping promises: claim short, work outside, record short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from celery import shared_task

from classifiers.identifiers import extract
from complaints.channels import email
from complaints.db import db, let_go, unit_of_work
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services import classify, letters, promises
from workers.runtime import runtime, utc_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

log = structlog.get_logger()


@shared_task(name="workers.tasks.keep")
def keep(promise_id: int) -> None:
    """Keep one promise; a copy of the message that comes late or twice finds nothing to do."""
    with runtime().flask_app.app_context():
        with unit_of_work() as session:
            promise = promises.claim(session, promise_id, utc_now())
            if promise is None:
                return
            kind, case_id, trace, tries = promise.kind, promise.case_id, promise.trace, promise.tries
        let_go()
        structlog.contextvars.bind_contextvars(trace=trace, promise=promise_id)
        try:
            KEEPERS[PromiseKind(kind)](promise_id)
            log.info("promise_kept", kind=kind, case_id=case_id)
        except Exception as error:
            db.session.rollback()
            _miss(promise_id, error)
            log.warning(
                "promise_missed",
                kind=kind,
                case_id=case_id,
                tries=tries + 1,
                error=type(error).__name__,
                exc_info=error,
            )
        finally:
            structlog.contextvars.clear_contextvars()
            let_go()


def _miss(promise_id: int, error: Exception) -> None:
    final = isinstance(error, email.UndeliverableLetter)
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            promise.miss(utc_now(), f"{type(error).__name__}: {error}", final=final)


def _classify(promise_id: int) -> None:
    with unit_of_work() as session:
        material = classify.material(session, _promise(session, promise_id))
    let_go()
    guess = runtime().router.predict(material.text)
    found = extract(material.text)
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            classify.record(session, promise, guess, found, utc_now())


def _letter(promise_id: int) -> None:
    settings = runtime().settings
    with unit_of_work() as session:
        letter = letters.compose(session, _promise(session, promise_id), settings.base_url, settings.secret_key)
    let_go()
    delivered = email.send(letter, settings) if letter is not None else email.SHOWN_ONLY
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            promise.keep(utc_now(), delivered=delivered)


def _promise(session: Session, promise_id: int) -> Promise:
    return session.get_one(Promise, promise_id)


KEEPERS = {PromiseKind.CLASSIFY: _classify, PromiseKind.LETTER: _letter}
