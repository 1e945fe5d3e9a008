"""What a channel is: bytes that come in become what was heard, an `Outbound` goes out or fails by name.

One file in `complaints/channels/` that sets `CHANNEL` is one channel; it is found by itself. Channels know neither the
database nor each other: services decide what becomes of what was heard.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from config import Settings


class Manner(StrEnum):
    """How people use a channel.

    A `letter` is whole: it opens a case or belongs to one. A `talk` goes in turns: the conversation asks back. A `form`
    is filled in on a page of the centre itself and needs no door.
    """

    LETTER = "letter"
    TALK = "talk"
    FORM = "form"


class HeardKind(StrEnum):
    """What somebody did.

    `automatic` was sent by a machine, `bounce` tells that a letter of ours did not arrive, `gesture` is a sticker or
    the like: it says something, but answers nothing.
    """

    WORDS = "words"
    TAP = "tap"
    FOLLOW = "follow"
    BLOCK = "block"
    UNSEND = "unsend"
    GROUP = "group"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    SEEN = "seen"
    GESTURE = "gesture"


@dataclass(frozen=True, slots=True)
class Hook:
    """A call at the door of a channel, before anybody believes it. Header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raw:
    """What came in, untouched. `account` is which of the centre's own addresses received it."""

    channel: str
    account: str
    body: bytes
    headers: Mapping[str, str]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class HeardFile:
    """A file as it came; `inline` is one that the words show in their midst, `stored_key` where the store holds it."""

    name: str
    content: bytes
    media_type: str = ""
    inline: bool = False
    stored_key: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that somebody said or did.

    `event_id` names it within the channel: the same event may come many times. `sender` is the address to answer at.
    `tokens` prove that it belongs to a case, strongest first; `references` name messages that it answers, which proves
    nothing. `quiet` asks for no automatic answer; `proven` says that somebody whom the
    operator trusts checked the sender. `folded` holds what the sender did not write anew (quotations,
    signature). `mark` names the message itself, `about` the one that is taken back, or the address that bounced.
    `value` is what a tapped choice stands for; `reply_token` lets one answer go out at once.
    """

    event_id: str
    sender: str
    at: datetime
    kind: HeardKind = HeardKind.WORDS
    text: str = ""
    folded: str = ""
    subject: str = ""
    name: str = ""
    language: str = "th"
    files: tuple[HeardFile, ...] = ()
    about: str = ""
    mark: str = ""
    value: str = ""
    reply_token: str = ""
    tokens: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    quiet: bool = False
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A quick reply: what it stands for, and what stands on it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes out with the words."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Outbound:
    """What goes out. `reference` is the same at every try: the idempotency key towards others.

    `case_token` is the signed mark by which an answer finds its case. `short` says the same in one text message. A talk
    shows `parts`, one bubble each, with `choices` under the last; `body` is all of it in one piece. `reply_token` is
    the other side's own mark of what this answers, as long as it is fresh. `files` go along where the channel
    can carry them.
    """

    to: str
    subject: str
    body: str
    language: str
    reference: str
    case_number: str = ""
    case_token: str = ""
    short: str = ""
    parts: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    reply_token: str = ""
    files: tuple[Enclosure, ...] = ()


class Unreadable(Exception):  # noqa: N818 - names what came in
    """Nothing can be made of what came in; a person reads it as it is. `saved` is what was made out before."""

    def __init__(self, text: str, saved: Heard | None = None) -> None:
        super().__init__(text)
        self.saved = saved


class Undeliverable(Exception):  # noqa: N818 - names what happened to the words
    """The other side will never take this: no further try helps. `reason` is one of `UNDELIVERABLE`."""

    def __init__(self, text: str, reason: str = "refused") -> None:
        super().__init__(text)
        self.reason = reason


class Postponed(Exception):  # noqa: N818 - names what happened to the words
    """The other side does not take this now; a later try may help."""


# What `send` answers when words went nowhere: they stand on the tracking page, for whoever has number and secret.
SHOWN_ONLY = "tracking_page"
UNDELIVERABLE = ("refused", "address", "blocked", "window_closed")


@dataclass(frozen=True, slots=True)
class Channel:
    """One way in and out. What is None the channel does not have.

    `read` turns bytes into what was heard, outside any transaction: it may ask the other side for files, and raises
    `Unreadable` or `Postponed`. `send` returns how the words were delivered and raises `Undeliverable` or `Postponed`.
    `authentic` says whether a call at the door `/hooks/CODE` really comes from the other side; `greet` answers the
    other side's first look (a GET) with a text, or refuses with None. `ready` tells whether the operator set it up.
    `taps` is how many letters fit on a quick reply; 0 when the channel has none: choices then stand in the words.
    `window` is how long after somebody's last words one may write there, if the other side sets a limit.
    """

    code: str
    name_th: str
    name_en: str
    manner: Manner
    read: Callable[[Raw, Settings], Sequence[Heard]] | None = None
    send: Callable[[Outbound, Settings], str] | None = None
    authentic: Callable[[Hook, Settings], bool] | None = None
    greet: Callable[[Mapping[str, str], Settings], str | None] | None = None
    ready: Callable[[Settings], bool] = lambda _settings: True
    taps: int = 0
    window: timedelta | None = None

    def name(self, language: str) -> str:
        """What people call it."""
        return self.name_th if language == "th" else self.name_en
