"""Structured logs: one JSON line an event, one id from the request to the task, nothing personal."""

from __future__ import annotations

import logging
import sys
import uuid
from time import perf_counter
from typing import TYPE_CHECKING

import structlog
from flask import g, request

if TYPE_CHECKING:
    from flask import Flask, Response
    from structlog.typing import Processor

log = structlog.get_logger()


def configure_logging(level: str) -> None:
    """JSON lines to standard error, from structlog and from the libraries alike."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if level.upper() == "INFO" else level.upper())


def log_requests(app: Flask) -> None:
    """Log each request by its route, never by its address: addresses may hold tokens."""

    @app.before_request
    def start() -> None:
        g.started = perf_counter()
        g.trace = uuid.uuid4().hex[:16]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(trace=g.trace)

    @app.after_request
    def end(response: Response) -> Response:
        if request.endpoint not in {"static", "health.live", "health.ready"}:
            log.info(
                "request",
                method=request.method,
                route=str(request.url_rule) if request.url_rule else None,
                status=response.status_code,
                ms=round((perf_counter() - g.get("started", perf_counter())) * 1000, 1),
            )
        response.headers["X-Request-Id"] = g.get("trace", "")
        return response
