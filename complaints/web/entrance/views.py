"""The entrance face."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("entrance", __name__, template_folder="templates")
