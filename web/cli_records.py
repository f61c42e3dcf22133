"""The command line for a firm's old data: `juanzong records import`."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import click

from engine import SYSTEM, Engine, RunOperation
from engine.errors import JuanzongError
from web.cli_conflicts import open_engine
from web.imports.faults import say_fault
from workflows import importing
from workflows.records import imports
from workflows.records.import_tables import KINDS


@click.group()
def records() -> None:
    """The firm's old data (数据导入): clients, open matters, parties, relations."""


@records.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(KINDS), default=None, help="What a CSV file holds; by its headings otherwise.")
@click.option("--accept", is_flag=True, help="Take the good rows in; without it nothing changes.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@click.option("--left-out", type=click.Path(path_type=Path), default=None, help="Where the rows left out go, as CSV.")
def import_file(file: Path, kind: str | None, accept: bool, as_json: bool, left_out: Path | None) -> None:
    """Check a CSV or XLSX file, list what is wrong by row, and take it in when asked to."""
    firm = open_engine()
    given = {"file_name": file.name, "content": base64.b64encode(file.read_bytes()).decode(), "kind": kind or ""}
    try:
        import_id = firm.run(RunOperation("imports.upload", given), SYSTEM)["import_id"]
    except JuanzongError as error:
        raise click.ClickException(str(error)) from error
    importing.check(firm, import_id)
    outcome = read_outcome(firm, import_id)
    if outcome["state"] == imports.UNREADABLE:
        raise click.ClickException(outcome["reason"])
    if left_out and any(not each["kept"] for each in outcome["problems"]):
        with firm.reading() as session:
            left_out.write_bytes(imports.write_left_out(session, import_id, say_fault))
    if accept and outcome["good"]:
        write(firm, import_id, outcome["good"], quiet=as_json)
        outcome = read_outcome(firm, import_id)
    else:
        firm.run(RunOperation("imports.discard", {"import_id": import_id}), SYSTEM)
    show(outcome, accepted=accept, as_json=as_json)


def write(firm: Engine, import_id: str, total: int, *, quiet: bool) -> None:
    """Take the good rows in and show how far it is."""
    firm.run(RunOperation("imports.accept", {"import_id": import_id}), SYSTEM)
    with click.progressbar(length=total, label="Rows", hidden=quiet) as bar:
        at = 0

        def progress(done: int) -> None:
            nonlocal at
            bar.update(done - at)
            at = done

        importing.write(firm, import_id, progress)


def read_outcome(firm: Engine, import_id: str) -> dict[str, Any]:
    """An import in plain words and figures."""
    with firm.reading() as session:
        found = imports.get_import(session, import_id)
        listed = imports.list_faults(session, import_id, limit=1_000_000)
        problems = [
            {"table": each.sheet, "row": each.number, "column": each.column, "code": each.code, "kept": each.kept}
            | {"reason": say_fault(each)}
            for each in listed
        ]
    reason = found.reason.get("sentence", "").format(**found.reason.get("fields", {}))
    figures = {"rows": found.rows, "good": found.total, "taken_in": found.done, "by_kind": found.counts}
    return {"state": found.state, "reason": reason, **figures, "problems": problems}


def show(outcome: dict[str, Any], *, accepted: bool, as_json: bool) -> None:
    """Print what became of the file."""
    if as_json:
        click.echo(json.dumps(outcome, ensure_ascii=False))
        return
    for each in outcome["problems"]:
        where = f"{each['table']} row {each['row']}" + (f" {each['column']}" if each["column"] else "")
        click.echo(f"{where}: {'taken all the same: ' if each['kept'] else ''}{each['reason']}", err=True)
    click.echo(f"rows {outcome['rows']}, good {outcome['good']}, taken in {outcome['taken_in']}")
    if not accepted:
        click.echo("Nothing has changed. Run it again with --accept to take the good rows in.")
