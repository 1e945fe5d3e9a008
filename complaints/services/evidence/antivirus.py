"""ClamAV's daemon, asked over its socket with INSTREAM, as clamd(8) describes the protocol."""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 64 * 1024
ASK_SECONDS = 2.0
SCAN_SECONDS = 30.0
ANSWER = re.compile(r"^stream: (?:(?P<clean>OK)|(?P<name>.+?)(?:\([0-9a-f]{32}:\d+\))? FOUND)$")
LONGEST_NAME = 200


class ScannerAway(OSError):  # noqa: N818 - reads as the fact it is
    """The scanner gave no verdict; the text says why. The file waits until it does."""


@dataclass(frozen=True, slots=True)
class Clamd:
    """A daemon at `host:port`, or at the path of a UNIX socket."""

    address: str

    def scan(self, content: bytes) -> str:
        """The name of what was found; the empty text when the bytes are clean. Raises `ScannerAway`."""
        answer = self._talk(b"zINSTREAM\0", _pieces(content), SCAN_SECONDS)
        told = ANSWER.match(answer)
        if told is None:
            raise ScannerAway(answer or "clamd closed the connection")
        return (told["name"] or "")[:LONGEST_NAME]

    def version(self) -> str:
        """What it calls itself and its signatures; raises `ScannerAway`."""
        answer = self._talk(b"zVERSION\0", iter(()), ASK_SECONDS)
        if not answer:
            raise ScannerAway("clamd does not answer")
        return answer

    def _talk(self, command: bytes, pieces: Iterator[bytes], seconds: float) -> str:
        try:
            with self._connect(seconds) as line:
                line.sendall(command)
                try:
                    for piece in pieces:
                        line.sendall(piece)
                except (BrokenPipeError, ConnectionResetError):
                    # It stopped listening, as at its own size limit: what it says about that is read below.
                    pass
                return _read_line(line)
        except OSError as error:
            raise ScannerAway(error.strerror or str(error) or type(error).__name__) from error

    def _connect(self, seconds: float) -> socket.socket:
        if self.address.startswith("/"):
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            line.settimeout(seconds)
            try:
                line.connect(self.address)
            except OSError:
                line.close()
                raise
            return line
        host, _, port = self.address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)


def is_address(text: str) -> bool:
    """A path from the root, or a host and a port."""
    host, _, port = text.rpartition(":")
    return text.startswith("/") or (bool(host) and port.isdecimal() and int(port) < 2**16)


def _pieces(content: bytes) -> Iterator[bytes]:
    """Each piece behind its length in four bytes, the highest first; a length of nought ends the file."""
    for start in range(0, len(content), PIECE):
        piece = content[start : start + PIECE]
        yield struct.pack(">I", len(piece)) + piece
    yield struct.pack(">I", 0)


def _read_line(line: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0"):
        piece = line.recv(PIECE)
        if not piece:
            break
        said += piece
    return said.rstrip(b"\0\n").decode("utf-8", "replace").strip()
