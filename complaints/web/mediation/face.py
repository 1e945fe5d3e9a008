"""The blueprint of the two sides of a mediation."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("mediation", __name__, template_folder="templates")
