"""The blueprint of the oversight face."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("oversight", __name__, template_folder="templates", url_prefix="/oversight")
