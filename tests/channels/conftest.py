"""A centre whose LINE account is set up, and a telephone that talks to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from complaints.db import db
from complaints.web.app import create_app
from tests.centre import Browser, RecordingWaker
from tests.channels.talking import Phone
from tests.outside.line_server import LineServer, values_for
from workers.assembly import make_celery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from config import Settings


@pytest.fixture
def line() -> Iterator[LineServer]:
    with LineServer() as server:
        yield server


@pytest.fixture
def line_centre(settings: Settings, line: LineServer, model_dir: Path) -> Iterator[Flask]:
    """A centre whose LINE account is set up."""
    settings.model_dir.symlink_to(model_dir)
    settings = replace(settings, channel_values=values_for(line))
    app = create_app(settings, RecordingWaker())
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Browser
    make_celery(app, settings).set_current()
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def phone(line_centre: Flask, line: LineServer) -> Phone:
    return Phone(line_centre, line)
