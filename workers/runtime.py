"""What a task finds around it: the Flask app, the settings, the classifier, a trace id in its logs."""

from __future__ import annotations

import fcntl
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from celery import Celery, current_app

from classifiers.model import Router
from classifiers.train import ensure

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from config import Settings


class Runtime:
    """The assembled parts of this worker process."""

    def __init__(self, flask_app: Flask, settings: Settings) -> None:
        """Hold app and settings."""
        self.flask_app = flask_app
        self.settings = settings

    @property
    def router(self) -> Router:
        """The trained classifier, loaded once a process."""
        return _router(self.settings.model_dir)


_loading = threading.Lock()
_routers: dict[Path, Router] = {}


def _router(folder: Path) -> Router:
    """Load once a process; of several processes and threads that miss the model, one trains and the others wait."""
    with _loading:
        if folder not in _routers:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / "training.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                ensure(folder)
            _routers[folder] = Router.load(folder)
        return _routers[folder]


def install_runtime(app: Celery, flask_app: Flask, settings: Settings) -> None:
    """Hang the parts on the Celery app, where tasks find them."""
    app.occ_runtime = Runtime(flask_app, settings)


def runtime() -> Runtime:
    """The parts of the app that runs this task."""
    return cast("Runtime", current_app.occ_runtime)


def utc_now() -> datetime:
    """The clock of the workers."""
    return datetime.now(UTC)
