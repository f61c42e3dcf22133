"""The deadlines' pages: whose deadlines are listed, how a day is explained, the calendar file, the import of holidays."""

from __future__ import annotations

import io
from datetime import date

import pytest

from engine import SYSTEM, calendar
from tests.web.conftest import Do
from tests.workflows.casework import Case
from tests.workflows.signed import open_case, sign_contract
from web.deadlines.calendar_file import fold
from workflows.records import deadline_watch, deadlines, holidays, legal_periods, walls


@pytest.fixture
def running(house):
    """lawyer1's case with an appeal that runs."""
    case = Case(house.engine)
    case.register()
    open_case(case, sign_contract(case))

    def enter(context):
        deadline = deadlines.propose_deadline(context, lead_id=case.lead_id, source="judgment", suggested={})
        entry = {
            "kind": "appeal_civil_judgment", "trigger_on": "2026-11-24", "trigger_event": "收到判决书", "served_how": "post",
            "responsible": case.cast["lawyer1"].id, "backup": case.cast["lawyer2"].id,
        }  # fmt: skip
        deadlines.enter_deadline(context, deadline.id, entry)
        deadlines.keep_computed(context, deadline.id, legal_periods.compute("appeal_civil_judgment", date(2026, 11, 24)))
        return deadline.id

    case.deadline_id = case.run(enter, "lawyer1")
    case.run(lambda context: deadlines.review_deadline(context, case.deadline_id, agrees=True), "lawyer2")
    yield case
    calendar.install({})


def test_the_list_shows_the_day_the_holders_and_the_next_warning(browse, running):
    shown = browse("lawyer1").get("/deadlines").get_data(as_text=True)
    for words in ("民事判决上诉", "2026-12-09", "剩15天", "下次提醒2026-12-02", "备份", "缺2027年节假日安排"):
        assert words in shown
    assert "民事判决上诉" in browse("lawyer2").get("/deadlines?view=mine").get_data(as_text=True)  # the backup
    assert "民事判决上诉" in browse("partner1").get("/deadlines?view=all").get_data(as_text=True)
    assert "民事判决上诉" not in browse("partner1").get("/deadlines?view=mine").get_data(as_text=True)
    assert "民事判决上诉" not in browse("admin").get("/deadlines?view=all").get_data(as_text=True)


def test_behind_a_wall_a_deadline_does_not_exist(house, browse, running):
    def put_up(context):
        return walls.propose(context, running.lead_id, [running.cast["partner1"].id], "利益冲突").id

    wall_id = running.run(put_up, "partner2")
    running.run(lambda context: walls.activate(context, wall_id), "compliance")
    browser = browse("partner1")
    assert "民事判决上诉" not in browser.get("/deadlines?view=all").get_data(as_text=True)
    assert "民事判决上诉" not in browser.get("/deadlines.ics?view=all").get_data(as_text=True)
    assert browser.get(f"/deadlines/{running.deadline_id}").status_code == 404


def test_the_page_explains_the_day(house, browse, running):
    house.engine.run(Do(lambda context: deadline_watch.record_warning(context, running.deadline_id, "warning")), SYSTEM)
    shown = browse("lawyer1").get(f"/deadlines/{running.deadline_id}").get_data(as_text=True)
    for words in ("《民事诉讼法》第一百七十一条第一款", "开始当日2026-11-24", "自2026-11-25", "不顺延", "内部截止日", "邮寄送达", "尚未确认"):
        assert words in shown
    english = browse("lawyer1")
    english.client.set_cookie("language", "en")
    assert "Appeal, civil judgment" in english.get(f"/deadlines/{running.deadline_id}").get_data(as_text=True)


def test_the_case_page_lists_them(house, browse, running):
    shown = browse("lawyer1").get(f"/cases/{running.lead_id}").get_data(as_text=True)
    assert f"/deadlines/{running.deadline_id}" in shown


def test_the_calendar_file_has_both_days(house, browse, running):
    text = browse("lawyer1").get("/deadlines.ics").get_data(as_text=True)
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert "DTSTART;VALUE=DATE:20261209" in text
    assert "DTSTART;VALUE=DATE:20261204" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_long_lines_are_folded_between_letters():
    assert fold("民" * 30).replace("\r\n ", "") == "民" * 30


def post(browse, content, notice="国办发明电〔2026〕1号"):
    browser = browse("admin")
    return browser.post("/deadlines/holidays", notice=notice, table=(io.BytesIO(content), "2027.csv"))


def test_a_table_is_imported_or_refused_with_its_lines(house, browse):
    refused = post(browse, "2027-13-01,休,元旦".encode())
    assert refused.status_code == 422
    assert "第1行" in refused.get_data(as_text=True)
    assert post(browse, b"x", notice="").status_code == 422
    assert post(browse, "2027-01-01,休,元旦".encode()).status_code == 302
    shown = browse("director").get("/deadlines/holidays").get_data(as_text=True)
    assert "待审核" in shown
    with house.engine.reading() as session:
        assert [table.year for table in holidays.list_tables(session)] == [2027]
