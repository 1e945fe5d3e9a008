"""gunicorn's hooks: a web worker ends when its master is gone, and holds no connection of its master's."""

from __future__ import annotations

from typing import Any

from complaints.web.cli.supervisor import die_with_parent

worker_class = "gthread"
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "warning"
keepalive = 5
graceful_timeout = 20
max_requests_jitter = 0


def post_fork(_server: Any, worker: Any) -> None:  # noqa: ANN401 - gunicorn's own objects
    """Tie the worker's life to the master's."""
    die_with_parent(worker.ppid)
