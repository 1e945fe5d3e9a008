"""`occ1212 demo`: a whole fiscal year of invented cases, lived through by the real services.

The stories are the invented complaints that the classifier learns from. Every case is marked as a demonstration, and
nothing is sent to anybody: letters are kept as shown on the tracking page.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import func, select

from classifiers.identifiers import extract
from classifiers.model import Router
from classifiers.signs import signs
from classifiers.train import ROWS
from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Actor, Role
from complaints.domain.agency import CENTRE, Category
from complaints.domain.case import Case
from complaints.domain.channel import SHOWN_ONLY
from complaints.domain.lifecycle import ReferralState, State
from complaints.domain.outbox import PromiseKind
from complaints.domain.thai_time import fiscal_year, fiscal_year_days, midnight
from complaints.services import (
    accounts,
    acknowledge,
    classify,
    correspond,
    follow,
    handle,
    intake,
    refer,
    triage,
    upkeep,
)
from complaints.services.kpi import counting
from complaints.web.cli import demo_sites, demofloor
from complaints.web.cli.up import quiet_app
from complaints.web.files import STORE

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from classifiers.model import Prediction
    from config import Settings

CHANNELS = {"web": "web", "email": "email", "hotline": "hotline", "chatbot": "web"}
PASSWORD_HINT = "demo 1212 password"  # noqa: S105 - printed to whoever runs the demonstration
STAFF = (
    ("agent@demo.example", "เจ้าหน้าที่ศูนย์ (สาธิต)", Role.AGENT, None),
    ("agent2@demo.example", "เจ้าหน้าที่ศูนย์ คนที่สอง (สาธิต)", Role.AGENT, None),
    ("supervisor@demo.example", "หัวหน้างาน (สาธิต)", Role.SUPERVISOR, None),
    *(
        (f"officer@{code.lower()}.demo.example", f"เจ้าหน้าที่ {code} (สาธิต)", Role.PARTNER, code)
        for code in ("POLICE", "OCPB", "FDA", "TISI", "MDES", "THAICERT", "PDPC")
    ),
)
ANSWERS = {
    "refunded_full": "ผู้ขายคืนเงินให้ผู้ร้องครบแล้ว",
    "refunded_part": "ผู้ขายคืนเงินให้บางส่วนตามที่ตกลงกัน",
    "replaced": "ผู้ขายเปลี่ยนสินค้าให้แล้ว",
    "explained": "ชี้แจงข้อเท็จจริงและแนะนำขั้นตอนต่อไปแล้ว",
    "website_blocked": "ตรวจสอบแล้ว ดำเนินการปิดกั้นเรียบร้อย",
    "account_frozen": "ประสานธนาคารอายัดบัญชีปลายทางแล้ว",
    "case_filed": "รับแจ้งความและส่งพนักงานสอบสวนแล้ว",
}
OUTCOMES = {
    "OCPB": ("refunded_full", "refunded_part", "replaced", "explained"),
    "POLICE": ("case_filed", "account_frozen", "refunded_part"),
    "MDES": ("website_blocked", "explained"),
}
SOLVED_SHARE = 0.87
# So many more came in within the last hours: they are on the floor.
FRESH = 12
RECEIPT_SECONDS = (*(1, 2, 3, 4, 6) * 6, 75)


@dataclass(frozen=True, slots=True)
class Story:
    """One invented complaint."""

    text: str
    channel: str


class Year:
    """The life of a demonstration year; one random source, so that a seed always invents the same year."""

    def __init__(self, settings: Settings, seed: int, until: datetime) -> None:
        """Load the classifier and the stories."""
        self.settings = settings
        self.random = random.Random(seed)  # noqa: S311 - invents a demonstration
        self.router = Router.load(settings.model_dir)
        self.until = until
        self.staff: dict[str, Actor] = {}

    def live(self, story: Story, at: datetime, number: int) -> None:
        """File one complaint and let everybody do their part until the year's end."""
        guess, found = self.router.predict(story.text), extract(story.text)
        with unit_of_work() as session:
            case, secret = self._file(session, story, at, number)
            promise = next(row for row in case.promises if row.kind == PromiseKind.CLASSIFY.value)
            classify.record(session, promise, guess, found, at + timedelta(seconds=3), signs=signs(case.story))
            self._triage(session, case, guess, at + timedelta(minutes=self.random.randint(4, 900)))
            self._handle(session, case, at + timedelta(hours=self.random.randint(5, 60)))
            session.flush()
            self._finish(session, case)
            for row in case.promises:
                if row.open:
                    row.keep(row.created_at, delivered=SHOWN_ONLY)
            del secret

    def arrive(self, story: Story, number: int) -> str:
        """File one complaint lately, and leave it to whoever is on the floor; its number."""
        guess, found = self.router.predict(story.text), extract(story.text)
        at = self.until - timedelta(hours=2, minutes=7 * (number % FRESH))
        with unit_of_work() as session:
            case, _ = self._file(session, story, at, number, {intake.BY_HAND: True})
            promise = next(row for row in case.promises if row.kind == PromiseKind.CLASSIFY.value)
            classify.record(session, promise, guess, found, at + timedelta(seconds=3), signs=signs(case.story))
            session.flush()
            for row in case.promises:
                if row.open:
                    row.keep(row.created_at, delivered=SHOWN_ONLY)
            return case.number

    def _file(
        self, session: Session, story: Story, at: datetime, number: int, answers: dict[str, Any] | None = None
    ) -> tuple[Case, str]:
        lost = self.random.choice([None, None, 59_000, 199_000, 350_000, 1_250_000, 4_800_000])
        inbound = intake.Inbound(
            channel=story.channel,
            story=story.text,
            submission=f"demo-{number}-{self.random.random()}",
            name=f"ผู้ร้องสาธิต {number}",
            province=self.random.choice(["10", "50", "40", "90", "20", "30", "83", ""]),
            lost=lost,
            consent_at=at,
            answers=answers or {},
            demo=True,
        )
        filed = intake.file_case(session, inbound, Actor(Role.COMPLAINANT), at, self.settings.secret_key)
        session.flush()
        # A source of its own for every case: the rest of the year stays as it was invented.
        took = random.Random(f"receipt {number}").choice(RECEIPT_SECONDS)  # noqa: S311 - invents a demonstration
        acknowledge.reached(session, filed.case, story.channel, at + timedelta(seconds=took))
        return filed.case, filed.secret

    def _triage(self, session: Session, case: Case, guess: Prediction, at: datetime) -> None:
        if at > self.until or case.state != State.TRIAGE.value:
            return
        agent = self.staff["AGENT"]
        category = session.get_one(Category, guess.category)
        if category.agency_code == CENTRE:
            triage.decide(session, case, category.code, agent, at)
            triage.resolve(session, case, "explained", ANSWERS["explained"], agent, at + timedelta(minutes=9))
        else:
            triage.decide_and_refer(session, case, category.code, [category.agency_code], agent, at)

    def _handle(self, session: Session, case: Case, at: datetime) -> None:
        for referral in list(case.open_referrals):
            officer = self.staff[referral.agency_code]
            if at > self.until:
                return
            handle.accept(case, referral, officer, at)
            if self.random.random() < 0.15:  # noqa: PLR2004 - about one case in seven needs a question
                handle.ask(session, case, referral, "กรุณาส่งหลักฐานการโอนเงินเพิ่มเติม", officer, at + timedelta(hours=3))
                correspond.write_in(session, case, "ส่งให้แล้วค่ะ", follow.complainant_of(case), at + timedelta(hours=20))
            if self.random.random() > SOLVED_SHARE:
                continue
            outcome = self.random.choice(OUTCOMES.get(referral.agency_code, ("explained",)))
            recovered = case.lost if outcome == "refunded_full" else None
            done = at + timedelta(days=self.random.randint(1, 24), hours=self.random.randint(0, 9))
            if done <= self.until and referral.state == ReferralState.ACCEPTED.value:
                handle.answer(session, case, referral, outcome, ANSWERS[outcome], recovered, officer, done)

    def _finish(self, session: Session, case: Case) -> None:
        """The complainant has the last word, where there is an answer."""
        if case.state != State.RESOLVED.value or case.resolved_at is None:
            return
        at = case.resolved_at + timedelta(hours=self.random.randint(2, 200))
        word = self.random.random()
        if at > self.until:
            return
        if word < 0.6:  # noqa: PLR2004 - most are content
            follow.confirm(case, at)
            follow.rate(case, self.random.choice([3, 4, 4, 5, 5, 5]), "", at)
        elif word < 0.66:  # noqa: PLR2004 - a few are not
            follow.dispute(session, case, "ยังไม่ได้รับเงินคืน", at)
            self._look_again(session, case, at + timedelta(hours=self.random.randint(3, 80)))

    def _look_again(self, session: Session, case: Case, at: datetime) -> None:
        """A disputed case goes to its agency once more, and most times the second answer holds."""
        if at > self.until or case.lead_agency_code is None:
            return
        refer.refer(session, case, [case.lead_agency_code], self.staff["AGENT"], at)
        self._handle(session, case, at + timedelta(hours=5))


def run(settings: Settings, cases: int, seed: int) -> int:
    """Fill the centre; refuses one that holds any case already."""
    app = quiet_app(settings)
    with app.app_context():
        if db.session.scalar(select(func.count()).select_from(Case)):
            click.secho("This centre holds cases already; a demonstration fills only an empty one.", fg="red", err=True)
            click.echo("  Remedy: name another data folder with --data.", err=True)
            return 1
        db.session.remove()
        now = datetime.now(UTC)
        year = Year(settings, seed, now)
        _staff(year, now)
        moments = _moments(year.random, cases, now)
        stories, fresh = _stories(year.random, cases), _stories(random.Random(seed), FRESH)  # noqa: S311 - invents a demonstration
        with click.progressbar(list(zip(stories, moments, strict=True)), label="Inventing a year") as bar:
            for number, (story, at) in enumerate(bar, 1):
                year.live(story, at, number)
        demo_sites.live(app.extensions[STORE], year.staff["AGENT"], now)
        demofloor.live([year.arrive(story, number) for number, story in enumerate(fresh, cases + 1)], year.staff, now)
        demo_sites.stay_inside(now)
        with unit_of_work() as session:
            # Whoever stayed silent agreed, as at a centre that runs.
            while upkeep.close_silent(session, now):
                session.flush()
            counting.recount(session, counting.all_days(session), now)
    _tell(cases)
    return 0


def _moments(source: random.Random, cases: int, now: datetime) -> list[datetime]:
    """Moments over the last whole fiscal year and the present one so far, busier in the evening."""
    first = midnight(fiscal_year_days(fiscal_year(now) - 1)[0])
    span = (now - timedelta(hours=1) - first).total_seconds()
    return sorted(first + timedelta(seconds=source.random() * span) for _ in range(cases))


def _stories(source: random.Random, cases: int) -> list[Story]:
    rows: list[dict[str, Any]] = [
        json.loads(line)
        for path in sorted(ROWS.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
        if line.strip()
    ]
    return [Story(row["text"], CHANNELS[row["channel"]]) for row in source.choices(rows, k=cases)]


def _staff(year: Year, now: datetime) -> None:
    with unit_of_work() as session:
        for login, name, role, agency in STAFF:
            account = session.scalars(select(Account).where(Account.login == login)).first()
            if account is None:
                account = accounts.create(session, login, name, role.value, agency, now)
                accounts.set_password(session, account, PASSWORD_HINT, now)
                account.manages = agency is not None
            year.staff[agency or (role.name if role.name not in year.staff else f"{role.name}2")] = account.actor
    db.session.remove()


def _tell(cases: int) -> None:
    click.secho(f"\n{cases + FRESH} invented cases are in. They are marked as a demonstration.", fg="green")
    click.echo("Sign in as (password for all: " + PASSWORD_HINT + "):")
    for login, _name, role, agency in STAFF:
        click.echo(f"  {login:36} {role.value}{' of ' + agency if agency else ''}")
