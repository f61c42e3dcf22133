"""Originals of the client through every path: taken, receipted, handed back by link or on paper, and in the way of closing."""

from __future__ import annotations

import pytest

from engine import RunOperation
from engine.errors import FormInvalid, NotFound, StateRefused
from tests.workflows.client_case import ClientCase
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.pdf_text import read_text
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import documents, mails, open_items, originals

ROWS = [
    {"kind": "evidence", "title": "设备采购合同", "copies": "1", "form": "original", "place": "保险柜2号格"},
    {"kind": "licence", "title": "营业执照副本", "copies": "2", "form": "copy", "place": "案卷袋"},
]
SIGN = {"receipt_answer": "RECEIVED", "signer_name": "张三", "signature": "张三", "_proof": {"address": "192.0.2.7"}}


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "originals_taking", "originals_return", "originals_receipt")
    made = ClientCase(engine)
    made.register()
    yield made
    engine.database.dispose()


def taking(case, rows=ROWS):
    case.start("originals_taking", starter_id=case.cast["lawyer1"].id)
    first = case.first_values("Task_Take", "lawyer1")
    assert (first["person"], first["holder"]) == ("张三", case.cast["lawyer1"].id)
    case.do("lawyer1", "Task_Take", {**first, "rows": rows})


def returning(case, how, ids=None):
    case.start("originals_return", starter_id=case.cast["lawyer1"].id)
    first = case.first_values("Task_Return", "lawyer1")
    case.do("lawyer1", "Task_Return", {**first, "original_ids": ids or first["original_ids"], "return_how": how})


def held(case):
    with case.firm.reading() as session:
        return {each.title: each.state for each in originals.list_held(session, case.lead_id)}


def receipts(case):
    with case.firm.reading() as session:
        return originals.list_receipts(session, case.lead_id)


def scan(case):
    given = {"lead_id": case.lead_id, "name": "签收单.pdf", "content": make_pdf(1, "签收")}
    return [case.firm.run(RunOperation("documents.upload", given), case.cast["desk"])["document_id"]]


@pytest.mark.requirement("R39")
def test_what_the_client_brings_is_listed_and_receipted_under_the_firms_seal(case):
    taking(case)
    assert (case.state(), case.incidents()) == ("completed", [])
    (receipt,) = receipts(case)
    with case.firm.reading() as session:
        content = documents.read_content(session, receipt.document_ids[-1])
        (mail,) = [each for each in mails.list_mails(session) if each.subject == "原件收据"]
    assert "设备采购合同" in read_text(content) and b"/ByteRange" in content
    assert list(mail.attachments) == receipt.document_ids and receipt.signed_at
    assert held(case) == {"设备采购合同": "HELD", "营业执照副本": "HELD"}


def test_without_an_address_the_desk_hands_the_receipt_over(case):
    case.forget_email()
    taking(case)
    assert case.open_tasks() == {"Task_HandReceipt"}
    case.do("desk", "Task_HandReceipt", {"handed_to": "张三", "scan": scan(case)})
    assert case.state() == "completed" and len(receipts(case)[0].document_ids) == 2


def test_what_has_not_come_yet_and_nothing_at_all_are_refused(case):
    case.start("originals_taking", starter_id=case.cast["lawyer1"].id)
    first = case.first_values("Task_Take", "lawyer1")
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Take", {**first, "rows": ROWS, "taken_on": "2027-01-01"})
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Take", {**first, "rows": []})
    case.start("originals_return", starter_id=case.cast["lawyer1"].id)
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Return", {"original_ids": ["0" * 32], "person": "张三", "returned_on": "2026-11-24", "return_how": "paper"})


@pytest.mark.requirement("R39")
def test_they_go_back_against_a_signature_through_a_link(case):
    taking(case)
    returning(case, "link")
    assert held(case) == {"设备采购合同": "RETURNING", "营业执照副本": "RETURNING"}
    assert "设备采购合同" in case.first_values("Task_ClientReceives", "client")["originals"]
    case.do("client", "Task_ClientReceives", SIGN)
    assert (case.state(), case.incidents(), held(case)) == ("completed", [], {})
    newest = receipts(case)[0]
    assert (newest.how, newest.signer_name) == ("link", "张三")


def test_what_the_client_misses_is_brought_and_signed_for_on_paper(case):
    taking(case)
    returning(case, "link")
    case.do("client", "Task_ClientReceives", {"receipt_answer": "INCOMPLETE", "receipt_note": "少一份合同"})
    assert case.first_values("Task_PaperReceipt", "desk")["receipt_note"] == "少一份合同"
    assert held(case)
    case.do("desk", "Task_PaperReceipt", {"receipt": scan(case), "receipt_remark": "已补寄"})
    assert (case.state(), held(case), receipts(case)[0].how) == ("completed", {}, "paper")


def test_a_part_goes_back_on_paper_and_the_desk_is_reminded(case):
    taking(case)
    with case.firm.reading() as session:
        (one, _other) = originals.list_held(session, case.lead_id)
    returning(case, "paper", [one.id])
    assert case.open_tasks() == {"Task_SignOnPaper"}
    case.move(days=5)
    assert "请取得原件返还的签收" in "".join(case.sent())
    with pytest.raises(FormInvalid):
        case.do("desk", "Task_SignOnPaper", {"signer_name": "张三", "receipt": []})
    case.do("desk", "Task_SignOnPaper", {"signer_name": "张三", "receipt": scan(case)})
    assert (case.state(), held(case)) == ("completed", {"营业执照副本": "HELD"})


@pytest.mark.requirement("R39")
def test_what_is_held_stands_in_the_way_of_closing(case):
    open_case(case, sign_contract(case))
    taking(case)
    with case.firm.reading() as session:
        found = open_items.list_open_items(session, case.lead_id, case.firm.clock.now())
    assert [each.what for each in found if each.kind == open_items.ORIGINALS] == ["设备采购合同 1份", "营业执照副本 2份"]


def test_nothing_leaves_the_list_without_a_signature_wherever_it_comes_from(case):
    taking(case)
    with case.firm.reading() as session:
        ids = [each.id for each in originals.list_held(session, case.lead_id)]
    begun = {"person": "张三", "on": case.firm.clock.now().date(), "how": "paper"}
    with pytest.raises(StateRefused):
        receipt = case.run(lambda context: originals.begin_return(context, case.lead_id, ids, **begun))
        case.run(lambda context: originals.sign_return(context, receipt.id, how="paper", signer_name="张三"))
    with pytest.raises(StateRefused):  # it is on its way back already
        case.run(lambda context: originals.begin_return(context, case.lead_id, ids, **begun))
    with pytest.raises(NotFound):  # another case's things
        case.run(lambda context: originals.begin_return(context, "x" * 32, ids, **begun))
    assert set(held(case).values()) == {"RETURNING"}
