"""What was packed for the way is unpacked piece by piece, never further than may be kept."""

from __future__ import annotations

import zlib

from complaints.services.fetching.ended import Ended

KNOWN = frozenset({"gzip", "x-gzip", "deflate"})
MOST_LAYERS = 2
# zlib's own words: find out whether there is a gzip or a zlib head; there is none at all.
HEAD, HEADLESS = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS


class Damaged(Exception):  # noqa: N818 - reads as the fact it is
    """The content cannot be unpacked."""


class Unpacking:
    """The layers of one answer and how much it may still become."""

    def __init__(self, encoding: str, most: int) -> None:
        """Take the words of `Content-Encoding`; raises `Damaged` for a packing that was not asked for."""
        named = [name for part in encoding.split(",") if (name := part.strip().lower()) not in {"", "identity"}]
        if len(named) > MOST_LAYERS or not KNOWN.issuperset(named):
            msg = f"the answer is packed as {encoding[:60]!r}, which was not asked for"
            raise Damaged(msg)
        self._layers = [_Layer() for _ in named]
        self._left = most

    def take(self, piece: bytes) -> bytes:
        """Unpack a piece; raises `Damaged`, or `Ended` when it becomes too large."""
        for layer in self._layers:
            piece = layer.take(piece, self._left + 1)
        self._left -= len(piece)
        if self._left < 0:
            raise Ended("too_large", "the page is larger than is taken")
        return piece


class _Layer:
    def __init__(self) -> None:
        self._begun = False
        self._reader = zlib.decompressobj(HEAD)

    def take(self, piece: bytes, most: int) -> bytes:
        try:
            unpacked = self._reader.decompress(piece, most)
        except zlib.error:
            if self._begun:
                raise Damaged("the packed answer is damaged") from None
            # Some servers send `deflate` without its head, and browsers read that.
            self._reader = zlib.decompressobj(HEADLESS)
            try:
                unpacked = self._reader.decompress(piece, most)
            except zlib.error:
                raise Damaged("the packed answer is damaged") from None
        self._begun = True
        return unpacked
