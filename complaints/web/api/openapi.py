"""The API as an OpenAPI 3.1 document, made of the operations' declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from complaints.web.api.answers import Problem
from complaints.web.api.declare import BYTES, JSON, MULTIPART, OPERATIONS
from complaints.web.api.declare import KEY as KEY_SHAPE
from complaints.web.api.declare import MATCH as MATCH_SHAPE
from complaints.web.api.problems import MEDIA_TYPE
from complaints.web.api.shapes import CODES, THAI

if TYPE_CHECKING:
    from collections.abc import Mapping

    from complaints.services.evidence.kinds import Limits
    from complaints.web.api.declare import Operation
    from complaints.web.api.shapes import Shape

REF = "#/components/schemas/{model}"
ABOUT = (
    "Complaints come in, and agencies work on the referrals that they were given. Every write carries an "
    "Idempotency-Key; a step that decides something carries If-Match with the ETag that was read. Refusals are "
    "problem details (RFC 9457) in Thai and English."
)
ABOUT_THAI = (
    "ส่งเรื่องร้องเรียนเข้ามา และหน่วยงานทำงานกับเรื่องที่ได้รับส่งต่อ ทุกคำสั่งเขียนต้องมี Idempotency-Key "
    "ขั้นตอนที่ตัดสินต้องมี If-Match ตาม ETag ที่อ่านไว้ คำปฏิเสธเป็น problem details (RFC 9457) ทั้งไทยและอังกฤษ"
)
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Yours, another one for each change: the same key with the same body has the same answer.",
    THAI: "กุญแจของคุณ ไม่ซ้ำกันในแต่ละคำสั่ง กุญแจเดิมกับข้อมูลเดิมได้คำตอบเดิม",
    "schema": {"type": "string", "pattern": KEY_SHAPE.pattern},
    "example": "agency-2569-000123",
}
MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the referral that you looked at, or * for whatever it is now",
    THAI: "ETag ของเรื่องที่คุณอ่าน หรือ * หากไม่สนว่าเปลี่ยนไปแล้ว",
    "schema": {"type": "string", "pattern": MATCH_SHAPE.pattern},
    "example": '"4"',
}
LIMITS = {
    name: {"description": words, "schema": {"type": "string", "pattern": "^[0-9]+$"}}
    for name, words in (
        ("RateLimit-Limit", "How many calls this window has"),
        ("RateLimit-Remaining", "How many are left"),
        ("RateLimit-Reset", "In how many seconds it begins anew"),
    )
}
ETAG = {"ETag": {"description": "The case's version, for If-Match", "schema": {"type": "string"}}}
WHY = {
    400: ("Cannot be read", "อ่านคำขอไม่ได้"),
    401: ("No living token", "ไม่มีโทเค็นที่ใช้ได้"),
    403: ("The token or the agency may not do this", "โทเค็นหรือหน่วยงานทำสิ่งนี้ไม่ได้"),
    404: ("Not there, or not yours", "ไม่มี หรือไม่ใช่ของคุณ"),
    406: ("You accept nothing that this answers", "คุณไม่รับชนิดข้อมูลที่ตอบ"),
    409: ("Not possible as things stand", "ทำไม่ได้ในสถานะนี้"),
    412: ("The case changed since you looked", "เรื่องเปลี่ยนไปหลังจากที่คุณอ่าน"),
    413: ("Too large", "ใหญ่เกินไป"),
    415: ("Send JSON", "โปรดส่ง JSON"),
    422: ("Values are wrong: see errors", "ข้อมูลไม่ถูกต้อง ดู errors"),
    428: ("If-Match is missing", "ไม่มี If-Match"),
    429: ("Too many: wait as Retry-After says", "ถี่เกินไป โปรดรอตาม Retry-After"),
    500: ("Broken on our side", "ระบบขัดข้อง"),
    503: ("The place of the files is away for a moment", "ที่เก็บไฟล์ไม่พร้อมชั่วคราว"),
}


class _Plain(GenerateJsonSchema):
    """Names of fields say enough: no titles made of them."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's signature
        """Never."""
        return False


def document(base_url: str, limits: Limits, codes: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    """The whole document for this centre."""
    shapes: set[tuple[type[Shape], JsonSchemaMode]] = {(Problem, "serialization")}
    for one in OPERATIONS:
        if one.body is not None:
            shapes.add((one.body, "validation"))
        if one.answer is not None:
            shapes.add((one.answer, "serialization"))
    ordered = sorted(shapes, key=lambda pair: pair[0].__name__)
    refs, made = models_json_schema(ordered, ref_template=REF, schema_generator=_Plain)
    names: dict[object, str] = {pair[0]: ref["$ref"].rpartition("/")[2] for pair, ref in refs.items()}
    paths: dict[str, Any] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _told(one, names)
    found = {
        "openapi": "3.1.0",
        "info": {
            "title": "1212 Online Complaint Centre",
            "version": "1",
            "description": f"{ABOUT} A file may have {limits.file_bytes} bytes, all together {limits.total_bytes}.",
            THAI: ABOUT_THAI,
        },
        "servers": [{"url": f"{base_url}/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": made["$defs"],
        },
    }
    _fill(found, codes)
    return found


def _told(one: Operation, names: Mapping[object, str]) -> dict[str, Any]:
    scopes = " or ".join(scope.value for scope in one.scopes)
    told: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.words.en,
        "x-summary-th": one.words.th,
        "description": f"Scope: {scopes}",
        "parameters": [
            *_in_path(one),
            *_in_query(one),
            *([KEY] if one.keyed else ()),
            *([MATCH] if one.matched else ()),
        ],
        "responses": {str(one.status): _success(one, names)} | {str(status): _refusal(status) for status in _why(one)},
    }
    if one.body is not None:
        told["requestBody"] = _taken(one, one.body, names)
    return told


def _in_path(one: Operation) -> list[dict[str, Any]]:
    holes = [part[1:-1] for part in one.path.split("/") if part.startswith("{")]
    number = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
    words = {"type": "string", "minLength": 1, "maxLength": 20, "pattern": "^[0-9-]+$"}
    return [
        {"name": name, "in": "path", "required": True, "schema": number if name.endswith("_id") else words}
        for name in holes
    ]


def _in_query(one: Operation) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    made = one.query.model_json_schema(schema_generator=_Plain)
    found = []
    for name, schema in made["properties"].items():
        words = {key: schema.pop(key) for key in ("description", THAI) if key in schema}
        found.append({"name": name, "in": "query", "required": False, **words, "schema": _not_null(schema)})
    return found


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """An address has no null: what may be left out is left out."""
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
    if schema.get("default", ...) is None:
        del schema["default"]
    return schema | (kinds[0] if kinds else {})


def _taken(one: Operation, body: type[Shape], names: Mapping[object, str]) -> dict[str, Any]:
    schema = {"$ref": REF.format(model=names[body])}
    content: dict[str, Any] = {JSON: {"schema": schema}}
    if one.form:
        files = {"type": "array", "items": {"type": "string", "contentMediaType": BYTES}}
        parts = {"type": "object", "required": [one.form], "properties": {one.form: schema, "files": files}}
        content[MULTIPART] = {"schema": parts, "encoding": {one.form: {"contentType": JSON}}}
    return {"required": bool(body.model_json_schema().get("required")), "content": content}


def _success(one: Operation, names: Mapping[object, str]) -> dict[str, Any]:
    headers = LIMITS | (ETAG if one.matched or one.name == "showReferral" else {})
    if one.keyed:
        headers = headers | {
            "Idempotency-Replayed": {
                "description": "true: this was answered before, and nothing changed now",
                "schema": {"const": "true"},
            }
        }
    if one.answer is None:
        content: dict[str, Any] = {kind: {} for kind in (BYTES, "image/webp", "text/plain")}
        return {"description": one.words.en, "headers": headers, "content": content}
    schema = {"$ref": REF.format(model=names[one.answer])}
    return {"description": one.words.en, "headers": headers, "content": {JSON: {"schema": schema}}}


def _why(one: Operation) -> list[int]:
    found = {401, 403, 406, 429, 500, *one.problems}
    if one.query is not None:
        found.add(422)
    if one.body is not None:
        found |= {400, 415, 422}
    if one.matched:
        found.add(428)
    return sorted(found)


def _refusal(status: int) -> dict[str, Any]:
    english, thai = WHY[status]
    schema = {"$ref": REF.format(model="Problem")}
    return {"description": english, THAI: thai, "content": {MEDIA_TYPE: {"schema": schema}}}


def _fill(found: Any, codes: Mapping[str, frozenset[str]]) -> None:  # noqa: ANN401 - any part of the document
    """Where a field names codes, those of this centre stand now."""
    if isinstance(found, dict):
        named = found.pop(CODES, None)
        if named is not None:
            found["enum"] = sorted(codes[named])
        for part in found.values():
            _fill(part, codes)
    elif isinstance(found, list):
        for part in found:
            _fill(part, codes)
