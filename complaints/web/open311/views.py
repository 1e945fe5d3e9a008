"""Open311 GeoReport v2 for civic apps: the kinds of problems, handing a complaint in, and what was published of all."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlencode

from flask import Response, request, url_for

from complaints.channels import partner_api
from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.channel import Raw
from complaints.domain.client import Scope
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.inbound import RawMessage
from complaints.domain.places import provinces
from complaints.domain.policy import Permission
from complaints.domain.secret import grouped, new_token
from complaints.domain.thai_time import BANGKOK, local_day, midnight
from complaints.domain.wording import say
from complaints.services import catalogue, centre, hand_in, open311, receive
from complaints.services.mailroom import Room
from complaints.services.opendata import OPEN
from complaints.web.api.complaints import KEPT_HEADERS
from complaints.web.api.declare import FILING, KEY, each, limits, settings
from complaints.web.api.shapes import Wrong
from complaints.web.files import store
from complaints.web.guard import needs, needs_key, now, party
from complaints.web.limits import limiter
from complaints.web.open311 import wire
from complaints.web.open311.face import blueprint, reader
from complaints.web.open311.reading import ATTRIBUTES, CONSENT, Posted, read_filters, read_post

if TYPE_CHECKING:
    from datetime import date

    from complaints.domain.agency import Agency, Category
    from complaints.services.hand_in import Receipt
    from complaints.services.open311 import Told

__all__ = ("blueprint",)
READING = "120 per minute"
FORM = "<any(json, xml):form>"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
# When what is written here changed; an administrator's later change of the kinds is told instead.
CHANGESET = "2026-11-28 20:00"
URLENCODED = "application/x-www-form-urlencoded"
DATATYPES = {
    "consent": "singlevaluelist",
    "lost_baht": "number",
    "transferred_at": "datetime",
    "province": "singlevaluelist",
}
LONGEST_ID = 100
# GeoReport's fields of a place, a text and a picture: nothing of it is published.
NOT_PUBLISHED = ("address", "address_id", "zipcode", "lat", "long", "media_url")


@blueprint.get(f"/discovery.{FORM}")
@needs(Permission.PUBLIC)
@limiter.limit(READING)
def discovery(form: str) -> Response:
    """Where the endpoint is, what it speaks, and whom to ask for a key."""
    session, spoken = begin_reading(), reader()
    profile, changed = centre.profile(session), open311.kinds_changed(session)
    changeset = max(CHANGESET, f"{changed.astimezone(BANGKOK):%Y-%m-%d %H:%M}" if changed is not None else "")
    endpoint = {
        "specification": SPECIFICATION,
        "url": settings().base_url + str(blueprint.url_prefix),
        "changeset": changeset,
        "type": "production",
        "formats": [wire.TYPES[form] for form in sorted(wire.TYPES)],
    }
    contact = {"name": profile.name(spoken), "hotline": profile.hotline, "email": profile.email}
    told = {
        "changeset": changeset,
        "contact": say("open311.contact", spoken, **contact),
        "key_service": say("open311.key_service", spoken, email=profile.email),
        "endpoints": [endpoint],
    }
    return wire.answer(form, "discovery", told)


@blueprint.get(f"/services.{FORM}")
@needs(Permission.PUBLIC)
@limiter.limit(READING)
def services(form: str) -> Response:
    """The kinds of problems that can be chosen."""
    session, spoken = begin_reading(), reader()
    agencies = catalogue.agencies(session)
    told = [_service(kind, agencies[kind.agency_code], spoken) for kind in catalogue.choosable(session)]
    return wire.answer(form, "services", told)


def _service(kind: Category, agency: Agency, spoken: str) -> dict[str, Any]:
    group = say(f"word.group.{kind.group_code}", spoken)
    return {
        "service_code": kind.code,
        "service_name": kind.name(spoken),
        "description": say("open311.service", spoken, agency=agency.name(spoken)),
        "metadata": True,
        "type": "batch",
        "keywords": f"{kind.name_th}, {kind.name_en}, {kind.code}",
        "group": group,
    }


@blueprint.get(f"/services/<code>.{FORM}")
@needs(Permission.PUBLIC)
@limiter.limit(READING)
def definition(code: str, form: str) -> Response:
    """What can be told of a problem beside its words: the same for every kind."""
    if code not in _kinds():
        raise NotFound("service_code", what="service")
    told = {"service_code": code, "attributes": _attributes(reader())}
    return wire.answer(form, "service_definition", told)


def _attributes(spoken: str) -> list[dict[str, Any]]:
    values = {
        "consent": [{"key": CONSENT, "name": say("open311.attribute.consent.yes", spoken)}],
        "province": [{"key": code, "name": one.name(spoken)} for code, one in provinces().items()],
    }
    return [
        {
            "variable": True,
            "code": name,
            "datatype": DATATYPES[name],
            "required": name == "consent",
            "datatype_description": say(f"open311.attribute.{name}.type", spoken),
            "order": order,
            "description": say(f"open311.attribute.{name}.text", spoken),
            **({"values": values[name]} if name in values else {}),
        }
        for order, name in enumerate(ATTRIBUTES, 1)
    ]


@blueprint.post(f"/requests.{FORM}")
@needs_key(Scope.OPEN311)
@limiter.limit(FILING, key_func=each)
def file(form: str) -> Response:
    """Keep the form as it came but for its key, then read and file it; the same words again have the same answer."""
    if request.mimetype != URLENCODED:
        raise Wrong([InvalidInput("Content-Type", reason="form_alone")])
    body = _without_key(request.get_data(cache=True))
    key, digest = _key(body), hashlib.sha256(body).hexdigest()
    headers = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    with unit_of_work() as session:
        raw = Raw(partner_api.CODE, each(), body, headers, now())
        raw_id = receive.store(session, raw, f"{key}:{digest[:32]}").raw_id
    let_go()
    token = new_token(settings().secret_key, hand_in.submission(party(), key))
    with unit_of_work() as session:
        receipt = hand_in.answered(session, party(), key, raw_id, settings().secret_key)
    if receipt is None:
        receipt = _file(key, raw_id, read_post(request.form, _kinds(), now()), token)
    told = {"token": token, "service_notice": _notice(receipt), "account_id": None}
    answer = wire.answer(form, "service_requests", [told], 201)
    if not receipt.fresh:
        answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _without_key(body: bytes) -> bytes:
    """What was sent but for the key, which is kept nowhere."""

    def name(field: bytes) -> bytes:
        return unquote_to_bytes(field.partition(b"=")[0].replace(b"+", b" ")).replace(b"\0", b"")

    return b"&".join(field for field in body.split(b"&") if name(field) != b"api_key")


def _key(body: bytes) -> str:
    """The caller's idempotency key; of apps that know none the same words are the same complaint for a day."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return f"{local_day(now()):%Y%m%d}-{hashlib.sha256(body).hexdigest()[:40]}"
    if KEY.match(given) is None:
        raise Wrong([InvalidInput("Idempotency-Key", reason="key_letters")])
    return given


def _file(key: str, raw_id: int, posted: Posted, token: str) -> Receipt:
    room = Room(limits(), store(), settings().secret_key)
    with unit_of_work() as session:
        received_at = session.get_one(RawMessage, raw_id).received_at
        facts = posted.facts | {"language": reader(), "consent_at": received_at}
        inbound = hand_in.inbound(party(), key, facts, received_at)
        receipt = hand_in.file(session, party(), key, raw_id, inbound, posted.beside, [], room, now())
        if receipt.fresh:
            open311.keep_token(session, receipt.number, token)
        return receipt


def _notice(receipt: Receipt) -> str:
    """What the complainant has to know: the app shows it."""
    holes = {"number": receipt.number, "track": settings().base_url + url_for("citizen.track")}
    if not receipt.secret:
        return say("open311.notice.changed", reader(), **holes)
    return say("open311.notice.received", reader(), secret=grouped(receipt.secret), **holes)


@blueprint.get(f"/tokens/<token>.{FORM}")
@needs(Permission.PUBLIC)
@limiter.limit(READING)
def show_token(token: str, form: str) -> Response:
    """The id under which the token's case was published; without one before that day."""
    if len(token) > LONGEST_ID:
        raise NotFound("token", what="token")
    found = open311.public_id(begin_reading(), token)
    return wire.answer(form, "service_requests", [{"service_request_id": found or None, "token": token}])


@blueprint.get(f"/requests.{FORM}")
@needs(Permission.PUBLIC)
@limiter.limit(READING)
def requests(form: str) -> Response:
    """What was published of all cases, by page."""
    asked = read_filters(request.args, catalogue.categories(begin_reading()), now())
    if asked.ids:
        found, more = open311.named(begin_reading(), asked.ids), False
    else:
        found, more = open311.page(begin_reading(), asked.wanted, asked.size, asked.page)
    answer = wire.answer(form, "service_requests", _requests(found))
    if more:
        following = request.args.to_dict() | {"page": str(asked.page + 1)}
        answer.headers["Link"] = f'<{settings().base_url}{request.path}?{urlencode(following)}>; rel="next"'
    return answer


@blueprint.get(f"/requests/<public_id>.{FORM}")
@needs(Permission.PUBLIC)
@limiter.limit(READING)
def show(public_id: str, form: str) -> Response:
    """What was published of one case."""
    found = open311.named(begin_reading(), [public_id]) if len(public_id) <= LONGEST_ID else []
    if not found:
        raise NotFound("service_request_id", what="case")
    return wire.answer(form, "service_requests", _requests(found))


def _requests(found: list[Told]) -> list[dict[str, Any]]:
    session, spoken = begin_reading(), reader()
    kinds, agencies = catalogue.categories(session), catalogue.agencies(session)
    return [
        {
            "service_request_id": one.public_id,
            "status": "open" if one.state == OPEN else "closed",
            "status_notes": _notes(one, spoken),
            "service_name": kinds[one.category].name(spoken) if one.category in kinds else None,
            "service_code": one.category or None,
            "description": None,
            "agency_responsible": agencies[one.agency].name(spoken) if one.agency in agencies else None,
            "service_notice": None,
            "requested_datetime": _moment(one.received_on),
            "updated_datetime": _moment(one.answered_on),
            "expected_datetime": None,
            **dict.fromkeys(NOT_PUBLISHED),
        }
        for one in found
    ]


def _notes(one: Told, spoken: str) -> str:
    outcome = say(f"word.outcome.{one.outcome}", spoken) if one.outcome else ""
    holes = {"outcome": outcome} if one.state == open311.ANSWERED else {}
    return say(f"open311.status.{one.state}", spoken, **holes)


def _moment(day: date | None) -> str | None:
    """A day in GeoReport's form: its first moment in Thailand."""
    return midnight(day).isoformat() if day is not None else None


def _kinds() -> frozenset[str]:
    """The kinds that can be chosen now."""
    found = frozenset(kind.code for kind in catalogue.choosable(begin_reading()))
    let_go()
    return found
