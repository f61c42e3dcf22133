"""`juanzong bench import`: the dry run and the acceptance of many clients, beside reading and inserting the same rows plainly.

The peer reads the file with the standard library (or calamine, for XLSX) and puts its cells into one bare table in one
statement: no check, no numbers, no conflict index, no audit.
"""

from __future__ import annotations

import argparse
import base64
import csv
import io
import json
import random
import resource
import tempfile
import time
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from stdnum.cn import ric

from engine import SYSTEM, Engine, RunOperation
from workflows import importing
from workflows.demo import open_demo_firm
from workflows.migrations import upgrade
from workflows.records import imports
from workflows.wiring import open_firm

HEADER = ("客户编号", "类型", "名称", "证件号码", "电话")
LIMIT = 120  # seconds that issue 3 allows for 100,000 rows
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙朱马胡郭林何高梁", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华文玉建国"


def make_rows(count: int, seed: int = 1) -> list[tuple[str, ...]]:
    """Clients of invented names, each with an identity number of its own whose check digit is right."""
    draw, first = random.Random(seed), date(1950, 1, 1)  # noqa: S311 - test data
    rows: list[tuple[str, ...]] = []
    for number in range(count):
        day = first + timedelta(days=number // 990)
        body = f"110105{day:%Y%m%d}{number % 990 + 10:03d}"
        name = draw.choice(SURNAMES) + "".join(draw.choices(GIVEN, k=draw.choice((1, 2, 2))))
        rows.append((f"K{number:06d}", "自然人", name, body + ric.calc_check_digit(body + "0"), f"139{number:08d}"))
    return rows


def write_csv(rows: list[tuple[str, ...]]) -> bytes:
    """The rows as the spreadsheet programs write them."""
    out = io.StringIO()
    csv.writer(out).writerows([HEADER, *rows])
    return out.getvalue().encode("utf-8-sig")


def measure(firm: Engine, content: bytes) -> dict[str, Any]:
    """Upload, dry run, acceptance; seconds of each and what was written."""
    begin, busy = time.perf_counter(), time.process_time()
    given = {"file_name": "客户.csv", "content": base64.b64encode(content).decode()}
    import_id = firm.run(RunOperation("imports.upload", given), SYSTEM)["import_id"]
    importing.check(firm, import_id)
    checked = time.perf_counter()
    firm.run(RunOperation("imports.accept", {"import_id": import_id}), SYSTEM)
    importing.write(firm, import_id)
    written = time.perf_counter()
    with firm.reading() as session:
        found = imports.get_import(session, import_id)
        faults = imports.count_faults(session, import_id)
    return {
        "dry_run_seconds": round(checked - begin, 2),
        "acceptance_seconds": round(written - checked, 2),
        "total_seconds": round(written - begin, 2),
        "cpu_seconds": round(time.process_time() - busy, 2),
        "rows_written": found.done,
        "state": found.state,
        "faults": faults,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def measure_peer(url: str, content: bytes) -> float:
    """Read the file and insert its cells in bulk into a bare table of the same database; seconds."""
    engine = sa.create_engine(url)
    table = sa.Table("bench_peer_rows", sa.MetaData(), *(sa.Column(f"c{place}", sa.String(200)) for place in range(len(HEADER))))
    table.drop(engine, checkfirst=True)
    table.create(engine)
    begin = time.perf_counter()
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    next(reader)
    rows = [{f"c{place}": cell for place, cell in enumerate(cells)} for cells in reader]
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)
    seconds = time.perf_counter() - begin
    table.drop(engine)
    engine.dispose()
    return round(seconds, 2)


def main(arguments: list[str]) -> None:
    """Measure and print; with a database URL there, which must be empty, else in SQLite."""
    parser = argparse.ArgumentParser(prog="juanzong bench import")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = given.database_url or f"sqlite:///{folder / 'bench.db'}"
        content = write_csv(make_rows(given.rows))
        upgrade(url)
        firm = open_firm(url, data_dir=folder)
        stack.callback(firm.database.dispose)
        open_demo_firm(firm)
        found = measure(firm, content)
        peer = measure_peer(url, content)
    result = {"rows": given.rows, "database": url.split(":")[0], **found, "limit_seconds": LIMIT, "peer_seconds": peer}
    result["times_peer"] = round(found["total_seconds"] / peer, 1) if peer else None
    print(json.dumps(result, ensure_ascii=False, indent=2) if given.json else _say(result))  # noqa: T201


def _say(result: dict[str, Any]) -> str:
    return (
        f"{result['rows']:,} rows, {result['database']}: dry run {result['dry_run_seconds']} s, acceptance "
        f"{result['acceptance_seconds']} s, peer {result['peer_seconds']} s ({result['times_peer']} times), "
        f"{result['faults']} faults, {result['peak_mb']} MB"
    )
