"""Searching conflicts among a million names, walls, and checks that stay as they were decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.db
from workflows.records.conflict_tables import check_guards

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conflict_changes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject_kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=True),
        sa.Column("noted_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_changes")),
    )
    with op.batch_alter_table("conflict_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflict_changes_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conflict_changes_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "conflict_names",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("name_kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_conflict_names")),
    )
    op.create_table(
        "conflict_postings",
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "name", name=op.f("pk_conflict_postings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "conflict_rechecks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("check_id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("found", engine.db.Json(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("next_check_id", sa.String(length=32), nullable=False),
        sa.Column("compared_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_by_name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_rechecks")),
    )
    with op.batch_alter_table("conflict_rechecks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflict_rechecks_check_id"), ["check_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conflict_rechecks_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conflict_rechecks_state"), ["state"], unique=False)

    op.create_table(
        "conflict_secret",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_secret")),
    )
    op.create_table(
        "conflict_staged", sa.Column("key", sa.Integer(), nullable=False), sa.Column("name", sa.Integer(), nullable=False)
    )
    op.create_table(
        "conflict_subjects",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.String(length=80), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("id_hash", sa.LargeBinary(length=16), nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(length=16), nullable=True),
        sa.Column("birth_year", sa.SmallInteger(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=120), nullable=False),
        sa.Column("matter", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_conflict_subjects")),
        sa.UniqueConstraint("subject_id", "subject_kind", name=op.f("uq_conflict_subjects_subject_id_subject_kind")),
    )
    op.create_table(
        "document_texts",
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("read_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document_texts")),
    )
    with op.batch_alter_table("document_texts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_texts_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "interests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("party_kind", sa.String(length=12), nullable=False),
        sa.Column("identifier", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("declared_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("declared_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
    )
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interests_person_id"), ["person_id"], unique=False)

    op.create_table(
        "party_relations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("near_key", sa.String(length=32), nullable=False),
        sa.Column("near_id", sa.String(length=32), nullable=False),
        sa.Column("near_name", sa.String(length=200), nullable=False),
        sa.Column("near_kind", sa.String(length=12), nullable=False),
        sa.Column("near_identifier", sa.String(length=60), nullable=False),
        sa.Column("relation", sa.String(length=60), nullable=False),
        sa.Column("far_key", sa.String(length=32), nullable=False),
        sa.Column("far_id", sa.String(length=32), nullable=False),
        sa.Column("far_name", sa.String(length=200), nullable=False),
        sa.Column("far_kind", sa.String(length=12), nullable=False),
        sa.Column("far_identifier", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_relations")),
    )
    with op.batch_alter_table("party_relations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_party_relations_far_id"), ["far_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_party_relations_far_key"), ["far_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_party_relations_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_party_relations_near_id"), ["near_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_party_relations_near_key"), ["near_key"], unique=False)

    op.create_table(
        "walls",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("check_id", sa.String(length=32), nullable=False),
        sa.Column("proposed_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_by_name", sa.String(length=120), nullable=False),
        sa.Column("activated_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("activated_by_name", sa.String(length=120), nullable=False),
        sa.Column("lifted_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_name", sa.String(length=120), nullable=False),
        sa.Column("lift_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walls")),
    )
    with op.batch_alter_table("walls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_walls_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_walls_state"), ["state"], unique=False)

    op.create_table(
        "wall_people",
        sa.Column("wall_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["wall_id"], ["walls.id"], name=op.f("fk_wall_people_wall_id")),
        sa.PrimaryKeyConstraint("wall_id", "person_id", name=op.f("pk_wall_people")),
    )
    with op.batch_alter_table("wall_people", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wall_people_person_id"), ["person_id"], unique=False)
    for statement in check_guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("There is no way back from here that keeps what was recorded since: restore a backup.")
