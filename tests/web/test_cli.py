"""`occ1212` as an operator meets it: real refusals, real processes where one is told apart from a call."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

from tests.centre import KEY
from tests.operating import call, get, run, running
from tests.servers import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import PostgresServer


def test_up_opens_the_centre_twice_and_keeps_its_data(data_folder: Path) -> None:
    port = free_port()
    with running(data_folder, port) as log:
        link = re.search(r"http://\S+/staff/link/\S+", log.read_text())
        assert link is not None
        assert get(port, "/health/live") == (200, '{"status":"ok"}\n')
        assert '"database":"ok"' in get(port, "/health/ready")[1]
        assert get(port, link.group().partition(str(port))[2])[0] == 200
    with sqlite3.connect(data_folder / "centre.sqlite3") as database:
        database.execute("INSERT INTO holiday VALUES ('2031-01-02', 'ทดสอบ', 'test', 0)")
    database.close()
    with running(data_folder, port):
        second = run(data_folder, "up", "--port", str(port))
        assert second.returncode == 1
        assert "--port" in second.stderr
    with sqlite3.connect(data_folder / "centre.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM holiday WHERE day = '2031-01-02'").fetchone() == (1,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    assert (data_folder / "secret.key").stat().st_mode & 0o777 == 0o600


def test_no_secret_key_outside_the_embedded_default(data_folder: Path) -> None:
    done = run(data_folder, "up", DATABASE_URL=f"sqlite:///{data_folder}/x.sqlite3")
    assert done.returncode == 1
    assert "SECRET_KEY is not set" in done.stderr
    assert "Remedy" in done.stderr


def test_lc_ctype_c_is_refused(data_folder: Path, postgres: PostgresServer) -> None:
    url = postgres.create_database("plain_c", lc_ctype="C")
    done = call(data_folder, "check", DATABASE_URL=url, SECRET_KEY=KEY)
    assert done.returncode == 1
    assert "lc_ctype is C" in done.stdout
    postgres.drop_database("plain_c")


def test_unmigrated_schema_is_refused_and_migrate_mends_it(data_folder: Path, postgresql_url: str) -> None:
    refused = call(data_folder, "account", "list", DATABASE_URL=postgresql_url, SECRET_KEY=KEY)
    assert refused.returncode == 1
    assert "occ1212 migrate" in refused.stderr
    assert call(data_folder, "migrate", DATABASE_URL=postgresql_url, SECRET_KEY=KEY).returncode == 0
    # The agencies that come with the centre are there.
    made = ("account", "create", "b@x.example", "--name", "ข", "--role", "partner", "--agency", "POLICE")
    assert call(data_folder, *made, DATABASE_URL=postgresql_url, SECRET_KEY=KEY).returncode == 0


def test_a_data_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    done = call(in_the_way / "data", "check")
    assert done.returncode == 1
    assert "cannot be written" in done.stdout


def test_a_setting_that_cannot_be_read_names_itself(data_folder: Path) -> None:
    done = call(data_folder, "check", OCC_WEB_THREADS="many")
    assert done.returncode == 2
    assert "OCC_WEB_THREADS" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_chat_that_is_set_up_by_half_is_refused(data_folder: Path) -> None:
    done = call(data_folder, "check", OCC_LINE_SECRET="only-this")
    assert done.returncode != 0
    assert "OCC_LINE_TOKEN" in done.stdout + done.stderr


def test_accounts_are_made_and_disabled(data_folder: Path) -> None:
    assert call(data_folder, "migrate").returncode == 0
    key = {"SECRET_KEY": KEY}
    made = call(data_folder, "account", "create", "a@x.example", "--name", "ก", "--role", "agent", **key)
    assert "/staff/link/" in made.stdout, made.stderr
    twice = call(data_folder, "account", "create", "a@x.example", "--name", "ก", "--role", "agent", **key)
    assert twice.returncode == 1
    assert "login" in twice.stderr
    assert call(data_folder, "account", "disable", "a@x.example", **key).returncode == 0
    assert "disabled" in call(data_folder, "account", "list", **key).stdout


def test_cases_that_the_search_cannot_find_are_written_by_a_command(data_folder: Path) -> None:
    assert call(data_folder, "migrate").returncode == 0
    done = call(data_folder, "search", "rebuild", "--all", SECRET_KEY=KEY)
    assert done.returncode == 0, done.stderr
    assert "Written anew: 0 cases." in done.stdout
