"""The assessment of a lead: its forms, the inputs of decision D4, and what follows from the advice."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import assessments, client_mail, diligence_files, leads, objections
from workflows.records.rule_packs import get_rule

RECONSIDER = "RECONSIDER"
LEVELS = {"simple": "简化", "normal": "一般", "enhanced": "强化"}


def write_subject(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the subject's qualification; a registry look-up must be fresh."""
    printed = values.get("registry_printed_on")
    today = context.now.astimezone(FIRM_ZONE).date()
    most = int(get_rule("assessment", "registry_days", today).value)
    if printed and not 0 <= (today - date.fromisoformat(printed)).days <= most:
        raise FormInvalid({"registry_printed_on": [FieldError(objections.REGISTRY_TOO_OLD, {"days": most})]})
    assessments.write_part(context, data["lead_id"], assessments.SUBJECT, values)
    return {"subject_by": context.actor.id}


def read_subject(context: Context, data: Variables) -> dict[str, Any]:
    """Whether the client is a person, and of age by their identity number."""
    client = leads.get_lead(context.session, data["lead_id"]).client
    kind = "organisation" if client.get("kind") == "organisation" else "person"
    return {"client_kind": kind, "capacity": _capacity(client, context.now.astimezone(FIRM_ZONE).date()), "status": "active"}


def write_legality(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the review of legality and competence."""
    assessments.write_part(context, data["lead_id"], assessments.LEGALITY, values)
    return {"legality_by": context.actor.id}


def write_merits(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the facts, the legal basis and the prospects; a legal basis is named unless there is no evidence either."""
    if not values.get("legal_basis") and values["evidence_level"] != "none":
        raise FormInvalid({"legal_basis": [FieldError("min_rows", {"least": 1})]})
    assessments.write_part(context, data["lead_id"], assessments.MERITS, values)
    return {"merits_by": context.actor.id}


def read_merits(context: Context, data: Variables) -> dict[str, Any]:
    """The facts as told at intake."""
    outline = leads.get_lead(context.session, data["lead_id"]).outline
    return {"facts_summary": outline.get("summary") or ""}


def count_risk(context: Context, *, lead_id: str) -> Variables:
    """The inputs of decision table D2."""
    today = context.now.astimezone(FIRM_ZONE).date()
    return dict(assessments.risk_inputs(context.session, lead_id, today))


def keep_risk(context: Context, *, lead_id: str, aml_scope: bool, aml_level: str) -> Variables:
    """Keep what D2 said."""
    assessments.keep_risk(context, lead_id, scope=bool(aml_scope), level=aml_level)
    return {}


def write_diligence(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the due diligence in its own file; its content never enters the process or the case."""
    if data["aml_level"] == "enhanced" and not values.get("source_of_funds"):
        raise FormInvalid({"source_of_funds": [FieldError("required")]})
    diligence_files.write_file(context, data["lead_id"], level=data["aml_level"], facts=values)
    return {}


def read_diligence(context: Context, data: Variables) -> dict[str, Any]:
    """At which level, and who stands behind the client as far as the intake knows."""
    kept = diligence_files.find_row(context.session, data["lead_id"])
    if kept is not None:
        return {**kept.facts, "level": LEVELS[data["aml_level"]]}
    lead = leads.get_lead(context.session, data["lead_id"])
    owners = [
        {
            "owner_name": row["name"],
            "owner_id": row.get("identifier") or "",
            "owner_share": row.get("percent"),
            "owner_basis": "持股",
        }
        for row in lead.client.get("shareholders") or []
        if (row.get("kind") or "person") == "person"
    ]
    return {"level": LEVELS[data["aml_level"]], "beneficial_owners": owners, "payer": lead.outline.get("payer_name") or ""}


def stop(context: Context, *, lead_id: str) -> Variables:
    """A list names the client: the assessment ends, and its reason says nothing."""
    assessments.stop(context, lead_id)
    return {"assessment_result": assessments.STOP}


def read_inputs(context: Context, *, lead_id: str) -> Variables:
    """The inputs of decision table D4."""
    return assessments.advice_inputs(context.session, lead_id)


def accept(context: Context, *, lead_id: str, advice: str, advice_reason: str) -> Variables:
    """Record that the firm may act, and go on to the talk with the client."""
    assessments.finish(context, lead_id, result=advice, reason=advice_reason)
    leads.move_lead(context, lead_id, "NEGOTIATE")
    return {"assessment_result": advice}


def supplement(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Correct the parts that the advice hangs on."""
    parts = {
        assessments.SUBJECT: ("capacity", "guardian_proof", "status"),
        assessments.LEGALITY: ("legality_opinion", "illegal_signs", "conditions"),
        assessments.MERITS: ("evidence_level", "legal_basis"),
    }
    for part, keys in parts.items():
        assessments.write_part(context, data["lead_id"], part, {key: values[key] for key in keys if key in values})
    assessments.write_part(context, data["lead_id"], assessments.MERITS, {"supplement_note": values["supplement_note"]})
    return {"refusal_note": ""}


def read_supplement(context: Context, data: Variables) -> dict[str, Any]:
    """What the parts say now."""
    found = assessments.get_assessment(context.session, data["lead_id"])
    return {
        "returned": data.get("refusal_note") or "",
        "advice_reason": data.get("advice_reason") or "",
        "client_kind": found.subject.get("client_kind") or "person",
        "status": found.subject.get("status") or "active",
        "capacity": found.subject.get("capacity") or "full",
        "guardian_proof": found.subject.get("guardian_proof"),
        "illegal_signs": found.legality.get("illegal_signs") or [],
        "legality_opinion": found.legality.get("legality_opinion"),
        "conditions": found.legality.get("conditions"),
        "evidence_level": found.merits.get("evidence_level"),
        "legal_basis": found.merits.get("legal_basis") or [],
    }


def refuse(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner refuses firmly, or sends the assessment back."""
    if values["refusal_decision"] == RECONSIDER:
        context.audit("assessment_sent_back", f"lead:{data['lead_id']}")
        return {"refusal_decision": RECONSIDER, "refusal_note": values["refusal_facts"]}
    assessments.record_refusal(context, data["lead_id"], values)
    assessments.finish(context, data["lead_id"], result=assessments.DECLINE_FIRM, reason=str(data.get("advice_reason") or ""))
    if values.get("report_needed"):
        lead = leads.get_lead(context.session, data["lead_id"])
        client_mail.mail_role(
            context,
            role="compliance",
            subject=f"请研判是否报告可疑情况：{lead.lead_no}",
            body=f"来访{lead.lead_no}已被合伙人坚决拒绝，请登录查阅评估记录，研判是否需要报告。不得向客户透露。",
            lead_id=None,
        )
    code = values["refusal_code"]
    return {"refusal_decision": "REFUSE", "refusal_code": code, "assessment_result": assessments.DECLINE_FIRM}


def read_refusal(context: Context, data: Variables) -> dict[str, Any]:
    """The reason that the advice gives."""
    reason = data.get("advice_reason") or ""
    return {
        "advice_reason": reason,
        "refusal_decision": "REFUSE",
        "refusal_code": "illegal" if data.get("illegal_purpose") == "yes" else "groundless",
    }


def refer(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The front desk told the client whom to turn to."""
    assessments.record_referral(context, data["lead_id"], values)
    assessments.finish(context, data["lead_id"], result=assessments.REFER, reason=str(data.get("advice_reason") or ""))
    return {"assessment_result": assessments.REFER}


def read_referral(context: Context, data: Variables) -> dict[str, Any]:
    """What the lawyer proposed."""
    found = assessments.get_assessment(context.session, data["lead_id"])
    kind = "legal_aid" if data.get("legal_aid") == "yes" else "colleague"
    return {"refer_to_kind": kind, "refer_to": found.legality.get("referral_hint") or ""}


def remind(context: Context, *, lead_id: str, lawyer_id: str) -> Variables:
    """Mail the lawyer that the assessment is late."""
    lead = leads.get_lead(context.session, lead_id)
    sent = client_mail.mail_person(
        context,
        person_id=lawyer_id,
        subject=f"请完成收案评估：{lead.lead_no}",
        body=f"{lead.client_name}（{lead.lead_no}）的收案评估已满三个工作日未完成，请登录待办办理。",
        lead_id=lead_id,
    )
    return {"lawyer_reminded": sent}


def _capacity(client: dict[str, Any], today: date) -> str:
    """The capacity that goes with the age, by the birth date in an 18-digit identity number; full where it is not known."""
    number = str(client.get("id_number") or "")
    if len(number) != 18 or not number[6:14].isdigit():
        return "full"
    year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    age = today.year - year - ((today.month, today.day) < (month, day))
    full, limited = (int(get_rule("assessment", f"{name}_capacity_age", today).value) for name in ("full", "limited"))
    return "full" if age >= full else "limited" if age >= limited else "none"


HANDLERS = (
    Completion("assessments.write_subject", write_subject, "主体资格审查"),
    Prefill("assessments.read_subject", read_subject, "委托人类型"),
    Completion("assessments.write_legality", write_legality, "合法性审查"),
    Completion("assessments.write_merits", write_merits, "事实与法律分析"),
    Prefill("assessments.read_merits", read_merits, "基本事实"),
    Operation("assessments.count_risk", count_risk, "反洗钱风险要素"),
    Operation("assessments.keep_risk", keep_risk, "登记反洗钱风险"),
    Prefill("assessments.read_diligence", read_diligence, "客户尽职调查"),
    Operation("assessments.stop", stop, "停止办理"),
    Completion("assessments.write_diligence", write_diligence, "客户尽职调查"),
    Operation("assessments.read_inputs", read_inputs, "汇总评估要素"),
    Operation("assessments.accept", accept, "记录评估结论"),
    Completion("assessments.supplement", supplement, "补充评估资料"),
    Prefill("assessments.read_supplement", read_supplement, "评估要素"),
    Completion("assessments.refuse", refuse, "坚决拒绝"),
    Prefill("assessments.read_refusal", read_refusal, "拒绝原因"),
    Completion("assessments.refer", refer, "转介或法律援助告知"),
    Prefill("assessments.read_referral", read_referral, "转介建议"),
    Operation("assessments.remind", remind, "提醒律师完成评估"),
)
