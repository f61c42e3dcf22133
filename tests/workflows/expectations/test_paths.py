"""The talks about expectations and risks through every path of the diagram."""

from __future__ import annotations

import pytest

from engine import Actor, AssignTask
from engine.errors import FormInvalid, FourEyes, NotAllowed, TaskClaimed
from tests.workflows.pdf_text import read_text
from workflows.records import client_signatures, communications, documents, expectations, objections
from workflows.records.links import REVOKED, USED

MEETING = {
    "met_at": "2026-11-24T08:30", "place": "本所会议室", "needs_reader": False,
    "persons": [{"person_name": "张三", "person_part": "client"}, {"person_name": "李明轩", "person_part": "lawyer"}],
    "scope_in": "一审诉讼代理\n申请财产保全", "scope_out": "二审\n执行",
    "work_content": [{"deliverable": "起诉状和证据目录", "owner": "李明轩", "finish_by": "立案前"}],
    "goal": "争取在六个月内取得一审判决。",
    "risks": [{"risk": "对方无财产可供执行", "likelihood": "medium", "effect": "判决难以兑现", "mitigation": "立案时申请保全"}],
    "fee_low": "50000", "fee_high": "70000", "duration": "约六个月", "client_expectations": "希望尽快收回货款。",
}  # fmt: skip
GUIDANCE = {"why_not": "对方可能没有财产。", "explanation": "说明了执行的规律和代价。", "guided_on": "2026-11-24"}
CONFIRM = {
    "client_decision": "CONFIRMED", "read_risk_notice": True, "read_plan": True,
    "signer_name": "张三", "signature": "张三", "_proof": {"address": "192.0.2.7"},
}  # fmt: skip
CHANGES = {"client_decision": "CHANGES", "change_request": "请把二审也包括进来。"}
REFUSED = {"client_decision": "REFUSED", "refusal_reason": "费用太高。"}
CONTINUE = {"insist_decision": "CONTINUE", "insist_reason": "风险已充分告知，可以继续。"}


def meet(case, **changes):
    case.do("lawyer1", "Task_Meeting", {**MEETING, **changes})
    assert case.incidents() == []


def outcome(case):
    assert case.incidents() == []
    assert case.state() == "completed"
    with case.firm.reading() as session:
        return case.result("expectation_result"), expectations.find_expectation(session, case.lead_id)


@pytest.mark.requirement("R13")
def test_the_client_confirms_by_link_and_the_signed_papers_lie_in_the_volume(case):
    assert case.first_values("Task_Meeting", "lawyer1")["persons"][0]["person_name"] == "张三"
    meet(case)
    assert case.open_tasks() == {"Task_ClientConfirms"}
    assert case.sent() == ["请阅读并确认《风险告知书》和《服务方案与期望确认书》"]
    with case.firm.reading() as session:
        shown = [documents.get_document(session, each) for each in case.link("Task_ClientConfirms").document_ids]
    assert [document.kind for document in shown] == ["risk_notice", "expectation_memo"]
    assert case.first_values("Task_ClientConfirms", "client")["signer_name"] == "张三"
    case.do("client", "Task_ClientConfirms", {**CONFIRM, "client_questions": "保全费谁付？"})
    result, found = outcome(case)
    assert (result, found.state, found.questions) == ("CONFIRMED", "CONFIRMED", "保全费谁付？")
    assert case.steps()[-1] == "Event_Confirmed"
    assert case.link("Task_ClientConfirms").state(case.firm.clock.now()) == USED
    with case.firm.reading() as session:
        signed = documents.list_documents(session, case.lead_id, slot="client_notices")
        record = documents.find_latest(session, case.lead_id, "meeting_record")
        signature = client_signatures.get_signature(session, case.lead_id, "expectations")
        texts = [read_text(documents.read_content(session, document.id)) for document in signed]
        logged = communications.facts(session, case.lead_id)["communications"]
    assert {document.source for document in signed} == {"signature"}
    assert record.slot == "interviews"
    assert signature.hashes == {document.id: document.sha256 for document in shown}
    assert all("192.0.2.7" in text for text in texts)
    assert "对方无财产可供执行" in "".join(texts)
    assert [entry["channel"] for entry in logged][:1] == ["面谈"]


def test_a_link_holder_must_tick_that_both_papers_were_read(case):
    meet(case)
    with pytest.raises(FormInvalid) as caught:
        case.do("client", "Task_ClientConfirms", {**CONFIRM, "read_plan": False})
    assert list(caught.value.errors) == ["read_plan"]


@pytest.mark.requirement("R15")
def test_a_promise_is_refused_at_its_field(case):
    risk = {**MEETING["risks"][0], "mitigation": "本所保证胜诉"}
    with pytest.raises(FormInvalid) as caught:
        meet(case, goal="本案包赢，请放心。", risks=[risk])
    assert caught.value.errors["goal"][0].code == objections.PROMISE["outcome"]
    assert list(caught.value.errors) == ["goal", "risks.0.mitigation"]
    assert case.open_tasks() == {"Task_Meeting"}


@pytest.mark.requirement("R15")
def test_a_partner_lets_a_wording_stand_with_a_reason(case):
    meet(case, goal="取得确保回款到账的担保。", ask_partner=True, ask_reason="指担保合同的名称，不是承诺。")
    assert case.open_tasks() == {"Task_JustifyWording"}
    shown = case.first_values("Task_JustifyWording", "partner1")
    assert shown["wordings"][0]["wording_place"] == "工作目标"
    assert (shown["wordings"][0]["wording_why"], shown["ask_reason"]) == ("承诺结果", "指担保合同的名称，不是承诺。")
    with pytest.raises(NotAllowed):
        case.do("lawyer1", "Task_JustifyWording", {"wording_decision": "JUSTIFIED", "wording_reason": "可以使用。"})
    case.do("partner1", "Task_JustifyWording", {"wording_decision": "JUSTIFIED", "wording_reason": "是合同用语。"})
    assert case.open_tasks() == {"Task_ClientConfirms"}


@pytest.mark.requirement("R15")
def test_a_returned_wording_is_written_again_in_the_same_round(case):
    meet(case, goal="确保货款全额到账。", ask_partner=True, ask_reason="客户要求这样写。")
    case.do("partner1", "Task_JustifyWording", {"wording_decision": "RETURNED", "wording_reason": "这就是承诺，请修改。"})
    given = case.first_values("Task_Meeting", "lawyer1")
    assert (given["returned"], given["ask_partner"]) == ("这就是承诺，请修改。", False)
    meet(case)
    assert case.data()["expectation_round"] == 1


@pytest.mark.requirement("R14", "R15")
@pytest.mark.parametrize("words", [{"expectation_unreasonable": True}, {"client_expectations": "必须保证胜诉。"}])
def test_an_unreasonable_expectation_is_guided_and_then_given_up(case, words):
    meet(case, **words)
    assert case.open_tasks() == {"Task_Guidance"}
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Guidance", {**GUIDANCE, "explanation": "放心，包赢。", "reaction": "accepts"})
    case.do("lawyer1", "Task_Guidance", {**GUIDANCE, "reaction": "accepts"})
    assert case.open_tasks() == {"Task_ClientConfirms"}


@pytest.mark.requirement("R14")
def test_a_partner_goes_on_with_a_client_who_insists_and_the_notice_says_so(case):
    meet(case, client_expectations="必须三个月内全部收回。", expectation_unreasonable=True)
    case.do("lawyer1", "Task_Guidance", {**GUIDANCE, "reaction": "insists"})
    assert case.open_tasks() == {"Task_DecideInsisting"}
    lawyer = case.cast["lawyer1"]
    case.cast["both"] = Actor(lawyer.id, lawyer.name, frozenset({"lawyer", "partner"}))
    with pytest.raises(NotAllowed):
        case.do("both", "Task_DecideInsisting", CONTINUE)
    case.do("partner1", "Task_DecideInsisting", CONTINUE)
    with case.firm.reading() as session:
        notice = documents.find_latest(session, case.lead_id, "risk_notice")
        text = read_text(documents.read_content(session, notice.id))
    assert "目前难以实现" in text


def test_who_stood_in_for_the_lawyer_does_not_decide(case):
    partner = case.cast["partner2"]
    case.firm.run(AssignTask(case.task_id("Task_Meeting"), partner.id), case.cast["lawyer1"])
    case.do("partner2", "Task_Meeting", {**MEETING, "expectation_unreasonable": True})
    case.do("lawyer1", "Task_Guidance", {**GUIDANCE, "reaction": "insists"})
    with pytest.raises(FourEyes):
        case.do("partner2", "Task_DecideInsisting", CONTINUE)


@pytest.mark.requirement("R14")
def test_a_partner_stops_the_talks(case):
    meet(case, expectation_unreasonable=True)
    case.do("lawyer1", "Task_Guidance", {**GUIDANCE, "reaction": "insists"})
    case.do("partner1", "Task_DecideInsisting", {"insist_decision": "STOP", "insist_reason": "期望与本所立场不符。"})
    result, found = outcome(case)
    assert (result, found.state, case.steps()[-1]) == ("REFUSED", "STOPPED", "Event_Stopped")
    assert case.sent() == []


@pytest.mark.requirement("R13")
def test_the_client_asks_twice_for_changes_and_the_third_time_it_is_over(case):
    for turn in (1, 2):
        meet(case)
        assert case.data()["expectation_round"] == turn
        case.do("client", "Task_ClientConfirms", CHANGES)
        assert case.open_tasks() == {"Task_Meeting"}
        assert case.first_values("Task_Meeting", "lawyer1")["returned"] == CHANGES["change_request"]
    meet(case)
    case.do("client", "Task_ClientConfirms", CHANGES)
    result, found = outcome(case)
    assert (result, found.state, found.round) == ("REFUSED", "CHANGES", 3)
    with case.firm.reading() as session:
        assert len(documents.list_documents(session, case.lead_id, kind="risk_notice", slot="client_notices")) == 1
        assert len(documents.list_documents(session, case.lead_id, kind="meeting_record", slot="interviews")) == 3


def test_a_client_who_does_not_agree_ends_the_talks(case):
    meet(case)
    case.do("client", "Task_ClientConfirms", REFUSED)
    result, found = outcome(case)
    assert (result, found.refusal, case.steps()[-1]) == ("REFUSED", "费用太高。", "Event_NotConfirmed")


def test_a_silent_client_is_reminded_twice_the_lawyer_told_and_then_it_lapses(case):
    meet(case)
    first = case.link("Task_ClientConfirms")
    asked = lambda: len([subject for subject in case.sent() if subject.startswith("请阅读并确认")])  # noqa: E731 - counted often
    assert asked() == 1
    case.move(days=2, minutes=1)
    assert asked() == 2
    case.move(days=4)  # Monday: four working days after the Tuesday
    assert asked() == 3
    assert {link.expires_at for link in case.links()} == {first.expires_at}
    assert [mail["to"] for mail in case.mails() if "尚未确认" in mail["subject"]] == []
    case.move(days=1)
    assert [mail["to"] for mail in case.mails() if "尚未确认" in mail["subject"]] == ["lawyer1@demo.invalid"]
    case.move(days=7)
    assert case.open_tasks() == {"Task_ClientConfirms"}
    case.move(days=1)
    result, found = outcome(case)
    assert (result, found.state) == ("REFUSED", "LAPSED")
    assert "Event_NotConfirmed" in case.steps()
    assert {link.state(first.created_at) for link in case.links()} == {REVOKED}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"met_at": "2026-11-24T09:30"}, "met_at"),
        ({"fee_low": "90000"}, "fee_high"),
        ({"needs_reader": True, "reader_name": "王五", "witness_name": "王五"}, "witness_name"),
    ],
)
def test_what_cannot_be_is_refused(case, changes, path):
    with pytest.raises(FormInvalid) as caught:
        meet(case, **changes)
    assert list(caught.value.errors) == [path]


def test_a_reader_and_a_witness_stand_in_the_record(case):
    meet(case, needs_reader=True, reader_name="王五", witness_name="赵六")
    with case.firm.reading() as session:
        record = documents.find_latest(session, case.lead_id, "meeting_record")
        text = read_text(documents.read_content(session, record.id))
    assert "王五" in text
    assert "赵六" in text


def test_a_task_that_the_diagram_assigns_names_its_lawyer(case):
    with pytest.raises(TaskClaimed) as held:
        case.do("lawyer2", "Task_Meeting", MEETING)
    assert held.value.fields["who"] == case.cast["lawyer1"].name
