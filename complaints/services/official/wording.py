"""What an official letter says (หนังสือภายนอก): Thai, with Thai digits, and no more of a person than the portal shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.agency import Category
from complaints.domain.places import provinces
from complaints.domain.referral import Referral
from complaints.domain.referral_letter import ReferralLetter
from complaints.domain.thai_time import BUDDHIST_OFFSET, THAI_DIGITS, local_day
from complaints.domain.wording import say
from complaints.services import centre

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.services.centre import CentreProfile

MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """A letter from its head to its foot; `rows` are what stands above the text, `details` the list behind it."""

    made_at: datetime
    title: str
    heading: str
    reference: str
    address: tuple[str, ...]
    dated: str
    rows: Rows
    body: tuple[str, ...]
    farewell: str
    signer: str
    position: str
    office: tuple[str, ...]
    details_title: str
    details: Rows
    story: str


def thai(text: object) -> str:
    """With Thai digits."""
    return str(text).translate(THAI_DIGITS)


def day(moment: date | datetime) -> str:
    """`๒๘ พฤศจิกายน ๒๕๖๙`: the months of a letter are written out."""
    on = local_day(moment) if isinstance(moment, datetime) else moment
    return thai(f"{on.day} {MONTHS[on.month - 1]} {on.year + BUDDHIST_OFFSET}")


def reference(letter: ReferralLetter) -> str:
    """`ศร ๑๒๑๒/๑๕`: the centre's code and the running number of the year."""
    return thai(f"{letter.code}/{letter.number}")


def words(session: Session, letter: ReferralLetter, case: Case) -> Words:
    """The letter of a referral."""
    profile, referral = centre.profile(session), letter.referral
    category = session.get(Category, case.category_code) if case.category_code else None
    kind = category.name_th if category is not None else ""
    holes = {
        "number": thai(case.number),
        "kind": kind,
        "received": day(case.received_at),
        "agency": referral.agency.name_th,
        "acknowledge_by": day(referral.acknowledge_by),
        "answer_by": day(referral.answer_by),
        "centre": thai(profile.name_th),
        "hotline": thai(profile.hotline),
        "email": profile.email,
    }
    return Words(
        made_at=letter.issued_at,
        title=_t("title", reference=reference(letter)),
        heading=thai(profile.name_th),
        reference=_t("reference", reference=reference(letter)),
        address=tuple(thai(line) for line in profile.address_th.splitlines() if line.strip()),
        dated=day(letter.dated),
        rows=_rows(session, letter, case, holes),
        body=tuple(_t(f"body.{part}", **holes) for part in ("cause", "wish", "close")),
        farewell=_t("farewell"),
        signer=profile.letter_signer or _t("signer"),
        position=thai(profile.letter_position),
        office=_office(profile),
        details_title=_t("details.title", **holes),
        details=_details(case, referral, kind),
        story=case.story,
    )


def _rows(session: Session, letter: ReferralLetter, case: Case, holes: dict[str, str]) -> Rows:
    """Subject, addressee, the letters before this one, and what goes with it."""
    rows = [(_t("subject"), _t("subject_of", **holes)), (_t("to"), holes["agency"])]
    rows += [
        (_t("refers"), _t("refers_to", centre=holes["centre"], reference=reference(row), dated=day(row.dated)))
        for row in _before(session, letter)
    ]
    enclosed = [_t("enclosed.details")]
    if case.attachments:
        enclosed.append(_t("enclosed.files", n=thai(len(case.attachments))))
    numbered = enclosed if len(enclosed) == 1 else [thai(f"{at}. {one}") for at, one in enumerate(enclosed, 1)]
    return (*rows, (_t("encloses"), "\n".join(numbered)))


def _before(session: Session, letter: ReferralLetter) -> Sequence[ReferralLetter]:
    """Earlier letters to the same agency about the same case."""
    referral = letter.referral
    query = select(ReferralLetter).join(Referral, Referral.id == ReferralLetter.referral_id)
    same = (Referral.case_id == referral.case_id, Referral.agency_code == referral.agency_code)
    return session.scalars(query.where(*same, ReferralLetter.id < letter.id).order_by(ReferralLetter.id)).all()


def _details(case: Case, referral: Referral, kind: str) -> Rows:
    province = provinces().get(case.province)
    named = {
        "number": thai(case.number),
        "received": day(case.received_at),
        "kind": kind,
        "province": province.name("th") if province else "",
        "lost": _t("baht", amount=thai(_amount(case.lost))) if case.lost else "",
        "transferred": day(case.transferred_at) if case.transferred_at else "",
        "identifiers": "\n".join(
            f"{say(f'word.identifier.{tie.identifier.kind}', 'th')} {tie.identifier.shown}" for tie in case.identifiers
        ),
        "note": referral.note,
        "person": _t("details.person_kept"),
    }
    return tuple((_t(f"details.{name}"), told) for name, told in named.items() if told)


def _amount(satang: int) -> str:
    return f"{satang // 100:,}" + (f".{satang % 100:02d}" if satang % 100 else "")


def _office(profile: CentreProfile) -> tuple[str, ...]:
    lines = [thai(profile.name_th), _t("phone", hotline=thai(profile.hotline))]
    # Addresses of computers are not written in Thai digits: nobody could type them.
    return (*lines, _t("email", email=profile.email)) if profile.email else tuple(lines)


def _t(key: str, **holes: object) -> str:
    return say(f"official.{key}", "th", **holes)
