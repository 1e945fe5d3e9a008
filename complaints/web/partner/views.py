"""The partner face."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("partner", __name__, template_folder="templates")
