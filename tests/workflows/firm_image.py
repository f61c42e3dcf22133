"""The demo firm's people as they stand in a database, written at once: registering them anew took most of a test's time."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Integer, Table, func, insert, select, text

from engine import Bundle, Engine
from engine.db import Base
from workflows.demo import open_demo_firm
from workflows.records import conflict_secret
from workflows.wiring import firm_bundles

#: what stands in which table after the people were registered at a moment, and the key of the conflict register beside it
_IMAGES: dict[tuple[datetime, bool], tuple[list[tuple[Table, list[dict[str, Any]]]], bytes]] = {}


@lru_cache(maxsize=1)
def read_bundles() -> tuple[Bundle, ...]:
    """Every diagram of the firm, read once a worker."""
    return tuple(firm_bundles())


def write_people(engine: Engine, data_dir: Path | None = None) -> None:
    """Register the demo people in an empty database, or write what registering them at this moment left in another.

    Without a folder the database holds the key itself.
    """
    key = data_dir / conflict_secret.FILE if data_dir else None
    name = engine.clock.now(), data_dir is None
    if name not in _IMAGES:
        open_demo_firm(engine)
        with engine.database.connect() as connection:
            _IMAGES[name] = read_rows(connection), key.read_bytes() if key else b""
        return
    rows, secret = _IMAGES[name]
    if key:
        key.parent.mkdir(parents=True, exist_ok=True)
        key.write_bytes(secret)
        key.chmod(0o600)
    with engine.database.begin() as connection:
        write_rows(connection, rows)


def read_rows(connection: Connection) -> list[tuple[Table, list[dict[str, Any]]]]:
    """Every row of every table, in the order in which they can be written."""
    found = [
        (table, [dict(row) for row in connection.execute(select(table)).mappings()]) for table in Base.metadata.sorted_tables
    ]
    return [(table, rows) for table, rows in found if rows]


def write_rows(connection: Connection, tables: list[tuple[Table, list[dict[str, Any]]]]) -> None:
    """Write the rows; counted keys go on after the last."""
    for table, rows in tables:
        connection.execute(insert(table), rows)
        (key,) = list(table.primary_key)[:1]
        if connection.dialect.name == "postgresql" and isinstance(key.type, Integer) and key.autoincrement is not False:
            last = connection.scalar(select(func.max(key)))
            place = connection.scalar(text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": table.name, "c": key.name})
            if place:
                connection.execute(text("SELECT setval(:place, :last)"), {"place": place, "last": last})
