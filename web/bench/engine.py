"""`juanzong bench engine`: our full completion of a user task beside SpiffWorkflow's own load, run and save.

A completion is everything that happens in production: claim and four-eyes checked, form validated, completion handler
and service task run, inbox rows, timers, history and audit written, one commit with synchronous FULL.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine import Actor, CompleteTask, DeployProcess, Engine, FrozenClock, StartInstance, open_engine, queries
from web.bench import diagram, stock

DRAFTER = Actor("bench-lawyer", "测速律师", frozenset({"lawyer"}))
REVIEWER = Actor("bench-partner", "测速合伙人", frozenset({"partner"}))
DESIGNER = Actor("bench-designer", "测速设计师", frozenset({"designer"}))


def open_bench(path: Path) -> Engine:
    """An engine on a fresh SQLite file with the benchmark's process deployed."""
    engine = open_engine(
        f"sqlite:///{path}",
        clock=FrozenClock(datetime(2026, 11, 24, 1, 0, tzinfo=UTC)),
        registry=diagram.registry(),
        lane_roles={},
        checks={},
        tools={},
    )
    engine.create_tables()
    engine.run(DeployProcess((diagram.bundle(),)), DESIGNER)
    return engine


def open_task(engine: Engine, instance_id: str) -> str:
    """The id of the instance's one open task."""
    with engine.reading() as session:
        return queries.list_open_tasks(session, instance_id)[0].id


def complete(engine: Engine, instance_id: str, actor: Actor) -> float:
    """Complete the instance's open task; the milliseconds it took."""
    task_id = open_task(engine, instance_id)
    begin = time.perf_counter()
    engine.run(CompleteTask(task_id, diagram.VALUES), actor)
    return (time.perf_counter() - begin) * 1000


def run_rounds(engine: Engine, rounds: int) -> tuple[list[float], str]:
    """The milliseconds of each draft → review round of one instance, and the instance."""
    instance_id = engine.run(StartInstance("bench"), DRAFTER)
    spans = []
    for _ in range(rounds):
        spans.append(complete(engine, instance_id, DRAFTER) + complete(engine, instance_id, REVIEWER))
    return spans, instance_id


def measure_completions(engine: Engine, instances: int, rounds: int) -> list[float]:
    """The milliseconds of single completions, over fresh instances."""
    spans = []
    for _ in range(instances):
        instance_id = engine.run(StartInstance("bench"), DRAFTER)
        for _ in range(rounds):
            spans += [complete(engine, instance_id, DRAFTER), complete(engine, instance_id, REVIEWER)]
    return spans


def measure(folder: Path, *, instances: int, rounds: int, loop_rounds: int) -> dict[str, Any]:
    """All figures; times in milliseconds."""
    engine = open_bench(folder / "bench.db")
    measure_completions(engine, 3, 3)  # the first ones parse the diagram and fill the statement cache
    ours = measure_completions(engine, instances, rounds)
    stocks = stock.measure(folder / "stock.db", diagram.diagram(), diagram.VALUES, 2 * rounds)
    for _ in range(max(1, instances // 6) - 1):
        (folder / "stock.db").unlink()
        stocks += stock.measure(folder / "stock.db", diagram.diagram(), diagram.VALUES, 2 * rounds)
    loop, instance_id = run_rounds(engine, loop_rounds)
    edge = min(100, loop_rounds)
    first, last = statistics.median(loop[:edge]), statistics.median(loop[-edge:])
    return {
        "complete_ms_median": round(statistics.median(ours), 3),
        "complete_ms_p95": round(statistics.quantiles(ours, n=20)[-1], 3),
        "stock_ms_median": round(statistics.median(stocks), 3),
        "loop_first_ms": round(first, 3),
        "loop_last_ms": round(last, 3),
        "loop_rounds": loop_rounds,
        "loop_growth": round(last / first, 3),
        "state_bytes": stock.read_size(folder / "bench.db", instance_id),
    }


def main(argv: list[str]) -> dict[str, Any]:
    """Measure in a temporary folder and print; returns the figures."""
    parser = argparse.ArgumentParser(prog="juanzong bench engine")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--instances", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each instance, two completions a round")
    parser.add_argument("--loop-rounds", type=int, default=5000)
    parser.add_argument("--folder", type=Path, default=None, help="where the database files go; a temporary folder by default")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(dir=options.folder, ignore_cleanup_errors=True) as folder:
        figures = measure(Path(folder), instances=options.instances, rounds=options.rounds, loop_rounds=options.loop_rounds)
    if options.json:
        print(json.dumps(figures))  # noqa: T201 - this is the command's output
    else:
        print("\n".join(f"{name:>20}  {value}" for name, value in figures.items()))  # noqa: T201 - as above
    return figures
