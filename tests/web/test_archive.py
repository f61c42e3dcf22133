"""The archive on the screen: who sees a volume, what goes into it, and the package as it is downloaded."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import pytest

from tests.web.conftest import Browser, text
from tests.workflows.filing.conftest import ACCEPT, SUBMIT, FilingCase
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.small_firm import open_small_firm
from web.app import create_app
from web.settings import Settings
from workflows.records import documents


@pytest.fixture
def case(sqlite_url, clock, tmp_path):
    """A closed matter whose volume is being collected."""
    engine = open_small_firm(sqlite_url, clock, tmp_path, "filing")
    case = FilingCase(engine)
    case.open_matter()
    case.close()
    yield case
    engine.database.dispose()


@pytest.fixture
def browse(case, tmp_path):
    """A browser of somebody by login."""
    app = create_app(Settings(data_dir=tmp_path, secret_key="test", demo=True), case.firm)
    app.testing = False

    def open_browser(login, language="zh"):
        client = app.test_client()
        client.set_cookie("language", language)
        with client.session_transaction() as session:
            session["token"] = "token-of-a-test"
            session["person"] = case.cast[login].id
        return Browser(client)

    return open_browser


def file_card(case):
    """The quality card of the client's survey."""

    def write(context):
        return documents.add_document(
            context, lead_id=case.lead_id, kind="quality_card", title="办案服务质量监督卡", slot="survey",
            media_type=documents.PDF, content=make_pdf(1, "card"), source="letter",
        ).id  # fmt: skip

    return case.run(write)


def accept(case):
    case.put_essentials()
    case.collect()
    case.do("lawyer1", "Task_Submit", SUBMIT)
    case.do("archivist", "Task_Check", ACCEPT)


def test_the_archive_is_for_the_archive_and_the_team(case, browse):
    for login, status in (
        ("archivist", 200),
        ("lawyer1", 200),
        ("partner1", 200),
        ("lawyer2", 404),
        ("desk", 404),
        ("finance", 404),
    ):
        assert browse(login).get(f"/archive/{case.volume_id}").status_code == status, login
    assert "买卖合同纠纷" in text(browse("archivist").get("/archive"))
    assert "买卖合同纠纷" not in text(browse("lawyer2").get("/archive"))


def test_the_volume_shows_what_is_missing_and_who_owes_it(case, browse):
    page = text(browse("archivist").get(f"/archive/{case.volume_id}"))
    assert "缺少必备材料" in page and "办案小结" in page and "承办律师" in page
    assert "放入文件" not in page  # only the team puts files in
    assert "Missing" in text(browse("lawyer1", "en").get(f"/archive/{case.volume_id}"))


def test_the_team_puts_a_file_into_its_place(case, browse):
    browser = browse("lawyer1")
    files = (io.BytesIO(make_pdf(3, "判决")), "民事判决书.pdf")
    entries = {"slot": "judgment", "title": "", "doc_no": "（2026）示01民初1号", "dated_on": "2026-11-01", "form": "copy"}
    assert browser.post(f"/archive/{case.volume_id}/files", **entries, files=files).status_code == 302
    page = text(browser.get(f"/archive/{case.volume_id}"))
    assert "民事判决书" in page and "3页" in page
    wrong = (io.BytesIO(b"not a pdf"), "x.pdf")
    refused = browser.post(f"/archive/{case.volume_id}/files", **entries, files=wrong)
    assert refused.status_code == 422 and "（2026）示01民初1号" in text(refused)
    again = {**entries, "dated_on": "昨天", "files": (io.BytesIO(make_pdf(1, "x")), "x.pdf")}
    assert browser.post(f"/archive/{case.volume_id}/files", **again).status_code == 422


def test_the_downloaded_package_is_accepted_by_bagit_s_own_command(case, browse, tmp_path):
    accept(case)
    sent = browse("archivist").get(f"/archive/{case.volume_id}/package.zip")
    assert sent.status_code == 200
    with zipfile.ZipFile(io.BytesIO(sent.data)) as archive:
        archive.extractall(tmp_path / "unpacked")
    command = [sys.executable, "-m", "bagit", "--validate", str(tmp_path / "unpacked" / case.volume().file_no)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = text(browse("archivist").get(f"/archive/{case.volume_id}"))
    assert case.volume().file_no in page and "卷内目录" in page and "四性检测" in page


def test_a_survey_is_closed_to_the_lawyers_it_asks_about_in_the_package_too(case, browse):
    card = file_card(case)
    accept(case)
    assert browse("lawyer1").get(f"/documents/{card}").status_code == 404
    assert browse("archivist").get(f"/documents/{card}").status_code == 200
    assert "您无权查阅" in text(browse("lawyer1").get(f"/archive/{case.volume_id}"))
    assert browse("lawyer1").get(f"/archive/{case.volume_id}/package.zip").status_code == 403
    assert browse("archivist").get(f"/archive/{case.volume_id}/package.zip").status_code == 200


def test_what_comes_after_the_acceptance_is_shown_as_a_supplement(case, browse):
    accept(case)
    file_card(case)
    assert "补充件" in text(browse("archivist").get(f"/archive/{case.volume_id}"))
