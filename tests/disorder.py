"""Agencies that are down, slow or lying, and what must hold whatever they do.

Calls come in any order: twice because an answer was lost, of a referral that was called back, by a stranger, with a
page that grew old, while the centre and the complainant go on too. Afterwards every call that was taken must be found
once, and every referral must stand where its own events lead.
"""

from __future__ import annotations

import random
import re
import secrets
import threading
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from complaints.db import db, unit_of_work
from complaints.domain.actor import SYSTEM, Actor, Role
from complaints.domain.case import Case
from complaints.domain.errors import DecisionReserved, NotFound, StaleCase, StepImpossible
from complaints.domain.event import Event
from complaints.domain.message import Message
from complaints.domain.outbox import Promise
from complaints.domain.referral import Referral
from complaints.services import access, correspond, follow, handle, intake, triage
from tests.centre import KEY, actor
from tests.services.scene import NOW, agent, officer

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy.orm import Session

AGENCIES = ("POLICE", "OCPB", "FDA")
SAID_NO = (NotFound, StepImpossible, StaleCase, DecisionReserved, StaleDataError)
# An agency does each of these at most once with a referral, however often it says so.
ONCE = {"acknowledge": "k", "accept": "a", "decline": "d", "return": "r", "answer": "v"}
POSSIBLE = re.compile(r"k?(?:a[rv]?|d)?")
STANDS = {"": "sent", "k": "acknowledged", "a": "accepted", "d": "declined", "r": "returned", "v": "answered"}
# These steps carry no words.
SILENT = {"acknowledge", "accept"}
HELD = {"sent", "acknowledged", "accepted"}
FILED_AT_ONCE = 50


@dataclass(frozen=True)
class Part:
    number: str
    referral_id: int
    agency: str


@dataclass
class Deeds:
    """What was taken, with the words by which it is found again; what was refused; what should have been."""

    taken: list[tuple[int, str, str]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    centre: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def fill(referrals: int, source: random.Random) -> list[Part]:
    """Cases with one agency or two, all of them just sent."""
    desk, made = agent(), 0
    while made < referrals:
        with unit_of_work() as session:
            for _ in range(FILED_AT_ONCE):
                who = source.sample(AGENCIES, 1 if source.random() < 0.6 else 2)[: referrals - made]
                if not who:
                    break
                _refer(session, who, desk)
                made += len(who)
        db.session.remove()
    rows = db.session.execute(select(Case.number, Referral.id, Referral.agency_code).join(Referral))
    parts = [Part(*row) for row in rows]
    db.session.remove()
    return parts


def _refer(session: Session, agencies: list[str], desk: Actor) -> None:
    story, told = "ร้านปิดหนี", secrets.token_hex(8)
    inbound = intake.Inbound(channel="web", story=story, submission=told, consent_at=datetime.now(UTC))
    filed = intake.file_case(session, inbound, Actor(Role.COMPLAINANT), NOW, KEY)
    session.flush()
    triage.decide_and_refer(session, filed.case, "seller_fraud", agencies, desk, NOW)


STEPS: dict[str, Callable[[Session, Case, Referral, str, Actor, datetime], None]] = {
    "acknowledge": lambda _s, case, one, _words, who, at: handle.acknowledge(case, one, who, at),
    "accept": lambda _s, case, one, _words, who, at: handle.accept(case, one, who, at),
    "decline": handle.decline,
    "return": handle.give_back,
    "answer": lambda s, case, one, words, who, at: handle.answer(s, case, one, "explained", words, None, who, at),
    "ask": handle.ask,
    "note": handle.note,
}
# How often each is tried; an agency that lies answers before it accepted, and once more afterwards.
WEIGHTS = {"acknowledge": 6, "accept": 7, "decline": 1, "return": 1, "answer": 6, "ask": 1, "note": 1}


class Storm:
    """One stream of calls; every stream has a source of its own, so that a seed makes the same ones."""

    def __init__(self, parts: list[Part], who: dict[str, Actor], desk: Actor, seed: int, deeds: Deeds) -> None:
        self.parts, self.who, self.desk, self.deeds = parts, who, desk, deeds
        self.source = random.Random(seed)
        self.versions: dict[str, int] = {}

    def blow(self, calls: int) -> None:
        for _ in range(calls):
            part = self.source.choice(self.parts)
            if self.source.random() < 0.07:
                self._centre(part)
            else:
                self._agency(part)

    def _agency(self, part: Part) -> None:
        source = self.source
        step = source.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        stranger = source.random() < 0.1
        code = source.choice([one for one in AGENCIES if one != part.agency]) if stranger else part.agency
        number = source.choice(self.parts).number if source.random() < 0.03 else part.number
        version = self.versions.get(number) if source.random() < 0.25 else None
        words = f"คำที่ {secrets.token_hex(8)}"
        at = NOW + timedelta(days=source.randint(1, 40))
        told = f"{step} of {part} by {code} at {number}"
        if not self._call(step, part, number, self.who[code], words, version, at):
            return
        with self.deeds.lock:
            self.deeds.taken.append((part.referral_id, step, words))
            if stranger or number != part.number:
                self.deeds.wrong.append(f"taken from a stranger: {told}")
        # The agency did not hear that it was taken, and says it again.
        again = step in ONCE and source.random() < 0.4
        if again and self._call(step, part, number, self.who[code], words, None, at):
            with self.deeds.lock:
                self.deeds.wrong.append(f"taken twice: {told}")

    def _call(
        self, step: str, part: Part, number: str, who: Actor, words: str, version: int | None, at: datetime
    ) -> bool:
        try:
            with unit_of_work() as session:
                case = access.get_for_change(session, number, who, version)
                self.versions[number] = case.version
                referral = access.get_referral(session, case, part.referral_id, who)
                STEPS[step](session, case, referral, words, who, at)
        except SAID_NO as error:
            with self.deeds.lock:
                self.deeds.refused[type(error).__name__] += 1
            return False
        finally:
            db.session.remove()
        return True

    def _centre(self, part: Part) -> None:
        """The centre answers by itself, the complainant takes it back or replies, or another agency is asked."""
        word, at = self.source.random(), NOW + timedelta(days=self.source.randint(1, 40))
        try:
            with unit_of_work() as session:
                case = access.get_for_change(session, part.number, SYSTEM, None)
                if word < 0.2:
                    triage.resolve(session, case, "explained", "ศูนย์ตอบเอง", self.desk, at)
                elif word < 0.35:
                    follow.withdraw(session, case, "", at)
                elif word < 0.7:
                    correspond.write_in(session, case, "ข้อมูลเพิ่ม", follow.complainant_of(case), at)
                else:
                    triage.decide_and_refer(session, case, "seller_fraud", [part.agency], self.desk, at)
        except SAID_NO as error:
            with self.deeds.lock:
                self.deeds.refused[type(error).__name__] += 1
        else:
            with self.deeds.lock:
                self.deeds.centre += 1
        finally:
            db.session.remove()


def rage(app: Flask, parts: list[Part], calls: int, seed: int, streams: int) -> Deeds:
    """All streams at once; with one stream the same every time."""
    who, desk, deeds = {code: officer(code) for code in AGENCIES}, actor(Role.SUPERVISOR), Deeds()
    each = [Storm(parts, who, desk, seed + number, deeds) for number in range(streams)]

    def one(storm: Storm) -> None:
        with app.app_context():
            storm.blow(calls // streams)

    if streams == 1:
        each[0].blow(calls)
    else:
        with ThreadPoolExecutor(streams) as pool:
            list(pool.map(one, each))
    return deeds


def reckon(deeds: Deeds) -> tuple[list[str], list[str], list[str]]:
    """What was lost, what is there twice, what stands wrongly."""
    session = db.session()
    events: dict[int, list[str]] = defaultdict(list)
    rows = select(Event.referral_id, Event.action).where(Event.referral_id.is_not(None)).order_by(Event.id)
    for number, action in session.execute(rows):
        events[number].append(action)
    found = Counter((number, action) for number, actions in events.items() for action in actions)
    words = Counter(session.scalars(select(Message.body).where(Message.role == Role.PARTNER.value)))
    lost = [str(deed) for deed in deeds.taken if not found[deed[:2]] or not (deed[1] in SILENT or words[deed[2]])]
    said = Counter((number, step) for number, step, _ in deeds.taken)
    doubled = [f"{key}: {times}" for key, times in found.items() if key[1] in STEPS and times > said[key]]
    doubled += [body for body, times in words.items() if times > 1]
    wrong = [*deeds.wrong, *_referrals(session, events), *_cases(session)]
    session.rollback()
    db.session.remove()
    return lost, doubled, wrong


def _referrals(session: Session, events: dict[int, list[str]]) -> list[str]:
    """A referral stands where its own events lead, or was called back before they ended it."""
    wrong = []
    for referral in session.scalars(select(Referral)).unique():
        path = "".join(ONCE.get(action, "") for action in events[referral.id])
        stands = STANDS[path[-1:]]
        allowed = {stands, "recalled"} if stands in HELD else {stands}
        if POSSIBLE.fullmatch(path) is None or referral.state not in allowed:
            wrong.append(f"{referral.id}: {path} leads to {referral.state}")
    return wrong


def _cases(session: Session) -> list[str]:
    """Where a case stands follows from where its referrals stand, and each answer was told by one letter."""
    wrong = []
    letters = select(Promise.case_id).where(Promise.payload["letter"].as_string() == "resolved")
    ends = select(Event.case_id).where(Event.to_state == "resolved", Event.action.in_(["answer", "resolve"]))
    told, ended = Counter(session.scalars(letters)), Counter(session.scalars(ends))
    for case in session.scalars(select(Case)).unique():
        having = {row.state for row in case.referrals} & HELD
        with_agency = case.state in {"referred", "in_progress", "waiting"}
        at_work = "in_progress" if "accepted" in having else "referred"
        if with_agency != bool(having) or (with_agency and at_work not in {case.state, case.resume_state}):
            wrong.append(f"{case.number}: {case.state} with {sorted(having)}")
        if told[case.id] != ended[case.id]:
            wrong.append(f"{case.number}: {ended[case.id]} answers, {told[case.id]} letters")
    return wrong
