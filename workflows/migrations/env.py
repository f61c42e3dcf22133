"""Alembic's entry: connects with the engine's own settings and knows every table."""

from __future__ import annotations

import importlib
import pkgutil

from alembic import context

import engine  # noqa: F401 - declares the engine's tables
import workflows.records
from engine.db import Base, connect

for module in pkgutil.iter_modules(workflows.records.__path__):
    importlib.import_module(f"workflows.records.{module.name}")

database = connect(context.config.attributes["url"])
with database.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()
database.dispose()
