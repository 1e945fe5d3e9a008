"""The Flask factory: settings in, one application with all its faces out."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, g, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from complaints.db import init_db
from complaints.domain.policy import Permission
from complaints.domain.thai_time import show_date, show_datetime
from complaints.services.evidence.stores import open_store
from complaints.wake import CeleryWaker, DatagramWaker, SilentWaker
from complaints.web import faces
from complaints.web.api.problems import http_problem, install_outside
from complaints.web.api.views import blueprint as api
from complaints.web.cleaning import CleanRequest
from complaints.web.errors import install_errors
from complaints.web.files import STORE
from complaints.web.guard import LOCK, install_guard, now
from complaints.web.hooks.views import blueprint as hooks
from complaints.web.language import install_language, language, other_language_url, t
from complaints.web.limits import limiter
from complaints.web.logs import configure_logging, log_requests
from complaints.web.numbers import install_numbers
from complaints.web.open311.face import blueprint as open311
from complaints.web.open311.face import http_errors
from complaints.web.profile import centre_profile

if TYPE_CHECKING:
    from datetime import date, datetime

    from flask import Response

    from complaints.wake import Waker
    from config import Settings

STATIC_AGE = 365 * 24 * 3600
FORM_OVERHEAD = 2 * 2**20


def create_app(settings: Settings, waker: Waker | None = None) -> Flask:
    """Build the application; the same factory serves the web and the workers."""
    configure_logging(settings.log_level)
    app = Flask("complaints.web", template_folder="templates", static_folder="static")
    app.request_class = CleanRequest
    app.extensions["settings"] = settings
    app.extensions[STORE] = open_store(settings)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="occ",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=settings.max_total_bytes + FORM_OVERHEAD,
        MAX_FORM_MEMORY_SIZE=2 * 2**20,
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_AGE,
        RATELIMIT_ENABLED=settings.rate_limit,
        RATELIMIT_STORAGE_URI=settings.limiter_storage,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=settings.limiter_storage != "memory://",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    install_numbers(app)
    init_db(app, settings.database_url, waker or _waker(settings))
    log_requests(app)
    install_errors(app)
    install_outside(app, {"/api/": http_problem, "/open311/": http_errors})
    # The doors at which other systems call have signatures or tokens instead.
    csrf = CSRFProtect(app)
    csrf.exempt(hooks)
    csrf.exempt(api)
    csrf.exempt(open311)
    limiter.init_app(app)
    install_guard(app)
    install_language(app)
    _install_words(app)
    _install_headers(app)
    setattr(app.view_functions["static"], LOCK, Permission.PUBLIC)
    faces.register(app)
    return app


def _waker(settings: Settings) -> Waker:
    if settings.broker_url.startswith(("redis://", "rediss://")):
        return CeleryWaker(settings.broker_url)
    if settings.broker_url == "memory://":
        return DatagramWaker(settings.wake_socket)
    return SilentWaker()


def _install_words(app: Flask) -> None:
    """What every template may use."""

    @app.context_processor
    def words() -> dict[str, Any]:
        return {
            "t": t,
            "lang": language(),
            "other_lang_url": other_language_url(),
            "centre": centre_profile(),
            "csp_nonce": nonce(),
            "static_url": static_url,
            "user": current_user,
            "now": now(),
        }

    @app.template_filter("thai_date")
    def thai_date(moment: datetime | date) -> str:
        return show_date(moment, language())

    @app.template_filter("thai_datetime")
    def thai_datetime(moment: datetime) -> str:
        return show_datetime(moment, language())

    @app.template_filter("baht")
    def baht(satang: int) -> str:
        return f"{satang // 100:,}.{satang % 100:02d}"

    @app.template_filter("name")
    def name(row: Any) -> str:  # noqa: ANN401 - an agency, a category or a holiday
        return str(row.name_th if language() == "th" else row.name_en)


def nonce() -> str:
    """The nonce of this response's content security policy."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    value: str = g.nonce
    return value


def static_url(filename: str) -> str:
    """The address of a static file; changes with every release, so that browsers may keep it for a year."""
    return url_for("static", filename=filename, v=_mark(filename))


@cache
def _mark(filename: str) -> str:
    path = Path(current_app.static_folder or "") / filename
    return format(int(path.stat().st_mtime), "x") if path.exists() else "0"


def _install_headers(app: Flask) -> None:
    @app.after_request
    def headers(response: Response) -> Response:
        policy = (
            f"default-src 'none'; script-src 'self' 'nonce-{nonce()}'; style-src 'self' 'nonce-{nonce()}'; "
            "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
            "base-uri 'none'; manifest-src 'self'"
        )
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
