"""Settings, read once from the environment into one frozen value.

Only the assembly points import this module: `wsgi.py`, `workers/app.py`, `migrations/env.py` and the command line.
Everything else is handed a `Settings`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})


class SettingError(ValueError):
    """A setting cannot be read; the message names the variable and the remedy."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can turn, with the embedded default's values.

    Sizes are in bytes, times in the unit that the name ends with. `from_env` reads each field from the environment
    variable named in `ENVIRONMENT`.
    """

    data_dir: Path
    database_url: str
    broker_url: str
    secret_key: str
    embedded: bool
    base_url: str = "http://127.0.0.1:1212"
    secure_cookies: bool = False
    trusted_proxies: int = 0
    web_threads: int = 32
    worker_threads: int = 4
    idle_minutes: int = 30
    max_files: int = 10
    max_file_bytes: int = 10 * 1024 * 1024
    max_total_bytes: int = 40 * 1024 * 1024
    file_kinds: str = "image,pdf,office,audio,video,text"
    clamd: str = ""
    s3_bucket: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_key_id: str = ""
    s3_secret: str = ""
    draft_days: int = 7
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_starttls: bool = False
    mail_from: str = "1212@localhost"
    fetch_seconds: int = 20
    fetch_page_bytes: int = 5 * 1024 * 1024
    fetch_hops: int = 10
    fetch_ports: str = "80,443,8000,8080,8443,8888"
    fetch_agent: str = (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
    )
    fetch_deny: str = ""
    webhook_inside: str = ""
    browser: str = ""
    browser_sandbox: bool = True
    picture_seconds: int = 25
    picture_bytes: int = 30 * 1024 * 1024
    rdap: str = ""
    whois_servers: str = ""
    channel_values: Mapping[str, str] = field(default_factory=dict)
    website_recheck_days: int = 7
    website_recheck_every: int = 30
    website_agency: str = "MDES"
    website_block_pages: str = ""
    log_level: str = "INFO"
    rate_limit: bool = True

    def of_channel(self, code: str, name: str, default: str = "") -> str:
        """A channel's own setting: `of_channel("line", "secret")` is the variable `OCC_LINE_SECRET`."""
        return self.channel_values.get(f"OCC_{code}_{name}".upper(), default)

    @property
    def limiter_storage(self) -> str:
        """Where request counts live: Redis when it is there, otherwise the one web process's memory."""
        return self.broker_url if self.broker_url.startswith(("redis://", "rediss://")) else "memory://"

    @property
    def wake_socket(self) -> Path:
        """The datagram socket on which the embedded engine hears of fresh promises."""
        return self.data_dir / "wake.sock"

    @property
    def uploads_dir(self) -> Path:
        """Where originals and shown copies of evidence lie, unless in a bucket."""
        return self.data_dir / "files"

    @property
    def model_dir(self) -> Path:
        """Where the trained classifier lies."""
        return self.data_dir / "model"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings; raise `SettingError` naming the variable that cannot be read."""
        given = os.environ if env is None else env
        data_dir = Path(given.get("OCC_DATA") or "var").absolute()
        database_url = given.get("DATABASE_URL") or f"sqlite:///{data_dir / 'centre.sqlite3'}"
        broker_url = given.get("REDIS_URL") or given.get("CELERY_BROKER_URL") or "memory://"
        embedded = not given.get("DATABASE_URL") and broker_url == "memory://"
        values: dict[str, object] = {}
        for name, variable in ENVIRONMENT.items():
            if variable in given:
                values[name] = _read(variable, given[variable], _kind(name))
        return cls(
            data_dir=data_dir,
            database_url=_psycopg(database_url),
            broker_url=broker_url,
            secret_key=given.get("SECRET_KEY") or stored_key(data_dir),
            embedded=embedded,
            channel_values={name: text for name, text in given.items() if name.startswith("OCC_")},
            **values,  # type: ignore[arg-type]
        )


def key_file(data_dir: Path) -> Path:
    """Where the embedded default keeps the secret key that it made for itself."""
    return data_dir / "secret.key"


def stored_key(data_dir: Path) -> str:
    """The embedded default's own secret key; empty where none was made."""
    try:
        return key_file(data_dir).read_text("ascii").strip()
    except OSError:
        return ""


ENVIRONMENT = {
    "base_url": "OCC_BASE_URL",
    "secure_cookies": "OCC_SECURE_COOKIES",
    "trusted_proxies": "OCC_TRUSTED_PROXIES",
    "web_threads": "OCC_WEB_THREADS",
    "worker_threads": "OCC_WORKER_THREADS",
    "idle_minutes": "OCC_IDLE_MINUTES",
    "max_files": "OCC_MAX_FILES",
    "max_file_bytes": "OCC_MAX_FILE_BYTES",
    "max_total_bytes": "OCC_MAX_TOTAL_BYTES",
    "file_kinds": "OCC_FILE_KINDS",
    "clamd": "OCC_CLAMD",
    "s3_bucket": "OCC_S3_BUCKET",
    "s3_endpoint": "OCC_S3_ENDPOINT",
    "s3_region": "OCC_S3_REGION",
    "s3_key_id": "OCC_S3_KEY_ID",
    "s3_secret": "OCC_S3_SECRET",
    "draft_days": "OCC_DRAFT_DAYS",
    "smtp_host": "SMTP_HOST",
    "smtp_port": "SMTP_PORT",
    "smtp_user": "SMTP_USER",
    "smtp_password": "SMTP_PASSWORD",
    "smtp_starttls": "SMTP_STARTTLS",
    "mail_from": "MAIL_FROM",
    "fetch_seconds": "OCC_FETCH_SECONDS",
    "fetch_page_bytes": "OCC_FETCH_PAGE_BYTES",
    "fetch_hops": "OCC_FETCH_HOPS",
    "fetch_ports": "OCC_FETCH_PORTS",
    "fetch_agent": "OCC_FETCH_AGENT",
    "fetch_deny": "OCC_FETCH_DENY",
    "webhook_inside": "OCC_WEBHOOK_INSIDE",
    "browser": "OCC_BROWSER",
    "browser_sandbox": "OCC_BROWSER_SANDBOX",
    "picture_seconds": "OCC_PICTURE_SECONDS",
    "picture_bytes": "OCC_PICTURE_BYTES",
    "rdap": "OCC_RDAP",
    "whois_servers": "OCC_WHOIS_SERVERS",
    "website_recheck_days": "OCC_WEBSITE_RECHECK_DAYS",
    "website_recheck_every": "OCC_WEBSITE_RECHECK_EVERY",
    "website_agency": "OCC_WEBSITE_AGENCY",
    "website_block_pages": "OCC_WEBSITE_BLOCK_PAGES",
    "log_level": "OCC_LOG_LEVEL",
    "rate_limit": "OCC_RATE_LIMIT",
}


def _kind(name: str) -> str:
    return str(Settings.__annotations__[name])


def _read(variable: str, text: str, kind: str) -> object:
    if kind == "bool":
        word = text.strip().lower()
        if word not in TRUE_WORDS | FALSE_WORDS:
            msg = f"{variable}={text!r}: write yes or no"
            raise SettingError(msg)
        return word in TRUE_WORDS
    if kind == "int":
        try:
            return int(text)
        except ValueError:
            msg = f"{variable}={text!r}: write a whole number"
            raise SettingError(msg) from None
    return text


def _psycopg(url: str) -> str:
    """Name the driver: SQLAlchemy's bare `postgresql://` means another driver in other versions."""
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url[len(short) :]
    return url
