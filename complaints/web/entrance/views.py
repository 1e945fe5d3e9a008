"""The entrance: staff come in with a password or a one-time link, change the password, and leave."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user

from complaints.db import begin_reading, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.domain.errors import DomainError, SignInFailed
from complaints.domain.policy import Permission
from complaints.services import accounts
from complaints.web.errors import field_errors, sentence
from complaints.web.frame import KEYS_COOKIE, frame
from complaints.web.guard import SignedIn, needs, now
from complaints.web.language import t
from complaints.web.limits import GUESSING, limiter

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

blueprint = Blueprint("entrance", __name__, template_folder="templates", url_prefix="/staff")

HOMES = {
    Role.AGENT.value: "/desk",
    Role.SUPERVISOR.value: "/oversight",
    Role.PARTNER.value: "/partner",
    Role.ADMINISTRATOR.value: "/admin",
    Role.OPERATOR.value: "/operator",
}
# Set in the session of whoever came in over a one-time link: nobody asks for a password that was forgotten.
BY_LINK = "by_link"
YEAR = 365 * 24 * 3600


def own_path(target: str) -> str | None:
    """The target if it is a page of this centre: a link in a mail cannot send staff elsewhere after signing in."""
    if not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable() or "\\" in target:
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def _begin(work: Session, account: Account) -> SignedIn:
    """A fresh session in the table; the one that this browser had before ends."""
    if current_user.is_authenticated:
        accounts.end_session(work, current_user.token, now())
    return SignedIn(account, accounts.start_session(work, account, now()))


def _come_in(user: SignedIn) -> None:
    """Give the browser the new session; everything of an earlier one is dropped."""
    session.clear()
    login_user(user)


def _home(role: str) -> str:
    return HOMES.get(role, "/")


@blueprint.get("/sign-in")
@needs(Permission.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """The form; whoever is signed in goes on."""
    if current_user.is_authenticated:
        return redirect(own_path(request.args.get("next", "")) or _home(current_user.role))
    return _sign_in_page({}, 200)


@blueprint.post("/sign-in")
@needs(Permission.PUBLIC)
@limiter.limit(GUESSING)
def try_sign_in() -> ResponseReturnValue:
    """Check login and password; an unknown login and a wrong password look the same and take as long."""
    login, given = request.form.get("login", ""), request.form.get("password", "")
    try:
        with unit_of_work() as work:
            account = accounts.authenticate(work, login, given, now())
            user = _begin(work, account) if account is not None else None
    except SignInFailed as error:
        return _sign_in_page({"login": _paused(error)}, 429)
    if user is None:
        return _sign_in_page({"login": t("entrance.sign_in.wrong")}, 422)
    _come_in(user)
    return redirect(own_path(request.form.get("next", "")) or _home(user.role), 303)


def _paused(error: SignInFailed) -> str:
    """How long to wait, in minutes when seconds would be hard to grasp."""
    seconds = int(str(error.values.get("wait_seconds", 0)))
    return sentence(error) if seconds <= 90 else t("entrance.sign_in.paused", minutes=-(-seconds // 60))  # noqa: PLR2004 - a minute and a half


def _sign_in_page(errors: dict[str, str], status: int) -> ResponseReturnValue:
    begin_reading()
    page = render_template(
        "entrance/sign_in.html",
        errors=errors,
        login=request.form.get("login", ""),
        next=own_path(request.values.get("next", "")) or "",
    )
    return page, status


@blueprint.post("/sign-out")
@needs(Permission.PUBLIC)
def sign_out() -> ResponseReturnValue:
    """End the session, here and in the table; no complaint when it had ended by itself."""
    if current_user.is_authenticated:
        with unit_of_work() as work:
            accounts.end_session(work, current_user.token, now())
    session.clear()
    flash(t("entrance.sign_in.left"), "done")
    return redirect(url_for("entrance.sign_in"), 303)


@blueprint.get("/link/<token>")
@needs(Permission.PUBLIC)
def link(token: str) -> ResponseReturnValue:
    """A page with a button, so that a mail scanner that opens links does not spend it."""
    account = accounts.peek_link(begin_reading(), token, now())
    if account is None:
        return render_template("entrance/dead_link.html"), 410
    return render_template("entrance/link.html", name=account.name, login=account.login, token=token)


@blueprint.post("/link/<token>")
@needs(Permission.PUBLIC)
@limiter.limit(GUESSING)
def spend_link(token: str) -> ResponseReturnValue:
    """Spend the link, sign in, and lead to setting a password."""
    with unit_of_work() as work:
        account = accounts.use_link(work, token, now())
        user = _begin(work, account) if account is not None else None
    if user is None:
        begin_reading()
        return render_template("entrance/dead_link.html"), 410
    _come_in(user)
    session[BY_LINK] = True
    return redirect(url_for("entrance.password"), 303)


@blueprint.get("/password")
@needs(Permission.SIGNED_IN)
def password() -> ResponseReturnValue:
    """The form for one's own password."""
    return _password_page({}, 200)


@blueprint.post("/password")
@needs(Permission.SIGNED_IN)
@limiter.limit(GUESSING)
def change_password() -> ResponseReturnValue:
    """Store the new password and sign out every other browser of the account."""
    by_link = bool(session.get(BY_LINK))
    new, again = request.form.get("password", ""), request.form.get("again", "")
    if new != again:
        return _password_page({"again": t("entrance.password.differs")}, 422)
    try:
        if not by_link and not _knows_password():
            return _password_page({"current": t("entrance.password.wrong")}, 422)
        with unit_of_work() as work:
            account = work.get_one(Account, current_user.account_id)
            accounts.set_password(work, account, new, now(), keep=current_user.token)
    except SignInFailed as error:
        return _password_page({"current": _paused(error)}, 429)
    except DomainError as error:
        return _password_page(field_errors(error), 422)
    session.pop(BY_LINK, None)
    flash(t("entrance.password.done"), "done")
    return redirect(_home(current_user.role), 303)


def _knows_password() -> bool:
    """Check the present password, every wrong try counted; raises `SignInFailed` while the account is paused."""
    with unit_of_work() as work:
        found = accounts.authenticate(work, current_user.login, request.form.get("current", ""), now())
    return found is not None


def _password_page(errors: dict[str, str], status: int) -> ResponseReturnValue:
    begin_reading()
    page = render_template(
        "entrance/password.html",
        errors=errors,
        by_link=bool(session.get(BY_LINK)),
        least=accounts.MIN_PASSWORD,
        home=_home(current_user.role),
        **frame(t("entrance.name"), _home(current_user.role)),
    )
    return page, status


@blueprint.post("/keys")
@needs(Permission.SIGNED_IN)
def keys() -> ResponseReturnValue:
    """Switch the one-letter keys on or off in this browser."""
    answer: Response = redirect(own_path(request.form.get("back", "")) or _home(current_user.role), 303)  # type: ignore[assignment]
    wanted = "off" if request.form.get("keys") == "off" else "on"
    answer.set_cookie(KEYS_COOKIE, wanted, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return answer
