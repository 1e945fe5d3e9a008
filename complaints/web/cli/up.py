"""`occ1212 up`: everything on one machine, whatever the database and the broker are."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from sqlalchemy import select

from classifiers import train
from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.services import accounts, centre, macros, playbooks, replies
from complaints.wake import SilentWaker
from complaints.web.app import create_app
from complaints.web.cli import database
from complaints.web.cli.checks import refuse
from complaints.web.cli.supervisor import Child, Supervisor, listening
from config import Settings, key_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from sqlalchemy.orm import Session

FIRST_LOGIN = "admin@1212.local"


def run(host: str, port: int) -> int:
    """Prepare what is missing, start web, worker and timetable, keep them running until Ctrl-C."""
    address = f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{port}"  # noqa: S104 - compared, not bound
    os.environ.setdefault("OCC_BASE_URL", address)
    refuse_taken(host, port)
    settings = prepare(Settings.from_env(), click.echo)
    link = _first_link(settings)
    supervisor = Supervisor(children(settings, host, port), on_ready=lambda: _welcome(address, link))
    return supervisor.run()


def refuse_taken(host: str, port: int) -> None:
    """Stop when something listens there already: it would look as if this centre had opened."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            click.secho(f"Cannot start: {host}:{port} cannot be used ({error.strerror})", fg="red", err=True)
            click.echo("  Remedy: stop what runs there, or choose another port with --port.", err=True)
            sys.exit(1)


def prepare(settings: Settings, tell: Callable[[str], object]) -> Settings:
    """Make ready whatever the embedded default may make by itself; refuse with the remedy what it may not."""
    tell(f"Data folder   {settings.data_dir}")
    if settings.embedded and not settings.secret_key:
        settings = _make_key(settings)
        tell("Secret key    made and kept in the data folder")
    refuse(settings, schema=False)
    if settings.embedded:
        if database.current(settings.database_url) != database.head():
            tell("Database      bringing the schema up to date")
            database.upgrade(settings.database_url)
    else:
        refuse(settings, schema=True)
    tell(f"Database      {'SQLite in the data folder' if settings.database_url.startswith('sqlite') else 'PostgreSQL'}")
    bring_in(settings)
    if not train.is_current(settings.model_dir):
        tell("Classifier    training on the project's rows (once, about a minute)")
    tell(f"Classifier    version {train.ensure(settings.model_dir)}")
    return settings


def bring_in(settings: Settings) -> None:
    """Put what comes with the centre into its database: agencies, categories, holidays, ready words, macros, playbooks.

    What is there already stays as it is.
    """
    with at_work(settings) as session:
        centre.seed(session, datetime.now(UTC))
        replies.seed(session, datetime.now(UTC))
        macros.seed(session, datetime.now(UTC))
        playbooks.seed(session)


@contextmanager
def opened(settings: Settings) -> Iterator[None]:
    """The application for a command that works by and by; no connection is left open behind it."""
    with quiet_app(settings).app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


@contextmanager
def at_work(settings: Settings) -> Iterator[Session]:
    """The one transaction of a command."""
    with opened(settings), unit_of_work() as session:
        yield session


def quiet_app(settings: Settings) -> Flask:
    """The application for one command: it wakes nobody and logs only warnings."""
    return create_app(replace(settings, log_level="WARNING"), SilentWaker())


def children(settings: Settings, host: str, port: int) -> list[Child]:
    """The processes of this shape: web and embedded engine, or web, worker and beat over Redis."""
    celery = [sys.executable, "-m", "celery", "-A", "workers.app:celery"]
    web = Child(
        "web",
        [sys.executable, "-m", "complaints.web.cli.serve", host, str(port)],
        ready=listening("127.0.0.1" if host == "0.0.0.0" else host, port),  # noqa: S104 - compared, not bound
        stop_seconds=25,
    )
    postman = []
    if settings.of_channel("email", "imap_host"):
        postman.append(Child("postman", [sys.executable, "-m", "workers.postman"]))
    if settings.of_channel("email", "door"):
        postman.append(Child("maildoor", [sys.executable, "-m", "workers.maildoor"]))
    if settings.broker_url == "memory://":
        return [
            Child(
                "engine", [sys.executable, "-m", "workers.embedded"], stop_seconds=30, ready=settings.wake_socket.exists
            ),
            web,
            *postman,
        ]
    return [
        Child(
            "worker",
            [
                *celery,
                "worker",
                "--pool",
                "threads",
                "-c",
                str(settings.worker_threads),
                "-l",
                "warning",
                "-n",
                f"worker-{os.getpid()}@%h",
            ],
            stop_seconds=60,
        ),
        Child("beat", [*celery, "beat", "-l", "warning", "-s", str(settings.data_dir / "beat"), "--pidfile", ""]),
        web,
        *postman,
    ]


def _make_key(settings: Settings) -> Settings:
    path = key_file(settings.data_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(48)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key)
    return replace(settings, secret_key=key)


def _first_link(settings: Settings) -> str | None:
    """A one-time sign-in link as long as no administrator has a password."""
    with at_work(settings) as session:
        administrators = session.scalars(
            select(Account).where(Account.role == Role.ADMINISTRATOR.value, Account.active)
        ).all()
        if any(account.password_hash for account in administrators):
            return None
        now = datetime.now(UTC)
        account = (
            administrators[0]
            if administrators
            else accounts.create(session, FIRST_LOGIN, "ผู้ดูแลระบบ", Role.ADMINISTRATOR.value, None, now)
        )
        return f"{settings.base_url}/staff/link/{accounts.one_time_link(session, account, now)}"


def _welcome(address: str, link: str | None) -> None:
    click.echo("")
    click.secho(f"  The centre is open:  {address}", fg="green", bold=True)
    if link:
        click.echo(f"  First administrator, sign in once within 48 hours:\n  {link}")
    else:
        click.echo(f"  Staff sign in at     {address}/staff/sign-in")
    click.echo("  Ctrl-C stops it.\n")
    sys.stdout.flush()
