"""The client's own entries, relations read off them, who shows no document, and two entries of one client made one."""

from __future__ import annotations

import pytest

from engine import StartInstance
from engine.errors import FormInvalid, FourEyes, NotAllowed, StateRefused
from tests.workflows.intake.test_paths import OUTLINE, PERSON, REGISTER, come_to
from workflows.records import client_files, clients, lawyer_loads, leads, parties, party_relations, walls

COMPANY = {
    "kind": "organisation", "name": "示范控股有限公司", "legal_form": "company", "uscc": "91640100MA774ECW4K", "status": "active",
    "legal_representative": "李四", "controller": "王五", "controller_kind": "person", "parent_company": "示范集团有限公司",
    "branches": "示范控股上海分公司、示范控股广州分公司", "contact_person": "赵六", "address": "北京市", "service_address": "北京市",
    "shareholders": [{"name": "钱七", "kind": "person", "percent": "40"}],
}  # fmt: skip


def by_link(case):
    case.do("desk", "Task_Register", {**REGISTER, "facts_by": "client"})
    assert case.open_tasks() == {"Task_ClientFills"}


@pytest.mark.requirement("R2")
def test_a_client_fills_in_the_facts_by_link_and_the_desk_checks_them(case):
    by_link(case)
    case.do("client", "Task_ClientFills", PERSON)
    assert case.open_tasks() == {"Task_ClientFacts"}
    assert case.first_values("Task_ClientFacts", "desk")["id_number"] == PERSON["id_number"]
    case.do("desk", "Task_ClientFacts", PERSON)
    assert case.open_tasks() == {"Task_Outline"}


def test_a_client_who_does_not_fill_it_in_is_reminded_and_then_the_desk_does(case):
    by_link(case)
    case.move(days=2, minutes=1)
    assert [mail["subject"] for mail in case.mails()] == ["请填写基本情况"] * 2
    case.move(days=5)
    assert case.open_tasks() == {"Task_ClientFacts"}


@pytest.mark.requirement("R2", "R5")
def test_who_stands_behind_a_company_is_kept_with_the_relation(case):
    come_to(case, "Task_ClientFacts")
    try:
        case.do("desk", "Task_ClientFacts", COMPANY)
    except FormInvalid as invalid:
        raise AssertionError(invalid.errors) from invalid
    with case.firm.reading() as session:
        node = parties.node_of(parties.list_parties(session, case.lead_id)[0])
        found = {(link.near.name, link.relation) for link in party_relations.list_links(session, [node])}
    assert found == {
        ("李四", "法定代表人"), ("王五", "实际控制人"), ("示范集团有限公司", "母公司"), ("钱七", "股东（40%）"),
        ("示范控股上海分公司", "分支机构"), ("示范控股广州分公司", "分支机构"),
    }  # fmt: skip


def test_relatives_of_a_person_are_kept_with_the_relation(case):
    come_to(case, "Task_ClientFacts")
    case.do("desk", "Task_ClientFacts", {**PERSON, "relatives": [{"name": "孙八", "relation": "配偶"}]})
    with case.firm.reading() as session:
        assert {(party.name, party.relation) for party in parties.list_parties(session, case.lead_id)} == {
            ("张三", ""), ("孙八", "配偶"),
        }  # fmt: skip


@pytest.mark.requirement("R9")
def test_who_shows_no_document_gets_a_consultation_only(case):
    come_to(case, "Task_ClientFacts")
    case.do(
        "desk",
        "Task_ClientFacts",
        {"kind": "person", "name": "张三", "id_refused": True, "capacity": "full", "address": "不详", "service_address": "不详"},
    )
    with pytest.raises(FormInvalid) as caught:
        case.do("desk", "Task_Outline", OUTLINE)
    assert set(caught.value.errors) == {"matter_type"}
    case.do("desk", "Task_Outline", {**OUTLINE, "matter_type": "consultation"})


def two_entries(case):
    """The same person came twice, first with a passport."""
    come_to(case, "Task_ClientFacts")
    passport = {**PERSON, "id_type": "passport", "document_number": "E12345678", "birth_date": "1949-12-31"}
    case.do("desk", "Task_ClientFacts", passport)
    first = case.newest()
    case.run(lambda context: client_files.open_client_file(context, first.client_id))
    case.begin()
    case.do("desk", "Task_Register", REGISTER)
    case.do("desk", "Task_ClientFacts", PERSON)
    second = case.newest()
    assert first.client_id != second.client_id
    case.lead_id = second.id
    data = {"lead_id": second.id, "starter_id": case.cast["desk"].id}
    case.instance_id = case.firm.run(StartInstance("client_merge", data, business_key=second.id), case.cast["desk"])
    return first, second


@pytest.mark.requirement("R2", "R24")
def test_two_entries_of_one_client_are_merged_and_both_histories_stay(case):
    first, second = two_entries(case)
    with pytest.raises(FormInvalid):
        case.do("desk", "Task_ProposeMerge", {"other_no": "XS-2026-000009", "merge_reason": "同一人"})
    case.do("desk", "Task_ProposeMerge", {"other_no": first.lead_no, "merge_reason": "同一人，护照与身份证。"})
    shown = case.first_values("Task_ApproveMerge", "compliance")
    assert "E12345678" not in shown["kept"] and PERSON["id_number"] not in shown["gone"]
    with pytest.raises((NotAllowed, FourEyes)):
        case.do("desk", "Task_ApproveMerge", {"merge_decision": "MERGE", "merge_check": "一致"})
    case.do("compliance", "Task_ApproveMerge", {"merge_decision": "MERGE", "merge_check": "照片、签名一致。"})
    with case.firm.reading() as session:
        both = {leads.get_lead(session, each.id).client_id for each in (first, second)}
        gone = clients.get_client(session, second.client_id)
        kept = clients.get_client(session, first.client_id)
        found = clients.find_by_identifier(session, PERSON["id_number"])
    assert (both, gone.merged_into, found.id) == ({first.client_id}, first.client_id, first.client_id)
    assert (kept.facts["document_number"], gone.facts["id_number"]) == ("E12345678", PERSON["id_number"])
    with pytest.raises(StateRefused):
        case.run(lambda context: clients.merge(context, first.client_id, second.client_id, reason="再次"))


def test_compliance_keeps_two_clients_apart(case):
    first, second = two_entries(case)
    with case.firm.reading() as session:
        number = client_files.find_client_file(session, first.client_id).client_no
    case.do("desk", "Task_ProposeMerge", {"other_no": number, "merge_reason": "可能同一人"})
    case.do("compliance", "Task_ApproveMerge", {"merge_decision": "KEEP", "merge_check": "出生日期不同。"})
    with case.firm.reading() as session:
        assert leads.get_lead(session, second.id).client_id == second.client_id


def test_a_blocked_client_brings_no_new_matter(case):
    come_to(case, "Task_Outline")
    client_id = case.newest().client_id
    case.run(lambda context: clients.block_client(context, client_id, blocked=True, reason="拖欠律师费"))
    for blocked, reason in ((True, "再次"), (False, " ")):
        with pytest.raises(StateRefused):
            case.run(lambda context, b=blocked, r=reason: clients.block_client(context, client_id, blocked=b, reason=r))
    for state in ("SCREENING", "CONFLICT", "ASSESS", "NEGOTIATE"):
        case.run(lambda context, state=state: leads.move_lead(context, case.lead_id, state))
    with pytest.raises(StateRefused) as caught:
        case.run(lambda context: leads.move_lead(context, case.lead_id, "APPROVED"))
    assert caught.value.fields["reason"] == "the client is blocked: ask compliance"


def test_the_load_of_each_lawyer_is_shown_and_a_walled_one_cannot_be_chosen(case):
    come_to(case, "Task_Assign")
    walled = case.cast["lawyer2"].id

    def wall(context):
        made = walls.propose(context, case.lead_id, [walled], "前一案件的对方代理人")
        context.session.flush()
        context.session.get_one(walls.WallRow, made.id).state = "ACTIVE"

    case.run(wall)
    with case.firm.reading() as session:
        loads = {load.person_id: load for load in lawyer_loads.list_loads(session, case.lead_id)}
    assert (loads[walled].is_walled, loads[case.cast["lawyer1"].id].leads) == (True, 0)
    with pytest.raises((FormInvalid, NotAllowed, StateRefused)):
        case.do("desk", "Task_Assign", {"lawyer_id": walled})
