"""The two forms of an answer: JSON, and XML of the same by the Spark convention, which names what a list holds."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Response, json

TYPES = {"json": "application/json", "xml": "text/xml"}
# A list -> what each of its elements is called.
EACH = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(form: str, root: str, told: Any, status: int = 200) -> Response:  # noqa: ANN401 - any document
    """A document in the form that was asked for; `root` is what XML calls the whole."""
    body = json.dumps(told, ensure_ascii=False, sort_keys=False).encode() if form == "json" else _xml(root, told)
    return Response(body, status, content_type=f"{TYPES[form]}; charset=utf-8")


def _xml(root: str, told: Any) -> bytes:  # noqa: ANN401 - any document
    whole = Element(root)
    _fill(whole, told)
    return bytes(tostring(whole, encoding="utf-8", xml_declaration=True))


def _fill(element: Element, told: Any) -> None:  # noqa: ANN401 - any document
    if isinstance(told, dict):
        for name, value in told.items():
            _fill(SubElement(element, name), value)
    elif isinstance(told, list):
        for value in told:
            _fill(SubElement(element, EACH[element.tag]), value)
    elif isinstance(told, bool):
        element.text = str(told).lower()
    elif told is not None:
        element.text = NO_XML.sub("", str(told))
