"""The centre's settings as a page needs them: read once a request."""

from __future__ import annotations

from flask import g

from complaints.db import db
from complaints.services import centre


def centre_profile() -> centre.CentreProfile:
    """The centre's settings, read once a request."""
    if "centre" not in g:
        g.centre = centre.profile(db.session())
    profile: centre.CentreProfile = g.centre
    return profile
