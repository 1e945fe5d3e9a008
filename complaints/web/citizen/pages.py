"""The home page and the pages that only tell: first aid, check before you pay, privacy, accessibility."""

from __future__ import annotations

from flask import render_template

from complaints.channels import registry
from complaints.db import begin_reading
from complaints.domain.places import banks
from complaints.domain.playbook import FIRST_AID
from complaints.domain.policy import Permission
from complaints.services import playbooks, warnings
from complaints.web.citizen.drafting import read_sheet
from complaints.web.citizen.face import blueprint, settings
from complaints.web.guard import complainant, needs, now
from complaints.web.language import language


@blueprint.get("/")
@needs(Permission.PUBLIC)
def home() -> str:
    """Three doors, and what this browser left unfinished."""
    session = begin_reading()
    sheet = read_sheet(session)
    return render_template(
        "citizen/home.html",
        draft=sheet is not None and sheet.case_id is None and bool(sheet.data),
        sent=sheet is not None and sheet.case_id is not None,
        proven=complainant() is not None,
        warning=warnings.current(session, now()),
        chats=_chats(),
    )


def _chats() -> list[tuple[str, str]]:
    """The chats elsewhere whose address the operator gave, by their names."""
    links = {code: settings().of_channel(code, "link") for code in registry.known()}
    return [(registry.name(code, language()), link) for code, link in links.items() if link.startswith("https://")]


@blueprint.get("/first-aid")
@needs(Permission.PUBLIC)
def first_aid() -> str:
    """Whom to call when money just left, for anybody at any time."""
    points = playbooks.advice(begin_reading(), FIRST_AID, language())
    return render_template("citizen/first_aid.html", banks=list(banks().values()), points=points)


@blueprint.get("/check")
@needs(Permission.PUBLIC)
def before_paying() -> str:
    """How to look at a shop before paying."""
    return render_template("citizen/before_paying.html")


@blueprint.get("/privacy")
@needs(Permission.PUBLIC)
def privacy() -> str:
    """What happens with personal data."""
    return render_template("citizen/privacy.html", draft_days=settings().draft_days)


@blueprint.get("/accessibility")
@needs(Permission.PUBLIC)
def accessibility() -> str:
    """How everybody can use these pages."""
    return render_template("citizen/accessibility.html")
