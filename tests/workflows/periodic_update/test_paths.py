"""Periodic updates: the cadence, the loop, late updates, and the end when the matter closes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

import engine.queries as queries
from engine import SYSTEM, ReceiveMessage, RunOperation
from engine.errors import NotAllowed, StateRefused
from tests.workflows.signed import open_case, sign_contract
from workflows.records import communications, documents, letter_pdf, letter_word, matters, updates
from workflows.records.rule_packs import get_rule

UPDATE = {
    "latest": "法院已立案受理。",
    "next_plan": "十二月十日前提交证据，李律师负责。",
    "risks": "对方可能转移财产，已申请保全。",
}


def begin(case, matter_type="civil", **plan):
    made = open_case(case, case.contract_id, matter_type, **plan)
    case.matter_id = made["matter_id"]
    payload = {
        "matter_id": case.matter_id, "lead_id": case.lead_id, "lawyer_id": case.cast["lawyer1"].id,
        "matter_type": matter_type, "volume_id": made["volume_id"], "client_name": "张三", "title": "张三 · 买卖合同纠纷",
    }  # fmt: skip
    (case.instance_id,) = case.firm.run(ReceiveMessage("matter.opened", case.matter_id, payload), SYSTEM)
    case.settle()


def close(case):
    def action(context):
        matters.start_closing(context, case.matter_id)
        matters.close_matter(context, case.matter_id)

    case.run(action)
    case.firm.run(ReceiveMessage("matter.closed", case.matter_id, {}), SYSTEM)
    case.settle()


def due_in(case):
    with case.firm.reading() as session:
        (timer,) = queries.list_timers(session, instance_id=case.instance_id)
    return timer.due_at - case.firm.clock.now()


@pytest.mark.parametrize(
    ("matter_type", "in_custody", "days", "rule"),
    [
        ("civil", False, 15, "update_litigation"),
        ("administrative", False, 15, "update_litigation"),
        ("arbitration", False, 15, "update_litigation"),
        ("criminal", False, 15, "update_litigation"),
        ("criminal", True, 7, "update_custody"),
        ("nonlitigation", False, 10, "update_nonlitigation"),
        ("special", False, 10, "update_nonlitigation"),
        ("consultation", False, 10, "update_nonlitigation"),
        ("enforcement", False, 30, "update_enforcement"),
        ("adviser", False, 30, "update_adviser"),
    ],
)
def test_the_cadence_follows_the_table_and_the_table_the_rule_pack(case, matter_type, in_custody, days, rule):
    begin(case, matter_type, in_custody=in_custody)
    assert due_in(case) == timedelta(days=days)
    assert get_rule("cadences", rule, case.firm.clock.now().date()).value == days


def test_an_update_is_written_mailed_and_kept_and_the_next_one_is_scheduled(case):
    begin(case)
    case.move(days=15)
    assert case.open_tasks() == {"Task_WriteUpdate"}
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    assert case.incidents() == []
    with case.firm.reading() as session:
        (update,) = updates.list_updates(session, case.matter_id)
        letter = documents.get_document(session, update.document_id)
        (entry,) = [row for row in communications.list_communications(session, case.lead_id) if row.document_ids]
    assert (update.number, update.late, letter.slot) == (1, False, "communications")
    assert (entry.channel, entry.direction, entry.document_ids) == ("email", "out", (letter.id,))
    assert entry.matter_id == case.matter_id
    mail = case.mails()[-1]
    assert mail["to"] == "zhang@example.invalid"
    assert mail["attachments"] == [letter.id]
    assert "法院已立案受理" in mail["body"]
    assert due_in(case) == timedelta(days=15)
    case.move(days=15)
    assert "十二月十日前提交证据" in case.first_values("Task_WriteUpdate", "lawyer1")["latest"]
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    with case.firm.reading() as session:
        assert [row.number for row in updates.list_updates(session, case.matter_id)] == [2, 1]


def test_for_a_client_without_email_the_desk_posts_the_update(case):
    begin(case)
    case.forget_email()
    case.move(days=15)
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    (mail,) = case.mails()
    assert (mail["to"], "打印并寄送《案件进展通报（第1次）" in mail["body"]) == ("desk@demo.invalid", True)
    with case.firm.reading() as session:
        (entry,) = [row for row in communications.list_communications(session, case.lead_id) if row.document_ids]
    assert entry.channel == "letter"


def test_a_late_update_is_reminded_then_pressed_for_and_marked_late(case):
    begin(case)
    case.move(days=15)
    case.move(days=1, minutes=1)
    assert case.mails()[-1]["to"] == "lawyer1@demo.invalid"
    assert case.open_tasks() == {"Task_WriteUpdate"}
    case.move(days=4)
    assert case.open_tasks() == {"Task_WriteUpdate", "Task_EscalateUpdate"}
    case.do("partner1", "Task_EscalateUpdate", {"escalation_note": "已约谈，明日中午前发出"})
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    with case.firm.reading() as session:
        assert updates.list_updates(session, case.matter_id)[0].late
    assert due_in(case) == timedelta(days=15)


def test_the_contract_may_agree_on_another_cadence(case):
    case.register()
    case.contract_id = sign_contract(case, update_days="5")
    begin(case)
    assert due_in(case) == timedelta(days=5)


def test_the_plan_may_set_an_earlier_first_update(case):
    begin(case, first_update_on="2026-11-30")
    assert due_in(case) == timedelta(days=6)


@pytest.mark.parametrize("days", [0, 15, 20])
def test_closing_the_matter_ends_waiting_writing_and_pressing(case, days):
    begin(case)
    if days:
        case.move(days=15)
        case.move(days=days - 15)
    close(case)
    assert case.open_tasks() == set()
    assert case.state() == "completed"


def test_a_matter_closed_while_the_letter_is_made_gets_no_further_update(case):
    begin(case)
    case.move(days=15)

    def action(context):
        matters.start_closing(context, case.matter_id)
        matters.close_matter(context, case.matter_id)

    case.run(action)
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    assert case.state() == "completed"
    assert "Event_UpdatesEnd" in case.steps()


def happen(case, login="lawyer1", event="一审开庭"):
    case.firm.run(RunOperation("updates.request", {"matter_id": case.matter_id, "event": event}), case.cast[login])
    case.settle()


def test_an_event_asks_for_an_update_at_once_and_the_next_one_counts_from_it(case):
    begin(case)
    case.move(days=4)
    happen(case)
    assert case.open_tasks() == {"Task_WriteUpdate"}
    assert case.first_values("Task_WriteUpdate", "lawyer1")["latest"] == "一审开庭"
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    with case.firm.reading() as session:
        assert not updates.list_updates(session, case.matter_id)[0].late
    assert due_in(case) == timedelta(days=15)
    case.move(days=15)
    assert "一审开庭" not in case.first_values("Task_WriteUpdate", "lawyer1")["latest"]


def test_an_update_after_an_event_may_be_late_too(case):
    begin(case)
    happen(case)
    case.move(days=3)
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    with case.firm.reading() as session:
        assert updates.list_updates(session, case.matter_id)[0].late


@pytest.mark.parametrize("login", ["lawyer2", "desk", "finance", "admin"])
def test_only_who_works_on_a_matter_asks_for_an_update(case, login):
    begin(case)
    with pytest.raises(NotAllowed):
        happen(case, login)
    assert case.open_tasks() == set()


def test_a_closed_matter_has_no_more_updates(case):
    begin(case)
    close(case)
    with pytest.raises(StateRefused):
        happen(case)


def test_whoever_presses_need_not_once_the_update_is_written(case):
    begin(case)
    case.move(days=15)
    case.move(days=6)
    assert case.open_tasks() == {"Task_WriteUpdate", "Task_EscalateUpdate"}
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    assert case.open_tasks() == set()
    assert "Event_StoppedPressing" in case.steps()


def test_the_next_update_goes_to_who_leads_now(case):
    begin(case)
    case.move(days=15)
    case.run(lambda context: matters.set_team(context, case.matter_id, {case.cast["lawyer2"].id: "lead"}))
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    case.move(days=15)
    with case.firm.reading() as session:
        (task,) = queries.list_open_tasks(session, case.instance_id)
    assert (task.element_id, task.assignee) == ("Task_WriteUpdate", case.cast["lawyer2"].id)
    case.do("lawyer2", "Task_WriteUpdate", UPDATE)


def size(case):
    """How much the instance holds: its snapshot, and the rows that follow from its tokens."""
    with case.firm.reading() as session:
        instance = queries.get_instance(session, case.instance_id)
        snapshot = session.execute(text("SELECT length(snapshot) FROM instances WHERE id = :id"), {"id": case.instance_id}).scalar()
    return snapshot, (len(instance.tasks), len(instance.timers), len(instance.subscriptions))


def test_fifty_rounds_leave_nothing_behind(case, monkeypatch):
    monkeypatch.setattr(letter_pdf, "render_pdf", lambda *given, **more: b"%PDF-1.7\n")
    monkeypatch.setattr(letter_word, "render_word", lambda *given, **more: b"PK\x03\x04")
    begin(case)
    sizes = []
    for turn in range(50):
        case.move(days=15)
        if turn % 3 == 0:
            case.move(days=6)  # late: reminded, pressed for
        case.do("lawyer1", "Task_WriteUpdate", UPDATE)
        sizes.append(size(case))
    assert case.incidents() == []
    assert {rows for _bytes, rows in sizes} == {(0, 1, 2)}
    assert sizes[-1][0] - sizes[5][0] < 20  # digits of the counters; everything else stays
