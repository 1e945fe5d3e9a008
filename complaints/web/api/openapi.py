"""The API as an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from complaints.channels.partner_api import CONTACTS, FIELDS, MOST_SATANG, REFERENCE_LIMIT, STORY_LIMIT
from complaints.domain.lifecycle import State
from complaints.domain.reading import LINE_LIMIT, NAME_LIMIT
from complaints.domain.wording import LANGUAGES

if TYPE_CHECKING:
    from complaints.services.evidence.kinds import Limits

MOMENT = {"type": "string", "format": "date-time", "description": "ISO 8601 with its zone"}
STATE = {
    "type": "object",
    "required": ["code", *LANGUAGES],
    "properties": {
        "code": {"enum": [state.value for state in State]},
        **{spoken: {"type": "string"} for spoken in LANGUAGES},
    },
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Yours, 8 to 100 visible ASCII letters. The same key with the same body has the same answer.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 100},
}
PROBLEM = {
    "description": "Refused: problem details (RFC 9457), in Thai and English",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def document(base_url: str, limits: Limits) -> dict[str, Any]:
    """The whole document for this centre."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "1212 Online Complaint Centre: intake for trusted parties", "version": "1"},
        "servers": [{"url": f"{base_url}/api/v1"}],
        "security": [{"token": []}],
        "paths": {
            "/complaints": {"post": _file()},
            "/complaints/{number}": {"get": _show()},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Complaint": _complaint(limits),
                "Receipt": _object(
                    number={"type": "string"},
                    secret={"type": "string", "description": "For the complainant: opens the case with its number"},
                    received_at=MOMENT,
                    state=STATE,
                    track={"type": "string", "format": "uri"},
                ),
                "Standing": _object(
                    number={"type": "string"}, state=STATE, received_at=MOMENT, changed_at=MOMENT, answer_by=MOMENT
                ),
                "Problem": _problem(),
            },
        },
    }


def _file() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Complaint"}
    files = {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}}
    multipart = {"type": "object", "required": ["complaint"], "properties": {"complaint": schema, "files": files}}
    receipt = {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}}
    return {
        "operationId": "fileComplaint",
        "summary": "Hand a complaint in (scope: file)",
        "parameters": [KEY],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": schema},
                "multipart/form-data": {
                    "schema": multipart,
                    "encoding": {"complaint": {"contentType": "application/json"}},
                },
            },
        },
        "responses": {
            "201": {"description": "Filed now, or under this key before", "content": receipt},
            **dict.fromkeys(("400", "401", "403", "413", "415", "422", "429"), PROBLEM),
        },
    }


def _show() -> dict[str, Any]:
    standing = {"application/json": {"schema": {"$ref": "#/components/schemas/Standing"}}}
    return {
        "operationId": "showComplaint",
        "summary": "Where a complaint stands that you handed in (scope: read)",
        "parameters": [{"name": "number", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {
            "200": {"description": "In the words that the complainant reads", "content": standing},
            **dict.fromkeys(("401", "403", "404", "429"), PROBLEM),
        },
    }


def _complaint(limits: Limits) -> dict[str, Any]:
    contact = {"name": NAME_LIMIT, "phone": 40, "email": 200, "line_id": LINE_LIMIT}
    one_file = _object(name={"type": "string", "minLength": 1}, content={"type": "string", "contentEncoding": "base64"})
    properties = {
        "story": {"type": "string", "minLength": 1, "maxLength": STORY_LIMIT},
        "language": {"enum": list(LANGUAGES), "default": "th"},
        "complainant": {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: {"type": "string", "maxLength": contact[name]} for name in CONTACTS},
        },
        "consent_at": {**MOMENT, "description": "When the complainant agreed that you hand this over"},
        "category": {"type": "string", "description": "A category code of this centre, when you know it"},
        "province": {"type": "string", "description": "Two digits, as the ministry of the interior numbers them"},
        "lost_satang": {"type": "integer", "minimum": 0, "maximum": MOST_SATANG},
        "transferred_at": MOMENT,
        "reference": {"type": "string", "maxLength": REFERENCE_LIMIT, "description": "Your own number of it"},
        "files": {
            "type": "array",
            "maxItems": limits.files,
            "items": one_file,
            "description": f"At most {limits.file_bytes} bytes each and {limits.total_bytes} together",
        },
    }
    return {
        "type": "object",
        "required": ["story", "consent_at"],
        "additionalProperties": False,
        "properties": {name: properties[name] for name in FIELDS},
    }


def _problem() -> dict[str, Any]:
    words = _object(**{spoken: {"type": "string"} for spoken in LANGUAGES})
    fault = _object(pointer={"type": "string", "format": "json-pointer"}, code={"type": "string"}, messages=words)
    found = _object(
        type={"type": "string", "format": "uri"},
        title={"type": "string"},
        status={"type": "integer"},
        detail={"type": "string"},
        messages=words,
    )
    found["properties"]["errors"] = {"type": "array", "items": fault}
    return found


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}
