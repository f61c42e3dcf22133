"""The nightly monitor and every trigger of a later comparison, through every path of both diagrams."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine import RunOperation, queries
from engine.context import SYSTEM
from engine.errors import NotAllowed
from tests.workflows.conflict_check.test_recheck import open_matter
from tests.workflows.conflict_check.test_sources import add_text
from workflows.records import (
    conflict_changes,
    conflict_rechecks,
    conflict_validity,
    conflict_watch,
    document_texts,
    leads,
    matters,
    people,
)

CHAO = {"name": "赵六", "id_number": "440524188001010014"}
TRADE = {"name": "示例贸易有限公司", "kind": "organisation"}


def rechecks(case):
    with case.firm.reading() as session:
        return conflict_rechecks.list_rechecks(session, case.lead_id)


def find_recheck(case):
    """Point the case at the newest comparison's process."""
    with case.firm.reading() as session:
        rows = queries.list_instances(session, process_key="conflict_recheck", limit=50)
    case.instance_id = max(rows, key=lambda row: row.id).id
    return case


def declare_relative(case, login="partner1", name="示例贸易有限公司"):
    given = {"person_id": case.cast[login].id, "relatives": [{"name": name, "relation": "投资"}]}
    case.firm.run(RunOperation("people.declare_relatives", given), SYSTEM)
    case.settle()


def test_a_declaration_is_compared_at_once_and_opens_a_task(cleared):
    declare_relative(cleared)
    find_recheck(cleared)
    assert cleared.open_tasks() == {"Task_HandleNews"}
    first = cleared.first_values("Task_HandleNews", "compliance")
    assert first["cause"] == "人员申报有变动" and "示例贸易有限公司" in first["news"]
    with pytest.raises(NotAllowed):
        cleared.do("lawyer1", "Task_HandleNews", {"recheck_decision": "DISMISS", "recheck_reason": "并非同一公司。"})
    cleared.do("compliance", "Task_HandleNews", {"recheck_decision": "DISMISS", "recheck_reason": "并非同一公司。"})
    assert (cleared.incidents(), cleared.state()) == ([], "completed")
    (kept,) = rechecks(cleared)
    assert (kept.cause, kept.state, kept.settled_by_name) == ("declared", "DISMISSED", "孙清和")


def test_what_was_dismissed_is_not_asked_again(cleared):
    declare_relative(cleared)
    find_recheck(cleared).do("compliance", "Task_HandleNews", {"recheck_decision": "DISMISS", "recheck_reason": "并非同一公司。"})
    cleared.firm.run(
        RunOperation("conflicts.request_recheck", {"lead_id": cleared.lead_id, "trigger": "renewal"}), cleared.cast["compliance"]
    )
    cleared.settle()
    assert [each.state for each in rechecks(cleared)] == ["DISMISSED", "NOTHING"]


def test_checking_again_can_end_with_the_directors_measures(cleared):
    declare_relative(cleared)
    find_recheck(cleared).do("compliance", "Task_HandleNews", {"recheck_decision": "AGAIN", "recheck_reason": "可能是同一公司。"})
    cleared.declare()
    cleared.judge("SAME", "WAIVABLE")
    cleared.vote("WAIVABLE", reason="须告知客户。")
    assert cleared.open_tasks() == {"Task_Order"}
    assert "LC-2026-00002" in cleared.first_values("Task_Order", "director")["finding"]
    cleared.do("director", "Task_Order", {"measure": "WAIVER", "measures": "三日内取得豁免并隔离陈亦凡。"})
    assert (cleared.incidents(), cleared.state()) == ([], "completed")
    (kept,) = rechecks(cleared)
    assert (kept.state, kept.next_check_id) == ("MEASURES", cleared.record().id)


def test_checking_again_can_clear(cleared):
    declare_relative(cleared)
    find_recheck(cleared).do("compliance", "Task_HandleNews", {"recheck_decision": "AGAIN", "recheck_reason": "可能是同一公司。"})
    cleared.declare()
    cleared.judge("DIFFERENT")
    assert (cleared.incidents(), cleared.state(), cleared.steps()[-1]) == ([], "completed", "Event_StillClear")


def test_the_night_compares_new_names_with_open_matters(cleared):
    open_matter(cleared, cleared.lead_id)
    mine = cleared.lead_id
    # a client of another matter, whose matter opens today, is our opposing party
    theirs = cleared.screen(
        "lawyer2", client={**CHAO, "group": "示例贸易有限公司"}, opposing_parties=[{"name": "某丁", "kind": "person"}]
    )
    open_matter(cleared, theirs)
    cleared.settle()
    cleared.lead_id = mine
    assert rechecks(cleared) == []
    cleared.move_to(datetime(2026, 11, 24, 17, 59, tzinfo=UTC))
    assert rechecks(cleared) == []
    cleared.move_to(datetime(2026, 11, 24, 18, 0, tzinfo=UTC))  # 02:00 in Shanghai
    (found,) = rechecks(cleared)
    assert (found.cause, found.state, found.found[0]["rule"]) == ("nightly", "OPEN", "CN-W6")
    assert find_recheck(cleared).open_tasks() == {"Task_HandleNews"}
    with cleared.firm.reading() as session:
        assert conflict_changes.count(session) == 0
    cleared.move(days=1)  # the next night finds nothing new
    assert len(rechecks(cleared)) == 1


def test_many_names_are_compared_in_portions(cleared, monkeypatch):
    monkeypatch.setattr(conflict_watch, "PORTION", 2)
    for number in range(3):
        cleared.screen(
            client={**CHAO, "name": f"钱{number}", "id_number": "", "id_type": "passport", "document_number": f"E{number}"}
        )
    cleared.move(days=1)
    with cleared.firm.reading() as session:
        assert conflict_changes.count(session) == 0
    assert cleared.incidents() == []


def test_after_an_import_every_open_matter_is_compared(cleared):
    cleared.run(lambda context: conflict_changes.note(context, conflict_changes.EVERYTHING, "", ""))
    cleared.move(days=1)
    assert [(each.cause, each.state) for each in rechecks(cleared)] == [("nightly", "NOTHING")]


def test_an_import_of_names_asks_for_that_by_itself(cleared):
    subject = {
        "subject_kind": "imported",
        "subject_id": "",
        "kind": "organisation",
        "names": {TRADE["name"]: "name"},
        "role": "委托人",
    }
    for _again in range(2):  # the second import brings nothing new
        cleared.firm.run(RunOperation("conflicts.stage", {"subjects": [subject]}), SYSTEM)
        cleared.firm.run(RunOperation("conflicts.merge", {"part": 0, "parts": 1}), SYSTEM)
        cleared.move(days=1)
    (found,) = rechecks(cleared)
    assert (found.cause, found.state, found.found[0]["subject"]["status"]) == ("nightly", "OPEN", "imported")


def test_the_night_looks_for_open_matters_parties_in_papers_that_came_since(cleared, monkeypatch):
    monkeypatch.setattr("workflows.records.document_texts.PORTION", 1)
    mine = cleared.lead_id
    theirs = cleared.screen("lawyer2", client=CHAO, opposing_parties=[{"name": "某丁", "kind": "person"}])
    open_matter(cleared, theirs)
    cleared.settle()
    cleared.lead_id = mine
    cleared.move(days=1)
    assert rechecks(cleared) == []
    for title, said in (("付款凭证", "收款人：示例 贸易有限公司"), ("笔录", "无关的话")):
        add_text(cleared, theirs, said.encode(), title)
    cleared.move(days=1)
    (found,) = rechecks(cleared)
    assert (found.cause, found.state, found.found[0]["subject"]["document_title"]) == ("nightly", "OPEN", "付款凭证")
    with cleared.firm.reading() as session:
        assert (conflict_changes.count(session), document_texts.count_unread(session)) == (0, 0)


def test_the_monitor_can_be_stopped(case):
    with case.firm.reading() as session:
        (row,) = queries.list_instances(session, process_key="conflict_monitor", limit=5)
    case.run(lambda context: context.send_message("conflict.monitor_stopped", correlation="firm"))
    case.settle()
    case.instance_id = row.id
    assert case.state() == "completed"


@pytest.mark.parametrize(
    "change",
    [
        {"third_parties": [{"name": "保证人甲", "kind": "person"}]},
        {"opposing_parties": [{**TRADE, "representative": "周慕青"}]},  # new opposing counsel, a lawyer's spouse
        {"opposing_parties": [{**TRADE, "name": "更名贸易有限公司", "former_names": "示例贸易有限公司"}]},
        {"related_persons": [{"name": "新股东有限公司", "kind": "organisation", "side": "opposing", "relation": "股东"}]},
    ],
)
def test_a_change_of_parties_is_compared_at_once(cleared, change):
    def write(context):
        lead = leads.get_lead(context.session, cleared.lead_id)
        leads.write_outline(context, lead.id, {**lead.outline, **change})

    cleared.run(write)
    cleared.settle()
    (found,) = rechecks(cleared)
    assert found.cause == "parties"
    assert (found.state == "OPEN") == ("周慕青" in str(change))
    cleared.run(write)  # the same again is no change
    cleared.settle()
    assert len(rechecks(cleared)) == 1


def test_a_lawyer_who_joins_is_compared_at_once(cleared):
    relatives = [{"name": "示例贸易有限公司", "relation": "任职"}]
    cleared.run(lambda context: people.register(context, login="lateral", name="何新", roles=["lawyer"], relatives=relatives))
    cleared.settle()
    assert [(each.cause, each.state) for each in rechecks(cleared)] == [("joined", "OPEN")]


def test_a_lawyer_who_joins_the_team_is_compared(cleared):
    matter_id = open_matter(cleared, cleared.lead_id)
    given = {"person_id": cleared.cast["lawyer2"].id, "declared": [{"kind": "post", "name": "示例贸易有限公司"}]}
    team = {cleared.cast["lawyer1"].id: "lead", cleared.cast["lawyer2"].id: "co"}
    cleared.run(lambda context: matters.activate_matter(context, matter_id))
    cleared.firm.run(RunOperation("people.declare_interests", given), SYSTEM)
    cleared.settle()
    cleared.run(lambda context: matters.set_team(context, matter_id, team))
    cleared.settle()
    assert [(each.cause, each.found[0]["hit_class"]) for each in rechecks(cleared)] == [
        ("declared", "REVIEW"),
        ("team", "WAIVABLE"),
    ]


def test_a_matter_that_is_taken_up_again_is_compared(cleared):
    matter_id = open_matter(cleared, cleared.lead_id)

    def rest(context):
        matters.activate_matter(context, matter_id)
        matters.suspend_matter(context, matter_id, reason="中止")

    cleared.run(rest)
    cleared.settle()
    assert rechecks(cleared) == []
    cleared.run(lambda context: matters.activate_matter(context, matter_id))
    cleared.settle()
    assert [each.cause for each in rechecks(cleared)] == ["reopened"]


def test_a_case_that_is_over_is_not_compared(cleared):
    cleared.run(lambda context: leads.move_lead(context, cleared.lead_id, "DECLINED"))
    declare_relative(cleared)
    assert rechecks(cleared) == []


def test_only_who_watches_may_ask(cleared):
    given = {"lead_id": cleared.lead_id, "trigger": "instance"}
    with pytest.raises(NotAllowed):
        cleared.firm.run(RunOperation("conflicts.request_recheck", given), cleared.cast["lawyer1"])
    cleared.firm.run(RunOperation("conflicts.request_recheck", given), cleared.cast["partner1"])
    cleared.settle()
    assert [each.cause for each in rechecks(cleared)] == ["instance"]
    with cleared.firm.reading() as session:
        assert conflict_validity.check_valid(session, cleared.lead_id, cleared.firm.clock.now())
