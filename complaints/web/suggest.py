"""What kind of problem a story tells of, as a first guess for its writer; harmless when there is no model.

The model is loaded at the first question and kept until its files change. Whoever asks while another thread loads it
gets no suggestion: nobody waits. Nothing is ever trained here.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from classifiers.model import Router
from complaints.db import begin_reading, let_go
from complaints.services.learn.champion import folder_in_service

if TYPE_CHECKING:
    from pathlib import Path

LEAST_CONFIDENCE = 0.45
LEAST_LETTERS = 12
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A guess worth asking about."""

    category: str
    confidence: float
    urgent: bool = False


class Suggester:
    """Holds one loaded model and the mark of the files that it came from."""

    def __init__(self) -> None:
        """Start empty."""
        self.lock = threading.Lock()
        self.mark: tuple[str, int] | None = None
        self.router: Router | None = None

    def suggest(self, folder: Path, text: str) -> Suggestion | None:
        """The likely category of a text; None when unsure, without a model, or when anything fails."""
        if len(text.strip()) < LEAST_LETTERS:
            return None
        router = self._router(folder)
        return worth_asking(router, text) if router is not None else None

    def _router(self, folder: Path) -> Router | None:
        try:
            mark = (str(folder), max(entry.stat().st_mtime_ns for entry in folder.glob("model*")))
        except (OSError, ValueError):
            return None
        if mark == self.mark:
            return self.router
        if not self.lock.acquire(blocking=False):
            return None
        try:
            self.router = Router.load(folder)
        except Exception as error:  # noqa: BLE001 - a model of another version fails in its own ways
            log.warning("model_unreadable", error=type(error).__name__)
            self.router = None
        finally:
            self.mark = mark
            self.lock.release()
        return self.router


def worth_asking(router: Router, text: str) -> Suggestion | None:
    """A model's guess about a text; None when it is unsure or fails: then people choose from the list."""
    if len(text.strip()) < LEAST_LETTERS:
        return None
    try:
        guess = router.predict(text)
    except Exception as error:  # noqa: BLE001 - whatever a model may raise, the citizen chooses from the list
        log.warning("suggestion_failed", error=type(error).__name__)
        return None
    if guess.confidence < LEAST_CONFIDENCE:
        return None
    return Suggestion(guess.category, guess.confidence, guess.urgent)


_suggester = Suggester()


def suggest(model_dir: Path, text: str) -> Suggestion | None:
    """The likely category of a text, from the one model in service; no connection is held meanwhile."""
    folder = folder_in_service(begin_reading(), model_dir)
    let_go()
    return _suggester.suggest(folder, text)
