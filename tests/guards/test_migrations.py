"""Migrations make exactly the tables that the code declares."""

from __future__ import annotations

import importlib
import pkgutil

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import workflows.records
from engine.db import Base, connect
from workflows.migrations import upgrade


def test_migrations_make_the_declared_tables(tmp_path):
    for module in pkgutil.iter_modules(workflows.records.__path__):
        importlib.import_module(f"workflows.records.{module.name}")
    url = f"sqlite:///{tmp_path / 'x.db'}"
    upgrade(url)
    database = connect(url)
    with database.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        refused = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").scalar()
    database.dispose()
    assert found == []
    assert refused == 2
