"""Open data at once, instead of waiting for the night."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from complaints.services.evidence.stores import open_store
from complaints.web import publishing
from complaints.web.cli import up
from complaints.web.cli.checks import refuse
from config import Settings


@click.group("open-data")
def opendata_group() -> None:
    """Files for everybody."""


@opendata_group.command("publish")
def publish_command() -> None:
    """Make today's files, unless they are there; what was published is never made anew."""
    settings = Settings.from_env()
    refuse(settings, schema=True)
    with up.opened(settings):
        made = publishing.publish(open_store(settings), datetime.now(UTC))
    click.echo(f"Published: {made} files." if made else "Today's files are there already.")
