"""The proof that a deadline was kept, put into the case file."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.errors import FormInvalid
from engine.forms import FieldError
from workflows.records import deadlines, matters, refusals

PRESERVED = ("freeze_bank", "seizure_movable", "seizure_land")


def take_proof(context: Context, deadline_id: str, values: dict[str, Any]) -> deadlines.Deadline:
    """Check the proof, file it and settle the deadline; a new measure begins its own period."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    errors: dict[str, list[FieldError]] = {}
    today = context.now.astimezone(FIRM_ZONE).date()
    for field in ("action", "acted_on", "documents"):
        if not values.get(field):
            errors[field] = [FieldError("required")]
    for field in ("acted_on", "measure_on"):
        if values.get(field) and date.fromisoformat(values[field][:10]) > today:
            errors[field] = [FieldError(refusals.DATE_IN_FUTURE)]
    if values.get("measure") in PRESERVED and not values.get("measure_on"):
        errors["measure_on"] = [FieldError("required")]
    if errors:
        raise FormInvalid(errors)
    deadlines.file_papers(
        context, deadline.lead_id, values["documents"], slot="pleadings", title=f"期限完成证明：{deadline.title}"
    )
    kept = {key: values.get(key) for key in ("action", "acted_on", "documents", "reference", "note", "measure", "measure_on")}
    done = deadlines.complete_deadline(context, deadline_id, kept)
    if values.get("measure") in PRESERVED:
        renew(context, done, values["measure"], values["measure_on"][:10])
    return done


def renew(context: Context, deadline: deadlines.Deadline, measure: str, measure_on: str) -> None:
    """Have the end of a preservation measure entered as a deadline of its own, with what is known of it."""
    matter = matters.get_matter(context.session, deadline.matter_id) if deadline.matter_id else None
    suggested = {
        "kind": measure,
        "trigger_on": measure_on,
        "trigger_event": f"“{deadline.title}”完成后采取的保全措施",
        "documents": deadline.proof.get("documents") or [],
        "responsible": deadline.responsible_id,
        "backup": deadline.backup_id,
    }
    payload = {
        "lead_id": deadline.lead_id,
        "matter_id": deadline.matter_id,
        "lawyer_id": deadline.responsible_id,
        "source": "renewal",
        "suggested": suggested,
        "title": matter.title if matter else deadline.title,
    }
    context.send_message("deadline.trigger", correlation=deadline.matter_id or deadline.lead_id, payload=payload)
