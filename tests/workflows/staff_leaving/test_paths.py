"""Leaving through every path: the inventory, the plan, each client's choice, the four signatures, the certificate."""

from __future__ import annotations

import pytest

from engine import RunOperation, queries
from engine.errors import FormInvalid, JuanzongError, NotAllowed, StateRefused
from tests.workflows.pdf_text import read_text
from tests.workflows.staff_leaving.conftest import CHOICE, DESKS, LAPTOP, SIGN
from workflows.handlers import write_certificate
from workflows.handlers.change_engagement import substitute
from workflows.records import changes, departure_matters, departure_signs, departures, documents, interests, matters, people

LAST_DAY_OVER = {"days": 40}


def certificates(case):
    with case.firm.reading() as session:
        return documents.list_documents(session, case.departure_id, kind="departure_certificate")


@pytest.mark.requirement("A23")
def test_without_matters_four_signatures_the_last_day_then_account_and_certificate(case):
    case.give_notice()
    case.until_clearing(things=[LAPTOP])
    assert case.open_tasks() == set(DESKS.values())
    (thing,) = case.first_values("Task_Admin", "admin")["things"]
    with pytest.raises(StateRefused):  # the laptop is not back
        case.do("admin", "Task_Admin", {**SIGN, "things": [{**thing, "returned": False}]})
    case.sign(things=[{**thing, "returned": True}])
    assert (case.departure().state, case.is_active(), certificates(case)) == (departures.CLEARED, True, [])
    case.move(**LAST_DAY_OVER)
    assert (case.departure().state, case.is_active(), case.state(), case.incidents()) == ("CLOSED", False, "completed", [])
    newest = certificates(case)[-1]
    with case.firm.reading() as session:
        text = read_text(documents.read_content(session, newest.id))
    assert "李明轩" in text and "离所时没有在办案件" in text and "郑书卷" in text and "第二十条" in text
    assert case.subjects_to("li@example.invalid") == ["离所交接办结证明"]


def test_nobody_else_begins_and_not_twice(case):
    with pytest.raises(NotAllowed):
        case.give_notice(by="lawyer2")
    case.give_notice(by="compliance")
    with pytest.raises(StateRefused):
        case.give_notice()


def test_who_does_not_check_the_inventory_is_not_waited_for(case):
    case.give_notice()
    assert case.open_tasks() == {"Task_Inventory"}
    case.move(days=3)
    assert case.open_tasks() == {"Task_Plan"}
    assert case.is_told("director", "交接清单逾期未核对")
    case.move(days=4)
    assert case.is_told("director", "移交方案逾期未定")
    case.plan()
    case.move(days=8)
    assert case.is_told("archivist", "交接会签未完成")


def test_the_successor_is_somebody_else_of_the_firm(case):
    case.open_matter(backup="lawyer2")
    case.give_notice()
    case.do("lawyer1", "Task_Inventory", {"things": []})
    (row,) = case.first_values("Task_Plan", "partner1")["rows"]
    assert row["successor"] == case.cast["lawyer2"].id  # the team's backup is proposed
    with pytest.raises(FormInvalid):
        rows = [{**row, "successor": case.cast["lawyer1"].id}]
        case.do("partner1", "Task_Plan", {"rows": rows, "deputy": case.cast["partner2"].id})
    with pytest.raises(FormInvalid):
        case.do("partner1", "Task_Plan", {"rows": [], "deputy": case.cast["partner2"].id})


def test_a_client_who_stays_gets_another_lawyer_along_the_process_for_that(case):
    matter_id = case.open_matter()
    case.give_notice()
    case.until_clearing()
    case.at_matter(matter_id)
    shown = case.first_values("Task_Choice", "client")
    assert "李明轩律师" in shown["notice"] and "示例律师事务所" in shown["notice"] and shown["proposed"] == "王若谷律师"
    case.do("client", "Task_Choice", {**shown, **CHOICE, "choice": "STAY"})
    assert (case.state(), case.chosen()[matter_id].chosen_by) == ("completed", "link")
    case.instance_id = case.find_instance("change_request")
    assert case.first_values("Task_Apply", "lawyer2")["kind"] == "substitute"
    case.do("lawyer2", "Task_Apply", {"kind": "substitute", "initiator": "firm", "reason": "承办律师离所。"})
    case.do("partner1", "Task_Propose", {"new_lawyer": case.cast["lawyer2"].id, "why": "客户同意"})
    case.do("client", "Task_ClientAgrees", {"client_decision": "AGREED", "signer_name": "张三", "signature": "张三", "_proof": {}})
    assert case.items("compliance") != []
    case.run(lambda context: hand_over(context, case, matter_id))
    assert case.items("compliance") == []


def hand_over(context, case, matter_id):
    """What the substitution's last service does; its forms are tested with the change of an engagement."""
    (change, *_more) = changes.list_changes(context.session, case.lead_id)
    substitute(
        context, change_id=change.id, matter_id=matter_id, new_lawyer_id=case.cast["lawyer2"].id,
        old_lawyer_id=case.cast["lawyer1"].id,
    )  # fmt: skip


@pytest.mark.parametrize("choice", ["FOLLOW", "END"])
def test_a_client_who_goes_has_the_engagement_ended(case, choice):
    matter_id = case.open_matter()
    case.give_notice()
    case.until_clearing()
    case.at_matter(matter_id)
    case.do("client", "Task_Choice", {**case.first_values("Task_Choice", "client"), **CHOICE, "choice": choice})
    if choice == "FOLLOW":
        given = {"copy_given": "yes", "originals": [{"item": "送货单", "receipt": "2026-12-01签收"}], "new_firm": "示例律师事务所"}
        case.do("lawyer1", "Task_Transfer", given)
        assert case.chosen()[matter_id].transfer["new_firm"] == "示例律师事务所"
    assert case.state() == "completed"
    case.instance_id = case.find_instance("change_request")
    assert case.first_values("Task_Apply", "lawyer1")["kind"] == "client_ends"
    assert [item.kind for item in case.items("compliance")] == ["matter"]  # until the matter is closed


def test_a_silent_client_is_called_and_the_choice_recorded(case):
    matter_id = case.open_matter()
    case.give_notice()
    case.until_clearing()
    case.at_matter(matter_id)
    case.move(days=3)
    assert case.subjects_to("zhang@example.invalid").count("承办律师离所：请选择如何继续") == 2
    case.move(days=6)
    assert case.open_tasks() == {"Task_Record"}
    case.move(days=5)
    assert case.is_told("director", "客户选择逾期未登记")
    shown = case.first_values("Task_Record", "partner1")
    case.do("partner1", "Task_Record", {**shown, "choice": "STAY", "how": "phone", "note": "电话联系，本人表示留所。"})
    assert (case.chosen()[matter_id].chosen_by, case.state()) == ("recorded", "completed")


def test_a_choice_recorded_on_the_page_closes_the_link(case):
    matter_id = case.open_matter()
    case.give_notice()
    case.until_clearing()
    case.at_matter(matter_id)
    given = {"departure_matter_id": case.chosen()[matter_id].id, "choice": "STAY", "note": "当面表示留所。", "how": "meeting"}
    with pytest.raises(NotAllowed):
        case.firm.run(RunOperation("departures.record_choice", given), case.cast["lawyer1"])
    case.firm.run(RunOperation("departures.record_choice", given), case.cast["partner1"])
    case.settle()
    assert case.state() == "completed"
    with pytest.raises(StateRefused):
        case.firm.run(RunOperation("departures.record_choice", given), case.cast["partner1"])


def test_nobody_follows_who_goes_nowhere(case):
    matter_id = case.open_matter()
    case.give_notice(destination="")
    case.until_clearing()
    case.at_matter(matter_id)
    shown = case.first_values("Task_Choice", "client")
    with pytest.raises(FormInvalid):
        case.do("client", "Task_Choice", {**shown, **CHOICE, "choice": "FOLLOW"})


@pytest.mark.requirement("A23")
def test_round_the_tasks_the_record_refuses_signatures_account_and_certificate(case):
    matter_id = case.open_matter()
    case.give_notice()
    departure_id = case.departure_id

    def sign(desk, login):
        return case.run(lambda context: departure_signs.sign(context, departure_id, desk), login)

    with pytest.raises(StateRefused):  # before the clearing begins
        sign("finance", "finance")
    case.until_clearing()
    with pytest.raises(StateRefused):  # a matter is open
        sign("compliance", "compliance")
    for desk, login in (("archivist", "finance"), ("finance", "partner1"), ("admin", "lawyer2")):
        with pytest.raises(NotAllowed):
            sign(desk, login)
    for desk in ("archivist", "finance", "admin"):
        sign(desk, desk)

    def refused(action):
        with pytest.raises(StateRefused):
            case.run(action, "director")

    refused(lambda context: departure_signs.close(context, departure_id))
    refused(lambda context: write_certificate.prepare(context, departure_id=departure_id))
    refused(lambda context: departures.move(context, departures.get_row(context.session, departure_id), departures.CLOSED))
    case.hand_on(matter_id)
    refused(lambda context: departure_signs.close(context, departure_id))  # three of four
    sign("compliance", "director")  # the director may sign for any desk
    refused(lambda context: write_certificate.prepare(context, departure_id=departure_id))  # the account is open yet
    other = case.open_matter()  # a new matter came after the signatures
    refused(lambda context: departure_signs.close(context, departure_id))
    case.hand_on(other)
    case.run(lambda context: departure_signs.close(context, departure_id), "director")
    assert not case.is_active()


def test_nobody_clears_themselves(case):
    case.give_notice("compliance", by="compliance")
    departure_id = case.departure_id
    case.run(lambda context: departures.start_clearing(context, departure_id))
    with pytest.raises(NotAllowed):
        case.run(lambda context: departure_signs.sign(context, departure_id, "compliance"), "compliance")
    assert [(item.kind, item.what) for item in case.items("admin")] == [("post", "合规专员")]  # nobody else holds the post


def test_a_departed_person_takes_no_task_and_stays_in_the_conflict_index(case):
    matter_id = case.open_matter()
    team = {case.cast["lawyer2"].id: "lead", case.cast["lawyer1"].id: "co"}
    case.run(lambda context: matters.set_team(context, matter_id, team))
    kept = [{"kind": "post", "name": "示例协会", "detail": "理事"}]
    case.run(lambda context: interests.declare(context, case.cast["lawyer1"].id, kept), "lawyer1")
    case.start("matter_change", matter_id=matter_id, team_ids=[], starter_id=case.cast["lawyer1"].id)
    before = case.instance_id
    case.give_notice()
    case.until_clearing()
    case.sign()
    case.move(**LAST_DAY_OVER)
    case.instance_id = before
    with case.firm.reading() as session:
        (task,) = queries.list_open_tasks(session, before)
        assert task.assignee == case.cast["lawyer2"].id
        assert departure_matters.list_memberships(session, case.cast["lawyer1"].id) == []
        assert interests.list_interests(session, case.cast["lawyer1"].id)
        assert people.find_person(session, case.cast["lawyer1"].id).relatives
    with pytest.raises(NotAllowed):  # the login is not given out again
        given = {"login": "lawyer1", "name": "新人", "roles": ["lawyer"]}
        case.firm.run(RunOperation("people.register", given), case.cast["admin"])


def test_leaving_is_open_to_those_who_watch_and_to_the_person(case):
    case.give_notice()
    seen = {login for login, actor in case.cast.items() if departures.may_read(case.departure(), actor)}
    assert {"lawyer1", "director", "compliance", "admin", "partner1", "finance", "archivist"} <= seen
    assert not seen & {"lawyer2", "desk", "designer"}
    with pytest.raises(JuanzongError):
        case.run(lambda context: departures.get_departure(context.session, "0" * 32))
