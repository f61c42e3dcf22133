"""Runs imports: checks what was uploaded, writes what was accepted; whoever runs it may die and another goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from engine import FIRM_ZONE, SYSTEM, Engine, RunOperation
from engine.errors import JuanzongError, StateRefused
from workflows.records import imports
from workflows.records.import_checks import check_rows, read_known
from workflows.records.import_tables import KINDS, Row, read_tables
from workflows.records.import_writing import PORTIONS

PARTS = 8  # of the sorting into the conflict index, so that others can write in between


def run_imports(engine: Engine) -> int:
    """Check and write everything that waits; returns how many imports were moved on."""
    with engine.reading() as session:
        waiting = imports.list_imports(session, states=imports.BUSY)
    for each in reversed(waiting):
        if each.state == imports.UPLOADED:
            check(engine, each.id)
        else:
            write(engine, each.id)
    return len(waiting)


def check(engine: Engine, import_id: str) -> None:
    """Read a file and keep everything that is wrong in it; nothing else changes."""
    with engine.reading() as session:
        found = imports.get_import(session, import_id)
        content = imports.read_content(session, import_id)
    try:
        rows = read_tables(found.file_name, content, found.kind)
    except JuanzongError as error:
        run(engine, "refuse", import_id, sentence=error.template, fields=error.fields)
        return
    with engine.reading() as session:
        check_rows(rows, read_known(session, engine.clock.now().astimezone(FIRM_ZONE).date()))
    counts = Counter(row.kind for row in rows)
    faults = [_fault_values(row, place) for row in rows for place in range(len(row.faults))]
    total = sum(row.is_good for row in rows)
    try:
        run(engine, "keep_findings", import_id, counts=dict(counts), total=total, faults=faults)
    except StateRefused:
        return  # another process was faster, or somebody discarded it


def _fault_values(row: Row, place: int) -> dict[str, Any]:
    fault = row.faults[place]
    return {
        "kind": row.kind, "sheet": row.table[:255], "number": row.number, "column": fault.column, "code": fault.code,
        "text": fault.text[:200], "other_row": fault.other_row, "kept": fault.kept, "cells": row.cells,
    }  # fmt: skip


def write(engine: Engine, import_id: str, progress: Callable[[int], None] = lambda done: None) -> None:
    """Write the good rows of an accepted file from where it stands; ``progress`` is told how many are done."""
    with engine.reading() as session:
        found = imports.get_import(session, import_id)
        content = imports.read_content(session, import_id)
        left_out = imports.list_left_out(session, import_id)
    rows = read_tables(found.file_name, content, found.kind)
    good = [row for row in rows if (row.kind, row.table[:255], row.number) not in left_out]
    done = 0
    for kind, portion in cut(good):
        if done >= found.done:
            values = [{"cells": row.cells, "sheet": row.table[:255], "number": row.number} for row in portion]
            try:
                run(engine, "write_portion", import_id, kind=kind, rows=values, before=done)
            except StateRefused:
                return  # another process is writing
        done += len(portion)
        progress(done)
    for part in range(PARTS):
        try:
            run(engine, "finish", import_id, part=part, parts=PARTS)
        except StateRefused:
            return


def cut(rows: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows kind by kind in portions."""
    for kind in KINDS:
        mine = [row for row in rows if row.kind == kind]
        for place in range(0, len(mine), PORTIONS[kind]):
            yield kind, mine[place : place + PORTIONS[kind]]


def run(engine: Engine, operation: str, import_id: str, **parameters: Any) -> None:
    """One step of an import as the system."""
    engine.run(RunOperation(f"imports.{operation}", {"import_id": import_id, **parameters}), SYSTEM)
