"""The web process of `occ1212 up`: `python -m complaints.web.cli.serve HOST PORT`.

waitress reads each request whole, in one thread and to a file when it is large, before any thread of the centre is
given to it: whoever sends a byte a minute holds up nobody. A connection on which nothing moves is closed.
"""

from __future__ import annotations

import resource
import signal
import sys
from typing import TYPE_CHECKING

from waitress.server import create_server

from wsgi import app

if TYPE_CHECKING:
    from config import Settings

MOST_CONNECTIONS = 4000
SILENT_SECONDS = 60
# What is too large by less than this is refused by the app, with a page that says so.
TIMES_LARGER = 4


def allow_connections(number: int) -> None:
    """Raise this process's own limit of open files, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number * 2
    if soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def leave(_number: int, _frame: object) -> None:
    """End the loop; waitress then gives what is at work some seconds."""
    raise SystemExit


def main(host: str, port: int) -> None:
    """Serve until SIGTERM."""
    settings: Settings = app.extensions["settings"]
    allow_connections(MOST_CONNECTIONS)
    server = create_server(
        app,
        listen=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        threads=settings.web_threads,
        connection_limit=MOST_CONNECTIONS,
        channel_timeout=SILENT_SECONDS,
        cleanup_interval=SILENT_SECONDS // 2,
        max_request_body_size=TIMES_LARGER * app.config["MAX_CONTENT_LENGTH"],
        # select() knows no more than 1,024 connections.
        asyncore_use_poll=True,
        # Whom to believe is the app's decision (OCC_TRUSTED_PROXIES).
        clear_untrusted_proxy_headers=False,
        ident=None,
    )
    signal.signal(signal.SIGTERM, leave)
    server.run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
