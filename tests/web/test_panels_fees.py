"""The evidence beside a receipt: what is agreed, what came in, who entered it, and the slip."""

from __future__ import annotations

import pytest

from tests.web.test_panels_contract import show
from tests.workflows.casework import Case
from tests.workflows.signed import sign_contract
from tests.workflows.small_firm import open_small_firm
from web.inbox.panels import fee_items

RECEIPT = {
    "receipt_decision": "RECEIVED", "received_on": "2026-11-24", "amount": "20000", "channel": "bank", "reference": "F-0001",
    "payer_name": "李四", "payer_kind": "third", "payer_relation": "配偶代付",
}  # fmt: skip


@pytest.fixture
def case(sqlite_url, clock, tmp_path):
    engine = open_small_firm(sqlite_url, clock, tmp_path, "fees", "fee_receipt", "fee_arrears")
    case = Case(engine)
    case.register()
    case.contract_id = sign_contract(case)
    yield case
    engine.database.dispose()


def test_the_panel_is_empty_before_the_fees_are_planned(case):
    assert show(case, fee_items) == ""


def test_whoever_checks_sees_what_was_entered(case):
    case.start("fees", contract_id=case.contract_id)
    case.do("finance", "Task_RegisterReceipt", RECEIPT)
    shown = show(case, fee_items)
    for part in ("签约 <b>¥60,000.00</b>", "¥20,000.00", "李四", "F-0001", "Waiting for the check", "吴静怡", "配偶代付"):
        assert part in shown
    case.do("compliance", "Task_ReviewPayer", {"payer_decision": "ACCEPT", "aml_note": "已核对配偶关系和资金来源"})
    case.do("finance2", "Task_CheckByFinance", {"check_decision": "RETURN", "check_comment": "流水号不符"})
    assert "Returned" in show(case, fee_items)
    assert "流水号不符" in show(case, fee_items)
