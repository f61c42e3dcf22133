"""The bound volume: numbers on the pages, bookmarks, parts, pictures as pages, PDF/A, and files that cannot be bound."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from tests.workflows.filing.conftest import ACCEPT
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.filing.pictures import make_png
from workflows.records import bound_pages, document_access, documents, text_layers, volume_books, volume_contents
from workflows.records.pdf_binding import Binder
from workflows.records.volume_contents import Piece

AT = datetime(2026, 11, 25, tzinfo=UTC)


def locked():
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make_pdf(2, "密"))))
    writer.encrypt("secret")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def books(case):
    with case.firm.reading() as session:
        found = volume_books.list_books(session, case.volume())
        return [(each, PdfReader(io.BytesIO(documents.read_content(session, each.id)))) for each in found]


@pytest.mark.requirement("A7")
def test_pages_bear_their_numbers_and_the_sheets_none(case):
    case.until_check()
    ((book, reader),) = books(case)
    words = [page.extract_text() for page in reader.pages]
    first = next(index for index, text in enumerate(words) if text.strip() == "1")
    assert [text.strip() for text in words[first : first + 10]] == [str(number) for number in range(1, 11)]
    assert "律师业务档案" in "".join(words[0].split())
    assert [entry["/Title"] for entry in reader.outline] == ["律师业务档案", "卷内目录", "1 民事判决书", "2 办案小结", "备考表"]
    assert book.title == "案卷合订本（全1册）"


@pytest.mark.requirement("A8")
@pytest.mark.requirement("A10")
def test_the_final_volume_bears_the_stamp_and_the_number_and_lies_in_the_package(case):
    case.until_check()
    case.do("archivist", "Task_Check", ACCEPT)
    ((_book, reader),) = books(case)
    cover = "".join(reader.pages[0].extract_text().split())
    assert "归档" in cover and case.volume().file_no in cover
    assert list(Path(case.firm.tools["data_dir"]).rglob("volume-01.pdf"))


def piece(number, start, end):
    return Piece(number, "d", "evidence", "7", "t", "", "", AT.date(), start, end, "electronic", "", "0" * 64)


@pytest.mark.requirement("A7")
def test_over_two_hundred_pages_the_volume_is_cut_between_documents():
    pieces = [piece(1, 1, 120), piece(2, 121, 190), piece(3, 191, 230), piece(4, 231, 500)]
    assert [[each.number for each in part] for part in volume_books.split(pieces, 200)] == [[1, 2], [3], [4]]
    assert volume_books.split([], 200) == [[]]
    assert volume_books.part_name(2, 3) == "第2册 共3册"


def test_a_large_volume_becomes_parts_with_a_cover_each(case):
    case.close()
    case.put_essentials()
    for number in range(2):
        case.put("evidence", f"证据{number}", pages=110)
    case.collect()
    found = books(case)
    assert [each.title for each, _ in found] == ["案卷合订本（第1册 共2册）", "案卷合订本（第2册 共2册）"]
    assert all("律师业务档案" in "".join(reader.pages[0].extract_text().split()) for _, reader in found)
    ends = [reader.outline[-1]["/Title"] for _, reader in found]
    assert ends == ["1 证据0", "备考表"] or ends[0] != "备考表" == ends[1]


@pytest.mark.requirement("A21")
def test_what_is_all_pdfa_says_so_and_what_is_not_does_not(tmp_path):
    good = bound_pages.set_pages("一".encode(), documents.TEXT, title="甲", name="", fonts=None, at=AT).content
    for contents, claims in (([good, good], True), ([good, make_pdf(1)], False)):
        binder = Binder(None, AT)
        for content in contents:
            binder.add(content, "件", ["1"])
        bound = binder.write(tmp_path / "book.pdf", "卷")
        root = PdfReader(tmp_path / "book.pdf").root_object
        assert bound.is_pdfa == claims
        assert (b"pdfaid:part" in root["/Metadata"].get_data()) == claims
        assert "/OutputIntents" in root
    assert bound.not_pdfa == ["件"]


def test_pictures_and_texts_become_pages():
    for content, media_type in ((make_png(620, 877), documents.PNG), ("第一行\n第二行".encode(), documents.TEXT)):
        pages = bound_pages.set_pages(content, media_type, title="照片", name="", fonts=None)
        assert len(PdfReader(io.BytesIO(pages.content)).pages) == 1 and not pages.problem
    assert text_layers.is_scan(bound_pages.set_pages(make_png(62, 87), documents.PNG, title="", name="", fonts=None).content)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(locked(), documents.PDF), (b"%PDF-1.7 broken", documents.PDF), (b"\x89PNG\r\n\x1a\n", documents.PNG), (b"PK\x03\x04", documents.WORD)],
    ids=["locked", "broken", "picture", "word"],
)
def test_what_cannot_be_a_page_has_a_sheet_that_says_so(content, media_type):
    pages = bound_pages.set_pages(content, media_type, title="某件", name="某件.bin", fonts=None, at=AT)
    assert pages.problem and "归档包" in pages.problem
    assert len(PdfReader(io.BytesIO(pages.content)).pages) == 1


def test_a_broken_file_does_not_stop_the_others(case):
    case.close()
    case.put_essentials()

    def add(context):
        documents.add_document(
            context, lead_id=case.lead_id, kind="scan", title="损坏件", slot="evidence", media_type=documents.PDF, content=b"%PDF-1.4 x"
        )

    case.run(add)
    case.collect()
    ((_book, reader),) = books(case)
    text = "".join("".join(page.extract_text().split()) for page in reader.pages)
    assert "无法打开" in text and "民事判决书" in text
    assert case.incidents() == []


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("空.pdf", b"", documents.FileEmpty),
        ("锁.pdf", locked(), documents.FileLocked),
        ("坏.pdf", b"%PDF-1.7 broken", documents.FileLocked),
        ("假.pdf", b"MZ not a pdf", documents.FileMismatch),
        ("程序.exe", b"MZ", documents.FileTypeRefused),
        ("../../etc/passwd", b"x", documents.FileTypeRefused),
    ],
)
def test_bad_files_are_refused_by_name_and_nothing_else_is_lost(case, name, content, refusal):
    kept = case.put("evidence", "证据一")
    with pytest.raises(refusal, match=Path(name).name):
        case.put("evidence", "x", name=name, content=content)
    with case.firm.reading() as session:
        assert [each.id for each in documents.list_documents(session, case.lead_id, slot="evidence")] == [kept]


def test_a_name_with_a_path_stays_a_name(case):
    document_id = case.put("evidence", "x", name="../../../tmp/证据.pdf", content=make_pdf(1, "路径"))
    with case.firm.reading() as session:
        document = documents.get_document(session, document_id)
    assert (document.title, document.file_name) == ("证据", "证据.pdf")


def test_the_same_file_twice_is_said_and_stays_once(case):
    case.put("evidence", "证据一", content=make_pdf(2, "同一份"))
    with pytest.raises(volume_contents.FileTwice, match="调查材料"):
        case.put("pleadings", "又一次", content=make_pdf(2, "同一份"))


@pytest.mark.requirement("A20")
def test_a_bound_volume_is_closed_to_whom_one_of_its_documents_is_closed(case):
    case.close()
    case.put_essentials()

    def card(context):
        documents.add_document(
            context, lead_id=case.lead_id, kind="quality_card", title="质量监督卡", slot="survey", media_type=documents.PDF,
            content=make_pdf(1, "卡"), source="letter",
        )  # fmt: skip

    case.run(card)
    case.collect()
    ((book, _reader),) = books(case)
    with case.firm.reading() as session:
        assert not document_access.may_read(session, book, case.cast["lawyer1"])
        assert document_access.may_read(session, book, case.cast["partner1"])
        assert volume_books.read_notes(session, case.volume_id, 1)["problems"] == []
