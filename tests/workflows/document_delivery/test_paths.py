"""Documents for the client through every path of the diagram (R32)."""

from __future__ import annotations

import pytest

from engine import RunOperation
from engine.errors import FormInvalid, FourEyes, StateRefused
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.pdf_text import read_text
from workflows.records import deliveries, documents

PROPOSE = {"handling": "PROVIDE", "reason": "客户核对合同条款所需"}
DECLINE = {"client_text": "该部分材料依法不宜提供，请您谅解。", "alternative": "可到所由律师当面说明要点。"}


def newest(case):
    with case.firm.reading() as session:
        return deliveries.list_deliveries(session, case.lead_id)[0]


def classify(case, *traits):
    case.begin("document_delivery")
    case.do("lawyer1", "Task_Classify", {"request": "客户索取买卖合同", "documents": [case.paper], "traits": list(traits)})
    assert case.incidents() == []


@pytest.mark.requirement("R32")
def test_what_is_free_goes_out_stamped_and_numbered_with_a_list_that_is_filed(case):
    classify(case)
    assert case.state() == "completed"
    found = newest(case)
    assert (found.disclosure, found.state, found.copies[0]["pages"]) == ("FREE", "DELIVERED", 2)
    copy = read_text(case.read(found.copies[0]["document_id"]))
    for said in ("复印件仅供客户使用", "张三", "第1页，共2页", "第2页，共2页"):
        assert said in copy
    with case.firm.reading() as session:
        original = documents.get_document(session, case.paper)
    assert original.superseded_by is None
    assert case.read(case.paper) == make_pdf(2)
    (paper,) = case.papers("delivery_list")
    assert (paper.id, paper.slot) == (found.list_document_id, "communications")
    text = read_text(case.read(paper.id))
    assert "买卖合同" in text and "复印件" in text
    mail = case.mails()[-1]
    assert (mail["to"], mail["attachments"]) == ("zhang@example.invalid", [found.copies[0]["document_id"], paper.id])
    assert case.log()[-1].document_ids == tuple(mail["attachments"])


@pytest.mark.parametrize(
    ("traits", "disclosure"),
    [
        ([], "FREE"), (["state_secret"], "NEVER"), (["walled"], "NEVER"), (["criminal_file"], "VIEW_ONLY"), (["sealed"], "VIEW_ONLY"),
        (["private"], "MASK"), (["third_party"], "MASK"), (["work_product"], "REVIEW"), (["work_product", "private"], "MASK"),
        (["private", "state_secret"], "NEVER"),
    ],
)  # fmt: skip
@pytest.mark.requirement("R32")
def test_the_table_says_how_far_a_document_may_be_disclosed(case, traits, disclosure):
    classify(case, *traits)
    assert newest(case).disclosure == disclosure
    expected = {"FREE": set(), "NEVER": {"Task_Decline"}}.get(disclosure, {"Task_Propose"})
    assert case.open_tasks() == expected


@pytest.mark.requirement("R32")
def test_two_people_decide_what_is_restricted(case):
    classify(case, "work_product")
    case.do("lawyer1", "Task_Propose", PROPOSE)
    case.cast["both"] = type(case.cast["lawyer1"])(case.cast["lawyer1"].id, "李明轩", frozenset({"lawyer", "compliance"}))
    with pytest.raises(FourEyes):
        case.do("both", "Task_Decide", {**PROPOSE, "reason": "同意提供"})
    assert case.first_values("Task_Decide", "compliance")["disclosure_name"] == "须审查"
    case.do("compliance", "Task_Decide", {"handling": "PROVIDE", "reason": "不涉及内部意见"})
    assert (newest(case).state, case.incidents()) == ("DELIVERED", [])


def test_a_masked_copy_goes_out_instead(case):
    classify(case, "private")
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Propose", PROPOSE)  # may not go out whole
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Propose", {**PROPOSE, "handling": "MASK"})

    def add(context):
        given = {"kind": "upload", "title": "买卖合同（遮盖）", "media_type": documents.PDF, "content": make_pdf(3, "masked")}
        return documents.add_document(context, lead_id=case.lead_id, **given).id

    masked = case.run(add, "lawyer1")
    case.do("lawyer1", "Task_Propose", {**PROPOSE, "handling": "MASK", "masked": [masked], "mask_ranges": "第2页身份证号"})
    with pytest.raises(FormInvalid):
        case.do("compliance", "Task_Decide", {"handling": "PROVIDE", "reason": "直接提供"})
    case.do("compliance", "Task_Decide", {"handling": "MASK", "reason": "遮盖充分"})
    assert (newest(case).copies[0]["pages"], newest(case).copies[0]["title"]) == (3, "买卖合同（遮盖）")


def test_a_mask_decided_without_a_masked_copy_is_refused(case):
    classify(case, "private")
    case.do("lawyer1", "Task_Propose", {"handling": "NOT", "reason": "隐私过多"})
    with pytest.raises(FormInvalid):
        case.do("compliance", "Task_Decide", {"handling": "MASK", "reason": "遮盖即可"})


@pytest.mark.requirement("R32")
def test_what_may_only_be_read_is_read_here(case):
    classify(case, "criminal_file")
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Propose", {**PROPOSE, "handling": "VIEW"})
    case.do("lawyer1", "Task_Propose", {**PROPOSE, "handling": "VIEW", "place": "11月26日下午三点，第一会议室"})
    case.do("compliance", "Task_Decide", {"handling": "VIEW", "reason": "律师在场核实"})
    assert case.first_values("Task_View", "lawyer1")["planned"].endswith("第一会议室")
    case.do("lawyer1", "Task_View", {"viewed_at": "2026-11-26T15:00", "place": "第一会议室"})
    assert (newest(case).state, newest(case).copies, case.incidents()) == ("VIEWED", [], [])
    assert "到所阅览" in read_text(case.read(case.papers("delivery_list")[0].id))
    assert case.papers("client_copy") == []


@pytest.mark.requirement("R32")
@pytest.mark.parametrize("trait", ["state_secret", "work_product"])
def test_a_refusal_is_polite_and_gives_no_secret_away(case, trait):
    classify(case, trait)
    if trait == "work_product":
        case.do("lawyer1", "Task_Propose", {"handling": "NOT", "reason": "内部讨论意见"})
        case.do("compliance", "Task_Decide", {"handling": "NOT", "reason": "内部讨论意见"})
    assert case.first_values("Task_Decline", "lawyer1")["disclosure_reason"]
    case.do("lawyer1", "Task_Decline", DECLINE)
    assert (newest(case).state, case.incidents()) == ("DECLINED", [])
    assert "请您谅解" in case.mails()[-1]["body"]
    assert "国家秘密" not in case.mails()[-1]["body"]
    assert len(case.mails()[-1]["attachments"]) == 1


def test_only_papers_of_this_case_are_given(case):
    case.begin("document_delivery")
    for given in ({"documents": []}, {"documents": ["0" * 32]}):
        with pytest.raises(FormInvalid):
            case.do("lawyer1", "Task_Classify", {"request": "客户索取", "traits": [], **given})


def test_late_documents_are_reminded_and_reported(case):
    case.begin("document_delivery")
    case.move(days=2, minutes=1)
    assert case.mails()[-1]["to"] == "lawyer1@demo.invalid"
    case.move(days=1)
    assert case.mails()[-1]["subject"] == "材料逾期未提供给客户"


def test_without_email_the_desk_posts_them(case):
    case.forget_email()
    classify(case)
    assert "打印并寄送" in case.mails()[-1]["body"]
    assert case.log()[-1].channel == "letter"


def upload(case, slot, author=""):
    given = {"volume_id": case.volume_id, "slot": slot, "name": "文书.pdf", "content": make_pdf(1, slot + author), "author": author}
    case.firm.run(RunOperation("volumes.upload", given), case.cast["lawyer1"])
    case.settle()


@pytest.mark.requirement("R32")
@pytest.mark.parametrize(
    ("slot", "author", "pushed"),
    [("judgment", "", True), ("hearing_notice", "示范市人民法院", True), ("pleadings", "被告示例公司", True), ("argument", "", False)],
)
def test_what_a_court_or_the_other_side_sent_goes_to_the_client_unasked(case, slot, author, pushed):
    upload(case, slot, author)
    if not pushed:
        with case.firm.reading() as session:
            assert deliveries.list_deliveries(session, case.lead_id) == []
        return
    case.follow("document_request")
    first = case.first_values("Task_Classify", "lawyer1")
    assert (len(first["documents"]), "文书" in first["request"]) == (1, True)
    case.do("lawyer1", "Task_Classify", {"request": first["request"], "documents": first["documents"], "traits": []})
    assert (newest(case).origin, newest(case).state) == ("push", "DELIVERED")


def test_work_product_and_criminal_files_are_ticked_beforehand(case):
    case.begin_matter(matter_type="criminal")
    upload(case, "file_reading", "示范市人民检察院")
    case.follow("document_request")
    assert case.first_values("Task_Classify", "lawyer1")["traits"] == ["work_product", "criminal_file"]


def test_the_record_gives_nothing_that_nobody_allowed(case):
    def go_round(context):
        for disclosure in ("REVIEW", "MASK", "VIEW_ONLY", "NEVER"):
            made = deliveries.open_delivery(
                context, lead_id=case.lead_id, matter_id=case.matter_id, origin="hand", request="", document_ids=[case.paper], traits={}
            )
            for action in (
                lambda made=made: deliveries.list_to_copy(context.session, made.id),
                lambda made=made: deliveries.close_delivery(context, made.id, "DELIVERED"),
            ):
                with pytest.raises(StateRefused):
                    action()
            deliveries.set_disclosure(context, made.id, disclosure)
            with pytest.raises(StateRefused):
                deliveries.close_delivery(context, made.id, "DELIVERED")
            handling = "PROVIDE" if disclosure == "REVIEW" else "NOT"
            deliveries.propose(context, made.id, {"handling": handling, "reason": "x"})
            with pytest.raises(StateRefused):  # the same person does not decide
                deliveries.decide(context, made.id, handling=handling, reason="x")
            if disclosure != "REVIEW":
                with pytest.raises(StateRefused):
                    deliveries.propose(context, made.id, {"handling": "PROVIDE", "reason": "x"})

    case.run(go_round, "lawyer1")
