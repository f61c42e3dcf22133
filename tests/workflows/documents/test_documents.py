"""Documents: bytes by their digest, tampering found, sealed and signed copies that supersede."""

from __future__ import annotations

import asyncio
import base64
import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pypdf import PdfReader

from engine.errors import NotFound
from tests.conftest import START
from tests.workflows.casework import Case
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.small_firm import open_small_firm
from workflows.handlers import render_letter, seal_document, sign_document
from workflows.records import documents, letters, seals, signature_pages


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 6, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0" + b"\0\0\0\xff" * 2))
    + chunk(b"IEND", b"")
)
DRAWN = "data:image/png;base64," + base64.b64encode(PNG).decode()


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path)
    made = Case(engine)
    made.register()
    yield made
    engine.database.dispose()


def add(case, content=b"x", **more):
    values = {"lead_id": case.lead_id, "kind": "note", "title": "材料", "media_type": documents.TEXT, "content": content}
    return case.run(lambda context: documents.add_document(context, **{**values, **more}), "lawyer1")


def read(case, document_id):
    with case.firm.reading() as session:
        return documents.read_content(session, document_id)


def effect(case, module, **parameters):
    """An effect's three steps, as the outbox takes them."""
    (made,) = module.HANDLERS
    payload = case.run(lambda context: made.prepare(context, **parameters), "lawyer1")
    result = made.perform(payload, case.firm.tools)
    return case.run(lambda context: dict(made.finish(context, payload, result)), "lawyer1")


def test_the_same_bytes_are_kept_once(case):
    first, second = add(case, b"same"), add(case, b"same", title="另一份")
    assert first.id != second.id and first.sha256 == second.sha256
    assert read(case, second.id) == b"same"


def test_changed_bytes_are_found(case):
    document = add(case, b"original")

    def tamper(context):
        context.session.get(documents.BlobRow, document.sha256).content = b"0riginal"

    case.run(tamper)
    with pytest.raises(documents.DocumentDamaged):
        read(case, document.id)


def test_a_document_that_does_not_exist(case):
    with pytest.raises(NotFound):
        read(case, "0" * 32)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("run.exe", b"MZ", documents.FileTypeRefused),
        ("none", b"x", documents.FileTypeRefused),
        ("a.pdf", b"", documents.FileEmpty),
        ("a.pdf", b"<html>", documents.FileMismatch),
        ("a.pdf", b"%PDF-1.7 broken", documents.FileLocked),
        ("a.png", b"%PDF-", documents.FileMismatch),
        ("a.txt", b"x" * (documents.MAX_UPLOAD + 1), documents.FileTooLarge),
    ],
)
def test_files_that_are_not_what_they_say_are_refused(name, content, error):
    with pytest.raises(error):
        documents.check_file(name, content)


def test_files_that_are_taken():
    assert documents.check_file("判决书.PDF", make_pdf()) == documents.PDF
    assert documents.check_file("a.jpeg", b"\xff\xd8\xff\xe0") == documents.JPEG


def test_a_title_becomes_a_file_name_for_every_system(case):
    assert add(case, title='a/b:c*"d"?\n').file_name == "a_b_c__d___.txt"


def test_a_letter_is_stored_as_pdf_and_word_with_its_version_and_digest(case):
    made = effect(case, render_letter, template="letter_of_test", lead_id=case.lead_id)
    with case.firm.reading() as session:
        pdf = documents.get_document(session, made["letter_of_test_pdf_id"])
        word = documents.get_document(session, made["letter_of_test_docx_id"])
    assert (pdf.slot, word.slot) == ("engagement", None)
    assert (pdf.template_version, len(pdf.data_digest)) == ("3", 64)
    assert pdf.data_digest == word.data_digest


def test_a_newer_letter_supersedes_the_one_before(case):
    first = effect(case, render_letter, template="letter_of_test", lead_id=case.lead_id)["letter_of_test_pdf_id"]
    second = effect(case, render_letter, template="letter_of_test", lead_id=case.lead_id)["letter_of_test_pdf_id"]
    with case.firm.reading() as session:
        assert [each.id for each in documents.list_documents(session, case.lead_id, slot="engagement")] == [second]
        assert documents.get_document(session, first).superseded_by == second


@pytest.fixture(autouse=True)
def own_letter(tmp_path, monkeypatch):
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "letter_of_test.yaml").write_text(
        'title: 测试函\ntitle_en: Test\nversion: "3"\nkind: letter\nslot: engagement\n'
        'blocks:\n  - paragraph: "致{{ client.name }}"\n'
        '  - signature: {parties: [{role: 乙方, name: "{{ firm.name }}"}]}\n',
        encoding="utf-8",
    )
    compose = letters.compose
    monkeypatch.setattr(letters, "compose", lambda name, facts: compose(name, facts, folder))


def signature(mark):
    return {
        "role": "甲方", "name": "张三", "signature": mark, "signed_at": "2026-11-24T01:00:00+00:00",
        "address": "192.0.2.7", "document_sha256": "ab" * 32,
    }  # fmt: skip


def test_signed_then_sealed_keeps_pdf_a_and_the_seal_verifies(case):
    pdf_id = effect(case, render_letter, template="letter_of_test", lead_id=case.lead_id)["letter_of_test_pdf_id"]
    pages = len(PdfReader(io.BytesIO(read(case, pdf_id))).pages)
    signed = effect(case, sign_document, document_id=pdf_id, signatures=[signature(DRAWN), signature("张三")])
    sealed_id = effect(case, seal_document, document_id=signed["signed_document_id"])["sealed_document_id"]
    reader = PdfReader(io.BytesIO(read(case, sealed_id)))
    assert len(reader.pages) == pages + 1
    page = reader.pages[-1].extract_text().replace("\n", "").replace(" ", "")
    assert "192.0.2.7" in page and "ab" * 32 in page and "张三" in page
    root = reader.trailer["/Root"]
    assert "pdfaid" in root["/Metadata"].get_object().get_data().decode()
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert set(reader.get_fields()) == {"FirmSeal1"}
    with case.firm.reading() as session:
        current = documents.list_documents(session, case.lead_id, slot="engagement")
    assert [(each.id, each.source) for each in current] == [(sealed_id, "seal")]


def check_seal(content):
    # pyHanko runs an event loop; a browser test of this process may hold one in the main thread.
    with ThreadPoolExecutor(1) as own_thread:
        signed = PdfFileReader(io.BytesIO(content)).embedded_signatures[0]
        return own_thread.submit(validate_pdf_signature, signed).result()


def test_a_pdf_is_sealed_also_where_an_event_loop_runs(case, tmp_path):
    pdf_id = effect(case, render_letter, template="letter_of_test", lead_id=case.lead_id)["letter_of_test_pdf_id"]
    plain = read(case, pdf_id)

    async def seal():
        return seals.seal_pdf(plain, title="测试函", at=START.astimezone(UTC), data_dir=tmp_path, fonts=None)

    with ThreadPoolExecutor(1) as own_thread:  # the main thread may hold a browser test's loop already
        assert check_seal(own_thread.submit(asyncio.run, seal()).result()).intact


def test_a_sealed_pdf_shows_when_it_was_changed(case):
    pdf_id = effect(case, render_letter, template="letter_of_test", lead_id=case.lead_id)["letter_of_test_pdf_id"]
    content = read(case, effect(case, seal_document, document_id=pdf_id)["sealed_document_id"])
    assert check_seal(content).intact
    at = content.index(b"/MediaBox") + 20
    changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    assert not check_seal(changed).intact


def test_the_key_of_the_seal_is_its_owner_s_alone(case, tmp_path):
    pdf_id = effect(case, render_letter, template="letter_of_test", lead_id=case.lead_id)["letter_of_test_pdf_id"]
    effect(case, seal_document, document_id=pdf_id)
    assert (tmp_path / "seal" / "firm.key").stat().st_mode & 0o077 == 0


def test_no_page_is_added_to_a_sealed_pdf(case):
    pdf_id = effect(case, render_letter, template="letter_of_test", lead_id=case.lead_id)["letter_of_test_pdf_id"]
    sealed_id = effect(case, seal_document, document_id=pdf_id)["sealed_document_id"]
    with pytest.raises(signature_pages.SealedAlready):
        effect(case, sign_document, document_id=sealed_id, signatures=[signature("张三")])


def test_only_a_pdf_is_sealed(case):
    document = add(case)
    with pytest.raises(seals.SealRefused):
        effect(case, seal_document, document_id=document.id)


@pytest.mark.parametrize("mark", ["", "  ", "data:image/png;base64,@@", "data:image/svg+xml;base64,PHN2Zz4="])
def test_a_signature_that_is_none_is_refused(mark):
    with pytest.raises(signature_pages.SignatureRefused):
        signature_pages.read_drawing(mark)
