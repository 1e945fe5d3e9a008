"""The real ClamAV daemon with a signature of our own: what it finds, and what a missing verdict is worth."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from complaints.services.evidence.antivirus import Clamd, ScannerAway, is_address
from tests.filing import JPEG, archive
from tests.servers import ClamServer, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize("way", ["address", "socket"])
def test_what_harms_is_found_and_named(clamd: ClamServer, way: str) -> None:
    scanner = Clamd(getattr(clamd, way))
    assert scanner.version().startswith("ClamAV ")
    for clean in (b"", JPEG, bytes(3 * 2**20)):
        assert scanner.scan(clean) == ""
    for content in (
        clamd.MARK,
        bytes(200_000) + clamd.MARK + bytes(200_000),
        archive(**{"หลักฐาน.txt": clamd.MARK}),
        JPEG + clamd.MARK,
    ):
        assert scanner.scan(content) == clamd.FOUND


def test_a_file_larger_than_the_daemon_takes_is_no_clean_file(clamd: ClamServer) -> None:
    with pytest.raises(ScannerAway, match="size limit exceeded"):
        Clamd(clamd.address).scan(bytes((clamd.STREAM_MEGABYTES + 1) * 2**20))


def test_nobody_there_is_no_verdict() -> None:
    for address in (f"127.0.0.1:{free_port()}", "/nowhere/clamd.sock"):
        for ask in (lambda scanner: scanner.scan(b"x"), Clamd.version):
            with pytest.raises(ScannerAway):
                ask(Clamd(address))


@contextmanager
def saying(words: bytes) -> Iterator[str]:
    """A daemon that says this to everything and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answer() -> None:
            line, _ = door.accept()
            with line:
                line.settimeout(10)
                while not line.recv(2**20).endswith(b"\0\0\0\0"):
                    pass
                line.sendall(words)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"127.0.0.1:{door.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (b"stream: OK\0", ""),
        (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", "Win.Test.EICAR_HDB-1"),
        (b"stream: Eicar-Signature(44d88612fea8a8f36de82e1278abb02f:68) FOUND\0", "Eicar-Signature"),
        (b"", None),
        (b"stream: OK, more or less\0", None),
        (b"stream: Can't allocate memory ERROR\0", None),
        (b"COMMAND READ TIMED OUT\0", None),
    ],
)
def test_only_its_own_ok_counts_as_clean(words: bytes, found: str | None) -> None:
    with saying(words) as address:
        if found is None:
            with pytest.raises(ScannerAway):
                Clamd(address).scan(b"x")
        else:
            assert Clamd(address).scan(b"x") == found


def test_addresses_are_a_path_or_a_host_and_a_port() -> None:
    good = ("/run/clamav/clamd.ctl", "127.0.0.1:3310", "clamd:3310", "[::1]:3310")
    bad = ("clamd", "3310", ":3310", "clamd:", "clamd:99999", "clamav/clamd.ctl")
    assert [is_address(text) for text in (*good, *bad)] == [True] * len(good) + [False] * len(bad)
