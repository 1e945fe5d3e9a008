"""Open data for everybody: the files of a day, what their columns mean, how they are made, and the catalogue."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, render_template, request, send_file, url_for

from complaints.channels import registry
from complaints.db import begin_reading, let_go
from complaints.domain.errors import NotFound
from complaints.domain.opendata import LEAST, OUTCOMES, PLACES, SETTLED_AFTER, PublicFile
from complaints.domain.places import provinces
from complaints.domain.policy import Permission
from complaints.domain.referral import OUTCOMES as RESULTS
from complaints.domain.wording import LANGUAGES, say
from complaints.services import catalogue, centre, opendata
from complaints.services.evidence.stores import Missing
from complaints.web.citizen.face import blueprint
from complaints.web.files import HARMLESS, store
from complaints.web.guard import needs
from complaints.web.language import language, t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.services.centre import CentreProfile

TABLES = {"outcomes": OUTCOMES, "places": PLACES}
MIMES = {"csv": "text/csv", "json": "application/json", "parquet": "application/vnd.apache.parquet"}
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
EARLIER = 30
# What the Thai standard for government data catalogues asks of every data set, in its order.
GDC = (
    *("data_type", "title", "owner_org", "maintainer", "maintainer_email", "tag_string", "notes", "objective"),
    *("update_frequency_unit", "geo_coverage", "data_source", "data_format", "data_category", "license_id"),
)
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@blueprint.get("/open-data")
@needs(Permission.PUBLIC)
def open_data() -> str:
    """The files of the last day, or of the one in the address."""
    session = begin_reading()
    day = _day(request.args.get("day", "")) or opendata.latest(session)
    found = opendata.files(session, day) if day is not None else []
    return render_template(
        "citizen/open_data.html",
        day=day,
        last=opendata.yesterday(day) if day is not None else None,
        files=[_told(row) for row in found],
        days=opendata.days(session, EARLIER),
        columns={name: _columns(name) for name in TABLES},
        gdc={name: [(t(f"open.gdc.{key}"), value) for key, value in _gdc(session, name).items()] for name in TABLES},
        least=LEAST,
        settled=SETTLED_AFTER.days,
        licence=LICENCE,
    )


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        return None


def _told(row: PublicFile) -> dict[str, Any]:
    table, _, kind = row.name.rpartition(".")
    year = table.partition("-")[2]
    name = t("open.file.outcomes", year=year) if year else t("open.file.places")
    return {
        "name": f"{name} · {kind.upper()}",
        "file": row.name,
        "href": url_for("citizen.open_file", day=row.day.isoformat(), name=row.name),
        "rows": f"{row.rows:,}",
        "size": f"{-(-row.size // 1024):,}",
        "sha256": row.sha256,
    }


def _columns(table: str) -> list[tuple[str, str]]:
    return [(name, t(f"open.column.{table}.{name}")) for name in TABLES[table]]


@blueprint.get("/open-data/files/<day>/<name>")
@needs(Permission.PUBLIC)
def open_file(day: str, name: str) -> ResponseReturnValue:
    """A file as it was published."""
    asked, session = _day(day), begin_reading()
    row = session.get(PublicFile, (asked, name)) if asked is not None else None
    if row is None:
        raise NotFound(what="file")
    path, sha256, kind = opendata.path(row.name, row.sha256), row.sha256, MIMES[name.rpartition(".")[2]]
    # The store may be slow: no connection waits for it.
    let_go()
    try:
        content = store().get(path)
    except Missing:
        raise NotFound(what="file") from None
    answer = send_file(io.BytesIO(content), kind, as_attachment=True, download_name=f"1212-{day}-{name}")
    answer.set_etag(sha256)
    answer.headers["Content-Security-Policy"] = HARMLESS
    answer.headers["Cache-Control"] = "public, max-age=86400, immutable"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer.make_conditional(request)


@blueprint.get("/open-data/dictionary.json")
@needs(Permission.PUBLIC)
def open_dictionary() -> Response:
    """What columns and codes mean, in both languages."""
    session = begin_reading()
    kinds, agencies = catalogue.categories(session), catalogue.agencies(session)

    def both(key: str) -> dict[str, str]:
        return {spoken: say(key, spoken) for spoken in LANGUAGES}

    def named(rows: dict[str, Any]) -> dict[str, dict[str, str]]:
        return {code: {spoken: row.name(spoken) for spoken in LANGUAGES} for code, row in rows.items()}

    return _json(
        {
            "tables": {
                table: {name: both(f"open.column.{table}.{name}") for name in names} for table, names in TABLES.items()
            },
            "codes": {
                "category": named(kinds),
                "group": {row.group_code: both(f"word.group.{row.group_code}") for row in kinds.values()},
                "agency": named(agencies),
                "channel": named(dict(registry.known())),
                "province": named(provinces()),
                "outcome": {code: both(f"word.outcome.{code}") for code in RESULTS},
                "state": {code: both(f"open.state.{code}") for code in (opendata.OPEN, *_ended())},
            },
        },
        "application/json",
    )


def _ended() -> list[str]:
    return sorted(set(opendata.ENDED.values()))


@blueprint.get("/open-data/catalog")
@needs(Permission.PUBLIC)
def open_catalog() -> Response:
    """The catalogue in DCAT, with the fields of the Thai standard beside it."""
    session = begin_reading()
    profile, day = centre.profile(session), opendata.latest(session)
    found = opendata.files(session, day) if day is not None else []
    page = _outside("citizen.open_data")
    told = {
        "@context": CONTEXT | {"gdc": f"{page}#"},
        "@id": _outside("citizen.open_catalog"),
        "@type": "dcat:Catalog",
        "dct:title": _spoken("open.title"),
        "dct:description": _spoken("open.lead"),
        "dct:publisher": _publisher(profile),
        "dct:license": {"@id": LICENCE},
        "dct:language": list(LANGUAGES),
        "foaf:homepage": {"@id": page},
        "dcat:dataset": [_dataset(session, profile, name, found) for name in TABLES],
    }
    return _json(told, "application/ld+json")


def _dataset(session: Session, profile: CentreProfile, name: str, found: Any) -> dict[str, Any]:  # noqa: ANN401 - rows
    own = [row for row in found if row.name.startswith(name)]
    told: dict[str, Any] = {
        "@id": f"{_outside('citizen.open_data')}#{name}",
        "@type": "dcat:Dataset",
        "dct:identifier": name,
        "dct:title": _spoken(f"open.set.{name}.title"),
        "dct:description": _spoken(f"open.set.{name}.text"),
        "dct:publisher": _publisher(profile),
        "dcat:contactPoint": {
            "@type": "vcard:Organization",
            "vcard:fn": profile.name_th,
            "vcard:hasEmail": {"@id": f"mailto:{profile.email}"},
        },
        "dcat:keyword": _spoken("open.gdc_value.tag_string"),
        "dct:accrualPeriodicity": {"@id": "http://purl.org/cld/freq/daily"},
        "dct:spatial": {"@id": "http://publications.europa.eu/resource/authority/country/THA"},
        "dct:license": {"@id": LICENCE},
        "dct:conformsTo": {"@id": _outside("citizen.open_dictionary")},
        "dcat:distribution": [_distribution(row) for row in own],
    }
    if own:
        told["dct:modified"] = {"@type": "xsd:date", "@value": own[0].day.isoformat()}
        told["dct:temporal"] = _temporal(session, own[0].day)
    return told | {f"gdc:{key}": value for key, value in _gdc(session, name, "th").items()}


def _temporal(session: Session, day: date) -> dict[str, Any]:
    first, last = opendata.first_day(session) or day, opendata.yesterday(day)
    ends = (("dcat:startDate", min(first, last)), ("dcat:endDate", last))
    return {"@type": "dct:PeriodOfTime"} | {
        name: {"@type": "xsd:date", "@value": found.isoformat()} for name, found in ends
    }


def _distribution(row: PublicFile) -> dict[str, Any]:
    kind = row.name.rpartition(".")[2]
    return {
        "@type": "dcat:Distribution",
        "dct:title": row.name,
        "dcat:downloadURL": {"@id": _outside("citizen.open_file", day=row.day.isoformat(), name=row.name)},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{MIMES[kind]}"},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(row.size)},
        "dct:license": {"@id": LICENCE},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": row.sha256},
        },
    }


def _gdc(session: Session, name: str, spoken: str = "") -> dict[str, str]:
    """The mandatory fields of the Thai standard, in a language."""
    reader, profile = spoken or language(), centre.profile(session)
    own = {
        "title": say(f"open.set.{name}.title", reader),
        "notes": say(f"open.set.{name}.text", reader),
        "owner_org": profile.name(reader),
        "maintainer": profile.name(reader),
        "maintainer_email": profile.email,
        "data_format": "CSV, JSON, Parquet",
        "license_id": "CC-BY-4.0",
    }
    return {key: own.get(key) or say(f"open.gdc_value.{key}", reader) for key in GDC}


def _publisher(profile: CentreProfile) -> dict[str, Any]:
    names = [{"@language": spoken, "@value": profile.name(spoken)} for spoken in LANGUAGES]
    return {"@type": "foaf:Agent", "foaf:name": names}


def _spoken(key: str) -> list[dict[str, str]]:
    return [{"@language": spoken, "@value": say(key, spoken)} for spoken in LANGUAGES]


def _outside(endpoint: str, **values: str) -> str:
    return current_app.extensions["settings"].base_url + url_for(endpoint, **values)  # type: ignore[arg-type]


def _json(told: dict[str, Any], kind: str) -> Response:
    answer = Response(json.dumps(told, ensure_ascii=False, indent=1), content_type=f"{kind}; charset=utf-8")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
