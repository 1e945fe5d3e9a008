"""What stands around every page of the staff: who is signed in, the way out, and whether one-letter keys are on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for
from flask_login import current_user

if TYPE_CHECKING:
    from collections.abc import Sequence

KEYS_COOKIE = "keys"

NavEntry = tuple[str, str, bool, int | str | None]


def frame(face_name: str = "", home_url: str = "/", nav: Sequence[NavEntry] = ()) -> dict[str, Any]:
    """The words that `base_staff.html` reads."""
    return {
        "face_name": face_name,
        "home_url": home_url,
        "nav": list(nav),
        "user_name": current_user.name,
        "sign_out_url": url_for("entrance.sign_out"),
        "keys_on": request.cookies.get(KEYS_COOKIE) != "off",
    }
