"""The lock on every route: it names a permission, and what names none is refused."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from flask import abort, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user

from complaints.db import begin_reading, db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.policy import Permission, may
from complaints.services import accounts, clients

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from flask import Flask
    from flask.typing import ResponseReturnValue

    from complaints.domain.account import Account
    from complaints.domain.client import Scope
    from complaints.services.clients import Party

LOCK = "__permission__"
SCOPE = "__scope__"
IN_FORM = "__in_form__"
QUIET = "__quiet__"
# Words alone, and no more of them than a civic app may send.
LARGEST_FORM = 256 * 2**10
TRACK_SECONDS = 45 * 60
TOUCH_EVERY = timedelta(seconds=60)
View = TypeVar("View", bound="Callable[..., Any]")


def needs(permission: Permission) -> Callable[[View], View]:
    """Put a lock on a view; goes below the route decorator."""

    def put(view: View) -> View:
        setattr(view, LOCK, permission)
        return view

    return put


def needs_token(*scopes: Scope) -> Callable[[View], View]:
    """Put the lock of machines on a view: a living token that has one of the scopes, and no cookie."""

    def put(view: View) -> View:
        setattr(view, SCOPE, scopes)
        return needs(Permission.MACHINE)(view)

    return put


def needs_key(*scopes: Scope) -> Callable[[View], View]:
    """The same lock, for machines that send the token as `api_key` among the fields of a form; refuses with 403."""

    def put(view: View) -> View:
        setattr(view, IN_FORM, True)
        return needs_token(*scopes)(view)

    return put


def quiet(view: View) -> View:
    """Mark a view that the page itself asks for now and then: it does not count as somebody being there."""
    setattr(view, QUIET, True)
    return view


class SignedIn(UserMixin):
    """The signed-in member of staff as flask-login sees it; its id is the session's token."""

    def __init__(self, account: Account, token: str) -> None:
        """Copy what a page needs, so that it outlives the database session."""
        self.token = token
        self.account_id = account.id
        self.login = account.login
        self.name = account.name
        self.role = account.role
        self.language = account.language
        self.extension = account.extension or ""
        self.actor = account.actor

    def get_id(self) -> str:
        """What the cookie holds."""
        return self.token


def now() -> datetime:
    """The moment of this request: the same for everything that it does."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    moment: datetime = g.now
    return moment


def staff() -> Actor:
    """The signed-in actor; refuses when nobody is."""
    if not current_user.is_authenticated:
        abort(401)
    actor: Actor = current_user.actor
    return actor


def complainant() -> Actor | None:
    """Whoever proved a case in this browser within the last 45 minutes."""
    proven = session.get("track")
    if not isinstance(proven, dict) or proven.get("until", 0) < time.time():
        return None
    return Actor(Role.COMPLAINANT, case_id=int(proven["case"]))


def open_track(case_id: int) -> None:
    """Remember in the signed cookie that this browser proved the case."""
    session["track"] = {"case": case_id, "until": int(time.time()) + TRACK_SECONDS}


def close_track() -> None:
    """Forget the proven case."""
    session.pop("track", None)


def install_guard(app: Flask) -> None:
    """Load who is signed in and check the lock before every view."""
    manager = LoginManager(app)
    manager.session_protection = None

    @manager.user_loader
    def load(token: str) -> SignedIn | None:
        return _load(token)

    @app.before_request
    def check() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None
        view = app.view_functions[request.endpoint]
        permission = getattr(view, LOCK, None)
        if permission is None:
            abort(403)
        if "_user_id" in session and request.endpoint != "static":
            # Looked up now, while no transaction of the view is open in which it would interfere.
            current_user._get_current_object()  # noqa: SLF001 - how a werkzeug proxy is resolved
        if permission is Permission.MACHINE:
            # What may be done here is in the public document anyway; nothing is done.
            if request.method != "OPTIONS":
                in_form = getattr(view, IN_FORM, False)
                _check_token(_form_token() if in_form else _bearer(), getattr(view, SCOPE, ()), 403 if in_form else 401)
            return None
        return _check(permission)


def party() -> Party:
    """The party whose token opened this view."""
    found: Party = g.party
    return found


def _bearer() -> str | None:
    given = request.authorization
    return given.token if given is not None and given.type == "bearer" else None


def _form_token() -> str | None:
    request.max_content_length = LARGEST_FORM
    # Read whole before it is taken apart: the view keeps it as it came.
    request.get_data(cache=True)
    return request.form.get("api_key")


def _check_token(token: str | None, scopes: tuple[Scope, ...], unknown: int) -> None:
    if not token:
        abort(unknown)
    found = clients.of_token(begin_reading(), token, now())
    db.session.remove()
    if found is None:
        abort(unknown)
    if not any(scope.value in found.scopes for scope in scopes):
        abort(403)
    g.party = found
    if found.stale:
        with unit_of_work() as work:
            clients.touch(work, found.token_id, now())
        db.session.remove()


def _load(token: str) -> SignedIn | None:
    idle = timedelta(minutes=current_app.extensions["settings"].idle_minutes)
    found = accounts.session_account(begin_reading(), token, now(), idle)
    user = SignedIn(found[0], token) if found is not None else None
    stale = found is not None and now() - found[1].seen_at > TOUCH_EVERY
    db.session.remove()
    if stale and not getattr(current_app.view_functions.get(request.endpoint or ""), QUIET, False):
        with unit_of_work() as work:
            again = accounts.session_account(work, token, now(), idle)
            if again is not None:
                again[1].seen_at = now()
        db.session.remove()
    return user


def _check(permission: Permission) -> ResponseReturnValue | None:
    if permission is Permission.PUBLIC:
        return None
    if permission is Permission.COMPLAINANT:
        actor = complainant()
        if actor is None:
            return redirect(url_for("citizen.track"))
        open_track(actor.case_id or 0)
        return None
    if not current_user.is_authenticated:
        if request.method == "GET":
            return redirect(url_for("entrance.sign_in", next=request.full_path.rstrip("?")))
        abort(401)
    if not may(current_user.actor, permission):
        abort(403)
    return None
