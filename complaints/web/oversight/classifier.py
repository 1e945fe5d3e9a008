"""The classifier in service, the challenger that waits for a word, the way back, and the drift of the weeks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput, StepImpossible
from complaints.domain.learning import Standing
from complaints.domain.policy import Permission, may
from complaints.services import catalogue, centre
from complaints.services.learn import challenge, champion, drift
from complaints.web.errors import field_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import t
from complaints.web.oversight.face import blueprint
from complaints.web.oversight.figures import Names
from complaints.web.rail import overseer_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.learning import DriftWeek, ModelVersion

WEEKS_SHOWN = 8
MOST_SAID = 4
TONES = {
    Standing.CANDIDATE: "waiting",
    Standing.CHAMPION: "done",
    Standing.FORMER: "neutral",
    Standing.REJECTED: "neutral",
    Standing.WITHDRAWN: "urgent",
    Standing.SUPERSEDED: "neutral",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of the report on both sides; shares of one, None where there is no figure."""

    name: str
    before: float | None
    after: float | None
    lost: bool

    @property
    def points(self) -> float:
        """How many percentage points the challenger is better."""
        return round(100 * ((self.after or 0.0) - (self.before or 0.0)), 1)

    @property
    def tone(self) -> str:
        """How the difference looks."""
        if self.lost:
            return "urgent"
        return "done" if self.points > 0 else "waiting" if self.points < 0 else "neutral"


@blueprint.get("/classifier")
@needs(Permission.OVERSIGHT)
def classifier_page() -> ResponseReturnValue:
    """Which model decides, what would replace it, and whether it still knows the world."""
    return _page({})


@blueprint.post("/classifier/take")
@needs(Permission.DECIDE_MODEL)
def classifier_take() -> ResponseReturnValue:
    """Put the challenger into service."""
    return _decided(
        lambda session, version: champion.take_over(session, version, staff(), now()).version, "classifier.taken"
    )


@blueprint.post("/classifier/reject")
@needs(Permission.DECIDE_MODEL)
def classifier_reject() -> ResponseReturnValue:
    """Turn the challenger down."""
    reason = request.form.get("reason", "")
    return _decided(
        lambda session, version: champion.reject(session, version, staff(), now(), reason), "classifier.rejected"
    )


@blueprint.post("/classifier/back")
@needs(Permission.DECIDE_MODEL)
def classifier_back() -> ResponseReturnValue:
    """Take the model out of service: the one before it returns."""
    reason = request.form.get("reason", "")
    return _decided(
        lambda session, version: champion.go_back(session, version, staff(), now(), reason), "classifier.went_back"
    )


def _decided(step: Callable[[Session, str], object], done: str) -> ResponseReturnValue:
    """Take a step on the model that the page showed; when somebody was quicker, say so and show how things stand."""
    try:
        with unit_of_work() as session:
            step(session, request.form.get("version", ""))
    except InvalidInput as error:
        return _page(field_errors(error))
    except StepImpossible:
        flash(t("classifier.meanwhile"), "waiting")
    else:
        flash(t(done), "done")
    return redirect(url_for("oversight.classifier_page"), 303)


def _page(errors: dict[str, str]) -> ResponseReturnValue:
    session = begin_reading()
    names, waiting = Names(session), champion.candidate(session)
    listed = champion.history(session)
    weeks = drift.weeks(session, WEEKS_SHOWN)
    page = render_template(
        "oversight/classifier.html",
        **overseer_frame("oversight"),
        errors=errors,
        project=champion.base(),
        current=champion.current(session),
        held=champion.is_held(session),
        waiting=waiting,
        report=_report(waiting, names) if waiting is not None else None,
        may_decide=may(staff(), Permission.DECIDE_MODEL),
        may_look=may(staff(), Permission.DESK),
        profile=centre.profile(session),
        people=catalogue.account_names(session, [row.decided_by for row in listed]),
        history=[(row, t(f"classifier.standing.{row.standing}"), TONES[Standing(row.standing)]) for row in listed],
        weeks=[_week(week) for week in weeks],
        noticed=[t(f"classifier.drift.{name}") for name in drift.standing(session)],
    )
    return page, 422 if errors else 200


def _report(row: ModelVersion, names: Names) -> dict[str, Any]:
    """The challenger's report in words: what gets better, what worse, which cases would change."""
    before, after = (challenge.compared(row.report[side]) for side in ("champion", "challenger"))
    lines = [Compared(name, old, after.get(name), name in row.report["losses"]) for name, old in before.items()]
    auto = [row.report[side]["auto"]["share"] for side in ("champion", "challenger")]
    lines.insert(len(challenge.WHOLES), Compared("auto_share", auto[0], auto[1], lost=False))
    return {
        "lines": [(_name(line.name, names), line) for line in lines],
        "better": _said([line for line in lines if line.points > 0], names),
        "worse": _said([line for line in lines if line.points < 0], names),
        "lost": [_name(name, names) for name in row.report["losses"]],
        "rows": row.report["rows"],
        "changed": row.report["changed"],
        "changes": [
            (change["id"], names.of("category", change["before"]), names.of("category", change["after"]))
            for change in row.report["changes"]
        ],
    }


def _name(name: str, names: Names) -> str:
    return names.of("category", name) if name in names.categories else t(f"classifier.figure.{name}")


def _said(lines: Sequence[Compared], names: Names) -> list[str]:
    """The figures that moved most."""
    return [_name(line.name, names) for line in sorted(lines, key=lambda line: -abs(line.points))[:MOST_SAID]]


def _week(week: DriftWeek) -> dict[str, Any]:
    shares = [
        {
            "part": f"{getattr(week, part):,}",
            "whole": f"{getattr(week, whole):,}",
            "share": drift.share_of(week, part, whole),
            "noticed": part in week.notices,
        }
        for part, whole in drift.MEASURES
    ]
    return {"monday": week.monday, "shares": shares}
