"""The blueprint that the modules of this face hang their views on, and the settings they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, current_app

from complaints.services.evidence.kinds import limits_of

if TYPE_CHECKING:
    from complaints.services.evidence.kinds import Limits
    from config import Settings

# Script saves two seconds after the last key, and many telephones share one address.
TYPING = "120 per minute; 3000 per hour"
blueprint = Blueprint("citizen", __name__, template_folder="templates")


def settings() -> Settings:
    """The centre's settings."""
    found: Settings = current_app.extensions["settings"]
    return found


def limits(times: int = 1) -> Limits:
    """How much evidence one sending takes; `times` as much for all that a case gathers."""
    return limits_of(settings(), times)
