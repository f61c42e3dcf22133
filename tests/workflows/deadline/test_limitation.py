"""Limitation: interrupted, suspended, capped; each event with its proof and a second person's word."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine import StartInstance
from engine.errors import FormInvalid
from workflows.records import limitation
from workflows.records.limitation import LimitationEvent, compute_limitation


def event(kind, on, until=None):
    return LimitationEvent("e", "d", kind, on, until, "", ["f"], datetime(2026, 1, 1, tzinfo=UTC), "p")


KNOWN = date(2023, 3, 15)


@pytest.mark.parametrize(
    ("events", "harmed", "due", "steps"),
    [
        ([], None, date(2026, 3, 16), ["moved"]),  # 2026-03-15 is a Sunday
        ([event("demand", date(2024, 5, 20))], None, date(2027, 5, 20), ["interrupted"]),
        ([event("demand", date(2024, 5, 20)), event("consent", date(2025, 1, 6))], None, date(2028, 1, 6), ["interrupted"]),
        ([event("suspended", date(2025, 12, 1), date(2026, 1, 31))], None, date(2026, 7, 31), ["suspended"]),
        ([event("suspended", date(2025, 1, 1), date(2025, 6, 1))], None, date(2026, 3, 16), []),  # over before the last months
        ([event("suspended", date(2025, 12, 1))], None, date(2026, 3, 16), []),  # still there: the earlier date is safe
        ([], date(2004, 2, 2), date(2024, 2, 2), ["capped"]),
    ],
)
def test_the_end_follows_the_log(events, harmed, due, steps):
    found = compute_limitation("limitation_general", KNOWN, events, harmed_on=harmed)
    assert found.due_on == due
    assert set(steps) <= {step["step"] for step in found.steps}


@pytest.fixture
def running(case):
    case.start_deadline(kind="limitation_general", trigger_on="2024-03-01", trigger_event="对方逾期付款", documents=[])
    assert case.deadline().due_on == date(2027, 3, 1)
    return case


def begin(case):
    given = {"lead_id": case.lead_id, "matter_id": case.matter_id, "lawyer_id": case.id("lawyer1"), "starter_id": case.id("lawyer1")}
    case.firm.run(StartInstance("limitation_event", given), case.cast["lawyer1"])
    case.settle()


def entry(case, **more):
    return {
        "limitation_no": "1", "event_kind": "demand", "happened_on": "2026-11-20", "documents": [case.file("催收函回执")], **more,
    }  # fmt: skip


def test_a_demand_with_proof_starts_the_period_anew(running):
    begin(running)
    running.act("lawyer1", "Task_Enter", entry(running))
    running.act("lawyer2", "Task_Review", {"verdict": "differs", "difference": "回执没有签收人"})
    running.act("lawyer1", "Task_Enter", entry(running))
    assert running.deadline().due_on == date(2027, 3, 1)
    running.act("lawyer2", "Task_Review", {"verdict": "agree"})
    assert running.deadline().due_on == date(2029, 11, 20)
    assert running.waiting()["Task_Complete"].due_at.date() == date(2029, 10, 19)  # thirty days before, the weekday it falls on
    with running.firm.reading() as session:
        (kept,) = limitation.list_events(session, running.deadline().id)
    assert (kept.kind, kept.happened_on, len(kept.document_ids)) == ("demand", date(2026, 11, 20), 1)
    assert running.incidents() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"happened_on": "2026-12-01"}, "happened_on"),  # has not come
        ({"happened_on": "2024-02-01"}, "happened_on"),  # before it began
        ({"limitation_no": "2"}, "limitation_no"),
        ({"event_kind": "suspended", "happened_on": "2026-11-20", "ended_on": "2026-11-01"}, "happened_on"),
    ],
)
def test_what_has_no_effect_is_refused(running, changes, field):
    begin(running)
    with pytest.raises(FormInvalid) as caught:
        running.act("lawyer1", "Task_Enter", entry(running, **changes))
    assert set(caught.value.errors) == {field}


def test_the_record_refuses_an_event_without_proof_or_on_another_deadline(running):
    given = {"kind": "demand", "happened_on": date(2026, 11, 20), "ended_on": None, "note": ""}
    with pytest.raises(limitation.EventRefused):
        running.run(lambda context: limitation.add_event(context, running.deadline().id, **given, document_ids=[]), "lawyer1")
    running.start_deadline()
    with pytest.raises(limitation.EventRefused):
        running.run(lambda context: limitation.add_event(context, running.deadline().id, **given, document_ids=["x"]), "lawyer1")


def test_without_a_running_limitation_one_is_asked_for_first(case):
    begin(case)
    assert (case.deadline().state, case.deadline().kind, case.deadline().source) == ("DRAFT", "limitation_general", "limitation")
    assert case.waiting()["Task_Enter"].process_key == "deadline"
