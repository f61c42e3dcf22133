"""Scenario 19 of processes.md: the holiday table changes; open timers of working days and legal deadlines move, and people
are told."""

from __future__ import annotations

from datetime import date, datetime

import pytest

import engine.queries as queries
from engine import FIRM_ZONE, RunOperation
from engine.errors import NotAllowed, StateRefused
from tests.workflows.deadline.conftest import case  # noqa: F401 - the fixture
from workflows.records import deadlines, holidays

TABLE_2027 = """日期,休或班,名称
2027-01-01,休,元旦
2027-01-02,休,元旦
2027-01-03,休,元旦
2027-02-06,休,春节
2027-02-07,休,春节
2027-02-08,休,春节
2027-02-14,班,
""".encode()
# The 9th of December off, which nobody had known: everything that ends or counts over it moves.
TABLE_2026 = """date,kind,name
2026-11-25,off,临时放假
2026-12-09,off,临时放假
2026-12-12,work,
""".encode("gb18030")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=FIRM_ZONE)


def test_a_new_table_moves_deadlines_timers_and_due_dates_and_tells(case):  # noqa: F811
    case.start_deadline()  # ends on 12-09
    case.begin()
    case.act("lawyer1", "Task_Enter", case.entry(kind="appeal_criminal_judgment", trigger_on="2026-11-23"))  # waits for review
    review = case.waiting()["Task_Review"]
    assert review.due_at == at("2026-11-25T09:00")
    case.apply_table(TABLE_2026)
    assert case.incidents() == []
    with case.firm.reading() as session:
        timers = {row.element_id: row.due_at for row in queries.list_timers(session)}
    assert case.waiting()["Task_Review"].due_at == at("2026-11-26T09:00")  # one working day, past the new holiday
    assert timers["Event_ReviewLate"] == at("2026-11-26T09:00")
    with case.firm.reading() as session:
        found = {each.kind: each for each in deadlines.list_deadlines(session, case.lead_id)}
    assert found["appeal_civil_judgment"].due_on == date(2026, 12, 10)
    assert case.waiting()["Task_Complete"].due_at == at("2026-12-04T17:30")
    (table,) = case.tables()
    assert [(each["title"], each["was"], each["due"]) for each in table.moved["deadlines"]] == [
        ("民事判决上诉", "2026-12-09", "2026-12-10")
    ]
    assert {each["kind"] for each in table.moved["timers"]} >= {"task", "timer"}
    told = {mail["to"].split("@")[0] for mail in case.mails() if "期限已重新计算" in mail["subject"]}
    assert told == {"lawyer1", "lawyer2"}
    assert "1个期限" in [mail for mail in case.mails() if "已生效" in mail["subject"]][-1]["body"]


def test_the_watch_of_a_moved_deadline_follows_it(case):  # noqa: F811
    case.start_deadline()
    case.apply_table(TABLE_2026)
    case.move_to(at("2026-12-10T00:01"))
    assert case.deadline().state == "RUNNING"  # the old end has passed, the new one has not
    case.move_to(at("2026-12-11T00:00"))
    assert case.deadline().state == "MISSED"


def test_a_year_that_was_missing_moves_what_had_been_counted_carefully(case):  # noqa: F811
    case.move_to(at("2026-12-20T10:00"))
    case.start_deadline(trigger_on="2026-12-18")  # ends on 2027-01-02, a Saturday of a year without a table
    assert (case.deadline().due_on, case.deadline().unknown_years) == (date(2027, 1, 2), [2027])
    case.apply_table(TABLE_2027)
    assert (case.deadline().due_on, case.deadline().unknown_years) == (date(2027, 1, 4), [])


def test_a_table_needs_the_administrator_and_another_person(case):  # noqa: F811
    given = {"content": TABLE_2027, "notice": "通知"}
    with pytest.raises(NotAllowed):
        case.firm.run(RunOperation("holidays.propose", given), case.cast["lawyer1"])
    case.firm.run(RunOperation("holidays.propose", given), case.cast["admin"])
    case.settle()
    with pytest.raises(StateRefused):  # one at a time
        case.firm.run(RunOperation("holidays.propose", given), case.cast["admin"])
    with pytest.raises(NotAllowed):
        case.run(lambda context: holidays.decide_table(context, case.tables()[0].id, approved=True, reason=""), "admin")
    with pytest.raises(NotAllowed):
        case.act("partner1", "Task_Decide", {"verdict": "approve"})
    case.act("director", "Task_Decide", {"verdict": "refuse", "reason": "与通知不一致"})
    assert (case.tables()[0].state, case.tables()[0].moved) == ("REFUSED", {})
    assert case.waiting() == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "没有任何日期"),
        ("2027-01-01,休,元旦\n2028-01-01,休,元旦", "一张表只放一个年度"),
        ("2027-01-01,休,元旦\n2027-01-01,班,", "不是调休上班日"),
        ("2027-01-01,休,元旦\n2027-01-01,休,元旦", "出现了两次"),
        ("2027-13-01,休,元旦", "不是日期"),
        ("2027-01-01,也许,元旦", "既不是休也不是班"),
        ("2027-01-01,休,", "应写明节日名称"),
        ("2027-02-14,班,", "没有一个放假日"),
    ],
)
def test_a_wrong_table_is_refused_with_every_line(text, problem):
    with pytest.raises(holidays.TableRefused, match=problem):
        holidays.read_csv(text.encode())
