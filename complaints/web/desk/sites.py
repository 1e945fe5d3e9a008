"""Websites in words: a line of the list, the figures, what a form offers, and how a case's addresses stand."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import request, url_for

from complaints.domain.reading import read_any_day
from complaints.domain.thai_time import local_day, midnight, show_date
from complaints.domain.website import KINDS, RESULTS, SiteStep, Stage
from complaints.services.websites import joining, listing
from complaints.web.errors import sentence
from complaints.web.guard import now
from complaints.web.language import language, t
from complaints.web.numbers import whole

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.domain.website import Website, WebsiteEvent

TONES = {
    Stage.REPORTED: "info",
    Stage.CAPTURED: "waiting",
    Stage.FAILED: "urgent",
    Stage.ILLEGAL: "waiting",
    Stage.LEGAL: "neutral",
    Stage.UNSURE: "waiting",
    Stage.SENT: "info",
    Stage.BLOCKED: "done",
    Stage.REFUSED: "neutral",
    Stage.REMOVED: "done",
    Stage.ALIVE: "urgent",
}
# What complainants can say in the form.
SAID = frozenset({"gambling", "child_abuse", "pornography", "drugs", "weapons", "vape", "counterfeit", "other"})
# A story may name hundreds; all of them are one link away.
SHOWN = 5
ASKED = ("stage", "kind", "age", "host")


def asked() -> dict[str, str]:
    """The filters in the address."""
    return {name: request.args.get(name, "") for name in ASKED}


def wanted() -> listing.Wanted:
    """The same, without what no page of ours offers."""
    given = asked()
    return listing.Wanted(
        stage=given["stage"] if given["stage"] in set(Stage) else "",
        kind=given["kind"] if given["kind"] in KINDS else "",
        age=given["age"] if given["age"] in {*listing.AGES, listing.OLDER} else "",
        host=given["host"].replace("\0", "")[:255],
    )


def choices() -> dict[str, list[tuple[str, str]]]:
    """What the filters offer."""
    return {
        "stage": [(stage.value, t(f"website.stage.{stage.value}")) for stage in Stage],
        "kind": [(kind, t(f"website.kind.{kind}")) for kind in KINDS],
        "age": [(age, t(f"website.age.{age}")) for age in (*listing.AGES, listing.OLDER)],
    }


def line(site: Website, told: listing.Told) -> dict[str, Any]:
    """One site in the list."""
    stage = Stage(site.stage)
    why = t(f"website.outcome.{site.failure}") if stage is Stage.FAILED else ""
    return {
        "id": site.id,
        "shown": site.shown,
        "href": url_for("desk.website", website_id=site.id),
        "stage": t(f"website.stage.{stage.value}"),
        "tone": TONES[stage],
        "why": why,
        "kind": t(f"website.kind.{site.kind}") if site.kind else "–",
        "reports": f"{told.reports:,}",
        "first": site.reported_at,
        "last": told.last,
        "may_send": site.may(SiteStep.SEND),
        "may_end": site.may(SiteStep.BLOCK),
        "guarded": site.guarded,
        "returns": site.returns,
    }


def figures(found: listing.Counts) -> list[tuple[str, str, str]]:
    """The lane's figures, those that are a list with the address of theirs."""
    stages = found.stages
    days = "–" if found.median_days is None else t("website.figure.days", n=f"{found.median_days:.1f}")

    def listed(stage: Stage) -> tuple[str, str, str]:
        return (
            t(f"website.stage.{stage.value}"),
            f"{stages[stage.value]:,}",
            url_for("desk.websites", stage=stage.value),
        )

    return [
        (t("website.figure.reported"), f"{found.reported:,}", url_for("desk.websites")),
        listed(Stage.CAPTURED),
        listed(Stage.FAILED),
        (t("website.figure.verified"), f"{found.verified:,}", ""),
        (t("website.figure.sent"), f"{found.sent:,}", ""),
        listed(Stage.BLOCKED),
        (t("website.figure.median"), days, ""),
        listed(Stage.ALIVE),
        (t("website.figure.returned"), f"{found.returned:,}", ""),
    ]


def detail(entry: WebsiteEvent) -> str:
    """What an entry of the history says beside its step."""
    data = entry.data
    parts = [
        t(f"website.kind.{data['kind']}") if "kind" in data else "",
        data.get("law", ""),
        t("website.dossier.one", n=data["dossier"]) if "dossier" in data else "",
        t(f"website.outcome.{data['outcome']}") if "outcome" in data else "",
        show_date(datetime.fromisoformat(data["day"]), language()) if "day" in data else "",
        data.get("reference", ""),
    ]
    return " · ".join(filter(None, parts))


def results() -> list[tuple[str, str]]:
    """What can become of an address that was sent."""
    return [(result.value, t(f"website.stage.{result.value}")) for result in RESULTS]


def ending() -> tuple[str, datetime, str]:
    """Result, day and reference as they stand in the form; raises `InvalidInput` for a day that is none."""
    today = local_day(now())
    typed = request.form.get("day", "").strip()
    day = read_any_day(typed, "day", today) if typed else today
    return request.form.get("result", ""), midnight(day), request.form.get("reference", "")


def chosen() -> list[int]:
    """The ticked ones."""
    return [number for number in (whole(text) for text in request.form.getlist("site")) if number]


def token() -> str:
    """What makes a form the same when it is sent twice."""
    return request.form.get("token") or secrets.token_hex(16)


def of_case(session: Session, case: Case) -> dict[str, Any]:
    """The addresses of a case that are in the lane or refused by it, some of many, and one that may be added."""
    named = joining.named_by(session, case)
    told = [row for row in named if row.website or row.refusal]
    shown = told if "all" in request.args else told[:SHOWN]
    rows = [
        {
            "href": url_for("desk.website", website_id=row.website.id) if row.website else "",
            "shown": row.website.shown if row.website else row.written,
            "stage": t(f"website.stage.{row.website.stage}") if row.website else "",
            "tone": TONES[Stage(row.website.stage)] if row.website else "neutral",
            "kind": t(f"website.kind.{row.website.kind}") if row.website and row.website.kind else "",
            "refused": sentence(row.refusal) if row.refusal else "",
        }
        for row in shown
    ]
    every = url_for("desk.case", number=case.number, all=1, _anchor="websites-title")
    free = next((row.written for row in named if not row.website and not row.refusal), "")
    return {"rows": rows, "more": len(told) - len(shown), "all": every, "free": free}
