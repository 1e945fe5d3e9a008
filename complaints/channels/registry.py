"""Finds the channels: every module beside this one that sets `CHANNEL`."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from complaints import channels
from complaints.domain.channel import Channel

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def known() -> Mapping[str, Channel]:
    """Every channel by its code, in the order of the codes; raises `LookupError` when two files claim one code."""
    found: dict[str, Channel] = {}
    for entry in pkgutil.iter_modules(channels.__path__, f"{channels.__name__}."):
        channel = getattr(import_module(entry.name), "CHANNEL", None)
        if not isinstance(channel, Channel):
            continue
        if channel.code in found:
            msg = f"{entry.name}: the channel {channel.code} exists already"
            raise LookupError(msg)
        found[channel.code] = channel
    return dict(sorted(found.items()))


def name(code: str, language: str) -> str:
    """What people call a channel; one whose file is gone keeps its code."""
    channel = known().get(code)
    return channel.name(language) if channel is not None else code
