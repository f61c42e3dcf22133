"""The client half: records of every process"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.db
import workflows.records.money

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "aftercare_visits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.Column("values", engine.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aftercare_visits")),
    )
    with op.batch_alter_table("aftercare_visits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_aftercare_visits_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_aftercare_visits_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "aftercares",
        sa.Column("matter_id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tier", sa.String(length=4), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("last_contact_on", sa.Date(), nullable=False),
        sa.Column("opted_out_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_aftercares")),
    )
    with op.batch_alter_table("aftercares", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_aftercares_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_aftercares_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_aftercares_state"), ["state"], unique=False)

    op.create_table(
        "changes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("initiator", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("supplement", sa.Integer(), nullable=False),
        sa.Column("steps", engine.db.Json(), nullable=False),
        sa.Column("asked_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("asked_by_name", sa.String(length=120), nullable=False),
        sa.Column("ended_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_changes_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_changes_matter_id"), ["matter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_changes_state"), ["state"], unique=False)

    op.create_table(
        "client_costs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("lines", engine.db.Json(), nullable=False),
        sa.Column("estimated", workflows.records.money.Yuan(), nullable=False),
        sa.Column("advanced", workflows.records.money.Yuan(), nullable=False),
        sa.Column("actual", workflows.records.money.Yuan(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("made_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_by_name", sa.String(length=120), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("document_ids", engine.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_costs")),
    )
    with op.batch_alter_table("client_costs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_costs_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "complaint_links",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("case_lead_id", sa.String(length=32), nullable=False),
        sa.Column("complaint_id", sa.String(length=32), nullable=False),
        sa.Column("holder_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_complaint_links_token_hash")),
    )
    with op.batch_alter_table("complaint_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_links_case_lead_id"), ["case_lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_links_complaint_id"), ["complaint_id"], unique=False)

    op.create_table(
        "complaints",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("complaint_no", sa.String(length=40), nullable=False),
        sa.Column("case_lead_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("kinds", engine.db.Json(), nullable=False),
        sa.Column("complainant", engine.db.Json(), nullable=False),
        sa.Column("respondents", engine.db.Json(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("steps", engine.db.Json(), nullable=False),
        sa.Column("handler_id", sa.String(length=80), nullable=False),
        sa.Column("investigator_id", sa.String(length=80), nullable=False),
        sa.Column("received_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("received_by_name", sa.String(length=120), nullable=False),
        sa.Column("accept_by", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reply_by", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("external_by", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("extended_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("complaint_no", name=op.f("uq_complaints_complaint_no")),
    )
    with op.batch_alter_table("complaints", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaints_case_lead_id"), ["case_lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaints_handler_id"), ["handler_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaints_investigator_id"), ["investigator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaints_reply_by"), ["reply_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaints_state"), ["state"], unique=False)

    op.create_table(
        "confirmations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("previous_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("draft", engine.db.Json(), nullable=False),
        sa.Column("legal_deadline", sa.Date(), nullable=True),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("review", engine.db.Json(), nullable=False),
        sa.Column("answer", engine.db.Json(), nullable=False),
        sa.Column("refusal", engine.db.Json(), nullable=False),
        sa.Column("urgent", engine.db.Json(), nullable=False),
        sa.Column("closed_reason", sa.Text(), nullable=False),
        sa.Column("created_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_by_name", sa.String(length=120), nullable=False),
        sa.Column("sent_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("due_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.Column("signed_document_id", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmations")),
    )
    with op.batch_alter_table("confirmations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_confirmations_act"), ["act"], unique=False)
        batch_op.create_index(batch_op.f("ix_confirmations_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_confirmations_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "corrective_actions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("correction_no", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("source_id", sa.String(length=32), nullable=False),
        sa.Column("source_no", sa.String(length=60), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("barred", engine.db.Json(), nullable=False),
        sa.Column("analysis", engine.db.Json(), nullable=False),
        sa.Column("actions", engine.db.Json(), nullable=False),
        sa.Column("steps", engine.db.Json(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("opened_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("opened_by_name", sa.String(length=120), nullable=False),
        sa.Column("done_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrective_actions")),
        sa.UniqueConstraint("correction_no", name=op.f("uq_corrective_actions_correction_no")),
    )
    with op.batch_alter_table("corrective_actions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_corrective_actions_source_id"), ["source_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_corrective_actions_state"), ["state"], unique=False)

    op.create_table(
        "deadlines",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("entry", engine.db.Json(), nullable=False),
        sa.Column("trigger_on", sa.Date(), nullable=True),
        sa.Column("responsible_id", sa.String(length=80), nullable=True),
        sa.Column("backup_id", sa.String(length=80), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("internal_on", sa.Date(), nullable=True),
        sa.Column("steps", engine.db.Json(), nullable=False),
        sa.Column("unknown_years", engine.db.Json(), nullable=False),
        sa.Column("computed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("entered_by", sa.String(length=80), nullable=True),
        sa.Column("reviewed_by", sa.String(length=80), nullable=True),
        sa.Column("reviewed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.Column("watched_until", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("proof", engine.db.Json(), nullable=False),
        sa.Column("remedy", engine.db.Json(), nullable=False),
        sa.Column("ended_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
    )
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deadlines_backup_id"), ["backup_id"], unique=False)
        batch_op.create_index("ix_deadlines_due", ["state", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_deadlines_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deadlines_responsible_id"), ["responsible_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("document_ids", engine.db.Json(), nullable=False),
        sa.Column("traits", engine.db.Json(), nullable=False),
        sa.Column("disclosure", sa.String(length=12), nullable=False),
        sa.Column("decision", engine.db.Json(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("copies", engine.db.Json(), nullable=False),
        sa.Column("note", engine.db.Json(), nullable=False),
        sa.Column("created_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by_name", sa.String(length=120), nullable=False),
        sa.Column("closed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("list_document_id", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliveries_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deliveries_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "departure_matters",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("departure_id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("successor_id", sa.String(length=80), nullable=True),
        sa.Column("choice", sa.String(length=8), nullable=False),
        sa.Column("chosen_by", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("proof", engine.db.Json(), nullable=False),
        sa.Column("transfer", engine.db.Json(), nullable=False),
        sa.Column("chosen_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure_matters")),
    )
    with op.batch_alter_table("departure_matters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_departure_matters_departure_id"), ["departure_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_departure_matters_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "departures",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("departure_no", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("person_name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("back_on", sa.Date(), nullable=True),
        sa.Column("destination", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("private_email", sa.String(length=200), nullable=False),
        sa.Column("promised", sa.Boolean(), nullable=False),
        sa.Column("deputy_id", sa.String(length=80), nullable=True),
        sa.Column("things", engine.db.Json(), nullable=False),
        sa.Column("steps", engine.db.Json(), nullable=False),
        sa.Column("signs", engine.db.Json(), nullable=False),
        sa.Column("begun_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("begun_by_name", sa.String(length=120), nullable=False),
        sa.Column("closed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departures")),
        sa.UniqueConstraint("departure_no", name=op.f("uq_departures_departure_no")),
    )
    with op.batch_alter_table("departures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_departures_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_departures_state"), ["state"], unique=False)

    op.create_table(
        "diligence_files",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=True),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("facts", engine.db.Json(), nullable=False),
        sa.Column("written_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("written_by_name", sa.String(length=120), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diligence_files")),
        sa.UniqueConstraint("lead_id", name=op.f("uq_diligence_files_lead_id")),
    )
    with op.batch_alter_table("diligence_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_diligence_files_client_id"), ["client_id"], unique=False)

    op.create_table(
        "fee_lists",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("issued_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_lists")),
    )
    with op.batch_alter_table("fee_lists", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fee_lists_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "held_mails",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("payload", engine.db.Json(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("to_log", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("held_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_mails")),
    )
    with op.batch_alter_table("held_mails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_held_mails_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_held_mails_state"), ["state"], unique=False)

    op.create_table(
        "holiday_tables",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("days", engine.db.Json(), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved", engine.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday_tables")),
    )
    with op.batch_alter_table("holiday_tables", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_holiday_tables_year"), ["year"], unique=False)

    op.create_table(
        "import_faults",
        sa.Column("import_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("sheet", sa.String(length=255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.String(length=30), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("other_row", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("cells", engine.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "place", name=op.f("pk_import_faults")),
    )
    op.create_table(
        "import_refs",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("import_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("kind", "ref", name=op.f("pk_import_refs")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", engine.db.Json(), nullable=False),
        sa.Column("counts", engine.db.Json(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.String(length=80), nullable=False),
        sa.Column("accepted_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.String(length=80), nullable=True),
        sa.Column("ended_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imports_state"), ["state"], unique=False)

    op.create_table(
        "joinings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("joining_no", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("post", sa.String(length=100), nullable=False),
        sa.Column("declaration", engine.db.Json(), nullable=False),
        sa.Column("hits", engine.db.Json(), nullable=False),
        sa.Column("steps", engine.db.Json(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("begun_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("begun_by_name", sa.String(length=120), nullable=False),
        sa.Column("ended_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joinings")),
        sa.UniqueConstraint("joining_no", name=op.f("uq_joinings_joining_no")),
    )
    with op.batch_alter_table("joinings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_joinings_state"), ["state"], unique=False)

    op.create_table(
        "legal_holds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("set_by_name", sa.String(length=120), nullable=False),
        sa.Column("lifted_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_name", sa.String(length=120), nullable=False),
        sa.Column("lift_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    with op.batch_alter_table("legal_holds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legal_holds_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_legal_holds_source_id"), ["source_id"], unique=False)

    op.create_table(
        "matter_acts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(length=12), nullable=False),
        sa.Column("confirmation_id", sa.String(length=32), nullable=True),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.Column("recorded_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=80), nullable=False),
        sa.Column("recorded_by_name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_acts")),
        sa.UniqueConstraint("confirmation_id", name=op.f("uq_matter_acts_confirmation_id")),
    )
    with op.batch_alter_table("matter_acts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_acts_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "option_answers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("table_id", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("client_name", sa.String(length=200), nullable=False),
        sa.Column("client_email", sa.String(length=200), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("own_option", sa.Text(), nullable=False),
        sa.Column("answer", engine.db.Json(), nullable=False),
        sa.Column("answered_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_option_answers")),
    )
    with op.batch_alter_table("option_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_option_answers_table_id"), ["table_id"], unique=False)

    op.create_table(
        "option_tables",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("draft", engine.db.Json(), nullable=False),
        sa.Column("review", engine.db.Json(), nullable=False),
        sa.Column("meeting", engine.db.Json(), nullable=False),
        sa.Column("objection", engine.db.Json(), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("created_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_by_name", sa.String(length=120), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.Column("confirmation_id", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_option_tables")),
    )
    with op.batch_alter_table("option_tables", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_option_tables_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_option_tables_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "screening_lists",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("list_key", sa.String(length=20), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("imported_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("imported_by_name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_lists")),
    )
    with op.batch_alter_table("screening_lists", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_screening_lists_list_key"), ["list_key"], unique=False)

    op.create_table(
        "screenings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("names", engine.db.Json(), nullable=False),
        sa.Column("lists", engine.db.Json(), nullable=False),
        sa.Column("hits", engine.db.Json(), nullable=False),
        sa.Column("screened_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("judged_by", sa.String(length=80), nullable=False),
        sa.Column("decision", engine.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screenings")),
    )
    with op.batch_alter_table("screenings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_screenings_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "survey_reviews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("quarter", sa.String(length=20), nullable=False),
        sa.Column("figures", engine.db.Json(), nullable=False),
        sa.Column("meeting", engine.db.Json(), nullable=False),
        sa.Column("made_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_reviews")),
        sa.UniqueConstraint("quarter", name=op.f("uq_survey_reviews_quarter")),
    )
    op.create_table(
        "suspended_money",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=True),
        sa.Column("amount", workflows.records.money.Yuan(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("payer_name", sa.String(length=200), nullable=False),
        sa.Column("payer_account", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("noted_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(length=80), nullable=False),
        sa.Column("noted_by_name", sa.String(length=120), nullable=False),
        sa.Column("proposal", engine.db.Json(), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=True),
        sa.Column("settled_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_by_name", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspended_money")),
    )
    with op.batch_alter_table("suspended_money", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suspended_money_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_suspended_money_state"), ["state"], unique=False)

    op.create_table(
        "urgent_permits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("form", engine.db.Json(), nullable=False),
        sa.Column("applied_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("applied_by", sa.String(length=80), nullable=False),
        sa.Column("applied_by_name", sa.String(length=120), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.String(length=120), nullable=False),
        sa.Column("ends_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("work", engine.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urgent_permits")),
    )
    with op.batch_alter_table("urgent_permits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_urgent_permits_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "waiver_consents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("waiver_id", sa.String(length=32), nullable=False),
        sa.Column("check_id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("client_name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("notice", engine.db.Json(), nullable=False),
        sa.Column("opinions", engine.db.Json(), nullable=False),
        sa.Column("consent", engine.db.Json(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiver_consents")),
    )
    with op.batch_alter_table("waiver_consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waiver_consents_check_id"), ["check_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_waiver_consents_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_waiver_consents_waiver_id"), ["waiver_id"], unique=False)

    op.create_table(
        "acceptance_votes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("acceptance_id", sa.String(length=32), nullable=False),
        sa.Column("vote", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["acceptance_id"], ["acceptances.id"], name=op.f("fk_acceptance_votes_acceptance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_votes")),
        sa.UniqueConstraint("acceptance_id", "by", name=op.f("uq_acceptance_votes_acceptance_id_by")),
    )
    op.create_table(
        "contract_texts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("letter", engine.db.Json(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_by_name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_contract_texts_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_texts")),
    )
    with op.batch_alter_table("contract_texts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_texts_contract_id"), ["contract_id"], unique=False)

    op.create_table(
        "deadline_warnings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("deadline_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("days_left", sa.Integer(), nullable=False),
        sa.Column("warned_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=80), nullable=True),
        sa.Column("answered_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadlines.id"], name=op.f("fk_deadline_warnings_deadline_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_warnings")),
    )
    with op.batch_alter_table("deadline_warnings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deadline_warnings_deadline_id"), ["deadline_id"], unique=False)

    op.create_table(
        "limitation_events",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("deadline_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("document_ids", engine.db.Json(), nullable=False),
        sa.Column("entered_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadlines.id"], name=op.f("fk_limitation_events_deadline_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limitation_events")),
    )
    with op.batch_alter_table("limitation_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_limitation_events_deadline_id"), ["deadline_id"], unique=False)

    op.create_table(
        "screening_entries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("list_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("other_names", engine.db.Json(), nullable=False),
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["screening_lists.id"], name=op.f("fk_screening_entries_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_entries")),
    )
    with op.batch_alter_table("screening_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_screening_entries_id_hash"), ["id_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_screening_entries_list_id"), ["list_id"], unique=False)

    op.create_table(
        "time_bills",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("rate", workflows.records.money.Yuan(), nullable=False),
        sa.Column("amount", workflows.records.money.Yuan(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("made_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("objection", sa.Text(), nullable=False),
        sa.Column("fee_item_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_time_bills_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_bills")),
    )
    with op.batch_alter_table("time_bills", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_time_bills_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "time_entries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("person_name", sa.String(length=120), nullable=False),
        sa.Column("worked_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("written_off", sa.Integer(), nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("bill_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_time_entries_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_entries")),
    )
    with op.batch_alter_table("time_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_time_entries_bill_id"), ["bill_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_time_entries_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_time_entries_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "fee_measures",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("fee_item_id", sa.String(length=32), nullable=False),
        sa.Column("measure", sa.String(length=12), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("decided_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("decided_by_name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["fee_item_id"], ["fee_items.id"], name=op.f("fk_fee_measures_fee_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_measures")),
    )
    with op.batch_alter_table("fee_measures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fee_measures_fee_item_id"), ["fee_item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_fee_measures_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "invoice_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("fee_item_id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("tax_id", sa.String(length=30), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("sort", sa.String(length=12), nullable=False),
        sa.Column("in_advance", sa.Boolean(), nullable=False),
        sa.Column("advance_reason", sa.Text(), nullable=False),
        sa.Column("asked_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_by_name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["fee_item_id"], ["fee_items.id"], name=op.f("fk_invoice_requests_fee_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_requests")),
    )
    with op.batch_alter_table("invoice_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_requests_fee_item_id"), ["fee_item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_requests_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "refunds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("fee_item_id", sa.String(length=32), nullable=False),
        sa.Column("amount", workflows.records.money.Yuan(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("formula", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("applied_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("applied_by", sa.String(length=80), nullable=False),
        sa.Column("applied_by_name", sa.String(length=120), nullable=False),
        sa.Column("approvals", engine.db.Json(), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_by", sa.String(length=80), nullable=True),
        sa.Column("confirmed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["fee_item_id"], ["fee_items.id"], name=op.f("fk_refunds_fee_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
    )
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refunds_fee_item_id"), ["fee_item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_refunds_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "risk_settlements",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("fee_item_id", sa.String(length=32), nullable=False),
        sa.Column("realised", workflows.records.money.Yuan(), nullable=False),
        sa.Column("realised_on", sa.Date(), nullable=False),
        sa.Column("so_far", workflows.records.money.Yuan(), nullable=False),
        sa.Column("agreed", workflows.records.money.Yuan(), nullable=False),
        sa.Column("cap", workflows.records.money.Yuan(), nullable=False),
        sa.Column("amount", workflows.records.money.Yuan(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reported_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.String(length=80), nullable=False),
        sa.Column("reported_by_name", sa.String(length=120), nullable=False),
        sa.Column("document_ids", engine.db.Json(), nullable=False),
        sa.ForeignKeyConstraint(["fee_item_id"], ["fee_items.id"], name=op.f("fk_risk_settlements_fee_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_settlements")),
    )
    with op.batch_alter_table("risk_settlements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_risk_settlements_fee_item_id"), ["fee_item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_risk_settlements_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "screening_keys",
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["screening_entries.id"], name=op.f("fk_screening_keys_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", "key", name=op.f("pk_screening_keys")),
    )
    with op.batch_alter_table("screening_keys", schema=None) as batch_op:
        batch_op.create_index("ix_screening_keys_key", ["key"], unique=False)

    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_clients_merged_into"), ["merged_into"], unique=False)

    with op.batch_alter_table("communications", schema=None) as batch_op:
        batch_op.add_column(sa.Column("flags", engine.db.Json(), nullable=True))
        batch_op.add_column(sa.Column("mood", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("billable", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("reached", sa.Boolean(), nullable=True))

    with op.batch_alter_table("fee_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("refunded", workflows.records.money.Yuan(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("kind", sa.String(length=12), server_default="scheduled", nullable=False))
        batch_op.add_column(sa.Column("ended_reason", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("moved_at", engine.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_fee_items_moved_at"), ["moved_at"], unique=False)

    with op.batch_alter_table("fee_receipts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("payer_account", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("aml_note", sa.Text(), nullable=True))

    with op.batch_alter_table("invoices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("red_of", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("red_reason", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("in_advance", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index(batch_op.f("ix_invoices_red_of"), ["red_of"], unique=False)

    with op.batch_alter_table("leads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_frozen", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("matter_updates", schema=None) as batch_op:
        batch_op.add_column(sa.Column("read_at", engine.db.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("surveys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("occasion", sa.String(length=12), server_default="closing", nullable=False))
        batch_op.drop_constraint(batch_op.f("uq_surveys_lead_id"), type_="unique")
        batch_op.drop_constraint(batch_op.f("uq_surveys_matter_id"), type_="unique")
        batch_op.create_index(batch_op.f("ix_surveys_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_surveys_matter_id"), ["matter_id"], unique=False)

    with op.batch_alter_table("walls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plan", engine.db.Json(), nullable=True))
        batch_op.add_column(sa.Column("undertakings", engine.db.Json(), nullable=True))
        batch_op.add_column(sa.Column("tests", engine.db.Json(), nullable=True))
        batch_op.add_column(sa.Column("reviews", engine.db.Json(), nullable=True))
        batch_op.add_column(sa.Column("lift_request", engine.db.Json(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("There is no way back from here that keeps what was recorded since: restore a backup.")
