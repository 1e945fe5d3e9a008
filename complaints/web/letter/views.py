"""The page behind the link of a letter: one referral, for an agency without accounts, by the portal's own verbs.

Opening it changes nothing, as robots that read mail open every link: what was received is what somebody says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for

from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.case import Case
from complaints.domain.errors import DomainError, InvalidInput, NotAllowed, NotFound, StaleCase, StepImpossible
from complaints.domain.lifecycle import Action
from complaints.domain.policy import Permission, may_see_person
from complaints.services import access, correspond, joined
from complaints.services.evidence.keeping import discard_unused, keep_files
from complaints.services.official import links
from complaints.services.official.wording import reference
from complaints.web import telling
from complaints.web.citizen.face import limits
from complaints.web.citizen.uploads import kinds_taken, seal_each
from complaints.web.errors import STATUS, sentence, step_errors
from complaints.web.file_rows import staff_row
from complaints.web.files import asked_for, send_file_of, store
from complaints.web.guard import needs, now
from complaints.web.language import language, t
from complaints.web.letterfile import send_letter
from complaints.web.limits import SENDING, limiter
from complaints.web.numbers import whole
from complaints.web.partner.page import case_page
from complaints.web.partner.verbs import VERBS

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.referral import Referral
    from complaints.domain.referral_letter import ReferralLetter
    from complaints.services.evidence.kinds import Upload

blueprint = Blueprint("letter", __name__, template_folder="templates", url_prefix="/letter")
# What needs people or offices of the agency's own is for agencies with accounts.
OFFERED = {name: verb for name, verb in VERBS.items() if name not in {"allot", "move", "join"}}
DONE, ATTACH = "done", "attach"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens, and who acts by it."""

    letter: ReferralLetter
    case: Case
    referral: Referral
    actor: Actor


def _opened(session: Session, token: str, seen: int | None = None, *, change: bool = False) -> Opened:
    """Raise `NotFound` for a link that holds no more, and for a referral that the policy hides from its agency."""
    link = links.read_page_token(session, token, str(current_app.config["SECRET_KEY"]), now())
    if link is None:
        raise NotFound(what="link")
    actor, letter = links.actor_of(link), link.letter
    number = session.get_one(Case, letter.referral.case_id).number
    case = access.get_for_change(session, number, actor, seen) if change else access.get_case(session, number, actor)
    return Opened(letter, case, access.get_referral(session, case, letter.referral_id, actor), actor)


@blueprint.errorhandler(NotFound)
def dead(_error: NotFound) -> Response:
    """It ran out, was replaced, or the case lies elsewhere: the same words for all, and how to get on."""
    return _private(render_template("letter/dead.html"), 404)


@blueprint.get(f"/{DONE}")
@needs(Permission.PUBLIC)
def done() -> Response:
    """After a step that ends the agency's view of the case."""
    return _private(render_template("letter/done.html"))


@blueprint.get("/<token>")
@needs(Permission.PUBLIC)
def page(token: str) -> Response:
    """The case as far as the agency may see it."""
    return _page(token)


@blueprint.get("/<token>/paper")
@needs(Permission.PUBLIC)
def paper(token: str) -> Response:
    """The letter itself."""
    return send_letter(_opened(begin_reading(), token).letter)


@blueprint.get("/<token>/file/<int:file_id>")
@needs(Permission.PUBLIC)
def file(token: str, file_id: int) -> Response:
    """A file of the case."""
    session = begin_reading()
    found = _opened(session, token)
    return send_file_of(access.open_file(session, found.case, file_id, found.actor), asked_for())


@blueprint.post("/<token>/person")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def person(token: str) -> Response:
    """Open the contact details; that they were opened is recorded first."""
    with unit_of_work() as session:
        found = _opened(session, token, change=True)
        if not may_see_person(found.actor, found.case):
            raise NotAllowed(action=Action.VIEW_PERSON.value)
        found.case.apply(Action.VIEW_PERSON, found.actor, now(), referral=found.referral)
    return _page(token, opened=True)


@blueprint.post(f"/<token>/{ATTACH}")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def attach(token: str) -> Response:
    """Files with words to the complainant, who sees both; nothing is stored for whoever has no link that holds."""
    _opened(begin_reading(), token)
    let_go()
    files, refused, status = seal_each(request.files.getlist("files"), limits())
    keys = [file.key for file in files]
    seen = whole(request.form.get("version", ""), otherwise=-1)
    try:
        if refused or not files:
            told = " ".join(refused) or sentence(InvalidInput("files", reason="required"))
            return _page(token, ATTACH, {f"{ATTACH}-files": told}, status)
        with unit_of_work() as session:
            found = _opened(session, token, seen, change=True)
            if not found.referral.is_open:
                raise StepImpossible(action=Action.WRITE.value, state=found.referral.state)
            _keep(session, found, files)
            number = found.case.number
    except NotFound:
        raise
    except DomainError as error:
        since = seen if isinstance(error, StaleCase) else None
        return _page(token, ATTACH, step_errors(error, ATTACH, in_form=True), STATUS[error.code], since=since)
    finally:
        # What no transaction kept belongs to nothing.
        with unit_of_work() as session:
            discard_unused(session, keys, now())
    flash(t("partner.done.write", number=number), "done")
    return make_response(redirect(url_for("letter.page", token=token), 303))


def _keep(session: Session, found: Opened, files: list[Upload]) -> None:
    case, referral = found.case, found.referral
    sent = correspond.write_out(session, case, request.form.get("body", ""), found.actor, now(), referral)
    have = list(case.attachments)
    for kept in keep_files(session, files, limits(), store(), now(), case=case, role="partner", have=have):
        kept.message_id = sent.id


@blueprint.post("/<token>/<verb>")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def step(token: str, verb: str) -> Response:
    """Do it as the portal does; on an error the page with everything typed."""
    if verb not in OFFERED:
        raise NotFound(what="verb")
    seen = whole(request.form.get("version", ""), otherwise=-1)
    try:
        with unit_of_work() as session:
            found = _opened(session, token, seen, change=True)
            OFFERED[verb].do(session, found.case, found.referral, request.form, found.actor, now())
            number = found.case.number
    except NotFound:
        raise
    except DomainError as error:
        told = step_errors(error, verb, in_form=OFFERED[verb].form)
        since = seen if isinstance(error, StaleCase) else None
        return _page(token, verb, told, STATUS[error.code], since=since)
    flash(t(f"partner.done.{verb}", number=number), "done")
    # What was sent back the agency sees no more.
    target = url_for("letter.done") if verb == "back" else url_for("letter.page", token=token)
    return make_response(redirect(target, 303))


def _page(
    token: str,
    verb: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
    *,
    since: int | None = None,
    opened: bool = False,
) -> Response:
    session = begin_reading()
    found = _opened(session, token)
    words = case_page(session, found.case, found.actor, now(), opened=opened, referral=found.referral)
    cases = (found.case, *joined.cases_below(session, found.case))
    words |= {
        "doors": {
            "steps": {name: url_for("letter.step", token=token, verb=name) for name in OFFERED},
            "person": url_for("letter.person", token=token),
        },
        # Whoever comes once learns no keys, and has no offices here.
        "verbs": [replace(one, key="") for one in words["verbs"] if one.name in OFFERED],
        "placeless": True,
        "more_steps": "letter/attach.html" if found.referral.is_open else "",
        "attach": url_for("letter.attach", token=token),
        "limits": limits(),
        "kinds": kinds_taken(),
        "files": [staff_row(row, "letter.file", {"token": token}) for one in cases for row in one.attachments],
        "reference": reference(found.letter),
        "paper": url_for("letter.paper", token=token) if found.letter.sealed_at is not None else "",
        "agency": found.referral.agency.name(language()),
        "open_verb": verb,
        "typed": request.form,
        "errors": errors or {},
        "home_url": url_for("letter.page", token=token),
        "unreceived": found.referral.acknowledged_at is None,
    }
    if since is not None:
        changes = access.changes_since(session, found.case, since, found.actor)
        words["changes"] = telling.timeline(changes, telling.names(session, found.case))
    return _private(render_template("letter/case.html", **words), status)


def _private(body: str, status: int = 200) -> Response:
    """For nobody's index."""
    answer = make_response(body, status)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
