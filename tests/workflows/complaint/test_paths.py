"""Complaints through every path: received, accepted or not, investigated, answered, reviewed, closed."""

from __future__ import annotations

import pytest

from engine.errors import FormInvalid, JuanzongError, NotAllowed, StateRefused
from tests.workflows.complaint.conftest import CALL, CLOSING, FACTS, FINDINGS, PROPOSAL, SCREENING, STATEMENT
from workflows.records import complaint_steps, document_access, documents, legal_holds
from workflows.records import complaint_terms as terms


@pytest.mark.requirement("R35", "R36", "R37", "R38")
def test_a_complaint_is_received_investigated_answered_agreed_and_closed(case):
    complaint = case.complain()
    assert (complaint.complaint_no, complaint.state) == ("TS-2026-0001", terms.RECEIVED)
    assert case.mails_to("zhang@example.invalid")[-1] == "投诉回执：TS-2026-0001"
    assert [each.title for each in case.papers()] == ["投诉回执"]
    assert case.open_tasks() == {"Task_Screen"}
    case.accept()
    assert case.open_tasks() == {"Task_Statement", "Task_Appoint"}
    case.investigate()
    assert case.state_of() == terms.PROPOSED
    assert case.mails_to("zhang@example.invalid")[-1] == "投诉答复：TS-2026-0001"
    case.answer("agree")
    assert (case.state_of(), case.open_tasks()) == (terms.AGREED, {"Task_Close"})
    case.do("compliance", "Task_Close", CLOSING)
    assert case.state_of() == terms.CLOSED
    assert case.open_tasks() == set()
    case.move(days=10, minutes=1)
    case.do("compliance", "Task_Call", CALL)
    assert (case.state(), case.incidents()) == ("completed", [])
    assert [each.title for each in case.papers()] == ["投诉回执", "投诉答复书", "投诉及处理记录"]


@pytest.mark.requirement("R36")
def test_numbers_have_no_gap_and_a_message_without_details_is_completed_first(case):
    case.complain(source="fees", kinds=[], complainant=None)
    assert case.open_tasks() == {"Task_Register"}
    first = case.first_values("Task_Register", "compliance")
    assert (first["name"], first["email"], first["facts"]) == ("张三", "zhang@example.invalid", FACTS)
    case.do("compliance", "Task_Register", {**first, "kinds": ["fees"], "claim": "说明收费依据"})
    assert case.complaint().kinds == ["fees"]
    assert case.open_tasks() == {"Task_Screen"}
    assert case.complain().complaint_no == "TS-2026-0002"


def test_the_case_is_under_a_legal_hold_until_the_end(case):
    case.complain()
    with case.firm.reading() as session:
        assert legal_holds.is_on_hold(session, case.lead_id)
    document = case.run(
        lambda context: documents.add_document(
            context, lead_id=case.lead_id, kind="memo", title="通报", media_type=documents.TEXT, content=b"x"
        )
    )

    def delete(context):
        context.session.delete(context.session.get(documents.DocumentRow, document.id))
        context.session.flush()

    with pytest.raises(legal_holds.OnHold):
        case.run(delete)
    case.do(
        "compliance", "Task_Screen", {"decision": "reject", "reason": "与本所服务无关", "route": "向物业反映", "severity": None}
    )
    with case.firm.reading() as session:
        assert not legal_holds.is_on_hold(session, case.lead_id)
    case.run(delete)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"decision": "reject", "reason": "与本所服务无关", "route": "可以向有关部门反映"}, "reject"),
        ({"decision": "legal", "reason": "争议须由法院裁判", "route": "向法院起诉"}, "legal"),
        ({"decision": "merge", "reason": "反映同一事项", "merged_into": "TS-2026-0001"}, "merge"),
    ],
)
def test_a_complaint_not_taken_up_is_answered_with_the_reason_and_other_ways(case, values, word):
    case.complain()
    case.complain()
    handler = case.assignee("Task_Screen")
    case.do(handler, "Task_Screen", values)
    assert (case.state_of(), case.state()) == (terms.NOT_ACCEPTED, "completed")
    assert case.mails_to("zhang@example.invalid")[-1] == "投诉处理告知：TS-2026-0002"
    assert case.complaint().steps["screening"]["decision"] == word
    assert case.incidents() == []


def test_a_complaint_is_merged_only_with_another_open_one(case):
    case.complain()
    for number in ("TS-2026-0001", "TS-2026-0099"):
        with pytest.raises(FormInvalid):
            case.do("compliance", "Task_Screen", {"decision": "merge", "reason": "同一事项", "merged_into": number})


def test_settled_at_once(case):
    case.complain()
    case.accept(decision="quick")
    case.do("compliance", "Task_QuickFix", {"solution": "当日补发通报", "talked_with": "张三、周晓雯", "settled": "yes"})
    assert (case.state_of(), case.open_tasks()) == (terms.AGREED, {"Task_Close"})
    case.do("compliance", "Task_Close", CLOSING)
    assert case.state_of() == terms.CLOSED
    assert case.incidents() == []


def test_not_settled_at_once_it_is_investigated(case):
    case.complain()
    case.accept(decision="quick")
    case.do("compliance", "Task_QuickFix", {"solution": "当日补发通报", "talked_with": "张三", "settled": "no"})
    assert case.open_tasks() == {"Task_Statement", "Task_Appoint"}


def test_no_statement_in_time_does_not_stop_the_investigation(case):
    case.complain()
    case.accept()
    case.do("director", "Task_Appoint", {"investigator": case.cast["partner1"].id})
    case.move(days=6)
    assert case.open_tasks() == {"Task_Investigate"}
    assert case.complaint().steps["statement_missing"]["note"] == "期满未作书面说明：李明轩"


def test_a_deadline_at_stake_is_protected_within_a_day_or_the_director_hears(case):
    case.complain()
    case.accept(deadline_at_stake=True, at_stake="上诉期11月30日届满")
    assert "Task_Interim" in case.open_tasks()
    case.move(hours=24, minutes=1)
    assert "投诉临时措施逾期：TS-2026-0001" in case.mails_to("director@demo.invalid")
    given = {"measures": ["deadline"], "caretaker": case.cast["lawyer2"].id, "measure_note": "王若谷接手上诉"}
    case.do("compliance", "Task_Interim", given)
    assert case.complaint().steps["interim"]["measures"] == ["deadline"]
    assert case.open_tasks() == {"Task_Statement", "Task_Appoint"}


@pytest.mark.requirement("R38")
def test_a_major_proposal_goes_to_the_director_and_back(case):
    case.complain()
    case.accept()
    case.investigate(remedies=["refund"], refund_amount="12000")
    assert case.open_tasks() == {"Task_Approve"}
    assert case.state_of() == terms.INVESTIGATING
    with pytest.raises(StateRefused):  # round the task: no reply before the approval
        case.run(lambda context: complaint_steps.reply(context, case.complaint_id))
    case.do("director", "Task_Approve", {"approval": "RETURNED", "approval_note": "金额过高"})
    first = case.first_values("Task_Propose", "compliance")
    assert (first["returned"], first["reply_text"]) == ("金额过高", PROPOSAL["reply_text"])
    case.do("compliance", "Task_Propose", {**PROPOSAL, "remedies": ["refund"], "refund_amount": "8000"})
    assert case.state_of() == terms.PROPOSED  # below the limit it needs no approval
    assert case.incidents() == []


@pytest.mark.requirement("R38")
def test_a_promised_refund_is_handed_to_the_refund_process(case):
    case.complain()
    case.accept(severity="major")
    case.investigate(remedies=["refund", "discipline"], refund_amount="8000")
    case.do("director", "Task_Approve", {"approval": "APPROVED"})
    case.answer("agree")
    assert [(name, correlation) for name, correlation, _ in case.sent_messages("refund.requested")] == [
        ("refund.requested", case.lead_id)
    ]
    payload = case.sent_messages("refund.requested")[0][2]
    assert (payload["amount"], payload["lead_id"], payload["source_no"]) == ("8000.00", case.lead_id, "TS-2026-0001")


@pytest.mark.requirement("R37")
def test_a_disputed_reply_is_reviewed_once_with_the_other_ways_named(case):
    case.complain()
    case.accept()
    case.investigate()
    case.answer("dispute", "只道歉不够")
    assert case.open_tasks() == {"Task_Review"}
    assert case.first_values("Task_Review", "director")["dispute"] == "只道歉不够"
    given = {"review": "CHANGED", "remedies": ["apology", "refund"], "refund_amount": "3000", "review_text": "退还部分费用"}
    case.do("director", "Task_Review", given)
    assert case.mails_to("zhang@example.invalid")[-1] == "投诉复核结果：TS-2026-0001"
    assert case.sent_messages("refund.requested")[0][2]["amount"] == "3000.00"
    with pytest.raises(StateRefused):
        case.run(lambda context: complaint_steps.review(context, case.complaint_id, given), "director")
    case.do("compliance", "Task_Close", CLOSING)
    assert case.state_of() == terms.CLOSED
    case.run(lambda context: complaint_steps.go_external(context, case.complaint_id, body="市律师协会", note=""), "compliance")
    assert case.state_of() == terms.EXTERNAL


def test_ten_working_days_of_silence_count_as_answered(case):
    case.complain()
    case.accept()
    case.investigate()
    case.move(days=15)
    assert case.open_tasks() == {"Task_Close"}
    assert case.complaint().steps["answer"]["decision"] == "silent"


def test_a_reply_to_the_opposing_side_is_checked_for_secrets(case):
    case.complain(complainant={"name": "李四", "relation": "opponent", "email": "li@example.invalid"})
    case.accept()
    with pytest.raises(FormInvalid):
        case.investigate()
    case.do("compliance", "Task_Propose", {**PROPOSAL, "secrets_checked": True})
    assert case.mails_to("li@example.invalid")[-1] == "投诉答复：TS-2026-0001"


def test_an_amount_is_named_with_its_remedy(case):
    case.complain()
    case.accept()
    with pytest.raises(FormInvalid):
        case.investigate(remedies=["refund"])


def test_what_must_not_be_done_is_refused_with_the_reason(case):
    case.complain()
    with pytest.raises(StateRefused):
        case.run(lambda context: complaint_steps.close(context, case.complaint_id, CLOSING), "compliance")
    with pytest.raises(StateRefused):
        case.run(lambda context: complaint_steps.go_external(context, case.complaint_id, body="律协", note=""), "compliance")
    case.accept()
    with pytest.raises(StateRefused):
        case.run(lambda context: complaint_steps.screen(context, case.complaint_id, SCREENING), "compliance")


def test_the_respondent_sees_and_does_nothing_but_the_statement(case):
    case.complain(source="visit")
    case.accept()
    with pytest.raises(NotAllowed):
        case.do("lawyer1", "Task_Appoint", {"investigator": case.cast["partner1"].id})
    for step in (
        lambda context: complaint_steps.screen(context, case.complaint_id, SCREENING),
        lambda context: complaint_steps.propose(context, case.complaint_id, PROPOSAL),
        lambda context: complaint_steps.investigate(context, case.complaint_id, FINDINGS),
    ):
        with pytest.raises(NotAllowed):
            case.run(step, "lawyer1")
    with pytest.raises(NotAllowed):  # nobody else speaks for the respondent
        case.run(lambda context: complaint_steps.keep_statement(context, case.complaint_id, STATEMENT), "lawyer2")
    with case.firm.reading() as session:
        (receipt,) = case.papers()
        readers = {login for login, actor in case.cast.items() if document_access.may_read(session, receipt, actor)}
        assert readers == {"compliance", "partner2", "director"}
        assert all(each.id != receipt.id for each in documents.list_documents(session, case.lead_id))


def test_the_record_lies_in_the_volume_where_the_cases_people_do_not_read_it(case):
    case.complain()
    case.accept(decision="quick")
    case.do("compliance", "Task_QuickFix", {"solution": "当日补发通报", "talked_with": "张三", "settled": "yes"})
    case.do("compliance", "Task_Close", CLOSING)
    with case.firm.reading() as session:
        (filed,) = documents.list_documents(session, case.lead_id, slot="complaint")
        readers = {login for login, actor in case.cast.items() if document_access.may_read(session, filed, actor)}
    assert "lawyer1" not in readers
    assert {"compliance", "archivist", "director"} <= readers


def test_somebody_related_cannot_investigate(case):
    case.complain()
    case.accept()
    for login in ("lawyer1", "compliance", "director"):
        with pytest.raises((FormInvalid, JuanzongError)):
            case.do("director", "Task_Appoint", {"investigator": case.cast[login].id})
    with pytest.raises(NotAllowed):
        case.run(
            lambda context: complaint_steps.appoint(context, case.complaint_id, {"investigator": case.cast["lawyer1"].id}),
            "director",
        )
