"""Trusted parties that hand complaints over by machine; the API reads what they send."""

from __future__ import annotations

from complaints.domain.channel import Channel, Manner

CODE = "partner_api"
CHANNEL = Channel(code=CODE, name_th="หน่วยงานส่งต่อ", name_en="Partner system", manner=Manner.FORM)
