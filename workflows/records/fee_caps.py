"""What a contract may charge: fee totals, risk-agency caps in bands, banned matters (decision D3's facts).

Opinions on Further Regulating Lawyers' Fees (关于进一步规范律师服务收费的意见, 2021) nos. 5 and 6; the figures stand in
the rule pack ``fees``. All amounts are yuan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from engine.forms import FieldError
from workflows.records import refusals
from workflows.records.money import in_figures, round_fen, to_decimal
from workflows.records.rule_packs import get_rule

FIXED, PERCENT, HOURLY, RISK, AID = "fixed", "percent", "hourly", "risk", "aid"
NO_CATEGORY = "none"

Terms = Mapping[str, Any]
Errors = dict[str, list[FieldError]]


@dataclass(frozen=True)
class BandStep:
    """The part of an amount inside one band and what may be charged for it."""

    lower: Decimal
    part: Decimal
    percent: Decimal
    fee: Decimal


@dataclass(frozen=True)
class Cap:
    """The most that all stages of a risk agency may cost, with the steps that lead there."""

    amount: Decimal
    total: Decimal
    steps: tuple[BandStep, ...]
    legal_basis: str

    @property
    def explanation(self) -> str:
        """``1,000,000 × 18% + 2,000,000 × 15% = 480,000.00``: the same in every language."""
        terms = " + ".join(f"{_plain(step.part)} × {step.percent:f}%" for step in self.steps)
        return f"{terms or '0'} = {self.total:,.2f}"


def _plain(amount: Decimal) -> str:
    """``1,000,000`` for whole yuan, else with its two places."""
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"


def risk_fee_cap(amount: Decimal, on: date) -> Cap:
    """The cap for an amount realised or relieved: every band's share of it, added up."""
    rule = get_rule("fees", "risk_fee_bands", on)
    steps: list[BandStep] = []
    lower = Decimal(0)
    for band in rule.value:
        upper = amount if band["up_to"] is None else min(amount, Decimal(band["up_to"]))
        if upper <= lower:
            break
        percent = Decimal(band["percent"])
        steps.append(BandStep(lower, upper - lower, percent, (upper - lower) * percent / 100))
        lower = upper
    return Cap(amount, round_fen(sum((step.fee for step in steps), Decimal(0))), tuple(steps), rule.legal_basis)


def fee_total(terms: Terms) -> Decimal:
    """What the contract charges in all; by percentage and by risk on the amount in dispute, by hours on the budget."""
    mode = terms.get("fee_mode")
    if mode == AID:
        return Decimal(0)
    if mode == FIXED:
        return round_fen(to_decimal(terms.get("fee_amount")))
    if mode == PERCENT:
        return _share(terms, "fee_percent")
    if mode == HOURLY:
        return round_fen(to_decimal(terms.get("hourly_rate")) * to_decimal(terms.get("hours_budget")))
    risk = _share(terms, "risk_percent") if terms.get("risk_basis") == "percent" else to_decimal(terms.get("risk_amount"))
    return round_fen(to_decimal(terms.get("base_amount")) + risk)


def fee_match(terms: Terms, on: date) -> Decimal | None:
    """Fee over planned hours at the firm's rate, two places; None without hours, with a risk fee, or free of charge."""
    hours = to_decimal(terms.get("hours_budget"))
    if hours <= 0 or terms.get("fee_mode") in (RISK, AID):
        return None
    return round_fen(fee_total(terms) / (hours * to_decimal(get_rule("fees", "standard_hourly_rate", on).value)))


def check_fee(terms: Terms, *, matter_type: str, cause: str, on: date) -> Errors:
    """Field errors of the fee entries: banned modes, caps, and a schedule that does not add up to the fee."""
    mode = terms.get("fee_mode")
    errors: Errors = {}
    if mode in (RISK, PERCENT) and not to_decimal(terms.get("dispute_amount")):
        errors["dispute_amount"] = [FieldError("required")]
    elif mode == RISK:
        errors = _check_risk(terms, matter_type, cause, on)
    elif mode == PERCENT:
        rule = get_rule("fees", "percentage_fee_banned_matter_types", on)
        if matter_type in rule.value:
            errors["fee_mode"] = [FieldError(refusals.PERCENTAGE_BANNED, {"basis": rule.legal_basis})]
    elif mode == HOURLY and not to_decimal(terms.get("hours_budget")):
        errors["hours_budget"] = [FieldError("required")]
    if not errors:
        errors = _check_schedule(terms)
    return errors


def fee_variables(terms: Terms, *, matter_type: str, cause: str, on: date) -> dict[str, Any]:
    """The inputs of decision table D3 as small process variables; the table's words are yes and no.

    The table collects, so its answers of an earlier round are taken away here.
    """
    mode = str(terms.get("fee_mode"))
    banned = mode == RISK and bool(banned_categories(terms, matter_type, cause, on))
    if mode == PERCENT:
        banned = matter_type in get_rule("fees", "percentage_fee_banned_matter_types", on).value
    over = mode == RISK and fee_total(terms) > risk_fee_cap(to_decimal(terms.get("dispute_amount")), on).total
    match = fee_match(terms, on)
    limits = get_rule("fees", "fee_match_range", on).value
    answers = {
        "fee_banned": banned,
        "fee_over_cap": over,
        "fee_notice": mode != RISK or bool(str(terms.get("risk_terms") or "").strip()),
        "fee_plan": mode != HOURLY or to_decimal(terms.get("hours_budget")) > 0,
        "fee_in_standard": _in_standard(terms, on),
        "fee_fits": match is None or Decimal(limits["low"]) <= match <= Decimal(limits["high"]),
    }
    words = {name: "yes" if answer else "no" for name, answer in answers.items()}
    return {"fee_mode": mode, "fee_total": str(fee_total(terms)), "fee_verdicts": [], "fee_reasons": [], **words}


def find_blocks(terms: Terms, *, matter_type: str, cause: str, on: date) -> Errors:
    """What forbids a risk fee, whatever form it came from (guard G3); empty for any other mode."""
    return _check_risk(terms, matter_type, cause, on) if terms.get("fee_mode") == RISK else {}


def _in_standard(terms: Terms, on: date) -> bool:
    """Whether the fee lies within the firm's published standard; a risk fee has its caps instead."""
    entries = {FIXED: "fee_amount", HOURLY: "hourly_rate", PERCENT: "fee_percent"}
    mode = str(terms.get("fee_mode"))
    if mode not in entries:
        return True
    limits = get_rule("fees", "filed_standard", on).value[mode]
    return Decimal(limits["low"]) <= to_decimal(terms.get(entries[mode])) <= Decimal(limits["high"])


def _share(terms: Terms, key: str) -> Decimal:
    return round_fen(to_decimal(terms.get("dispute_amount")) * to_decimal(terms.get(key)) / 100)


def _check_risk(terms: Terms, matter_type: str, cause: str, on: date) -> Errors:
    banned = banned_categories(terms, matter_type, cause, on)
    if banned:
        basis = get_rule("fees", "risk_fee_banned_categories", on).legal_basis
        return {"fee_mode": [FieldError(refusals.RISK_FEE_BANNED, {"categories": "、".join(banned), "basis": basis})]}
    cap, total = risk_fee_cap(to_decimal(terms.get("dispute_amount")), on), fee_total(terms)
    if total <= cap.total:
        return {}
    key = "risk_percent" if terms.get("risk_basis") == "percent" else "risk_amount"
    params = {
        "total": in_figures(total),
        "cap": in_figures(cap.total),
        "over": in_figures(total - cap.total),
        "steps": cap.explanation,
        "basis": cap.legal_basis,
    }
    return {key: [FieldError(refusals.RISK_FEE_OVER_CAP, params)]}


def banned_categories(terms: Terms, matter_type: str, cause: str, on: date) -> list[str]:
    """Labels of the banned categories that the matter falls under: by its type, the tick, or words in its texts."""
    types = get_rule("fees", "risk_fee_banned_matter_types", on).value
    text = f"{cause} {terms.get('matter_description') or ''}"
    return [
        category["label"]
        for category in get_rule("fees", "risk_fee_banned_categories", on).value
        if category["key"] == terms.get("fee_category")
        or (category["key"] == matter_type and matter_type in types)
        or any(word in text for word in category["words"])
    ]


def _check_schedule(terms: Terms) -> Errors:
    total = fee_total(terms)
    planned = sum((to_decimal(line.get("amount")) for line in terms.get("schedule") or []), Decimal(0))
    if planned == total:
        return {}
    params = {
        "planned": in_figures(planned),
        "total": in_figures(total),
        "difference": in_figures(abs(total - planned)),
    }
    return {"schedule": [FieldError(refusals.SCHEDULE_DIFFERS, params)]}
