"""Scenario 15 of processes.md, first half: a walled partner borrows nothing; thirty days late a volume counts as lost."""

from __future__ import annotations

import pytest

from tests.workflows.loans.conftest import case, firm  # noqa: F401 - the fixtures
from workflows.records import corrections, loan_applications, volume_loans, volumes


@pytest.mark.requirement("A14", "A15", "A20")
def test_a_walled_partner_gets_nothing_and_a_late_loan_ends_in_the_search(case):  # noqa: F811
    case.wall("partner1")
    with pytest.raises(loan_applications.LoanUnavailable):
        case.apply("partner1")
    with pytest.raises(loan_applications.LoanUnavailable):
        case.apply("partner1", volume_ids=["J001-YW·MS-2026-C-0999"])
    case.lend()
    for days in (25, 4, 20):
        case.move(days=days)
    assert (case.loan().state, case.tasks()) == (volume_loans.MISSING, {"Task_Search"})
    with case.firm.reading() as session:
        assert volume_loans.has_open_loan(session, case.volume_id)  # a destruction list drops it
    case.move(days=10)
    case.act(
        "lawyer1", "Task_Statement", {"statement": "搬家途中遗失，已多处寻找。", "last_seen": "十二月", "signature": "李明轩"}
    )
    decision = {"finding": "保管不善", "notify_client": "no", "no_notice_reason": "无原件", "severity": "high", "measure": "重建"}
    case.act("director", "Task_Decide", decision)
    case.act("archivist", "Task_Rebuild", {"pages": 5, "gaps": "", "printed": "no"})
    case.act("compliance", "Task_Report", {"reported_to": "示范市档案局", "reported_on": "2026-11-25"})
    assert (case.loan().state, case.volume().state) == (volume_loans.LOST, volumes.STORED)
    with case.firm.reading() as session:
        assert [each.source for each in corrections.list_corrections(session)] == ["loan"]
    assert case.incidents() == []
