"""Caps of risk-agency fees: the bands are marginal, and every stage counts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.records.fee_caps import fee_match, fee_total, fee_variables, risk_fee_cap

ON = date(2026, 5, 1)
CAPS = {
    0: 0,
    500_000: 90_000,
    1_000_000: 180_000,
    3_000_000: 480_000,
    5_000_000: 780_000,
    10_000_000: 1_380_000,
    50_000_000: 4_980_000,
    100_000_000: 7_980_000,
}
RISK = {"fee_mode": "risk", "risk_basis": "percent", "risk_percent": "16", "dispute_amount": "3000000"}


@pytest.mark.parametrize(("amount", "cap"), CAPS.items())
def test_check_values(amount, cap):
    assert risk_fee_cap(Decimal(amount), ON).total == cap


@given(st.integers(0, 10**11), st.integers(0, 10**11))
def test_more_realised_never_caps_lower_and_the_steps_add_up(one, other):
    low, high = (risk_fee_cap(Decimal(amount), ON) for amount in sorted((one, other)))
    assert low.total <= high.total
    assert sum(step.part for step in high.steps) == high.amount


def test_the_basic_fee_counts_towards_the_cap():
    exact = {"matter_type": "civil", "cause": "买卖合同纠纷", "on": ON}
    assert fee_total({**RISK, "base_amount": "0.01"}) == Decimal("480000.01")
    assert fee_variables(RISK, **exact)["fee_over_cap"] == "no"
    assert fee_variables({**RISK, "base_amount": "0.01"}, **exact)["fee_over_cap"] == "yes"


def test_a_fee_is_compared_with_the_hours_planned():
    assert fee_match({"fee_mode": "fixed", "fee_amount": "90000", "hours_budget": "60"}, ON) == Decimal("1.50")
    assert fee_match({"fee_mode": "fixed", "fee_amount": "90000"}, ON) is None
