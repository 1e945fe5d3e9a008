"""A reported page kept as evidence: what its name answers, what it sends, what it looks like, who registered it.

Whoever reports an address decides what is asked from inside the centre's network. So nothing here trusts an address, a
name, an answer, a redirect or a page: `door.py` is the only way out, and it leads outside only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from complaints.services.fetching.addresses import inside
from complaints.services.fetching.asked import read_url
from complaints.services.fetching.door import Door
from complaints.services.fetching.ended import Ended
from complaints.services.fetching.following import Hop, Walk, follow
from complaints.services.fetching.line import Budget
from complaints.services.fetching.means import Means
from complaints.services.fetching.picture import picture
from complaints.services.fetching.reading import is_page, refresh, title, words
from complaints.services.fetching.whois import whois

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.domain.captured import Outcome

__all__ = ["Capture", "Hop", "Means", "capture"]
# Header lines of all hops together, beside the page itself.
HEADS = 512 * 1024


@dataclass(frozen=True)
class Capture:
    """What was found at an address. `html` is there too when the answer was cut off as too large or too slow.

    `addresses` are the answers of the DNS for the last host, those inside among them; `detail` and `notes` are plain
    English for the record: no sentence for a citizen, and words of the other side may stand in them.
    """

    asked: str
    final: str | None
    at: datetime
    outcome: Outcome
    detail: str
    hops: tuple[Hop, ...] = ()
    addresses: tuple[str, ...] = ()
    whois: str | None = None
    title: str = ""
    html: bytes | None = field(default=None, repr=False)
    picture: bytes | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def html_sha256(self) -> str | None:
        """The fingerprint of what was sent."""
        return None if self.html is None else sha256(self.html).hexdigest()

    @property
    def picture_sha256(self) -> str | None:
        """The fingerprint of the picture."""
        return None if self.picture is None else sha256(self.picture).hexdigest()


def capture(url: str, now: datetime, means: Means) -> Capture:
    """Fetch a reported page; never raises for what the other side does."""
    door = Door(means)
    walk = Walk(means.page_bytes)
    outcome: Outcome = "captured"
    detail = ""
    try:
        budget = Budget(means.seconds, means.page_bytes + HEADS)
        follow(read_url(url), door, budget, walk, is_page)
    except Ended as end:
        outcome, detail = end.outcome, end.detail
    text = "" if walk.body is None else words(bytes(walk.body), walk.media_type)
    onward = refresh(text)
    seen, refused = _look(walk, door)
    return Capture(
        asked=url,
        final=walk.final,
        at=now,
        outcome=outcome,
        detail=detail,
        hops=tuple(walk.hops),
        addresses=walk.answers,
        whois=_registered(walk, door),
        title=title(text),
        html=None if walk.body is None else bytes(walk.body),
        picture=seen,
        headers=walk.headers,
        notes=(
            *walk.notes,
            *([f"the page sends its readers on: {onward}"] if onward else []),
            *(f"the page asked in vain for {one}" for one in refused),
        ),
    )


def _look(walk: Walk, door: Door) -> tuple[bytes | None, list[str]]:
    """A picture of the page that answered, if there is a browser."""
    if not door.means.browser or walk.body is None or walk.final is None:
        return None, []
    try:
        return picture(walk.final, door)
    except OSError as error:
        # A browser that is not where the operator said is our own trouble: the page is kept all the same.
        return None, [f"its picture: {error.strerror or error}"]


def _registered(walk: Walk, door: Door) -> str | None:
    """Who registered the last host; an address inside is nobody's."""
    if not walk.hops or not walk.answers or all(inside(one, door.means.denied) for one in walk.answers):
        return None
    return whois(read_url(walk.hops[-1].url).host, door)
