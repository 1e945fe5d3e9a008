"""`occ1212`: the operator's one command."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from sqlalchemy import select

from classifiers import train as training
from complaints.domain.account import Account
from complaints.domain.actor import STAFF_ROLES
from complaints.domain.errors import DomainError
from complaints.services import accounts
from complaints.web.cli import database, demo, pipe, up
from complaints.web.cli.checks import outside, problems, refuse
from complaints.web.cli.clients import client_group
from complaints.web.cli.evidence import evidence_group
from complaints.web.cli.kpi import kpi_group
from complaints.web.cli.opendata import opendata_group
from complaints.web.cli.search import search_group
from complaints.web.errors import sentence
from config import SettingError, Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", type=click.Path(file_okay=False), help="Data folder (default: ./var or OCC_DATA).")
def cli(data: str | None) -> None:
    """The 1212 online-complaint centre."""
    if data:
        os.environ["OCC_DATA"] = data


@cli.command("up")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=1212, show_default=True)
@click.option("--data", type=click.Path(file_okay=False), help="Data folder (default: ./var or OCC_DATA).")
def up_command(host: str, port: int, data: str | None) -> None:
    """Start the centre: web, worker and timetable together."""
    if data:
        os.environ["OCC_DATA"] = data
    sys.exit(up.run(host, port))


@cli.command("check")
def check_command() -> None:
    """Say in words what is wrong with the configuration."""
    settings = Settings.from_env()
    found = [problem for problem in problems(settings) if not (settings.embedded and _makes_itself(problem.what))]
    found += outside(settings) if not found else []
    if not settings.clamd:
        click.echo("Note: OCC_CLAMD is not set, so files are not checked for viruses; staff are told so at each file.")
    for problem in found:
        click.secho(f"- {problem.what}", fg="red")
        click.echo(f"  Remedy: {problem.remedy}")
    if not found:
        click.secho("Nothing is wrong.", fg="green")
    sys.exit(1 if found else 0)


def _makes_itself(what: str) -> bool:
    """What the embedded default makes at its first start is no fault before it."""
    return what.startswith(("SECRET_KEY is not set", "the database schema"))


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the database schema up to date, and what comes with the centre into it."""
    settings = Settings.from_env()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    before = database.current(settings.database_url)
    database.upgrade(settings.database_url)
    up.bring_in(settings)
    click.echo(f"Schema: {before or 'nothing'} -> {database.head()}")


@cli.command("demo")
@click.option("--cases", default=1200, show_default=True, help="How many invented cases.")
@click.option("--seed", default=1212, show_default=True, help="The same seed invents the same year.")
def demo_command(cases: int, seed: int) -> None:
    """Fill an empty centre with invented cases of a whole fiscal year."""
    settings = up.prepare(Settings.from_env(), click.echo)
    sys.exit(demo.run(settings, cases, seed))


@cli.command("mail")
@click.option("--account", default="", help="Which of the centre's mailboxes received it.")
def mail_command(account: str) -> None:
    """Take one mail from standard input, as a mail server's pipe gives it; 0 once it is kept, 75 for "try again"."""
    sys.exit(pipe.take(sys.stdin.buffer, account))


@cli.command("train")
def train_command() -> None:
    """Train the classifier on the project's rows."""
    click.echo(f"Classifier version {training.train(Settings.from_env().model_dir)}")


@cli.group("account")
def account_group() -> None:
    """Staff accounts."""


@account_group.command("create")
@click.argument("login")
@click.option("--name", required=True, help="The person's name or role.")
@click.option("--role", required=True, type=click.Choice([role.value for role in STAFF_ROLES]))
@click.option("--agency", help="Agency code, for a partner.")
def account_create(login: str, name: str, role: str, agency: str | None) -> None:
    """Add an account and print its one-time sign-in link."""
    settings = Settings.from_env()
    refuse(settings, schema=True)
    with up.at_work(settings) as session:
        now = datetime.now(UTC)
        account = accounts.create(session, login, name, role, agency, now)
        click.echo(f"{settings.base_url}/staff/link/{accounts.one_time_link(session, account, now)}")


@account_group.command("link")
@click.argument("login")
def account_link(login: str) -> None:
    """Print a fresh one-time sign-in link, for a forgotten password."""
    settings = Settings.from_env()
    refuse(settings, schema=True)
    with up.at_work(settings) as session:
        account = _account(session, login)
        click.echo(f"{settings.base_url}/staff/link/{accounts.one_time_link(session, account, datetime.now(UTC))}")


@account_group.command("disable")
@click.argument("login")
def account_disable(login: str) -> None:
    """Disable an account and end its sessions at once."""
    _set_active(login, active=False)


@account_group.command("enable")
@click.argument("login")
def account_enable(login: str) -> None:
    """Enable a disabled account."""
    _set_active(login, active=True)


def _set_active(login: str, *, active: bool) -> None:
    settings = Settings.from_env()
    refuse(settings, schema=True)
    with up.at_work(settings) as session:
        accounts.set_active(session, _account(session, login), datetime.now(UTC), active=active)
    click.echo(f"{login}: {'enabled' if active else 'disabled'}")


@account_group.command("list")
def account_list() -> None:
    """List the accounts."""
    settings = Settings.from_env()
    refuse(settings, schema=True)
    with up.at_work(settings) as session:
        for account in session.scalars(select(Account).order_by(Account.login)):
            state = "active" if account.active else "disabled"
            click.echo(f"{account.login}\t{account.role}\t{account.agency_code or '-'}\t{state}")


def _account(session: Session, login: str) -> Account:
    account = session.scalars(select(Account).where(Account.login == login.strip().lower())).first()
    if account is None:
        click.secho(f"There is no account {login}. See: occ1212 account list", fg="red", err=True)
        sys.exit(1)
    return account


cli.add_command(kpi_group)
cli.add_command(client_group)
cli.add_command(evidence_group)
cli.add_command(opendata_group)
cli.add_command(search_group)


def main() -> None:
    """Run a command; what goes wrong is said in words, without a stack trace."""
    try:
        cli()
    except SettingError as error:
        click.secho(f"Setting: {error}", fg="red", err=True)
        sys.exit(2)
    except DomainError as error:
        click.secho(f"{error.field}: {sentence(error)}", fg="red", err=True)
        sys.exit(1)
