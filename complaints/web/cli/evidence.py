"""`occ1212 evidence`: are the originals whole, what belongs to nothing, and scanning what no scanner has seen."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime

import click

from complaints.db import db, let_go
from complaints.services.evidence import verifying
from complaints.services.evidence.stores import open_store
from complaints.web.cli import up
from complaints.web.cli.checks import refuse
from config import Settings


@click.group("evidence")
def evidence_group() -> None:
    """The files that came with complaints."""


@evidence_group.command("verify")
@click.option("--remove-strays", is_flag=True, help="Remove stored files older than a day that belong to nothing.")
def verify_command(*, remove_strays: bool) -> None:
    """Hash every original anew; 1 when one is missing or was altered."""
    settings = Settings.from_env()
    refuse(settings, schema=True)
    store = open_store(settings)
    found: Counter[str] = Counter()
    with up.opened(settings):
        for read in (verifying.originals, verifying.captures, verifying.letters):
            after = 0
            while batch := read(db.session(), after):
                let_go()
                for original in (one for one in batch if one.key):
                    verdict = verifying.verify(original, store)
                    found[verdict] += 1
                    if verdict != verifying.SOUND:
                        click.secho(f"{verdict}: file {original.id}, stored as {original.key}", fg="red")
                after = batch[-1].id
        strays = verifying.strays(db.session(), store, datetime.now(UTC))
        let_go()
    for path in strays if remove_strays else ():
        store.erase(path)
    told = ", ".join(f"{found[verdict]} {verdict}" for verdict in verifying.VERDICTS)
    click.echo(f"Originals: {told}. Belonging to nothing: {len(strays)}{' (removed)' if remove_strays else ''}.")
    sys.exit(1 if found[verifying.MISSING] + found[verifying.ALTERED] else 0)


@evidence_group.command("scan")
def scan_command() -> None:
    """Have every file looked into again that was opened while no virus scanner was set."""
    settings = Settings.from_env()
    refuse(settings, schema=True)
    if not settings.clamd:
        click.secho("OCC_CLAMD is not set: there is no scanner to ask.", fg="red", err=True)
        sys.exit(1)
    with up.at_work(settings) as session:
        files = verifying.look_again(session, datetime.now(UTC))
    click.echo(f"Files that will be scanned: {files}")
