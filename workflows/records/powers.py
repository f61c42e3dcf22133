"""Powers of an agent (代理权限): general authority (一般授权) or special authority (特别授权) with each power listed.

Civil Procedure Law (民事诉讼法) art. 62: admitting, waiving or changing claims, settling, counterclaiming and appealing
need the principal's express grant; 民诉法解释 art. 89: "full authority" without a list grants none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engine.forms import FieldError
from workflows.records import refusals
from workflows.records.rule_packs import get_rule

GENERAL = "general"
SPECIAL = "special"


@dataclass(frozen=True)
class Power:
    """One power that a contract can give; ``special`` ones need special authority."""

    key: str
    label: str
    label_en: str
    special: bool


def list_powers(on: date) -> list[Power]:
    """Every power that can be given, in the order of the power of attorney."""
    return [Power(**entry) for entry in get_rule("contract_clauses", "powers", on).value]


def check_powers(authority: str, chosen: Sequence[str], on: date) -> dict[str, list[FieldError]]:
    """Field errors of the entries ``authority`` and ``powers``; empty when they agree."""
    rule = get_rule("contract_clauses", "powers", on)
    special = [power for power in list_powers(on) if power.special and power.key in chosen]
    if authority == GENERAL and special:
        labels = "、".join(power.label for power in special)
        return {"powers": [FieldError(refusals.SPECIAL_POWER, {"powers": labels, "basis": rule.legal_basis})]}
    if authority == SPECIAL and not special:
        return {"powers": [FieldError(refusals.NO_SPECIAL_POWER, {"basis": rule.legal_basis})]}
    return {}


def describe_authority(authority: str, chosen: Sequence[str], on: date) -> str:
    """The sentence of the contract and of the power of attorney that says what the agent may do."""
    given = [power.label for power in list_powers(on) if power.key in chosen]
    if authority == SPECIAL:
        return f"特别授权，代为：{'、'.join(given)}。未列明的特别授权事项，代理人无权代为行使。"
    extra = f"，并代为{'、'.join(given)}" if given else ""
    return f"一般授权{extra}。代理人无权代为承认、放弃、变更诉讼请求，进行和解，提起反诉或者上诉。"
