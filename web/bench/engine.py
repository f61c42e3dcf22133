"""`juanzong bench engine`: our full completion of a user task beside SpiffWorkflow's own load, run and save.

A completion is everything that happens in production: claim and four-eyes checked, form validated, completion handler
and service task run, inbox rows, timers, history and audit written, one commit with synchronous FULL. A round of the
loop is two completions, a draft and its review. The last hundred rounds of the loop are made in turn with the first
hundred of another run on a fresh database, so that both meet the same machine whatever else it does at the time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from engine import Actor, CompleteTask, DeployProcess, Engine, FrozenClock, StartInstance, open_engine, queries
from web.bench import diagram, stock

DRAFTER = Actor("bench-lawyer", "测速律师", frozenset({"lawyer"}))
REVIEWER = Actor("bench-partner", "测速合伙人", frozenset({"partner"}))
DESIGNER = Actor("bench-designer", "测速设计师", frozenset({"designer"}))
EDGE = 100  # rounds at each end of the loop
FRESH = "bench_fresh"  # the schema of the second database


@dataclass(frozen=True)
class Span:
    """What something took, in milliseconds: by the clock on the wall, and of the processor."""

    wall: float
    cpu: float

    def __add__(self, other: Span) -> Span:
        return Span(self.wall + other.wall, self.cpu + other.cpu)


def open_bench(url: str) -> Engine:
    """An engine on an empty database with the benchmark's process deployed."""
    engine = open_engine(
        url,
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


def complete(engine: Engine, instance_id: str, actor: Actor) -> Span:
    """Complete the instance's open task; what it took."""
    command = CompleteTask(open_task(engine, instance_id), diagram.VALUES)
    begin, begin_cpu = time.perf_counter(), time.process_time()
    engine.run(command, actor)
    return Span((time.perf_counter() - begin) * 1000, (time.process_time() - begin_cpu) * 1000)


def run_round(engine: Engine, instance_id: str) -> Span:
    """One draft and its review."""
    return complete(engine, instance_id, DRAFTER) + complete(engine, instance_id, REVIEWER)


def start(engine: Engine) -> str:
    """The id of a new instance."""
    return str(engine.run(StartInstance("bench"), DRAFTER))


def measure_completions(engine: Engine, instances: int, rounds: int) -> list[Span]:
    """What single completions took, over fresh instances."""
    spans = []
    for _ in range(instances):
        instance_id = start(engine)
        for _ in range(rounds):
            spans += [complete(engine, instance_id, DRAFTER), complete(engine, instance_id, REVIEWER)]
    return spans


def measure_loop(engine: Engine, fresh: Engine, rounds: int) -> dict[str, Any]:
    """Many rounds of one instance: its last ones over the first ones of another run, made in turn.

    The first rounds of a run and its last ones lie minutes apart, and a machine that does other work is not the same
    machine then. So the last rounds on the grown database take turns with the first rounds on a fresh one: what the
    process, its history, the database and its indexes have grown to shows, what the machine does beside does not.
    """
    edge = min(EDGE, rounds)
    old = start(engine)
    begun = [run_round(engine, old) for _ in range(rounds - edge)]
    run_round(fresh, start(fresh))  # its connection and statements are ready, as those of the old one were
    new = start(fresh)
    turns = [(run_round(engine, old), run_round(fresh, new)) for _ in range(edge)]
    last, first = middle([each for each, _ in turns]), middle([other for _, other in turns])
    young = start(engine)
    pairs = [(run_round(engine, old), run_round(engine, young)) for _ in range(edge)]
    return {
        "loop_first_ms": round(first.wall, 3),
        "loop_last_ms": round(last.wall, 3),
        "loop_rounds": rounds,
        "loop_growth": round(last.wall / first.wall, 3),
        "loop_growth_cpu": round(last.cpu / first.cpu, 3),
        "loop_growth_apart": round(last.wall / middle((begun or [last])[:edge]).wall, 3),
        "loop_old_over_young": round(statistics.median(each.wall / other.wall for each, other in pairs), 3),
        "state_bytes": read_size(engine, old),
    }


def fresh_url(engine: Engine) -> str:
    """The address of a second empty database beside the engine's: another file, or another schema."""
    given = engine.database.url
    if given.get_backend_name() == "sqlite":
        path = Path(str(given.database))
        return str(given.set(database=str(path.with_stem(f"{path.stem}-fresh"))))
    with engine.database.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {FRESH} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {FRESH}"))
    beside = given.update_query_dict({"options": f"-csearch_path={FRESH}"})
    return beside.render_as_string(hide_password=False)


def middle(spans: list[Span]) -> Span:
    """The medians."""
    return Span(statistics.median(each.wall for each in spans), statistics.median(each.cpu for each in spans))


def read_size(engine: Engine, instance_id: str) -> int:
    """The bytes that an instance's state takes."""
    with engine.reading() as session:
        query = text("SELECT length(snapshot) FROM instances WHERE id = :id")
        return int(session.execute(query, {"id": instance_id}).scalar_one())


def measure(url: str, *, instances: int, rounds: int, loop_rounds: int) -> dict[str, Any]:
    """All figures; times in milliseconds."""
    engine = open_bench(url)
    fresh = open_bench(fresh_url(engine))
    measure_completions(engine, 3, 3)  # the first ones parse the diagram and fill the statement cache
    ours: list[Span] = []
    stocks: list[float] = []
    for _ in range(parts := max(1, instances // 6)):  # in turn, so that both meet the same machine
        ours += measure_completions(engine, max(1, instances // parts), rounds)
        stocks += stock.measure(engine.database, diagram.diagram(), diagram.VALUES, 2 * rounds)
    walls = [each.wall for each in ours]
    figures = {
        "database": engine.database.dialect.name,
        "complete_ms_median": round(statistics.median(walls), 3),
        "complete_ms_p95": round(statistics.quantiles(walls, n=20)[-1], 3),
        "complete_cpu_ms_median": round(middle(ours).cpu, 3),
        "stock_ms_median": round(statistics.median(stocks), 3),
        **measure_loop(engine, fresh, loop_rounds),
    }
    engine.close()
    fresh.close()
    return figures


def main(argv: list[str]) -> dict[str, Any]:
    """Measure and print; returns the figures."""
    parser = argparse.ArgumentParser(prog="juanzong bench engine")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--instances", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each instance, two completions a round")
    parser.add_argument("--loop-rounds", type=int, default=5000)
    parser.add_argument("--folder", type=Path, default=None, help="where the database files go; a temporary folder by default")
    parser.add_argument("--database-url", default="", help="an empty database to measure on, such as postgresql+psycopg://…")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(dir=options.folder, ignore_cleanup_errors=True) as folder:
        url = options.database_url or f"sqlite:///{Path(folder) / 'bench.db'}"
        figures = measure(url, instances=options.instances, rounds=options.rounds, loop_rounds=options.loop_rounds)
    if options.json:
        print(json.dumps(figures))  # noqa: T201 - this is the command's output
    else:
        print("\n".join(f"{name:>22}  {value}" for name, value in figures.items()))  # noqa: T201 - as above
    return figures
