"""Options compared, explained, chosen by every client by link; unlawful or harmful choices objected to (R33, R34)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    client_mail,
    client_refusals,
    communications,
    confirmations,
    leads,
    objections,
    option_facts,
    option_tables,
)
from workflows.records.rule_packs import get_rule

LISTED, OWN, DISAGREED, LAPSED = "LISTED", "OWN", "DISAGREED", "LAPSED"


def compare(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the comparison and say what decision table D9 asks."""
    options = values.get("options") or []
    nothing = [row for row in options if row.get("is_nothing")]
    if len(options) < 2 or not nothing:
        raise FormInvalid({"options": [FieldError(client_refusals.OPTIONS_TOO_FEW)]})
    if int(values["recommended"]) > len(options):
        raise FormInvalid({"recommended": [FieldError(client_refusals.OPTION_UNKNOWN)]})
    several = values["clients"] if len(values["clients"]) > 1 else []
    wrong = {
        f"clients.{index}.client_email": [FieldError("required")] for index, row in enumerate(several) if not row["client_email"]
    }
    if wrong:  # each of several clients chooses by a link of their own
        raise FormInvalid(wrong)
    table = option_tables.draft_table(
        context,
        lead_id=data["lead_id"],
        matter_id=data["matter_id"],
        values=values,
        table_id=data.get("option_table_id") or None,
    )
    today = context.now.astimezone(FIRM_ZONE).date()
    limit = Decimal(str(get_rule("client_service", "review_amount", today).value))
    acts = any(row.get("act") for row in options)
    return {
        "option_table_id": table.id,
        "confirm_urgent": "no",
        "confirm_irrevocable": _yes(values.get("irrevocable") or acts),
        "confirm_liberty": _yes(values.get("liberty")),
        "confirm_amount_large": _yes(Decimal(str(values.get("amount") or 0)) >= limit),
        "option_fee_effect": values.get("fee_effect") == "yes",
    }


def read_compare(context: Context, data: Variables) -> dict[str, Any]:
    """The comparison as it stands, or the client and an option that is always there."""
    if data.get("option_table_id"):
        table = option_tables.get_table(context.session, data["option_table_id"])
        return {**table.draft, "returned": table.review.get("opinion") or None}
    lead = leads.get_lead(context.session, data["lead_id"])
    email = client_mail.find_client_address(context.session, data["lead_id"])
    nothing = {"title": "暂不采取行动", "is_nothing": True, "pros": "不增加费用", "cons": "问题得不到解决，可能错过期限"}
    return {"clients": [{"client_name": lead.client_name, "client_email": email}], "options": [{}, nothing]}


def review(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner approves or returns the comparison."""
    decision = values["review_decision"]
    option_tables.record_review(context, data["option_table_id"], decision=decision, opinion=values.get("review_opinion") or "")
    return {"option_approved": decision == "APPROVE"}


def explain(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the talk and what the client understood in the client's own words."""
    at = datetime.fromisoformat(values["explained_at"]).replace(tzinfo=FIRM_ZONE)
    if at > context.now:
        raise FormInvalid({"explained_at": [FieldError(objections.NOT_YET)]})
    table = option_tables.record_meeting(context, data["option_table_id"], {**values, "explained_at": at.isoformat()})
    communications.log_communication(
        context,
        lead_id=table.lead_id,
        matter_id=table.matter_id,
        channel="phone" if values["explained_by"] == "phone" else "meeting",
        direction="both",
        summary=f"释明“{table.topic}”的各方案利弊。客户复述：{values['teach_back']}",
        persons=[row["person_name"] for row in values["persons"]],
        at=at,
        flags=("decision",),
    )
    return {"option_letter": option_facts.letter_facts(table)}


def read_explain(context: Context, data: Variables) -> dict[str, Any]:
    """Who is to be present, and the options to go through."""
    table = option_tables.get_table(context.session, data["option_table_id"])
    now = context.now.astimezone(FIRM_ZONE)
    persons = [{"person_name": row["client_name"]} for row in table.draft["clients"]]
    return {"option_text": option_facts.list_options(table), "explained_at": f"{now:%Y-%m-%dT%H:%M}", "persons": persons}


def ask(context: Context, *, option_table_id: str, document_id: str) -> Variables:
    """Every client is asked by a link of their own."""
    table = option_tables.get_table(context.session, option_table_id)
    for each in option_tables.ask_clients(context, option_table_id, document_id):
        payload = {
            "option_answer_id": each.id,
            "option_table_id": option_table_id,
            "document_id": document_id,
            "lead_id": table.lead_id,
            "matter_id": table.matter_id,
            "client_name": each.client_name,
            "client_email": each.client_email,
            "title": table.topic,
        }
        context.send_message("option.asked", correlation=each.id, payload=payload)
    return {"option_outcome": ""}


def judge(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The lawyer says whether the client's own way is lawful and can be done."""
    if values["judgement"] == "lawful":
        return {"option_lawful": True}
    table = option_tables.get_table(context.session, data["option_table_id"])
    said = option_tables.list_answers(context.session, table.id)[0].said
    entry = {"unlawful": values["judgement"], "why": values["why_not"], "withdrawal_risk": values["withdrawal_risk"]}
    option_tables.record_objection(context, table.id, {**entry, "about": said, "by_name": context.actor.name})
    return {"option_lawful": False}


def read_judge(context: Context, data: Variables) -> dict[str, Any]:
    """What the client wants instead."""
    (first, *_rest) = option_tables.list_answers(context.session, data["option_table_id"])
    return {"own_option": first.own_option, "understood": first.answer.get("understood")}


def decide_objection(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner lets the client choose again, follows a harmful but lawful choice, or begins to withdraw."""
    table, decision = option_tables.get_table(context.session, data["option_table_id"]), values["objection_decision"]
    if decision == "FOLLOW" and table.objection.get("unlawful") == "illegal":
        raise FormInvalid({"objection_decision": [FieldError(client_refusals.UNLAWFUL_CHOICE)]})
    entry = {"decision": decision, "opinion": values["objection_opinion"], "decided_by_name": context.actor.name}
    table = option_tables.record_objection(context, table.id, entry)
    if decision == "WITHDRAW":
        option_tables.close_table(context, table.id, option_tables.EXPIRED)
    return {
        "option_next": decision,
        "option_letter": option_facts.letter_facts(table),
        "change_reason": values["objection_opinion"],
    }


def adopt(context: Context, *, option_table_id: str, document_id: str) -> Variables:
    """The choice is the client's instruction: a signed confirmation, which covers the act it needs."""
    table = option_tables.get_table(context.session, option_table_id)
    answers = option_tables.list_answers(context.session, option_table_id)
    chosen = answers[0]
    option: dict[str, Any] = next((row for row in table.draft["options"] if row["title"] == chosen.choice), {})
    values = {
        "kind": "option",
        "form": "confirmation",
        "subject": f"{table.topic}：{chosen.said}"[:200],
        "content": option_facts.list_options(table),
        "silence": "—",
        "act": option.get("act"),
        "legal_deadline": None,
    }
    made = confirmations.draft_confirmation(
        context, lead_id=table.lead_id, matter_id=table.matter_id, values=values, origin="option"
    )
    confirmations.send_confirmation(context, made.id, document_id=table.document_id or document_id, due_at=context.now)
    confirmations.sign_confirmation(context, made.id, {**chosen.answer, "choice": chosen.said})
    confirmations.keep_signed_copy(context, made.id, document_id)
    option_tables.close_table(context, table.id, option_tables.CHOSEN, chosen=chosen.said, confirmation_id=made.id)
    event = f"客户已选定“{table.topic}”的方案：{chosen.said}"
    context.send_message(
        "case.event",
        correlation=table.matter_id,
        payload={"update_event": event, "update_asked_at": context.now.isoformat()},
    )
    return {"option_result": option_tables.CHOSEN, "confirmation_id": made.id}


def close(context: Context, *, option_table_id: str, outcome: str) -> Variables:
    """Nobody chose in time, or joint clients want different things: compliance is told of the latter."""
    state = option_tables.DISAGREED if outcome == DISAGREED else option_tables.EXPIRED
    table = option_tables.close_table(context, option_table_id, state)
    lead = leads.get_lead(context.session, table.lead_id)
    if state == option_tables.DISAGREED:
        said = "\n".join(f"{each.client_name}：{each.said}" for each in option_tables.list_answers(context.session, table.id))
        client_mail.mail_role(
            context,
            role="compliance",
            subject=f"共同委托人意见不一致：{lead.lead_no}",
            body=f"“{table.topic}”的共同委托人选择不同，已暂停办理并重新审查利益冲突；请分别提供咨询。\n\n{said}",
            lead_id=table.lead_id,
        )
    return {"option_result": state}


def _yes(value: Any) -> str:
    return "yes" if value else "no"


HANDLERS = (
    Completion("options.compare", compare, "方案比选"),
    Prefill("options.read_compare", read_compare, "方案比选"),
    Completion("options.review", review, "复核方案"),
    Completion("options.explain", explain, "释明会谈"),
    Prefill("options.read_explain", read_explain, "释明会谈"),
    Operation("options.ask", ask, "请客户选择"),
    Completion("options.judge", judge, "核对客户自提方案"),
    Prefill("options.read_judge", read_judge, "核对客户自提方案"),
    Completion("options.decide_objection", decide_objection, "决定如何处理异议"),
    Operation("options.adopt", adopt, "登记客户的选择"),
    Operation("options.close", close, "未选定"),
)
