"""The command line of tombstones: `juanzong archive tombstone FILE_NO`."""

from __future__ import annotations

import json

import click

from web.cli_conflicts import open_engine
from workflows.records import tombstones


@click.command("tombstone")
@click.argument("file_no")
def show_tombstone(file_no: str) -> None:
    """Show what stays of a destroyed volume, and whether it still verifies."""
    engine = open_engine()
    with engine.reading() as session:
        stone = tombstones.find_by_number(session, file_no)
        if stone is None:
            raise click.ClickException(f"no destroyed volume has the number {file_no}")
        fault = tombstones.find_fault(session, stone)
    click.echo(json.dumps(stone.content, ensure_ascii=False, indent=2))
    click.echo(f"sha256 {stone.digest}")
    if fault:
        raise click.ClickException(f"it does not verify: {fault}")
    click.echo("verified")
