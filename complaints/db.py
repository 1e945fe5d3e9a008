"""The session, the one commit, and the wake-up after it.

Nothing else in the project commits. Promises written in a transaction are collected and, once it is safe on disk, a
worker is woken for them; a lost wake-up costs seconds, because the sweep finds the row.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from complaints.domain.outbox import Promise
from complaints.domain.tables import metadata
from complaints.services import feed
from complaints.services.hooks import writing
from complaints.services.search import keeping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from sqlalchemy.engine import Connection

    from complaints.wake import Waker

READ_ONLY = "occ_read_only"
WAKER = "occ_waker"
BUSY_SECONDS = 30

db = SQLAlchemy(metadata=metadata)


def init_db(app: Flask, url: str, waker: Waker) -> None:
    """Bind the app to its database and to whoever is woken after a commit."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    app.extensions[WAKER] = waker
    with app.app_context():
        prepare_engine(db.engine)


def engine_options(url: str) -> dict[str, Any]:
    """Pool and driver options for SQLite or PostgreSQL."""
    # Parameters hold citizens' words: they must stand in no error, and so in no log.
    if url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": BUSY_SECONDS}}
    return {"hide_parameters": True, "pool_size": 10, "max_overflow": 30, "pool_pre_ping": True}


def prepare_engine(engine: Engine) -> None:
    """On SQLite: WAL, foreign keys, and write transactions that take their lock at once, so that none is lost."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@event.listens_for(Session, "before_flush")
def _trace_promises(session: Session, _context: object, _instances: object) -> None:
    trace = str(structlog.contextvars.get_contextvars().get("trace", ""))
    for row in session.new:
        if isinstance(row, Promise) and not row.trace:
            row.trace = trace


@event.listens_for(Session, "after_flush")
def _collect_promises(session: Session, _context: object) -> None:
    fresh = [row.id for row in session.new if isinstance(row, Promise) and row.open]
    if fresh:
        session.info.setdefault("fresh_promises", []).extend(fresh)


@event.listens_for(Session, "after_rollback")
def _drop_promises(session: Session) -> None:
    session.info.pop("fresh_promises", None)


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """One transaction: commits at the end, rolls back on any error, then wakes a worker for fresh promises."""
    session = db.session()
    try:
        yield session
        commit(session)
    except BaseException:
        session.rollback()
        raise


def promised(session: Session) -> list[int]:
    """The promises written in this transaction so far."""
    session.flush()
    return list(session.info.get("fresh_promises", []))


@contextmanager
def rehearsal() -> Iterator[Session]:
    """One transaction that is always taken back: what would happen is seen by doing it."""
    let_go()
    session = db.session()
    try:
        yield session
    finally:
        session.rollback()
        let_go()


def commit(session: Session) -> None:
    """Write what a search must find and agencies' systems must hear, commit and wake; the project's only commit."""
    keeping.bring_up(session)
    writing.bring_up(session)
    # The last: it holds a lock until the commit.
    feed.number(session)
    session.commit()
    fresh = session.info.pop("fresh_promises", [])
    if fresh:
        current_app.extensions[WAKER].wake(fresh)


def begin_reading() -> Session:
    """Open the request's session for reading only; on SQLite it then never waits for a writer.

    Once something is open, it is that.
    """
    session = db.session()
    if not session.in_transaction():
        session.connection(execution_options={READ_ONLY: True})
    return session


def let_go() -> None:
    """Give the connection back before slow work outside."""
    db.session.remove()
