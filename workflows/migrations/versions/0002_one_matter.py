"""The records of one matter's whole way, and what the engine keeps beside its tasks."""

from __future__ import annotations

import re
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

import engine.db
from engine.db import Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


LEADS = sa.table("leads", sa.column("id"), sa.column("reception", Json()), sa.column("remarks"), sa.column("phone"))
TASKS = sa.table(
    "tasks", sa.column("id"), sa.column("instance_id"), sa.column("state"), sa.column("assignee"), sa.column("assignee_name"),
    sa.column("properties", Json()), sa.column("excluded", Json()), sa.column("barred"), sa.column("data", Json()),
)  # fmt: skip
INSTANCES = sa.table("instances", sa.column("id"), sa.column("snapshot"))
HISTORY = sa.table("history", sa.column("instance_id"), sa.column("element_id"), sa.column("outcome"), sa.column("actor"))
PEOPLE = sa.table("people", sa.column("id"), sa.column("name"))


def fill_leads() -> None:
    """The telephone by which callers are found again; remarks move into the desk's form."""
    bind = op.get_bind()
    for row in bind.execute(sa.select(LEADS)).all():
        reception = {**row.reception, "remarks": row.remarks} if row.remarks else row.reception
        phone = re.sub(r"[\s()（）-]", "", str(reception.get("phone") or ""))
        bind.execute(sa.update(LEADS).where(LEADS.c.id == row.id).values(reception=reception, phone=phone))
    op.execute("ALTER TABLE leads DROP COLUMN remarks")


def fill_tasks() -> None:
    """Of open tasks: whose they are by name, what data they see, and who is barred from them."""
    bind = op.get_bind()
    names = dict(bind.execute(sa.select(PEOPLE.c.id, PEOPLE.c.name)).all())
    for row in bind.execute(sa.select(TASKS).where(TASKS.c.state == "open")).all():
        snapshot = bind.execute(sa.select(INSTANCES.c.snapshot).where(INSTANCES.c.id == row.instance_id)).scalar()
        elements = [each.strip() for each in row.properties.get("not_same_as", "").split(",") if each.strip()]
        did = sa.select(HISTORY.c.actor).where(HISTORY.c.instance_id == row.instance_id, HISTORY.c.element_id.in_(elements))
        people = dict.fromkeys([*(row.excluded or []), *bind.execute(did.where(HISTORY.c.outcome == "completed")).scalars()])
        values = {
            "assignee_name": names.get(row.assignee),
            "barred": "|" + "".join(f"{person}|" for person in people),
            "data": data_of(snapshot, row.id),
        }
        bind.execute(sa.update(TASKS).where(TASKS.c.id == row.id).values(values))


def data_of(snapshot: bytes | None, task_id: str) -> dict[str, Any] | None:
    """The process data that a task sees, out of a snapshot of version 1: equal data stand once, others as differences."""
    if not snapshot:
        return None
    stored = orjson.loads(bytes(snapshot))
    pool = stored["pool"]
    for part in stored["parts"]:
        for each, _parent, _spec, _state, place, *_rest in part["tasks"]:
            if each == task_id and place >= 0:
                if place == 0:
                    return dict(pool[0])
                differing, lacking = pool[place]
                return {**{key: value for key, value in pool[0].items() if key not in lacking}, **differing}
    return None


def create_older_tables() -> None:
    """Three tables that the first schema lacked in its first days."""
    there = sa.inspect(op.get_bind()).get_table_names()
    if "links" not in there:
        op.create_table(
            "links",
            sa.Column("id", sa.String(length=32), nullable=False),
            sa.Column("token_hash", sa.String(length=64), nullable=False),
            sa.Column("purpose", sa.String(length=40), nullable=False),
            sa.Column("instance_id", sa.String(length=32), nullable=False),
            sa.Column("element_id", sa.String(length=200), nullable=False),
            sa.Column("lead_id", sa.String(length=32), nullable=False),
            sa.Column("recipient_name", sa.String(length=200), nullable=False),
            sa.Column("recipient_email", sa.String(length=200), nullable=False),
            sa.Column("document_ids", engine.db.Json(), nullable=False),
            sa.Column("created_at", engine.db.UtcDateTime(timezone=True), nullable=False),
            sa.Column("expires_at", engine.db.UtcDateTime(timezone=True), nullable=False),
            sa.Column("used_at", engine.db.UtcDateTime(timezone=True), nullable=True),
            sa.Column("revoked_at", engine.db.UtcDateTime(timezone=True), nullable=True),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
            sa.UniqueConstraint("token_hash", name=op.f("uq_links_token_hash")),
        )
        with op.batch_alter_table("links", schema=None) as batch_op:
            batch_op.create_index(batch_op.f("ix_links_instance_id"), ["instance_id"], unique=False)
            batch_op.create_index(batch_op.f("ix_links_lead_id"), ["lead_id"], unique=False)
    if "mails" not in there:
        op.create_table(
            "mails",
            sa.Column("id", sa.String(length=32), nullable=False),
            sa.Column("to", sa.String(length=200), nullable=False),
            sa.Column("subject", sa.String(length=300), nullable=False),
            sa.Column("body", sa.Text(), nullable=False),
            sa.Column("lead_id", sa.String(length=32), nullable=True),
            sa.Column("attachments", engine.db.Json(), nullable=False),
            sa.Column("via", sa.String(length=10), nullable=False),
            sa.Column("sent_at", engine.db.UtcDateTime(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        )
        with op.batch_alter_table("mails", schema=None) as batch_op:
            batch_op.create_index(batch_op.f("ix_mails_lead_id"), ["lead_id"], unique=False)
            batch_op.create_index(batch_op.f("ix_mails_sent_at"), ["sent_at"], unique=False)
            batch_op.create_index(batch_op.f("ix_mails_to"), ["to"], unique=False)
    if "volume_checks" not in there:
        op.create_table(
            "volume_checks",
            sa.Column("id", sa.String(length=32), nullable=False),
            sa.Column("volume_id", sa.String(length=32), nullable=False),
            sa.Column("kind", sa.String(length=12), nullable=False),
            sa.Column("checked_at", engine.db.UtcDateTime(timezone=True), nullable=False),
            sa.Column("checked_by", sa.String(length=80), nullable=False),
            sa.Column("checked_by_name", sa.String(length=120), nullable=False),
            sa.Column("passed", sa.Boolean(), nullable=False),
            sa.Column("points", engine.db.Json(), nullable=False),
            sa.Column("defects", engine.db.Json(), nullable=False),
            sa.Column("opinion", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name=op.f("fk_volume_checks_volume_id")),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_volume_checks")),
        )
        with op.batch_alter_table("volume_checks", schema=None) as batch_op:
            batch_op.create_index(batch_op.f("ix_volume_checks_volume_id"), ["volume_id"], unique=False)


def create_tables() -> None:
    """What the records of the whole way are kept in."""
    op.create_table(
        "acceptances",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("form", engine.db.Json(), nullable=False),
        sa.Column("team_ids", engine.db.Json(), nullable=False),
        sa.Column("missing", engine.db.Json(), nullable=False),
        sa.Column("snapshot", engine.db.Json(), nullable=False),
        sa.Column("levels", engine.db.Json(), nullable=False),
        sa.Column("reasons", engine.db.Json(), nullable=False),
        sa.Column("applied_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("applied_by", sa.String(length=80), nullable=False),
        sa.Column("applied_by_name", sa.String(length=120), nullable=False),
        sa.Column("closed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptances")),
        sa.UniqueConstraint("lead_id", "round", name=op.f("uq_acceptances_lead_id_round")),
    )
    op.create_table(
        "assessments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("subject", engine.db.Json(), nullable=False),
        sa.Column("legality", engine.db.Json(), nullable=False),
        sa.Column("merits", engine.db.Json(), nullable=False),
        sa.Column("diligence", engine.db.Json(), nullable=False),
        sa.Column("aml_scope", sa.Boolean(), nullable=False),
        sa.Column("aml_level", sa.String(length=12), nullable=False),
        sa.Column("result", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refusal", engine.db.Json(), nullable=False),
        sa.Column("referral", engine.db.Json(), nullable=False),
        sa.Column("created_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
        sa.UniqueConstraint("lead_id", name=op.f("uq_assessments_lead_id")),
    )
    op.create_table(
        "client_signatures",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("signer_name", sa.String(length=120), nullable=False),
        sa.Column("signer_position", sa.String(length=120), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("signed_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=80), nullable=False),
        sa.Column("hashes", engine.db.Json(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("proof", engine.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_signatures")),
    )
    with op.batch_alter_table("client_signatures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_signatures_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "clients",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("facts", engine.db.Json(), nullable=False),
        sa.Column("is_blocked", sa.Boolean(), nullable=False),
        sa.Column("created_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clients_id_hash"), ["id_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_clients_name"), ["name"], unique=False)

    op.create_table(
        "communications",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=True),
        sa.Column("at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("persons", engine.db.Json(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("document_ids", engine.db.Json(), nullable=False),
        sa.Column("follow_up", sa.Text(), nullable=True),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_communications")),
    )
    with op.batch_alter_table("communications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_communications_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_communications_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_communications_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "conflict_checks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("check_no", sa.String(length=40), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("instance_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("team", engine.db.Json(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("questions", engine.db.Json(), nullable=False),
        sa.Column("queries", engine.db.Json(), nullable=False),
        sa.Column("party_set_hash", sa.String(length=64), nullable=False),
        sa.Column("declarations", engine.db.Json(), nullable=False),
        sa.Column("search", engine.db.Json(), nullable=False),
        sa.Column("heaviest", sa.String(length=10), nullable=False),
        sa.Column("decisions", engine.db.Json(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("requested_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("searched_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("valid_until", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("annex_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_checks")),
        sa.UniqueConstraint("check_no", name=op.f("uq_conflict_checks_check_no")),
    )
    with op.batch_alter_table("conflict_checks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflict_checks_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conflict_checks_state"), ["state"], unique=False)

    op.create_table(
        "conflict_hits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("check_id", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("query", engine.db.Json(), nullable=False),
        sa.Column("subject", engine.db.Json(), nullable=False),
        sa.Column("subject_key", sa.String(length=120), nullable=False),
        sa.Column("reasons", engine.db.Json(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("situation", engine.db.Json(), nullable=False),
        sa.Column("hit_class", sa.String(length=10), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("identity", sa.String(length=10), nullable=False),
        sa.Column("judged_class", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("judged_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("judged_by", sa.String(length=80), nullable=False),
        sa.Column("judged_by_name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_hits")),
    )
    with op.batch_alter_table("conflict_hits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflict_hits_check_id"), ["check_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conflict_hits_subject_key"), ["subject_key"], unique=False)

    op.create_table(
        "declines",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("letter", engine.db.Json(), nullable=False),
        sa.Column("written_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("written_by_name", sa.String(length=120), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("approved_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("approved_by_name", sa.String(length=120), nullable=False),
        sa.Column("mailed", sa.Boolean(), nullable=False),
        sa.Column("delivery", engine.db.Json(), nullable=False),
        sa.Column("sent_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declines")),
        sa.UniqueConstraint("lead_id", name=op.f("uq_declines_lead_id")),
    )
    op.create_table(
        "expectations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("meeting", engine.db.Json(), nullable=False),
        sa.Column("guidance", engine.db.Json(), nullable=False),
        sa.Column("partner", engine.db.Json(), nullable=False),
        sa.Column("questions", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("written_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("written_by_name", sa.String(length=120), nullable=False),
        sa.Column("answered_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expectations")),
        sa.UniqueConstraint("lead_id", "round", name=op.f("uq_expectations_lead_id_round")),
    )
    op.create_table(
        "parties",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("identifier", sa.String(length=60), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("relation", sa.String(length=60), nullable=False),
        sa.Column("other_names", engine.db.Json(), nullable=False),
        sa.Column("details", engine.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
    )
    with op.batch_alter_table("parties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_parties_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "waivers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("check_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("notice", engine.db.Json(), nullable=False),
        sa.Column("opinions", engine.db.Json(), nullable=False),
        sa.Column("consent", engine.db.Json(), nullable=False),
        sa.Column("refused_reason", sa.Text(), nullable=False),
        sa.Column("created_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waivers")),
        sa.UniqueConstraint("check_id", name=op.f("uq_waivers_check_id")),
    )
    with op.batch_alter_table("waivers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waivers_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "acceptance_opinions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("acceptance_id", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["acceptance_id"], ["acceptances.id"], name=op.f("fk_acceptance_opinions_acceptance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_opinions")),
    )
    with op.batch_alter_table("acceptance_opinions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_acceptance_opinions_acceptance_id"), ["acceptance_id"], unique=False)

    op.create_table(
        "closings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("application", engine.db.Json(), nullable=False),
        sa.Column("open_items", engine.db.Json(), nullable=False),
        sa.Column("summary", engine.db.Json(), nullable=False),
        sa.Column("review", engine.db.Json(), nullable=False),
        sa.Column("settlement", engine.db.Json(), nullable=False),
        sa.Column("delivery", engine.db.Json(), nullable=False),
        sa.Column("objections", engine.db.Json(), nullable=False),
        sa.Column("receipt", engine.db.Json(), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("applied_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("applied_by", sa.String(length=80), nullable=False),
        sa.Column("applied_by_name", sa.String(length=120), nullable=False),
        sa.Column("reviewed_by_name", sa.String(length=120), nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=False),
        sa.Column("closed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["matter_id"], ["matters.id"], name=op.f("fk_closings_matter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closings")),
        sa.UniqueConstraint("lead_id", name=op.f("uq_closings_lead_id")),
        sa.UniqueConstraint("matter_id", name=op.f("uq_closings_matter_id")),
    )
    op.create_table(
        "surveys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.String(length=32), nullable=False),
        sa.Column("lead_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("team", engine.db.Json(), nullable=False),
        sa.Column("answers", engine.db.Json(), nullable=False),
        sa.Column("lowest", sa.Integer(), nullable=False),
        sa.Column("improper", sa.Boolean(), nullable=False),
        sa.Column("followup", sa.String(length=12), nullable=False),
        sa.Column("call", engine.db.Json(), nullable=False),
        sa.Column("opened_at", engine.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", engine.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["matter_id"], ["matters.id"], name=op.f("fk_surveys_matter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("lead_id", name=op.f("uq_surveys_lead_id")),
        sa.UniqueConstraint("matter_id", name=op.f("uq_surveys_matter_id")),
    )


def change_tables() -> None:
    """What is added to the tables of the first schema; SQLite adds a column that may not be empty only with a default."""
    none = sa.text("x'5b5d'") if op.get_bind().dialect.name == "sqlite" else sa.text("'\\x5b5d'::bytea")
    op.drop_index("ix_effects_instance_id", "effects")
    op.create_index("ix_effects_of", "effects", ["instance_id", "state"])
    op.add_column("fee_receipts", sa.Column("document_ids", engine.db.Json(), nullable=False, server_default=none))
    op.add_column("invoices", sa.Column("document_ids", engine.db.Json(), nullable=False, server_default=none))
    op.add_column("history", sa.Column("data", engine.db.Json(), nullable=True))
    op.create_index("ix_history_four_eyes", "history", ["instance_id", "element_id", "outcome", "actor"])
    op.drop_index("ix_incidents_instance_id", "incidents")
    op.create_index("ix_incidents_of", "incidents", ["instance_id", "state"])
    op.add_column("leads", sa.Column("phone", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("leads", sa.Column("client_id", sa.String(length=32), nullable=True))
    op.add_column("leads", sa.Column("instance_id", sa.String(length=32), nullable=True))
    op.create_index("ix_leads_client_id", "leads", ["client_id"])
    op.create_index("ix_leads_phone", "leads", ["phone"])
    epoch = "1970-01-01 00:00:00.000000" if op.get_bind().dialect.name == "sqlite" else "1970-01-01 00:00:00+00"
    moment = engine.db.UtcDateTime(timezone=True)
    op.add_column("messages", sa.Column("next_attempt_at", moment, nullable=False, server_default=epoch))
    op.add_column("messages", sa.Column("last_error", sa.Text(), nullable=True))
    op.drop_index("ix_messages_state", "messages")
    op.create_index("ix_messages_match", "messages", ["name", "correlation"])
    op.create_index("ix_messages_owed", "messages", ["state", "next_attempt_at"])
    op.add_column("tasks", sa.Column("assignee_name", sa.String(length=100), nullable=True))
    op.add_column("tasks", sa.Column("barred", sa.Text(), nullable=False, server_default="|"))
    op.add_column("tasks", sa.Column("data", engine.db.Json(), nullable=True))
    op.drop_index("ix_tasks_instance_id", "tasks")
    op.create_index("ix_tasks_of", "tasks", ["instance_id", "state"])


def upgrade() -> None:
    create_older_tables()
    create_tables()
    change_tables()
    fill_leads()
    fill_tasks()
    op.execute("UPDATE messages SET next_attempt_at = created_at")


def downgrade() -> None:
    raise RuntimeError("There is no way back from here that keeps what was recorded since: restore a backup.")
