"""The chat on the centre's own pages: words come in as form posts and are answered on the page itself."""

from __future__ import annotations

from complaints.domain.channel import Channel, Manner

CHANNEL = Channel(code="webchat", name_th="แชตบนเว็บ", name_en="Web chat", manner=Manner.TALK)
