"""The archive half: records of loans, retention, places and compliance"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archive_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_entries")),
    )
    with op.batch_alter_table("archive_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_entries_document_id"), ["document_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_archive_entries_volume_id_kind_number"), ["volume_id", "kind", "number"], unique=False
        )

    op.create_table(
        "compliance_years",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("opened_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("signed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.String(length=80), nullable=True),
        sa.Column("signed_by_name", sa.String(length=120), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_years")),
        sa.UniqueConstraint("year", name=op.f("uq_compliance_years_year")),
    )
    op.create_table(
        "custody_receipts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=120), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("made_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_by_name", sa.String(length=120), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("signer_name", sa.String(length=120), nullable=False),
        sa.Column("document_ids", engine.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_receipts")),
    )
    with op.batch_alter_table("custody_receipts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custody_receipts_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "matter_inquiries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("asked_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("has_ended", sa.Boolean(), nullable=True),
        sa.Column("next_check_on", sa.Date(), nullable=True),
        sa.Column("answered_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_inquiries")),
    )
    with op.batch_alter_table("matter_inquiries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_inquiries_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "retention_choices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("pack", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("chosen_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("chosen_by", sa.String(length=80), nullable=False),
        sa.Column("chosen_by_name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_choices")),
    )
    op.create_table(
        "retention_floors",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("set_by_name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_floors")),
    )
    with op.batch_alter_table("retention_floors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retention_floors_volume_id"), ["volume_id"], unique=False)

    op.create_table(
        "retention_marks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("list_no", sa.String(length=40), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("marked_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("marked_by_name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_marks")),
    )
    with op.batch_alter_table("retention_marks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retention_marks_volume_id"), ["volume_id"], unique=False)

    op.create_table(
        "volume_loans",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("loan_no", sa.String(length=40), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=4), nullable=False),
        sa.Column("borrower_id", sa.String(length=80), nullable=True),
        sa.Column("borrower_name", sa.String(length=120), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("applied_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("applied_by", sa.String(length=80), nullable=False),
        sa.Column("applied_by_name", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("purpose_note", sa.Text(), nullable=False),
        sa.Column("pages", sa.String(length=200), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("legal_deadline", sa.Date(), nullable=True),
        sa.Column("given", engine.db.Json(), nullable=False),
        sa.Column("path", engine.db.Json(), nullable=False),
        sa.Column("approvals", engine.db.Json(), nullable=False),
        sa.Column("conditions", engine.db.Json(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("out_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("renewals", sa.Integer(), nullable=False),
        sa.Column("link_until", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("returned_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("steps", engine.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volume_loans")),
        sa.UniqueConstraint("loan_no", name=op.f("uq_volume_loans_loan_no")),
    )
    with op.batch_alter_table("volume_loans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volume_loans_borrower_id"), ["borrower_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_volume_loans_due_on"), ["due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_volume_loans_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_volume_loans_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_volume_loans_volume_id"), ["volume_id"], unique=False)

    op.create_table(
        "volume_reads",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("loan_id", sa.String(length=32), nullable=True),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=4), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reader_id", sa.String(length=80), nullable=False),
        sa.Column("reader_name", sa.String(length=120), nullable=False),
        sa.Column("at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volume_reads")),
    )
    with op.batch_alter_table("volume_reads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volume_reads_loan_id"), ["loan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_volume_reads_reader_id"), ["reader_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_volume_reads_volume_id"), ["volume_id"], unique=False)

    op.create_table(
        "archive_stops",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("person_name", sa.String(length=120), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("hold_fee_share", sa.Boolean(), nullable=False),
        sa.Column("stop_new", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ordered_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ordered_by", sa.String(length=80), nullable=False),
        sa.Column("ordered_by_name", sa.String(length=120), nullable=False),
        sa.Column("lifted_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name=op.f("fk_archive_stops_volume_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_stops")),
    )
    with op.batch_alter_table("archive_stops", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_stops_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_archive_stops_volume_id"), ["volume_id"], unique=False)

    op.create_table(
        "client_originals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("holder_id", sa.String(length=80), nullable=False),
        sa.Column("holder_name", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("taken_id", sa.String(length=32), nullable=False),
        sa.Column("returned_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["returned_id"], ["custody_receipts.id"], name=op.f("fk_client_originals_returned_id")),
        sa.ForeignKeyConstraint(["taken_id"], ["custody_receipts.id"], name=op.f("fk_client_originals_taken_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_originals")),
    )
    with op.batch_alter_table("client_originals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_originals_holder_id"), ["holder_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_client_originals_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_client_originals_returned_id"), ["returned_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_client_originals_state"), ["state"], unique=False)

    op.create_table(
        "compliance_items",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("year_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("title_en", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("everybody", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.Column("begins_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("proof", engine.db.Json(), nullable=False),
        sa.Column("done_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=80), nullable=True),
        sa.Column("done_by_name", sa.String(length=120), nullable=True),
        sa.Column("returned", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["year_id"], ["compliance_years.id"], name=op.f("fk_compliance_items_year_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_items")),
        sa.UniqueConstraint("year_id", "key", name=op.f("uq_compliance_items_year_id_key")),
    )
    with op.batch_alter_table("compliance_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_compliance_items_year_id"), ["year_id"], unique=False)

    op.create_table(
        "package_parts",
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_ids", engine.db.Json(), nullable=False),
        sa.Column("written_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("written_by_name", sa.String(length=120), nullable=False),
        sa.Column("looked_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name=op.f("fk_package_parts_volume_id")),
        sa.PrimaryKeyConstraint("volume_id", "number", name=op.f("pk_package_parts")),
    )
    op.create_table(
        "volume_breaches",
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("lawyer_id", sa.String(length=80), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("entered_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name=op.f("fk_volume_breaches_volume_id")),
        sa.PrimaryKeyConstraint("volume_id", name=op.f("pk_volume_breaches")),
    )
    with op.batch_alter_table("volume_breaches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volume_breaches_lawyer_id"), ["lawyer_id"], unique=False)

    op.create_table(
        "volume_chases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("chased_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name=op.f("fk_volume_chases_volume_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volume_chases")),
    )
    with op.batch_alter_table("volume_chases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volume_chases_volume_id"), ["volume_id"], unique=False)

    op.create_table(
        "volume_extensions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("volume_id", sa.String(length=32), nullable=False),
        sa.Column("old_due_on", sa.Date(), nullable=False),
        sa.Column("new_due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("missing_items", engine.db.Json(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("approved_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=False),
        sa.Column("approved_by_name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name=op.f("fk_volume_extensions_volume_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volume_extensions")),
    )
    with op.batch_alter_table("volume_extensions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volume_extensions_volume_id"), ["volume_id"], unique=False)

    op.create_table(
        "compliance_declarations",
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("person_name", sa.String(length=120), nullable=False),
        sa.Column("declared_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("values", engine.db.Json(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["compliance_items.id"], name=op.f("fk_compliance_declarations_item_id")),
        sa.PrimaryKeyConstraint("item_id", "person_id", name=op.f("pk_compliance_declarations")),
    )
    with op.batch_alter_table("legal_holds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("volume_id", sa.String(length=32), nullable=True))

    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.add_column(sa.Column("opened_at", engine.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("revoked_reason", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("revoked_by_name", sa.String(length=120), nullable=True))

    with op.batch_alter_table("volume_checks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("results", engine.db.Json(), nullable=True))
        batch_op.add_column(sa.Column("report_id", sa.String(length=32), nullable=True))

    with op.batch_alter_table("volume_pieces", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volume_pieces_document_id"), ["document_id"], unique=False)

    with op.batch_alter_table("volumes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("keep_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("destroyed_on", sa.Date(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("There is no way back from here that keeps what was recorded since: restore a backup.")
