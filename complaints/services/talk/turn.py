"""One turn of a talk: what was heard, what lies written so far, and what is said in answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from complaints.domain.case import Case
from complaints.domain.channel import Choice
from complaints.domain.script import GO, script
from complaints.domain.talk import CENTRE
from complaints.domain.wording import say
from complaints.services import drafts
from complaints.services.talk import record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.channel import Heard
    from complaints.domain.inbound import RawMessage
    from complaints.domain.message import Draft
    from complaints.domain.script import Step
    from complaints.domain.talk import Talk
    from complaints.services.centre import CentreProfile
    from complaints.services.mailroom import Room

PERSON_CHOICE = f"{GO}=person"


@dataclass
class Turn:
    """What one event does to a talk. `bubbles` and `choices` are the answer; `receipt`: it hands out a number."""

    session: Session
    raw: RawMessage | None
    heard: Heard
    talk: Talk
    draft: Draft
    room: Room
    profile: CentreProfile
    now: datetime
    bubbles: list[str] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    receipt: bool = False

    @property
    def received_at(self) -> datetime:
        """When the centre was handed what is answered."""
        return self.raw.received_at if self.raw is not None else self.now

    @property
    def language(self) -> str:
        """The language of the talk."""
        return self.talk.language

    @property
    def step(self) -> Step:
        """What was asked last."""
        return script().steps[self.talk.step]

    @property
    def case(self) -> Case | None:
        """The case that the talk's words join."""
        return self.session.get(Case, self.talk.case_id) if self.talk.case_id is not None else None

    @property
    def written(self) -> dict[str, Any]:
        """What is written of the complaint so far."""
        return dict(self.draft.data)

    def write(self, **values: Any) -> None:  # noqa: ANN401 - a draft's values
        """Keep answers; a None takes one back."""
        drafts.save(self.draft, self.now, values)

    def remember(self, **values: Any) -> None:  # noqa: ANN401 - whatever the talk needs
        """Keep what only the talk needs; a None forgets it."""
        self.talk.data = {key: value for key, value in {**self.talk.data, **values}.items() if value is not None}

    def word(self, key: str, **holes: object) -> str:
        """The sentence of a key in the language of the talk."""
        return say(key, self.talk.language, **holes)

    def tell(self, key: str, **holes: object) -> None:
        """Say something."""
        self.bubbles.append(self.word(key, **holes))

    def choice(self, name: str, label: str) -> Choice:
        """A quick reply of the present step."""
        return Choice(f"{self.talk.step}={name}", label)

    def offer(self, choices: list[Choice], *, person: bool = True) -> None:
        """Put quick replies under the answer; a person can be asked for at any point."""
        self.choices = choices
        if person:
            self.choices = [*choices, Choice(PERSON_CHOICE, self.word("talk.command.person"))]

    def note_answer(self) -> None:
        """Write down what is said, the choices under its last part."""
        for number, body in enumerate(self.bubbles, 1):
            last = number == len(self.bubbles)
            record.note_line(self.session, self.talk, CENTRE, body, self.now, choices=self.choices if last else ())
