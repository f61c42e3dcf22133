"""The compliance year: opened on 1 November, items on their days, declarations of everybody, the partner's signature, the paper."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from engine import FIRM_ZONE, CompleteTask, queries
from engine.errors import FormInvalid, FourEyes, NotAllowed, StateRefused
from tests.workflows.casework import Case
from tests.workflows.small_firm import open_small_firm
from workflows.records import compliance_years, documents, interests, mails

NOTHING: dict[str, Any] = {"relatives": [], "posts": [], "investments": [], "advisers": [], "former_matters": []}
SECRET = {"kept": "yes", "held": "家中电脑有一份起诉状，本周删除", "confirmed": True}
DONE = {"result": "done", "note": "原件存合规专员处"}


class YearCase(Case):
    def year(self) -> compliance_years.ComplianceYear:
        with self.firm.reading() as session:
            return compliance_years.list_years(session)[0]

    def items(self) -> dict[str, compliance_years.ComplianceItem]:
        with self.firm.reading() as session:
            return {item.key: item for item in compliance_years.list_items(session, self.year().id)}

    def each(self, element_id: str, values: dict[str, Any]) -> int:
        """Everybody who has this task does it."""
        with self.firm.reading() as session:
            found = [task for task in queries.list_open_tasks(session, self.instance_id) if task.element_id == element_id]
        people = {actor.id: actor for actor in self.cast.values()}
        for task in found:
            self.firm.run(CompleteTask(task.id, values), people[str(task.assignee)])
        self.settle()
        return len(found)

    def mails_to(self, address: str) -> list[str]:
        with self.firm.reading() as session:
            return [mail.subject for mail in reversed(mails.list_mails(session)) if mail.to == address]


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "compliance_year")
    made = YearCase(engine)
    made.start("compliance_year")
    yield made
    engine.database.dispose()


def on(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, 1, tzinfo=FIRM_ZONE)


def until_all_done(case: YearCase) -> None:
    case.move_to(on(2027, 11, 1))
    for moment in (on(2027, 11, 5), on(2027, 12, 1), on(2028, 1, 5), on(2028, 2, 1)):
        case.move_to(moment)
        case.each("Task_Interests", NOTHING)
        case.each("Task_Secrecy", SECRET)
        case.each("Task_Item", DONE)


@pytest.mark.requirement("A1")
def test_a_year_from_its_opening_to_the_signed_paper(case):
    assert case.open_tasks() == set()  # begun in November 2026, after the first
    until_all_done(case)
    assert (case.year().year, case.year().state, len(case.items())) == (2028, compliance_years.OPEN, 12)
    assert case.open_tasks() == {"Task_Sign"}
    case.do("partner1", "Task_Sign", {"decision": "sign", "note": "属实"})
    assert (case.year().state, case.year().signed_by_name) == (compliance_years.SIGNED, case.cast["partner1"].name)
    with case.firm.reading() as session:
        kinds = {(each.kind, each.media_type) for each in documents.list_documents(session, case.year().id)}
    assert ("compliance_year", documents.PDF) in kinds
    case.move_to(on(2028, 11, 5))
    assert (case.year().year, case.state(), case.incidents()) == (2029, "running", [])


def test_each_item_waits_for_its_day_and_goes_to_its_owner(case):
    case.move_to(on(2027, 11, 1))
    assert case.open_tasks() == set()
    case.move_to(on(2027, 11, 5))
    case.do("compliance", "Task_Item", DONE)
    case.move_to(on(2027, 12, 1))
    with case.firm.reading() as session:
        owners = {task.assignee for task in queries.list_open_tasks(session, case.instance_id)}
    assert owners == {case.cast["compliance"].id, case.cast["finance"].id}


def test_everybody_declares_before_compliance_can_close_the_item(case):
    case.move_to(on(2027, 11, 1))
    case.move_to(on(2028, 1, 5))
    everybody = len(case.cast)
    item = case.items()["confidentiality"]
    with pytest.raises(StateRefused):  # round the task
        case.run(lambda context: compliance_years.finish_item(context, item.id, result="done", note="", proof=[]), "compliance")
    assert case.each("Task_Secrecy", SECRET) == everybody
    post = {**NOTHING, "posts": [{"name": "示例商会", "detail": "理事"}]}
    assert case.each("Task_Interests", post) == everybody
    with case.firm.reading() as session:
        assert [each.name for each in interests.list_interests(session, case.cast["lawyer1"].id)] == ["示例商会"]
        assert len(compliance_years.list_declarations(session, item.id)) == everybody
        assert compliance_years.list_undeclared(session, item.id) == []


def test_who_has_not_declared_is_reminded_once_in_the_period(case):
    case.move_to(on(2027, 11, 1))
    case.move_to(on(2028, 1, 5))
    case.each("Task_Secrecy", SECRET)
    case.move(days=8)
    assert case.mails_to("lawyer1@demo.invalid") == ["请完成：全员利益申报"]


def test_late_items_are_told_to_the_director_weekly(case):
    case.move_to(on(2027, 11, 1))
    case.move_to(on(2027, 11, 5))
    case.each("Task_Item", DONE)
    case.move_to(on(2027, 12, 18))
    assert case.mails_to("director@demo.invalid") == []
    case.move_to(on(2027, 12, 31))
    assert "年度合规事项逾期" in case.mails_to("director@demo.invalid")


def test_what_a_partner_gives_back_is_done_again(case):
    until_all_done(case)
    back = [{"item_id": case.items()["backup"].id, "item": "", "reason": "没有演练记录"}]
    with pytest.raises(FormInvalid):
        case.do("partner1", "Task_Sign", {"decision": "back", "rows": [{**back[0], "reason": ""}]})
    case.do("partner1", "Task_Sign", {"decision": "back", "rows": back})
    assert (case.open_tasks(), case.items()["backup"].done_at) == ({"Task_Item"}, None)
    assert case.first_values("Task_Item", "admin")["returned"] == "没有演练记录"
    case.each("Task_Item", DONE)
    case.do("partner1", "Task_Sign", {"decision": "sign"})
    assert case.year().state == compliance_years.SIGNED


def test_round_the_tasks_the_record_refuses(case):
    case.move_to(on(2027, 11, 1))
    year, items = case.year(), case.items()

    def finish(key, login):
        case.run(lambda context: compliance_years.finish_item(context, items[key].id, result="none", note="x", proof=[]), login)

    with pytest.raises(NotAllowed):
        finish("backup", "finance")
    with pytest.raises(NotAllowed):  # for somebody else
        case.run(lambda context: compliance_years.declare(context, items["interests"].id, "other", {}), "lawyer1")
    with pytest.raises(StateRefused):  # items are open
        case.run(lambda context: compliance_years.sign(context, year.id, ""), "partner1")
    for key in items:
        finish(key, "director")
    with pytest.raises(NotAllowed):
        case.run(lambda context: compliance_years.sign(context, year.id, ""), "compliance")
    with pytest.raises(FourEyes):  # who did an item
        case.run(lambda context: compliance_years.sign(context, year.id, ""), "director")
    case.run(lambda context: compliance_years.sign(context, year.id, ""), "partner1")
    with pytest.raises(StateRefused):  # signed is signed
        finish("backup", "admin")


def test_an_item_without_proof_says_where_it_is(case):
    case.move_to(on(2027, 11, 1))
    case.move_to(on(2027, 11, 5))
    with pytest.raises(FormInvalid):
        case.do("compliance", "Task_Item", {"result": "done"})
