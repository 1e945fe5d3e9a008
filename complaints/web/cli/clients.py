"""`occ1212 client`: systems of others and their tokens."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from complaints.db import unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.client import Scope
from complaints.services import clients
from complaints.web.cli import up
from complaints.web.cli.checks import refuse
from config import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

OPERATOR = Actor(Role.ADMINISTRATOR)
DAYS = click.option(
    "--days",
    type=click.Choice([str(days) for days in clients.LIVES]),
    default=str(max(clients.LIVES)),
    show_default=True,
    help="How long the token is valid.",
)


@click.group("client")
def client_group() -> None:
    """Systems that use the API, and their tokens."""


@contextmanager
def _work() -> Iterator[tuple[Session, datetime]]:
    settings = Settings.from_env()
    refuse(settings, schema=True)
    with up.quiet_app(settings).app_context(), unit_of_work() as session:
        yield session, datetime.now(UTC)


@client_group.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope]))
@click.option("--agency", default="", help="Code of the agency as which it works; for scopes of referrals.")
@DAYS
def client_add(name: str, scopes: tuple[str, ...], agency: str, days: str) -> None:
    """Add a system and print its token, which is kept nowhere."""
    with _work() as (session, now):
        _, token = clients.create(session, name, scopes, int(days), OPERATOR, now, agency=agency)
    click.echo(token)


@client_group.command("rotate")
@click.argument("name")
@DAYS
def client_rotate(name: str, days: str) -> None:
    """Print a further token; the old one stays valid until `occ1212 client end`."""
    with _work() as (session, now):
        token = clients.rotate(session, clients.named(session, name), int(days), OPERATOR, now)
    click.echo(token)


@client_group.command("end")
@click.argument("name")
@click.argument("token_id", type=int)
def client_end(name: str, token_id: int) -> None:
    """End one token; `occ1212 client list` shows their ids."""
    with _work() as (session, now):
        clients.end_token(session, clients.named(session, name), token_id, OPERATOR, now)
    click.echo(f"{name}: token {token_id} ended")


@client_group.command("revoke")
@click.argument("name")
def client_revoke(name: str) -> None:
    """End a system with all its tokens."""
    with _work() as (session, now):
        clients.revoke(session, clients.named(session, name), OPERATOR, now)
    click.echo(f"{name}: revoked")


@client_group.command("list")
def client_list() -> None:
    """List the systems, each with its tokens."""
    with _work() as (session, now):
        for client in clients.everybody(session):
            state = "revoked" if client.revoked_at else "active"
            click.echo(f"{client.name}\t{client.agency_code or '-'}\t{' '.join(client.scopes)}\t{state}")
            for token in client.tokens:
                word = "valid" if token.lives(now) and not client.revoked_at else "ended"
                used = f"{token.used_at:%Y-%m-%d %H:%M}" if token.used_at else "never used"
                ends = token.ended_at or token.expires_at
                click.echo(f"\t{token.id}\t{token.token_start}…\t{word}\tuntil {ends:%Y-%m-%d}\t{used}")
