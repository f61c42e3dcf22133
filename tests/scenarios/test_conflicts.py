"""Scenarios 2 to 5 of processes.md 8: absolute conflict, renamed parent of a former client, forty namesakes, two sides at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

import engine.queries as queries
from engine.errors import FormInvalid, StateRefused
from tests.workflows.conflict_check.conftest import ConflictCase
from tests.workflows.conflict_check.test_recheck import close_matter, open_matter
from tests.workflows.conflict_waiver.test_paths import CONSENT, GRANTED, NOTICE, SIGNED
from tests.workflows.pdf_text import read_text
from tests.workflows.small_firm import open_small_firm
from workflows.records import (
    case_access,
    case_list,
    conflict_facts,
    conflict_hits,
    conflicts,
    document_access,
    documents,
    leads,
    parties,
    waivers,
    walls,
)

ZHAO = {"name": "赵六", "id_number": "440524188001010014"}
AGAINST_ZHAO = {"opposing_parties": [{"name": "赵六", "kind": "person"}]}
AGAINST_ZHANG = {"opposing_parties": [{"name": "张三", "kind": "person"}]}
PARENT = {
    "kind": "organisation",
    "name": "示范星光控股有限公司",
    "former_name": "示范旭日控股有限公司",
    "uscc": "91310000MA1FL5QK5X",
    "id_number": "",
}


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(
        database_url, clock, tmp_path, "conflict_check", "conflict_waiver", "decline", "originals_receipt", "purge_declined"
    )
    yield ConflictCase(engine)
    engine.database.dispose()


@pytest.mark.requirement("R6")
@pytest.mark.requirement("R8")
def test_scenario_2_the_opponent_is_a_client_in_the_same_case(case):
    theirs = case.screen("lawyer2", client=ZHAO, **AGAINST_ZHANG)
    open_matter(case, theirs)
    case.screen(**AGAINST_ZHAO)
    case.check()
    case.declare()
    serious = {(hit.hit_class, hit.rule) for hit in case.hits() if hit.hit_class == "ABSOLUTE"}
    assert serious == {("ABSOLUTE", "CN-A5")}
    case.judge("SAME", "ABSOLUTE")
    # no waiver button: the form of an absolute conflict does not offer it, and what is posted past it is refused
    shown = case.first_values("Task_Decide", "partner1")
    assert shown["heaviest"] == "ABSOLUTE"
    with pytest.raises(FormInvalid):
        case.do(
            "partner1", "Task_Decide", {"heaviest": "ABSOLUTE", "decision_absolute": "WAIVABLE", "decision_reason": "可以豁免吧"}
        )
    case.vote("ABSOLUTE", reason="同一案件的双方，不得受理。")
    assert case.outcome() == "ABSOLUTE"
    with pytest.raises(StateRefused):
        case.run(lambda context: waivers.open_waiver(context, case.record().id))
    case.start("decline", decline_reason="conflict", decline_kind="polite")
    case.do("lawyer1", "Task_Write", case.first_values("Task_Write", "lawyer1"))
    case.do("partner1", "Task_Approve", {"decline_decision": "APPROVED"})
    assert (case.incidents(), case.state(), case.lead_state()) == ([], "completed", "DECLINED")
    with case.firm.reading() as session:
        sent = documents.find_latest(session, case.lead_id, "decline_polite")
        letter = read_text(documents.read_content(session, sent.id))
    assert "不宜接受" in letter and not any(secret in letter for secret in ("赵六", "王若谷", "现有客户"))
    case.move(days=190)  # six months after the letter
    with case.firm.reading() as session:
        lead = leads.get_lead(session, case.lead_id)
        assert lead.outline.get("summary") is None  # no facts kept
        kept = {party.name for party in parties.list_parties(session, case.lead_id)}
    assert "张三" in kept  # but the name, for later conflict checks


@pytest.mark.requirement("R7")
@pytest.mark.requirement("R44")
def test_scenario_3_the_renamed_parent_of_the_opponent_is_a_former_client(case):
    theirs = case.screen("lawyer2", client=PARENT, cause="股权转让纠纷", opposing_parties=[{"name": "某无关", "kind": "person"}])
    close_matter(case, open_matter(case, theirs), timedelta(days=200))
    case.screen(
        cause="股权转让纠纷",
        opposing_parties=[{"name": "示例贸易有限公司", "kind": "organisation"}],
        related_persons=[{"name": "示范旭日控股有限公司", "kind": "organisation", "side": "opposing", "relation": "母公司"}],
    )
    case.check()
    case.declare()
    (hit,) = [each for each in case.hits() if each.rule == "CN-W5"]
    assert (hit.hit_class, hit.subject["name"]) == ("WAIVABLE", "示范星光控股有限公司")
    assert any("former_name" in reason["code"] for reason in hit.reasons)
    case.judge("SAME", "WAIVABLE")
    case.vote("WAIVABLE", reason="前客户的子公司，须其同意。")
    assert case.outcome() == "WAIVABLE"
    mine = case.lead_id
    check_id = case.record().id
    case.start(
        "conflict_waiver", conflict_check_id=check_id, conflict_excluded=[case.cast["lawyer1"].id, case.cast["lawyer2"].id]
    )
    for lead_id in (mine, theirs):
        case.ask("compliance", "Task_DraftNotice", NOTICE, lead_id)
        case.ask("partner1", "Task_ApproveNotice", {"notice_decision": "APPROVED"}, lead_id)
        case.ask("client", "Task_Consent", CONSENT, lead_id)
    case.do("compliance", "Task_PlanWall", case.first_values("Task_PlanWall", "compliance"))
    case.do("lawyer1", "Task_Undertake", SIGNED)
    case.do("director", "Task_Confirm", GRANTED)
    assert (case.incidents(), case.state(), case.record().state) == ([], "completed", conflicts.WAIVED)
    outsider = case.cast["lawyer2"]
    with case.firm.reading() as session:
        lead = leads.get_lead(session, mine)
        found = {tuple(wall.people): wall.lead_id for wall in walls.list_walls(session)}
        assert found == {(outsider.id,): mine, (case.cast["lawyer1"].id,): theirs}
        assert case_access.find_level(session, lead, outsider) is None
        for search in (lead.lead_no, "张三", ""):
            rows = case_list.list_cases(session, outsider, case_list.CaseFilter(kind=case_list.ALL, search=search))
            assert mine not in {row.lead_id for row in rows}
        assert not any(document_access.may_read(session, each, outsider) for each in documents.list_documents(session, mine))
        assert queries.inbox(session, outsider, now=case.firm.clock.now()) == []
    # and a later search of another matter tells him nothing of this one
    case.screen("lawyer2", client={**ZHAO}, opposing_parties=[{"name": "张三", "kind": "person"}])
    case.check(lawyer_id=outsider.id)
    case.declare("lawyer2")
    with case.firm.reading() as session:
        described = conflict_facts.describe_check(session, case.record(), viewer=outsider)
    said = [each for each in described["hits"] if each["ours"] == "张三"]
    assert said and all(each["theirs"] == "受隔离事项，请联系合规" for each in said)
    assert "股权转让" not in str(said)


@pytest.mark.requirement("R5")
def test_scenario_4_forty_namesakes_are_cleared_with_forty_reasons(case):
    for number in range(40):
        client = {"name": "王伟", "id_number": "", "id_type": "passport", "document_number": f"E{number}"}
        case.screen("lawyer2", client=client, opposing_parties=[{"name": "某无关", "kind": "person"}])
        case.run(lambda context: leads.move_lead(context, case.lead_id, "LAPSED"))
    case.screen(opposing_parties=[{"name": "王伟", "kind": "person"}])
    case.check()
    case.declare()
    serious = [hit for hit in case.hits() if hit.needs_judgement]
    assert len(serious) == 40
    rows = case.first_values("Task_Judge", "compliance")["hits"]
    said = [{**row, "identity": "DIFFERENT", "reason": f"护照号码不同（第{n}人）"} for n, row in enumerate(rows[:10], 1)]
    case.do("compliance", "Task_Judge", {"hits": said})  # one by one
    case.judge("DIFFERENT")  # and the repeats of the name at once
    assert case.outcome() == "CLEAR"
    with case.firm.reading() as session:
        judged = [hit for hit in conflict_hits.list_hits(session, case.record().id) if hit.identity == "DIFFERENT"]
    assert len(judged) == 40 and all(hit.reason and hit.judged_by_name == "孙清和" for hit in judged)
    assert len({hit.reason for hit in judged}) == 11


@pytest.mark.requirement("R5")
def test_scenario_5_of_two_opposing_leads_on_one_morning_the_second_waits(case):
    first = case.screen(**AGAINST_ZHAO)
    second = case.screen("lawyer2", client=ZHAO, **AGAINST_ZHANG)
    case.check(lawyer_id=case.cast["lawyer2"].id)
    waiting = case.instance_id
    case.declare("lawyer2")
    assert case.open_tasks() == {"Task_Wait"}
    assert {hit.rule for hit in case.hits() if hit.hit_class == "ABSOLUTE"} == {"CN-Q1"}
    case.lead_id = first
    case.check()
    case.declare()
    assert case.outcome() == "CLEAR"  # first comes keeps the place
    case.instance_id, case.lead_id = waiting, second
    assert case.open_tasks() == {"Task_Wait"}
    # the first lead becomes a matter: the message wakes the second, which now meets a client of the firm
    open_matter(case, first)
    case.run(lambda context: leads.move_lead(context, first, "CONVERTED"))
    case.settle()
    assert case.open_tasks() == {"Task_Judge"}
    assert {hit.rule for hit in case.hits() if hit.hit_class == "ABSOLUTE"} == {"CN-A5"}
    case.judge("SAME", "ABSOLUTE")
    case.vote("ABSOLUTE", reason="对方已是本所客户。")
    assert case.outcome() == "ABSOLUTE"
    with case.firm.reading() as session:
        assert parties.list_parties(session, first)
