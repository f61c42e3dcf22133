"""What starts a deadline by itself: key dates of the plan, a hearing, a judgment put into the volume; and what they keep open."""

from __future__ import annotations

from datetime import date

import pytest

from engine import RunOperation
from tests.workflows.signed import open_case, sign_contract
from workflows.handlers import open_matter
from workflows.records import deadlines, matters, open_items

DATES = [
    {"key_date_kind": "举证期限", "key_date_on": "2026-12-05", "key_date_note": "举证通知书"},
    {"key_date_kind": "一审开庭", "key_date_on": "2026-12-15"},
    {"key_date_kind": "已过的日子", "key_date_on": "2026-11-01"},
]


def planned(case):
    def plan(context):
        matters.set_plan(context, case.matter_id, plan={"key_dates": DATES}, security_level="internal")
        matters.suspend_matter(context, case.matter_id, reason="补材料")
        open_matter.activate(context, matter_id=case.matter_id, lead_id=case.lead_id)

    case.run(plan)
    case.settle()


def read(case):
    with case.firm.reading() as session:
        found = deadlines.list_deadlines(session, case.lead_id)
        return {each.title or each.kind: each for each in found}, open_items.list_open_items(session, case.lead_id, case.firm.clock.now())


def test_the_plans_key_dates_and_a_hearing_ask_for_deadlines(case):
    planned(case)
    found, _ = read(case)
    assert set(found) == {"举证期限", "一审开庭", "power_of_attorney"}
    assert {each.state for each in found.values()} == {"DRAFT"}
    assert found["power_of_attorney"].entry["trigger_on"] == "2026-12-15"


def test_powers_go_to_the_court_working_days_before_the_hearing(case):
    case.start_deadline(kind="power_of_attorney", trigger_on="2026-12-15", documents=[])
    assert case.deadline().due_on == date(2026, 12, 10)
    assert [step["step"] for step in case.deadline().steps] == ["rule", "back"]


@pytest.mark.parametrize(
    ("title", "kind"), [("民事判决书", "appeal_civil_judgment"), ("管辖权异议民事裁定书", "appeal_civil_ruling")]
)
def test_a_judgment_put_into_the_volume_suggests_the_appeal(case, title, kind):
    with case.firm.reading() as session:
        volume_id = matters.get_matter(session, case.matter_id).volume_id
    values = {"volume_id": volume_id, "slot": "judgment", "name": "a.txt", "content": b"x", "title": title}
    case.firm.run(RunOperation("volumes.upload", values), case.cast["lawyer1"])
    case.settle()
    deadline = case.deadline()
    assert (deadline.kind, deadline.source) == (kind, "judgment")
    case.instance_id = case.waiting()["Task_Enter"].instance_id
    shown = case.first_values("Task_Enter", "lawyer1")
    assert (shown["trigger_event"], len(shown["documents"])) == (f"收到{title}", 1)
    assert "trigger_on" not in shown  # the day of service is for a person to read


def test_deadlines_are_open_items_until_they_are_over_and_each_once(case):  # guard G5
    planned(case)
    _, items = read(case)
    assert [item.what for item in items if item.kind == "deadline"].count("举证期限") == 1
    assert len([item for item in items if item.kind == "deadline"]) == 3
    case.start_deadline()
    _, items = read(case)
    assert "期限未届满：民事判决上诉（2026-12-09）" in [item.title for item in items]
    case.act("lawyer1", "Task_Complete", case.proof())
    _, items = read(case)
    assert "期限未届满：民事判决上诉（2026-12-09）" not in [item.title for item in items]


def test_a_criminal_matter_has_its_own_periods(case):
    case.register()
    case.matter_id = open_case(case, sign_contract(case), "criminal")["matter_id"]
    with case.firm.reading() as session:
        volume_id = matters.get_matter(session, case.matter_id).volume_id
    values = {"volume_id": volume_id, "slot": "judgment", "name": "a.txt", "content": b"x", "title": "判决书"}
    case.firm.run(RunOperation("volumes.upload", values), case.cast["lawyer1"])
    case.settle()
    assert case.deadline().kind == "appeal_criminal_judgment"
