"""The embedded engine's entry: `python -m workers.embedded`."""

from __future__ import annotations

import sys

from config import Settings
from workers.app import celery
from workers.engine import run


def main() -> int:
    """Run the engine on the real app, with the settings of the environment."""
    settings = Settings.from_env()
    return run(celery, settings.wake_socket, settings.worker_threads)


if __name__ == "__main__":
    sys.exit(main())
