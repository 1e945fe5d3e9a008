"""The faces of the centre: one package each, all registered here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.web.admin.views import blueprint as admin
from complaints.web.api.views import blueprint as api
from complaints.web.citizen.views import blueprint as citizen
from complaints.web.desk.views import blueprint as desk
from complaints.web.entrance.views import blueprint as entrance
from complaints.web.health.views import blueprint as health
from complaints.web.hooks.views import blueprint as hooks
from complaints.web.letter.views import blueprint as letter
from complaints.web.mediation.views import blueprint as mediation
from complaints.web.open311.views import blueprint as open311
from complaints.web.oversight.views import blueprint as oversight
from complaints.web.partner.views import blueprint as partner

if TYPE_CHECKING:
    from flask import Flask

BLUEPRINTS = (health, hooks, api, open311, citizen, mediation, entrance, desk, partner, letter, oversight, admin)


def register(app: Flask) -> None:
    """Put every face on the application."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
