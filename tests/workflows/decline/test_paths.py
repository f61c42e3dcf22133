"""Declining through every path of the diagram."""

from __future__ import annotations

import io
import json

import pytest
from pypdf import PdfReader

from engine import Context
from engine.errors import FormInvalid, FourEyes, NotAllowed
from workflows.records import assessments, communications, conflict_index, conflicts, declines, documents, leads, refusals
from workflows.records.conflict_hits import ConflictHitRow
from workflows.records.rule_packs import get_rule
from workflows.wiring import ROOT

SEND = {"decline_decision": "APPROVED"}
BACK = {"decline_decision": "RETURNED", "decline_comment": "请写明上诉期。"}
POSTED = {"channel": "courier", "tracking_no": "SF123", "delivered_on": "2026-11-24"}


def write(case, login="lawyer1", **values):
    case.do(login, "Task_Write", {**case.first_values("Task_Write", "lawyer1"), **values})


def letter(case, template="decline_polite"):
    with case.firm.reading() as session:
        document = documents.find_latest(session, case.lead_id, template)
        pages = PdfReader(io.BytesIO(documents.read_content(session, document.id))).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def ended(case):
    assert case.incidents() == []
    assert case.state() == "completed"
    assert case.result("decline_sent_at").startswith("2026-11-2")
    with case.firm.reading() as session:
        found = declines.get_decline(session, case.lead_id)
    assert (found.state, case.lead_state()) == (declines.SENT, "DECLINED")
    return found


@pytest.mark.requirement("R8", "R12")
@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("conflict", "不宜接受"),
        ("referred", "更为适宜"),
        ("expectations", "未能达成一致"),
        ("not_accepted", "难以保证"),
        ("not_signed", "未在约定期限内签署"),
    ],
)
def test_a_polite_letter_is_proposed_by_the_reason_approved_and_mailed(case, reason, said):
    case.begin(reason, key_dates=[{"event": "一审举证期限", "date": "2026-12-01"}])
    write(case)
    assert case.open_tasks() == {"Task_Approve"}
    assert said in case.first_values("Task_Approve", "partner1")["letter_text"]
    case.do("partner1", "Task_Approve", SEND)
    assert ended(case).mailed
    text = letter(case)
    assert said in text
    assert "一审举证期限" in text
    assert "2026年12月1日" in text
    (mail,) = case.mails()
    assert (mail["to"], len(mail["attachments"])) == ("zhang@example.invalid", 1)
    with case.firm.reading() as session:
        (entry,) = communications.list_communications(session, case.lead_id)
    assert entry.document_ids == tuple(mail["attachments"])


@pytest.mark.requirement("R12")
def test_a_firm_letter_names_the_law_and_goes_out(case):
    case.begin("illegal", "firm", state="ASSESS")
    with pytest.raises(FormInvalid):
        write(case, firm_variant="")
    write(case)
    case.do("partner1", "Task_Approve", SEND)
    assert ended(case).kind == declines.FIRM
    assert "第三十二条" in letter(case, "decline_firm")


def test_a_returned_letter_comes_back_with_the_comment(case):
    case.begin()
    write(case)
    case.do("partner1", "Task_Approve", BACK)
    assert case.open_tasks() == {"Task_Write"}
    assert case.first_values("Task_Write", "lawyer1")["returned"] == "请写明上诉期。"
    write(case, extra="上诉期自收到判决书之日起十五日。")
    case.do("partner1", "Task_Approve", SEND)
    ended(case)
    assert "十五日" in letter(case)


def test_without_an_address_the_desk_prints_and_posts_the_letter(case):
    case.begin()

    def forget(context: Context) -> None:
        leads.get_lead(context.session, case.lead_id).reception = {}

    case.run(forget)
    write(case)
    case.do("partner1", "Task_Approve", SEND)
    assert case.open_tasks() == {"Task_Deliver"}
    assert case.first_values("Task_Deliver", "desk")["mailed"] == "no"
    for wrong, path in (({"tracking_no": ""}, "tracking_no"), ({"delivered_on": "2026-12-24"}, "delivered_on")):
        with pytest.raises(FormInvalid) as caught:
            case.do("desk", "Task_Deliver", {**POSTED, **wrong})
        assert path in caught.value.errors
    case.do("desk", "Task_Deliver", POSTED)
    assert ended(case).delivery["tracking_no"] == "SF123"
    assert case.mails() == []


def hand_over(case, **values):
    """The letter goes out, and the originals with it."""
    case.begin()
    write(case, originals="购销合同原件一份")
    case.do("partner1", "Task_Approve", SEND)
    first = case.first_values("Task_Deliver", "desk")
    assert first["mailed"] == "yes"
    case.do("desk", "Task_Deliver", {**first, "channel": "in_person", "originals_returned": True, **values})


def scan(case):
    """A signed receipt, as the desk scanned it."""

    def add(context: Context) -> str:
        return documents.add_document(
            context, lead_id=case.lead_id, kind="upload", title="扫描件", content=b"signed receipt", media_type=documents.TEXT,
            source="upload",
        ).id  # fmt: skip

    return case.run(add)


@pytest.mark.requirement("R8")
def test_originals_are_returned_against_a_receipt_before_the_lead_is_closed(case):
    with pytest.raises(FormInvalid) as caught:
        hand_over(case, originals_returned=False, receipt_by="link")
    assert caught.value.errors["originals_returned"][0].code == refusals.ORIGINALS_OPEN
    first = case.first_values("Task_Deliver", "desk")
    back = {**first, "channel": "in_person", "originals_returned": True, "receipt_by": "paper"}
    with pytest.raises(FormInvalid) as caught:
        case.do("desk", "Task_Deliver", back)
    assert set(caught.value.errors) == {"receipt"}
    receipt = scan(case)
    case.do("desk", "Task_Deliver", {**back, "receipt": [receipt]})
    assert "购销合同原件一份" in letter(case)
    ended(case)
    with case.firm.reading() as session:
        assert documents.get_document(session, receipt).slot == "client_notices"


@pytest.mark.requirement("R8")
def test_a_client_acknowledges_the_originals_by_link(case):
    hand_over(case, channel="courier", tracking_no="SF9", receipt_by="link")
    assert case.open_tasks() == {"Task_ClientReceives"}
    assert case.first_values("Task_ClientReceives", "client")["originals"] == "购销合同原件一份"
    case.do("client", "Task_ClientReceives", {"receipt_answer": "RECEIVED", "signer_name": "张三", "signature": "张三"})
    assert ended(case).delivery["acknowledged_by"] == "link"
    assert "SF9" in letter(case, "originals_receipt")


def test_what_the_client_misses_is_brought_by_the_desk(case):
    hand_over(case, receipt_by="link")
    case.do("client", "Task_ClientReceives", {"receipt_answer": "INCOMPLETE", "receipt_note": "缺一页附件"})
    assert (case.mails()[-1]["to"], "缺一页附件" in case.mails()[-1]["body"]) == ("desk@demo.invalid", True)
    assert case.first_values("Task_PaperReceipt", "desk")["receipt_note"] == "缺一页附件"
    case.do("desk", "Task_PaperReceipt", {"receipt": [scan(case)], "receipt_remark": "已补交。"})
    assert ended(case).delivery["remark"] == "已补交。"


def test_a_client_who_does_not_answer_is_reminded_and_then_signs_on_paper(case):
    hand_over(case, receipt_by="link")
    case.move(days=3, minutes=1)
    assert [mail["subject"] for mail in case.mails()].count("请签收返还的原件") == 2
    assert case.open_tasks() == {"Task_ClientReceives"}
    case.move(days=5)
    assert case.open_tasks() == {"Task_PaperReceipt"}
    case.do("desk", "Task_PaperReceipt", {"receipt": [scan(case)], "receipt_remark": "来所签收。"})
    assert (case.incidents(), case.state()) == ([], "completed")


def test_the_drafter_and_the_handling_lawyer_cannot_approve(case):
    case.begin()
    write(case)
    lawyer = case.cast["lawyer1"]
    case.cast["both"] = type(lawyer)(lawyer.id, lawyer.name, frozenset({"lawyer", "partner"}))
    with pytest.raises((FourEyes, NotAllowed)):
        case.do("both", "Task_Approve", SEND)
    with pytest.raises(NotAllowed):
        case.do("desk", "Task_Approve", SEND)


def test_a_letter_tells_nothing_of_others(case):
    case.begin("conflict")

    def hit(context: Context) -> None:
        check = conflicts.open_check(context, case.lead_id, [])
        conflicts.change_check(context, check.id, round=1)
        values = {"query": {"name": "张三", "role": "client"}, "subject": {"name": "远山集团有限公司"}, "reasons": []}
        context.session.add(
            ConflictHitRow(id="1" * 32, check_id=check.id, round=1, subject_key="k", score=98, situation={}, **values)
        )

    case.run(hit)
    for extra, code in (
        ("我方客户远山集团有限公司与您有争议", refusals.NAMES_ANOTHER),
        ("名单筛查未通过", refusals.TELLS_TOO_MUCH),
    ):
        with pytest.raises(FormInvalid) as caught:
            write(case, extra=extra)
        assert code in {error.code for error in caught.value.errors["extra"]}
    write(case, extra="与示例贸易有限公司的争议请尽快另行处理。")  # whom the client named may be named
    assert case.open_tasks() == {"Task_Approve"}


def test_a_text_that_tells_of_another_reason_is_refused(case):
    case.begin("conflict")
    with pytest.raises(FormInvalid) as caught:
        write(case, variant="unsigned")
    assert caught.value.errors["variant"][0].code == refusals.WRONG_VARIANT


def test_the_conflict_index_keeps_the_names(case):
    case.begin()
    write(case)
    case.do("partner1", "Task_Approve", SEND)
    with case.firm.reading() as session:
        hits = conflict_index.search(session, [conflict_index.Query("k", "organisation", {"示例贸易有限公司": "name"})])
    assert [(hit.lead_id, hit.name) for hit in hits] == [(case.lead_id, "示例贸易有限公司")]


def test_a_silent_lawyer_is_reminded_and_then_the_standard_letter_goes_to_the_partner(case):
    case.begin("expectations")
    case.move(days=1, minutes=1)
    assert [mail["to"] for mail in case.mails()] == ["lawyer1@demo.invalid"]
    assert case.open_tasks() == {"Task_Write"}
    case.move(days=1)
    assert case.open_tasks() == {"Task_Approve"}
    case.do("partner1", "Task_Approve", SEND)
    assert ended(case).letter["variant"] == "expectations"


def test_silent_partners_and_a_silent_desk_are_reminded(case):
    case.begin()
    write(case, originals="合同原件")
    case.move(days=1, minutes=1)
    partners = {"partner1@demo.invalid", "partner2@demo.invalid", "director@demo.invalid"}
    assert {mail["to"] for mail in case.mails()} == partners
    case.do("partner1", "Task_Approve", SEND)
    case.move(days=1, minutes=1)
    assert case.mails()[-1]["to"] == "desk@demo.invalid"
    assert case.open_tasks() == {"Task_Deliver"}


def test_the_form_offers_what_the_pack_holds(clock):
    form = json.loads((ROOT / "forms/decline/write.json").read_text(encoding="utf-8"))
    fields = {each.get("key"): each for each in form["components"]}
    variants = get_rule("declines", "variants", clock.now().date()).value
    for key, kind in (("variant", "polite"), ("firm_variant", "firm")):
        offered = [(each["value"], each["label"], each["label_en"]) for each in fields[key]["values"]]
        assert offered == [(each["key"], each["label"], each["label_en"]) for each in variants if each["kind"] == kind]


@pytest.mark.requirement("R12")
def test_whom_a_list_names_reads_a_neutral_letter(case):
    """No tipping-off: whatever the lifecycle asks for, the letter and its form say nothing of a reason."""
    case.begin("illegal", "firm", state="ASSESS")
    case.run(lambda context: assessments.stop(context, case.lead_id))
    case.start("decline", decline_reason="illegal", decline_kind="firm")
    assert case.first_values("Task_Write", "lawyer1")["variant"] == "capacity"
    write(case)
    case.do("partner1", "Task_Approve", SEND)
    text = letter(case)
    assert "难以保证" in text and "违" not in text and "名单" not in text
    assert ended(case).kind == declines.POLITE
