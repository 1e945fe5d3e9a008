"""Mails that answer a letter: they land in its referral as the agency's words; a machine's answer is no receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.actor import SYSTEM
from complaints.domain.case import Case
from complaints.domain.channel import HeardKind
from complaints.domain.lifecycle import Action, ReferralState, State
from complaints.domain.policy import may_see_referral
from complaints.domain.wording import say
from complaints.services import correspond, handle, post
from complaints.services.official import links
from complaints.services.official.wording import reference

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.channel import Heard
    from complaints.domain.inbound import RawMessage
    from complaints.domain.referral_letter import LetterLink

# In these states of a case a referral can be confirmed.
CONFIRMING = frozenset({State.REFERRED, State.IN_PROGRESS, State.WAITING})


def link_of(session: Session, heard: Heard, key: str) -> LetterLink | None:
    """The link that a mail's address proves; it may hold no more."""
    found = (links.read_mail_mark(session, token, key) for token in heard.tokens)
    return next((link for link in found if link is not None), None)


def take(session: Session, link: LetterLink, raw: RawMessage, heard: Heard, now: datetime) -> tuple[Case, int, str]:
    """The case, the message that was made of the mail, and what became of it.

    Whoever writes to an address that holds no more, or about a referral that is the agency's no more, is read by the
    desk, and speaks for nobody.
    """
    referral = link.letter.referral
    case = session.get_one(Case, referral.case_id, with_for_update={"of": Case}, populate_existing=True)
    session.refresh(referral)
    if heard.kind is HeardKind.AUTOMATIC:
        return case, post.note_automatic(session, case, heard, now), "automatic"
    actor = links.actor_of(link)
    if not link.holds(now) or not may_see_referral(actor, referral):
        told = say("official.in.gone", "th", reference=reference(link.letter), raw=raw.id)
        note = correspond.say(session, case, told, SYSTEM, now, kind="note", public=False)
        return case, note.id, "message"
    referral.agency.email_failed_at = None
    if ReferralState(referral.state) is ReferralState.SENT and State(case.state) in CONFIRMING:
        handle.acknowledge(case, referral, actor, now)
    message = correspond.say(
        session,
        case,
        _words(heard, raw),
        actor,
        now,
        kind="note",
        public=False,
        referral=referral,
        channel=raw.channel,
        folded=heard.folded[: correspond.MESSAGE_LIMIT],
    )
    case.apply(Action.AGENCY_WROTE, actor, now, referral=referral, letter=reference(link.letter))
    return case, message.id, "message"


def _words(heard: Heard, raw: RawMessage) -> str:
    """What was written. Files stay in the original: what hangs on a case its complainant sees."""
    told = [heard.subject.strip(), heard.text.strip()]
    if heard.files:
        names = ", ".join(file.name[:200] for file in heard.files[:20])
        told.append(say("official.in.files", "th", files=names, raw=raw.id))
    words = "\n\n".join(filter(None, told))
    if len(words) > correspond.MESSAGE_LIMIT:
        more = say("official.in.cut", "th", raw=raw.id)
        words = words[: correspond.MESSAGE_LIMIT - len(more) - 2] + "\n\n" + more
    return words
