"""The archive half: appraisal, destruction, digitising, transfer, inventory"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.db
from workflows.records import archive_guards, volume_guards

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appraisal_items",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("appraisal_id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("file_no", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("described", engine.db.Json(), nullable=False),
        sa.Column("first_look", engine.db.Json(), nullable=False),
        sa.Column("opinions", engine.db.Json(), nullable=False),
        sa.Column("decision", engine.db.Json(), nullable=False),
        sa.Column("originals", engine.db.Json(), nullable=False),
        sa.Column("objections", engine.db.Json(), nullable=False),
        sa.Column("dropped", engine.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisal_items")),
        sa.UniqueConstraint("appraisal_id", "volume_id", name=op.f("uq_appraisal_items_appraisal_id_volume_id")),
    )
    with op.batch_alter_table("appraisal_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appraisal_items_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_appraisal_items_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_appraisal_items_volume_id"), ["volume_id"], unique=False)

    op.create_table(
        "appraisal_opinions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("appraisal_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("person_name", sa.String(length=120), nullable=False),
        sa.Column("item_ids", engine.db.Json(), nullable=False),
        sa.Column("asked_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("is_silent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisal_opinions")),
    )
    with op.batch_alter_table("appraisal_opinions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appraisal_opinions_appraisal_id"), ["appraisal_id"], unique=False)

    op.create_table(
        "appraisals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("list_no", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("as_of", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("blocked", engine.db.Json(), nullable=False),
        sa.Column("steps", engine.db.Json(), nullable=False),
        sa.Column("opened_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("opened_by_name", sa.String(length=120), nullable=False),
        sa.Column("closed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisals")),
        sa.UniqueConstraint("list_no", name=op.f("uq_appraisals_list_no")),
    )
    with op.batch_alter_table("appraisals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appraisals_state"), ["state"], unique=False)

    op.create_table(
        "archive_patrols",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=12), nullable=False),
        sa.Column("begun_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("begun_by_name", sa.String(length=120), nullable=False),
        sa.Column("ended_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("totals", engine.db.Json(), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=True),
        sa.Column("handled", engine.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_patrols")),
    )
    op.create_table(
        "archive_places",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("parent_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("made_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_places")),
        sa.UniqueConstraint("parent_id", "code", name=op.f("uq_archive_places_parent_id_code")),
    )
    with op.batch_alter_table("archive_places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_places_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "archive_works",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("data", engine.db.Json(), nullable=False),
        sa.Column("begun_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_works")),
        sa.UniqueConstraint("kind", "period", name=op.f("uq_archive_works_kind_period")),
    )
    op.create_table(
        "destructions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("list_no", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("steps", engine.db.Json(), nullable=False),
        sa.Column("witnesses", engine.db.Json(), nullable=False),
        sa.Column("cooling_until", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("certificate_no", sa.String(length=40), nullable=True),
        sa.Column("opened_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destructions")),
        sa.UniqueConstraint("certificate_no", name=op.f("uq_destructions_certificate_no")),
        sa.UniqueConstraint("list_no", name=op.f("uq_destructions_list_no")),
    )
    with op.batch_alter_table("destructions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_destructions_state"), ["state"], unique=False)

    op.create_table(
        "digitising_batches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("papers", sa.Text(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("scanned_by", sa.String(length=12), nullable=False),
        sa.Column("contract_no", sa.String(length=80), nullable=False),
        sa.Column("supervisor", sa.String(length=120), nullable=False),
        sa.Column("scans", engine.db.Json(), nullable=False),
        sa.Column("checks", engine.db.Json(), nullable=False),
        sa.Column("prepared_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("returned_to", sa.String(length=120), nullable=False),
        sa.Column("returned_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digitising_batches")),
    )
    with op.batch_alter_table("digitising_batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_digitising_batches_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "outgoing_letters",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("addressee", sa.String(length=200), nullable=False),
        sa.Column("addressee_kind", sa.String(length=14), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("seal_kind", sa.String(length=12), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("findings", engine.db.Json(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("drafted_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("drafted_by", sa.String(length=80), nullable=False),
        sa.Column("drafted_by_name", sa.String(length=120), nullable=False),
        sa.Column("steps", engine.db.Json(), nullable=False),
        sa.Column("letter_no", sa.String(length=40), nullable=True),
        sa.Column("stub_no", sa.String(length=40), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("riding_seal", sa.Boolean(), nullable=True),
        sa.Column("sealed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("sealed_document_id", sa.String(length=32), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("sending", engine.db.Json(), nullable=False),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_letters")),
        sa.UniqueConstraint("letter_no", name=op.f("uq_outgoing_letters_letter_no")),
        sa.UniqueConstraint("stub_no", name=op.f("uq_outgoing_letters_stub_no")),
    )
    with op.batch_alter_table("outgoing_letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outgoing_letters_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outgoing_letters_state"), ["state"], unique=False)

    op.create_table(
        "retention_reviews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("pack", sa.String(length=20), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("moved", engine.db.Json(), nullable=False),
        sa.Column("made_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by_name", sa.String(length=120), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_reviews")),
    )
    op.create_table(
        "storage_readings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("room", sa.String(length=40), nullable=False),
        sa.Column("read_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tenths", sa.Integer(), nullable=False),
        sa.Column("humidity", sa.Integer(), nullable=False),
        sa.Column("read_by_name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_readings")),
    )
    with op.batch_alter_table("storage_readings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_storage_readings_read_at"), ["read_at"], unique=False)

    op.create_table(
        "tombstones",
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("file_no", sa.String(length=60), nullable=False),
        sa.Column("list_no", sa.String(length=40), nullable=False),
        sa.Column("content", engine.db.Json(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("made_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("certified_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("volume_id", name=op.f("pk_tombstones")),
        sa.UniqueConstraint("file_no", name=op.f("uq_tombstones_file_no")),
    )
    with op.batch_alter_table("tombstones", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tombstones_list_no"), ["list_no"], unique=False)

    op.create_table(
        "volume_transfers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("notify_clients", sa.Boolean(), nullable=False),
        sa.Column("volume_ids", engine.db.Json(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("begun_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.String(length=80), nullable=False),
        sa.Column("begun_by_name", sa.String(length=120), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("signed", engine.db.Json(), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=True),
        sa.Column("ended_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volume_transfers")),
        sa.UniqueConstraint("number", name=op.f("uq_volume_transfers_number")),
    )
    with op.batch_alter_table("volume_transfers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volume_transfers_state"), ["state"], unique=False)

    op.create_table(
        "archive_patrol_items",
        sa.Column("patrol_id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("octets", sa.BigInteger(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("faults", engine.db.Json(), nullable=False),
        sa.Column("unopened", engine.db.Json(), nullable=False),
        sa.Column("kinds", engine.db.Json(), nullable=False),
        sa.Column("looked_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patrol_id"], ["archive_patrols.id"], name=op.f("fk_archive_patrol_items_patrol_id")),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name=op.f("fk_archive_patrol_items_volume_id")),
        sa.PrimaryKeyConstraint("patrol_id", "volume_id", "number", name=op.f("pk_archive_patrol_items")),
    )
    op.create_table(
        "volume_places",
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("place_id", sa.String(length=32), nullable=False),
        sa.Column("placed_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("placed_by_name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["archive_places.id"], name=op.f("fk_volume_places_place_id")),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name=op.f("fk_volume_places_volume_id")),
        sa.PrimaryKeyConstraint("volume_id", name=op.f("pk_volume_places")),
    )
    with op.batch_alter_table("volume_places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volume_places_place_id"), ["place_id"], unique=False)

    op.create_table(
        "volume_supplements",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrects", sa.String(length=300), nullable=False),
        sa.Column("document_ids", engine.db.Json(), nullable=False),
        sa.Column("asked_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_by_name", sa.String(length=120), nullable=False),
        sa.Column("approved_by_name", sa.String(length=120), nullable=False),
        sa.Column("appended_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("appended_by_name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name=op.f("fk_volume_supplements_volume_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volume_supplements")),
    )
    with op.batch_alter_table("volume_supplements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volume_supplements_volume_id"), ["volume_id"], unique=False)
    # A table made anew loses its guards in SQLite, so they come last; run again they change nothing.
    dialect = op.get_bind().dialect.name
    for statement in (*volume_guards.guard_statements(dialect), *archive_guards.guard_statements(dialect)):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("There is no way back from here that keeps what was recorded since: restore a backup.")
