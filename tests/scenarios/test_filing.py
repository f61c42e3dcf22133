"""Scenarios 13 and 14 of processes.md: a volume with gaps, and one that stays overdue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import FIRM_ZONE
from engine.errors import FormInvalid
from tests.workflows.filing.conftest import ACCEPT, SUBMIT, case, firm  # noqa: F401 - the fixtures
from tests.workflows.filing.test_chasing import due, extend
from workflows.records import volume_checks, volume_contents, volumes


@pytest.mark.requirement("A3")
@pytest.mark.requirement("A10")
def test_a_missing_argument_with_a_reason_goes_on_a_missing_judgment_does_not_and_a_gap_fails(case):  # noqa: F811
    case.close()
    case.put("closing_summary", "办案小结")
    with pytest.raises(FormInvalid) as caught:  # the argument is excused, the judgment cannot be
        case.collect(reason="调解结案，未提交代理词")
    assert any(path.startswith("absences.") for path in caught.value.errors)
    case.put("judgment", "民事判决书", pages=3)
    case.collect(reason="调解结案，未提交代理词")

    def tear(context):
        """A line of the catalogue is lost before the volume is handed in."""
        row = context.session.get(volume_contents.PieceRow, (case.volume_id, 1))
        row.page_to += 2
        context.session.flush()

    case.run(tear)
    case.do("lawyer1", "Task_Submit", SUBMIT)
    assert case.open_tasks() == {"Task_Mend"}
    with case.firm.reading() as session:
        (check,) = volume_checks.list_checks(session, case.volume_id)
    assert not check.passed and any("完整性" in defect["problem"] for defect in check.defects)
    case.collect(reason="调解结案，未提交代理词")
    case.do("lawyer1", "Task_Submit", SUBMIT)
    case.do("archivist", "Task_Check", ACCEPT)
    assert case.volume().state == volumes.PACKED


@pytest.mark.requirement("A9")
def test_sixty_one_days_overdue_goes_to_the_director_and_a_third_extension_is_refused(case):  # noqa: F811
    case.close()
    extend(case, 15)
    extend(case, 10)
    with pytest.raises(FormInvalid):
        extend(case, 5)
    case.instance_id = case.filing_id
    case.move_to(due(case) + timedelta(days=30))
    case.move_to(due(case) + timedelta(days=61))
    case.at("archive_overdue")
    assert case.open_tasks() == {"Task_Director"}
    assert case.first_values("Task_Director", "director")["overdue"] == "已逾期61日"
    assert case.firm.clock.now().astimezone(FIRM_ZONE).date() == (due(case) + timedelta(days=61)).date()
