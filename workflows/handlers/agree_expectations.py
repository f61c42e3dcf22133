"""Expectations and risks: the meeting, guidance where a client asks too much, and the client's confirmation by link."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    assessments,
    client_mail,
    client_signatures,
    communications,
    expectations,
    leads,
    links,
    objections,
    people,
    wordings,
)

PURPOSE = "expectations"
KINDS = ("risk_notice", "expectation_memo")
CONFIRMED, CHANGES, REFUSED = expectations.CONFIRMED, expectations.CHANGES, expectations.REFUSED


def write_meeting(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the meeting record, free of forbidden promises or with the wording put before a partner, and log the meeting."""
    found = wordings.find_wordings(values)
    if found and not values.get("ask_partner"):
        wordings.refuse_wordings(found)
    _judge_entries(context, values)
    last = expectations.find_expectation(context.session, data["lead_id"])
    written = expectations.write_meeting(context, data["lead_id"], values)
    if last is None or last.round != written.round:
        communications.log_communication(
            context,
            lead_id=data["lead_id"],
            channel="meeting",
            direction="both",
            summary=f"面谈：{values['goal']}",
            persons=[row["person_name"] for row in values["persons"]],
            at=_met_at(values),
        )
    return {
        "expectation_round": written.round,
        "wording_flagged": bool(found),
        "is_unreasonable": expectations.is_unreasonable(values),
    }


def _judge_entries(context: Context, values: dict[str, Any]) -> None:
    wrong = {}
    if _met_at(values) > context.now:
        wrong["met_at"] = [FieldError(objections.NOT_YET)]
    if Decimal(str(values["fee_low"])) > Decimal(str(values["fee_high"])):
        wrong["fee_high"] = [FieldError(objections.RANGE_REVERSED)]
    if values.get("needs_reader") and values["reader_name"] == values["witness_name"]:
        wrong["witness_name"] = [FieldError(objections.WITNESS_IS_READER)]
    if wrong:
        raise FormInvalid(wrong)


def _met_at(values: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(values["met_at"]).replace(tzinfo=FIRM_ZONE)


def read_meeting(context: Context, data: Variables) -> dict[str, Any]:
    """The last round, to be changed; at first what intake and assessment know."""
    now = f"{context.now.astimezone(FIRM_ZONE):%Y-%m-%dT%H:%M}"
    last = expectations.find_expectation(context.session, data["lead_id"])
    if last:
        return {**last.meeting, "met_at": now, "returned": _returned(last), "ask_partner": False, "ask_reason": None}
    lead = leads.get_lead(context.session, data["lead_id"])
    lawyer = people.find_person(context.session, lead.lawyer_id or "")
    present = [(lead.client_name, "client"), *([(lawyer.name, "lawyer")] if lawyer else [])]
    return {
        "met_at": now,
        "persons": [{"person_name": name, "person_part": part} for name, part in present],
        "goal": lead.outline.get("goal") or "",
        "client_expectations": lead.outline.get("goal") or "",
        "risks": _known_risks(context, data["lead_id"]),
    }


def write_guidance(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what was explained; it may promise nothing either."""
    wordings.refuse_wordings(wordings.find_wordings({key: values[key] for key in ("why_not", "explanation")}))
    expectations.write_guidance(context, data["lead_id"], values)
    return {"reaction": values["reaction"]}


def read_guidance(context: Context, data: Variables) -> dict[str, Any]:
    """The expectation in the client's words."""
    found = expectations.find_expectation(context.session, data["lead_id"])
    today = context.now.astimezone(FIRM_ZONE).date().isoformat()
    return {"expectation": found.meeting.get("client_expectations") or "" if found else "", "guided_on": today}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner decides whether to go on with a client who insists."""
    stop = values["insist_decision"] != "CONTINUE"
    expectations.write_partner(context, data["lead_id"], expectations.INSISTS, values, stop=stop)
    return {"insist_decision": values["insist_decision"], **({"expectation_result": REFUSED} if stop else {})}


def client_answers(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the client's signature, what they want changed, or why they do not agree."""
    lead_id, decision = data["lead_id"], values["client_decision"]
    if decision == CONFIRMED:
        client_signatures.record_signature(context, lead_id=lead_id, purpose=PURPOSE, values=values, kinds=KINDS)
        said = "已确认《风险告知书》和《服务方案与期望确认书》"
    else:
        wanted = values.get("change_request") or values.get("refusal_reason") or ""
        said = f"{'希望修改' if decision == CHANGES else '不同意'}：{wanted}"
    expectations.answer(
        context,
        lead_id,
        decision,
        questions=values.get("client_questions") or "",
        refusal=values.get("change_request") or values.get("refusal_reason") or "",
    )
    communications.log_communication(
        context, lead_id=lead_id, channel="link", direction="in", summary=said, persons=[context.actor.name]
    )
    links.use_own_link(context)
    return {"client_decision": decision, "expectation_result": CONFIRMED if decision == CONFIRMED else REFUSED}


def read_answer(context: Context, data: Variables) -> dict[str, Any]:
    """The client's name, when the client is a person."""
    client = leads.get_lead(context.session, data["lead_id"]).client
    return {"signer_name": client.get("name", "") if client.get("kind") == "person" else ""}


def lapse(context: Context, *, lead_id: str, element: str) -> Variables:
    """No answer came in time: the links are closed and the talks are over."""
    expectations.answer(context, lead_id, expectations.LAPSED)
    links.revoke_task_links(context, context.instance_id or "", element)
    return {"expectation_result": REFUSED}


def tell_lawyer(context: Context, *, lead_id: str, lawyer_id: str) -> Variables:
    """Mail the lawyer that the client has not answered in time, so that somebody calls."""
    lead = leads.get_lead(context.session, lead_id)
    client_mail.mail_person(
        context,
        person_id=lawyer_id,
        subject=f"客户尚未确认风险告知和服务方案：{lead.lead_no}",
        body=f"{lead.client_name}（{lead.lead_no}）收到确认链接已满五个工作日，尚未答复，请电话联系。满十五日未确认的，洽谈自动终止。",
        lead_id=lead_id,
    )
    return {}


def _returned(last: expectations.Expectation) -> str | None:
    """Why the lawyer writes the record again: the client's wish, or the partner's objection."""
    judged = last.partner.get(expectations.WORDING) or {}
    return last.refusal or judged.get("wording_reason") or None


def _known_risks(context: Context, lead_id: str) -> list[dict[str, Any]]:
    """Risks that the assessment has already found."""
    found = assessments.find_assessment(context.session, lead_id)
    merits = found.merits if found else {}
    known = []
    if merits.get("limitation_status") in ("near", "expired"):
        known.append(
            {
                "risk": "诉讼时效可能已届满或者即将届满",
                "likelihood": "high" if merits["limitation_status"] == "expired" else "medium",
                "effect": "对方可以提出时效抗辩，请求可能不被支持",
                "mitigation": "核实中断、中止事由，尽快主张权利",
            }
        )
    if merits.get("evidence_level") in ("weak", "none"):
        known.append(
            {
                "risk": "证据不足",
                "likelihood": "high",
                "effect": "主张的事实可能不被认定",
                "mitigation": "补充收集证据，必要时申请调查令",
            }
        )
    return known


HANDLERS = (
    Completion("expectations.write_meeting", write_meeting, "面谈与服务方案"),
    Prefill("expectations.read_meeting", read_meeting, "面谈记录"),
    Completion("expectations.write_guidance", write_guidance, "专业引导"),
    Prefill("expectations.read_guidance", read_guidance, "客户期望"),
    Completion("expectations.decide", decide, "是否继续"),
    Completion("expectations.client_answers", client_answers, "客户确认"),
    Prefill("expectations.read_answer", read_answer, "签署人"),
    Operation("expectations.tell_lawyer", tell_lawyer, "告知律师客户逾期未确认"),
    Operation("expectations.lapse", lapse, "客户逾期未确认"),
)
