"""The same centre from inside, beside its running processes: its people, and whether its promises are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.agency import CENTRE, Category
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services import accounts
from complaints.wake import SilentWaker
from complaints.web.app import create_app
from config import Settings
from tests.operating import environment

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

PASSWORD = "correct horse 1212"


def all_kept() -> bool:
    """Every promise is done, but for looks at websites of others: who cannot be reached is tried again for hours."""
    ours = (Promise.done_at.is_(None), Promise.kind != PromiseKind.CAPTURE.value)
    left = db.session.scalar(select(func.count()).select_from(Promise).where(*ours))
    db.session.remove()
    return left == 0


def staff() -> dict[str, Actor]:
    """One agent, one supervisor, and an officer for every agency."""
    now = datetime.now(UTC)
    actors = {}
    with unit_of_work() as session:
        agencies = set(session.scalars(select(Category.agency_code))) - {CENTRE}
        for login, role, agency in [
            ("agent@walk.example", Role.AGENT, None),
            ("supervisor@walk.example", Role.SUPERVISOR, None),
            *((f"{code.lower()}@walk.example", Role.PARTNER, code) for code in sorted(agencies)),
        ]:
            account = accounts.create(session, login, login, role.value, agency, now)
            accounts.set_password(session, account, PASSWORD, now)
            actors[agency or role.value] = account.actor
    db.session.remove()
    return actors


def walk_app(data_folder: Path) -> Flask:
    """The same centre from inside, for what desk and agencies do."""
    settings = Settings.from_env(environment(data_folder) | {"OCC_LOG_LEVEL": "ERROR"})
    return create_app(settings, SilentWaker())
