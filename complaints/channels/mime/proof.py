"""Whether the address in From was checked by a mail server that the operator trusts (RFC 8601)."""

from __future__ import annotations

import re
from email.utils import getaddresses
from typing import TYPE_CHECKING

from complaints.channels.mime import words

if TYPE_CHECKING:
    from complaints.channels.mime.tree import Part

COMMENT = re.compile(r"\([^()]*\)")
QUOTED = re.compile(r'"([^"]*)"')
PASSED = re.compile(r"^\s*(dmarc|dkim)\s*=\s*pass\b", re.IGNORECASE)
SIGNER = re.compile(r"\bheader\.(?:d|from)\s*=\s*@?([\w.-]+)", re.IGNORECASE)


def proven(mail: Part, sender: str, trusted: str) -> bool:
    """Whether the first word of the trusted server says that From's own domain signed or published it.

    `trusted` is the server's name as it writes it into Authentication-Results; empty trusts nobody. Only the topmost
    field of that name counts: the server puts its own above whatever the sender wrote.
    """
    domain = sender.rpartition("@")[2]
    authors = [one for _, one in getaddresses(mail.field_lines("From")) if one]
    if not trusted or not domain or len(authors) != 1 or len(mail.field_lines("From")) != 1:
        return False
    for line in mail.field_lines("Authentication-Results"):
        server, *results = COMMENT.sub("", QUOTED.sub(r"\1", words.header(line))).split(";")
        if server.split()[:1] == [trusted]:
            return any(_vouches(result, domain) for result in results)
    return False


def _vouches(result: str, domain: str) -> bool:
    passed, signer = PASSED.match(result), SIGNER.search(result)
    if passed is None or signer is None:
        return False
    named = signer[1].lower().rstrip(".")
    return named == domain or (passed[1].lower() == "dkim" and "." in named and domain.endswith(f".{named}"))
