"""Long absence and death: the stand-in at once, the partner's inventory, the return or the hand-over."""

from __future__ import annotations

import pytest

from engine import queries
from engine.errors import FormInvalid, NotAllowed
from tests.workflows.staff_leaving.conftest import DESKS
from workflows.records import deadlines, departures
from workflows.records.deadline_handovers import hand_on


def assignees(case, instance_id):
    with case.firm.reading() as session:
        return {task.element_id: task.assignee for task in queries.list_open_tasks(session, instance_id)}


def begin_change(case, matter_id):
    """A process in which lawyer1 has an open task."""
    case.start("matter_change", matter_id=matter_id, team_ids=[], starter_id=case.cast["lawyer1"].id)
    return case.instance_id


def take_stock(case, **row):
    rows = [{**each, **row} for each in case.first_values("Task_Inventory", "partner1")["rows"]]
    case.do("partner1", "Task_Inventory", {"rows": rows, "things": [], "note": ""})


def test_the_backup_takes_over_at_once_and_gives_back_on_the_return(case):
    matter_id = case.open_matter(backup="lawyer2")
    change = begin_change(case, matter_id)
    assert assignees(case, change) == {"Task_Apply": case.cast["lawyer1"].id}
    case.report()
    assert assignees(case, change) == {"Task_Apply": case.cast["lawyer2"].id}  # in the same transaction
    assert any(subject.startswith("代管案件") for subject in case.subjects_to("lawyer2@demo.invalid"))
    later = begin_change(case, matter_id)
    assert assignees(case, later) == {"Task_Apply": case.cast["lawyer2"].id}  # new tasks too
    case.instance_id = case.find_instance("staff_absence")
    assert case.first_values("Task_Inventory", "partner1")["rows"][0]["stand_in"] == "王若谷"
    take_stock(case)
    case.do("partner1", "Task_Return", {"outcome": "BACK"})
    assert (case.departure().state, case.state(), case.is_active()) == (departures.BACK, "completed", True)
    assert assignees(case, begin_change(case, matter_id)) == {"Task_Apply": case.cast["lawyer1"].id}


def test_without_a_backup_the_deputy_takes_over(case):
    change = begin_change(case, case.open_matter())
    case.report()
    assert assignees(case, change) == {"Task_Apply": case.cast["partner2"].id}


def test_the_inventory_is_due_in_two_working_days_and_what_is_pressing_has_a_next_step(case):
    case.open_matter()
    case.report()
    with pytest.raises(FormInvalid):
        take_stock(case, urgent="yes")
    case.move(days=3)
    assert case.is_told("director", "在办案件逾期未清点")
    take_stock(case, urgent="yes", next_step="明日申请延期开庭")
    assert case.departure().steps["inventory"]["rows"][0]["next_step"] == "明日申请延期开庭"


def test_away_longer_then_not_coming_back(case):
    matter_id = case.open_matter(backup="lawyer2")
    case.report()
    take_stock(case)
    with pytest.raises(FormInvalid):
        case.do("partner1", "Task_Return", {"outcome": "LONGER"})
    case.do("partner1", "Task_Return", {"outcome": "LONGER", "back_on": "2027-03-01"})
    assert case.departure().back_on.isoformat() == "2027-03-01"
    case.do("partner1", "Task_Return", {"outcome": "LEAVES"})
    case.plan()
    assert case.departure().state == departures.CLEARING
    case.at_matter(matter_id)
    assert case.first_values("Task_Choice", "client")["may_follow"] == "no"


def test_a_death_goes_straight_to_the_hand_over(case):
    matter_id = case.open_matter(backup="lawyer2")
    case.report(kind="death", back_on="")
    take_stock(case)
    assert case.open_tasks() == {"Task_Plan"}
    case.plan()
    case.hand_on(matter_id)
    for desk, element in DESKS.items():
        case.do(desk, element, {"confirmed": True})
    assert (case.departure().state, case.state(), case.is_active()) == (departures.CLOSED, "completed", False)


def test_who_may_report_and_who_stands_in(case):
    with pytest.raises(NotAllowed):
        case.report(by="lawyer2")
    with pytest.raises(NotAllowed):
        case.report(deputy_id=case.cast["lawyer1"].id)
    with pytest.raises(NotAllowed):
        case.report(kind="leaving")


def test_a_deadline_keeps_two_holders_when_it_is_handed_on(case):
    matter_id = case.open_matter(backup="lawyer2")
    old, new = case.cast["lawyer1"].id, case.cast["lawyer2"].id

    def enter(context):
        made = deadlines.propose_deadline(context, lead_id=case.lead_id, source="manual", suggested={"title": "举证"})
        row = deadlines.get_row(context.session, made.id)
        row.responsible_id, row.backup_id = old, new
        return made.id

    deadline_id = case.run(enter)
    case.give_notice()
    assert [(item.kind, item.what) for item in case.items("compliance")][-1] == ("deadline", "举证")
    assert case.run(lambda context: hand_on(context, case.lead_id, old=old, new=new)) == 1
    with case.firm.reading() as session:
        found = deadlines.get_deadline(session, deadline_id)
    assert found.responsible_id == new and found.backup_id not in (old, new)
    case.hand_on(matter_id)
    assert case.items("compliance") == []
