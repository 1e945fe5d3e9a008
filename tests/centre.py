"""A whole centre for tests: the real app on a migrated, seeded database of either kind."""

from __future__ import annotations

import itertools
import secrets
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from sqlalchemy import select
from sqlalchemy.engine.default import DefaultDialect
from werkzeug.routing import Rule

import complaints.db
from classifiers.identifiers import Identifiers
from classifiers.model import Prediction
from classifiers.signs import signs
from classifiers.taxonomy import load_taxonomy
from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Actor, Role
from complaints.domain.case import Case
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services import accounts, centre, classify, intake, playbooks, promises, replies
from complaints.web.app import create_app
from complaints.web.cli import database
from config import Settings
from tests.servers import PostgresServer
from tests.shared import once

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from flask import Flask
    from jinja2.bccache import Bucket
    from werkzeug.test import TestResponse

    from tests.servers import BucketServer

KEY = "a-key-for-tests-only-" + "k" * 24
PASSWORD = "correct horse 1212"
# The database of a worker's PostgreSQL that tests get copies of.
TEMPLATE = "centre_template"
LOGINS = {
    Role.AGENT: ("agent@centre.example", None),
    Role.SUPERVISOR: ("supervisor@centre.example", None),
    Role.PARTNER: ("officer@police.example", "POLICE"),
    Role.ADMINISTRATOR: ("admin@centre.example", None),
}
_numbers = itertools.count(1)
# Each test has an application of its own; what its pages compile to is the same in all of them.
_pages: dict[str, bytes] = {}


_rules: dict[tuple[object, ...], dict[str, Any]] = {}
_compile = Rule.compile


def _compile_once(rule: Rule) -> None:
    """What a route is read into is the same in every application too, and reading it most of what one costs."""
    defaults = tuple(sorted((rule.defaults or {}).items()))
    key = (rule.rule, rule.host, rule.subdomain, rule.merge_slashes, defaults)
    if key not in _rules:
        _compile(rule)
        _rules[key] = {name: vars(rule)[name] for name in ("_parts", "_trace", "_converters", "arguments")} | {
            name: vars(rule)[name].__func__ for name in ("_build", "_build_unknown")
        }
        return
    kept = _rules[key]
    rule._parts, rule._trace, rule._converters = kept["_parts"], kept["_trace"], kept["_converters"]
    rule.arguments = kept["arguments"]
    rule._build, rule._build_unknown = kept["_build"].__get__(rule), kept["_build_unknown"].__get__(rule)


Rule.compile = _compile_once  # type: ignore[method-assign]


# A dialect belongs to its engine, and statements are kept by dialect; all of a kind speak alike here. Half of what the
# statements of a test cost was writing them out anew for its engine.
_statements: dict[object, object] = {}
_engine_options = complaints.db.engine_options
DefaultDialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign,assignment]
DefaultDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign,assignment]
complaints.db.engine_options = lambda url: {
    **_engine_options(url),
    "execution_options": {"compiled_cache": _statements},
}


class CompiledPages(BytecodeCache):
    """Keeps for the whole run what Jinja made of each template."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was kept; Jinja's own key and checksum of the source tell whether it is still that."""
        kept = _pages.get(f"{bucket.key}{bucket.checksum}")
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        _pages[f"{bucket.key}{bucket.checksum}"] = bucket.bytecode_to_string()


def make_app(settings: Settings) -> Flask:
    """The real application, which wakes nobody."""
    app = create_app(settings, RecordingWaker())
    app.jinja_env.bytecode_cache = CompiledPages()
    return app


@dataclass
class RecordingWaker:
    """Remembers whom it would have woken."""

    woken: list[int] = field(default_factory=list)

    def wake(self, promise_ids: Sequence[int]) -> None:
        """Remember."""
        self.woken.extend(promise_ids)


class Browser(FlaskClient):
    """Each request has an application context of its own, as on a real server: nothing is left over from the last."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request."""
        with self.application.app_context():
            return super().open(*args, **kwargs)


def fill(settings: Settings) -> None:
    """Migrate, seed and add one account a role to an empty database."""
    database.upgrade(settings.database_url)
    app = create_app(settings, RecordingWaker())
    with app.app_context():
        now = datetime.now(UTC)
        with unit_of_work() as session:
            centre.seed(session, now)
            replies.seed(session, now)
            playbooks.seed(session)
            for role, (login, agency) in LOGINS.items():
                account = accounts.create(session, login, f"ทดสอบ {role.value}", role.value, agency, now)
                accounts.set_password(session, account, PASSWORD, now)
            ocpb = accounts.create(session, "officer@ocpb.example", "ทดสอบ สคบ.", "partner", "OCPB", now)
            accounts.set_password(session, ocpb, PASSWORD, now)
        db.session.remove()
        db.engine.dispose()


def make_settings(folder: Path, url: str) -> Settings:
    """Settings of a test centre: no rate limits, quiet logs."""
    return Settings(
        data_dir=folder,
        database_url=Settings.from_env({"DATABASE_URL": url}).database_url,
        broker_url="memory://",
        secret_key=KEY,
        embedded=False,
        rate_limit=False,
        log_level="ERROR",
    )


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A filled SQLite file to copy."""

    def make(path: Path) -> None:
        fill(make_settings(path.parent, f"sqlite:///{path}"))

    return once(tmp_path_factory, worker_id, "template.sqlite3", make)


@pytest.fixture(scope="session")
def filled_cluster(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """What a PostgreSQL holds in which `TEMPLATE` is filled."""

    def make(path: Path) -> None:
        with PostgresServer() as server:
            fill(make_settings(tmp_path_factory.mktemp("template"), server.create_database(TEMPLATE)))
            server.leave(path)

    return once(tmp_path_factory, worker_id, "cluster", make)


@pytest.fixture
def filled_sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, filled SQLite database."""
    path = tmp_path / "centre.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def filled_postgresql_url(postgres: PostgresServer) -> Iterator[str]:
    """A fresh, filled PostgreSQL database."""
    name = f"centre_{next(_numbers)}"
    yield postgres.create_database(name, template=TEMPLATE)
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a centre whose database is migrated and seeded, once for each kind of database."""
    return make_settings(tmp_path, request.getfixturevalue(f"filled_{request.param}_url"))


@pytest.fixture
def bucket_settings(settings: Settings, bucket: BucketServer) -> Settings:
    """The same centre, its files in the bucket."""
    return replace(
        settings,
        s3_bucket=bucket.BUCKET,
        s3_endpoint=bucket.endpoint,
        s3_key_id=bucket.KEY_ID,
        s3_secret=bucket.SECRET,
    )


def leave() -> None:
    """Close the test's session. One left open elsewhere would fail much later: its connection dies with its base."""
    db.session.remove()
    assert not db.engine.pool.checkedout(), "a session was left open"
    db.engine.dispose()


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The real application."""
    app = make_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Browser
    with app.app_context():
        yield app
        leave()


@pytest.fixture
def limited_app(settings: Settings) -> Iterator[Flask]:
    """The application with its rate limits and its CSRF check on."""
    app = make_app(replace(settings, rate_limit=True))
    app.test_client_class = Browser
    with app.app_context():
        yield app
        leave()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without script."""
    return app.test_client()


def sign_in(client: FlaskClient, role: Role, login: str | None = None) -> None:
    """Sign a browser in with the account of a role (or another login)."""
    answer = client.post("/staff/sign-in", data={"login": login or LOGINS[role][0], "password": PASSWORD})
    assert answer.status_code == 303, answer.get_data(as_text=True)


def actor(role: Role, login: str | None = None) -> Actor:
    """The acting party of a role's account."""
    account = db.session.scalars(select(Account).where(Account.login == (login or LOGINS[role][0]))).one()
    found = account.actor
    db.session.remove()
    return found


def file_case(
    story: str = "ร้านปิดหนีหลังโอนเงิน", channel: str = "web", now: datetime | None = None, **more: object
) -> tuple[str, str]:
    """File a complaint through the real service; returns number and secret."""
    with unit_of_work() as session:
        inbound = intake.Inbound(
            channel=channel, story=story, submission=secrets.token_hex(8), consent_at=datetime.now(UTC), **more
        )  # type: ignore[arg-type]
        filed = intake.file_case(session, inbound, Actor(Role.COMPLAINANT), now or datetime.now(UTC), KEY)
        number, secret = filed.case.number, filed.secret
    db.session.remove()
    return number, secret


def classified(
    number: str, category: str = "seller_fraud", *, sure: bool = True, urgent: bool = False, now: datetime | None = None
) -> None:
    """Record a machine's decision for a case as the worker would, without a model."""
    with unit_of_work() as session:
        promise = session.scalars(
            select(Promise)
            .join(Case, Case.id == Promise.case_id)
            .where(Case.number == number, Promise.kind == PromiseKind.CLASSIFY.value)
        ).one()
        locked = promises.for_result(session, promise.id)
        assert locked is not None
        guess = Prediction(
            category=category,
            agency=load_taxonomy().agency_of(category),
            confidence=0.97 if sure else 0.55,
            second="general_inquiry",
            second_confidence=0.02,
            auto=sure,
            urgent=urgent,
            evidence=[(0, 4, 0.8)],
            version="test",
        )
        found, seen = Identifiers(phones=["0800000000"]), signs(session.get_one(Case, promise.case_id).story)
        classify.record(session, locked, guess, found, now or datetime.now(UTC), signs=seen)
    db.session.remove()
