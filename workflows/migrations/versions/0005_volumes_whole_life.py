"""The volume's whole life: several volumes of a matter, and its class of secrecy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("volumes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("series", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("level", sa.String(length=4), server_default="内部", nullable=False))
        batch_op.drop_constraint(batch_op.f("uq_volumes_lead_id"), type_="unique")
        batch_op.drop_constraint(batch_op.f("uq_volumes_matter_id"), type_="unique")
        batch_op.create_index(batch_op.f("ix_volumes_lead_id"), ["lead_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_volumes_matter_id_series"), ["matter_id", "series"])


def downgrade() -> None:
    raise RuntimeError("There is no way back from here that keeps what was recorded since: restore a backup.")
