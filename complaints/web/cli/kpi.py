"""`occ1212 kpi`: count the indicators anew, or hold what was counted against the timeline."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from complaints.db import unit_of_work
from complaints.services.kpi import counting, verifying
from complaints.web.cli import up
from complaints.web.cli.checks import refuse
from config import Settings

SHOWN = 20


@click.group("kpi")
def kpi_group() -> None:
    """The indicators."""


@kpi_group.command("recount")
@click.option("--verify", is_flag=True, help="Change nothing: rebuild all figures from the events and compare.")
def recount(*, verify: bool) -> None:
    """Count every day anew from the events."""
    settings = Settings.from_env()
    refuse(settings, schema=True)
    with up.opened(settings):
        if verify:
            sys.exit(_verify())
        with unit_of_work() as session:
            days = sorted(counting.all_days(session))
        for day in days:
            with unit_of_work() as session:
                counting.recount(session, [day], datetime.now(UTC))
    click.echo(f"Counted {len(days)} days.")


def _verify() -> int:
    found = 0
    with unit_of_work() as session:
        for difference in verifying.differences(session, datetime.now(UTC)):
            found += 1
            if found <= SHOWN:
                key = " ".join(part or "-" for part in difference.key)
                click.secho(
                    f"{difference.day} {key}: counted {difference.fact}, events say {difference.events}", fg="red"
                )
    if found:
        click.echo(f"{found} figures differ. Remedy: occ1212 kpi recount, and ask who changed facts or cases by hand.")
        return 1
    click.secho("Every figure is what the events say.", fg="green")
    return 0
