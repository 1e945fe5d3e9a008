"""Dossiers for the ministry: made of ticked addresses, taken along as paper and data, sent, and answered."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from datetime import datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, send_file, url_for

from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.errors import InvalidInput, StepImpossible
from complaints.domain.policy import Permission
from complaints.domain.thai_time import show_datetime
from complaints.domain.wording import say
from complaints.services import catalogue, centre
from complaints.services.evidence.stores import ORIGINAL, Missing
from complaints.services.websites import dossiers, listing
from complaints.web.desk import sites
from complaints.web.desk.face import blueprint, desk_frame, settings
from complaints.web.desk.websites import ACTIVE, list_page
from complaints.web.errors import STATUS, field_errors
from complaints.web.files import HARMLESS, store
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.numbers import whole
from complaints.web.paper import SMALL, TITLE, Paper
from complaints.web.sheet import csv_text

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

PAPER, DATA, SHEET, HASHES = "รายงาน.pdf", "websites.json", "websites.csv", "SHA256SUMS"
COLUMNS = (
    "address",
    "url",
    "kind",
    "law",
    "verified_at",
    "reports",
    "first_reported",
    "last_reported",
    "captured_at",
    "final",
    "dns",
    "html_sha256",
    "picture_sha256",
)
# More than so many pages and pictures are written to the disk on their way.
IN_MEMORY = 8 * 2**20


@blueprint.get("/dossiers")
@needs(Permission.WEBSITES)
def dossier_list() -> ResponseReturnValue:
    """What was put together, the latest first."""
    session = begin_reading()
    found = dossiers.newest(session, whole(request.args.get("before", "")) or None)
    rows = found[: dossiers.SHOWN]
    return render_template(
        "desk/dossiers.html",
        rows=[
            {
                "name": t("website.dossier.one", n=row.id),
                "href": url_for("desk.dossier", dossier_id=row.id),
                "made": row.made_at,
                "addresses": f"{number:,}",
                "sent": row.sent_at,
                "reference": row.reference or "–",
            }
            for row, number in rows
        ],
        first_page=url_for("desk.dossier_list") if "before" in request.args else "",
        later=url_for("desk.dossier_list", before=rows[-1][0].id) if len(found) > dossiers.SHOWN else "",
        **desk_frame(session, ACTIVE),
    )


@blueprint.post("/dossiers")
@needs(Permission.WEBSITES)
def dossier_make() -> ResponseReturnValue:
    """One of the ticked addresses; nothing is sent by this."""
    form = request.form
    try:
        with unit_of_work() as session:
            agency, token = form.get("agency", ""), form.get("token", "")
            made = dossiers.make(session, sites.chosen(), agency, token, staff(), now())
            target = url_for("desk.dossier", dossier_id=made.id)
    except InvalidInput as error:
        return list_page(field_errors(error), STATUS[error.code])
    return redirect(target, 303)


@blueprint.get("/dossiers/<int:dossier_id>")
@needs(Permission.WEBSITES)
def dossier(dossier_id: int) -> ResponseReturnValue:
    """Its addresses as they stand now, to be taken along, sent and answered."""
    return _page(dossier_id, {})


def _page(dossier_id: int, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    session = begin_reading()
    found = dossiers.get(session, dossier_id)
    held = dossiers.sites_of(session, found)
    told = listing.told(session, [row.id for row in held])
    agency = catalogue.agencies(session)[found.agency_code]
    return render_template(
        "desk/dossier.html",
        dossier=found,
        name=t("website.dossier.one", n=found.id),
        agency=agency.name(language()),
        made_by=found.made_by.name,
        rows=[sites.line(row, told[row.id]) for row in held],
        results=sites.results(),
        errors=errors,
        typed=request.form,
        **desk_frame(session, ACTIVE),
    ), status


@blueprint.post("/dossiers/<int:dossier_id>/send")
@needs(Permission.WEBSITES)
def dossier_send(dossier_id: int) -> ResponseReturnValue:
    """It went out: under which number of the office."""
    try:
        with unit_of_work() as session:
            dossiers.send(session, dossier_id, request.form.get("reference", ""), staff(), now())
    except InvalidInput as error:
        return _page(dossier_id, {f"send-{error.field}": _words(error)}, STATUS[error.code])
    flash(t("website.dossier.sent_now"), "done")
    return redirect(url_for("desk.dossier", dossier_id=dossier_id), 303)


def _words(error: InvalidInput) -> str:
    return next(iter(field_errors(error).values()))


@blueprint.post("/dossiers/<int:dossier_id>/result")
@needs(Permission.WEBSITES)
def dossier_result(dossier_id: int) -> ResponseReturnValue:
    """What became of the ticked ones."""
    after = timedelta(days=settings().website_recheck_days)
    try:
        with unit_of_work() as session:
            held = {row.id for row in dossiers.sites_of(session, dossiers.get(session, dossier_id))}
            ids = [number for number in sites.chosen() if number in held]
            dossiers.end(session, ids, *sites.ending(), staff(), now(), after)
    except (InvalidInput, StepImpossible) as error:
        return _page(dossier_id, field_errors(error), STATUS[error.code])
    flash(t("website.ended"), "done")
    return redirect(url_for("desk.dossier", dossier_id=dossier_id), 303)


@blueprint.post("/dossiers/<int:dossier_id>/take")
@needs(Permission.WEBSITES)
def dossier_take(dossier_id: int) -> ResponseReturnValue:
    """Made, recorded, and only then sent: nobody takes one along unnoticed."""
    session = begin_reading()
    data = dossiers.get(session, dossier_id).data
    agency, heading = catalogue.agencies(session)[data["agency"]].name("th"), centre.profile(session).name("th")
    let_go()
    # The answer closes it when it was sent.
    out: io.BytesIO | io.BufferedRandom = (
        tempfile.TemporaryFile() if len(data["websites"]) > dossiers.SHOWN else io.BytesIO()  # noqa: SIM115
    )
    write(out, data, agency, heading)
    sha256 = hashlib.file_digest(out, "sha256").hexdigest()
    with unit_of_work() as session:
        dossiers.sealed(session, dossier_id, sha256, staff(), now())
    out.seek(0)
    answer = send_file(out, "application/zip", as_attachment=True, download_name=f"websites-{dossier_id}.zip")
    answer.call_on_close(out.close)
    answer.headers["Content-Security-Policy"] = HARMLESS
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def write(out: IO[bytes], data: dict[str, Any], agency: str, heading: str) -> None:
    """The captures first, then what tells of them, and the hashes of all; the same dossier makes the same bytes."""
    hashes: list[str] = []
    made_at = datetime.fromisoformat(data["made_at"]).timetuple()[:6]

    def put(path: str, content: bytes) -> None:
        file.writestr(zipfile.ZipInfo(path, made_at), content, zipfile.ZIP_DEFLATED)
        hashes.append(f"{hashlib.sha256(content).hexdigest()}  {path}\n")

    with zipfile.ZipFile(out, "w") as file:
        for site in data["websites"]:
            for path, key in _held(site):
                content = _bytes(key)
                if content:
                    put(path, content)
        put(DATA, json.dumps(_public(data), ensure_ascii=False, indent=1).encode())
        put(SHEET, csv_text(COLUMNS, (_row(site) for site in data["websites"])).encode())
        put(PAPER, paper(data, agency, heading))
        file.writestr(zipfile.ZipInfo(HASHES, made_at), "".join(hashes))
    out.seek(0)


def _held(site: dict[str, Any]) -> list[tuple[str, str]]:
    seen = site["capture"] or {"html_key": "", "picture_key": "", "id": 0}
    picture = "" if site["guarded"] else seen["picture_key"]
    name = f"captured/{site['id']}-{seen['id']}"
    return [(f"{name}.{end}", key) for end, key in (("html", seen["html_key"]), ("png", picture)) if key]


def _bytes(key: str) -> bytes:
    """What lies there; a picture may have been destroyed since."""
    try:
        return store().get(f"{ORIGINAL}/{key}")
    except Missing:
        return b""


def _public(data: dict[str, Any]) -> dict[str, Any]:
    """Without the places where we keep things."""
    keys = {"html_key", "picture_key"}
    websites = [
        site
        | {
            "capture": {name: told for name, told in site["capture"].items() if name not in keys}
            if site["capture"]
            else None
        }
        for site in data["websites"]
    ]
    return {**data, "websites": websites}


def _row(site: dict[str, Any]) -> list[object]:
    seen = site["capture"] or {}
    whole_row = site | seen | {"captured_at": seen.get("at", ""), "dns": " ".join(seen.get("dns", []))}
    return [whole_row.get(name, "") for name in COLUMNS]


def paper(data: dict[str, Any], agency: str, heading: str) -> bytes:
    """The paper: in Thai, for the office that acts on it."""
    title = _t("title", n=data["dossier"])
    sheet = Paper(title, f"{heading} · {title}", datetime.fromisoformat(data["made_at"]))
    sheet.words(heading, soft=True)
    sheet.words(title, TITLE, bold=True)
    sheet.words(
        _t("made", when=_when(data["made_at"]), who=data["made_by"], agency=agency, n=f"{len(data['websites']):,}"),
        soft=True,
    )
    for at, site in enumerate(data["websites"], 1):
        sheet.heading(f"{at}. {site['shown']}")
        sheet.facts(_facts(site))
        seen = site["capture"]
        if seen is None:
            sheet.words(_t("not_captured"))
            continue
        for name in ("html_sha256", "picture_sha256"):
            if seen[name]:
                sheet.words(f"{_t(name)} {seen[name]}", SMALL, inset=12)
        if site["guarded"]:
            sheet.words(_t("guarded"), inset=12)
    return bytes(sheet.output())


def _facts(site: dict[str, Any]) -> list[tuple[str, str]]:
    seen = site["capture"] or {"dns": [], "title": "", "final": "", "at": None}
    return [
        (_t("kind"), say(f"website.kind.{site['kind']}", "th")),
        (_t("law"), site["law"]),
        (_t("url"), site["url"]),
        (_t("reports"), f"{site['reports']:,}"),
        (_t("first"), _when(site["first_reported"])),
        (_t("last"), _when(site["last_reported"])),
        (_t("verified"), _when(site["verified_at"])),
        (_t("captured"), _when(seen["at"])),
        (_t("final"), seen["final"]),
        (_t("dns"), ", ".join(seen["dns"])),
        (_t("page_title"), seen["title"]),
    ]


def _t(key: str, **holes: object) -> str:
    return say(f"website.paper.{key}", "th", **holes)


def _when(moment: str | None) -> str:
    return show_datetime(datetime.fromisoformat(moment), "th") if moment else ""
