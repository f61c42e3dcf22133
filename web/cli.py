"""The command line: ``juanzong``."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import waitress

from engine import FIRM_ZONE, SYSTEM, Bundle, Engine, FrozenClock, Registry, RunOperation, SystemClock, demo_clock
from engine.audit import verify
from engine.bundle import read_bundle, read_decisions
from engine.lint import MAX_BYTES, Finding, check_bundle
from web.app import UPLOAD_LIMIT, create_app
from web.bench import archive as bench_archive
from web.bench import conflicts as bench_conflicts
from web.bench import engine as bench_engine
from web.bench import import_rows as bench_import
from web.cli_archive import archive
from web.cli_conflicts import conflicts
from web.cli_people import people
from web.cli_records import records
from web.cli_tombstones import show_tombstone
from web.scheduler import start_ticking
from web.settings import Settings, read_settings
from workflows.demo import open_demo_firm
from workflows.demonstration.playing import Player
from workflows.demonstration.stories import first_moment
from workflows.migrations import upgrade
from workflows.records import archive_index, conflict_backfill, conflict_seals, identifiers, leads
from workflows.roles import LANE_ROLES
from workflows.standing import start_standing
from workflows.wiring import ROOT, build_registry, deploy_changed, open_firm

#: the front end's build brings fonts for letters, for a machine that has no Chinese one
FONTS = Path(__file__).parent / "static" / "dist" / "fonts"


def open_from(settings: Settings) -> Engine:
    """The firm's engine as the settings say."""
    return open_firm(
        settings.url,
        clock=demo_clock() if settings.demo else SystemClock(),
        data_dir=settings.data_dir,
        public_url=settings.public_url,
        mail=settings.mail,
        archive_copy_dir=settings.archive_copy_dir,
        archive_tsa_url=settings.archive_tsa_url,
        fonts=FONTS if FONTS.is_dir() else None,
    )


@click.group()
def main() -> None:
    """Juanzong 卷宗: a law firm's client and file work."""


def bring_up(settings: Settings) -> Engine:
    """Bring the database up to date, with what its records say of people and parties in the conflict register."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(settings.url)
    firm = open_from(settings)
    with firm.reading() as session:
        needed = conflict_backfill.is_needed(session)
        unindexed = archive_index.is_needed(session)
    if needed:
        firm.run(RunOperation("conflicts.fill_register"), SYSTEM)
    if unindexed:
        firm.run(RunOperation("archive.reindex"), SYSTEM)
    return firm


def deploy_folder(firm: Engine, folder: Path = ROOT) -> None:
    """Deploy what changed, and say what was held back."""
    done, held = deploy_changed(firm, folder)
    for each in done:
        click.echo(f"   {each.process_key} version {each.version}")
    start_standing(firm)
    for name, findings in held.items():
        click.echo(f"   {name} is held back: {len(findings)} findings; see juanzong lint", err=True)
    if not done and not held:
        click.echo("   nothing changed")


def serve_pages(settings: Settings, firm: Engine) -> None:
    """Tick and answer until somebody stops it."""
    app = create_app(settings, firm)
    start_ticking(firm)
    click.echo(f"Juanzong 卷宗: {settings.public_url}")
    waitress.serve(
        app, host=settings.host, port=settings.port, threads=16, ident="juanzong", max_request_body_size=UPLOAD_LIMIT
    )


@main.command()
def migrate() -> None:
    """Bring the database up to date."""
    bring_up(read_settings())


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=ROOT)
def deploy(folder: Path) -> None:
    """Deploy the diagrams of a folder that changed; those that cannot run yet are listed."""
    deploy_folder(open_from(read_settings()), folder)


@main.command()
@click.option("--history", is_flag=True, help="Play three years of matters through the real processes, into a fresh database.")
def demo(history: bool) -> None:
    """Open the demo firm: its people, and with --history some forty matters at every stage."""
    settings = read_settings()
    if history:
        play_history(settings)
        return
    click.echo(f"{open_demo_firm(open_from(settings))} people added")


def play_history(settings: Settings) -> None:
    """Play the demo firm's stories into a database without matters, the clock going from then to now."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(settings.url)
    now = SystemClock().now().astimezone(FIRM_ZONE)
    clock = FrozenClock(first_moment(now))
    fonts = FONTS if FONTS.is_dir() else None
    firm = open_firm(settings.url, clock=clock, data_dir=settings.data_dir, public_url=settings.public_url, fonts=fonts)
    with firm.reading() as session:
        if leads.list_leads(session, limit=1):
            raise click.ClickException("this database has matters already: choose another DATA_DIR or DATABASE_URL")
    deploy_changed(firm)
    open_demo_firm(firm)
    with click.progressbar(length=1000, label="History") as bar:
        at = 0

        def report(share: float) -> None:
            nonlocal at
            done = int(share * 1000)
            bar.update(done - at)
            at = done

        player = Player(firm, clock, now, report)
        player.play()
    click.echo(f"{len(player.stories)} stories, {player.done} steps")
    for problem, times in player.refused.most_common(20):
        click.echo(f"   left open {times}: {problem}", err=True)


@main.command()
def serve() -> None:
    """Serve the pages and tick."""
    settings = read_settings()
    serve_pages(settings, open_from(settings))


@main.command()
def run() -> None:
    """Bring the database up to date, deploy what changed, open the demo firm, and serve: what ``make run`` does."""
    settings = read_settings()
    click.echo("== database")
    firm = bring_up(settings)
    click.echo("== diagrams")
    deploy_folder(firm)
    if settings.demo:
        open_demo_firm(firm)
    serve_pages(settings, firm)


@main.command()
def worker() -> None:
    """Tick without serving pages."""
    start_ticking(open_from(read_settings()))
    threading.Event().wait()


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of findings as JSON.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def lint(files: tuple[Path, ...], as_json: bool) -> None:
    """Say what may not be deployed, and why; exit code 1 on an error."""
    registry = build_registry()
    known = {path.stem for path in (ROOT / "processes").glob("*.bpmn")} | {path.stem for path in files}
    findings = [finding for path in files for finding in lint_file(path, registry, known)]
    if as_json:
        click.echo(json.dumps([{**each.as_dict()} for each in findings], ensure_ascii=False, indent=1))
    else:
        for each in findings:
            click.echo(f"{each.file}: {each.severity} {each.rule} {each.element} {each.name}: {each.message} {each.fix}")
    raise SystemExit(any(each.severity == "error" for each in findings))


def lint_file(path: Path, registry: Registry, known: set[str]) -> list[Finding]:
    """The findings of one file, whatever is in it."""
    name = str(path).encode("utf-8", "replace").decode()
    try:
        if not path.is_file():  # a pipe or a device may never end
            return [Finding.of(name, "", "", "unreadable", "This is no file.")]
        if path.stat().st_size > MAX_BYTES:
            return [Finding.of(name, "", "", "too-large", f"The file is larger than {MAX_BYTES} bytes.")]
        source = path.read_bytes()
    except (OSError, ValueError) as error:
        return [Finding.of(name, "", "", "unreadable", f"The file cannot be read: {error}.")]
    decisions, forms, found = read_beside(path, name)
    bundle = Bundle(name, source, decisions, forms)
    return found + check_bundle(
        bundle, registry=registry, checks=identifiers.CHECKS, known_processes=known, lane_roles=LANE_ROLES
    )


def read_beside(path: Path, name: str) -> tuple[Mapping[str, bytes], Mapping[str, dict[str, Any]], list[Finding]]:
    """The decisions and forms that a diagram names, beside it or else in the firm's folders, and what is wrong with them."""
    folder = path.parent.parent
    forms = folder / "forms" if (folder / "forms").is_dir() else ROOT / "forms"
    found: list[Finding] = []
    decisions = read_decisions(ROOT / "decisions")
    try:
        decisions |= read_decisions(folder / "decisions")
    except (SyntaxError, OSError) as error:
        found.append(Finding.of(name, "", "", "decision", f"A decision table cannot be read: {error}."))
    try:
        read = read_bundle(path, decisions, forms)
    except SyntaxError:
        return {}, {}, found  # the diagram itself: lint says what is wrong with it
    except (ValueError, OSError, RecursionError) as error:
        found.append(Finding.of(name, "", "", "form", f"A form cannot be read: {error}."))
        return {}, {}, found
    return read.decisions, read.forms, found


@main.group()
def audit() -> None:
    """The audit log."""


@audit.command("verify")
def audit_verify() -> None:
    """Find any edit of the audit log and of decided conflict checks; exit code 1 when there is one."""
    with open_from(read_settings()).reading() as session:
        verdict = verify(session)
        checks, changed = conflict_seals.verify(session)
    if verdict.broken_at is not None:
        raise click.ClickException(f"line {verdict.broken_at} is broken: {verdict.reason}")
    if changed:
        raise click.ClickException("\n".join(f"conflict check {each.check_no}: {each.reason}" for each in changed))
    click.echo(f"{verdict.lines} lines, all whole")
    click.echo(f"{checks} decided conflict checks, all as they were sealed")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("subject", type=click.Choice(["engine", "conflicts", "archive", "import"]))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench(subject: str, arguments: tuple[str, ...]) -> None:
    """Measure, next to a peer in the same run."""
    subjects = {
        "engine": bench_engine.main,
        "conflicts": bench_conflicts.main,
        "archive": bench_archive.main,
        "import": bench_import.main,
    }
    subjects[subject](list(arguments))


archive.add_command(show_tombstone)
main.add_command(archive)
main.add_command(conflicts)
main.add_command(people)
main.add_command(records)
if __name__ == "__main__":
    main()
