"""The form on the centre's own pages; its words come in as form posts."""

from __future__ import annotations

from complaints.domain.channel import Channel, Manner

CHANNEL = Channel(code="web", name_th="เว็บไซต์", name_en="Website", manner=Manner.FORM)
