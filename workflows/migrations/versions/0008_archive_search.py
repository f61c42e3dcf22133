"""The index of the archive's search, which SQLAlchemy does not declare, and the first part of every package there is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.db import Json, UtcDateTime
from workflows.records import archive_grams

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

VOLUMES = sa.table(
    "volumes", sa.column("id"), sa.column("package_sha256"), sa.column("package_size"), sa.column("packed_at", UtcDateTime)
)
PARTS = sa.table(
    "package_parts",
    *(sa.column(name) for name in ("volume_id", "number", "sha256", "previous", "size", "reason", "written_by_name")),
    sa.column("document_ids", Json),
    sa.column("written_at", UtcDateTime),
)


def upgrade() -> None:
    bind = op.get_bind()
    for statement in archive_grams.STATEMENTS[bind.dialect.name]:
        op.execute(statement)
    # Entries without their index are written anew when the database is next opened.
    op.execute("DELETE FROM archive_entries")
    known = set(bind.scalars(sa.select(PARTS.c.volume_id)))
    for row in bind.execute(sa.select(VOLUMES).where(VOLUMES.c.package_sha256.is_not(None))).all():
        if row.id not in known:
            part = {"number": 0, "sha256": row.package_sha256, "previous": "", "size": row.package_size or 0, "reason": ""}
            made = {"document_ids": [], "written_at": row.packed_at, "written_by_name": ""}
            bind.execute(PARTS.insert().values(volume_id=row.id, **part, **made))


def downgrade() -> None:
    raise RuntimeError("There is no way back from here that keeps what was recorded since: restore a backup.")
