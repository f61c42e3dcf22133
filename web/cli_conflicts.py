"""The command line of the conflict search: `juanzong conflicts import` and `juanzong conflicts search`."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import click

from engine import SYSTEM, Engine, RunOperation
from engine.errors import JuanzongError
from web.settings import read_settings
from workflows.records.conflict_import import Problem, find_encoding, read_table
from workflows.records.conflict_match import REVIEW, Found, Question, find
from workflows.records.conflict_reasons import say_code, say_match
from workflows.records.name_facts import read_facts, read_others
from workflows.wiring import open_firm

PORTION, PARTS = 20_000, 8
FAULTS = {
    "row_unreadable": "the row cannot be read: {text}",
    "cell_too_long": "a cell is longer than 4,000 characters",
    "control_characters": "a cell holds control characters or line breaks (is a quotation mark left open?)",
    "not_in_encoding": "a cell holds bytes that are no text in the file's encoding",
    "name_empty": "the name is empty",
    "name_too_short": "the name has only one character",
    "name_too_long": "the name is longer than 200 characters",
    "kind_unknown": "the kind is neither person nor organisation",
    "duplicate": "the same as row {other_row}",
    "identifier_of_another": "row {other_row} has the same number under another name",
    "identifier_of_other_kind": "the number is of the other kind: a person's for an organisation, or the reverse",
    "identifier_wrong": "the number's check digit is wrong",
}


def open_engine() -> Engine:
    """The firm's engine as the settings say."""
    settings = read_settings()
    return open_firm(
        settings.url,
        data_dir=settings.data_dir,
        public_url=settings.public_url,
        archive_copy_dir=settings.archive_copy_dir,
        archive_tsa_url=settings.archive_tsa_url,
    )


@click.group()
def conflicts() -> None:
    """The conflict search (利益冲突检索): import names, ask for names."""


@conflicts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@click.option(
    "--rejected", type=click.Path(path_type=Path), default=None, help="Where rows left out go; FILE.rejected.csv by default."
)
def import_names(file: Path, as_json: bool, rejected: Path | None) -> None:
    """Import a table with the columns kind, name, aliases, id_no, role, matter (UTF-8 or GB18030)."""
    begin = time.perf_counter()
    firm = open_engine()
    try:
        outcome, problems = import_table(firm, file, quiet=as_json)
    except JuanzongError as error:
        raise click.ClickException(str(error)) from error
    outcome["seconds"] = round(time.perf_counter() - begin, 1)
    left_out = [each for each in problems if not each.kept]
    if left_out:
        outcome["rejected_file"] = str(write_rejected(rejected or file.with_name(f"{file.name}.rejected.csv"), left_out))
    if as_json:
        listed = [
            {"row": each.row, "kept": each.kept, "code": each.code, "reason": say_fault(each), "name": each.text}
            for each in problems
        ]
        click.echo(json.dumps({**outcome, "problems": listed}, ensure_ascii=False))
        return
    for each in problems:
        click.echo(f"row {each.row} {'kept' if each.kept else 'left out'}: {say_fault(each)}  {each.text}", err=True)
    click.echo(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in outcome.items()))


def import_table(firm: Engine, file: Path, *, quiet: bool) -> tuple[dict[str, Any], list[Problem]]:
    """Stage the rows in portions, then sort them into the index."""
    reader, subjects = read_table(file)
    new = taken = 0
    with click.progressbar(length=file.stat().st_size, label="Rows", hidden=quiet) as bar:
        portion: list[dict[str, Any]] = []
        size = file.stat().st_size / max(1, count_lines(file))
        for subject in subjects:
            portion.append(asdict(subject))
            if len(portion) == PORTION:
                new += firm.run(RunOperation("conflicts.stage", {"subjects": portion}), SYSTEM)["new"]
                taken += len(portion)
                bar.update(int(size * len(portion)))
                portion = []
        if portion:
            new += firm.run(RunOperation("conflicts.stage", {"subjects": portion}), SYSTEM)["new"]
            taken += len(portion)
        bar.update(bar.length or 0)
    with click.progressbar(range(PARTS), label="Index", hidden=quiet) as parts:
        for part in parts:
            firm.run(RunOperation("conflicts.merge", {"part": part, "parts": PARTS}), SYSTEM)
    left_out = sum(not each.kept for each in reader.problems)
    outcome = {"rows": reader.rows, "imported": new, "already_there": taken - new, "left_out": left_out}
    return {**outcome, "noted": len(reader.problems) - left_out}, reader.problems


def count_lines(file: Path) -> int:
    """How many lines a file has, for the progress."""
    with file.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))


def say_fault(problem: Problem) -> str:
    """What is wrong with a row."""
    return FAULTS[problem.code].format(text=problem.text, other_row=problem.other_row)


def write_rejected(path: Path, problems: list[Problem]) -> Path:
    """Rows that were left out, with the reason in front, to be mended and imported again."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for each in problems:
            writer.writerow([each.row, say_fault(each), *each.cells])
    return path


@conflicts.command("search")
@click.argument("names", nargs=-1)
@click.option(
    "--batch", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A name a line, or a JSON object a line."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a name.")
@click.option("--kind", type=click.Choice(["person", "organisation"]), default=None)
@click.option("--id-no", default="", help="Identity number or credit code.")
@click.option("--birth-year", type=int, default=None)
@click.option("--city", default="")
@click.option("--english", is_flag=True, help="Reasons in English.")
def search_names(names: tuple[str, ...], batch: Path | None, as_json: bool, english: bool, **facts: Any) -> None:
    """Whom each NAME may mean, and why."""
    given = {key: value for key, value in facts.items() if value}
    asked = [{"name": name, **given} for name in names]
    firm = open_engine()
    if batch:
        encoding = read_encoding(batch)
        with batch.open(encoding=encoding, errors="replace", newline=None) as file:
            for each in [*asked, *read_batch(file)]:
                click.echo(json.dumps(ask(firm, each, english=english), ensure_ascii=False))
        return
    if not asked:
        raise click.UsageError("Give a name or --batch FILE.")
    for each in asked:
        answer = ask(firm, each, english=english)
        click.echo(json.dumps(answer, ensure_ascii=False) if as_json else say_answer(answer))


def read_encoding(file: Path) -> str:
    """The encoding of a file of names."""
    with file.open("rb") as stream:
        return find_encoding(stream)


def read_batch(file: TextIO) -> Iterator[dict[str, Any]]:
    """The questions of a file, a line each: a name, or an object with name, kind, id_no, birth_year, city, aliases."""
    for line in file:
        text = line.strip().strip("\ufeff")
        if text.startswith("{"):
            try:
                asked = json.loads(text)
            except ValueError:
                asked = {"name": text}
            yield {**asked, "name": str(asked.get("name", ""))}
        elif text:
            yield {"name": text}


def ask(firm: Engine, asked: dict[str, Any], *, english: bool = False) -> dict[str, Any]:
    """The answer to one question, as it is printed."""
    begin = time.perf_counter()
    kind = str(asked.get("kind") or "")
    facts = read_facts(str(asked["name"]), kind)
    question = Question(
        {facts.name: "name"} | facts.others | read_others(str(asked.get("aliases") or "")),
        kind=kind,
        identifier=str(asked.get("id_no") or ""),
        birth_year=int(asked["birth_year"]) if asked.get("birth_year") else facts.birth_year,
        city=str(asked.get("city") or "") or facts.city,
    )
    with firm.reading() as session:
        found = find(session, question)
    hits = list_hits(found, english=english)
    answer = {"query": asked["name"], "ms": round((time.perf_counter() - begin) * 1000, 2), "hits": hits, "totals": found.totals}
    if found.groups:
        answer["groups"] = list_groups(found, english=english)
    if found.unread:
        answer["not_listed"] = found.unread  # names under common keys: as alike as the listed ones of class info
    if not found.complete:
        answer["incomplete"] = True  # an import is not finished
    return answer


def list_hits(found: Found, *, english: bool) -> list[dict[str, Any]]:
    """The hits as they are printed."""
    return [
        {
            "name": match.name,
            "matched": match.candidate.name,
            "reason": say_match(match, english=english),
            "codes": [reason.code for reason in match.reasons],
            "score": match.score,
            "class": match.match_class,
            "party": match.candidate.subject_id,
            "kind": match.candidate.kind,
            "role": match.candidate.role,
            "matter": match.candidate.matter,
        }
        for match in found.matches
    ]


def list_groups(found: Found, *, english: bool) -> list[dict[str, Any]]:
    """Those who are too many and equally alike, for review together; each is among the hits as information."""
    return [
        {
            "reason": say_code(group.code, english=english),
            "code": group.code,
            "score": group.score,
            "class": REVIEW,
            "count": len(group.matches),
            "parties": [match.candidate.subject_id for match in group.matches],
        }
        for group in found.groups
    ]


def say_answer(answer: dict[str, Any]) -> str:
    """An answer for people."""
    counts = Counter(hit["class"] for hit in answer["hits"])
    lines = [f"{answer['query']}: {len(answer['hits'])} ({', '.join(f'{name} {count}' for name, count in counts.items())})"]
    for group in answer.get("groups", []):
        lines.append(
            f"  {group['class']:<7}{group['score']:>4}  {group['count']} names, look at them together: {group['reason']}"
        )
    for hit in answer["hits"]:
        place = " ".join(each for each in (hit["role"], hit["matter"]) if each)
        lines.append(f"  {hit['class']:<7}{hit['score']:>4}  {hit['name']}  {place}  {hit['reason']}")
    if answer.get("not_listed"):
        lines.append(f"  … and {answer['not_listed']} names that differ by as much as the last ones")
    if answer.get("incomplete"):
        lines.append("  An import is not finished: names are missing.")
    return "\n".join(lines)
