"""The citizen face."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("citizen", __name__, template_folder="templates")
