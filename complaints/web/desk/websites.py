"""The lane of illegal websites at the desk: its list and figures, one site, and what a person says of it."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, send_file, url_for
from sqlalchemy import select

from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.errors import DomainError, InvalidInput, NotFound
from complaints.domain.lifecycle import State
from complaints.domain.policy import Permission, may_see_picture
from complaints.domain.website import KINDS, RULES, SiteStep, Stage, Website, WebsiteCapture
from complaints.services import access, catalogue
from complaints.services.evidence.stores import ORIGINAL, Missing
from complaints.services.websites import capturing, dossiers, joining, judging, listing
from complaints.web import telling
from complaints.web.desk import sites
from complaints.web.desk.face import blueprint, desk_frame, settings
from complaints.web.desk.steps import again
from complaints.web.errors import STATUS, field_errors, step_errors
from complaints.web.files import HARMLESS, store
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.numbers import whole

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.case import Case

ACTIVE = "websites"


@blueprint.get("/websites")
@needs(Permission.WEBSITES)
def websites() -> ResponseReturnValue:
    """The list, the figures above it, and the form that adds an address by hand."""
    return list_page({})


def list_page(errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    """The page, with what went wrong with a form of it."""
    session = begin_reading()
    wanted = sites.wanted()
    page = listing.page_of(session, wanted, now(), whole(request.args.get("before", "")) or None)
    told = listing.told(session, [row.id for row in page.rows])
    kept: dict[str, Any] = {key: value for key, value in sites.asked().items() if value}
    return render_template(
        "desk/websites.html",
        figures=sites.figures(listing.counts(session)),
        rows=[sites.line(row, told[row.id]) for row in page.rows],
        wanted=wanted,
        choices=sites.choices(),
        first_page=url_for("desk.websites", **kept) if "before" in request.args else "",
        later=url_for("desk.websites", before=page.before, **kept) if page.before is not None else "",
        agencies=[(row.code, row.name(language())) for row in catalogue.partners(catalogue.agencies(session).values())],
        agency=settings().website_agency,
        token=sites.token(),
        errors=errors,
        typed=request.form,
        **desk_frame(session, ACTIVE),
    ), status


@blueprint.post("/websites")
@needs(Permission.WEBSITES)
def website_add() -> ResponseReturnValue:
    """Put an address into the lane; one that is there already is opened."""
    try:
        with unit_of_work() as session:
            target = joining.add(session, request.form.get("address", ""), staff(), now()).id
    except InvalidInput as error:
        return list_page(field_errors(error), STATUS[error.code])
    flash(t("website.added"), "done")
    return redirect(url_for("desk.website", website_id=target), 303)


@blueprint.post("/case/<number>/website")
@needs(Permission.WEBSITES)
def website_of_case(number: str) -> ResponseReturnValue:
    """The same for an address that a case names, whatever its kind."""
    try:
        with unit_of_work() as session:
            case = access.get_for_change(session, number, staff(), None)
            joining.add(session, request.form.get("address", ""), staff(), now(), case)
    except InvalidInput as error:
        return again(number, "website", step_errors(error, "website", in_form=True), STATUS[error.code])
    flash(t("website.added"), "done")
    return redirect(url_for("desk.case", number=number, _anchor="websites-title"), 303)


@blueprint.get("/websites/<int:website_id>")
@needs(Permission.WEBSITES)
def website(website_id: int) -> ResponseReturnValue:
    """One site: who reports it, what was captured, what happened, and the answers under single keys."""
    return _page(website_id, {})


def _page(website_id: int, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    session = begin_reading()
    site = joining.get(session, website_id)
    reports = listing.cases_of(session, site, staff(), whole(request.args.get("before", "")) or None)
    own = url_for("desk.website", website_id=site.id)
    return (
        render_template(
            "desk/website.html",
            site=site,
            line=sites.line(site, listing.told(session, [site.id])[site.id]),
            said=[t(f"website.said.{word}") for word in listing.suspected(session, site) if word in sites.SAID],
            captures=[_capture(row, site) for row in capturing.captures(session, site)],
            history=_history(session, site),
            reports=[_report(row) for row in reports.rows],
            first_page=own if "before" in request.args else "",
            later=f"{own}?before={reports.before}" if reports.before is not None else "",
            dossiers=dossiers.of_site(session, site),
            kinds=[(kind, t(f"website.kind.{kind}"), str(at)) for at, kind in enumerate(KINDS, 1)],
            may={step.value for step in RULES if site.may(step) and staff().role in RULES[step].roles},
            laws=judging.laws(),
            same_host=url_for("desk.websites", host=site.host),
            results=sites.results(),
            errors=errors,
            typed=request.form,
            **desk_frame(session, ACTIVE),
        ),
        status,
    )


def _capture(row: WebsiteCapture, site: Website) -> dict[str, Any]:
    where: dict[str, Any] = {"website_id": site.id, "capture_id": row.id}
    return {
        "row": row,
        "outcome": t(f"website.outcome.{row.outcome}"),
        "tone": "done" if row.outcome == capturing.CAPTURED else "waiting",
        "dns": ", ".join(str(one) for one in row.addresses),
        "hops": " → ".join(str(hop["url"]) for hop in row.hops),
        "page": url_for("desk.captured_page", **where) if row.html_key else "",
        "picture": url_for("desk.captured_picture", **where)
        if row.picture_key and may_see_picture(staff(), site, row)
        else "",
    }


def _history(session: Session, site: Website) -> list[dict[str, Any]]:
    names = catalogue.account_names(session, [row.account_id for row in site.history])
    return [
        {
            "when": row.at,
            "what": t(f"website.step.{row.step}"),
            "who": names.get(row.account_id or 0, ""),
            "detail": sites.detail(row),
            "tone": sites.TONES[Stage(row.to_stage)],
        }
        for row in reversed(site.history)
    ]


def _report(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "href": url_for("desk.case", number=case.number),
        "at": case.received_at,
        "state": t(f"word.state.{case.state}"),
        "tone": telling.STATE_TONES[State(case.state)],
    }


@blueprint.post("/websites/<int:website_id>/judge")
@needs(Permission.WEBSITES)
def website_judge(website_id: int) -> ResponseReturnValue:
    """One answer, then the next site that waits for one."""
    answer, _, kind = request.form.get("answer", "").partition(":")
    seen = whole(request.form.get("version", ""), otherwise=-1)
    try:
        with unit_of_work() as session:
            site = judging.judge(session, website_id, seen, answer, kind, request.form.get("law", ""), staff(), now())
            told = t("website.judged", address=site.shown, stage=t(f"website.stage.{site.stage}"))
            target = _following(session, website_id)
    except NotFound:
        raise
    except DomainError as error:
        return _page(website_id, field_errors(error), STATUS[error.code])
    flash(told, "done")
    return redirect(target, 303)


def _following(session: Session, website_id: int) -> str:
    waiting = select(Website.id).where(Website.stage == Stage.CAPTURED.value, Website.id != website_id)
    following = session.scalar(waiting.order_by(Website.id).limit(1))
    if following is None:
        return url_for("desk.website", website_id=website_id)
    return url_for("desk.website", website_id=following)


@blueprint.post("/websites/<int:website_id>/fetch")
@needs(Permission.WEBSITES)
def website_fetch(website_id: int) -> ResponseReturnValue:
    """Look once more."""
    with unit_of_work() as session:
        judging.fetch_again(session, website_id, staff(), now())
    flash(t("website.fetching"), "done")
    return redirect(url_for("desk.website", website_id=website_id), 303)


@blueprint.post("/websites/<int:website_id>/end")
@needs(Permission.WEBSITES)
def website_end(website_id: int) -> ResponseReturnValue:
    """What the ministry or the owner did with this one address; or that what answered was a page of the block."""
    after = timedelta(days=settings().website_recheck_days)
    try:
        with unit_of_work() as session:
            if request.form.get("result") == SiteStep.STILL.value:
                seen = whole(request.form.get("version", ""), otherwise=-1)
                judging.still_blocked(session, website_id, seen, staff(), now(), after)
            else:
                joining.get(session, website_id)
                dossiers.end(session, [website_id], *sites.ending(), staff(), now(), after)
    except NotFound:
        raise
    except DomainError as error:
        return _page(website_id, field_errors(error), STATUS[error.code])
    flash(t("website.ended"), "done")
    return redirect(url_for("desk.website", website_id=website_id), 303)


@blueprint.get("/websites/<int:website_id>/captured/<int:capture_id>/picture")
@needs(Permission.WEBSITES)
def captured_picture(website_id: int, capture_id: int) -> ResponseReturnValue:
    """The picture of a page, unless nobody may see it."""
    session = begin_reading()
    site = joining.get(session, website_id)
    row = session.get(WebsiteCapture, capture_id)
    if row is None or not may_see_picture(staff(), site, row):
        raise NotFound(what="file")
    return _sealed(row.picture_key, "image/png", "")


@blueprint.get("/websites/<int:website_id>/captured/<int:capture_id>/page")
@needs(Permission.WEBSITES)
def captured_page(website_id: int, capture_id: int) -> ResponseReturnValue:
    """The page as it was sent, to keep and never to run."""
    row = begin_reading().get(WebsiteCapture, capture_id)
    if row is None or row.website_id != website_id:
        raise NotFound(what="file")
    return _sealed(row.html_key, "application/octet-stream", f"website-{website_id}-{capture_id}.html.txt")


def _sealed(key: str, media_type: str, name: str) -> Response:
    let_go()
    try:
        content = store().get(f"{ORIGINAL}/{key}") if key else b""
    except Missing:
        content = b""
    if not content:
        raise NotFound(what="file")
    answer = send_file(io.BytesIO(content), media_type, as_attachment=bool(name), download_name=name or None)
    answer.headers["Content-Security-Policy"] = HARMLESS
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
