"""Expectations and risks: the meeting, guidance where a client asks too much, and the client's confirmation by link."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    assessments,
    client_signatures,
    communications,
    expectations,
    leads,
    links,
    objections,
    promises,
)

PURPOSE = "expectations"
KINDS = ("risk_notice", "expectation_memo")
CONFIRMED, REFUSED = "CONFIRMED", "REFUSED"
# The client's own words may ask for anything; what the firm says may not promise it.
CLIENTS_WORDS = frozenset({"client_expectations"})


def write_meeting(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the meeting record once it holds no forbidden promise, and enter it into the communication log."""
    refuse_promises({key: value for key, value in values.items() if key not in CLIENTS_WORDS})
    met_at = datetime.fromisoformat(values["met_at"]).replace(tzinfo=FIRM_ZONE)
    if met_at > context.now:
        raise FormInvalid({"met_at": [FieldError(objections.NOT_YET)]})
    found = expectations.write_meeting(context, data["lead_id"], values)
    communications.log_communication(
        context,
        lead_id=data["lead_id"],
        channel="meeting",
        direction="both",
        summary=f"面谈：{values['goal']}",
        persons=[row["person_name"] for row in values["persons"]],
        at=met_at,
    )
    return {"expectation_round": found.round, "is_unreasonable": expectations.is_unreasonable(values)}


def refuse_promises(values: dict[str, Any]) -> None:
    """Raise ``FormInvalid`` where a text promises what no lawyer may promise."""
    found = promises.check_texts(values)
    if found:
        raise FormInvalid(
            {
                path: [FieldError(objections.PROMISE[each.reason], {"words": each.words}) for each in wordings]
                for path, wordings in found.items()
            }
        )


def read_meeting(context: Context, data: Variables) -> dict[str, Any]:
    """The last round, to be changed; at first what intake and assessment know."""
    now = f"{context.now.astimezone(FIRM_ZONE):%Y-%m-%dT%H:%M}"
    last = expectations.find_expectation(context.session, data["lead_id"])
    if last:
        return {**last.meeting, "met_at": now}
    lead = leads.get_lead(context.session, data["lead_id"])
    return {
        "met_at": now,
        "persons": [{"person_name": lead.client_name, "person_part": "client"}],
        "goal": lead.outline.get("goal") or "",
        "client_expectations": lead.outline.get("goal") or "",
        "risks": _known_risks(context, data["lead_id"]),
    }


def write_guidance(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what was explained; it may promise nothing either."""
    refuse_promises({"explanation": values["explanation"]})
    expectations.write_guidance(context, data["lead_id"], values)
    return {"reaction": values["reaction"]}


def read_guidance(context: Context, data: Variables) -> dict[str, Any]:
    """The expectation in the client's words."""
    found = expectations.find_expectation(context.session, data["lead_id"])
    return {"expectation": found.meeting.get("client_expectations") or "" if found else ""}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner decides whether to go on with a client who insists."""
    stop = values["insist_decision"] != "CONTINUE"
    expectations.write_partner(context, data["lead_id"], values, stop=stop)
    return {"insist_decision": values["insist_decision"], **({"expectation_result": REFUSED} if stop else {})}


def client_answers(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the client's signature, or why they do not confirm."""
    lead_id, confirmed = data["lead_id"], values["client_decision"] == CONFIRMED
    if confirmed:
        client_signatures.record_signature(context, lead_id=lead_id, purpose=PURPOSE, values=values, kinds=KINDS)
    expectations.answer(
        context,
        lead_id,
        expectations.CONFIRMED if confirmed else expectations.REFUSED,
        questions=values.get("client_questions") or "",
        refusal=values.get("refusal_reason") or "",
    )
    said = "已确认《风险告知书》和《服务方案与期望确认书》" if confirmed else f"不同意：{values['refusal_reason']}"
    communications.log_communication(
        context, lead_id=lead_id, channel="link", direction="in", summary=said, persons=[context.actor.name]
    )
    links.use_own_link(context)
    return {"client_decision": values["client_decision"], "expectation_result": CONFIRMED if confirmed else REFUSED}


def read_answer(context: Context, data: Variables) -> dict[str, Any]:
    """The client's name, when the client is a person."""
    client = leads.get_lead(context.session, data["lead_id"]).client
    return {"signer_name": client.get("name", "") if client.get("kind") == "person" else ""}


def lapse(context: Context, *, lead_id: str, element: str) -> Variables:
    """No answer came in time: the links are closed and the talks are over."""
    expectations.answer(context, lead_id, expectations.LAPSED)
    links.revoke_task_links(context, context.instance_id or "", element)
    return {"expectation_result": REFUSED}


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
    Operation("expectations.lapse", lapse, "客户逾期未确认"),
)
