"""`occ1212 check` and `occ1212 evidence` on real files, a real bucket and a real scanner."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.outbox import Promise
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Upload
from complaints.services.evidence.stores import open_store
from complaints.web.cli.checks import outside, problems
from tests.centre import KEY
from tests.filing import JPEG, LIMITS, look_into_all
from tests.operating import call
from tests.services.scene import NOW, in_triage, the_case

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from config import Settings
    from tests.servers import BucketServer, ClamServer


def three_files(settings: Settings) -> list[str]:
    """Three originals' paths; the files were looked into."""
    number = in_triage()
    with unit_of_work() as session:
        uploads = [Upload(f"{n}.jpg", JPEG) for n in range(3)]
        kept = keep_files(session, uploads, LIMITS, open_store(settings), NOW, case=the_case(session, number))
        paths = [f"original/{file.stored_key}" for file in kept]
    look_into_all(settings)
    db.session.remove()
    return paths


def surroundings(settings: Settings, **more: str) -> dict[str, str]:
    return {"DATABASE_URL": settings.database_url, "SECRET_KEY": KEY, **more}


def aged(place: Path) -> None:
    old = time.time() - 2 * 24 * 3600
    os.utime(place, (old, old))


def test_verify_tells_what_is_missing_altered_or_belongs_to_nothing(app: Flask, settings: Settings) -> None:
    folder, paths = settings.uploads_dir, three_files(settings)
    done = call(settings.data_dir, "evidence", "verify", **surroundings(settings))
    assert (done.returncode, done.stdout) == (
        0,
        "Originals: 3 sound, 0 missing, 0 altered. Belonging to nothing: 0.\n",
    )
    (folder / paths[0]).unlink()
    (folder / paths[1]).chmod(0o600)
    (folder / paths[1]).write_bytes(JPEG + b"x")
    store = open_store(settings)
    for stray in ("original/2026/11/old", "original/2026/11/young"):
        store.put(stray, b"nobody's")
    for place in folder.rglob("*"):
        if place.is_file() and place.name != "young":
            aged(place)
    done = call(settings.data_dir, "evidence", "verify", "--remove-strays", **surroundings(settings))
    assert done.returncode == 1
    assert f"missing: file 1, stored as {paths[0].removeprefix('original/')}" in done.stdout
    assert f"altered: file 2, stored as {paths[1].removeprefix('original/')}" in done.stdout
    assert "1 sound, 1 missing, 1 altered. Belonging to nothing: 1 (removed)." in done.stdout
    assert not (folder / "original/2026/11/old").exists()
    assert (folder / "original/2026/11/young").exists()
    assert (folder / paths[2]).read_bytes() == JPEG


def test_files_that_no_scanner_has_seen_are_scanned_once_there_is_one(
    app: Flask, settings: Settings, clamd: ClamServer
) -> None:
    three_files(settings)
    without = call(settings.data_dir, "evidence", "scan", **surroundings(settings))
    assert (without.returncode, "OCC_CLAMD is not set" in without.stderr) == (1, True)
    done = call(settings.data_dir, "evidence", "scan", **surroundings(settings, OCC_CLAMD=clamd.address))
    assert (done.returncode, done.stdout) == (0, "Files that will be scanned: 3\n")
    left = db.session.scalars(select(Promise).where(Promise.kind == "inspect", Promise.done_at.is_(None))).all()
    assert len(left) == 3


def test_check_tries_the_bucket_and_the_scanner_out(
    app: Flask, bucket_settings: Settings, bucket: BucketServer, clamd: ClamServer
) -> None:
    settings = bucket_settings
    given = surroundings(
        settings,
        OCC_CLAMD=clamd.socket,
        OCC_S3_BUCKET=settings.s3_bucket,
        OCC_S3_ENDPOINT=settings.s3_endpoint,
        OCC_S3_KEY_ID=settings.s3_key_id,
        OCC_S3_SECRET=settings.s3_secret,
    )
    done = call(settings.data_dir, "check", **given)
    assert (done.returncode, done.stdout) == (0, "Nothing is wrong.\n")
    wrong = {"OCC_S3_SECRET": "another", "OCC_MAX_FILE_BYTES": str((clamd.STREAM_MEGABYTES + 1) * 2**20)}
    done = call(settings.data_dir, "check", **given | wrong)
    assert done.returncode == 1
    assert "the bucket evidence keeps no file" in done.stdout
    assert "gives no verdict (INSTREAM size limit exceeded. ERROR)" in done.stdout
    assert "StreamMaxLength" in done.stdout


def test_check_says_when_nobody_scans(app: Flask, settings: Settings) -> None:
    done = call(settings.data_dir, "check", **surroundings(settings))
    assert (done.returncode, "files are not checked for viruses" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"file_kinds": "pictures,pdf"}, "OCC_FILE_KINDS names no kind of file with pictures"),
        ({"clamd": "clamd"}, "OCC_CLAMD='clamd' is no address"),
        ({"fetch_ports": "80;443"}, "OCC_FETCH_PORTS='80;443' cannot be read"),
        ({"fetch_deny": "10.0.0"}, "OCC_FETCH_DENY='10.0.0' cannot be read"),
        ({"whois_servers": "th"}, "OCC_WHOIS_SERVERS='th' cannot be read"),
        ({"browser": "/no/chromium"}, "OCC_BROWSER='/no/chromium' is no program"),
        ({"s3_bucket": "evidence"}, "the bucket for files has no key"),
        ({"s3_endpoint": "minio:9000"}, "OCC_S3_ENDPOINT='minio:9000' is no web address"),
    ],
)
def test_settings_of_files_that_cannot_be_right_are_told(
    app: Flask, settings: Settings, changed: dict[str, str], told: str
) -> None:
    wrong = type(settings)(**{name: getattr(settings, name) for name in settings.__slots__} | changed)
    assert [problem.what for problem in problems(wrong)] == [told]


def test_a_folder_that_keeps_nothing_is_told(app: Flask, settings: Settings) -> None:
    settings.uploads_dir.write_text("a file stands where the folder should be")
    (problem,) = outside(settings)
    assert "keeps no file" in problem.what
