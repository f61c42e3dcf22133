"""What a firm could have without Juanzong's search, measured on the same names and questions: two usual ways to search fuzzily."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from web.bench.variants import Asked
from workflows.records.name_writing import normalise

BEST, CUTOFF, READ = 20, 70, 300
Search = Callable[[str], list[str]]


def scan(names: Sequence[str]) -> Search:
    """rapidfuzz over all names in memory: its best 20 of a ratio of 70."""

    def search(asked: str) -> list[str]:
        return [each[0] for each in process.extract(asked, names, scorer=fuzz.ratio, score_cutoff=CUTOFF, limit=BEST)]

    return search


def full_text(names: Iterable[str], path: Path) -> tuple[Search, float, int]:
    """SQLite's full-text index of trigrams: the 300 names that rank best, ordered again by rapidfuzz, its best 20 of a ratio of 70."""
    database = sqlite3.connect(path)
    database.execute("CREATE VIRTUAL TABLE names USING fts5(name, tokenize='trigram', content='')")
    database.execute("CREATE TABLE texts (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    begin = time.perf_counter()
    rows = list(enumerate(names, 1))
    database.executemany("INSERT INTO names (rowid, name) VALUES (?, ?)", rows)
    database.executemany("INSERT INTO texts VALUES (?, ?)", rows)
    database.execute("INSERT INTO names (names) VALUES ('optimize')")
    database.commit()
    seconds = time.perf_counter() - begin

    def search(asked: str) -> list[str]:
        grams = {asked[i : i + 3] for i in range(len(asked) - 2)}
        if not grams:
            return []
        query = " OR ".join(f'"{gram}"' for gram in sorted(grams))
        found = database.execute("SELECT rowid FROM names WHERE names MATCH ? ORDER BY rank LIMIT ?", (query, READ)).fetchall()
        marks = ",".join("?" * len(found))
        texts = database.execute(f"SELECT name FROM texts WHERE id IN ({marks})", [row[0] for row in found])  # noqa: S608 - marks
        choices = [row[0] for row in texts]
        return [each[0] for each in process.extract(asked, choices, scorer=fuzz.ratio, score_cutoff=CUTOFF, limit=BEST)]

    return search, seconds, path.stat().st_size


def measure(search: Search, questions: Iterable[Asked], clean: Sequence[str]) -> dict[str, Any]:
    """Recall of each class, for names that distinguish and for all; hits of a clean query; milliseconds."""
    asked: dict[str, list[tuple[bool, bool]]] = {}
    spans, false_hits = [], []
    for each in questions:
        begin = time.perf_counter()
        hits = search(normalise(next(iter(each.question.names))))
        spans.append((time.perf_counter() - begin) * 1000)
        asked.setdefault(each.label, []).append((each.is_distinguishing, normalise(each.party.name.name) in hits))
    for name in clean:
        begin = time.perf_counter()
        false_hits.append(len(search(normalise(name))))
        spans.append((time.perf_counter() - begin) * 1000)
    return {
        "queries": len(spans),
        "recall_distinguishing": {label: share(found for told, found in answers if told) for label, answers in asked.items()},
        "recall": {label: share(found for _, found in answers) for label, answers in asked.items()},
        "hits_per_clean_query": round(statistics.mean(false_hits), 2) if false_hits else None,
        "ms_p50": round(statistics.median(spans), 1),
        "ms_p95": round(statistics.quantiles(spans, n=20)[-1], 1),
    }


def share(answers: Iterable[bool]) -> float | None:
    """How many of the answers are yes; None without any."""
    given = list(answers)
    return round(sum(given) / len(given), 4) if given else None
