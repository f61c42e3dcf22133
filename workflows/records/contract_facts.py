"""A contract's terms in the words of the contract: what its clauses, letters and panels print.

Choices are stored by key; here each gets the sentence that stands in the contract.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from workflows.records.fee_caps import AID, FIXED, HOURLY, PERCENT, RISK, risk_fee_cap
from workflows.records.money import in_figures, in_words, to_decimal
from workflows.records.powers import SPECIAL, describe_authority, list_powers

STAGES = {
    "consultation": "咨询",
    "investigation": "侦查阶段",
    "prosecution": "审查起诉阶段",
    "first": "一审",
    "second": "二审",
    "retrial": "再审",
    "arbitration": "仲裁",
    "enforcement": "执行",
    "nonlitigation": "非诉讼",
}
FEE_MODES = {FIXED: "计件收费", PERCENT: "按标的额比例收费", HOURLY: "计时收费", RISK: "风险代理收费", AID: "法律援助"}
LAWYER_PARTS = {"lead": "主办律师", "co": "协办律师", "assistant": "律师助理"}
DUE_RULES = {
    "on_signing": "合同签订之日起{days}日内",
    "on_date": "{on}前",
    "on_stage": "阶段完成后{days}日内",
    "on_result": "结果实现后{days}日内",
}
DISPUTES = {
    "litigation": "提交{body}诉讼解决",
    "arbitration": "提交{body}仲裁解决",
    "mediation": "先提交{body}调解，调解不成的向受托人所在地人民法院起诉",
}

Terms = Mapping[str, Any]


def describe_terms(terms: Terms, total: Decimal, on: date) -> dict[str, Any]:
    """The terms with every choice spelled out; amounts in figures and in capitals."""
    powers = terms.get("powers") or []
    return {
        **terms,
        "stages_text": "、".join(STAGES.get(stage, stage) for stage in terms.get("stages") or []),
        "lawyers": [
            {**lawyer, "part_text": LAWYER_PARTS.get(lawyer.get("part", ""), "")}
            for lawyer in terms.get("lawyers") or []
        ],
        "lawyers_text": "、".join(
            f"{lawyer['name']}（执业证号{lawyer['licence_no']}）" for lawyer in terms.get("lawyers") or []
        ),
        "authority_text": describe_authority(str(terms.get("authority")), powers, on),
        "authority_name": "特别授权" if terms.get("authority") == SPECIAL else "一般授权",
        "powers": [power.label for power in list_powers(on) if power.key in powers],
        "instructors_text": name_instructors(terms.get("instructors") or []),
        "term_text": _term(terms),
        "fee_mode_name": FEE_MODES.get(str(terms.get("fee_mode")), ""),
        "fee_text": _fee(terms, total),
        "fee_total": str(total),
        "fee_figures": in_figures(total),
        "fee_words": in_words(total),
        "is_aid": terms.get("fee_mode") == AID,
        "is_risk": terms.get("fee_mode") == RISK,
        "risk_cap": _risk_cap(terms, on),
        "schedule": [_line(line, index) for index, line in enumerate(terms.get("schedule") or [], 1)],
        "dispute_text": DISPUTES.get(str(terms.get("dispute_mode")), "").format(body=terms.get("dispute_body") or ""),
    }


def name_instructors(rows: Sequence[Mapping[str, Any]]) -> str:
    """Who else than the client in person may give instructions, each with the position; empty for nobody."""
    return "、".join(f"{row['name']}（{row['position']}）" if row.get("position") else str(row["name"]) for row in rows)


def _term(terms: Terms) -> str:
    start = _date(terms.get("term_start"))
    if terms.get("term_kind") == "until_date":
        return f"自{start}起至{_date(terms.get('term_end'))}止"
    return f"自{start}起至本合同约定的服务阶段终结之日止"


def _fee(terms: Terms, total: Decimal) -> str:
    mode = terms.get("fee_mode")
    amount = f"{in_figures(total)}（{in_words(total)}）"
    if mode == AID:
        return "法律援助机构指派的事项，乙方及承办律师不向甲方收取任何费用、财物"
    if mode == FIXED:
        return f"按件收费，律师服务费共计{amount}"
    dispute = in_figures(to_decimal(terms.get("dispute_amount")))
    if mode == PERCENT:
        return f"按标的额{dispute}的{to_decimal(terms.get('fee_percent')):f}%收取，律师服务费共计{amount}"
    if mode == HOURLY:
        rate, hours = in_figures(to_decimal(terms.get("hourly_rate"))), to_decimal(terms.get("hours_budget"))
        return f"按每小时{rate}计收，预算{hours:f}小时，预算总额{amount}；超出预算须事先取得委托人书面同意"
    base = to_decimal(terms.get("base_amount"))
    head = f"基础服务费{in_figures(base)}（{in_words(base)}），" if base else ""
    if terms.get("risk_basis") == "percent":
        share = f"按最终实现的债权或者减免的债务金额的{to_decimal(terms.get('risk_percent')):f}%收取风险代理服务费"
    else:
        risk = to_decimal(terms.get("risk_amount"))
        share = f"实现约定结果后收取风险代理服务费{in_figures(risk)}（{in_words(risk)}）"
    return f"{head}{share}；按标的额{dispute}计算，各环节合计最高{amount}"


def _risk_cap(terms: Terms, on: date) -> dict[str, Any]:
    if terms.get("fee_mode") != RISK:
        return {}
    cap = risk_fee_cap(to_decimal(terms.get("dispute_amount")), on)
    return {
        "figures": in_figures(cap.total),
        "words": in_words(cap.total),
        "steps": [
            {"part": in_figures(step.part), "percent": f"{step.percent:f}%", "fee": in_figures(step.fee)}
            for step in cap.steps
        ],
        "explanation": cap.explanation,
        "legal_basis": cap.legal_basis,
    }


def _line(line: Mapping[str, Any], index: int) -> dict[str, Any]:
    amount = to_decimal(line.get("amount"))
    due = DUE_RULES.get(str(line.get("due_rule")), "").format(
        days=line.get("due_days") or 0, on=_date(line.get("due_on"))
    )
    return {
        "number": index,
        "milestone": line.get("milestone") or "",
        "amount": str(amount),
        "figures": in_figures(amount),
        "words": in_words(amount),
        "due_text": due.replace("之日起0日内", "当日").replace("后0日内", "时"),
    }


def _date(value: object) -> str:
    if not value:
        return ""
    day = date.fromisoformat(str(value)[:10])
    return f"{day.year}年{day.month}月{day.day}日"
