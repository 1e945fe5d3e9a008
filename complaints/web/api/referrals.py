"""What an agency's system reads: its referrals, the contacts, the files, and what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.db import begin_reading, unit_of_work
from complaints.domain.agency import CENTRE
from complaints.domain.client import Scope
from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import Action, ReferralState, State
from complaints.domain.places import provinces
from complaints.domain.referral import OUTCOMES
from complaints.services import access, catalogue, feed, hand_out
from complaints.services.evidence.stores import ORIGINAL, SHOWN
from complaints.web.api import answers as out
from complaints.web.api import bodies as given
from complaints.web.api.declare import Operation, Reply, Words, operation
from complaints.web.api.shapes import Wrong, coded
from complaints.web.api.telling import change, named, place, row, whole
from complaints.web.files import send_file_of
from complaints.web.guard import now, party

if TYPE_CHECKING:
    from flask import Response

READS = (Scope.REFERRALS_READ,)
ANYBODY = tuple(Scope)
YES = "true"


@operation(
    Operation(
        "listReferrals",
        "GET",
        "/referrals",
        Words("เรื่องที่ศูนย์ส่งต่อให้หน่วยงาน เก่าก่อน", "The referrals of your agency, oldest first"),
        READS,
        query=given.ReferralFilter,
        answer=out.ReferralPage,
    )
)
def list_referrals(query: given.ReferralFilter) -> Reply:
    """One page. Where the changes stood is read before the page: what comes in between is told twice, never missed."""
    session, actor = begin_reading(), party().actor
    stood = feed.last_of(session, actor.agency or "")
    wanted = hand_out.Wanted(
        query.state or "",
        None if query.open is None else query.open == YES,
        query.category or "",
        query.province or "",
        query.number or "",
        query.sent_from,
        query.sent_to,
    )
    after = int(query.cursor[1:]) if query.cursor else 0
    found = hand_out.listed(session, actor, wanted, after, query.limit + 1)
    kinds = catalogue.categories(session)
    rows = [out.ReferralRow(**row(referral, case, kinds)) for referral, case in found[: query.limit]]
    following = f"r{rows[-1].id}" if len(found) > query.limit else None
    return Reply(out.ReferralPage(items=rows, next_cursor=following, changes_cursor=f"c{stood}"))


@operation(
    Operation(
        "showReferral",
        "GET",
        "/referrals/{referral_id}",
        Words(
            "เรื่องหนึ่งเรื่องพร้อมเรื่องเล่า ข้อความ และรายการไฟล์",
            "One referral with its case: story, messages, files. Its ETag goes into If-Match of a step",
        ),
        READS,
        answer=out.ReferralWhole,
        problems=(404,),
    )
)
def show_referral(referral_id: int) -> Reply:
    """One referral, and in its ETag the version that the steps ask for."""
    session, actor = begin_reading(), party().actor
    referral, case = hand_out.found(session, actor, referral_id)
    return Reply(whole(session, referral, case, actor), {"ETag": f'"{case.version}"'})


@operation(
    Operation(
        "showPerson",
        "GET",
        "/referrals/{referral_id}/person",
        Words(
            "ข้อมูลติดต่อผู้ร้อง เปิดได้ขณะที่เรื่องอยู่กับหน่วยงาน และบันทึกทุกครั้งที่เปิด",
            "The complainant's contacts, while you work on the case; each look is recorded",
        ),
        (Scope.PERSONS_READ,),
        answer=out.Person,
        problems=(404,),
    )
)
def show_person(referral_id: int) -> Reply:
    """The contacts, recorded before they are shown."""
    with unit_of_work() as session:
        person, language = hand_out.person(session, party().actor, referral_id, now())
        found = out.Person(
            name=person.name, phone=person.phone, email=person.email, line_id=person.line_id, language=language
        )
    return Reply(found)


@operation(
    Operation(
        "downloadFile",
        "GET",
        "/referrals/{referral_id}/files/{file_id}",
        Words("ดาวน์โหลดไฟล์ของเรื่อง", "Fetch a file of the case"),
        READS,
        query=given.FileForm,
        problems=(404, 409, 503),
    )
)
def download_file(referral_id: int, file_id: int, query: given.FileForm) -> Response:
    """A file, once it was found harmless."""
    session, actor = begin_reading(), party().actor
    _, case = hand_out.found(session, actor, referral_id)
    file = access.open_file(session, case, file_id, actor)
    return send_file_of(file, SHOWN if query.form == SHOWN else ORIGINAL)


@operation(
    Operation(
        "listChanges",
        "GET",
        "/changes",
        Words(
            "สิ่งที่เกิดขึ้นกับเรื่องของหน่วยงานตั้งแต่ตำแหน่งหนึ่ง ตามลำดับ ไม่ตกหล่น ไม่ซ้ำ",
            "What happened to your cases since a cursor, in order; nothing is missed and nothing comes twice",
        ),
        READS,
        query=given.ChangeFilter,
        answer=out.Changes,
    )
)
def list_changes(query: given.ChangeFilter) -> Reply:
    """The next changes; one more is asked for to know whether there are more."""
    session, agency = begin_reading(), party().agency or ""
    after = int(query.cursor[1:]) if query.cursor else 0
    if after > feed.last_of(session, agency):
        raise Wrong([InvalidInput("/cursor", reason="cursor_ahead")])
    found = feed.after(session, agency, after, query.limit + 1)
    told = found[: query.limit]
    clients = catalogue.client_names(session, (event.data.get("client") for _, event, _ in told))
    items = [change(*line, clients) for line in told]
    following = items[-1].cursor if items else f"c{after}"
    return Reply(out.Changes(items=items, next_cursor=following, more=len(found) > query.limit))


@operation(
    Operation(
        "showCatalogue",
        "GET",
        "/catalogue",
        Words("รหัสทั้งหมดที่ API ใช้ พร้อมคำไทยและอังกฤษ", "Every code that the API uses, in Thai and English"),
        ANYBODY,
        answer=out.Catalogue,
    )
)
def show_catalogue() -> Reply:
    """The codes."""
    session = begin_reading()
    kinds = [
        out.Kind(code=one.code, th=one.name_th, en=one.name_en, agency=one.agency_code)
        for one in catalogue.choosable(session)
    ]
    agencies = [named(one) for one in catalogue.partners(catalogue.agencies(session).values()) if one.code != CENTRE]
    return Reply(
        out.Catalogue(
            categories=kinds,
            agencies=[one for one in agencies if one is not None],
            outcomes=[coded(code, "word.outcome") for code in OUTCOMES],
            provinces=[found for code in provinces() if (found := place(code)) is not None],
            referral_states=[coded(state.value, "word.referral") for state in ReferralState],
            case_states=[coded(state.value, "word.public") for state in State],
            actions=[coded(action.value, "word.action") for action in Action],
        )
    )


@operation(
    Operation(
        "showClient",
        "GET",
        "/client",
        Words("ระบบของคุณและอายุโทเค็น", "Who you are to the centre, and when this token ends"),
        ANYBODY,
        answer=out.Client,
    )
)
def show_client() -> Reply:
    """The caller itself."""
    asks = party()
    agency = catalogue.agencies(begin_reading()).get(asks.agency or "")
    return Reply(
        out.Client(name=asks.name, agency=named(agency), scopes=sorted(asks.scopes), token_ends_at=asks.expires_at)
    )
