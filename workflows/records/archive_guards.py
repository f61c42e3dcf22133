"""Guards in the database (G8): a volume is destroyed only from its approved list, after its period, under no hold and no loan.

They hold for whatever writes past the records: plain SQL, a repair by hand. The days that count stand in the row itself
(``destroyed_on``), because the firm's clock is not the database's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, MetaData, event

from engine.db import Base
from workflows.records.appraisals import TO_DESTROY
from workflows.records.destructions import EXECUTING
from workflows.records.volume_loans import ACTIVE
from workflows.records.volumes import DESTROYED, VolumeRow

REFUSAL = "G8: the volume is kept"
# ruff: noqa: S608 - made of constants of this code alone
_HELD = "EXISTS (SELECT 1 FROM legal_holds h WHERE h.lead_id = {row}.lead_id AND h.lifted_at IS NULL AND {which})"
_ACTIVE = ", ".join(repr(state) for state in sorted(ACTIVE))
_LENT = f"EXISTS (SELECT 1 FROM volume_loans l WHERE l.volume_id = NEW.id AND l.state IN ({_ACTIVE}))"
_LISTED = (
    "EXISTS (SELECT 1 FROM appraisal_items i JOIN destructions d ON d.id = i.appraisal_id"
    f" WHERE i.volume_id = NEW.id AND i.state = '{TO_DESTROY}' AND d.state = '{EXECUTING}')"
)
_FILED = f"EXISTS (SELECT 1 FROM volumes v WHERE v.id = OLD.volume_id AND v.file_no IS NOT NULL AND v.state <> '{DESTROYED}')"


def list_guards() -> list[tuple[str, str, str]]:
    """Table, action and the condition under which the action is refused."""
    to_destroyed = f"NEW.state = '{DESTROYED}' AND OLD.state <> '{DESTROYED}'"
    too_early = (
        "NEW.retention_code IS NULL OR NEW.retention_code = 'Y' OR NEW.expires_on IS NULL OR NEW.destroyed_on IS NULL"
        " OR NEW.destroyed_on <= NEW.expires_on OR (NEW.keep_until IS NOT NULL AND NEW.destroyed_on <= NEW.keep_until)"
    )
    held = _HELD.format(row="NEW", which="(h.volume_id IS NULL OR h.volume_id = NEW.id)")
    refused = f"OLD.state <> 'TO_DESTROY' OR {too_early} OR {held} OR {_LENT} OR NOT {_LISTED}"
    return [
        ("volumes", "UPDATE", f"({to_destroyed} AND ({refused})) OR (OLD.state = '{DESTROYED}' AND NEW.state <> '{DESTROYED}')"),
        ("volumes", "DELETE", "OLD.file_no IS NOT NULL"),
        ("volume_pieces", "DELETE", _FILED),
        ("documents", "DELETE", _HELD.format(row="OLD", which="h.volume_id IS NULL")),
    ]


def guard_statements(dialect: str) -> list[str]:
    """The statements that put the guards into a database that has the tables; run again they change nothing."""
    statements = []
    for table, action, when in list_guards():
        name = f"{table}_g8_{action.lower()}"
        if dialect == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            statements.append(f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {action} ON {table} WHEN {when} {refuse}")
            continue
        given = "OLD" if action == "DELETE" else "NEW"
        statements += [
            # A condition of a trigger cannot look into another table there, so the function looks.
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {when} THEN RAISE EXCEPTION '{REFUSAL}'; END IF; RETURN {given}; END $$",
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    return statements


@event.listens_for(Base.metadata, "after_create")
def _guard(_metadata: MetaData, connection: Connection, tables: Any = (), **_: Any) -> None:
    """Guard what was just made; a metadata of the engine alone has no volumes."""
    if VolumeRow.__table__ in (tables or ()):
        for statement in guard_statements(connection.dialect.name):
            connection.exec_driver_sql(statement)
