"""Guard G5 from outside every task: a matter with something open is not closed by an operation, nor by the record itself."""

from __future__ import annotations

from datetime import date

import pytest

from engine import RunOperation
from engine.errors import StateRefused
from tests.workflows.closing.conftest import APPROVE, SETTLE
from workflows.records import closings, matters, originals


def hand_in(case):
    def take(context):
        row = {"kind": "evidence", "title": "设备采购合同", "copies": 1, "form": "original", "place": "保险柜"}
        given = {"person": "张三", "on": date(2026, 11, 24), "holder_id": "l", "holder_name": "李明轩"}
        return originals.take(context, case.lead_id, [row], **given)

    case.run(take)


def received(case):
    """Reviewed, delivered, and received behind the process's back."""
    case.until_receipt()
    case.run(lambda context: closings.receive(context, case.lead_id, {"signer_name": "张三"}, result=closings.SIGNED))


@pytest.mark.requirement("R39")
def test_what_came_in_after_the_review_holds_the_closing_back(case):
    received(case)
    hand_in(case)
    with pytest.raises(StateRefused):
        case.run(lambda context: closings.close(context, case.lead_id))
    with pytest.raises(StateRefused):
        case.firm.run(RunOperation("closings.close", {"lead_id": case.lead_id}), case.cast["director"])
    assert case.matter_state() == matters.CLOSING
    case.run(lambda context: originals.return_rest(context, case.lead_id, how=originals.AT_CLOSING, person="张三"))
    case.run(lambda context: closings.close(context, case.lead_id))
    assert case.matter_state() == matters.CLOSED


def test_neither_review_nor_receipt_is_left_out(case):
    case.until_review()
    with pytest.raises(StateRefused):
        case.firm.run(RunOperation("closings.close", {"lead_id": case.lead_id}), case.cast["director"])
    case.do("partner1", "Task_Review", APPROVE)
    case.do("finance", "Task_Settle", SETTLE)
    with pytest.raises(StateRefused):  # the client has received nothing yet
        case.firm.run(RunOperation("closings.close", {"lead_id": case.lead_id}), case.cast["director"])
    assert case.matter_state() == matters.CLOSING
