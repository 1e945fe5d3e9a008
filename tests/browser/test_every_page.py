"""Every page in both languages, for everybody who may open it: accessible, no sideways scroll on a phone, light."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from flask import current_app
from sqlalchemy import func, select

from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.policy import HOLDERS, Permission
from complaints.domain.quality import QualityItem, QualityReview
from complaints.domain.referral import Referral
from complaints.services.letters import track_token
from complaints.services.mediation import links, opening
from complaints.web.cli.demo import PASSWORD_HINT
from complaints.web.guard import LOCK
from tests.browser.accessible import assert_axe_clean
from tests.inside import walk_app
from tests.operating import run, running
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from playwright.sync_api import Browser, Page

HEAVIEST = 100_000
PHONE = {"width": 360, "height": 740}
TABLET = {"width": 768, "height": 1024}
# Not pages: files, parts of pages, machine answers, and doors that only lead elsewhere.
NO_PAGES = (
    "/report/receipt",
    ".csv",
    "/file/",
    "/list",
    "/rail",
    "/health",
    "/static",
    ".json",
    "/events",
    "/live",
    "/t/",
    "/staff/link/",
    "/original",
    "/hooks/",
    "/api/",
    "/open311/",
    "/chat/lines",
    "/paper",
    "/open-data/catalog",
    # Looked at where there is a mediation.
    "/case/mediation",
)
# The whole walk looks at an address once for each role.
ALL = os.environ.get("OCC_WALK") == "all"
LOGINS = {
    Role.SUPERVISOR: "supervisor@demo.example",
    Role.AGENT: "agent@demo.example",
    Role.PARTNER: "officer@police.demo.example",
    Role.ADMINISTRATOR: "",
}


def pages(app: Flask, role: Role, holes: dict[str, str]) -> list[str]:
    """The addresses that a role may open, holes filled; public ones are the complainant's."""
    found = []
    for rule in app.url_map.iter_rules():
        permission = getattr(app.view_functions[rule.endpoint], LOCK, None)
        wanted = Permission.PUBLIC if role is Role.COMPLAINANT else None
        if "GET" not in (rule.methods or set()) or any(part in rule.rule for part in NO_PAGES):
            continue
        if permission is None or (permission is not wanted and role not in HOLDERS[permission]):
            continue
        if permission is Permission.PUBLIC and role is not Role.COMPLAINANT:
            continue
        if set(rule.arguments) <= set(holes):
            values = {name: holes[name] for name in rule.arguments}
            if "categories" in rule.rule and "code" in values:
                values["code"] = "seller_fraud"
            address = app.url_map.bind("centre").build(rule.endpoint, values)
            found.append(address)
    return sorted(set(found))


def holes_for(role: Role) -> dict[str, str]:
    """Real values for the holes in addresses: a case that the role may see."""
    statement = select(Case.number).order_by(Case.id.desc())
    if role is Role.PARTNER:
        statement = statement.join(Referral, Referral.case_id == Case.id).where(
            Referral.agency_code == "POLICE", Referral.state.in_(["accepted", "answered"])
        )
    number = db.session.scalars(statement).first() or ""
    item = db.session.scalar(
        select(func.max(QualityItem.id)).where(QualityItem.id.not_in(select(QualityReview.item_id)))
    )
    db.session.remove()
    return {"number": number, "code": "POLICE", "year": "2569", "topic": "seller_fraud", "item_id": str(item)}


def look(page: Page, base: str, path: str) -> None:
    """One page in both languages, wide and narrow."""
    for language in ("th", "en"):
        answer = page.goto(f"{base}{path}{'&' if '?' in path else '?'}lang={language}")
        assert answer is not None
        assert answer.status < 400, (path, answer.status)
        assert len(answer.body()) < HEAVIEST, path
        # What axe finds hangs on the width, hardly on the language: each width is looked at in one of them.
        if language == "th":
            assert_axe_clean(page)
        for size in (TABLET, PHONE):
            page.set_viewport_size(size)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], (path, language, wide)
        if language == "en":
            assert_axe_clean(page)
        page.set_viewport_size({"width": 1280, "height": 900})


def read_plainly(page: Page, base: str, path: str) -> None:
    """One page where no script runs: axe would need it, so only what is shown is checked."""
    answer = page.goto(base + path)
    assert answer is not None
    assert answer.status < 400, (path, answer.status)
    assert page.locator("h1").count() == 1, path


@pytest.mark.xdist_group("pages")
def test_every_page_of_everybody(chromium: Browser, data_folder: Path) -> None:
    assert run(data_folder, "demo", "--cases", "60").returncode == 0
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with running(data_folder, port, OCC_RATE_LIMIT="no") as log, walk_app(data_folder).app_context():
        link = re.findall(r"/staff/link/(\S+)", log.read_text())[-1]
        app = walk_app(data_folder)
        own, invited = mediate()
        with visit(chromium, base, Role.COMPLAINANT, own) as page:
            look(page, base, "/case/mediation")
            look(page, base, f"/mediation/{invited}")
        seen: set[str] = set()
        for role in (Role.COMPLAINANT, *LOGINS):
            paths = pages(app, role, holes_for(role))
            # The supervisor's page of an address holds whatever the agent's does.
            with visit(chromium, base, role, answered() if role is Role.COMPLAINANT else link) as page:
                for path in paths if ALL else sorted(set(paths) - seen):
                    look(page, base, path)
            seen.update(paths)
            # Without script only the citizen goes on: the staff's pages are walked without a browser where their
            # forms are.
            if role is Role.COMPLAINANT:
                with visit(chromium, base, role, answered(), script=False) as page:
                    for path in paths:
                        read_plainly(page, base, path)
        db.engine.dispose()


def mediate() -> tuple[str, str]:
    """A mediation in which the respondent has the turn: the tokens of the complainant's and the respondent's links."""
    key, now = str(current_app.config["SECRET_KEY"]), datetime.now(UTC)
    with unit_of_work() as session:
        case = session.scalars(select(Case).where(Case.state == "referred")).first()
        assert case is not None
        agent = session.scalars(select(Account).where(Account.login == LOGINS[Role.AGENT])).one().actor
        told = {"summary": "สั่งพัดลมแล้วไม่ได้รับของ", "wish": "ขอเงินคืน", "amount": "500", "respondent": "ร้านลมเย็น"}
        mediation = opening.begin(session, case, opening.read_opening(told, case), agent, now)
        opening.consent(session, mediation, agent, now, key)
        own, invited = track_token(case, key), links.token_of(mediation.links[0], key)
    db.session.remove()
    return own, invited


@contextmanager
def visit(chromium: Browser, base: str, role: Role, link: str, *, script: bool = True) -> Iterator[Page]:
    """A page in a browser of its own, in which the role has come in."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=script)
    page = context.new_page()
    enter(page, base, role, link)
    yield page
    context.close()


def answered() -> str:
    """The token of a complainant's link. An answered case shows most; so small a year has not one at every hour."""
    case = db.session.scalars(select(Case).order_by((Case.state == "resolved").desc(), Case.id.desc())).first()
    assert case is not None
    token = track_token(case, str(current_app.config["SECRET_KEY"]))
    db.session.remove()
    return token


def enter(page: Page, base: str, role: Role, link: str) -> None:
    """Come in as the role: by a letter's link, a one-time link, or a password."""
    if role is Role.COMPLAINANT:
        page.goto(f"{base}/t/{link}")
        assert page.url.endswith("/case")
        return
    if role is Role.ADMINISTRATOR:
        page.goto(f"{base}/staff/link/{link}")
        page.locator("main button").first.click()
        return
    page.goto(f"{base}/staff/sign-in")
    page.fill("[name=login]", LOGINS[role])
    page.fill("[name=password]", PASSWORD_HINT)
    page.locator("main button[type=submit]").click()
    assert "/staff/sign-in" not in page.url
