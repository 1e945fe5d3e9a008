"""README's "add a channel", followed to the letter: one file makes a channel, from the first word to the answer."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints import channels
from complaints.channels import registry
from complaints.db import db, unit_of_work
from complaints.domain.case import Case
from complaints.domain.inbound import HeardEvent, RawMessage
from complaints.domain.outbox import Promise
from complaints.services import correspond
from complaints.web.app import create_app
from tests.centre import RecordingWaker
from tests.services.scene import NOW, agent
from workers import tasks
from workers.assembly import make_celery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from config import Settings

README = Path(__file__).parents[2] / "README.md"
SECRET = "ไม่จริง-" + "s" * 20


def the_example() -> tuple[str, str]:
    """The file name and the code that stand in the README."""
    section = README.read_text("utf-8").split("## Add a channel")[1].split("\n## ")[0]
    name = re.search(r"complaints/channels/(\w+)\.py", section)
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert name is not None
    assert code is not None
    return name.group(1), code.group(1)


@pytest.fixture
def centre(settings: Settings, tmp_path: Path, model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A centre in which the example's one file has been added."""
    settings.model_dir.symlink_to(model_dir)
    name, code = the_example()
    (tmp_path / f"{name}.py").write_text(code, "utf-8")
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    registry.known.cache_clear()
    settings = replace(settings, channel_values={"OCC_PIGEON_SECRET": SECRET, "OCC_PIGEON_LOFT": str(tmp_path)})
    app = create_app(settings, RecordingWaker())
    make_celery(app, settings).set_current()
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    registry.known.cache_clear()
    sys.modules.pop(f"complaints.channels.{name}", None)


def call(client: FlaskClient, body: bytes, secret: str = SECRET) -> int:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return client.post("/hooks/pigeon", data=body, headers={"X-Pigeon-Signature": signature}).status_code


def note(number: int, text: str) -> bytes:
    return json.dumps({"id": number, "from": "loft 7", "text": text}, ensure_ascii=False).encode()


def keep_everything() -> None:
    """What the worker does, until nothing is open."""
    while ids := db.session.scalars(
        select(Promise.id).where(Promise.done_at.is_(None), Promise.failed_at.is_(None))
    ).all():
        db.session.remove()
        for promise_id in ids:
            tasks.keep(promise_id)
        db.session.remove()


STORY = "โอนเงินซื้อรองเท้าแล้วร้านบล็อกหนี"


def to_a_case(client: FlaskClient) -> None:
    """The guided conversation by pigeon: nothing can be tapped, so choices are answered by number or by their words."""
    answers = [STORY, "๔", "ไม่แน่ใจ", "ข้าม / ไม่ทราบ", *["ข้าม"] * 4, "1", "ข้าม", "ยินยอม ส่งเรื่อง"]
    for number, text in enumerate(answers, 1):
        call(client, note(number, text))
        keep_everything()


def carried(loft: Path) -> list[str]:
    return [path.read_text("utf-8") for path in sorted(loft.glob("loft 7 *"), key=lambda path: path.stat().st_mtime_ns)]


def test_one_file_is_a_channel(centre: Flask, tmp_path: Path) -> None:
    client = centre.test_client()
    assert call(client, note(1, STORY), "wrong") == 401
    for _ in range(3):
        assert call(client, note(1, STORY)) == 200
    keep_everything()
    assert "1. ออกแล้ว ไม่ถึง 3 วัน" in carried(tmp_path)[-1]
    to_a_case(client)

    case = db.session.scalars(select(Case).where(Case.channel == "pigeon")).one()
    raw = db.session.scalars(select(RawMessage).where(RawMessage.channel == "pigeon").order_by(RawMessage.id)).first()
    assert raw is not None
    assert case.story == STORY
    assert raw.body == note(1, STORY)
    assert raw.sha256 == hashlib.sha256(raw.body).hexdigest()
    assert case.acknowledged_at is not None
    assert [decision.decided_by for decision in case.decisions] == ["machine"]
    assert any(case.number in text and "รหัสลับ" in text for text in carried(tmp_path))


def test_the_next_words_join_the_case_and_the_answer_flies_back(centre: Flask, tmp_path: Path) -> None:
    client = centre.test_client()
    to_a_case(client)
    call(client, note(20, "มีสลิปด้วย"))
    keep_everything()
    somebody = agent()
    with unit_of_work() as session:
        case = session.scalars(select(Case).where(Case.channel == "pigeon")).one()
        correspond.write_out(session, case, "ขอบคุณ เจ้าหน้าที่รับทราบแล้ว", somebody, NOW)
    keep_everything()

    events = db.session.scalars(select(HeardEvent.outcome).order_by(HeardEvent.id)).all()
    assert events[-2:] == ["case", "message"]
    assert set(events[:-2]) == {"talk"}
    assert "มีสลิปด้วย" in [message.body for message in db.session.scalars(select(Case)).one().messages]
    assert any("เจ้าหน้าที่รับทราบแล้ว" in path.read_text("utf-8") for path in tmp_path.glob("loft 7 *"))


def test_it_has_its_name_on_every_page_that_names_channels(centre: Flask) -> None:
    assert registry.name("pigeon", "th") == "นกพิราบ"
    assert registry.name("pigeon", "en") == "Carrier pigeon"
    assert "pigeon" in registry.known()
