"""The archive package: valid for the bagit library's own command, read-only, the same after a kill, and never altered."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from lxml import etree

from engine import queries
from engine.tables import Effect
from tests.workflows.filing.conftest import ACCEPT
from workflows.handlers import accept_volume
from workflows.records import bags, package_xml, packages, volume_checks, volume_contents, volumes

FILE_NO = "J001-YW·MS-2026-Y-0001"


@pytest.fixture
def packed(case):
    case.until_check()
    case.do("archivist", "Task_Check", ACCEPT)
    assert case.incidents() == []
    return case


def data_dir(case) -> Path:
    return Path(case.firm.tools["data_dir"])


def test_the_zip_is_accepted_by_bagit_s_own_command(packed, tmp_path):
    stream = io.BytesIO()
    packages.zip_package(data_dir(packed), FILE_NO, stream)
    with zipfile.ZipFile(stream) as archive:
        archive.extractall(tmp_path / "unpacked")
    command = [sys.executable, "-m", "bagit", "--validate", str(tmp_path / "unpacked" / FILE_NO)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_package_holds_sheets_documents_and_metadata_with_their_digests(packed):
    folder = packages.package_folder(data_dir(packed), FILE_NO) / "data"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names >= {
        "cover.pdf", "catalogue.pdf", "remarks.pdf", "metadata.xml", "metadata.xsd",
        "reports/001 四性检测（归档）.pdf", "reports/002 四性检测（接收）.pdf",
    }  # fmt: skip
    documents = {name for name in names if name.startswith("documents/")}
    assert documents == {"documents/001 民事判决书.pdf", "documents/002 办案小结.pdf"}
    described = etree.parse(folder / "metadata.xml")
    etree.XMLSchema(etree.parse(folder / "metadata.xsd")).assertValid(described)
    volume, *lines = described.findall(".//文件实体")
    assert volume.findtext("文件标识符") == FILE_NO
    assert [line.findtext(".//起页") for line in lines] == ["1", "9"]
    assert lines[0].findtext(".//文件编号") == "（2026）示01民初1号"
    assert package_xml.read_files((folder / "metadata.xml").read_bytes()) == {
        str(path.relative_to(folder)): bags.hash_file(path) for path in folder.glob("documents/*")
    }


def test_nothing_in_the_package_may_be_written(packed):
    folder = packages.package_folder(data_dir(packed), FILE_NO)
    assert not any(path.stat().st_mode & 0o222 for path in [folder, *folder.rglob("*")])


def test_a_changed_file_is_found(packed):
    path = packages.package_folder(data_dir(packed), FILE_NO) / "data" / "metadata.xml"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"J001", b"J002"))
    with pytest.raises(packages.PackageDamaged):
        packages.check_package(data_dir(packed), FILE_NO)


def test_a_package_written_anew_is_not_the_one_that_was_filed(packed):
    volume = packed.volume()
    packages.check_seal(data_dir(packed), FILE_NO, volume.package_sha256)
    with pytest.raises(packages.PackageDamaged):
        packages.check_seal(data_dir(packed), FILE_NO, "0" * 64)


def test_writing_again_after_a_kill_gives_the_same_package(packed):
    with packed.firm.reading() as session:
        (owed,) = [each for each in queries.list_effects(session) if each.effect == "volumes.package"]
        payload = session.get(Effect, owed.id).payload
    again = accept_volume.perform(payload, packed.firm.tools)
    assert again["sha256"] == packed.volume().package_sha256


def test_a_draft_left_by_a_kill_is_cleared(packed, tmp_path):
    draft = tmp_path / "archive" / f".{FILE_NO}.draft" / "data"
    draft.mkdir(parents=True)
    (draft / "left").write_text("half")
    (draft / "left").chmod(0o444)
    draft.chmod(0o555)
    places = packages.read_places({"data_dir": tmp_path})
    sha256, _ = packages.write_package(places, FILE_NO, files=[], metadata={"a.xml": b"<a/>"}, bag_info={}, read=lambda _: b"")
    assert sha256 and not draft.exists()


def test_a_document_that_differs_from_the_catalogue_is_not_packed(tmp_path):
    file = packages.PackageFile("documents/001.pdf", "d", "0" * 64)
    with pytest.raises(packages.PackageDamaged):
        places = packages.read_places({"data_dir": tmp_path})
        packages.write_package(places, FILE_NO, files=[file], metadata={}, bag_info={}, read=lambda _: b"other")
    assert not packages.package_folder(tmp_path, FILE_NO).exists()


@pytest.mark.parametrize("file_no", ["", "../x", "a/b", ".hidden"])
def test_a_number_that_leaves_the_folder_is_refused(tmp_path, file_no):
    with pytest.raises(packages.PackageMissing):
        packages.package_folder(tmp_path, file_no)


def test_a_packed_volume_takes_nothing_more(packed):
    def add(context):
        volume_contents.excuse(context, packed.volume_id, "argument", "晚了")

    with pytest.raises(volume_contents.VolumeLocked):
        packed.run(add)


def test_an_acceptance_that_is_rolled_back_leaves_no_gap(case):
    """The process dies between giving the number and the commit: the next try gives the same number."""
    case.until_check()

    class Killed(BaseException):
        pass

    def accept_and_die(context):
        volume_checks.record_check(context, case.volume_id, accepted=True, points=[], defects=[], opinion="")
        assert volumes.accept(context, case.volume_id).file_no == FILE_NO
        raise Killed

    for _ in range(3):
        with pytest.raises(Killed):
            case.run(accept_and_die)
    case.do("archivist", "Task_Check", ACCEPT)
    assert case.volume().file_no == FILE_NO
