"""Migrations make exactly the tables that the code declares, and carry a firm's database over with what is in it."""

from __future__ import annotations

import gzip
import importlib
import pkgutil
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

import engine.queries as queries
import workflows.records
from engine import SYSTEM, CompleteTask, RunOperation
from engine.audit import verify
from engine.db import Base, connect
from workflows.migrations import upgrade
from workflows.records import conflict_backfill, conflict_index, leads, people
from workflows.wiring import open_firm

#: a demo firm as the first landing of main made it: one intake at its outline, one with a draft, one cancelled
FIRST_FIRM = Path(__file__).parent / "first_schema.sql.gz"
#: tables that the first schema did not have yet in its first days
LATER = ("links", "mails", "volume_checks")
OUTLINE = {
    "matter_type": "civil", "cause": "买卖合同纠纷", "summary": "货款八十万元逾期一年未付，多次催要无果，拟提起诉讼。", "goal": "收回货款",
    "amount": "800000", "opposing_parties": [{"name": "北京某某贸易有限公司", "kind": "organisation"}],
}  # fmt: skip

for module in pkgutil.iter_modules(workflows.records.__path__):
    importlib.import_module(f"workflows.records.{module.name}")


def restore(path: Path, *, without: tuple[str, ...] = ()) -> str:
    """The first firm's database as a file; its connection string."""
    database = sqlite3.connect(path)
    database.executescript(gzip.decompress(FIRST_FIRM.read_bytes()).decode())
    for table in without:
        database.execute(f"DROP TABLE {table}")
    database.close()
    return f"sqlite:///{path}"


def is_ours(_object: object, name: str | None, *_rest: object) -> bool:
    """Not a table that the engine's own tests declare, nor those of SQLite's full-text index, which no model describes."""
    return not str(name).startswith(("test_", "archive_grams"))


def differences(url: str) -> list[object]:
    database = connect(url)
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours})
        found = compare_metadata(context, Base.metadata)
    database.dispose()
    return list(found)


def triggers(url: str) -> set[str]:
    database = connect(url)
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with database.connect() as connection:
        found = set(connection.execute(text(names[database.dialect.name])).scalars())
    database.dispose()
    return found


@pytest.mark.parametrize("start", ["nothing", "0001"])
def test_migrations_make_the_declared_tables(empty_database_url, declared_url, start):
    if start != "nothing":
        upgrade(empty_database_url, start)
    upgrade(empty_database_url)
    assert differences(empty_database_url) == []
    assert triggers(empty_database_url) == triggers(declared_url)
    database = connect(empty_database_url)
    with database.connect() as connection:  # the one table that no model describes
        assert connection.scalar(text("SELECT count(*) FROM archive_grams")) == 0
    database.dispose()


@pytest.mark.parametrize("without", [(), LATER])
def test_a_database_of_the_first_schema_is_brought_up_with_what_is_in_it(tmp_path, clock, without):
    url = restore(tmp_path / "first.db", without=without)
    upgrade(url)
    assert differences(url) == []
    firm = open_firm(url, clock=clock, data_dir=tmp_path)
    with firm.reading() as session:
        assert verify(session).broken_at is None
        cast = {person.login: people.person_actor(person) for person in people.list_people(session)}
        rows = queries.inbox(session, cast["desk"], now=clock.now())
        first, second = sorted(rows, key=lambda row: row.created_at)
        draft = queries.get_task(session, second.id, cast["desk"])
        lead = next(lead for lead in leads.list_leads(session) if lead.client_name == "张三")
    assert (first.name, second.name, second.assignee_name) == ("需求与案情概要", "客户基本情况", "周晓雯")
    assert draft.draft == {"kind": "person", "name": "李四"}
    assert draft.data["lead_no"] == "XS-2026-000002"
    assert lead.phone == "13800138000"
    firm.run(CompleteTask(first.id, OUTLINE), cast["desk"])
    with firm.reading() as session:
        assert leads.get_lead(session, lead.id).outline["cause"] == "买卖合同纠纷"
        assert conflict_backfill.is_needed(session)
    assert firm.run(RunOperation("conflicts.fill_register"), SYSTEM) == {"people": 11, "leads": 1, "keyed": 0}
    with firm.reading() as session:
        assert not conflict_backfill.is_needed(session)
        found = conflict_index.search(session, [conflict_index.Query("q", "person", {"张三": "name"})])
        assert [hit.lead_id for hit in found] == [lead.id]
        assert verify(session).broken_at is None
    firm.close()
