"""Opening a matter: guarded, numbered, with its volume, its team and its first plan."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid, JuanzongError
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    client_files,
    client_mail,
    conflict_validity,
    conflicts,
    contracts,
    deadline_triggers,
    firm,
    leads,
    matters,
    people,
    refusals,
    volumes,
)

FILE_SETS = frozenset({"client", "case", "lawyers", "contract", "fees"})


class ContractUnsigned(JuanzongError):
    """No matter may be opened before the engagement contract is signed."""


def open_matter(
    context: Context, *, lead_id: str, client_id: str, contract_id: str, matter_type: str, title: str, lawyer_id: str
) -> Variables:
    """Give client file and matter their numbers and open the volume.

    Guard G1 asks for a conflict check that is good and still valid, guard G2 for the signed contract.
    """
    check = conflicts.find_check(context.session, lead_id)
    if check is None or not conflict_validity.is_valid(context.session, check, context.now):
        raise conflict_validity.ConflictUnchecked
    if contracts.get_contract(context.session, contract_id).state != contracts.SIGNED:
        raise ContractUnsigned
    lead = leads.get_lead(context.session, lead_id)
    client_file = client_files.open_client_file(context, client_id)
    matter = matters.open_matter(
        context,
        lead_id=lead_id,
        client_id=client_id,
        contract_id=contract_id,
        matter_type=matter_type,
        title=title,
        lawyer_id=lawyer_id,
    )
    volume_id = volumes.open_volume(
        context,
        matter_id=matter.id,
        lead_id=lead_id,
        matter_type=matter_type,
        client_name=lead.client_name,
        title=title,
    )
    matters.set_volume(context, matter.id, volume_id)
    if lead.state == "APPROVED":
        leads.move_lead(context, lead_id, "CONVERTED")
    return {
        "matter_id": matter.id,
        "matter_no": matter.matter_no,
        "client_no": client_file.client_no,
        "volume_id": volume_id,
    }


def check_client_file(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Record that the client's file has its five sets of information."""
    missing = FILE_SETS - set(values["file_sets"])
    if missing:
        raise FormInvalid({"file_sets": [FieldError(refusals.CLIENT_FILE_INCOMPLETE, {"count": len(missing)})]})
    matter = matters.get_matter(context.session, data["matter_id"])
    client_files.check_client_file(
        context,
        matter.client_id,
        tier=values["tier"],
        preferences={key: value for key, value in values.items() if key not in {"file_sets", "tier"}},
    )
    return {"client_tier": values["tier"]}


def read_client_file(context: Context, data: Variables) -> dict[str, Any]:
    """What the file says so far, from this matter or an earlier one."""
    matter = matters.get_matter(context.session, data["matter_id"])
    lead = leads.get_lead(context.session, matter.lead_id)
    found = client_files.find_client_file(context.session, matter.client_id)
    return {
        "tier": found.tier if found else "B",
        "preferred_channel": lead.reception.get("preferred_channel") or "email",
        "contact_person": lead.reception.get("contact_name") or lead.client_name,
        "contact_phone": lead.reception.get("phone") or "",
        **(found.preferences if found else {}),
    }


def set_team(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Put the team together; the stand-in is somebody else than the lead."""
    members: dict[str, str] = {}
    errors: dict[str, list[FieldError]] = {}
    chosen = [
        ("lead_lawyer", "lead", [values["lead_lawyer"]]),
        ("co_lawyers", "co", values.get("co_lawyers") or []),
        ("assistants", "assistant", values.get("assistants") or []),
        ("backup_lawyer", "backup", [values["backup_lawyer"]]),
    ]
    for path, part, ids in chosen:
        for person_id in ids:
            person = people.find_person(context.session, person_id)
            if person is None or "lawyer" not in person.roles:
                errors[path] = [FieldError("option")]
            elif person_id in members:
                errors[path] = [FieldError(refusals.PERSON_CHOSEN_TWICE, {"name": person.name})]
            else:
                members[person_id] = part
    if errors:
        raise FormInvalid(errors)
    matters.set_team(context, data["matter_id"], members)
    return {"lawyer_id": values["lead_lawyer"], "team_ids": list(members)}


def read_team(context: Context, data: Variables) -> dict[str, Any]:
    """The lawyer who brought the matter in leads it."""
    return {"lead_lawyer": data["lawyer_id"]}


def set_plan(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the first plan."""
    plan = {key: value for key, value in values.items() if key != "security_level"}
    matters.set_plan(context, data["matter_id"], plan=plan, security_level=values["security_level"])
    return {}


def read_plan(context: Context, data: Variables) -> dict[str, Any]:
    """The goal the client confirmed, and the key dates that were noted at intake."""
    lead = leads.get_lead(context.session, data["lead_id"])
    dates = [
        {"key_date_kind": row.get("event") or "", "key_date_on": row.get("date") or "", "key_date_note": ""}
        for row in lead.outline.get("key_dates") or []
    ]
    return {"strategy": "", "key_dates": dates, "security_level": "internal", "in_custody": False}


def activate(context: Context, *, matter_id: str, lead_id: str) -> Variables:
    """Start the work and tell the client who does it and where to complain."""
    matter = matters.activate_matter(context, matter_id)
    deadline_triggers.trigger_from_plan(context, matter)
    names = [people.find_person(context.session, person_id) for person_id in matters.list_members(context.session, matter_id)]
    team = "、".join(person.name for person in names if person)
    sent = client_mail.mail_client(
        context,
        lead_id=lead_id,
        subject=f"您的案件已立案办理：{matter.matter_no}",
        body=f"您好：\n\n您委托的“{matter.title}”已在本所立案，收案号{matter.matter_no}，承办团队：{team}。"
        f"承办律师将定期向您书面通报进展。对服务有意见的，请拨打投诉电话{firm.read_firm()['complaints']}。",
    )
    return {"welcome_sent": sent}


def remind_desk(context: Context, *, matter_id: str) -> Variables:
    """Mail the front desk that a client's file waits for its check."""
    matter = matters.get_matter(context.session, matter_id)
    count = client_mail.mail_role(
        context,
        role="desk",
        subject=f"请核对客户档案：{matter.matter_no}",
        body=f"案件{matter.matter_no}已立案满一个工作日，客户档案尚未核对，请登录待办处理。",
        lead_id=matter.lead_id,
    )
    return {"desk_reminded": count}


HANDLERS = (
    Operation("matters.open", open_matter, "编号立案建卷"),
    Completion("matters.check_client_file", check_client_file, "核对客户档案"),
    Prefill("matters.read_client_file", read_client_file, "客户档案"),
    Completion("matters.set_team", set_team, "团队与分工"),
    Prefill("matters.read_team", read_team, "团队"),
    Completion("matters.set_plan", set_plan, "首次办案计划"),
    Prefill("matters.read_plan", read_plan, "办案计划"),
    Operation("matters.activate", activate, "启动办理并致函客户"),
    Operation("matters.remind_desk", remind_desk, "提醒核对档案"),
)
