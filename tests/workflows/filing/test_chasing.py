"""Chasing a volume: every reminder, the partner, the director, extensions, the last day, and what acceptance ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import FIRM_ZONE, SYSTEM, StartInstance
from engine.errors import FormInvalid
from tests.workflows.filing.conftest import ACCEPT, SUBMIT
from tests.workflows.signed import open_unchecked
from workflows.records import archive_stops, matters, volume_chasing
from workflows.records.archive_stops import NoNewMatters
from workflows.records.volume_chasing import ExtensionRefused

LAWYER = "lawyer1@demo.invalid"


def reminders(case, since):
    return [mail["to"] for mail in case.mails()[since:] if mail["subject"].startswith("归档提醒")]


def due(case):
    return case.volume().due_at.astimezone(FIRM_ZONE).replace(hour=9, minute=0, second=0, microsecond=0)


def extend(case, days, *, decision="approve"):
    """The lawyer asks for more time and the partner decides."""
    case.start("archive_extension", matter_id=case.matter["matter_id"], starter_id=case.cast["lawyer1"].id)
    day = (case.volume().due_at.astimezone(FIRM_ZONE) + timedelta(days=days)).date()
    ask = {"reason": "等待对方返还证据原件", "new_date": day.isoformat(), "missing_items": [{"item": "证据原件"}]}
    case.do("lawyer1", "Task_Ask", ask)
    case.do("partner1", "Task_Approve", {"decision": decision, "opinion": "不同意"})
    return day


@pytest.mark.requirement("A9")
def test_the_lawyer_hears_ten_and_three_days_before_and_on_the_day_then_every_week(case):
    case.close()
    day = due(case)
    for number, days in enumerate((-10, -3, 0, 7, 14), 1):
        before = len(case.mails())
        case.move_to(day + timedelta(days=days))
        assert reminders(case, before) == [LAWYER]
        assert case.volume().reminders == number


@pytest.mark.requirement("A9")
def test_the_assistant_hears_of_what_is_late(case):
    helper = case.cast["lawyer2"].id

    def join(context):
        matters.set_team(context, case.matter["matter_id"], {case.cast["lawyer1"].id: "lead", helper: "assistant"})

    case.run(join)
    case.close()
    case.move_to(due(case))
    before = len(case.mails())
    case.move_to(due(case) + timedelta(days=7))
    assert sorted(reminders(case, before)) == [LAWYER, "lawyer2@demo.invalid"]


@pytest.mark.requirement("A9")
def test_a_month_late_the_partner_acts_and_is_reminded_when_the_day_set_passes(case):
    case.close()
    case.move_to(due(case) + timedelta(days=30))
    case.at("archive_overdue")
    assert case.open_tasks() == {"Task_Supervise"}
    assert case.first_values("Task_Supervise", "partner1")["overdue"] == "已逾期30日"
    today = case.firm.clock.now().astimezone(FIRM_ZONE).date()
    with pytest.raises(FormInvalid):
        case.do("partner1", "Task_Supervise", {"act": "限期", "until": today.isoformat()})
    case.do("partner1", "Task_Supervise", {"act": "指派助理协助立卷", "until": (today + timedelta(days=5)).isoformat()})
    assert any(mail["subject"].startswith("归档督办") and mail["to"] == LAWYER for mail in case.mails())
    assert case.state() == "running"
    case.move(days=6)
    assert case.state() == "completed"
    assert any(mail["subject"].startswith("督办期限已过") for mail in case.mails())


@pytest.mark.requirement("A9")
def test_acceptance_ends_the_chasing_and_the_partner_s_task(case):
    case.close()
    case.move_to(due(case) + timedelta(days=30))
    case.put_essentials()
    case.collect()
    case.do("lawyer1", "Task_Submit", SUBMIT)
    assert case.instances("archive_overdue") and case.instances("archive_chasing")
    case.do("archivist", "Task_Check", ACCEPT)
    case.settle()
    assert case.instances("archive_overdue") == [] and case.instances("archive_chasing") == []
    before = len(case.mails())
    case.move(days=60)
    assert reminders(case, before) == []


@pytest.mark.requirement("A9")
def test_two_months_late_the_director_stops_new_matters_until_the_volume_is_filed(case):
    case.close()
    case.move_to(due(case) + timedelta(days=30))
    case.move_to(due(case) + timedelta(days=60))
    case.at("archive_overdue")
    assert case.open_tasks() == {"Task_Director"}
    case.do("director", "Task_Director", {"hold_fee_share": True, "stop_new": True, "note": "多次催办无果"})
    assert case.state() == "completed"
    lawyer = case.cast["lawyer1"].id
    assert any(mail["subject"].startswith("逾期归档措施") and mail["to"] == LAWYER for mail in case.mails())
    with case.firm.reading() as session:
        assert archive_stops.holds_fee_share(session, lawyer) and not archive_stops.may_take_matters(session, lawyer)

    def open_another(context):
        open_unchecked(
            context, lead_id="9" * 32, client_id="c" * 32, contract_id="d" * 32, matter_type="civil", title="新案", lawyer_id=lawyer
        )

    with pytest.raises(NoNewMatters):  # whoever asks: the record refuses
        case.run(open_another)
    case.instance_id = case.filing_id
    case.put_essentials()
    case.collect()
    case.do("lawyer1", "Task_Submit", SUBMIT)
    case.do("archivist", "Task_Check", ACCEPT)
    with case.firm.reading() as session:
        assert archive_stops.list_standing(session) == []
    case.run(open_another)


@pytest.mark.requirement("A9")
def test_a_policy_that_is_switched_off_orders_nothing(case, monkeypatch):
    case.close()
    rule = archive_stops.get_rule

    def off(pack, key, on):
        found = rule(pack, key, on)
        return type(found)(**{**vars(found), "value": False}) if key.startswith("may_") else found

    monkeypatch.setattr(archive_stops, "get_rule", off)

    def order(context):
        return archive_stops.order(
            context, person_id="p", person_name="某", volume_id=case.volume_id, hold_fee_share=True, stop_new=True, note=""
        )

    stop = case.run(order, "director")
    assert (stop.hold_fee_share, stop.stop_new) == (False, False)


@pytest.mark.requirement("A9")
def test_an_extension_moves_the_day_and_the_reminders_with_it(case):
    case.close()
    old = due(case)
    day = extend(case, 20)
    assert case.volume().due_at.astimezone(FIRM_ZONE).date() == day
    before = len(case.mails())
    case.move_to(old)
    assert reminders(case, before) == []  # the new day is ten days and more away
    case.move_to(old + timedelta(days=10))
    assert reminders(case, before) == [LAWYER]


@pytest.mark.requirement("A9")
def test_a_third_extension_a_too_long_one_and_one_beyond_the_last_day_are_refused(case):
    case.close()
    with pytest.raises(FormInvalid):
        extend(case, 31)
    extend(case, 25)
    with pytest.raises(FormInvalid):
        extend(case, 0)
    extend(case, 10)
    with pytest.raises(FormInvalid):
        extend(case, 5)

    def go_round(context):
        day = (case.volume().due_at + timedelta(days=5)).date()
        volume_chasing.extend(context, case.volume_id, new_due_on=day, reason="再延", missing_items=[], asked_by="somebody")

    with pytest.raises(ExtensionRefused):
        case.run(go_round, "partner1")


def test_an_extension_that_is_refused_changes_nothing_and_the_lawyer_hears_why(case):
    case.close()
    old = case.volume().due_at
    extend(case, 10, decision="refuse")
    assert case.state() == "completed"
    assert case.volume().due_at == old
    assert any(mail["subject"].startswith("不予延期") and "不同意" in mail["body"] for mail in case.mails())


def test_partners_are_reminded_of_a_request_that_waits(case):
    case.close()
    case.start("archive_extension", matter_id=case.matter["matter_id"], starter_id=case.cast["lawyer1"].id)
    day = (case.volume().due_at.astimezone(FIRM_ZONE) + timedelta(days=5)).date()
    case.do("lawyer1", "Task_Ask", {"reason": "缺原件", "new_date": day.isoformat(), "missing_items": []})
    case.move(days=5)
    assert any(mail["subject"] == "归档延期申请待审批" for mail in case.mails())


@pytest.mark.requirement("A9")
def test_past_the_last_day_the_breach_is_entered_once_and_a_correction_asked_for(case):
    case.close()
    case.move_to(due(case) + timedelta(days=30))
    case.move_to(due(case) + timedelta(days=60))
    case.move_to(case.volume().hard_due_at + timedelta(days=1))
    with case.firm.reading() as session:
        ((volume, lawyer, _day),) = volume_chasing.list_breaches(session)
    assert (volume.id, lawyer) == (case.volume_id, case.cast["lawyer1"].id)
    assert case.run(lambda context: volume_chasing.enter_breach(context, case.volume_id, lawyer)) is False
    case.move(days=30)
    assert case.incidents() == []


@pytest.mark.requirement("A9")
def test_the_archivist_has_a_report_on_monday_and_the_management_a_list_in_the_first_week(case):
    case.close()
    case.firm.run(StartInstance("archive_reports"), SYSTEM)
    before = len(case.mails())
    case.move_to(due(case) + timedelta(days=8))
    bodies = [mail["body"] for mail in case.mails()[before:] if mail["subject"] == "归档周报"]
    assert "逾期1卷" in bodies[-1] and "李" in bodies[-1]
    assert any(mail["subject"] == "逾期归档月报" for mail in case.mails())
