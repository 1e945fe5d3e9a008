"""Keeping promises: claim short, work outside, record short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from celery import shared_task

from classifiers.identifiers import extract
from classifiers.signs import signs
from complaints.channels import email, registry
from complaints.db import db, let_go, promised, unit_of_work
from complaints.domain.bubbles import fitted
from complaints.domain.channel import SHOWN_ONLY, Manner, Undeliverable, Unreadable
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services import agency_letters, broadcast, classify, letters, promises, receive
from complaints.services.evidence import inspecting
from complaints.services.evidence.antivirus import Clamd
from complaints.services.evidence.keeping import discard_unused, seal_heard
from complaints.services.learn import champion
from complaints.services.mediation import letters as mediating
from complaints.services.talk import speak, talking
from complaints.services.talk.hints import hint_of
from complaints.web.suggest import worth_asking
from workers import agreements, hooks, official, sites
from workers.batches import in_batches
from workers.runtime import room, runtime, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from complaints.domain.channel import Heard, Outbound
    from complaints.services.mailroom import Hint
    from complaints.services.reach import Way

log = structlog.get_logger()


@shared_task(name="workers.tasks.keep")
def keep(promise_id: int) -> None:
    """Keep one promise; a copy of the message that comes late or twice finds nothing to do.

    Whoever read what came in answers it at once: in the queue the receipt would stand behind everything that came in
    meanwhile.
    """
    for answer_id in _keep(promise_id):
        _keep(answer_id)


def _keep(promise_id: int) -> Sequence[int]:
    """Keep one promise; tells of the answers to what was read."""
    with runtime().flask_app.app_context():
        with unit_of_work() as session:
            promise = promises.claim(session, promise_id, utc_now())
            if promise is None:
                return ()
            kind, case_id, trace, tries = promise.kind, promise.case_id, promise.trace, promise.tries
        let_go()
        structlog.contextvars.bind_contextvars(trace=trace, promise=promise_id)
        try:
            answers = KEEPERS[PromiseKind(kind)](promise_id) or ()
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
            return ()
        else:
            return answers
        finally:
            structlog.contextvars.clear_contextvars()
            let_go()


def _miss(promise_id: int, error: Exception) -> None:
    final = isinstance(error, Undeliverable)
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            promise.miss(utc_now(), f"{type(error).__name__}: {error}", final=final)


def _classify(promise_id: int) -> None:
    with unit_of_work() as session:
        material = classify.material(session, _promise(session, promise_id))
        versions = champion.in_order(session)
    let_go()
    router, states = runtime().router(versions)
    guess = router.predict(material.text)
    found, seen = extract(material.text), signs(material.text)
    with unit_of_work() as session:
        for version, broken in states.items():
            champion.note_state(session, version, broken)
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            classify.record(session, promise, guess, found, utc_now(), signs=seen)


def _letter(promise_id: int) -> None:
    settings = runtime().settings
    with unit_of_work() as session:
        routes = letters.compose(session, _promise(session, promise_id), settings.base_url, settings.secret_key)
    let_go()
    delivered, failures = _deliver(routes)
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            letters.record(session, promise, delivered, failures, utc_now())


def _deliver(routes: list[tuple[Way, Outbound]]) -> tuple[str, list[tuple[Way, Undeliverable]]]:
    """Try one way after the other; the empty text when every one failed for good."""
    failures: list[tuple[Way, Undeliverable]] = []
    for way, letter in routes:
        channel = registry.known().get(way.channel)
        if channel is None or channel.send is None:
            continue
        if way.closed:
            failures.append((way, Undeliverable("the account blocked the centre", way.closed)))
            continue
        try:
            delivered = channel.send(fitted(letter, channel.taps), runtime().settings)
        except Undeliverable as error:
            failures.append((way, error))
        else:
            # A way that is not set up reached nobody: the next one may.
            if delivered != SHOWN_ONLY:
                return delivered, failures
    return "" if failures else SHOWN_ONLY, failures


def _read(promise_id: int) -> Sequence[int]:
    settings = runtime().settings
    with unit_of_work() as session:
        raw = receive.raw_of(session, _promise(session, promise_id).raw_id or 0)
    let_go()
    channel = registry.known()[raw.channel]
    try:
        heard, unreadable = list(channel.read(raw, settings)) if channel.read is not None else [], None
    except Unreadable as error:
        heard, unreadable = [], error
    works = room(_hints(channel.code, heard) if channel.manner is Manner.TALK else {})
    heard = seal_heard(heard, works.limits, works.store, utc_now())
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is None:
            return ()
        if unreadable is not None:
            receive.take_unreadable(session, promise, works, utc_now(), unreadable)
        else:
            receive.take(session, promise, heard, channel.manner, works, utc_now())
        discard_unused(session, (file.stored_key for event in heard for file in event.files), utc_now())
        return promises.spoken(session, promised(session))


def _hints(channel: str, heard: list[Heard]) -> dict[str, Hint]:
    """What the words of a talk tell already, by event; read while no transaction is open."""
    with unit_of_work() as session:
        material = talking.material(session, channel, heard)
        versions = champion.in_order(session)
    let_go()
    if not material:
        return {}
    router, _ = runtime().router(versions)
    guesses = {event_id: worth_asking(router, text) for event_id, text in material.items()}
    return {
        event_id: hint_of(guess.category if guess is not None else "", material[event_id])
        for event_id, guess in guesses.items()
    }


def _say(promise_id: int) -> None:
    """One turn of a talk."""
    settings = runtime().settings
    with unit_of_work() as session:
        code, words = speak.compose(session, _promise(session, promise_id), settings.secret_key, utc_now())
    let_go()
    channel = registry.known().get(code)
    delivered, failure = SHOWN_ONLY, None
    if channel is not None and channel.send is not None:
        try:
            delivered = channel.send(fitted(words, channel.taps), settings)
        except Undeliverable as error:
            delivered, failure = "", error
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            speak.record(session, promise, delivered, failure, utc_now())


def _promise(session: Session, promise_id: int) -> Promise:
    return session.get_one(Promise, promise_id)


def _agency_letter(promise_id: int) -> None:
    settings = runtime().settings
    with unit_of_work() as session:
        letter = agency_letters.compose(session, _promise(session, promise_id), settings.base_url, settings.secret_key)
    let_go()
    delivered = email.send(letter, settings) if letter is not None else agency_letters.NOT_NEEDED
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            promise.keep(utc_now(), delivered=delivered)


def _mediation_letter(promise_id: int) -> None:
    settings = runtime().settings
    with unit_of_work() as session:
        letter = mediating.compose(session, _promise(session, promise_id), settings.base_url, settings.secret_key)
    let_go()
    delivered = email.send(letter, settings) if letter is not None else mediating.NOT_NEEDED
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            promise.keep(utc_now(), delivered=delivered)


def _inspect(promise_id: int) -> None:
    settings = runtime().settings
    with unit_of_work() as session:
        about = inspecting.material(session, promise_id)
    let_go()
    if about is None:
        return
    finding = inspecting.look(about, runtime().store, Clamd(settings.clamd) if settings.clamd else None)
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            inspecting.record(session, promise, finding, utc_now())
        else:
            inspecting.forget_copies(session, about, utc_now())


def _erase(promise_id: int) -> None:
    with unit_of_work() as session:
        paths = list(_promise(session, promise_id).payload["paths"])
    let_go()
    for path in paths:
        runtime().store.erase(path)
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            promise.keep(utc_now(), erased=len(paths))


def _broadcast(promise_id: int) -> None:
    in_batches(promise_id, broadcast.send_some)


KEEPERS: dict[PromiseKind, Callable[[int], Sequence[int] | None]] = {
    PromiseKind.CLASSIFY: _classify,
    PromiseKind.LETTER: _letter,
    PromiseKind.AGENCY_LETTER: _agency_letter,
    PromiseKind.REFERRAL_LETTER: official.send_letter,
    PromiseKind.MEDIATION: _mediation_letter,
    PromiseKind.AGREEMENT: agreements.put_on_paper,
    PromiseKind.READ: _read,
    PromiseKind.SAY: _say,
    PromiseKind.INSPECT: _inspect,
    PromiseKind.ERASE: _erase,
    PromiseKind.BROADCAST: _broadcast,
    PromiseKind.CAPTURE: sites.capture_site,
    PromiseKind.SITE_NEWS: sites.tell_news,
    PromiseKind.WEBHOOK: hooks.tell_system,
}
