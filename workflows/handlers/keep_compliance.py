"""The firm's compliance year: the calendar opened, declarations kept, items done with proof, the year signed and filed (P29)."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Effect, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import case_facts, compliance_years, interests, letters, people
from workflows.records.client_mail import mail_person
from workflows.records.firm import read_firm
from workflows.records.letter_papers import set_letter, store_letter

PROOF_MISSING = "Please attach the proof, or say where it is kept."
#: the list of the form that each kind of interest stands in
LISTS = {"posts": "post", "investments": "investment", "advisers": "adviser", "former_matters": "former_matter"}
TEMPLATE = "compliance_year"


def schedule(context: Context) -> Variables:
    """When the next calendar is opened."""
    return {"compliance_opens_at": compliance_years.next_opening(context.now).isoformat()}


def open_year(context: Context) -> Variables:
    """Open the calendar; from here ``lead_id`` is the year's own file."""
    year = compliance_years.open_year(context)
    return {
        "compliance_year_id": year.id,
        "lead_id": year.id,
        "title": f"{year.year}年度合规",
        **dict(compliance_years.list_times(context.now)),
        **list_open(context, compliance_year_id=year.id),
    }


def list_open(context: Context, *, compliance_year_id: str) -> Variables:
    """The items still to be done, as the diagram repeats them."""
    found = compliance_years.list_items(context.session, compliance_year_id)
    return {"compliance_items": [_task(context, item) for item in found if item.done_at is None]}


def _task(context: Context, item: compliance_years.ComplianceItem) -> dict[str, str]:
    """An item as the diagram repeats it: whose it is, when it begins and is due."""
    owners = people.list_people(context.session, item.role) or people.list_people(context.session, "director")
    times = {"begins_at": item.begins_at.isoformat(), "due": item.due_at.isoformat()}
    return {"id": item.id, "title": item.title, "owner": owners[0].id if owners else "", **times}


def plan_item(context: Context, *, item_id: str) -> Variables:
    """Who still has to declare; a person of the firm gets a task each."""
    item = compliance_years.get_item(context.session, item_id)
    lacking = compliance_years.list_undeclared(context.session, item_id)
    asked = [{"id": person.id, "name": person.name} for person in lacking]
    return {"compliance_asked": asked, "compliance_declares": item.everybody if asked else ""}


def read_interests(context: Context, data: Variables) -> dict[str, Any]:
    """What the person declared last, so that only changes need typing."""
    person = people.find_person(context.session, data["someone"]["id"])
    found = interests.list_interests(context.session, data["someone"]["id"])
    values: dict[str, Any] = {"relatives": [{"identifier": "", **each} for each in person.relatives] if person else []}
    for path, kind in LISTS.items():
        own = [each for each in found if each.kind == kind]
        values[path] = [{**vars(each), "until": each.until.isoformat() if each.until else ""} for each in own]
    return values


def declare_interests(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Replace what the person declared and note that they did."""
    person_id = data["someone"]["id"]
    declared = [{**row, "kind": kind} for path, kind in LISTS.items() for row in values.get(path) or []]
    relatives = [{key: str(value or "") for key, value in row.items()} for row in values.get("relatives") or []]
    compliance_years.declare(context, data["item"]["id"], person_id, {"interests": len(declared), "relatives": len(relatives)})
    people.declare_relatives(context, person_id=person_id, relatives=relatives)
    interests.declare(context, person_id, declared)
    return {}


def confirm_secrecy(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the person's word that secrets stay secret, and what they still hold."""
    compliance_years.declare(context, data["item"]["id"], data["confirmer"]["id"], values)
    return {}


def remind_undeclared(context: Context, *, item_id: str) -> Variables:
    """Everybody who has yet to declare hears of it."""
    item = compliance_years.get_item(context.session, item_id)
    for person in compliance_years.list_undeclared(context.session, item_id):
        body = f"{item.help}\n\n请在{item.due_at:%Y-%m-%d}之前在待办中完成。"
        mail_person(context, person_id=person.id, subject=f"请完成：{item.title}", body=body)
    return {}


def read_item(context: Context, data: Variables) -> dict[str, Any]:
    """What is to be done, on which ground, and why a partner gave it back."""
    item = compliance_years.get_item(context.session, data["item"]["id"])
    return {"item_title": item.title, "item_help": item.help, "item_basis": item.basis, "returned": item.returned}


def finish_item(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep that the item is done, with its proof; one that does not apply this year says why."""
    proof = values.get("proof") or []
    note = str(values.get("note") or "").strip()
    if not proof and not note:
        raise FormInvalid({"proof": [FieldError(PROOF_MISSING)]})
    compliance_years.finish_item(context, data["item"]["id"], result=values["result"], note=note, proof=proof)
    return {}


def press(context: Context, *, compliance_year_id: str) -> Variables:
    """The director hears which items are late."""
    late = [item for item in compliance_years.list_items(context.session, compliance_year_id) if item.is_late(context.now)]
    lines = "\n".join(f"{item.title}（{item.due_at:%Y-%m-%d}）" for item in late)
    for person in people.list_people(context.session, "director") if late else []:
        mail_person(context, person_id=person.id, subject="年度合规事项逾期", body=lines)
    return {}


def read_year(context: Context, data: Variables) -> dict[str, Any]:
    """The year's items that may be given back."""
    found = compliance_years.list_items(context.session, data["compliance_year_id"])
    return {"rows": [{"item_id": item.id, "item": item.title, "reason": ""} for item in found]}


def sign_year(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner signs the year, or gives items back, each with a reason."""
    year_id = data["compliance_year_id"]
    if values["decision"] == "sign":
        compliance_years.sign(context, year_id, values.get("note") or "")
        return {"compliance_decision": "sign"}
    back = {row["item_id"]: row["reason"] for row in values.get("rows") or [] if str(row.get("reason") or "").strip()}
    if not back:
        raise FormInvalid({"rows": [FieldError("Please say what is lacking in at least one item.")]})
    compliance_years.return_items(context, year_id, back)
    return {"compliance_decision": "back", **list_open(context, compliance_year_id=year_id)}


def prepare(context: Context, *, compliance_year_id: str) -> dict[str, Any]:
    """Fill in the year's paper."""
    today = context.now.astimezone(FIRM_ZONE).date().isoformat()
    facts = {**compliance_years.facts(context.session, compliance_year_id), "firm": read_firm(), "today": today}
    letter = letters.compose(TEMPLATE, facts)
    return {
        "letter": letter.to_json(), "lead_id": compliance_year_id, "kind": letter.kind, "slot": letter.slot,
        "title": letter.title, "data_digest": case_facts.digest(facts), "at": context.now.isoformat(),
    }  # fmt: skip


HANDLERS = (
    Operation("compliance.schedule", schedule, "排定年度合规"),
    Operation("compliance.open_year", open_year, "建立年度合规事项"),
    Operation("compliance.list_open", list_open, "未完成的合规事项"),
    Operation("compliance.plan_item", plan_item, "准备合规事项"),
    Prefill("compliance.read_interests", read_interests, "已申报的利益"),
    Completion("compliance.declare_interests", declare_interests, "申报利益"),
    Completion("compliance.confirm_secrecy", confirm_secrecy, "确认保密"),
    Operation("compliance.remind_undeclared", remind_undeclared, "提醒申报"),
    Prefill("compliance.read_item", read_item, "合规事项"),
    Completion("compliance.finish_item", finish_item, "完成合规事项"),
    Operation("compliance.press", press, "督促合规事项"),
    Prefill("compliance.read_year", read_year, "年度合规"),
    Completion("compliance.sign_year", sign_year, "签署年度合规"),
    Effect("compliance.file_year", prepare, set_letter, store_letter, title="出具年度合规记录"),
)
