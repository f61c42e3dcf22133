"""Bringing old data in on the screen and on the command line."""

from __future__ import annotations

import io
import json

import pytest
from click.testing import CliRunner

from tests.web.conftest import Browser, text
from tests.workflows.casework import Case
from tests.workflows.imports.test_imports import CLIENTS
from tests.workflows.small_firm import open_small_firm
from web.app import create_app
from web.cli import main
from web.settings import Settings
from workflows import importing

BAD = "K009,个人,甲,,,,\n"


@pytest.fixture
def admin(sqlite_url, clock, tmp_path):
    """The administrator's browser."""
    firm = open_small_firm(sqlite_url, clock, tmp_path)
    app = create_app(Settings(data_dir=tmp_path, secret_key="test", demo=True), firm)
    client = app.test_client()
    with client.session_transaction() as session:
        session["token"] = "token-of-a-test"
        session["person"] = Case(firm).cast["admin"].id
    browser = Browser(client)
    browser.firm = firm
    yield browser
    firm.database.dispose()


def upload(admin, content, name="客户.csv"):
    file = (io.BytesIO(content.encode()), name)
    return admin.post("/imports", file=file, kind="")


def test_a_file_is_checked_shown_accepted_and_taken_in(admin):
    address = upload(admin, CLIENTS + BAD).headers["Location"]
    assert "检查中" in text(admin.get(address))
    importing.run_imports(admin.firm)
    page = text(admin.get(address))
    assert "导入 3 行" in page and "第 5 行" in page and "姓名或名称至少两个字" in page
    assert "姓名或名称至少两个字" in admin.get(f"{address}/left-out.csv").data.decode("utf-8-sig")
    assert admin.post(f"{address}/accept").status_code == 303
    importing.run_imports(admin.firm)
    assert "已导入 3 / 4 行" in text(admin.get(address)) and "客户.csv" in text(admin.get("/imports"))
    assert admin.post(f"{address}/discard").status_code == 422


def test_an_unreadable_file_says_why(admin):
    address = upload(admin, "甲,乙\n1,2\n").headers["Location"]
    importing.run_imports(admin.firm)
    assert "无法识别表" in text(admin.get(address))


def test_no_file_and_an_empty_one_are_refused(admin):
    assert admin.post("/imports").status_code == 422
    assert upload(admin, " ").status_code == 422


@pytest.mark.parametrize("kind", ["clients", "matters", "parties", "relations"])
def test_a_template_passes_as_what_it_is(admin, kind):
    content = admin.get(f"/imports/template/{kind}.csv").data.decode("utf-8-sig")
    address = upload(admin, content, f"{kind}.csv").headers["Location"]
    importing.run_imports(admin.firm)
    page = text(admin.get(address))
    assert "无法读取" not in page


def test_the_command_line_changes_nothing_until_it_is_told_to(sqlite_url, tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    run = CliRunner().invoke
    file = tmp_path / "clients.csv"
    file.write_text(CLIENTS + BAD, encoding="utf-8")
    left = tmp_path / "left.csv"
    found = json.loads(run(main, ["records", "import", str(file), "--json", "--left-out", str(left)]).output)
    assert (found["good"], found["taken_in"], len(found["problems"])) == (3, 0, 1)
    assert "at least two characters" in left.read_text(encoding="utf-8-sig")
    found = json.loads(run(main, ["records", "import", str(file), "--json", "--accept"]).output)
    assert (found["state"], found["taken_in"]) == ("DONE", 3)
