"""Supplements and corrections of an archived volume: asked, approved, appended beside what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import FormInvalid, NotAllowed, StateRefused
from tests.workflows.filing.conftest import ACCEPT, SHELVE
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.pdf_text import read_text
from workflows.records import documents, package_parts, volume_supplements, volumes


@pytest.fixture
def archived(case):
    case.until_check()
    case.do("archivist", "Task_Check", ACCEPT)
    case.do("archivist", "Task_Shelve", SHELVE)
    assert case.incidents() == []
    return case


def bring(case, title="生效证明书", pages=2):
    """A file that somebody chose in the form."""

    def add(context):
        return documents.add_document(
            context, lead_id=case.lead_id, kind="upload", title=title, media_type=documents.PDF, content=make_pdf(pages, title)
        ).id

    return case.run(add, "lawyer1")


def ask(case, **values):
    case.start("volume_supplement", matter_id=case.matter["matter_id"], starter_id=case.cast["lawyer1"].id)
    given = {"kind": "supplement", "reason": "判决生效证明归档后取得", "files": [bring(case)], **values}
    case.do("lawyer1", "Task_Ask", given)


@pytest.mark.requirement("A24")
def test_a_supplement_is_appended_with_its_own_pages_a_line_a_note_and_a_link_of_the_chain(archived):
    before = archived.volume()
    ask(archived)
    archived.do("partner1", "Task_Approve", {"decision": "approve"})
    archived.do("archivist", "Task_Append", {"checked": True})
    assert archived.incidents() == [] and archived.state() == "completed"
    with archived.firm.reading() as session:
        parts = package_parts.list_parts(session, archived.volume_id)
        sheet = documents.list_documents(session, archived.lead_id, slot="catalogue")[-1]
        words = read_text(documents.read_content(session, sheet.id))
        remarks = read_text(documents.read_content(session, documents.list_documents(session, archived.lead_id, slot="remarks")[-1].id))
    assert [part.number for part in parts] == [0, 1]
    assert parts[1].previous == parts[0].sha256 == before.package_sha256
    assert "补1" in words and "生效证明书" in words and "补1-1–2" in words
    assert "判决生效证明归档后取得" in remarks and "郑书卷" in remarks
    after = archived.volume()
    assert (after.pieces, after.pages, after.package_sha256) == (before.pieces, before.pages, before.package_sha256)
    assert after.remarks.startswith(before.remarks) and "补充第1号" in after.remarks
    folder = Path(archived.firm.tools["data_dir"])
    assert list(folder.rglob("*生效证明书.pdf"))


@pytest.mark.requirement("A24")
def test_a_correction_says_what_it_corrects_and_leaves_the_original(archived):
    ask(archived, kind="correction", corrects="目录第1行：判决书第3页漏扫", reason="补扫第3页")
    archived.do("partner1", "Task_Approve", {"decision": "approve"})
    archived.do("archivist", "Task_Append", {"checked": True})
    with archived.firm.reading() as session:
        (entry,) = volume_supplements.list_supplements(session, archived.volume_id)
        judgment = documents.list_documents(session, archived.lead_id, slot="judgment")
    assert (entry.kind, entry.number, entry.state) == ("correction", 1, "APPENDED")
    assert [document.superseded_by for document in judgment] == [None]
    assert "漏扫" in archived.volume().remarks


def test_a_refused_request_adds_nothing(archived):
    ask(archived)
    archived.do("partner1", "Task_Approve", {"decision": "refuse", "opinion": "与本案无关"})
    assert archived.state() == "completed"
    with archived.firm.reading() as session:
        assert len(package_parts.list_parts(session, archived.volume_id)) == 1
    assert any(mail["subject"] == "不予补充归档" for mail in archived.mails())


def test_nothing_goes_in_without_a_partner_nor_before_the_volume_is_archived(case):
    case.until_check()
    with pytest.raises(FormInvalid):
        ask(case)
    case.instance_id = case.filing_id
    case.do("archivist", "Task_Check", ACCEPT)
    document = bring(case)
    given = {"kind": "supplement", "reason": "补充", "corrects": "", "document_ids": [document]}
    entry = case.run(lambda context: volume_supplements.ask(context, case.volume_id, **given), "lawyer1")
    with pytest.raises(StateRefused):
        case.run(lambda context: volume_supplements.enter(context, entry.id, archivist="某"), "archivist")
    with pytest.raises(StateRefused):
        case.run(lambda context: volume_supplements.judge(context, entry.id, approved=True), "lawyer1")
    assert case.volume().state == volumes.PACKED


def test_who_asked_does_not_approve(archived):
    ask(archived)
    with pytest.raises((NotAllowed, StateRefused)):
        archived.do("lawyer1", "Task_Approve", {"decision": "approve"})
