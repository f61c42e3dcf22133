"""After a change of the holiday table: hand it to the calendar, and count again what counts working days."""

from __future__ import annotations

from typing import Any

from engine import SYSTEM, Engine, Moved, RecountWorkingDays, queries
from workflows.records import holidays

PAGE = 200


def install_holidays(engine: Engine) -> None:
    """Hand the firm's approved holiday tables to the calendar of this process."""
    with engine.reading() as session:
        holidays.install(session)


def recount(engine: Engine) -> list[dict[str, Any]]:
    """Count the working days of every running instance again, one command each; returns what moved."""
    install_holidays(engine)
    moved: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        with engine.reading() as session:
            rows = queries.list_instances(session, state="running", before=after, limit=PAGE)
        for row in rows:
            found: list[Moved] = engine.run(RecountWorkingDays(row.id), SYSTEM)
            moved += [describe(row.title, each) for each in found]
        if len(rows) < PAGE:
            return moved
        after = rows[-1].id


def describe(title: str, moved: Moved) -> dict[str, Any]:
    """A move as it is kept and shown."""
    moments = {"was": moved.was.isoformat(), "due": moved.due.isoformat()}
    return {"title": title, "step": moved.name, "kind": moved.kind, **moments}
