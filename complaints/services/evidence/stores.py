"""Where files lie: in a folder of this machine's disk or in a bucket of S3-compatible storage, by setting.

Paths are `original/KEY`, `shown/KEY`, `thumb/KEY` and, of open data, `open/HASH`. An original is written once and
never again.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from complaints.domain.errors import StoreAway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obstore.store import ClientConfig

    from config import Settings

ORIGINAL, SHOWN, THUMB = "original", "shown", "thumb"
TEMPORARY = ".part"
# One request and all its repetitions end well within a promise's lease.
REQUEST = timedelta(seconds=15)
CONNECT = timedelta(seconds=5)
REPETITIONS = 1
# What the client of a bucket raises; a missing file is Python's own error.
OUTSIDE = (BaseError, OSError)


class Missing(LookupError):  # noqa: N818 - reads as the fact it is
    """The store answers, and does not hold the file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored file: its path, size in bytes, and when it was written."""

    path: str
    size: int
    written_at: datetime


class Store(Protocol):
    """Holds bytes under a path; whatever is out of order outside is told as `StoreAway`."""

    def put(self, path: str, content: bytes) -> None:
        """Write it for good: when this returns, a power cut loses nothing."""

    def get(self, path: str) -> bytes:
        """The bytes; raises `Missing`."""

    def erase(self, path: str) -> None:
        """Remove it; what is not there is no error."""

    def entries(self) -> Iterator[Entry]:
        """Everything that is held."""


class DiskStore:
    """A folder; files are written beside their place, made durable, sealed against writing, and then put there."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder; it is made with the first file."""
        self.folder = folder

    def put(self, path: str, content: bytes) -> None:
        """Write it for good."""
        place = self.folder / path
        part = place.with_name(f"{place.name}.{secrets.token_hex(4)}{TEMPORARY}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with part.open("xb") as file:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), 0o440)
                os.fsync(file.fileno())
            part.replace(place)
            _make_durable(place.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise StoreAway(why=_reason(error)) from error

    def get(self, path: str) -> bytes:
        """The bytes."""
        try:
            return (self.folder / path).read_bytes()
        except FileNotFoundError:
            raise Missing(path) from None
        except OSError as error:
            raise StoreAway(why=_reason(error)) from error

    def erase(self, path: str) -> None:
        """Remove it."""
        try:
            (self.folder / path).unlink(missing_ok=True)
        except OSError as error:
            raise StoreAway(why=_reason(error)) from error

    def entries(self) -> Iterator[Entry]:
        """Everything that is held."""
        for place in sorted(self.folder.rglob("*")):
            if place.is_file() and place.suffix != TEMPORARY:
                facts = place.stat()
                written_at = datetime.fromtimestamp(facts.st_mtime, UTC)
                yield Entry(place.relative_to(self.folder).as_posix(), facts.st_size, written_at)


class BucketStore:
    """A bucket; the request is signed, checked by SHA-256 on the way, and answered only once it is kept."""

    def __init__(self, settings: Settings) -> None:
        """Speak to nobody yet: a process that has spoken to the bucket must not be forked any more."""
        options: ClientConfig = {
            "allow_http": settings.s3_endpoint.startswith("http://"),
            "timeout": REQUEST,
            "connect_timeout": CONNECT,
        }
        self._bucket = S3Store(
            settings.s3_bucket,
            endpoint=settings.s3_endpoint or None,
            region=settings.s3_region,
            access_key_id=settings.s3_key_id,
            secret_access_key=settings.s3_secret,
            virtual_hosted_style_request=False,
            checksum_algorithm="sha256",
            client_options=options,
            retry_config={"max_retries": REPETITIONS, "retry_timeout": REQUEST * 2},
        )

    def put(self, path: str, content: bytes) -> None:
        """Write it for good."""
        try:
            obstore.put(self._bucket, path, content, use_multipart=False)
        except OUTSIDE as error:
            raise StoreAway(why=type(error).__name__) from error

    def get(self, path: str) -> bytes:
        """The bytes."""
        try:
            return bytes(obstore.get(self._bucket, path).bytes())
        except FileNotFoundError:
            raise Missing(path) from None
        except OUTSIDE as error:
            raise StoreAway(why=type(error).__name__) from error

    def erase(self, path: str) -> None:
        """Remove it."""
        try:
            obstore.delete(self._bucket, path)
        except FileNotFoundError:
            return
        except OUTSIDE as error:
            raise StoreAway(why=type(error).__name__) from error

    def entries(self) -> Iterator[Entry]:
        """Everything that is held."""
        try:
            for page in obstore.list(self._bucket):
                for found in page:
                    yield Entry(found["path"], found["size"], found["last_modified"])
        except OUTSIDE as error:
            raise StoreAway(why=type(error).__name__) from error


def open_store(settings: Settings) -> Store:
    """The bucket when one is set, otherwise the data folder."""
    return BucketStore(settings) if settings.s3_bucket else DiskStore(settings.uploads_dir)


def try_out(store: Store) -> None:
    """Write, read and remove a small file; raises `StoreAway`, also when another comes back than was written."""
    path, content = f"trial/{secrets.token_hex(8)}", secrets.token_bytes(16)
    store.put(path, content)
    try:
        if store.get(path) != content:
            raise StoreAway(why="another file came back")
    except Missing:
        raise StoreAway(why="the file was not kept") from None
    finally:
        store.erase(path)


def _make_durable(folder: Path) -> None:
    """A new name is safe only when its folder is written down too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
