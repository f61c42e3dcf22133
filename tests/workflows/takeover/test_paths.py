"""An imported matter runs like one of the firm's own, and its conflict check is made up for."""

from __future__ import annotations

import pytest

from engine import RunOperation, queries
from tests.workflows.casework import Case
from tests.workflows.imports.test_imports import CLIENTS, MATTERS, take
from tests.workflows.small_firm import open_small_firm
from workflows.records import matters, parties

CHECKED = {
    "cause": "买卖合同纠纷",
    "summary": "2025年签订买卖合同，对方拖欠货款。",
    "opposing_parties": [{"name": "示例物流有限公司", "kind": "organisation", "identifier": ""}],
    "contract_seen": True,
}


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "takeover", "service", "closing", "periodic_update")
    take(engine, CLIENTS)
    take(engine, MATTERS.splitlines()[0] + "\n" + MATTERS.splitlines()[1] + "\n")
    made = Case(engine)
    made.settle()
    with engine.reading() as session:
        (row,) = matters.list_matters(session, viewer=made.actor("director"))
        made.lead_id, made.matter_id = row.lead_id, row.id
        (instance,) = [each for each in queries.list_instances(session, business_key=row.id) if each.process_key == "takeover"]
        made.instance_id = instance.id
    yield made
    engine.database.dispose()


def test_a_matter_without_conflict_is_taken_over_and_runs(case):
    case.do("lawyer1", "Task_CheckTakenOver", CHECKED)
    with case.firm.reading() as session:
        named = {(party.role, party.name) for party in parties.list_parties(session, case.lead_id)}
        running = {each.process_key for each in queries.list_instances(session, business_key=case.matter_id)}
        waits = {each.name for each in queries.get_instance(session, case.instance_id).subscriptions}
    assert named == {("client", "张三"), ("opposing", "示例物流有限公司")}
    assert {"takeover", "periodic_update"} <= running and "matter.close_requested" in waits


def test_closing_can_be_asked_for(case):
    case.do("lawyer1", "Task_CheckTakenOver", CHECKED)
    case.firm.run(RunOperation("matters.request_closing", {"matter_id": case.matter_id}), case.actor("lawyer1"))
    case.settle()
    assert case.open_tasks() == {"Task_Apply"}


@pytest.mark.parametrize("decision", ["CONTINUE", "WITHDRAW"])
def test_a_partner_decides_on_a_conflict(case, decision):
    case.set_data("Task_CheckTakenOver", next_conflict_result="WAIVABLE")
    case.do("lawyer1", "Task_CheckTakenOver", CHECKED)
    case.do("partner2", "Task_DecideTakeover", {"decision": decision, "reason": "已核对，理由附卷。"})
    with case.firm.reading() as session:
        said = [row.data for row in queries.list_audit(session, limit=200) if row.event == "takeover_decided"]
    assert [each["decision"] for each in said] == [decision]
