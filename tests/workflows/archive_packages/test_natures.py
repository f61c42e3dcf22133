"""Each check of the four natures passes a sound volume and fails the sample that it is for."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest
from pypdf import PdfWriter
from pypdf.actions import JavaScript

from tests.workflows.filing.pdfs import make_pdf
from workflows.records import file_formats, four_nature_checks
from workflows.records.file_formats import FileFacts, examine
from workflows.records.nature_subjects import Line, PackageFacts, Subject, read_subject
from workflows.records.volume_checks import AUTOMATIC, RECEPTION, TRANSFER, YEARLY

A, B = "a" * 64, "b" * 64
VOLUME = {
    "title": "张三 · 买卖合同纠纷", "firm": "示范律师事务所", "fonds": "J001", "client": "张三", "lawyer": "李明轩",
    "matter_no": "（2026）民1号", "kind": "民事", "cause": "买卖合同纠纷", "level": "内部", "retention_code": "Y",
    "opened_at": "2026-01-01T00:00:00+00:00", "closed_on": "2026-11-01", "file_no": "J001-YW·MS-2026-Y-0002",
    "accepted_at": "2026-11-20T00:00:00+00:00", "accepted_by": "陈档案", "pieces": 2, "pages": 3,
}  # fmt: skip
STEPS = ("volume.opened", "volume.arranged", "volume.submitted", "volume.accepted", "volume.packed")
FACTS = FileFacts(A, 10, kind="pdfa", pages=1, virus="")


def line(number: int, **other) -> Line:
    values = {
        "number": number, "document_id": f"d{number}", "title": "判决书", "author": "示范市人民法院", "dated_on": "2026-11-01",
        "page_from": number, "page_to": number + (number == 2), "form": "original", "sha256": A, "file": f"documents/{number}.pdf",
        "recorded_sha256": A, "size": 10, "media_type": "application/pdf", "page_count": 1 if number == 1 else None,
        "template": None, "template_version": None, "created_at": "2026-11-02T00:00:00+00:00", "is_own": True,
    }  # fmt: skip
    return Line(**{**values, **other})


SOUND = Subject(
    stage=YEARLY,
    at="2026-11-24T01:00:00+00:00",
    volume=VOLUME,
    lines=(line(1), line(2)),
    placed=("d1", "d2"),
    missing=(),
    history=tuple((step, True) for step in STEPS),
    numbers=(1, 2),
    environment={"软件名称": "Juanzong", "软件版本": "1", "运行环境": "Linux", "元数据格式": "XML"},
    xml_errors=(),
    files={"d1": FACTS, "d2": replace(FACTS, pages=None)},
    package=PackageFacts(named={"documents/1.pdf": A, "documents/2.pdf": A}),
)
BEFORE = replace(SOUND, stage=AUTOMATIC, package=None)


def with_line(subject: Subject = SOUND, **other) -> Subject:
    return replace(subject, lines=(line(1, **other), line(2)))


def with_file(**other) -> Subject:
    return replace(SOUND, files={**SOUND.files, "d1": replace(FACTS, **other)})


def with_volume(**other) -> Subject:
    return replace(SOUND, volume={**VOLUME, **other})


def with_package(**other) -> Subject:
    return replace(SOUND, package=replace(SOUND.package, **other))


#: (the check, a sample that fails it)
SAMPLES = [
    ("digests_match", with_line(recorded_sha256=B)),
    ("digests_match", with_file(sha256=B)),
    ("signatures_hold", with_file(signatures=1, broken_signatures=1)),
    ("metadata_in_domain", with_volume(level="公开")),
    ("metadata_in_domain", with_volume(retention_code="X")),
    ("metadata_in_domain", with_volume(title="长" * 301)),
    ("metadata_in_domain", with_line(dated_on="2026-11-25")),
    ("metadata_in_domain", with_line(dated_on="1926-11-25")),
    ("metadata_in_domain", with_line(form="fax")),
    ("metadata_in_domain", with_line(page_to=0)),
    ("attributes_match", with_file(size=11)),
    ("attributes_match", with_file(kind="png")),
    ("attributes_match", with_file(pages=2)),
    ("metadata_linked", with_line(document_id="d2")),
    ("metadata_linked", with_line(is_own=False)),
    ("metadata_linked", with_package(named={"documents/1.pdf": B, "documents/2.pdf": A})),
    ("package_structured", with_package(faults=(("data/x", "missing"),))),
    ("package_structured", with_package(faults=(("data/x", "changed"),))),
    ("package_structured", replace(SOUND, package=None)),
    ("package_sealed", with_package(seal_holds=False)),
    ("package_sealed", with_package(signature="broken")),
    ("handed_in_is_there", replace(BEFORE, placed=("d1", "d2", "d3"))),
    ("mandatory_filled", with_volume(cause="")),
    ("mandatory_filled", with_volume(accepted_by=None)),
    ("mandatory_filled", with_line(title=" ")),
    ("numbers_follow", replace(SOUND, lines=(line(1), line(3, page_from=2, page_to=3)))),
    ("numbers_follow", replace(SOUND, lines=(line(1), line(2, page_from=3)))),
    ("numbers_follow", with_volume(pages=9)),
    ("numbers_follow", with_volume(pieces=9)),
    ("numbers_follow", replace(SOUND, numbers=(1, 3))),
    ("numbers_follow", replace(SOUND, numbers=(1, 1, 2))),
    ("lines_have_content", with_file(size=0)),
    ("lines_have_content", replace(SOUND, lines=())),
    ("required_are_there", replace(BEFORE, missing=("代理词",))),
    ("history_is_there", replace(SOUND, history=SOUND.history[:-1])),
    ("metadata_readable", with_package(xml_errors=("3: 版本",))),
    ("metadata_readable", replace(BEFORE, xml_errors=("3: 版本",))),
    ("files_open", with_file(opens=False, problem="PDF结构损坏")),
    ("formats_listed", with_file(kind="exe")),
    ("formats_listed", with_file(kind="unknown")),
    ("nothing_locked", with_file(is_locked=True)),
    ("nothing_locked", with_file(kind="rar")),
    ("environment_recorded", replace(SOUND, environment={})),
    ("environment_recorded", with_line(template="cover")),
    ("no_malware", with_file(virus="Eicar-Test-Signature")),
    ("nothing_runs", with_file(runs=("JavaScript",))),
    ("nothing_runs", with_file(kind="exe")),
    ("nothing_foreign", with_package(faults=(("data/x", "foreign"),))),
    ("nothing_foreign", with_package(copy_faults=(("data/x", "foreign"),))),
    ("medium_readable", with_package(unreadable=("data/x",))),
    ("medium_readable", with_package(copy_faults=(("data/x", "changed"),))),
    ("process_controlled", replace(SOUND, history=(*SOUND.history[:-1], ("volume.packed", False)))),
]


def outcomes(subject: Subject) -> dict[str, str]:
    return {each["check"]: each["outcome"] for each in four_nature_checks.run_checks(subject)}


@pytest.mark.requirement("A21")
@pytest.mark.parametrize("stage", [AUTOMATIC, RECEPTION, TRANSFER, YEARLY])
def test_a_sound_volume_passes_every_check_of_a_stage(stage):
    subject = replace(SOUND, stage=stage, package=SOUND.package if stage in (TRANSFER, YEARLY) else None)
    assert set(outcomes(subject).values()) == {"passed"}
    assert four_nature_checks.list_defects(four_nature_checks.run_checks(subject)) == []


@pytest.mark.requirement("A21")
@pytest.mark.parametrize(("key", "sample"), SAMPLES, ids=[f"{key}-{number}" for number, (key, _) in enumerate(SAMPLES)])
def test_a_sample_fails_the_check_it_is_for(key, sample):
    assert outcomes(sample)[key] == "failed"
    assert four_nature_checks.list_defects(four_nature_checks.run_checks(sample))


def test_each_check_has_a_sample():
    assert {key for key, _ in SAMPLES} == set(four_nature_checks.CHECKS)


@pytest.mark.parametrize("kind", ["pdf", "docx", "xlsx"])
def test_a_format_that_is_only_tolerated_is_told_and_does_not_fail(kind):
    media_type = {"pdf": "application/pdf"}.get(kind, "application/other")
    subject = replace(with_line(media_type=media_type), files={**SOUND.files, "d1": replace(FACTS, kind=kind)})
    assert outcomes(subject)["formats_listed"] == "remarked"
    assert four_nature_checks.list_defects(four_nature_checks.run_checks(subject)) == []


def test_where_nothing_scanned_the_report_says_so_and_does_not_call_it_clean():
    results = four_nature_checks.run_checks(with_file(virus=None))
    (row,) = [each for each in four_nature_checks.list_rows(results) if each["title"] == "没有病毒和恶意代码"]
    assert "未作病毒扫描" in row["told"] and row["words"] == "合格（有提示）"


def test_a_subject_survives_the_outbox():
    plain = SOUND.to_json()
    assert read_subject(plain).with_facts(SOUND.files, SOUND.package) == SOUND


# -- what files really are


def written(writer: PdfWriter) -> bytes:
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"<x/>")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (make_pdf(1), "pdf"),
        (zipped("word/document.xml"), "docx"),
        (zipped("xl/workbook.xml"), "xlsx"),
        (zipped("OFD.xml"), "ofd"),
        (zipped("holiday.jpg"), "zip"),
        (b"Rar!\x1a\x07\x00", "rar"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"MZ\x90\x00\x03\x00\xff\xfe", "exe"),
        (b"II*\x00rest", "tiff"),
        (b"\x00\x00\x00\x18ftypmp42\xff", "mp4"),
        ("中文".encode("gb18030"), "txt"),
        (b'<?xml version="1.0"?><a/>', "xml"),
        (b"\x00\x01\x02\xff", "unknown"),
    ],
)
def test_a_format_is_told_by_the_bytes(content, kind):
    assert examine(content).kind == kind


def test_a_pdf_with_script_and_attachment_a_locked_one_and_a_broken_one_are_told():
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_open_action(JavaScript("app.alert(1)"))
    writer.add_attachment("x.exe", b"MZ")
    assert set(examine(written(writer)).runs) == {"JavaScript", "嵌入文件"}
    locked = PdfWriter()
    locked.add_blank_page(100, 100)
    locked.encrypt("secret")
    assert (examine(written(locked)).is_locked, examine(written(locked)).opens) == (True, False)
    assert not examine(b"%PDF-1.7 nothing").opens
    assert not examine(b"").opens


def test_macros_and_broken_pictures_are_told():
    assert examine(zipped("word/document.xml", "word/vbaProject.bin")).runs == ("宏（VBA）",)
    assert not examine(b"\x89PNG\r\n\x1a\nhalf").opens
    assert examine(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")).is_locked


def test_every_kind_has_a_name():
    kinds = {kind for _, kind in file_formats._BEGINNINGS} | {"docx", "xlsx", "ofd", "mp4", "txt", "xml", "unknown", "pdfa"}
    assert kinds <= set(file_formats.NAMES)
