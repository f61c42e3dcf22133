"""Filing through every path."""

from __future__ import annotations

import pytest

from engine.errors import FormInvalid, FourEyes, NotAllowed
from tests.workflows.filing.conftest import ACCEPT, COVER, POINTS, SHELVE, SUBMIT
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.pdf_text import read_text
from workflows.records import documents, matters, people, volume_contents, volumes


@pytest.mark.requirement("R43", "A4")
def test_a_volume_is_collected_submitted_checked_numbered_packed_and_shelved(case):
    case.until_check()
    assert case.incidents() == []
    assert case.open_tasks() == {"Task_Check"}
    assert case.matter_state() == matters.FILED
    case.do("archivist", "Task_Check", ACCEPT)
    assert case.incidents() == []
    assert case.volume().file_no == "J001-YW·MS-2026-Y-0001"
    assert case.matter_state() == matters.ARCHIVED
    case.do("archivist", "Task_Shelve", SHELVE)
    assert case.state() == "completed"
    volume = case.volume()
    assert (volume.state, volume.location, volume.pieces, volume.pages) == (volumes.STORED, "仅电子归档", 2, 10)
    assert (volume.retention, volume.expires_on) == ("永久", None)


def test_the_lawyer_may_go_back_to_collecting(case):
    case.close()
    case.put_essentials()
    case.collect()
    case.do("lawyer1", "Task_Submit", {"decision": "back", "remarks": "缺庭审笔录"})
    assert case.open_tasks() == {"Task_Collect"}
    assert case.volume().remarks == "缺庭审笔录"
    case.put("hearing_record", "庭审笔录", pages=4)
    case.collect()
    assert case.open_tasks() == {"Task_Submit"}
    assert case.volume().pages == 14


@pytest.mark.requirement("R43")
def test_the_archivist_returns_a_volume_with_its_defects_and_partners_and_director_hear_of_it(case):
    case.until_check()
    defect = {"result": "return", "points": [], "defects": [{"line": 1, "problem": "缺少签名"}]}
    with case.firm.reading() as session:
        partners = {person.email for person in people.list_people(session, "partner")}
        directors = {person.email for person in people.list_people(session, "director")}
        lawyer = {people.find_person(session, case.cast["lawyer1"].id).email}
    for returns, addressees in ((1, lawyer), (2, lawyer | partners), (3, lawyer | partners | directors)):
        before = len(case.mails())
        case.do("archivist", "Task_Check", defect)
        assert case.volume().returns == returns
        assert case.matter_state() == matters.CLOSED
        told = [mail["to"] for mail in case.mails()[before:]]
        assert sorted(told) == sorted(addressees)
        case.collect()
        case.do("lawyer1", "Task_Submit", SUBMIT)
    case.do("archivist", "Task_Check", ACCEPT)
    assert case.volume().file_no == "J001-YW·MS-2026-Y-0001"


def test_a_file_changed_behind_the_back_fails_the_automatic_checks(case):
    case.close()
    case.put_essentials()
    case.collect()

    def tamper(context):
        document = documents.list_documents(context.session, case.lead_id, slot="judgment")[0]
        context.session.get(documents.BlobRow, document.sha256).content = b"%PDF-1.7 something else"

    case.run(tamper)
    case.do("lawyer1", "Task_Submit", SUBMIT)
    assert case.open_tasks() == {"Task_Mend"}
    assert case.volume().state == volumes.RETURNED


@pytest.mark.requirement("R43")
@pytest.mark.parametrize("slot", ["judgment", "closing_summary"])
def test_what_nothing_excuses_is_asked_for_at_its_row(case, slot):
    case.close()
    other = {"judgment": "closing_summary", "closing_summary": "judgment"}[slot]
    case.put(other, "另一份")
    rows = case.first_values("Task_Collect", "lawyer1")["absences"]
    index = next(number for number, row in enumerate(rows) if row["slot"] == slot)
    with pytest.raises(FormInvalid) as caught:
        case.collect()
    assert set(caught.value.errors) == {f"absences.{index}.reason"}
    assert case.open_tasks() == {"Task_Collect"}


def test_a_missing_argument_with_a_reason_is_accepted_and_without_one_is_not(case):
    case.close()
    case.put_essentials()
    with pytest.raises(FormInvalid) as caught:
        case.collect(reason="")
    assert all(path.endswith(".reason") for path in caught.value.errors)
    case.collect(reason="调解结案，未提交代理词")
    with case.firm.reading() as session:
        states = {state.slot.key: state for state in volume_contents.slot_view(session, case.volume_id)}
    assert states["argument"].excused == "调解结案，未提交代理词"
    assert not states["argument"].is_missing


def test_who_made_the_volume_does_not_check_it(case):
    case.until_check()
    with pytest.raises((FourEyes, NotAllowed)):
        case.do("lawyer1", "Task_Check", ACCEPT)


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"points": POINTS[:-1], "result": "accept"}, "points"),
        ({"points": POINTS, "result": "return"}, "defects"),
        ({"points": [], "result": "return", "defects": [{"line": 99, "problem": "缺页"}]}, "defects.0.line"),
    ],
)
def test_a_check_that_is_not_whole_comes_back_at_its_field(case, values, path):
    case.until_check()
    with pytest.raises(FormInvalid) as caught:
        case.do("archivist", "Task_Check", values)
    assert set(caught.value.errors) == {path}
    assert case.volume().file_no is None


def test_a_paper_volume_needs_its_place(case):
    case.until_check()
    case.do("archivist", "Task_Check", ACCEPT)
    with pytest.raises(FormInvalid) as caught:
        case.do("archivist", "Task_Shelve", {"keeping": "shelf"})
    assert set(caught.value.errors) == {"room", "rack", "box"}
    case.do("archivist", "Task_Shelve", {"keeping": "shelf", "room": "一", "rack": "A3", "box": "12"})
    assert case.volume().location == "库房一 架A3 盒12"


def test_filing_does_not_wait_for_the_survey_and_says_so_on_the_remarks_sheet(case):
    case.close()
    case.put_essentials()
    rows = {row["slot"]: row for row in case.first_values("Task_Collect", "lawyer1")["absences"]}
    assert rows["survey"]["none"] and "补充件" in rows["survey"]["reason"]
    assert not rows["argument"]["none"]
    absences = [{**row, "none": True, "reason": row["reason"] or "本案没有"} for row in rows.values()]
    case.do("lawyer1", "Task_Collect", {**COVER, "absences": absences})
    case.do("lawyer1", "Task_Submit", SUBMIT)
    case.do("archivist", "Task_Check", ACCEPT)

    def card_comes(context):
        documents.add_document(
            context, lead_id=case.lead_id, kind="quality_card", title="办案服务质量监督卡", slot="survey",
            media_type=documents.PDF, content=make_pdf(1, "卡"),
        )  # fmt: skip

    case.run(card_comes)
    with case.firm.reading() as session:
        assert [each.title for each in volume_contents.list_late(session, case.volume_id)] == ["办案服务质量监督卡"]
        absences = volume_contents.facts(session, case.lead_id)["absences"]
    assert "办案服务质量监督卡（满意度调查）" in {row["slot"] for row in absences}


def test_what_comes_in_after_the_catalogue_sends_the_lawyer_back_once(case):
    case.close()
    case.put_essentials()
    case.collect()
    case.put("hearing_record", "庭审笔录")
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_Submit", SUBMIT)
    assert set(caught.value.errors) == {"decision"}
    case.do("lawyer1", "Task_Submit", {"decision": "back", "remarks": ""})
    case.collect()
    case.do("lawyer1", "Task_Submit", SUBMIT)
    assert case.open_tasks() == {"Task_Check"}


@pytest.mark.requirement("A10")
def test_defects_that_nobody_mends_in_time_are_told_to_the_partners(case):
    case.until_check()
    case.do("archivist", "Task_Check", {"result": "return", "points": [], "defects": [{"line": 1, "problem": "缺少签名"}]})
    assert case.open_tasks() == {"Task_Mend"}
    before = len(case.mails())
    case.move(days=10)
    told = {mail["to"] for mail in case.mails()[before:] if mail["subject"].startswith("逾期补正")}
    assert "lawyer1@demo.invalid" in told and len(told) > 1


DISPUTE = {"points": [], "result": "dispute", "objection": "涉及商业秘密，应当定为秘密、长期保管。"}
OPINION = {"period": "C", "level": "secret", "reason": "同意档案管理员意见"}


@pytest.mark.requirement("A13")
@pytest.mark.requirement("A20")
def test_a_dispute_is_decided_by_partner_and_compliance_and_stands_on_the_cover(case):
    case.until_check()
    with pytest.raises(FormInvalid) as caught:
        case.do("archivist", "Task_Check", {**DISPUTE, "objection": ""})
    assert set(caught.value.errors) == {"objection"}
    case.do("archivist", "Task_Check", DISPUTE)
    assert case.volume().returns == 0  # nothing was returned
    assert case.first_values("Task_Partner", "partner1")["objection"] == DISPUTE["objection"]
    case.do("partner1", "Task_Partner", OPINION)
    case.do("compliance", "Task_Compliance", {"verdict": "agree"})
    assert case.open_tasks() == {"Task_Submit"}
    volume = case.volume()
    assert (volume.retention_code, volume.cover["level"]) == ("C", "secret")
    assert "同意档案管理员意见" in volume.retention_reason
    case.do("lawyer1", "Task_Submit", SUBMIT)
    case.do("archivist", "Task_Check", ACCEPT)
    assert case.volume().file_no.startswith("J001-YW·MS-2026-C-")


def test_a_dispute_that_compliance_sees_otherwise_goes_to_the_director(case):
    case.until_check()
    case.do("archivist", "Task_Check", DISPUTE)
    case.do("partner1", "Task_Partner", OPINION)
    case.do("compliance", "Task_Compliance", {"verdict": "disagree", "reason": "应当永久"})
    case.do("director", "Task_Director", {**OPINION, "period": "Y", "level": "internal"})
    assert case.open_tasks() == {"Task_Submit"}
    assert (case.volume().retention_code, case.volume().cover["level"]) == ("Y", "internal")


@pytest.mark.requirement("A10")
def test_both_names_stand_on_the_hand_over_receipt_in_the_package(case):
    case.until_check()
    case.do("archivist", "Task_Check", ACCEPT)
    with case.firm.reading() as session:
        (receipt,) = documents.list_documents(session, case.lead_id, slot="receipt")
        content = documents.read_content(session, receipt.id)
    words = read_text(content)
    assert "档案交接单" in words and case.volume().submitted_by_name in words and case.volume().accepted_by_name in words
