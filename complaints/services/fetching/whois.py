"""Who registered a name: RDAP through the very fetcher that fetches pages, else WHOIS on port 43 of set servers.

https://www.rfc-editor.org/rfc/rfc7480: GET BASE/domain/NAME or BASE/ip/ADDRESS, answered in JSON, by redirects where
the asked service only knows who knows. https://www.rfc-editor.org/rfc/rfc3912: one line asked, text until it is closed.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from complaints.services.fetching.addresses import read_address
from complaints.services.fetching.asked import read_url
from complaints.services.fetching.ended import Ended
from complaints.services.fetching.following import Walk, follow
from complaints.services.fetching.line import Budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from complaints.services.fetching.door import Door

MOST_BYTES = 128 * 1024
PORT = 43
OK = 200
# Registries know `shop.example`, not `www.shop.example`, and nobody lists where the one ends: longer names come first.
MOST_LABELS = 3
JSON = frozenset({"application/rdap+json", "application/json"})


def whois(host: str, door: Door) -> str | None:
    """What a registry says of a host; nothing where none can be reached or none knows it."""
    budget = Budget(door.means.whois_seconds, MOST_BYTES)
    for name in _names(host):
        try:
            said = _rdap(name, door, budget) or _old(name, door, budget)
        except Ended as end:
            if end.outcome in {"too_slow", "too_large"}:
                return None
            continue
        if said:
            return said
    return None


def _names(host: str) -> Iterator[str]:
    if read_address(host) is not None:
        yield host
        return
    labels = host.split(".")
    for count in range(min(MOST_LABELS, len(labels)), 1, -1):
        yield ".".join(labels[-count:])


def _rdap(name: str, door: Door, budget: Budget) -> str | None:
    if not door.means.rdap:
        return None
    kind = "domain" if read_address(name) is None else "ip"
    walk = Walk(MOST_BYTES)
    try:
        follow(read_url(f"{door.means.rdap.rstrip('/')}/{kind}/{name}"), door, budget, walk, _is_json)
    except Ended as end:
        if end.outcome == "too_slow":
            raise
        return None
    if walk.body is None or walk.hops[-1].status != OK:
        return None
    return walk.body.decode("utf-8", "replace")


def _is_json(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() in JSON


def _old(name: str, door: Door, budget: Budget) -> str | None:
    server = door.means.whois_servers.get(name.rpartition(".")[2])
    if server is None or read_address(name) is not None:
        return None
    line = door.open(server, PORT, budget)
    try:
        line.sendall(f"{name}\r\n".encode("ascii"))
        # No standard names the letters of the answer; the bytes that are none of UTF-8's are shown as such.
        with line.makefile("rb") as answer:
            return codecs.decode(answer.read(), "utf-8", "replace").strip() or None
    except OSError:
        return None
    finally:
        line.hang_up()
