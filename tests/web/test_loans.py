"""Borrowing on the screen: applying, the reader, the register; and every address tried by somebody behind a wall (G9, G10)."""

from __future__ import annotations

import io
import time

import pytest
from PIL import Image, ImageChops

from tests.web.conftest import Browser, text
from tests.workflows.loans.conftest import PROCESSES, LoanCase
from tests.workflows.small_firm import open_small_firm
from web.app import create_app
from web.settings import Settings
from workflows.records import loan_reading, volume_loans, volumes

FORM = {
    "kind": "self",
    "purpose": "case",
    "purpose_note": "办理关联案件",
    "mode": "electronic",
    "pages": "",
    "from_on": "2026-11-24",
    "until_on": "2026-11-30",
}
UNKNOWN = "0" * 32


@pytest.fixture
def house(sqlite_url, clock, tmp_path):
    """The firm with a volume of level 秘密 in its store room."""
    engine = open_small_firm(sqlite_url, clock, tmp_path, *PROCESSES)
    case = LoanCase(engine)
    case.store(level=volumes.SECRET)
    yield case
    engine.database.dispose()


@pytest.fixture
def browse(house, tmp_path):
    """A browser of somebody by login."""
    app = create_app(Settings(data_dir=tmp_path, secret_key="test", demo=True), house.firm)
    app.testing = False

    def open_browser(login, language="zh"):
        client = app.test_client()
        client.set_cookie("language", language)
        with client.session_transaction() as session:
            session["token"] = "token-of-a-test"
            session["person"] = house.cast[login].id
        return Browser(client)

    return open_browser


@pytest.mark.requirement("A14")
def test_a_lawyer_applies_on_the_page_and_reads_with_a_watermark(house, browse):
    browser = browse("lawyer1")
    page = text(browser.get(f"/loans/new?volume={house.volume_id}"))
    assert house.volume().file_no in page
    assert browser.post("/loans/new", volumes=house.volume().file_no, **{**FORM, "purpose_note": ""}).status_code == 422
    answer = browser.post("/loans/new", volumes=house.volume().file_no, **FORM)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/loans")
    house.settle()
    with house.firm.reading() as session:
        (loan,) = volume_loans.list_of_volume(session, house.volume_id)
    page = text(browser.get("/loans"))
    assert loan.loan_no in page
    assert "阅览中" in page
    reader = text(browser.get(f"/loans/{loan.id}/read?page=2"))
    assert f"/loans/{loan.id}/pages/2" in reader
    assert 'data-turn="after"' in reader
    browser.get(f"/loans/{loan.id}/pages/1")  # fonts are found once
    began = time.perf_counter()
    picture = browser.get(f"/loans/{loan.id}/pages/2")
    took = time.perf_counter() - began
    assert (picture.status_code, picture.mimetype, took < 0.3) == (200, "image/jpeg", True)
    assert "no-store" in picture.headers["Cache-Control"]
    drawn = Image.open(io.BytesIO(picture.data)).convert("RGB")
    red, green, _blue = drawn.split()
    reds = sum(ImageChops.subtract(red, green).histogram()[15:])
    assert reds > 300  # the name stands in the picture itself
    assert "第2页" in text(browser.get(f"/loans/{loan.id}"))
    assert browser.post(f"/loans/{loan.id}/finish").status_code == 303
    house.settle()
    assert browser.get(f"/loans/{loan.id}/pages/2").status_code == 404
    assert browser.get(f"/loans/{loan.id}/read").status_code == 404


@pytest.mark.requirement("A20")
def test_to_somebody_walled_off_every_address_is_the_same_as_nothing(house, browse):
    house.apply("lawyer1", mode="electronic")
    house.wall("partner1", "lawyer2")
    for login in ("partner1", "lawyer2"):
        browser = browse(login)
        for path in (
            "/loans/new?volume={volume}",
            "/archive/{volume}",
            "/archive/{volume}/package.zip",
            "/documents/{document}",
            "/loans/{loan}",
            "/loans/{loan}/read",
            "/loans/{loan}/pages/1",
        ):
            real = path.format(volume=house.volume_id, document=house.document_id, loan=house.loan_id)
            none = path.format(volume=UNKNOWN, document=UNKNOWN, loan=UNKNOWN)
            assert browser.get(real).status_code == browser.get(none).status_code == 404, path
            shown = text(browser.get(real)).replace(house.volume_id, "").replace(house.loan_id, "")
            assert "买卖合同" not in shown
        said = []
        for number in (house.volume().file_no, "J001-YW·MS-2026-C-0999"):
            answer = browser.post("/loans/new", volumes=number, **FORM)
            assert answer.status_code == 422
            (found,) = [line for line in text(answer).split("<") if "不可用" in line]
            said.append(found.split(">")[-1].replace(number, ""))
        assert said[0] == said[1]
        for path in ("/loans", "/loans/register", "/inbox"):
            answer = browser.get(path)
            assert house.volume().file_no not in text(answer)
            assert "JY-2026-0001" not in text(answer)


@pytest.mark.requirement("A20")
@pytest.mark.parametrize("login", ["lawyer1", "partner1", "director", "compliance", "archivist", "finance", "admin", "desk"])
def test_a_filed_secret_is_downloaded_by_nobody(house, browse, login):
    house.apply("lawyer1", mode="electronic")
    browser = browse(login)
    for path in (f"/documents/{house.document_id}", f"/documents/{house.document_id}?download=1"):
        assert browser.get(path).status_code == 404
    assert browser.post(f"/documents/{house.document_id}", purpose="看看").status_code == 404
    assert browser.get(f"/archive/{house.volume_id}/package.zip").status_code in (403, 404)
    expected = 200 if login == "lawyer1" else 404
    assert browser.get(f"/loans/{house.loan_id}/pages/1").status_code == expected
    if login == "lawyer1":
        assert "package.zip" not in text(browser.get(f"/archive/{house.volume_id}"))
    with house.firm.reading() as session:
        reads = loan_reading.list_reads(session, house.volume_id)
    assert len(reads) == (1 if login == "lawyer1" else 0)


@pytest.mark.requirement("A20")
def test_a_secret_that_is_not_filed_asks_what_for(house, browse):
    other = LoanCase(house.firm)
    other.collect(level=volumes.SECRET)
    browser = browse("lawyer1")
    asked = browser.get(f"/documents/{other.document_id}")
    assert (asked.mimetype, "用途" in text(asked)) == ("text/html", True)
    assert browser.post(f"/documents/{other.document_id}", purpose=" ").status_code == 422
    opened = browser.post(f"/documents/{other.document_id}", purpose="准备庭审")
    assert (opened.status_code, opened.data[:5]) == (200, b"%PDF-")
    assert browse("lawyer2").post(f"/documents/{other.document_id}", purpose="好奇").status_code == 404
    with house.firm.reading() as session:
        (read,) = loan_reading.list_reads(session, other.volume_id)
    assert (read.purpose, read.reader_name) == ("准备庭审", "李明轩")


@pytest.mark.requirement("A15")
def test_the_register_shows_what_is_overdue_first_and_a_borrower_acts_on_their_page(house, browse):
    house.lend()
    browser = browse("lawyer1")
    assert browser.post(f"/loans/{house.loan_id}/renew", reason="庭审延期").status_code == 303
    house.settle()
    assert "Task_Renew" in house.tasks()
    assert browser.post(f"/loans/{house.loan_id}/renew", reason=" ").status_code == 422
    late = house.loan()
    house.apply("lawyer2", mode="on_site")
    house.move(days=20)
    page = text(browse("archivist").get("/loans/register"))
    assert page.index(late.loan_no) < page.index(house.loan().loan_no)
    assert "已逾期" in page
    answer = browser.post(f"/loans/{late.id}/renew", reason="还要用")
    assert answer.status_code == 303
    assert "逾期" in text(browser.get(f"/loans/{late.id}"))
    assert browser.post(f"/loans/{late.id}/missing", reason="找不到了").status_code == 303
    house.settle()
    assert house.tasks(late.id) >= {"Task_Search"}
    section = text(browse("archivist").get(f"/archive/{house.volume_id}"))
    assert late.loan_no in section


def test_the_desk_applies_for_a_court_with_its_papers(house, browse):
    page = text(browse("desk").get("/loans/new"))
    assert "人民法院" in page
    form = {
        **FORM,
        "kind": "court",
        "borrower_name": "吴法官",
        "organisation": "示范市人民法院",
        "contact": "12345678",
        "mode": "copy",
    }
    redrawn = browse("desk").post("/loans/new", volumes=house.volume().file_no, **form)
    assert redrawn.status_code == 422
    assert "介绍信" in text(redrawn)


def test_the_pages_speak_english(house, browse):
    house.apply("lawyer1", mode="electronic")
    browser = browse("lawyer1", "en")
    for path, words in (
        ("/loans", "Open to read"),
        (f"/loans/{house.loan_id}", "Class of secrecy"),
        (f"/loans/{house.loan_id}/read", "I am done"),
        ("/loans/new", "Apply for volumes"),
    ):
        assert words in text(browser.get(path))
