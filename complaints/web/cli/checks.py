"""What would make the centre unsafe or impossible to run, each with its remedy, in words."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from complaints.domain.errors import StoreAway
from complaints.services.evidence.antivirus import Clamd, ScannerAway, is_address
from complaints.services.evidence.kinds import ALL_KINDS, words_of
from complaints.services.evidence.stores import open_store, try_out
from complaints.services.fetching.addresses import read_networks
from complaints.services.fetching.means import read_ports, read_servers
from complaints.web.cli import database

if TYPE_CHECKING:
    from config import Settings

SHORTEST_KEY = 32
CHATS = {"line": ("secret", "token"), "messenger": ("secret", "token", "verify_token")}
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and what to do about it; `passing` trouble may mend itself while the centre runs."""

    what: str
    remedy: str
    passing: bool = False

    def __str__(self) -> str:
        """Both in one line."""
        return f"{self.what} -> {self.remedy}"


def problems(settings: Settings, *, schema: bool = True) -> list[Problem]:
    """Everything that must be mended before the centre may start; `schema` False leaves the migrations out."""
    found = [
        *_key(settings),
        *_folder(settings),
        *_broker(settings),
        *_mail(settings),
        *_files(settings),
        *_fetching(settings),
        *_chats(settings),
    ]
    return found + _database(settings, schema=schema)


def refuse(settings: Settings, *, schema: bool, patient: bool = False) -> None:
    """Stop with every problem and its remedy, if there is one.

    A `patient` process starts without its broker: complaints are taken and promises kept in the database meanwhile.
    """
    found = [problem for problem in problems(settings, schema=schema) if not (patient and problem.passing)]
    if found:
        for problem in found:
            click.secho(f"Cannot start: {problem.what}", fg="red", err=True)
            click.echo(f"  Remedy: {problem.remedy}", err=True)
        sys.exit(1)


def _key(settings: Settings) -> list[Problem]:
    if not settings.secret_key:
        return [
            Problem(
                "SECRET_KEY is not set",
                "set it to at least 32 random characters, the same for every web and worker process: "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
            )
        ]
    if len(settings.secret_key) < SHORTEST_KEY:
        return [
            Problem(
                f"SECRET_KEY has only {len(settings.secret_key)} characters", f"use at least {SHORTEST_KEY} random ones"
            )
        ]
    return []


def _folder(settings: Settings) -> list[Problem]:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return [
            Problem(
                f"the data folder {folder} cannot be written ({error.strerror})",
                "give this user the right to write there, or name another one with --data or OCC_DATA",
            )
        ]
    if settings.database_url.startswith("sqlite") and not os.access(folder, os.X_OK):
        return [Problem(f"the data folder {folder} cannot be entered", "give this user the right to enter it")]
    return []


def _broker(settings: Settings) -> list[Problem]:
    url = settings.broker_url
    if url == "memory://":
        return []
    if not url.startswith(REDIS_SCHEMES):
        return [
            Problem(
                "the broker address is not one of Redis",
                "set REDIS_URL=redis://host:6379/0, or leave it out for the embedded engine",
            )
        ]
    try:
        with Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        return [
            Problem(f"Redis cannot be reached ({type(error).__name__})", "start it, or correct REDIS_URL", passing=True)
        ]
    return []


def _mail(settings: Settings) -> list[Problem]:
    if settings.smtp_host and "@" not in settings.mail_from:
        return [Problem(f"MAIL_FROM={settings.mail_from!r} is no address", "write it as 1212@your-domain")]
    key = settings.of_channel("dkim", "key")
    if key and not os.access(key, os.R_OK):
        return [Problem(f"OCC_DKIM_KEY={key!r} cannot be read", "name a file with an RSA key in PEM, or leave it out")]
    return []


def _files(settings: Settings) -> list[Problem]:
    """What stands in the settings of evidence; whether anybody answers there is asked by `outside`."""
    found = []
    try:
        words_of(settings.file_kinds)
    except ValueError as error:
        remedy = f"write any of {', '.join(sorted(ALL_KINDS))}, with commas between them"
        found.append(Problem(f"OCC_FILE_KINDS names no kind of file with {error}", remedy))
    if settings.clamd and not is_address(settings.clamd):
        remedy = "write it as host:3310, or as the path of clamd's socket"
        found.append(Problem(f"OCC_CLAMD={settings.clamd!r} is no address", remedy))
    if settings.s3_bucket and not (settings.s3_key_id and settings.s3_secret):
        remedy = "set OCC_S3_KEY_ID and OCC_S3_SECRET to those of the bucket, or leave OCC_S3_BUCKET out"
        found.append(Problem("the bucket for files has no key", remedy))
    if settings.s3_endpoint and not settings.s3_endpoint.startswith(("https://", "http://")):
        remedy = "write it with https:// in front"
        found.append(Problem(f"OCC_S3_ENDPOINT={settings.s3_endpoint!r} is no web address", remedy))
    return found


def _fetching(settings: Settings) -> list[Problem]:
    """What stands in the settings of the fetcher of reported pages."""
    readers = {
        "OCC_FETCH_PORTS": (settings.fetch_ports, read_ports, "write ports between commas, as in 80,443"),
        "OCC_FETCH_DENY": (settings.fetch_deny, read_networks, "write networks between commas, as in 198.51.100.0/24"),
        "OCC_WHOIS_SERVERS": (settings.whois_servers, read_servers, "write ending=server between commas"),
    }
    found = []
    for variable, (text, reader, remedy) in readers.items():
        try:
            reader(text)
        except ValueError:
            found.append(Problem(f"{variable}={text!r} cannot be read", remedy))
    if settings.browser and not os.access(settings.browser, os.X_OK):
        remedy = "give the whole path of Chromium, such as /usr/bin/chromium, or leave it out"
        found.append(Problem(f"OCC_BROWSER={settings.browser!r} is no program", remedy))
    return found


def outside(settings: Settings) -> list[Problem]:
    """Whether the store keeps a file and the scanner gives a verdict on the largest one, tried out.

    Not for a process that is forked later: it has spoken to the bucket then.
    """
    found = []
    try:
        try_out(open_store(settings))
    except StoreAway as error:
        where = f"the bucket {settings.s3_bucket}" if settings.s3_bucket else f"the folder {settings.uploads_dir}"
        what = f"{where} keeps no file ({error.values['why']})"
        remedy = (
            "correct OCC_S3_BUCKET, OCC_S3_ENDPOINT, OCC_S3_REGION and the key"
            if settings.s3_bucket
            else "make room, or give the right to write"
        )
        found.append(Problem(what, remedy, passing=True))
    if settings.clamd:
        try:
            Clamd(settings.clamd).scan(bytes(settings.max_file_bytes))
        except ScannerAway as error:
            remedy = "start clamd, correct OCC_CLAMD, or raise StreamMaxLength in clamd.conf above OCC_MAX_FILE_BYTES"
            found.append(Problem(f"clamd at {settings.clamd} gives no verdict ({error})", remedy, passing=True))
    return found


def _chats(settings: Settings) -> list[Problem]:
    """A chat that is set up by half would take words and bring no answer."""
    found = []
    for code, names in CHATS.items():
        missing = [f"OCC_{code}_{name}".upper() for name in names if not settings.of_channel(code, name)]
        if 0 < len(missing) < len(names):
            found.append(Problem(f"{', '.join(missing)} is not set", f"set it too, or none of the {code} settings"))
    return found


def _database(settings: Settings, *, schema: bool) -> list[Problem]:
    url = settings.database_url
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return [
            Problem(
                "DATABASE_URL is neither PostgreSQL nor SQLite",
                "set DATABASE_URL=postgresql://user:password@host/name, or leave it out for the embedded default",
            )
        ]
    try:
        revision = database.current(url)
        ctype = "" if url.startswith("sqlite") else database.character_type(url)
    except SQLAlchemyError as error:
        return [
            Problem(
                f"the database cannot be reached ({type(error.__cause__ or error).__name__})",
                "start it, or correct DATABASE_URL",
            )
        ]
    found = []
    if ctype in {"C", "POSIX"}:
        found.append(
            Problem(
                f"PostgreSQL's lc_ctype is {ctype}: it cannot tell Thai letters",
                "create the database with LC_CTYPE 'C.UTF-8': "
                "createdb -T template0 --locale-provider=builtin --builtin-locale=C.UTF-8 NAME",
            )
        )
    if schema and revision != database.head():
        found.append(
            Problem(
                f"the database schema is at {revision or 'nothing'}, this code needs {database.head()}",
                "run: occ1212 migrate",
            )
        )
    return found
