"""The search's index, written anew: after an upgrade that brings it, or when it was lost."""

from __future__ import annotations

import click

from complaints.db import db, unit_of_work
from complaints.services.search import keeping
from complaints.web.cli import up
from complaints.web.cli.checks import refuse
from config import Settings


@click.group("search")
def search_group() -> None:
    """The index of the desk's search."""


@search_group.command("rebuild")
@click.option("--all", "everything", is_flag=True, help="Every case, also those whose row is there.")
def rebuild_command(*, everything: bool) -> None:
    """Write the words of all cases that the search cannot find yet; may run while the centre works."""
    settings = Settings.from_env()
    refuse(settings, schema=True)
    count = last = 0
    with up.opened(settings):
        while True:
            with unit_of_work() as session:
                written, last = keeping.rebuild(session, last, everything=everything)
            db.session.remove()
            if not written:
                break
            count += written
            click.echo(f"{count} cases", err=True)
    click.echo(f"Written anew: {count} cases.")
