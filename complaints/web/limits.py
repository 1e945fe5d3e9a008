"""Rate limits: per address, counted in memory or in Redis."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, headers_enabled=True)

GUESSING = "10 per minute; 60 per hour"
SENDING = "30 per minute; 300 per hour"
