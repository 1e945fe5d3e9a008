"""What every test may ask for. A server starts when a worker's first test asks for it, and ends with the worker."""

from __future__ import annotations

import itertools
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from complaints.services import accounts
from tests import shared
from tests.attacks import pytest_terminal_summary  # noqa: F401 - pytest finds it here
from tests.centre import (  # noqa: F401 - fixtures for every folder
    app,
    bucket_settings,
    client,
    filled_cluster,
    filled_postgresql_url,
    filled_sqlite_url,
    limited_app,
    settings,
    sqlite_template,
)
from tests.operating import data_folder  # noqa: F401 - a fixture for every folder
from tests.postbox import box  # noqa: F401 - a fixture for every folder
from tests.servers import BucketServer, ClamServer, MailServer, PostgresServer, ValkeyServer
from tests.trained import model_dir  # noqa: F401 - a fixture for every folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_numbers = itertools.count(1)
HERE = Path(__file__).parent

shared.lie_in_memory()

# What makes a password dear to guess would make each signing in dear too; test_accounts.py looks at the real price.
HASHER_IN_SERVICE = accounts.HASHER
accounts.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)

# A shell that starts the tests in the background lets them ignore Ctrl-C, and so would whatever they stop by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# What takes minutes begins first: at the end it would keep one worker busy while the others have nothing left.
LONG = ("browser/", "walk/", "workers/test_nothing_lost", "web/test_wrong_input", "web/test_live", "house/test_quality")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests first, in the order of `LONG`."""

    def place(item: pytest.Item) -> int:
        where = item.path.relative_to(HERE).as_posix()
        return next((number for number, start in enumerate(LONG) if where.startswith(start)), len(LONG))

    items.sort(key=place)


@pytest.fixture(scope="session")
def postgres(filled_cluster: Path) -> Iterator[PostgresServer]:  # noqa: F811 - the fixture
    """A real PostgreSQL; a test that kills it starts it again."""
    with PostgresServer(filled_cluster) as server:
        yield server


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A real Valkey that forgets; take `valkey.new_url()` for a database of the test's own."""
    with ValkeyServer() as server:
        yield server


@pytest.fixture(scope="session")
def _mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def mail_server(_mail_server: MailServer) -> MailServer:
    """A real SMTP server, empty at the start of each test."""
    _mail_server.clear()
    return _mail_server


@pytest.fixture(scope="session")
def clamd() -> Iterator[ClamServer]:
    """A real ClamAV daemon with a signature of our own; a test that stops it starts it again."""
    if ClamServer.installed() is None:
        pytest.skip("clamd is not installed: apt-get install clamav-daemon")
    with ClamServer() as server:
        yield server


@pytest.fixture(scope="session")
def bucket() -> Iterator[BucketServer]:
    """A real S3-compatible server; a test that stops it starts it again."""
    with BucketServer() as server:
        yield server


@pytest.fixture
def postgresql_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database, dropped after the test."""
    name = f"test_{next(_numbers)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a fresh SQLite file."""
    return f"sqlite:///{tmp_path / 'test.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, empty database, once for each kind the centre runs on."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
