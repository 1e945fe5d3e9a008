"""The API's document held against the running server: schemathesis with all its checks."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.client import Scope
from complaints.services import clients
from tests.services.scene import referred

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

CONFIG = Path(__file__).with_name("schemathesis.toml")


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application on a port of its own; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def token_of(agency: str = "POLICE") -> str:
    """A token that may do everything."""
    with unit_of_work() as session:
        scopes = [scope.value for scope in Scope]
        operator, now = Actor(Role.ADMINISTRATOR), datetime.now(UTC)
        _, token = clients.create(session, f"ระบบ {agency}", scopes, 365, operator, now, agency=agency)
    db.session.remove()
    return token


def findings(app: Flask, examples: int, *more: str) -> str:
    """What schemathesis says at its end; empty when it found nothing."""
    for _ in range(3):
        referred("POLICE")
    token = token_of()
    with serving(app) as address:
        command = [
            *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG), "run"),
            f"{address}/api/v1/openapi.json",
            *("--url", f"{address}/api/v1", "--header", f"Authorization: Bearer {token}"),
            *("--checks", "all", "--max-examples", str(examples), "--seed", "1212", "--no-color", *more),
        ]
        # What it remembers from run to run stays out of the repository, and out of the next run.
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return "" if done.returncode == 0 else done.stdout + done.stderr
