"""The bundle for the police: a paper in Thai, the same for machines, the evidence, and a list of hashes over all."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from flask import request, send_file

from complaints.channels import registry
from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.errors import InvalidInput
from complaints.domain.places import provinces
from complaints.domain.policy import Permission
from complaints.domain.questions import show_answers
from complaints.domain.thai_time import show_datetime
from complaints.domain.wording import say
from complaints.services import access, bundle, catalogue, centre
from complaints.services.evidence.stores import ORIGINAL, Missing
from complaints.web import telling
from complaints.web.desk.face import blueprint
from complaints.web.desk.steps import again
from complaints.web.errors import STATUS, step_errors
from complaints.web.files import HARMLESS, store
from complaints.web.guard import needs, now, staff
from complaints.web.paper import SMALL, TITLE, Paper

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from complaints.services.bundle import Bundle

# A bundle with more evidence is written to the disk on its way.
IN_MEMORY = 8 * 2**20
PAPER, DATA, HASHES = "รายงาน.pdf", "bundle.json", "SHA256SUMS"


@blueprint.post("/case/<number>/bundle")
@needs(Permission.DESK)
def take_bundle(number: str) -> ResponseReturnValue:
    """Made, recorded, and only then sent: nobody takes one along unnoticed."""
    try:
        receiver = bundle.office(request.form.get("office", ""))
    except InvalidInput as error:
        return again(number, "bundle", step_errors(error, "bundle", in_form=True), STATUS[error.code])
    session = begin_reading()
    found = bundle.collect(session, access.get_case(session, number, staff()), receiver, staff(), now())
    names = {code: row.name_th for code, row in catalogue.categories(session).items()}
    heading = centre.profile(session).name("th")
    let_go()
    size = sum(one.row["size"] for one in found.evidence if one.stored_key)
    # The answer closes it when it was sent.
    out: io.BytesIO | io.BufferedRandom = io.BytesIO() if size < IN_MEMORY else tempfile.TemporaryFile()  # noqa: SIM115
    write(out, found, names, heading)
    sha256 = hashlib.file_digest(out, "sha256").hexdigest()
    with unit_of_work() as session:
        bundle.record(session, access.get_case(session, number, staff()), receiver, sha256, staff(), now())
    out.seek(0)
    answer = send_file(out, "application/zip", as_attachment=True, download_name=f"{found.number}.zip")
    answer.call_on_close(out.close)
    answer.headers["Content-Security-Policy"] = HARMLESS
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def write(out: IO[bytes], found: Bundle, names: dict[str, str], heading: str) -> None:
    """Evidence first: the paper and the data say which of it is there and whole."""
    hashes: list[str] = []
    made_at = datetime.fromisoformat(found.data["made_at"])

    def put(path: str, content: bytes) -> None:
        file.writestr(zipfile.ZipInfo(path, made_at.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
        hashes.append(f"{hashlib.sha256(content).hexdigest()}  {path}\n")

    with zipfile.ZipFile(out, "w") as file:
        for one in found.evidence:
            content = _bytes(one.stored_key)
            whole = content is not None and hashlib.sha256(content).hexdigest() == one.row["sha256"]
            one.row["whole"] = whole if one.stored_key else None
            if content is not None:
                put(one.path, content)
            else:
                one.row["path"] = None
        put(DATA, json.dumps(found.data, ensure_ascii=False, indent=1).encode())
        put(PAPER, paper(found.data, names, heading))
        file.writestr(zipfile.ZipInfo(HASHES, made_at.timetuple()[:6]), "".join(hashes))
    out.seek(0)


def _bytes(stored_key: str) -> bytes | None:
    if not stored_key:
        return None
    try:
        return store().get(f"{ORIGINAL}/{stored_key}")
    except Missing:
        return None


def paper(data: dict[str, Any], names: dict[str, str], heading: str) -> bytes:
    """The paper: in Thai, whoever takes it along."""
    case = data["case"]
    title = _t("title", number=case["number"])
    sheet = Paper(title, f"{heading} · {title}", datetime.fromisoformat(data["made_at"]))
    sheet.words(heading, soft=True)
    sheet.words(title, TITLE, bold=True)
    sheet.words(_t("made", when=_when(data["made_at"]), who=data["made_by"], office=data["made_for"]), soft=True)
    _write_case(sheet, case, names)
    _write_identifiers(sheet, data["identifiers"])
    _write_evidence(sheet, data["evidence"])
    for other in data["merged_cases"]:
        sheet.heading(_t("merged", number=other["number"]))
        _write_case(sheet, other, names)
    return bytes(sheet.output())


def _write_case(sheet: Paper, case: dict[str, Any], names: dict[str, str]) -> None:
    person = case["complainant"] or {}
    province = provinces().get(case["province"])
    sheet.facts(
        [
            (_t("received"), _when(case["received_at"])),
            (_t("channel"), registry.name(case["channel"], "th")),
            (_t("category"), names.get(case["category"] or "", "")),
            (_t("state"), say(f"word.state.{case['state']}", "th")),
            (_t("lost"), _baht(case["lost_satang"])),
            (_t("transferred"), _when(case["transferred_at"])),
            (_t("province"), province.name("th") if province else ""),
            *((_t(name), str(person.get(name, ""))) for name in ("name", "phone", "email", "line_id")),
        ]
    )
    sheet.heading(_t("story"))
    sheet.words(case["story"])
    kind = case["answers"].get("chosen_category")
    answers = show_answers(str(kind) if kind else None, case["answers"], "th")
    if answers:
        sheet.heading(_t("answers"))
        sheet.facts((str(row[0]), str(row[1])) for row in answers)
    sheet.heading(_t("timeline"))
    sheet.facts((_when(row["at"]), say(f"word.action.{row['action']}", "th")) for row in case["timeline"])
    if case["messages"]:
        sheet.heading(_t("messages"))
    for row in case["messages"]:
        sheet.words(f"{_when(row['at'])} · {say('word.role.' + row['role'], 'th')}", soft=True)
        sheet.words(row["body"], inset=12)


def _write_identifiers(sheet: Paper, rows: list[dict[str, Any]]) -> None:
    sheet.heading(_t("identifiers"))
    if not rows:
        sheet.words(_t("none"))
    sheet.facts(
        (
            say(f"word.identifier.{row['kind']}", "th"),
            f"{row['bank']} {row['value']}".strip()
            + "\n"
            + (_t("others", n=row["other_cases"], lost=_baht(row["other_lost_satang"])) if row["other_cases"] else ""),
        )
        for row in rows
    )


def _write_evidence(sheet: Paper, rows: list[dict[str, Any]]) -> None:
    sheet.heading(_t("evidence"))
    if not rows:
        sheet.words(_t("none"))
    for row in rows:
        told = _t("file", size=f"{row['size']:,}", kind=row["media_type"], when=_when(row["received_at"]))
        sheet.words(row["name"], bold=True)
        sheet.words(told, inset=12)
        sheet.words(f"SHA-256 {row['sha256']}", SMALL, inset=12)
        if row["path"] is None:
            sheet.words(_t("left_out"), inset=12)
        elif not row["whole"]:
            sheet.words(_t("broken"), bold=True, inset=12)


def _t(key: str, **holes: object) -> str:
    return say(f"desk.bundle.paper.{key}", "th", **holes)


def _when(moment: str | None) -> str:
    return show_datetime(datetime.fromisoformat(moment), "th") if moment else ""


def _baht(satang: int | None) -> str:
    return "" if satang is None else telling.baht(satang, "th")
