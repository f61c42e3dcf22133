"""The command line of the archive: `juanzong archive patrol` and `juanzong archive verify`."""

from __future__ import annotations

import json
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import click

from engine import SYSTEM, RunOperation, sweep
from engine.errors import JuanzongError
from web.cli_conflicts import open_engine
from workflows.records import package_verify, patrols

ROUND, PAUSE = 200, 0.2


@click.group()
def archive() -> None:
    """The archive's packages: patrol them, verify one that was received."""


@archive.command("patrol")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
def patrol(as_json: bool) -> None:
    """Hash every package in both places, restore what is damaged, report; exit code 1 when something is lost."""
    firm, begin = open_engine(), time.perf_counter()
    try:
        patrol_id = firm.run(RunOperation("patrols.begin", {"cause": patrols.BY_HAND}), SYSTEM)["patrol_id"]
    except JuanzongError as error:
        raise click.ClickException(str(error)) from error
    quiet = 0
    while True:
        moved = sweep(firm, ROUND)
        with firm.reading() as session:
            made, done = patrols.get_patrol(session, patrol_id), patrols.count_done(session, patrol_id)
        if made.ended_at:
            break
        quiet = 0 if moved else quiet + 1
        if quiet > 50 and not done:
            raise click.ClickException("No process takes the patrol up: deploy the diagrams first (juanzong deploy).")
        if not moved:
            time.sleep(PAUSE)  # another worker has the round
    seconds = time.perf_counter() - begin
    outcome = {"patrol": patrol_id, "seconds": round(seconds, 1), **made.totals}
    outcome["mb_per_second"] = round(2 * made.totals["octets"] / 1e6 / max(seconds, 0.001), 1)  # both places are read
    click.echo(json.dumps(outcome, ensure_ascii=False) if as_json else _say(outcome))
    if made.totals["lost"]:
        raise SystemExit(1)


@archive.command("verify")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
def verify(path: Path, as_json: bool) -> None:
    """Verify a received package (a folder, or a zip of one or more): manifests, seal, signature, XML, chained supplements."""
    try:
        if path.is_dir():
            found = package_verify.verify_folder(path)
        else:
            with tempfile.TemporaryDirectory() as folder:
                package_verify.unpack(path, Path(folder))
                found = package_verify.verify_folder(Path(folder))
    except (OSError, zipfile.BadZipFile, JuanzongError) as error:
        raise click.ClickException(str(error)) from error
    good = bool(found) and all(each["whole"] for each in found)
    if as_json:
        click.echo(json.dumps({"whole": good, "packages": found}, ensure_ascii=False))
    else:
        for each in found:
            click.echo(_say_package(each))
        if not found:
            click.echo("There is no package here.", err=True)
    if not good:
        raise SystemExit(1)


def _say(outcome: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in outcome.items() if not isinstance(value, dict))


def _say_package(found: dict[str, Any]) -> str:
    """One package for people."""
    lines = [f"{'whole' if found['whole'] else 'NOT WHOLE'}  {found['name']}  {found['files']} files, {found['octets']} bytes"]
    if found["signer"]:
        clock = "a time-stamping authority" if found["time_source"] == "authority" else "the firm's own clock"
        lines.append(f"  signed by {found['signer']} at {found['signed_at']} ({clock}), certificate {found['certificate'][:16]}…")
    return "\n".join(lines + [f"  {problem}" for problem in found["problems"]])
