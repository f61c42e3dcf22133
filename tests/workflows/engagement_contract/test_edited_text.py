"""The contract edited in Word: what may change, what the reviewer and the client see, and what is signed in the end."""

from __future__ import annotations

import io

import pytest
from docx import Document

from engine import AssignTask, RunOperation
from engine.errors import FormInvalid, FourEyes
from tests.workflows.casework import SIGNATURE, TERMS
from tests.workflows.engagement_contract.test_paths import SEAL, approve, contract_of
from tests.workflows.pdf_text import read_text
from web.inbox.panels import contract_changes
from workflows.records import contract_texts, contracts, documents, refusals

pytestmark = pytest.mark.requirement("R16", "R17", "R19")
EDIT = {**TERMS, "text_choice": "edit"}


def edit(case, *changes, name="合同修改稿.docx"):
    """The id of the generated Word file with words replaced, uploaded by the lawyer."""
    with case.firm.reading() as session:
        word = documents.find_latest(session, case.lead_id, "engagement_contract", documents.WORD)
        document = Document(io.BytesIO(documents.read_content(session, word.id)))
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    for paragraph in [*document.paragraphs, *(each for cell in cells for each in cell.paragraphs)]:
        for old, new in changes:
            if old in paragraph.text:
                paragraph.runs[0].text = paragraph.text.replace(old, new)
    stream = io.BytesIO()
    document.save(stream)
    given = {"lead_id": case.lead_id, "name": name, "content": stream.getvalue()}
    return case.firm.run(RunOperation("documents.upload", given), case.cast["lawyer1"])["document_id"]


def to_edit(case):
    case.start("engagement_contract")
    case.do("lawyer1", "Task_DraftContract", EDIT)
    assert case.open_tasks() == {"Task_EditText"}


def submit(case, file):
    case.do("lawyer1", "Task_EditText", {"text_decision": "EDITED", "edited_file": [file]})


def changes(case):
    with case.firm.reading() as session:
        found = contract_changes.read(session, case.lead_id, case.firm.clock.now())
    return {part.title: [(each.sort, each.text) for each in part.pieces if each.sort != "same"] for part in found["changed"]}


def refused(case, file):
    with pytest.raises(FormInvalid) as caught:
        submit(case, file)
    return {error.code: error.params for error in caught.value.errors["edited_file"]}


def test_an_edited_text_is_compared_approved_and_signed(case):
    to_edit(case)
    submit(case, edit(case, ("勤勉尽责", "勤勉尽责，每月书面报告一次"), ("依法赔偿", "赔偿直接损失")))
    assert changes(case) == {
        "双方权利义务": [("added", "，每月书面报告一次")],
        "违约责任": [("removed", "依法"), ("added", "直接损失")],
    }
    assert (contract_of(case).version, contract_of(case).state) == (2, contracts.REVIEW)
    clauses = case.first_values("Task_ReviewContract", "partner1")["clauses"]
    assert any("每月书面报告一次" in row["clause_text"] for row in clauses)
    with case.firm.reading() as session:
        paper = documents.find_latest(session, case.lead_id, "engagement_contract")
        assert "每月书面报告一次" not in read_text(documents.read_content(session, paper.id))
    approve(case)
    with case.firm.reading() as session:
        paper = documents.find_latest(session, case.lead_id, "engagement_contract")
        text = read_text(documents.read_content(session, paper.id))
    assert "每月书面报告一次" in text
    assert "第2稿" in text
    case.do("client", "Task_ClientSigns", SIGNATURE)
    case.do("desk", "Task_ApplySeal", SEAL)
    assert (contract_of(case).state, case.incidents()) == (contracts.SIGNED, [])


def test_what_the_partner_returns_is_not_what_the_client_signs(case):
    to_edit(case)
    submit(case, edit(case, ("勤勉尽责", "勤勉尽责，每月书面报告一次")))
    clauses = case.first_values("Task_ReviewContract", "partner1")["clauses"]
    judged = [{**row, "verdict": "ok"} for row in clauses]
    judged[0] |= {"verdict": "return", "clause_comment": "请恢复原文"}
    case.do("partner1", "Task_ReviewContract", {"clauses": judged})
    case.do("lawyer1", "Task_DraftContract", TERMS)
    assert changes(case) == {"双方权利义务": [("removed", "，每月书面报告一次")]}
    approve(case)
    with case.firm.reading() as session:
        paper = documents.find_latest(session, case.lead_id, "engagement_contract")
        assert "每月书面报告一次" not in read_text(documents.read_content(session, paper.id))


@pytest.mark.parametrize(
    ("change", "code", "clauses"),
    [
        (("60,000.00", "90,000.00"), "LOCKED_CHANGED", "收费标准及支付方式、付款计划表"),
        (("李明轩", "王若谷"), "LOCKED_CHANGED", "承办律师"),
        (("一般授权", "特别授权"), "LOCKED_CHANGED", "代理权限"),
        (("依法赔偿", "相关费用"), "BANNED_WORD", None),
        (("依法赔偿", "待定"), "BLANK", None),
        (("违约责任", "责任"), "TEXT_CLAUSE_MISSING", "违约责任"),
    ],
)
def test_an_edit_that_may_not_be_is_refused(case, change, code, clauses):
    to_edit(case)
    found = refused(case, edit(case, change))
    assert getattr(refusals, code) in found
    if clauses:
        assert found[getattr(refusals, code)]["clauses"] == clauses
    assert case.open_tasks() == {"Task_EditText"}


def test_a_text_that_nobody_changed_and_a_file_that_is_no_word_are_refused(case):
    to_edit(case)
    assert refused(case, edit(case)) == {refusals.TEXT_UNCHANGED: {}}
    given = {"lead_id": case.lead_id, "name": "a.txt", "content": "合同".encode()}
    other = case.firm.run(RunOperation("documents.upload", given), case.cast["lawyer1"])["document_id"]
    assert refused(case, other) == {refusals.NOT_WORD: {}}


def test_the_generated_text_may_go_on_or_the_terms_come_back(case):
    to_edit(case)
    case.do("lawyer1", "Task_EditText", {"text_decision": "BACK"})
    assert (case.open_tasks(), contract_of(case).state) == ({"Task_DraftContract"}, contracts.DRAFT)
    case.do("lawyer1", "Task_DraftContract", EDIT)
    case.do("lawyer1", "Task_EditText", {"text_decision": "AS_IS"})
    assert case.open_tasks() == {"Task_ReviewContract"}


def test_the_client_who_asked_for_changes_gets_them_marked(case):
    case.start("engagement_contract")
    case.do("lawyer1", "Task_DraftContract", TERMS)
    approve(case)
    case.do("client", "Task_ClientSigns", {"client_decision": "CHANGES", "client_comment": "请写明二审另行委托"})
    case.do("lawyer1", "Task_DraftContract", {**TERMS, "scope_out": "不含二审程序"})
    approve(case)
    with case.firm.reading() as session:
        redline = documents.find_latest(session, case.lead_id, "contract_redline")
        text = read_text(documents.read_content(session, redline.id))
        contract = contracts.find_contract(session, case.lead_id)
        kept = contract_texts.find_earlier_text(session, contract.id, contract.version)
    assert "【增：" in text
    assert "服务范围" in text
    assert "争议解决" not in text
    assert kept.version == 1


def test_whoever_edited_the_text_does_not_approve_it(case):
    case.start("engagement_contract")
    case.do("lawyer1", "Task_DraftContract", EDIT)
    case.firm.run(AssignTask(case.task_id("Task_EditText"), case.cast["partner2"].id), case.cast["lawyer1"])
    file = edit(case, ("勤勉尽责", "勤勉尽责，每月书面报告一次"))
    case.do("partner2", "Task_EditText", {"text_decision": "EDITED", "edited_file": [file]})
    with pytest.raises(FourEyes):
        approve(case, "partner2")
