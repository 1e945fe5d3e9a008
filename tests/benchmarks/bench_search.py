"""How long the search takes on many cases, on both databases: exact look-up, text, and text with a mistake.

`SEARCH_CASES=10000,100000 pytest tests/benchmarks/bench_search.py -s -n 0`; SEARCH_DATABASES picks one of them. Stories
are the classifier's rows, two and two at random, each with a name, a telephone and a link of its own; they are written
past the services, which would take hours. PostgreSQL is the tests' own, with 32 MB of shared buffers.
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import UTC, date, datetime, timedelta
from statistics import quantiles

import pytest
from sqlalchemy import insert, text

from classifiers.folding import fold, grams
from classifiers.rows import load
from complaints.db import db, unit_of_work
from complaints.domain.actor import SYSTEM
from complaints.domain.case import Case
from complaints.domain.identifier import CaseIdentifier, Identifier
from complaints.domain.number import case_number
from complaints.domain.person import Person
from complaints.domain.search import SearchText
from complaints.services.search import finding, keeping, wanted
from tests.centre import make_app, make_settings

CASES = [int(count) for count in os.environ.get("SEARCH_CASES", "10000,100000").split(",")]
DATABASES = os.environ.get("SEARCH_DATABASES", "sqlite,postgresql").split(",")
BATCH, ASKED = 2000, 100
START = datetime(2024, 10, 1, tzinfo=UTC)
TODAY = date(2026, 11, 27)
NEVER = datetime(2030, 1, 1, tzinfo=UTC)


def phone(number):
    """An invented number, each once."""
    return f"09{number:08d}"


def prepared():
    """Each story of the rows with its folded words and grams."""
    return [(row.text, fold(row.text), {keeping.number(gram) for gram in grams(row.text)}) for row in load()]


def fill(first, last, stories, chance):
    """Write cases past the services, as they would stand there."""
    persons, cases, words, named, ties = [], [], [], [], []
    for number in range(first, last):
        one, other = chance.choice(stories), chance.choice(stories)
        tail = f" โทร {phone(number)} shop{number}.example"
        at = START + timedelta(minutes=number)
        persons.append({"id": number, "name": f"ผู้ร้อง {number}", "phone": f"08{number:08d}", "created_at": at})
        cases.append(
            {
                "id": number, "number": case_number(at, number), "secret_hash": "-", "channel": "web", "language": "th",
                "state": "withdrawn", "story": f"{one[0]} {other[0]}{tail}", "answers": {}, "urgent": False,
                "person_id": number, "received_at": at, "changed_at": at, "moved_at": at, "triage_by": NEVER,
                "final_by": NEVER,
                "reopened_count": 0, "version": 1, "signs": {},
            }
        )  # fmt: skip
        contact = f"ผู้ร้อง {number} 08{number:08d}"
        unlike = {keeping.number(gram) for gram in grams(tail) | grams(contact) | grams(cases[-1]["number"])}
        shared = f"{fold(cases[-1]['number'])}\n{one[1]}{other[1]}{fold(tail)}"
        words.append(
            {
                "case_id": number, "folding": keeping.FOLDING, "shared": shared, "desk": fold(contact),
                "grams": sorted(one[2] | other[2] | unlike),
            }
        )  # fmt: skip
        named.append({"id": number, "kind": "phone", "bank": "", "value": phone(number), "first_seen_at": at})
        ties.append({"case_id": number, "identifier_id": number, "found_by": "machine"})
    with unit_of_work() as session:
        for table, rows in ((Person, persons), (Case, cases), (SearchText, words), (Identifier, named)):
            session.execute(insert(table.__table__), rows)
        session.execute(insert(CaseIdentifier.__table__), ties)
    db.session.remove()


def with_mistake(typed, chance):
    """One sign in the middle is another."""
    place = len(typed) // 2
    return typed[:place] + chance.choice("กขคงจ") + typed[place + 1 :]


def questions(count, stories, chance):
    """What is asked, by kind."""
    texts = [chance.choice(stories)[0] for _ in range(ASKED)]
    starts = [chance.randrange(max(len(one) - 14, 1)) for one in texts]
    pieces = [one[at : at + chance.randint(4, 14)].strip() or "โอน" for one, at in zip(texts, starts, strict=True)]
    common = ["โอนเงิน", "เพจ", "บล็อก", "facebook", "ไลน์", "บัญชี", "ไม่ได้ของ", "ร้าน", "ยา", "หลอก ลงทุน"]
    numbers = [chance.randrange(1, count) for _ in range(ASKED)]
    return {
        "exact": [phone(one) for one in numbers[::2]]
        + [case_number(START + timedelta(minutes=one), one) for one in numbers[1::2]],
        "part of a phone": [phone(one)[4:] for one in numbers],
        "common words": common * (ASKED // len(common)),
        "words of a story": pieces,
        "with a mistake": [with_mistake(one, chance) for one in pieces if len(one) > 5],
        "link": [f"shop{one}.example" for one in numbers],
    }


def tell(line):
    """Print it at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def ask_all(kind, asked):
    """Ask them one by one and print how long it took."""
    took, hits = [], 0
    for typed in asked:
        start = time.perf_counter()
        want, _ = wanted.read({"q": typed}, TODAY)
        hits += bool(finding.find(db.session(), SYSTEM, want).hits)
        took.append((time.perf_counter() - start) * 1000)
        db.session.remove()
    marks = quantiles(took, n=20)
    tell(f"    {kind:18} p50 {marks[9]:7.1f}  p95 {marks[18]:7.1f}  max {max(took):7.1f} ms  {hits}/{len(asked)} found")


@pytest.mark.parametrize("database", DATABASES)
def test_search_on_many_cases(database, request, tmp_path):
    """Print the figures for each number of cases."""
    app = make_app(make_settings(tmp_path, request.getfixturevalue(f"filled_{database}_url")))
    stories, chance, filled = prepared(), random.Random(1212), 1
    with app.app_context():
        for count in CASES:
            start = time.perf_counter()
            while filled <= count:
                fill(filled, min(filled + BATCH, count + 1), stories, chance)
                filled = min(filled + BATCH, count + 1)
            with unit_of_work() as session:
                session.execute(text("ANALYZE"))
            if database == "postgresql":
                with unit_of_work() as session:
                    session.execute(text("SELECT gin_clean_pending_list('search_grams')"))
            tell(f"\n{database}, {count:,} cases, filled in {time.perf_counter() - start:.0f} s")
            for kind, asked in questions(count, stories, chance).items():
                ask_all(kind, asked)
        db.session.remove()
        db.engine.dispose()
