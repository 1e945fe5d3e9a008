"""Numbers in addresses and forms that no column holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.actor import Role
from complaints.web.numbers import whole
from tests.centre import sign_in
from tests.services.scene import referred

if TYPE_CHECKING:
    from flask.testing import FlaskClient

HUGE = "9" * 30


def test_a_number_that_no_column_holds_is_an_address_that_leads_nowhere(client: FlaskClient) -> None:
    number = referred("POLICE")
    sign_in(client, Role.PARTNER)
    assert client.get(f"/partner/case/{number}/file/{HUGE}").status_code == 404
    assert client.post(f"/partner/case/{number}/{HUGE}/accept", data={"version": "1"}).status_code == 404


def test_a_number_that_no_page_of_ours_sends_is_none() -> None:
    assert (whole("7"), whole("999999999"), whole("0007")) == (7, 999_999_999, 7)
    assert [whole(text, otherwise=-1) for text in ("", "-1", "1.0", "๑", "²", HUGE, "1\n")] == [-1] * 7
