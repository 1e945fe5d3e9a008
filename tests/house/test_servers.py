"""The test servers are what they claim to be: real, killable, and gone afterwards."""

from __future__ import annotations

import contextlib
import shutil
import signal
import smtplib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from tests.servers import MailServer, PostgresServer, ValkeyServer, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

REPOSITORY = Path(__file__).parents[2]


@contextlib.contextmanager
def opened(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def fill(url: str) -> None:
    with opened(url) as connection:
        connection.execute(text("CREATE TABLE kept AS SELECT 7 AS seven"))


def read(url: str) -> object:
    with opened(url) as connection:
        return connection.execute(text("SELECT seven FROM kept")).scalar()


@pytest.mark.parametrize("turn", [1, 2])
def test_a_database_url_is_fresh(database_url: str, turn: int) -> None:
    del turn
    with opened(database_url) as connection:
        connection.execute(text("CREATE TABLE word (thai TEXT)"))
        connection.execute(text("INSERT INTO word VALUES ('น้ำ')"))
        assert connection.execute(text("SELECT thai FROM word")).scalars().all() == ["น้ำ"]


def test_the_url_says_which_database(request: pytest.FixtureRequest, database_url: str) -> None:
    assert request.node.callspec.id == database_url.partition(":")[0].partition("+")[0]


def test_postgresql_takes_thai_letters_for_letters(postgresql_url: str) -> None:
    with opened(postgresql_url) as connection:
        connection.execute(text("CREATE EXTENSION pg_trgm"))
        assert connection.execute(text("SELECT array_length(show_trgm('ประปา'), 1)")).scalar() == 6


def test_a_database_with_another_locale_knows_no_thai(postgres: PostgresServer) -> None:
    url = postgres.create_database("plain", lc_ctype="C")
    try:
        with opened(url) as connection:
            connection.execute(text("CREATE EXTENSION pg_trgm"))
            assert connection.execute(text("SELECT show_trgm('ประปา')")).scalar() == []
    finally:
        postgres.drop_database("plain")


def test_a_database_can_be_copied_from_a_filled_one(postgres: PostgresServer) -> None:
    filled = postgres.create_database("filled")
    fill(filled)
    try:
        assert read(postgres.create_database("copied", template="filled")) == 7
    finally:
        postgres.drop_database("copied")
        postgres.drop_database("filled")


def test_postgresql_survives_kill_9() -> None:
    with PostgresServer() as server:
        url = server.create_database("survivor")
        fill(url)
        folder = server.folder

        server.kill()
        server.start()

        assert read(url) == 7
    assert folder is not None
    assert not folder.exists()


@pytest.mark.parametrize(("persistent", "left"), [(True, b"7"), (False, None)])
@pytest.mark.parametrize("way", ["kill", "stop"])
def test_valkey_keeps_its_port_and_what_it_was_told_to_keep(way: str, *, persistent: bool, left: bytes | None) -> None:
    with ValkeyServer(persistent=persistent) as server:
        with server.client() as client:
            client.set("seven", 7)
        url = server.url

        getattr(server, way)()
        server.start()

        assert server.url == url
        with server.client() as client:
            assert client.get("seven") == left


def test_valkey_gives_each_test_a_database(valkey: ValkeyServer) -> None:
    assert valkey.new_url() != valkey.new_url()


def test_mails_are_kept_as_they_came(mail_server: MailServer) -> None:
    with smtplib.SMTP(mail_server.host, mail_server.port) as client:
        client.sendmail("a@example.com", ["b@example.com"], "Subject: =?utf-8?b?4Lij4Lix4Lia?=\r\n\r\nyes\r\n")

    (mail,) = mail_server.wait_for(1)
    assert (mail.sender, mail.recipients, mail.message["subject"]) == ("a@example.com", ("b@example.com",), "รับ")


def test_a_mail_can_be_refused_once(mail_server: MailServer) -> None:
    mail_server.refuse_next("451 later")
    with smtplib.SMTP(mail_server.host, mail_server.port) as client:
        with pytest.raises(smtplib.SMTPDataError):
            client.sendmail("a@example.com", ["b@example.com"], "x")
        client.sendmail("a@example.com", ["b@example.com"], "y")

    assert [mail.raw for mail in mail_server.wait_for(1)] == [b"y\r\n"]


def test_a_stopped_mail_server_refuses_and_comes_back_on_its_port() -> None:
    with MailServer() as server:
        port = server.port
        server.stop()
        with pytest.raises(ConnectionRefusedError):
            smtplib.SMTP(server.host, port)
        server.start()
        with smtplib.SMTP(server.host, port) as client:
            assert client.noop()[0] == 250


HOLDER = """
import sys, time
from tests.servers import PostgresServer, ValkeyServer
servers = [PostgresServer(), ValkeyServer()]
for server in servers:
    server.start()
print(*(server.process.pid for server in servers), *(server.folder for server in servers), flush=True)
time.sleep(3600)
"""


def test_no_server_outlives_a_killed_test_process() -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    assert holder.stdout is not None
    *pids, postgres_folder, valkey_folder = holder.stdout.readline().split()
    assert len(pids) == 2

    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()

    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    for folder in (postgres_folder, valkey_folder):
        shutil.rmtree(folder)
