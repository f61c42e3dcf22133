"""Somebody is detained or a period ends within two days: the least is entered, urgent work begins, the rest follows."""

from __future__ import annotations

import pytest

import engine.queries as queries
from engine.errors import FormInvalid
from tests.workflows.intake.conftest import PROCESSES, IntakeCase
from tests.workflows.intake.test_paths import CONFIRM, OUTLINE, PERSON, REGISTER
from tests.workflows.small_firm import open_small_firm
from workflows.records import parties

SUSPECT = "110105199003078991"


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, *PROCESSES, "urgent_alarm", "urgent_start", "urgent_work")
    case = IntakeCase(engine)
    case.begin()
    yield case
    engine.database.dispose()


def detained(case, **values):
    return {
        "emergency": "detained", "suspect_name": "张小三", "suspect_id": SUSPECT, "charge": "诈骗罪", "agency": "示范市公安局",
        "relation": "父子", "lawyer_id": case.cast["lawyer1"].id, **values,
    }  # fmt: skip


def urgent_tasks(case):
    with case.firm.reading() as session:
        (row,) = queries.list_instances(session, business_key=case.lead_id)
        return {task.element_id: task for task in queries.list_open_tasks(session, row.id)}


@pytest.mark.requirement("R2", "R4")
def test_somebody_is_detained(case):
    case.do("desk", "Task_Register", {**REGISTER, "urgency": "detained"})
    assert case.open_tasks() == {"Task_Emergency"}
    with pytest.raises(FormInvalid) as caught:
        case.do("desk", "Task_Emergency", detained(case, charge="", relation=""))
    assert set(caught.value.errors) == {"charge", "relation"}
    case.do("desk", "Task_Emergency", detained(case))
    assert len([mail for mail in case.mails() if mail["subject"].startswith("紧急来访")]) == 3
    assert set(urgent_tasks(case)) == {"Task_ApplyUrgent"}
    assert urgent_tasks(case)["Task_ApplyUrgent"].assignee == case.cast["lawyer1"].id
    with case.firm.reading() as session:
        named = {(party.role, party.name, party.identifier) for party in parties.list_parties(session, case.lead_id)}
    assert named == {("client", "张三", ""), ("third", "张小三", SUSPECT)}
    assert case.open_tasks() == {"Task_ClientFacts"}  # the rest, within three working days
    with case.firm.reading() as session:
        (task,) = queries.list_open_tasks(session, case.instance_id)
    assert (task.due_at - case.firm.clock.now()).days == 3
    case.do("desk", "Task_ClientFacts", PERSON)
    assert case.first_values("Task_Outline", "desk")["cause"] == "诈骗罪"
    case.do("desk", "Task_Outline", {**OUTLINE, "matter_type": "criminal", "cause": "诈骗罪"})
    case.do("desk", "Task_Assign", {"lawyer_id": case.cast["lawyer1"].id})
    case.do("lawyer1", "Task_Confirm", {**CONFIRM, "matter_type": "criminal", "cause": "诈骗罪"})
    assert (case.state(), case.incidents(), case.newest().state) == ("completed", [], "SCREENING")


def test_a_period_ends_within_two_days(case):
    case.do("desk", "Task_Register", {**REGISTER, "urgency": "urgent_48h"})
    form = {
        "emergency": "deadline", "matter_type": "civil", "cause": "买卖合同纠纷", "opposing_name": "北京某某贸易有限公司",
        "deadline_event": "上诉期", "deadline_on": "2026-11-25", "lawyer_id": case.cast["lawyer2"].id,
    }  # fmt: skip
    case.do("desk", "Task_Emergency", form)
    with case.firm.reading() as session:
        assert {(party.role, party.kind) for party in parties.list_parties(session, case.lead_id)} == {
            ("client", "person"), ("opposing", "organisation"),
        }  # fmt: skip
    assert urgent_tasks(case)["Task_ApplyUrgent"].assignee == case.cast["lawyer2"].id
