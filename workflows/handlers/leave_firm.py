"""Leaving the firm: begun, the inventory, who goes on with each matter, what the clients chose, the four signatures."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid, NotAllowed
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import departure_matters, departure_signs, departures, leads, links, matters, people
from workflows.records.client_mail import mail_person, mail_role
from workflows.records.departure_items import DESKS, list_items
from workflows.records.rule_packs import get_rule

END_OF_DAY = time(18)
MAY_RECORD = frozenset({"partner", "director", "compliance"})
CONFIRM_MISSING = "Please confirm."


def begin(context: Context, *, person_id: str, last_day: str, **said: Any) -> Variables:
    """Give notice, for oneself or for somebody."""
    day = date.fromisoformat(last_day[:10])
    made = departures.begin(context, person_id=person_id, kind=departures.LEAVING, last_day=day, **said)
    context.send_message("departure.begun", correlation=made.id, payload=_payload(made))
    return {"departure_id": made.id}


def _payload(made: departures.Departure) -> dict[str, Any]:
    """What the process begins with; ``lead_id`` is the departure's own file."""
    return {
        "departure_id": made.id,
        "lead_id": made.id,
        "leaving_id": made.person_id,
        "departure_kind": made.kind,
        "title": f"{departures.KINDS[made.kind]} {made.departure_no} {made.person_name}",
    }


def prepare(context: Context, *, departure_id: str) -> Variables:
    """Make the inventory and set the times; whoever has tasks of somebody who is away gets them at once."""
    departure = departures.get_departure(context.session, departure_id)
    departure_matters.take_in(context, departure_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    times = {key: f"{get_rule('staff', key, today).value} WD" for key in ("inventory", "plan", "clear", "clear_reminder")}
    is_leaving = departure.kind == departures.LEAVING
    ends = datetime.combine(departure.last_day, END_OF_DAY, FIRM_ZONE) if is_leaving else context.now
    return {f"departure_{key}": text for key, text in times.items()} | {"departure_ends_at": ends.isoformat()}


def keep_inventory(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The person confirms the inventory and lists what the firm gave out."""
    departures.list_given_out(context, data["departure_id"], values.get("things") or [])
    departures.keep_step(context, data["departure_id"], "inventory", {"note": values.get("note") or ""})
    return {}


def read_plan(context: Context, data: Variables) -> dict[str, Any]:
    """The matters to be handed on, each with the backup lawyer as proposal."""
    found = departure_matters.take_in(context, data["departure_id"])
    shown = [(each, each.successor_id or _backup(context, each)) for each in found]
    return {"rows": [{"matter": _name(context, each), "successor": successor} for each, successor in shown]}


def _name(context: Context, found: departure_matters.DepartureMatter) -> str:
    matter = matters.get_matter(context.session, found.matter_id)
    return f"{matter.matter_no} {matter.title}"


def _backup(context: Context, found: departure_matters.DepartureMatter) -> str:
    """The team's backup, else somebody else of the team."""
    departure = departures.get_departure(context.session, found.departure_id)
    members = matters.list_members(context.session, found.matter_id)
    ordered = sorted(members, key=lambda person: members[person] != "backup")
    return next((person for person in ordered if person != departure.person_id), "")


def plan(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep who would go on with each matter, and who takes the tasks that belong to none."""
    found, rows = departure_matters.list_matters(context.session, data["departure_id"]), values.get("rows") or []
    if len(found) != len(rows):
        raise FormInvalid({"rows": [FieldError("Each matter needs a successor.")]})
    for index, (each, row) in enumerate(zip(found, rows, strict=True)):
        try:
            departure_matters.propose_successor(context, each.id, row["successor"])
        except NotAllowed as refused:
            raise FormInvalid({f"rows.{index}.successor": [FieldError(refused.fields["reason"])]}) from refused
    departures.name_deputy(context, data["departure_id"], values["deputy"])
    departures.keep_step(context, data["departure_id"], "plan", {"note": values.get("note") or ""})
    return {}


def ask_clients(context: Context, *, departure_id: str) -> Variables:
    """Begin the clients' choice for each matter; from here the desks may sign."""
    departure = departures.start_clearing(context, departure_id)
    for each in departure_matters.list_matters(context.session, departure_id):
        if each.choice or departure_matters.is_settled(context.session, each, departure.person_id):
            continue
        lead, matter = leads.get_lead(context.session, each.lead_id), matters.get_matter(context.session, each.matter_id)
        payload = {
            "departure_id": departure_id, "departure_matter_id": each.id, "matter_id": each.matter_id, "lead_id": each.lead_id,
            "lawyer_id": matter.lawyer_id, "leaving_id": departure.person_id, "successor_id": each.successor_id or "",
            "client_name": lead.client_name, "matter_type": matter.matter_type, "title": f"{matter.matter_no} {matter.title}",
        }  # fmt: skip
        context.send_message("departure.matter", correlation=each.id, payload=payload)
    return {}


def plan_choice(context: Context, *, departure_matter_id: str) -> Variables:
    """The times of one client's choice."""
    today = context.now.astimezone(FIRM_ZONE).date()
    keys = ("client_choice", "client_reminder", "record_choice", "transfer")
    return {f"choice_{key}": f"{get_rule('staff', key, today).value} WD" for key in keys} | {
        "choice_days": 2 * int(get_rule("staff", "client_choice", today).value)  # the link outlives the working days
    }


def read_choice(context: Context, data: Variables) -> dict[str, Any]:
    """Who leaves, where to, and who would go on; for the client and for who records the answer."""
    found = departure_matters.get_matter(context.session, data["departure_matter_id"])
    departure = departures.get_departure(context.session, found.departure_id)
    name = people.find_name(context.session, found.successor_id or "") or ""
    verb = "因故不能继续办理您委托的事项" if departure.kind != departures.LEAVING else "将离开本所"
    until = f"自{departure.last_day:%Y年%m月%d日}起" if departure.kind == departures.LEAVING else ""
    where = f"，拟前往{departure.destination}" if departure.destination else ""
    said = f"{departure.person_name}律师{until}{verb}{where}。您委托的“{_name(context, found)}”如何继续，由您决定。"
    return {
        "notice": said,
        "proposed": f"{name}律师" if name else "本所另行指派的律师",
        "may_follow": _may_follow(departure),
    }


def _may_follow(departure: departures.Departure) -> str:
    """Nobody follows who does not go to another firm."""
    return "yes" if departure.kind == departures.LEAVING and departure.destination else "no"


def choose(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client chooses by the link."""
    links.use_own_link(context)
    return _choose(context, data["departure_matter_id"], values, departure_matters.BY_LINK)


def record(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Somebody of the firm records what the client said in person or by telephone."""
    return _choose(context, data["departure_matter_id"], values, departure_matters.RECORDED)


def _choose(context: Context, departure_matter_id: str, values: dict[str, Any], how: str) -> Variables:
    found = departure_matters.get_matter(context.session, departure_matter_id)
    departure = departures.get_departure(context.session, found.departure_id)
    if values["choice"] == departure_matters.FOLLOW and _may_follow(departure) == "no":
        raise FormInvalid({"choice": [FieldError("Nobody can be followed to another firm here.")]})
    proof = {key: values.get(key) for key in ("_proof", "signer_name", "signature", "how") if values.get(key)}
    note = values.get("note") or ""
    made = departure_matters.choose(context, found.id, choice=values["choice"], chosen_by=how, note=note, proof=proof)
    return {"client_choice": made.choice}


def record_choice(context: Context, *, departure_matter_id: str, choice: str, note: str, how: str = "phone") -> Variables:
    """Record from the page what the client said; the open link is then of no use."""
    if context.actor.kind != "system" and not context.actor.roles & MAY_RECORD:
        raise NotAllowed(reason="your roles do not include this")
    if not note.strip():
        raise NotAllowed(reason="say when and how the client chose")
    said = _choose(context, departure_matter_id, {"choice": choice, "note": note, "how": how}, departure_matters.RECORDED)
    context.send_message("departure.choice_recorded", correlation=departure_matter_id, payload=dict(said or {}))
    return said


def keep_transfer(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The copy of the file and the originals went to the client who follows."""
    departure_matters.keep_transfer(context, data["departure_matter_id"], values)
    return {}


def request_change(context: Context, *, departure_matter_id: str, kind: str) -> Variables:
    """Have the lawyer replaced or the engagement ended, by the process for that."""
    found = departure_matters.get_matter(context.session, departure_matter_id)
    departure = departures.get_departure(context.session, found.departure_id)
    matter, lead = matters.get_matter(context.session, found.matter_id), leads.get_lead(context.session, found.lead_id)
    why = "离所" if departure.kind == departures.LEAVING else "不能继续履行职务"
    starter = found.successor_id if kind == "substitute" and found.successor_id else matter.lawyer_id
    payload = {
        "matter_id": matter.id, "lead_id": matter.lead_id, "lawyer_id": matter.lawyer_id, "starter_id": starter,
        "client_id": matter.client_id, "client_name": lead.client_name, "matter_no": matter.matter_no,
        "matter_type": matter.matter_type, "title": f"{lead.client_name} · {matter.title}", "change_kind": kind,
        "team_ids": list(matters.list_members(context.session, matter.id)),
        "change_reason": f"{departure.person_name}律师{why}，客户选择{departure_matters.CHOICES[found.choice]}。",
    }  # fmt: skip
    context.send_message("matter.change_requested", correlation=matter.id, payload=payload)
    return {}


def sign(desk: str) -> Any:
    """A completion that signs for a desk; refused while its things are open."""

    def complete(context: Context, values: dict[str, Any], data: Variables) -> Variables:
        if not values.get("confirmed"):
            raise FormInvalid({"confirmed": [FieldError(CONFIRM_MISSING)]})
        if desk == "admin":
            returned = [row["thing_id"] for row in values.get("things") or [] if row.get("returned")]
            departures.take_back(context, data["departure_id"], returned)
        departure_signs.sign(context, data["departure_id"], desk, note=values.get("note") or "")
        return {}

    return complete


def read_things(context: Context, data: Variables) -> dict[str, Any]:
    """What is to come back."""
    found = departures.get_departure(context.session, data["departure_id"])
    shown = [each for each in found.things if not each["returned_at"]]
    return {"things": [{"thing_id": each["id"], "what": each["what"], "returned": False} for each in shown]}


def press(context: Context, *, departure_id: str, what: str) -> Variables:
    """The desks with open things, and the director, hear what is open; or only the director that a step is late."""
    departure = departures.get_departure(context.session, departure_id)
    subject = f"{departure.departure_no} {departure.person_name}：{what}"
    counts = {desk: len(list_items(context.session, departure, desk=desk)) for desk in DESKS}
    signed = {desk: "已会签" if desk in departure.signs else "未会签" for desk in DESKS}
    lines = [f"{name}：未结 {counts[desk]} 项，{signed[desk]}" for desk, name in DESKS.items()]
    body = "\n".join([subject, "", *lines])
    mail_role(context, role="director", subject=subject, body=body, lead_id=None)
    if departure.state == departures.CLEARING:
        mail_person(context, person_id=departure.person_id, subject=subject, body=body)
        for desk in DESKS:
            if desk not in departure.signs:
                mail_role(context, role=desk, subject=subject, body=body, lead_id=None)
    return {}


def close(context: Context, *, departure_id: str) -> Variables:
    """Close the account, hand on the tasks."""
    departure_signs.close(context, departure_id)
    return {}


def deliver(context: Context, *, departure_id: str, document_id: str) -> Variables:
    """Mail the certificate to the private address, where there is one."""
    departure = departures.get_departure(context.session, departure_id)
    if not departure.private_email or departure.kind == departures.DEATH:
        return {"certificate_sent": False}
    body = f"{departure.person_name}：\n\n您好。您的离所交接已经办结，证明附后。保密义务在离所后继续有效。\n\n祝一切顺利。"
    mail = {"to": departure.private_email, "subject": "离所交接办结证明", "body": body}
    payload = {**mail, "lead_id": None, "attachments": [document_id]}
    context.emit("mail.send", payload, key=f"departure:{departure_id}")
    return {"certificate_sent": True}


HANDLERS = (
    Operation("departures.begin", begin, "提出离所"),
    Operation("departures.prepare", prepare, "生成交接清单"),
    Completion("departures.keep_inventory", keep_inventory, "核对交接清单"),
    Prefill("departures.read_plan", read_plan, "移交方案"),
    Completion("departures.plan", plan, "移交方案"),
    Operation("departures.ask_clients", ask_clients, "征询客户选择"),
    Operation("departures.plan_choice", plan_choice, "确定征询时限"),
    Prefill("departures.read_choice", read_choice, "客户选择"),
    Completion("departures.choose", choose, "客户选择"),
    Completion("departures.record", record, "登记客户选择"),
    Operation("departures.record_choice", record_choice, "登记客户选择"),
    Completion("departures.keep_transfer", keep_transfer, "移交案卷副本"),
    Operation("departures.request_change", request_change, "提请变更委托"),
    *(Completion(f"departures.sign_{desk}", sign(desk), f"会签：{name}") for desk, name in DESKS.items()),
    Prefill("departures.read_things", read_things, "归还物品"),
    Operation("departures.press", press, "督促交接"),
    Operation("departures.close", close, "关闭账号"),
    Operation("departures.deliver", deliver, "送达证明"),
)
