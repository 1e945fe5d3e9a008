"""The supervisor's view of the floor: what waits, who has what, what went to the wrong door, and the cases behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, redirect, render_template, request, url_for

from complaints.db import begin_reading
from complaints.domain.account import Account
from complaints.domain.policy import Permission
from complaints.domain.thai_time import local_day
from complaints.services import sharing
from complaints.services.floor import behind, checked, passing, people
from complaints.services.floor import waiting as queues_now
from complaints.web import floorwords
from complaints.web.days import CHOICES, read_days
from complaints.web.desk import doing, listing
from complaints.web.desk.face import number, page_number, spans
from complaints.web.guard import needs, now, staff
from complaints.web.language import t
from complaints.web.numbers import whole
from complaints.web.oversight.face import blueprint
from complaints.web.oversight.figures import Names
from complaints.web.rail import overseer_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.services.floor.people import Person
    from complaints.services.floor.waiting import Waiting
    from complaints.web.days import Days
    from complaints.web.moving import Choices

# Lines of a table; the rest are told by their number.
MOST_LINES = 20
# People of one page: it stays light however large the centre is.
A_PAGE = 25


@blueprint.get("/floor")
@needs(Permission.FLOOR)
def floor() -> ResponseReturnValue:
    """Load, waiting times, people, re-routings and corrections, each figure with its cases."""
    session, days = begin_reading(), read_days(request.args, local_day(now()))
    names, shares = Names(session), checked.rows(session, days.period)
    by_person = checked.by(shares, "account_id")
    everybody = people.people(session, days.period, now())
    pages = max(-(-len(everybody) // A_PAGE), 1)
    at = min(page_number(), pages)
    back, passed = passing.given_back(session, days.period), passing.rerouted(session, days.period)
    page = render_template(
        "oversight/floor.html",
        **overseer_frame("oversight"),
        days=days,
        choices=[
            (url_for("oversight.floor", days=code), t(f"floor.days.{code}"), code == days.choice, None)
            for code in CHOICES
        ],
        waiting=[_queue(row) for row in queues_now.waiting(session, staff(), now(), spans())],
        people=[
            _person(one, by_person.get(one.id, checked.Share()), days)
            for one in everybody[(at - 1) * A_PAGE : at * A_PAGE]
        ],
        passed=[
            [
                names.of("agency", row.source),
                names.of("agency", row.target),
                names.of("category", row.category),
                _link(row.count, days, what="passed", agency=row.source, target=row.target, category=row.category),
            ]
            for row in passed[:MOST_LINES]
        ],
        back=[
            [
                names.of("agency", row.agency),
                names.of("category", row.category),
                f"{row.sent:,}",
                _link(row.back, days, what="back", agency=row.agency, category=row.category),
            ]
            for row in back[:MOST_LINES]
        ],
        more={"passed": max(len(passed) - MOST_LINES, 0), "back": max(len(back) - MOST_LINES, 0)},
        by_category=_shares(checked.by(shares, "category"), days, "category", lambda code: names.of("category", code)),
        by_model=_shares(checked.by(shares, "model"), days, "model", lambda code: code or t("floor.checked.no_model")),
        page=at,
        pages=pages,
        page_pattern=url_for("oversight.floor", **days.args) + "&page={page}",
        near_days=spans().near,
        asked_at=now(),
    )
    return page, 422 if days.errors else 200


def _queue(row: Waiting) -> list[Any]:
    """One line of the queues' table."""
    href = url_for("desk.queue", queue=row.queue)
    return [
        {"text": t(f"desk.queue.{row.queue}"), "href": href},
        number(row.count),
        floorwords.span(queues_now.waited(row.oldest, now())),
        floorwords.span(queues_now.waited(row.middle, now())),
        *(
            {"text": f"{count:,}", "href": url_for("oversight.floor_cases", what=what, queue=row.queue)}
            if count
            else "0"
            for what, count in ((queues_now.LATE, row.late), (queues_now.NEAR, row.near))
        ),
    ]


def _person(one: Person, share: checked.Share, days: Days) -> dict[str, Any]:
    """One person's card: where, what in hand, what done."""

    def link(what: str, count: int, **more: object) -> Any:  # noqa: ANN401 - a cell of a table
        return _link(count, days, what=what, account=one.id, **more)

    return floorwords.person(one, share, now()) | {
        "held": link("held", one.held),
        "snoozed": link("snoozed", one.snoozed),
        "drafts": link("drafts", one.drafts),
        "steps": link("done", one.steps),
        "done": [
            (t(f"word.action.{action.value}"), link("done", one.done[action.value], step=action.value))
            for action in people.WORK
            if one.done[action.value]
        ],
        "first": {
            "text": floorwords.timed(one.first_answer, len(one.first)),
            "href": _href(days, what="first", account=one.id),
        }
        if one.first
        else t("oversight.no_figure"),
        "corrected": {"text": floorwords.share(share), "href": _href(days, what="corrected", account=one.id)}
        if share.corrected
        else floorwords.share(share),
    }


def _link(count: int, days: Days, **figure: object) -> Any:  # noqa: ANN401 - a cell of a table
    return {"text": f"{count:,}", "href": _href(days, **figure)} if count else "0"


def _href(days: Days, **figure: object) -> str:
    return url_for("oversight.floor_cases", **days.args, **{key: value for key, value in figure.items() if value})  # type: ignore[arg-type]


def _shares(found: dict[str, checked.Share], days: Days, name: str, word: Callable[[str], str]) -> list[list[Any]]:
    """A table of shares, what was corrected most first."""
    worst = sorted(found.items(), key=lambda item: (-item[1].corrected, -item[1].checked, item[0]))
    return [
        [
            word(code),
            f"{share.checked:,}",
            _link(share.corrected, days, what="corrected", **{name: code}) if code else f"{share.corrected:,}",
            floorwords.rate(share),
        ]
        for code, share in worst
    ]


@blueprint.get("/floor/cases")
@needs(Permission.FLOOR)
def floor_cases() -> ResponseReturnValue:
    """The very cases behind one figure; those that are ticked can be handed on or dealt with like in any list."""
    if "what" not in request.args:
        return redirect(url_for("oversight.floor"))
    figure = _figure()
    session, days = begin_reading(), read_days(request.args, local_day(now()))
    after = whole(request.args.get("after", ""))
    found = behind.listed(session, figure, days.period, staff(), now(), spans(), after)
    shown = found[: behind.PAGE]
    here: dict[str, Any] = {key: value for key, value in request.args.items() if key not in {"after", "lang"}}
    return render_template(
        "oversight/floor_cases.html",
        **overseer_frame("oversight"),
        heading=_heading(session, figure),
        days=days,
        dated=figure.what in behind.OF_DAYS,
        choices=_choices(session),
        rows=listing.lines(session, shown, {}),
        later=url_for("oversight.floor_cases", **here, after=shown[-1].id) if len(found) > behind.PAGE else "",
        first_page=url_for("oversight.floor_cases", **here) if after else "",
        back=url_for("oversight.floor", **days.args),
    )


def _figure() -> behind.Figure:
    """Which figure an address names; one that there is not leads nowhere."""
    given = {
        name: request.args.get(name, "")[:40]
        for name in ("what", "queue", "step", "agency", "target", "category", "model")
    }
    if given["what"] not in behind.WHATS or (given["queue"] and given["queue"] not in queues_now.SHOWN):
        abort(404)
    return behind.Figure(**given, account=whole(request.args.get("account", "")))


def _heading(session: Session, figure: behind.Figure) -> str:
    """The figure in words: what it counts, and of whom or what."""
    names = Names(session)
    holder = session.get(Account, figure.account) if figure.account else None
    parts = [
        t(f"floor.behind.{figure.what}"),
        t(f"desk.queue.{figure.queue}") if figure.queue else "",
        holder.name if holder is not None else "",
        t(f"word.action.{figure.step}") if figure.step in set(people.WORK) else "",
        " → ".join(names.of("agency", code) for code in (figure.agency, figure.target) if code),
        names.of("category", figure.category) if figure.category else "",
        figure.model,
    ]
    return " · ".join(filter(None, parts))


def _choices(session: Session) -> Choices:
    """What may be done with ticked cases: to hand them to a colleague comes first."""
    hand = [(f"assign:{row.id}", t("move.assign", what=row.name)) for row in sharing.colleagues(session)]
    return [(t("floor.hand_over"), hand), *doing.quick_choices()]
