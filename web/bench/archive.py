"""`juanzong bench archive`: making a volume of many documents beside a plain merge, and the archive's other measurements.

Each part runs in a process of its own, so that its memory is its own: ``volume_making`` here, the patrol and the search in
``archive_patrol`` and ``archive_search`` where they are there.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pypdf import PdfWriter

from engine import SYSTEM, Context, Engine, FrozenClock
from workflows.handlers import bind_volume
from workflows.migrations import upgrade
from workflows.records import bound_pages, documents, volume_contents, volumes
from workflows.records.matters import CLOSED, MatterRow
from workflows.wiring import open_firm

AT = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
LINES = 44  # of a page
LEAD, MATTER = "1" * 32, "2" * 32
SLOTS = ("pleadings", "evidence", "hearing_record", "argument", "judgment", "closing_summary")
OTHERS = {"patrol": "archive_patrol", "search": "archive_search"}


@dataclass(frozen=True)
class Do:
    """A command of the benchmark's own."""

    action: Callable[[Context], Any]

    def execute(self, context: Context) -> Any:
        return self.action(context)


def make_documents(count: int, pages: int) -> list[bytes]:
    """PDFs of Chinese text, each different, as letters of the firm are."""
    made = []
    for number in range(count):
        lines = [
            f"第{number + 1}件第{line}行，买卖合同纠纷一案的证据材料与质证意见。" for line in range(LINES * pages - LINES // 2)
        ]
        text = "\n".join(lines).encode()
        made.append(bound_pages.set_pages(text, documents.TEXT, title=f"材料{number}", name="", fonts=None, at=AT).content)
    return made


def store(context: Context, contents: list[bytes]) -> str:
    """A closed matter with a volume that holds the documents; returns the volume's id."""
    context.session.add(
        MatterRow(
            id=MATTER, lead_id=LEAD, client_id="3" * 32, contract_id="", matter_no="（2026）某律民字第1号", matter_type="civil",
            title="张三 · 买卖合同纠纷", state=CLOSED, lawyer_id="", security_level="internal", plan={}, opened_at=AT, closed_at=AT,
        )
    )  # fmt: skip
    context.session.flush()
    volume_id = volumes.open_volume(
        context, matter_id=MATTER, lead_id=LEAD, matter_type="civil", client_name="张三", title="张三 · 买卖合同纠纷"
    )
    volumes.plan_filing(context, volume_id, closed_at=AT + timedelta(days=1), close_reason="judgment")
    for number, content in enumerate(contents):
        slot = SLOTS[number % len(SLOTS)]
        document = documents.add_document(
            context,
            lead_id=LEAD,
            matter_id=MATTER,
            kind=slot,
            title=f"材料{number + 1}",
            media_type=documents.PDF,
            content=content,
            source="upload",
        )
        volume_contents.add_to_slot(context, volume_id, document.id, slot=slot)
    return volume_id


def make_volume(firm: Engine, volume_id: str) -> list[int]:
    """One click: sort, number, cover, catalogue, remarks sheet, one PDF a part; returns the pages of the parts."""
    firm.run(Do(lambda context: volume_contents.arrange(context, volume_id)), SYSTEM)
    payload = firm.run(Do(lambda context: bind_volume.prepare(context, volume_id=volume_id)), SYSTEM)
    result = bind_volume.perform(payload, firm.tools)
    firm.run(Do(lambda context: bind_volume.finish(context, payload, result)), SYSTEM)
    return [part["pages"] for part in result["made"]]


def merge_plainly(contents: list[bytes], target: Path) -> None:
    """The peer: pypdf's own merge, without order, numbers, sheets, bookmarks or parts."""
    writer = PdfWriter()
    for content in contents:
        writer.append(io.BytesIO(content))
    writer.write(target)


def prepare_making(folder: str, count: int, pages: int) -> dict[str, Any]:
    """A database with the volume's documents, and the same documents as files for the peer."""
    contents = make_documents(count, pages)
    firm = open_bench(folder)
    upgrade(firm.database.url.render_as_string(hide_password=False))
    volume_id = firm.run(Do(lambda context: store(context, contents)), SYSTEM)
    firm.database.dispose()
    for number, content in enumerate(contents):
        Path(folder, f"{number:04d}.pdf").write_bytes(content)
    return {"volume_id": volume_id}


def measure_making(folder: str, volume_id: str) -> dict[str, Any]:
    """Make the volume once; seconds, megabytes, what came out."""
    firm = open_bench(folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin, busy = time.perf_counter(), time.process_time()
    made = make_volume(firm, volume_id)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - busy
    with firm.reading() as session:
        volume = volumes.get_volume(session, volume_id)
    firm.database.dispose()
    return {
        "documents": volume.pieces,
        "numbered_pages": volume.pages,
        "parts": len(made),
        "pages_of_parts": made,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "mb_before": before // 1024,
    }


def measure_peer(folder: str) -> dict[str, Any]:
    """The plain merge of the same files."""
    contents = [path.read_bytes() for path in sorted(Path(folder).glob("[0-9]*.pdf"))]
    begin, busy = time.perf_counter(), time.process_time()
    merge_plainly(contents, Path(folder) / "peer.pdf")
    return {
        "peer": "pypdf merge: no order, numbers, sheets, parts",
        "peer_seconds": round(time.perf_counter() - begin, 2),
        "peer_cpu_seconds": round(time.process_time() - busy, 2),
        "peer_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def run_making(count: int, pages: int) -> dict[str, Any]:
    """The measurement and its peer, each where nothing else has used memory."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = in_own_process(prepare_making, folder, count, pages)
        return in_own_process(measure_making, folder, prepared["volume_id"]) | in_own_process(measure_peer, folder)


def open_bench(folder: str) -> Engine:
    """The firm's engine on a database of the measurement's own."""
    return open_firm(f"sqlite:///{Path(folder) / 'bench.db'}", clock=FrozenClock(AT), data_dir=Path(folder) / "data")


def in_own_process(action: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """Run a part where nothing else has used memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(action, given)


def main(argv: list[str]) -> dict[str, Any]:
    """Measure and print; returns the figures."""
    parser = argparse.ArgumentParser(prog="juanzong bench archive")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--documents", type=int, default=120)
    parser.add_argument("--pages", type=int, default=5, help="of each document")
    parser.add_argument("--only", choices=("volume_making", *OTHERS), default=None)
    options = parser.parse_args(argv)
    figures: dict[str, Any] = {}
    if options.only in (None, "volume_making"):
        figures["volume_making"] = run_making(options.documents, options.pages)
    for part, module in OTHERS.items():
        if options.only in (None, part) and importlib.util.find_spec(f"web.bench.{module}"):
            figures[part] = in_own_process(importlib.import_module(f"web.bench.{module}").run)
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))  # noqa: T201 - this is the command's output
    else:
        print("\n".join(f"{name:>28}  {value}" for name, value in figures.items()))  # noqa: T201 - as above
    return figures
