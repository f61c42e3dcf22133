"""`juanzong bench conflicts`: what the conflict search finds and what it costs, beside a plain scan in the same run.

The run makes its own parties, half persons and half firms, imports them as `juanzong conflicts import` does, and asks for
a sample of them in every way a party may be written. A variant counts as found when its party is among the hits. Clean
queries are names of the same make that no party has. The peer is rapidfuzz over all names in memory, its best 20.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import text

from engine import SYSTEM, Engine, FrozenClock, Registry, RunOperation, open_engine
from web.bench.names import Name, Source
from web.bench.variants import VARIANTS
from workflows.handlers import import_conflicts
from workflows.records.conflict_match import Question, find
from workflows.records.name_writing import normalise

PORTION, PARTS = 20_000, 8
TO_LOOK_AT = ("exact", "strong", "review")
ENGLISH = ("Apex", "Summit", "Orient", "Pacific", "Golden", "Silver", "Dragon", "Phoenix", "Eagle", "Falcon", "River", "Ocean")


@dataclass
class Party:
    """A party of the sample with what else is known of it."""

    number: int
    name: Name
    id_no: str
    former: str = ""
    english: str = ""


@dataclass
class Tally:
    """How often a class of variants was asked, found, and found for review or above."""

    asked: int = 0
    found: int = 0
    looked_at: int = 0
    missed: list[str] = field(default_factory=list)


def open_bench(url: str) -> Engine:
    """An engine with the operations of the import."""
    registry = Registry()
    registry.add(import_conflicts.HANDLERS)
    clock = FrozenClock(datetime(2026, 11, 24, 1, 0, tzinfo=UTC))
    return open_engine(url, clock=clock, registry=registry, lane_roles={}, checks={}, tools={})


def make_parties(count: int, sample: int, taken: dict[str, int], chosen: list[Party]) -> Iterator[list[dict[str, Any]]]:
    """Portions of parties for the import; fills ``chosen`` with the sample and ``taken`` with every name."""
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
        taken[normalise(name.name)] = taken.get(normalise(name.name), 0) + 1
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


def make_questions(chosen: list[Party], each: int, seed: int) -> Iterator[tuple[str, Party, Question]]:
    """Labelled questions: so many of each class."""
    draw = random.Random(seed)  # noqa: S311 - figures must be the same every time
    for label, vary in VARIANTS.items():
        made = 0
        for party in draw.sample(chosen, len(chosen)):
            variant = vary(party.name, draw)
            if variant and normalise(variant):
                yield label, party, Question({variant: "name"})
                made += 1
            if made == each:
                break
    for party in draw.sample(chosen, min(each, len(chosen))):
        yield "identifier", party, Question({"某某": "name"}, identifier=party.id_no)
    for party in [each_ for each_ in chosen if each_.former][:each]:
        yield "former_name", party, Question({party.former: "name"})
    for party in [each_ for each_ in chosen if each_.english][:each]:
        yield "english_alias", party, Question({party.english: "name"})
    for party in [each_ for each_ in chosen if each_.name.kind == "person"][:each]:
        yield "birth_year", party, Question({party.name.name: "name"}, kind="person", birth_year=int(party.id_no[6:10]))


def ask(engine: Engine, question: Question) -> tuple[float, Any]:
    """One search and its milliseconds."""
    begin = time.perf_counter()
    with engine.reading() as session:
        found = find(session, question)
    return (time.perf_counter() - begin) * 1000, found


def measure_search(url: str, chosen: list[Party], clean: list[str], each: int) -> dict[str, Any]:
    """Recall, false hits, times and memory; runs in a process of its own, as a server that has just started."""
    engine = open_bench(url)
    resident = read_resident()
    tallies: dict[str, Tally] = {}
    spans: list[float] = []
    for label, party, question in make_questions(chosen, each, 7):
        span, found = ask(engine, question)
        spans.append(span)
        tally = tallies.setdefault(label, Tally())
        match = next((match for match in found.matches if match.candidate.subject_id == str(party.number)), None)
        tally.asked += 1
        tally.found += match is not None
        tally.looked_at += match is not None and match.match_class in TO_LOOK_AT
        if match is None and len(tally.missed) < 12:
            tally.missed.append(f"{party.name.name} <- {next(iter(question.names))}")
    false_hits, clean_spans, shown = [], [], []
    for name in clean:
        span, found = ask(engine, Question({name: "name"}))
        clean_spans.append(span)
        false_hits.append(sum(match.match_class in TO_LOOK_AT for match in found.matches))
        shown.append(len(found.matches))
    grown = read_resident() - resident
    engine.close()
    spans += clean_spans
    return {
        "queries": len(spans),
        "recall": {label: round(tally.found / tally.asked, 4) for label, tally in tallies.items()},
        "recall_review_or_above": {label: round(tally.looked_at / tally.asked, 4) for label, tally in tallies.items()},
        "asked": {label: tally.asked for label, tally in tallies.items()},
        "missed": {label: tally.missed for label, tally in tallies.items() if tally.missed},
        "false_hits_per_clean_query": round(statistics.mean(false_hits), 3),
        "false_hits_max": max(false_hits),
        "information_per_clean_query": round(statistics.mean(shown) - statistics.mean(false_hits), 1),
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


def measure_peer(names: list[str], chosen: list[Party], each: int) -> dict[str, Any]:
    """rapidfuzz over all names, best 20 of a ratio of 70: what a plain fuzzy search finds and takes."""
    tallies: dict[str, Tally] = {}
    spans = []
    for label, party, question in make_questions(chosen, each, 7):
        asked = normalise(next(iter(question.names)))
        begin = time.perf_counter()
        hits = process.extract(asked, names, scorer=fuzz.ratio, score_cutoff=70, limit=20)
        spans.append((time.perf_counter() - begin) * 1000)
        tally = tallies.setdefault(label, Tally())
        tally.asked += 1
        tally.found += any(hit[0] == normalise(party.name.name) for hit in hits)
    return {
        "recall": {label: round(tally.found / tally.asked, 3) for label, tally in tallies.items()},
        "ms_p50": round(statistics.median(spans), 1),
        "ms_p95": round(statistics.quantiles(spans, n=20)[-1], 1),
    }


def make_clean(taken: dict[str, int], count: int) -> list[str]:
    """Names of the same make that nobody has."""
    source = Source(99)
    found: list[str] = []
    while len(found) < count:
        name = source.person() if len(found) % 2 else source.firm()
        if normalise(name.name) not in taken:
            found.append(name.name)
    return found


def measure(url: str, *, parties: int, each: int, clean: int, peer: int) -> dict[str, Any]:
    """All figures."""
    engine = open_bench(url)
    engine.create_tables()
    taken: dict[str, int] = {}
    chosen: list[Party] = []
    empty = index_bytes(engine, url)
    seconds = import_parties(engine, make_parties(parties, min(parties // 4, 20_000), taken, chosen))
    size = index_bytes(engine, url) - empty
    database = engine.database.dialect.name
    engine.close()
    figures: dict[str, Any] = {"database": database, "parties": parties, "import_seconds": round(seconds, 1)}
    figures["index_bytes_per_party"] = round(size / parties)
    figures |= apart(measure_search, url, chosen, make_clean(taken, clean), each)
    if peer:
        figures["peer_rapidfuzz_scan"] = measure_peer(list(taken), chosen, peer)
    return figures


def main(argv: list[str]) -> dict[str, Any]:
    """Measure and print; returns the figures."""
    parser = argparse.ArgumentParser(prog="juanzong bench conflicts")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--parties", type=int, default=1_000_000)
    parser.add_argument("--each", type=int, default=400, help="questions of each class of variants")
    parser.add_argument("--clean", type=int, default=1000, help="questions for names that nobody has")
    parser.add_argument("--peer", type=int, default=5, help="questions of each class put to the plain scan; 0 for none")
    parser.add_argument("--folder", type=Path, default=None, help="where the database goes; a temporary folder by default")
    parser.add_argument("--database-url", default="", help="an empty database to measure on, such as postgresql+psycopg://…")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(dir=options.folder, ignore_cleanup_errors=True) as folder:
        url = options.database_url or f"sqlite:///{Path(folder) / 'bench.db'}"
        figures = measure(url, parties=options.parties, each=options.each, clean=options.clean, peer=options.peer)
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))  # noqa: T201 - this is the command's output
    else:
        print("\n".join(f"{name:>28}  {value}" for name, value in figures.items()))  # noqa: T201 - as above
    return figures
