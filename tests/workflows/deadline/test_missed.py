"""A missed deadline: judged within the hour, mended where it can be, the client and the insurer told, and learnt from."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from engine import FIRM_ZONE
from engine.errors import FormInvalid, StateRefused
from engine.tables import Message
from workflows.records import deadlines


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=FIRM_ZONE)


@pytest.fixture
def missed(case):
    """A judgment's appeal period that ended on 12-09 without proof; it is the first minute of the 10th."""
    case.start_deadline()
    case.move_to(at("2026-12-09T23:59"))
    assert case.deadline().state == "RUNNING"
    case.move_to(at("2026-12-10T00:00"))
    assert case.deadline().state == "MISSED"
    return case


def messages(case, name):
    with case.firm.reading() as session:
        return list(session.scalars(select(Message).where(Message.name == name)))


JUDGED = {"judgement": "承办人误记送达日，已无法上诉，须告知客户。"}
INSURED = {"insurance": "told", "told_on": "2026-12-10", "policy_no": "PZ-2026-1", "insurance_note": "已提交情况说明"}


def test_at_midnight_the_lawyers_task_goes_and_a_partner_has_an_hour(missed):
    assert set(missed.waiting()) == {"Task_Triage"}
    assert missed.waiting()["Task_Triage"].due_at == at("2026-12-10T01:00")
    told = {mail["to"].split("@")[0] for mail in missed.mails() if "期限已逾期" in mail["subject"]}
    assert told == {"partner1", "partner2", "director", "lawyer1", "lawyer2"}
    missed.move_to(at("2026-12-10T01:01"))
    pressed = [mail["to"].split("@")[0] for mail in missed.mails() if "逾期期限无人处理" in mail["subject"]]
    assert pressed == ["director"]


def test_an_obstacle_gives_ten_days_for_an_extension(missed):
    choice = {"triage": "extendable", **JUDGED}
    for day in ("2026-12-11", "2026-11-20"):  # not over yet; more than ten days ago
        with pytest.raises(FormInvalid) as caught:
            missed.act("partner1", "Task_Triage", {**choice, "obstacle_ended_on": day})
        assert set(caught.value.errors) == {"obstacle_ended_on"}
    missed.act("partner1", "Task_Triage", {**choice, "obstacle_ended_on": "2026-12-08"})
    remedy = missed.waiting()["Task_Remedy"]
    assert (remedy.assignee, remedy.due_at) == (missed.id("lawyer1"), at("2026-12-19T00:00"))  # the end of the 18th
    filed = {"remedy": "向法院申请顺延期限", "filed_on": "2026-12-10", "documents": [missed.file("顺延申请书")]}
    missed.act("lawyer1", "Task_Remedy", filed)
    (asked,) = messages(missed, "confirmation.requested")
    assert (asked.correlation, asked.payload["confirm_seed"]["kind"]) == (missed.matter_id, "risk")
    assert "顺延" in asked.payload["confirm_seed"]["content"]
    missed.act("partner1", "Task_Insure", INSURED)
    (learn,) = messages(missed, "correction.requested")
    assert (learn.correlation, learn.payload["source"]) == (missed.matter_id, "deadline")
    assert missed.deadline().state == "MISSED"
    missed.act("lawyer1", "Task_Outcome", {"outcome": "granted", "outcome_on": "2026-12-10", "documents": []})
    assert missed.deadline().state == "REMEDIED"
    assert missed.deadline().remedy["insurance"]["policy_no"] == "PZ-2026-1"
    assert "Task_Outcome" not in missed.waiting()


def test_another_remedy_may_be_refused(missed):
    missed.act("partner1", "Task_Triage", {"triage": "other", **JUDGED})
    missed.act("lawyer1", "Task_Remedy", {"remedy": "向法院申请再审", "filed_on": "2026-12-10", "documents": [missed.file("再审申请书")]})
    missed.act("partner1", "Task_Insure", {"insurance": "not_needed", "insurance_note": "尚无索赔可能"})
    missed.act("lawyer1", "Task_Outcome", {"outcome": "refused", "outcome_on": "2026-12-10", "documents": []})
    assert missed.deadline().state == "LOST"


def test_without_a_remedy_the_client_is_told_and_it_is_lost(missed):
    missed.act("partner1", "Task_Triage", {"triage": "none", **JUDGED})
    assert "没有可以采取的补救措施" in messages(missed, "confirmation.requested")[0].payload["confirm_seed"]["content"]
    missed.act("partner2", "Task_Insure", INSURED)
    assert missed.deadline().state == "LOST"
    assert messages(missed, "correction.requested")
    assert missed.incidents() == []


def test_what_was_done_in_time_but_proved_late_is_done(missed):
    form = {"triage": "in_time", **missed.proof()}
    with pytest.raises(FormInvalid) as caught:
        missed.act("partner1", "Task_Triage", {**form, "acted_on": "2026-12-10"})
    assert set(caught.value.errors) == {"acted_on"}
    missed.act("partner1", "Task_Triage", {**form, "acted_on": "2026-12-09"})
    assert missed.deadline().state == "DONE"
    assert messages(missed, "confirmation.requested") == []


def test_the_record_refuses_what_its_states_do_not_allow(case):
    case.start_deadline()
    deadline = case.deadline()
    proof = {"action": "filed", "documents": []}
    for action in (
        lambda context: deadlines.complete_deadline(context, deadline.id, proof),  # no file
        lambda context: deadlines.miss_deadline(context, deadline.id),  # not over
        lambda context: deadlines.end_missed(context, deadline.id, deadlines.LOST),
        lambda context: deadlines.drop_deadline(context, deadline.id, reason="不跟了"),
        lambda context: deadlines.enter_deadline(context, deadline.id, deadline.entry),
    ):
        with pytest.raises(StateRefused):
            case.run(action, "lawyer1")
    with pytest.raises(deadlines.SamePerson):
        entry = {**deadline.entry, "backup": case.id("lawyer1")}
        case.run(lambda context: deadlines.enter_deadline(context, deadline.id, entry), "lawyer1")
    assert case.deadline().due_on == date(2026, 12, 9)
