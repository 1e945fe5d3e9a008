"""What a task finds around it: the Flask app, the settings, the classifier, a trace id in its logs."""

from __future__ import annotations

import fcntl
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from celery import Celery, current_app

from classifiers.model import Router
from classifiers.train import ensure
from complaints.services.evidence.kinds import limits_of
from complaints.services.evidence.stores import open_store
from complaints.services.learn.champion import folder_of
from complaints.services.mailroom import Hint, Room

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from flask import Flask

    from config import Settings


class Runtime:
    """The assembled parts of this worker process."""

    def __init__(self, flask_app: Flask, settings: Settings) -> None:
        """Hold app and settings."""
        self.flask_app = flask_app
        self.settings = settings
        self.store = open_store(settings)

    def router(self, versions: Sequence[str]) -> tuple[Router, dict[str, str]]:
        """The first of the versions that can be read, and what was found out about those that were tried anew.

        A version's finding is why it cannot be read, or empty when it could. The project's own model, the empty
        version, is trained when it is missing.
        """
        return _routers.of(self.settings.model_dir, versions)


class _Routers:
    """The one model that this process holds."""

    def __init__(self) -> None:
        self.loading = threading.Lock()
        self.held: tuple[Path, Router] | None = None

    def of(self, model_dir: Path, versions: Sequence[str]) -> tuple[Router, dict[str, str]]:
        """Load at most once; of several threads that miss the model, one loads and the others wait."""
        found: dict[str, str] = {}
        with self.loading:
            for version in versions:
                folder = folder_of(model_dir, version)
                if self.held is not None and self.held[0] == folder:
                    return self.held[1], found
                try:
                    router = Router.load(folder) if version else _project(model_dir)
                except Exception as error:
                    if not version:
                        raise
                    found[version] = f"{type(error).__name__}: {error}"
                    continue
                found[version] = ""
                self.held = (folder, router)
                return router, found
        raise LookupError(versions)


def _project(model_dir: Path) -> Router:
    """The project's own model; of several processes that miss it, one trains and the others wait."""
    model_dir.mkdir(parents=True, exist_ok=True)
    with (model_dir / "training.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ensure(model_dir)
    return Router.load(model_dir)


_routers = _Routers()


def install_runtime(app: Celery, flask_app: Flask, settings: Settings) -> None:
    """Hang the parts on the Celery app, where tasks find them."""
    app.occ_runtime = Runtime(flask_app, settings)


def runtime() -> Runtime:
    """The parts of the app that runs this task."""
    return cast("Runtime", current_app.occ_runtime)


def room(hints: Mapping[str, Hint] | None = None) -> Room:
    """What dealing with incoming words needs, with what the classifier made of them."""
    settings = runtime().settings
    return Room(limits_of(settings), runtime().store, settings.secret_key, settings.base_url, hints or {})


def utc_now() -> datetime:
    """The clock of the workers."""
    return datetime.now(UTC)
