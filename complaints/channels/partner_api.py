"""Trusted parties that hand complaints over by machine."""

from __future__ import annotations

from complaints.domain.channel import Channel, Manner

CHANNEL = Channel(code="partner_api", name_th="หน่วยงานส่งต่อ", name_en="Partner system", manner=Manner.FORM)
