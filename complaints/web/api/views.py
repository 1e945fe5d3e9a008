"""The API: what its operations are, and the document that tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.policy import Permission
from complaints.web.api import complaints, referrals, steps
from complaints.web.api.declare import blueprint, codes, limits, plain, settings
from complaints.web.api.openapi import document
from complaints.web.guard import needs

if TYPE_CHECKING:
    from flask import Response

__all__ = ("blueprint", "complaints", "referrals", "steps")


@blueprint.get("/openapi.json")
@needs(Permission.PUBLIC)
def openapi() -> Response:
    """What this API takes and answers, for machines that write clients."""
    return plain(document(settings().base_url, limits(), codes()))
