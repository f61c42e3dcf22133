"""Deadlines: entered, computed, reviewed by another person, warned of, acknowledged, proved or missed."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest

import engine.queries as queries
from engine import FIRM_ZONE
from engine.errors import FormInvalid, NotAllowed, TaskClaimed
from workflows.records import deadline_watch, deadlines, documents, legal_periods
from workflows.wiring import ROOT


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=FIRM_ZONE)


def answer(case, login, element="Task_Acknowledge", **more):
    case.act(login, element, {"answer": "on_track", **more})


@pytest.mark.requirement("R26")
def test_a_deadline_is_entered_computed_reviewed_by_another_and_done_with_proof(case):
    case.begin()
    case.act("lawyer1", "Task_Enter", case.entry())
    deadline = case.deadline()
    assert (deadline.state, deadline.due_on, deadline.internal_on) == ("REVIEW", date(2026, 12, 9), date(2026, 12, 4))
    assert [step["step"] for step in deadline.steps] == ["rule", "start_out", "counted", "working", "posting", "internal"]
    review = case.waiting()["Task_Review"]
    assert review.assignee == case.id("lawyer2")
    case.act("lawyer2", "Task_Review", {"verdict": "agree"})
    task = case.waiting()["Task_Complete"]
    assert (task.assignee, task.due_at) == (case.id("lawyer1"), at("2026-12-04T17:30"))
    case.act("lawyer1", "Task_Complete", case.proof())
    done = case.deadline()
    assert (done.state, done.proof["reference"], done.proof["action"]) == ("DONE", "EMS123", "filed")
    with case.firm.reading() as session:
        assert documents.get_document(session, done.proof["documents"][0]).slot == "pleadings"
        assert queries.list_instances(session, state="running") == []
    assert case.incidents() == []


def test_who_entered_a_deadline_does_not_review_it(case):
    case.begin()
    case.act("lawyer1", "Task_Enter", case.entry())
    with pytest.raises(TaskClaimed):
        case.act("lawyer1", "Task_Review", {"verdict": "agree"})
    with pytest.raises(NotAllowed):  # around the task
        case.run(lambda context: deadlines.review_deadline(context, case.deadline().id, agrees=True), "lawyer1")


def test_when_the_backup_enters_it_the_responsible_reviews(case):
    case.begin(starter_id=case.id("lawyer2"))
    case.act("lawyer2", "Task_Enter", case.entry())
    assert case.waiting()["Task_Review"].assignee == case.id("lawyer1")


def test_a_differing_review_returns_it_with_the_reason(case):
    case.begin()
    case.act("lawyer1", "Task_Enter", case.entry())
    case.act("lawyer2", "Task_Review", {"verdict": "differs", "difference": "送达日应为11月23日"})
    assert case.deadline().state == "DRAFT"
    case.instance_id = case.waiting()["Task_Enter"].instance_id
    shown = case.first_values("Task_Enter", "lawyer1")
    assert (shown["return_reason"], shown["trigger_on"]) == ("送达日应为11月23日", "2026-11-24")
    case.act("lawyer1", "Task_Enter", case.entry(trigger_on="2026-11-23"))
    case.act("lawyer2", "Task_Review", {"verdict": "agree"})
    assert (case.deadline().state, case.deadline().due_on) == ("RUNNING", date(2026, 12, 8))


def test_a_deadline_that_is_not_wanted_is_dropped_with_the_reason(case):
    case.begin()
    case.act("lawyer1", "Task_Enter", {"decision": "drop", "drop_reason": "客户已经另行委托"})
    assert (case.deadline().state, case.deadline().return_reason) == ("DROPPED", "客户已经另行委托")
    assert case.waiting() == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"backup": "lawyer1"}, "backup"),
        ({"backup": "finance"}, "backup"),
        ({"trigger_on": "2026-11-26"}, "trigger_on"),
        ({"documents": []}, "documents"),
        ({"kind": "days_set"}, "court_days"),
        ({"kind": "evidence_first", "court_days": "10"}, "court_days"),
    ],
)
def test_the_entry_refuses_what_the_record_would(case, changes, field):
    case.begin()
    people = {key: case.id(value) for key, value in changes.items() if key == "backup"}
    with pytest.raises(FormInvalid) as caught:
        case.act("lawyer1", "Task_Enter", {**case.entry(**changes), **people})
    assert set(caught.value.errors) == {field}


def test_a_court_may_leave_more_time_for_evidence(case):
    case.start_deadline(kind="evidence_first", court_days="30")
    assert case.deadline().due_on == date(2026, 12, 24)
    assert "court_days" in [step["step"] for step in case.deadline().steps]


def test_a_late_review_is_pressed_for_and_sooner_when_it_is_urgent(case):
    case.begin()
    case.act("lawyer1", "Task_Enter", case.entry())
    case.move(days=1, minutes=1)
    pressed = {mail["to"].split("@")[0] for mail in case.mails() if "未复核" in mail["subject"]}
    assert pressed == {"partner1", "partner2", "director"}  # the director is a partner
    case.act("lawyer2", "Task_Review", {"verdict": "agree"})
    case.begin()
    case.act("lawyer1", "Task_Enter", case.entry(kind="appeal_criminal_ruling"))
    case.move(hours=2, minutes=1)
    assert len([mail for mail in case.mails() if "未复核" in mail["subject"]]) == 6


@pytest.mark.requirement("R27")
def test_warnings_come_at_the_rule_packs_days_and_each_is_acknowledged(case):
    case.start_deadline()  # ends on 12-09; the firm's own day is 12-04
    seen = []
    for day in range(1, 16):
        case.move_to(at("2026-11-24T09:00") + timedelta(days=day, minutes=5))
        if "Task_Acknowledge" in case.waiting():
            seen.append((case.firm.clock.now().astimezone(FIRM_ZONE).date() - date(2026, 12, 9)).days)
            answer(case, "lawyer1", note="正在起草上诉状")
    assert seen == [-7, -5, -3, -1]  # the 30 and 15 days were over; -5 is the firm's own day
    with case.firm.reading() as session:
        warnings = deadline_watch.list_warnings(session, case.deadline().id)
    assert [each.kind for each in warnings] == ["warning", "internal", "warning", "warning"]
    assert {each.answer for each in warnings} == {"on_track"}


def test_a_long_deadline_is_warned_of_thirty_days_before(case):
    case.start_deadline(kind="retrial", trigger_on="2026-06-30")  # ends 12-30
    assert case.deadline().due_on == date(2026, 12, 30)
    case.move_to(at("2026-11-30T09:01"))
    assert "Task_Acknowledge" in case.waiting()


def test_without_an_acknowledgement_the_backup_is_asked_then_a_partner(case):
    case.start_deadline()
    case.move_to(at("2026-12-02T09:00"))
    assert case.waiting()["Task_Acknowledge"].assignee == case.id("lawyer1")
    assert case.waiting()["Task_Acknowledge"].due_at == at("2026-12-02T13:00")
    case.move_to(at("2026-12-02T13:00"))
    assert case.waiting()["Task_Acknowledge"].assignee == case.id("lawyer2")
    assert case.waiting()["Task_Acknowledge"].due_at == at("2026-12-02T17:00")
    case.move_to(at("2026-12-02T17:00"))
    open_now = case.waiting()
    assert "Task_Acknowledge" not in open_now
    assert open_now["Task_AcknowledgePartner"].due_at == at("2026-12-03T12:30")  # four office hours later
    answer(case, "partner1", "Task_AcknowledgePartner")
    assert "Task_AcknowledgePartner" not in case.waiting()
    asked = [mail["to"].split("@")[0] for mail in case.mails() if "未确认" in mail["subject"]]
    assert (set(asked[:2]), set(asked[2:])) == ({"lawyer1", "lawyer2"}, {"partner1", "partner2", "director"})


def test_who_needs_help_gets_it_arranged_by_a_partner(case):
    case.start_deadline()
    case.move_to(at("2026-12-02T09:00"))
    with pytest.raises(FormInvalid):
        answer(case, "lawyer1", answer="need_help")
    answer(case, "lawyer1", answer="need_help", note="本人住院，请另派律师")
    task = case.waiting()["Task_Support"]
    case.instance_id = task.instance_id
    assert case.first_values("Task_Support", "partner1")["help_note"] == "本人住院，请另派律师"
    case.act("partner1", "Task_Support", {"support": "由赵律师接手，今日交接"})
    assert "安排" in case.mails()[-1]["subject"]
    assert set(case.waiting()) == {"Task_Complete"}


def test_done_may_be_said_at_a_warning_and_ends_everything(case):
    case.start_deadline()
    case.move_to(at("2026-12-02T09:00"))
    with pytest.raises(FormInvalid):
        answer(case, "lawyer1", answer="done", action="filed", acted_on="2026-12-02", documents=[])
    answer(case, "lawyer1", **{**case.proof(), "answer": "done"})
    assert case.deadline().state == "DONE"
    assert case.waiting() == {}


def test_what_is_done_ends_open_acknowledgements_wherever_they_stand(case):
    case.start_deadline()
    for hour in ("09:00", "13:00", "17:00"):
        case.move_to(at(f"2026-12-02T{hour}"))
    assert set(case.waiting()) == {"Task_Complete", "Task_AcknowledgePartner"}
    case.act("lawyer1", "Task_Complete", case.proof())
    assert case.waiting() == {}
    with case.firm.reading() as session:
        assert queries.list_instances(session, state="running") == []


def test_help_that_was_asked_for_ends_with_the_deadline(case):
    case.start_deadline()
    case.move_to(at("2026-12-02T09:00"))
    answer(case, "lawyer1", answer="need_help", note="需要翻译")
    case.act("lawyer1", "Task_Complete", case.proof())
    assert case.waiting() == {}


def test_on_the_last_noon_partners_and_the_director_are_alarmed(case):
    case.start_deadline()
    case.move_to(at("2026-12-09T11:59"))
    assert not [mail for mail in case.mails() if "当日警报" in mail["subject"]]
    case.move_to(at("2026-12-09T12:00"))
    alarmed = {mail["to"].split("@")[0] for mail in case.mails() if "当日警报" in mail["subject"]}
    assert alarmed == {"partner1", "partner2", "director", "lawyer1", "lawyer2"}


def test_an_action_in_the_future_and_a_proof_without_a_file_are_refused(case):
    case.start_deadline()
    with pytest.raises(FormInvalid) as caught:
        case.act("lawyer1", "Task_Complete", case.proof(acted_on="2026-12-01"))
    assert set(caught.value.errors) == {"acted_on"}
    with pytest.raises(FormInvalid):
        case.act("lawyer1", "Task_Complete", case.proof(documents=[]))


def test_a_preservation_leads_to_the_deadline_of_its_renewal(case):
    case.start_deadline(kind="presuit_preservation")
    with pytest.raises(FormInvalid) as caught:
        case.act("lawyer1", "Task_Complete", case.proof(group="preservation", measure="freeze_bank"))
    assert set(caught.value.errors) == {"measure_on"}
    case.act("lawyer1", "Task_Complete", case.proof(group="preservation", measure="freeze_bank", measure_on="2026-11-20"))
    renewal = case.deadline()
    assert (renewal.state, renewal.source) == ("DRAFT", "renewal")
    case.instance_id = case.waiting()["Task_Enter"].instance_id
    shown = case.first_values("Task_Enter", "lawyer1")
    assert (shown["kind"], shown["trigger_on"]) == ("freeze_bank", "2026-11-20")
    case.act("lawyer1", "Task_Enter", {**case.entry(), **shown})
    case.act("lawyer2", "Task_Review", {"verdict": "agree"})
    renewal = case.deadline()
    assert (renewal.due_on, renewal.internal_on) == (date(2027, 11, 20), date(2027, 10, 21))
    case.move_to(at("2027-10-21T09:01"))
    case.act("lawyer1", "Task_Complete", {**case.proof(action="renewed", group="preservation"), "measure": "freeze_bank", "measure_on": "2027-10-20"})
    assert (case.deadline().state, case.deadline().entry["trigger_on"]) == ("DRAFT", "2027-10-20")


def test_the_form_offers_exactly_the_kinds_of_the_pack():
    fields = json.loads((ROOT / "forms/deadline/enter.json").read_text(encoding="utf-8"))["components"]
    kinds = next(field for field in fields if field.get("key") == "kind")["values"]
    assert [each["value"] for each in kinds] == [rule.key for rule in legal_periods.list_kinds()]
    for each in kinds:
        value = legal_periods.get_kind(each["value"], date.max).value
        assert each["label"].startswith(value["name"])
        assert each["label_en"] == value["name_en"]
        if value["amount"]:
            assert f"（{value['amount']}" in each["label"]
