"""Guards in the database (G6, G7): no file number before the archivist accepted, and nothing archived is changed or taken out.

They hold for whatever writes past the records. What may still change of an archived volume: its state, period, class and
place, and remarks that are written on; new documents come in beside it as supplements. A destroyed volume is free again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, MetaData, event

from engine.db import Base
from workflows.records import package_parts, volume_checks, volume_contents
from workflows.records.documents import DocumentRow
from workflows.records.volumes import DESTROYED, LOCKED, PACKED, VolumeRow

REFUSAL_NUMBER = "G6: a file number is given by acceptance alone"
REFUSAL_CHANGE = "G7: an archived volume is not changed"
#: what an archived volume says of itself for good
FROZEN = (
    "matter_id", "lead_id", "series", "matter_type", "client_name", "title", "opened_at", "closed_on", "close_reason", "cover",
    "submitted_at", "submitted_by", "submitted_by_name", "accepted_at", "accepted_by", "accepted_by_name", "file_no", "pieces",
    "pages",
)  # fmt: skip
#: written once
SEALED = ("package_sha256", "package_size", "packed_at")
DOCUMENT = tuple(column.name for column in DocumentRow.__table__.columns if column.name != "matter_id")
TABLES = (VolumeRow, volume_contents.PieceRow, package_parts.PackagePartRow, volume_checks.VolumeCheckRow)
# ruff: noqa: S608 - made of constants of this code alone
_LOCKED = ", ".join(repr(state) for state in sorted(LOCKED))
_KEPT = ", ".join(repr(state) for state in sorted(LOCKED - {DESTROYED}))
_IN_VOLUME = f"EXISTS (SELECT 1 FROM volumes v WHERE v.id = {{row}}.volume_id AND v.state IN ({_KEPT}))"
_PIECES = "SELECT 1 FROM volume_pieces p JOIN volumes v ON v.id = p.volume_id"
_ARCHIVED = f"EXISTS ({_PIECES} WHERE p.document_id = {{document}} AND v.state IN ({_KEPT}))"
_BYTES = (
    "EXISTS (SELECT 1 FROM documents d JOIN volume_pieces p ON p.document_id = d.id JOIN volumes v ON v.id = p.volume_id"
    f" WHERE d.sha256 = OLD.sha256 AND v.state IN ({_KEPT}))"
)


def list_guards(dialect: str) -> list[tuple[str, str, str, str]]:
    """Table, action, the condition under which it is refused, and what is said."""

    def differs(names: tuple[str, ...]) -> str:
        word = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
        return "(" + " OR ".join(f"NEW.{name} {word} OLD.{name}" for name in names) + ")"

    early = f"NEW.file_no IS NOT NULL AND NEW.state NOT IN ({_LOCKED})"
    accepted = (
        "EXISTS (SELECT 1 FROM volume_checks c WHERE c.volume_id = NEW.id"
        f" AND c.kind = '{volume_checks.ARCHIVIST}' AND c.passed AND c.checked_at >= NEW.submitted_at)"
    )
    unasked = f"OLD.file_no IS NULL AND NEW.file_no IS NOT NULL AND NOT {accepted}"
    shorter = "substr(NEW.remarks, 1, length(OLD.remarks)) <> OLD.remarks"
    sealed = " OR ".join(f"(OLD.{name} IS NOT NULL AND {differs((name,))})" for name in SEALED)
    changed = f"OLD.state IN ({_KEPT}) AND NEW.state <> '{DESTROYED}' AND ({differs(FROZEN)} OR {shorter} OR {sealed})"
    back = f"OLD.state IN ({_LOCKED}) AND NEW.state NOT IN ({_LOCKED})"
    last = "(SELECT COALESCE(MAX(q.number), 0) FROM volume_pieces q WHERE q.volume_id = NEW.volume_id)"
    between = f"{_IN_VOLUME.format(row='NEW')} AND (NEW.number <= {last} OR EXISTS (SELECT 1 FROM volumes w"
    between += f" WHERE w.id = NEW.volume_id AND w.state IN ('ACCEPTED', '{PACKED}')))"
    archived = _ARCHIVED.format(document="OLD.id")
    described = _ARCHIVED.format(document="OLD.document_id")
    guards = [
        ("volumes", "INSERT", early, REFUSAL_NUMBER),
        ("volumes", "UPDATE", f"({early}) OR ({unasked})", REFUSAL_NUMBER),
        ("volumes", "UPDATE", f"({changed}) OR ({back})", REFUSAL_CHANGE),
        ("volumes", "DELETE", f"OLD.state IN ({_LOCKED})", REFUSAL_CHANGE),
        ("volume_pieces", "INSERT", between, REFUSAL_CHANGE),
        ("documents", "UPDATE", f"{differs(DOCUMENT)} AND {archived}", REFUSAL_CHANGE),
        ("documents", "DELETE", archived, REFUSAL_CHANGE),
        ("volume_descriptions", "UPDATE", described, REFUSAL_CHANGE),
        ("volume_descriptions", "DELETE", described, REFUSAL_CHANGE),
        ("blobs", "UPDATE", _BYTES, REFUSAL_CHANGE),
        ("blobs", "DELETE", _BYTES, REFUSAL_CHANGE),
        ("package_parts", "UPDATE", f"{differs(('number', 'sha256', 'previous', 'size'))}", REFUSAL_CHANGE),
        ("package_parts", "DELETE", _IN_VOLUME.format(row="OLD"), REFUSAL_CHANGE),
    ]
    for table in ("volume_pieces", "volume_absences", "volume_exclusions", "volume_checks"):
        guards += [
            (table, action, _IN_VOLUME.format(row="OLD"), REFUSAL_CHANGE) for action in ("UPDATE", "DELETE")
        ]
    guards += [
        (table, "INSERT", _IN_VOLUME.format(row="NEW"), REFUSAL_CHANGE) for table in ("volume_absences", "volume_exclusions")
    ]
    return guards


def guard_statements(dialect: str) -> list[str]:
    """The statements that put the guards into a database that has the tables; run again they change nothing."""
    statements = []
    for table, action, when, refusal in list_guards(dialect):
        name = f"{table}_{refusal[:2].lower()}_{action.lower()}"
        if dialect == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            statements.append(f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {action} ON {table} WHEN {when} {refuse}")
            continue
        given = "OLD" if action == "DELETE" else "NEW"
        statements += [
            # A condition of a trigger cannot look into another table there, so the function looks.
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {when} THEN RAISE EXCEPTION '{refusal}'; END IF; RETURN {given}; END $$",
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    return statements


@event.listens_for(Base.metadata, "after_create")
def _guard(_metadata: MetaData, connection: Connection, tables: Any = (), **_: Any) -> None:
    """Guard what was just made; a metadata of the engine alone has no volumes."""
    if all(each.__table__ in (tables or ()) for each in TABLES):
        for statement in guard_statements(connection.dialect.name):
            connection.exec_driver_sql(statement)
