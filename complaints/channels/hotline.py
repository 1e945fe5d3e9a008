"""The telephone: an agent writes down what the caller says."""

from __future__ import annotations

from complaints.domain.channel import Channel, Manner

CHANNEL = Channel(code="hotline", name_th="สายด่วน", name_en="Hotline", manner=Manner.FORM)
