"""A mail server's pipe: one mail in, an exit code of sysexits.h out; nothing is acknowledged before it is kept."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from typing import IO

import click
from sqlalchemy.exc import DBAPIError

from complaints.channels import email
from complaints.db import db, unit_of_work
from complaints.domain.channel import Raw
from complaints.services import receive
from complaints.web.app import create_app
from config import Settings


def take(stream: IO[bytes], account: str) -> int:
    """Keep one mail and promise to read it; the same bytes given again change nothing."""
    settings = Settings.from_env()
    largest = email.largest(settings)
    body = stream.read(largest + 1)
    if len(body) > largest:
        click.echo(f"the mail is larger than {largest // 2**20} MB", err=True)
        return os.EX_DATAERR
    if not body.strip():
        click.echo("no mail on standard input", err=True)
        return os.EX_NOINPUT
    raw = Raw("email", account, body, {}, datetime.now(UTC))
    try:
        app = create_app(settings)
        with app.app_context():
            with unit_of_work() as session:
                receive.keep_raw(session, raw, f"pipe:{hashlib.sha256(body).hexdigest()}")
            db.session.remove()
            db.engine.dispose()
    except (DBAPIError, OSError) as error:
        click.echo(f"not kept, try again: {type(error).__name__}", err=True)
        return os.EX_TEMPFAIL
    return os.EX_OK
