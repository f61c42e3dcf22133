"""Asking the conflict search of one database, or of two in turn, and how long that takes."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime
from typing import Any

from engine import Engine, FrozenClock, Registry, open_engine
from workflows.handlers import import_conflicts
from workflows.records.conflict_match import Question, find


def open_bench(url: str) -> Engine:
    """An engine with the operations of the import."""
    registry = Registry()
    registry.add(import_conflicts.HANDLERS)
    clock = FrozenClock(datetime(2026, 11, 24, 1, 0, tzinfo=UTC))
    return open_engine(url, clock=clock, registry=registry, lane_roles={}, checks={}, tools={})


def ask(engine: Engine, question: Question) -> tuple[float, Any]:
    """One search and its milliseconds."""
    begin = time.perf_counter()
    with engine.reading() as session:
        found = find(session, question)
    return (time.perf_counter() - begin) * 1000, found


def measure_in_turn(urls: dict[str, str], questions: list[Question]) -> dict[str, Any]:
    """Milliseconds of each database with the questions put to one after the other, and how many answers differ."""
    engines = {name: open_bench(url) for name, url in urls.items()}
    spans: dict[str, list[float]] = {name: [] for name in urls}
    different = 0
    for question in questions:
        answers = []
        for name, engine in engines.items():
            span, found = ask(engine, question)
            spans[name].append(span)
            answers.append([(match.candidate.subject_id, match.score, match.match_class) for match in found.matches])
        different += answers[0] != answers[1]
    for engine in engines.values():
        engine.close()
    figures = {
        name: {"ms_p50": round(statistics.median(each), 2), "ms_p95": round(statistics.quantiles(each, n=20)[-1], 2)}
        for name, each in spans.items()
    }
    return {**figures, "queries": len(questions), "different_answers": different}
