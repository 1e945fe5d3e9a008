"""Which words about a sender are believed."""

from __future__ import annotations

import pytest

from complaints.channels.mime import tree
from complaints.channels.mime.proof import proven

OURS = "mx.centre.example"
FROM = "From: Somying <somying@mail.example>"


@pytest.mark.parametrize(
    ("head", "believed"),
    [
        ([f"Authentication-Results: {OURS}; dmarc=pass (p=reject) header.from=mail.example", FROM], True),
        (
            [f"Authentication-Results: {OURS} 1; spf=pass smtp.mailfrom=x;\r\n dkim=pass header.d=mail.example", FROM],
            True,
        ),
        ([f"Authentication-Results: {OURS}; dkim=pass header.d=example", FROM], False),
        ([f"Authentication-Results: {OURS}; dkim=pass header.d=mail.example.thief.example", FROM], False),
        ([f"Authentication-Results: {OURS}; dkim=pass header.d=other.example", FROM], False),
        ([f"Authentication-Results: {OURS}; dkim=pass header.i=@mail.example", FROM], False),
        ([f"Authentication-Results: {OURS}; dmarc=fail header.from=mail.example", FROM], False),
        ([f"Authentication-Results: {OURS}; spf=pass smtp.mailfrom=mail.example", FROM], False),
        ([f"Authentication-Results: {OURS}; none", FROM], False),
        ([f"Authentication-Results: {OURS}; dmarc=none (dmarc=pass header.from=mail.example)", FROM], False),
        (["Authentication-Results: mx.else.example; dmarc=pass header.from=mail.example", FROM], False),
        ([f"Authentication-Results: {OURS}.thief.example; dmarc=pass header.from=mail.example", FROM], False),
        # The server's own word stands above what the sender wrote in its name.
        (
            [
                f"Authentication-Results: {OURS}; dmarc=fail header.from=mail.example",
                FROM,
                f"Authentication-Results: {OURS}; dmarc=pass header.from=mail.example",
            ],
            False,
        ),
        ([f"Authentication-Results: {OURS}; dmarc=pass header.from=mail.example", FROM, "From: x@else.example"], False),
        ([f"Authentication-Results: {OURS}; dmarc=pass header.from=mail.example", f"{FROM}, x@else.example"], False),
        ([FROM], False),
    ],
)
def test_only_the_trusted_servers_first_word_counts(head: list[str], *, believed: bool) -> None:
    mail = tree.parse("\r\n".join([*head, "", "words"]).encode())
    assert proven(mail, "somying@mail.example", OURS) is believed
    assert not proven(mail, "somying@mail.example", "")
