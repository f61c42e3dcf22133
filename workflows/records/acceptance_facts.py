"""What must come before a matter is accepted (guard G1), and the application in the words of the approval form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from workflows.records import acceptances, assessments, conflict_validity, conflicts, diligence_files, expectations, leads, people
from workflows.records.contract_facts import FEE_MODES
from workflows.records.fee_caps import RISK
from workflows.records.money import in_figures, in_words, to_decimal
from workflows.records.rule_packs import get_rule

PACK = "acceptance"
MATTER_TYPES = {
    "civil": "民事诉讼",
    "criminal": "刑事辩护与代理",
    "administrative": "行政诉讼",
    "arbitration": "仲裁",
    "enforcement": "执行",
    "nonlitigation": "非诉讼",
    "special": "专项法律服务",
    "adviser": "常年法律顾问",
    "consultation": "法律咨询",
}
CONFLICT_RESULTS = {conflicts.CLEAR: "无利益冲突", conflicts.WAIVED: "有冲突，已经客户书面豁免"}
ADVICE = {assessments.ACCEPT: "可以受理", assessments.CONDITIONS: "附条件受理"}
SENSITIVE = {"mass": "群体性", "foreign": "涉外", "major_criminal": "重大敏感刑事案件", "media": "媒体关注"}
DECISIONS = {acceptances.APPROVE: "同意", acceptances.RETURN: "退回", acceptances.REFUSE: "不同意", acceptances.RECUSE: "回避"}
STATES = {
    acceptances.APPLIED: "审批中",
    acceptances.RETURNED: "退回修改",
    acceptances.ACCEPTED: "同意收案",
    acceptances.DECLINED: "不予收案",
}
READY, MISSING, RECHECK, WAIVE, CONFLICT = "READY", "MISSING", "RECHECK", "WAIVE", "CONFLICT"
TRIES = 2


@dataclass(frozen=True)
class Check:
    """What the check before acceptance found: the gate's answer, what is missing, and the facts for the approvers."""

    gate: str
    missing: list[str]
    snapshot: dict[str, Any]


def check_ready(session: Session, lead_id: str, now: datetime, tries: int) -> Check:
    """Guard G1: a conflict check that holds, a finished assessment, expectations that the client confirmed.

    ``tries`` counts how often this application has gone through the conflict check again; after that it is a conflict.
    """
    found = conflicts.find_check(session, lead_id)
    assessment = assessments.find_assessment(session, lead_id)
    talks = expectations.find_expectation(session, lead_id)
    form = acceptances.get_acceptance(session, lead_id).form
    missing = [*_lacking_assessment(session, assessment, form), *_lacking_talks(talks)]
    gate = MISSING if missing else READY
    if found is None or not conflict_validity.is_valid(session, found, now):
        waivable = found is not None and found.state == conflicts.WAIVABLE
        again = WAIVE if waivable else RECHECK
        if not missing:
            gate = again if tries < (TRIES if waivable else 1) else CONFLICT
    return Check(gate, missing, read_snapshot(session, lead_id))


def read_snapshot(session: Session, lead_id: str) -> dict[str, Any]:
    """What the approvers have before them, in the words of the approval form."""
    lead = leads.get_lead(session, lead_id)
    check = conflicts.find_check(session, lead_id)
    assessment = assessments.find_assessment(session, lead_id)
    talks = expectations.find_expectation(session, lead_id)
    amount = lead.outline.get("amount")
    merits = assessment.merits if assessment else {}
    legality = assessment.legality if assessment else {}
    return {
        "lead_no": lead.lead_no,
        "client": lead.client_name,
        "matter_type": MATTER_TYPES.get(lead.matter_type, "—"),
        "cause": lead.outline.get("cause") or "—",
        "opposing": "、".join(str(party.get("name") or "") for party in lead.outline.get("opposing_parties") or []) or "—",
        "amount": in_figures(to_decimal(amount)) if amount else "—",
        "summary": lead.outline.get("summary") or "—",
        "conflict_no": check.check_no if check else "",
        "conflict": CONFLICT_RESULTS.get(check.state, "未通过") if check else "未审查",
        "conflict_valid_until": check.valid_until.isoformat() if check and check.valid_until else "",
        "conflict_conditions": check.conditions if check else "",
        "assessment": ADVICE.get(assessment.result, "未得出结论") if assessment else "未评估",
        "assessment_reason": assessment.reason if assessment else "",
        "sensitive": "、".join(SENSITIVE.get(each, each) for each in legality.get("sensitive") or []) or "无",
        "limitation_on": merits.get("limitation_on") or "",
        "expectations": "客户已确认" if talks and talks.state == expectations.CONFIRMED else "客户未确认",
        "expectations_at": talks.answered_at.isoformat() if talks and talks.answered_at else "",
    }


def level_inputs(session: Session, lead_id: str, on: date) -> dict[str, str]:
    """The inputs of decision table D5; the table's words are yes and no."""
    lead = leads.get_lead(session, lead_id)
    form = acceptances.get_acceptance(session, lead_id).form
    check = conflicts.find_check(session, lead_id)
    assessment = assessments.find_assessment(session, lead_id)
    amount = to_decimal(form.get("dispute_amount") or lead.outline.get("amount"))
    discount = to_decimal(form.get("discount_percent"))
    return {
        "amount_large": _yes(amount >= Decimal(get_rule(PACK, "large_amount", on).value)),
        "accept_fee_mode": str(form.get("fee_mode")),
        "amount_huge": _yes(amount >= Decimal(get_rule(PACK, "committee_amount", on).value)),
        "discount_large": _yes(discount > Decimal(get_rule(PACK, "large_discount", on).value)),
        "conflict_waived": _yes(check is not None and check.state == conflicts.WAIVED),
        "sensitive": _yes(assessment is not None and bool(assessment.legality.get("sensitive"))),
    }


def order_levels(levels: list[str], on: date) -> list[str]:
    """Each level once, in the order of the pack."""
    return [level["key"] for level in get_rule(PACK, "levels", on).value if level["key"] in levels]


def describe_level(key: str, on: date) -> dict[str, str]:
    """A level's key, role and names; the key alone for one that the pack no longer knows."""
    found = (level for level in get_rule(PACK, "levels", on).value if level["key"] == key)
    return dict(next(found, {"key": key, "role": key, "label": key, "label_en": key}))


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The application with every choice spelled out, and the opinions; empty before the first."""
    found = acceptances.find_acceptance(session, lead_id)
    if found is None:
        return {}
    on = found.applied_at.astimezone(FIRM_ZONE).date()
    form = found.form
    estimate = to_decimal(form.get("fee_estimate"))
    return {
        "acceptance": {
            "round": found.round,
            "state": found.state,
            "state_text": STATES[found.state],
            "applied_by": found.applied_by_name,
            "applied_at": found.applied_at.isoformat(),
            "team": _team(session, form),
            "team_text": "、".join(f"{each['name']}（{each['part']}）" for each in _team(session, form)),
            "fee_mode_name": FEE_MODES.get(str(form.get("fee_mode")), ""),
            "fee_figures": in_figures(estimate),
            "fee_words": in_words(estimate),
            "is_risk": form.get("fee_mode") == RISK,
            "discount": f"{to_decimal(form.get('discount_percent')):f}%" if form.get("discount_percent") else "无",
            "hours": f"{to_decimal(form.get('hours_budget')):f}小时" if form.get("hours_budget") else "未预计",
            "conditions": form.get("special_conditions") or "无",
            "grounds": form.get("grounds") or "",
            "urgent": bool(form.get("urgent")),
            "urgency_reason": form.get("urgency_reason") or "",
            "missing": found.missing,
            "snapshot": found.snapshot,
            "levels_text": "、".join(describe_level(level, on)["label"] for level in found.levels),
            "reasons_text": "；".join(dict.fromkeys(found.reasons)),
            "opinions": [_opinion(each, on) for each in acceptances.list_opinions(session, found.id)],
        }
    }


def _lacking_assessment(session: Session, found: assessments.Assessment | None, form: Mapping[str, Any]) -> list[str]:
    if found is None or found.result not in (assessments.ACCEPT, assessments.CONDITIONS):
        return ["资质与合法性评估尚未得出可以受理的结论"]
    lacking = []
    if found.aml_scope and not diligence_files.is_written(session, found.lead_id):
        lacking.append("客户尽职调查尚未完成")
    if found.merits.get("limitation_status") == "expired" and not form.get("special_conditions"):
        lacking.append("诉讼时效已经届满：请在“特别条件”中写明已经书面告知客户")
    return lacking


def _lacking_talks(found: expectations.Expectation | None) -> list[str]:
    if found is None or found.state != expectations.CONFIRMED:
        return ["客户尚未确认《风险告知书》和《服务方案与期望确认书》"]
    return []


def _team(session: Session, form: Mapping[str, Any]) -> list[dict[str, str]]:
    parts = [(form.get("lead_lawyer"), "主办")]
    parts += [(each, "协办") for each in form.get("co_lawyers") or []]
    parts += [(each, "助理") for each in form.get("assistants") or []]
    found = [(people.find_person(session, str(person_id)), part) for person_id, part in parts if person_id]
    return [{"name": person.name, "part": part} for person, part in found if person]


def _opinion(opinion: acceptances.AcceptanceOpinion, on: date) -> dict[str, str]:
    level = describe_level(opinion.level, on)
    return {
        "level": level["label"],
        "level_en": level["label_en"],
        "decision": opinion.decision,
        "decision_text": DECISIONS[opinion.decision],
        "opinion": opinion.opinion,
        "by": opinion.by_name,
        "at": opinion.at.isoformat(),
    }


def _yes(value: object) -> str:
    return "yes" if value else "no"
