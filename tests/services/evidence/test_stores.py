"""Disk and bucket hold the same way: what was written comes back, and trouble is told as trouble."""

from __future__ import annotations

import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from complaints.domain.errors import StoreAway
from complaints.services.evidence.stores import BucketStore, DiskStore, Missing, open_store, try_out
from tests.centre import make_settings

if TYPE_CHECKING:
    from complaints.services.evidence.stores import Store
    from config import Settings
    from tests.servers import BucketServer

ROOT = Path(__file__).parents[3]
PATH = "original/2026/11/0123456789abcdef"


@pytest.fixture
def plain(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, "sqlite:///nowhere")


@pytest.fixture
def in_bucket(plain: Settings, bucket: BucketServer) -> Settings:
    return replace(
        plain,
        s3_bucket=bucket.BUCKET,
        s3_endpoint=bucket.endpoint,
        s3_key_id=bucket.KEY_ID,
        s3_secret=bucket.SECRET,
    )


@pytest.fixture(params=["disk", "bucket"])
def store(request: pytest.FixtureRequest, plain: Settings) -> Store:
    settings = plain if request.param == "disk" else request.getfixturevalue("in_bucket")
    made = open_store(settings)
    assert isinstance(made, DiskStore if request.param == "disk" else BucketStore)
    return made


@pytest.mark.parametrize("content", [b"", b"one", bytes(range(256)) * 40_000], ids=["empty", "small", "ten megabytes"])
def test_what_was_written_comes_back(store: Store, content: bytes) -> None:
    store.put(PATH, content)
    assert store.get(PATH) == content
    (entry,) = [entry for entry in store.entries() if entry.path == PATH]
    assert entry.size == len(content)
    assert entry.written_at.tzinfo is not None
    # A second try of the same work writes the same once more.
    store.put(PATH, content)
    assert store.get(PATH) == content
    store.erase(PATH)
    assert PATH not in [entry.path for entry in store.entries()]


def test_what_is_not_there_is_missing_and_may_be_erased(store: Store) -> None:
    with pytest.raises(Missing):
        store.get("original/2026/11/nothing")
    store.erase("original/2026/11/nothing")


def test_a_trial_leaves_nothing(store: Store) -> None:
    try_out(store)
    assert [entry.path for entry in store.entries() if entry.path.startswith("trial")] == []


def test_an_original_on_the_disk_is_sealed_and_no_half_file_has_its_name(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "files")
    store.put(PATH, b"whole")
    assert stat.S_IMODE((tmp_path / "files" / PATH).stat().st_mode) == 0o440
    (tmp_path / "files" / f"{PATH}.dead.part").write_bytes(b"half")
    assert [entry.path for entry in store.entries()] == [PATH]


def test_a_disk_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file stands where the folder should be")
    store = DiskStore(tmp_path / "files")
    for ask in (lambda: store.put(PATH, b"x"), lambda: store.get(PATH), lambda: store.erase(PATH)):
        with pytest.raises(StoreAway):
            ask()
    with pytest.raises(StoreAway):
        DiskStore(tmp_path / "other").put("original/" + "x" * 300, b"x")
    assert list((tmp_path / "other").rglob("*.part")) == []


def test_a_bucket_that_is_away_refuses_or_is_empty_of_itself_is_told(in_bucket: Settings, bucket: BucketServer) -> None:
    wrong = replace(in_bucket, s3_secret="not the secret"), replace(in_bucket, s3_bucket="nowhere")
    for settings in wrong:
        with pytest.raises(StoreAway):
            try_out(open_store(settings))
    store = open_store(in_bucket)
    store.put(PATH, b"kept")
    bucket.stop()
    try:
        for ask in (lambda: store.put(PATH, b"x"), lambda: store.get(PATH), lambda: store.erase(PATH)):
            with pytest.raises(StoreAway):
                ask()
        with pytest.raises(StoreAway):
            list(store.entries())
    finally:
        bucket.start()
    assert store.get(PATH) == b"kept"
    store.erase(PATH)


FORKING = """
import os, sys
from complaints.services.evidence.stores import open_store, try_out
from config import Settings
store = open_store(Settings.from_env())
for _ in range(2):
    child = os.fork()
    if not child:
        try_out(store)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


def test_a_process_that_is_forked_before_its_first_file_works(in_bucket: Settings) -> None:
    """As Celery does: the client is made in the parent, and used in the children only."""
    given = {
        "OCC_DATA": str(in_bucket.data_dir),
        "OCC_S3_BUCKET": in_bucket.s3_bucket,
        "OCC_S3_ENDPOINT": in_bucket.s3_endpoint,
        "OCC_S3_KEY_ID": in_bucket.s3_key_id,
        "OCC_S3_SECRET": in_bucket.s3_secret,
    }
    done = subprocess.run(
        [sys.executable, "-c", FORKING], env=given, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
