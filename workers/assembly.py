"""Celery as this project uses it, and the timetable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import Celery

from workers.runtime import install_runtime

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings

LONGEST_TASK_SECONDS = 60

TIMETABLE = {
    "sweep": {"task": "workers.clock.sweep", "schedule": 5.0},
    "deadlines": {"task": "workers.clock.deadlines", "schedule": 60.0},
    "close_silent": {"task": "workers.clock.close_silent", "schedule": 600.0},
    "index": {"task": "workers.clock.index", "schedule": 300.0},
    "count": {"task": "workers.clock.count", "schedule": 30.0},
    "recount": {"task": "workers.clock.recount", "schedule": 24 * 3600.0},
    "forget": {"task": "workers.clock.forget", "schedule": 3600.0},
    "websites": {"task": "workers.clock.websites", "schedule": 3600.0},
    "publish": {"task": "workers.clock.publish", "schedule": 3600.0},
    "learn": {"task": "workers.learning.challenge", "schedule": 24 * 3600.0},
    "sample": {"task": "workers.clock.sample", "schedule": 3600.0},
    "drift": {"task": "workers.learning.drift", "schedule": 24 * 3600.0},
}


def make_celery(flask_app: Flask, settings: Settings) -> Celery:
    """The configured Celery app; its tasks run inside the Flask app's context."""
    app = Celery("occ1212", broker=settings.broker_url, include=["workers.tasks", "workers.clock", "workers.learning"])
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_soft_time_limit=LONGEST_TASK_SECONDS,
        timezone="UTC",
        enable_utc=True,
        beat_schedule=TIMETABLE,
    )
    if settings.broker_url.startswith(("redis://", "rediss://")):
        app.conf.broker_transport_options = {
            "visibility_timeout": 900,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "unacked_mutex_expire": 30,
            "socket_timeout": 30,
            "socket_keepalive": True,
        }
    app.set_default()
    install_runtime(app, flask_app, settings)
    return app
