"""The lawyer's part of an intake: somebody is assigned, and completes the outline or gives it back."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import archive_stops, leads, people, walls

NO_NEW_MATTERS = "This lawyer is given no new matters until an overdue volume is filed."
CONFIRMED, RETURNED, REASSIGN = "CONFIRMED", "RETURNED", "REASSIGN"
ID_LENGTH, LONGEST_PERSON = 18, 4
OUTLINE = frozenset({"intake_decision", "return_reason", "returned"})  # entries that are not part of the outline


def assign_lawyer(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Make a lawyer the contact lawyer."""
    person = people.find_person(context.session, values["lawyer_id"])
    if person is None or not person.is_active or "lawyer" not in person.roles:
        raise FormInvalid({"lawyer_id": [FieldError("option")]})
    walls.check_team(context.session, data["lead_id"], [person.id])
    if not archive_stops.may_take_matters(context.session, person.id):
        raise FormInvalid({"lawyer_id": [FieldError(NO_NEW_MATTERS)]})
    leads.get_lead(context.session, data["lead_id"]).lawyer_id = person.id
    context.audit("lead_assigned", f"lead:{data['lead_id']}", lawyer=person.id, reason=values.get("reason") or "")
    return {"lawyer_id": person.id, "team_ids": [person.id], "return_reason": ""}


def note_emergency(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The least that urgent work needs: whom it is about, what for, and a lawyer."""
    lead = leads.get_lead(context.session, data["lead_id"])
    leads.note_caller(context, lead.id, str(lead.reception.get("contact_name") or ""))
    found = _of_detained(values) if values["emergency"] == "detained" else _of_deadline(values)
    lead = leads.write_outline(context, lead.id, found)
    assigned = assign_lawyer(context, {**values, "reason": "紧急来访"}, data)
    return {**assigned, **leads.describe(context, lead), "client_name": lead.client_name}


def _of_detained(values: dict[str, Any]) -> dict[str, Any]:
    number = str(values["suspect_id"])
    suspect = {"name": values["suspect_name"], "kind": "person", "role": "犯罪嫌疑人、被告人"}
    return {
        "matter_type": "criminal",
        "cause": values["charge"],
        "authority": values["agency"],
        "summary": f"{values['suspect_name']}（{number}）因涉嫌{values['charge']}被羁押，办案机关：{values['agency']}。",
        "third_parties": [{**suspect, "identifier": number if len(number) == ID_LENGTH else ""}],
        "relation_to_suspect": values["relation"],
    }


def _of_deadline(values: dict[str, Any]) -> dict[str, Any]:
    other = values.get("opposing_name")
    kind = "organisation" if other and len(other) > LONGEST_PERSON else "person"
    return {
        "matter_type": values["matter_type"],
        "cause": values["cause"],
        "key_dates": [{"event": values["deadline_event"], "date": values["deadline_on"]}],
        "opposing_parties": [{"name": other, "kind": kind}] if other else [],
    }


def read_assignment(context: Context, data: Variables) -> dict[str, Any]:
    """Who was the contact lawyer, and why that lawyer gave the lead back."""
    lead = leads.get_lead(context.session, data["lead_id"])
    return {"lawyer_id": lead.lawyer_id or "", "returned": data.get("return_reason") or ""}


def read_outline(context: Context, data: Variables) -> dict[str, Any]:
    """What is written so far, and why the lawyer gave it back."""
    lead = leads.get_lead(context.session, data["lead_id"])
    return {**lead.outline, "returned": data.get("return_reason") or ""}


def confirm(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The lawyer completes the outline; the lead goes on to the conflict check, or back with a reason."""
    lead = leads.get_lead(context.session, data["lead_id"])
    decision = values.get("intake_decision") or CONFIRMED
    if decision != CONFIRMED:
        context.audit("lead_returned", f"lead:{lead.id}", decision=decision, reason=values["return_reason"])
        return {"intake_decision": decision, "return_reason": values["return_reason"]}
    given = {key: value for key, value in values.items() if key not in OUTLINE}
    outline = {**lead.outline, **given}
    lead = leads.write_outline(context, lead.id, outline)
    leads.move_lead(context, lead.id, "SCREENING")
    return {"intake_decision": CONFIRMED, "intake_result": "READY", **leads.describe(context, lead)}


HANDLERS = (
    Completion("leads.assign_lawyer", assign_lawyer, "指定接洽律师"),
    Completion("leads.note_emergency", note_emergency, "紧急来访登记"),
    Completion("leads.confirm", confirm, "律师确认"),
    Prefill("leads.outline", read_outline, "案情概要"),
    Prefill("leads.read_assignment", read_assignment, "接洽律师"),
)
