"""The fee list goes out again once a month for each case whose payments moved."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from engine import FIRM_ZONE, SYSTEM, StartInstance
from workflows.records import fee_movements, fee_steps, fees

pytestmark = pytest.mark.requirement("R23")


def test_a_list_follows_each_month_with_a_movement(case):
    case.sign()
    case.start("fees", contract_id=case.contract_id)
    case.receive()
    case.instance_id = case.firm.run(StartInstance("fee_list_month", title="每月费用清单"), SYSTEM)
    case.settle()
    case.move(minutes=1)
    with case.firm.reading() as session:
        before = fee_steps.count_lists(session, case.lead_id)
    case.run(lambda context: fees.add_invoiced(context, case.items()[0].id, Decimal(1)))
    with case.firm.reading() as session:
        assert [lead_id for lead_id, _ in fee_movements.list_moved(session)] == [case.lead_id]
    case.move_to(datetime(2026, 12, 1, 9, 1, tzinfo=FIRM_ZONE))
    with case.firm.reading() as session:
        assert fee_steps.count_lists(session, case.lead_id) == before + 1
        assert fee_movements.list_moved(session) == []
    case.move_to(datetime(2027, 1, 1, 9, 1, tzinfo=FIRM_ZONE))
    with case.firm.reading() as session:
        assert fee_steps.count_lists(session, case.lead_id) == before + 1
