"""The regular review of a wall: every ninety days until the matter is archived, and lifted by two."""

from __future__ import annotations

import pytest

from engine import RunOperation, queries
from engine.errors import FourEyes, NotAllowed
from tests.workflows.conflict_check.conftest import ConflictCase
from tests.workflows.conflict_check.test_recheck import open_matter
from tests.workflows.small_firm import open_small_firm
from workflows.records import matters, wall_lifts, walls
from workflows.records.rule_packs import get_rule

KEEP = {"wall_outcome": "KEEP", "wall_report": "查阅记录无异常，标识到位。"}
LIFT = {"wall_outcome": "LIFT", "wall_report": "另案已结，无须继续隔离。"}


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "conflict_check", "wall_review")
    case = ConflictCase(engine)
    case.screen()
    outside = [case.cast["lawyer2"].id]
    given = {"lead_id": case.lead_id, "people": outside, "reason": "另案代理对方"}
    case.wall_id = engine.run(RunOperation("walls.propose", given), case.cast["partner2"])["wall_id"]
    engine.run(RunOperation("walls.activate", {"wall_id": case.wall_id}), case.cast["compliance"])
    case.settle()
    with engine.reading() as session:
        (row,) = queries.list_instances(session, process_key="wall_review")
    case.instance_id = row.id
    yield case
    engine.database.dispose()


def wall(case):
    with case.firm.reading() as session:
        return walls.get_wall(session, case.wall_id)


@pytest.mark.requirement("R44")
def test_a_wall_is_tried_and_reviewed_every_ninety_days(case):
    days = int(get_rule("conflicts", "wall_review", case.firm.clock.now().date()).value)
    assert days == 90
    case.move(days=89, hours=23)
    assert case.open_tasks() == set()
    case.move(hours=1)
    assert case.open_tasks() == {"Task_ReviewWall"}
    shown = case.first_values("Task_ReviewWall", "compliance")
    assert shown["wall_people"] == "王若谷" and "均未能读取" in shown["wall_tests"]
    (tried,) = wall(case).tests[0]["people"]
    assert (tried["open"], set(tried["closed"])) == ([], {"file", "list", "papers", "matter", "hits", "tasks", "team"})
    case.do("compliance", "Task_ReviewWall", KEEP)
    assert case.open_tasks() == set()
    case.move(days=90)
    case.do("compliance", "Task_ReviewWall", KEEP)
    assert [each["report"] for each in wall(case).reviews] == [KEEP["wall_report"]] * 2
    assert len(wall(case).tests) == 2


def test_a_late_review_is_told_to_the_director(case):
    case.move(days=90)
    case.move(days=5)
    assert case.mails()[-1]["to"] == "director@demo.invalid"
    assert case.open_tasks() == {"Task_ReviewWall"}


def test_lifting_takes_the_director_too(case):
    case.move(days=90)
    case.do("compliance", "Task_ReviewWall", LIFT)
    assert case.open_tasks() == {"Task_AgreeLift"}
    assert wall(case).state == walls.ACTIVE
    assert "另案已结" in case.first_values("Task_AgreeLift", "director")["lift_asked"]
    case.cast["both"] = type(case.cast["compliance"])(case.cast["compliance"].id, "孙清和", frozenset({"director"}))
    with pytest.raises(FourEyes):
        case.do("both", "Task_AgreeLift", {"lift_decision": "AGREED", "lift_note": "同意。"})
    with pytest.raises(NotAllowed):
        case.do("partner1", "Task_AgreeLift", {"lift_decision": "AGREED", "lift_note": "同意。"})
    case.do("director", "Task_AgreeLift", {"lift_decision": "AGREED", "lift_note": "同意。"})
    assert (wall(case).state, case.state(), case.steps()[-1]) == (walls.LIFTED, "completed", "Event_WallLifted")


def test_the_director_may_keep_it_up(case):
    case.move(days=90)
    case.do("compliance", "Task_ReviewWall", LIFT)
    case.do("director", "Task_AgreeLift", {"lift_decision": "REFUSED", "lift_note": "另案尚在上诉。"})
    assert (wall(case).state, wall(case).lift_request) == (walls.ACTIVE, None)
    case.move(days=90)
    assert case.open_tasks() == {"Task_ReviewWall"}


def test_what_was_lifted_on_the_page_while_the_task_waited_stays_lifted(case):
    case.move(days=90)
    case.do("compliance", "Task_ReviewWall", LIFT)
    case.run(lambda context: wall_lifts.lift(context, case.wall_id), "director")
    case.do("director", "Task_AgreeLift", {"lift_decision": "AGREED", "lift_note": "已在页面解除。"})
    assert case.state() == "completed"


def test_a_breach_is_told_at_once_and_the_wall_stays(case):
    case.move(days=90)
    case.do("compliance", "Task_ReviewWall", {"wall_outcome": "BREACH", "wall_report": "王若谷三月二日在茶水间讨论本案。"})
    assert case.mails()[-1]["subject"].startswith("信息隔离被违反")
    assert wall(case).state == walls.ACTIVE
    assert case.state() == "running"


def test_a_leak_is_said_in_the_review(case, monkeypatch):
    monkeypatch.setattr(walls, "hides_hit", lambda *_given: False)
    case.move(days=90)
    assert "王若谷：命中详情" in case.first_values("Task_ReviewWall", "compliance")["wall_tests"]


@pytest.mark.parametrize("how", ["lifted", "archived"])
def test_the_reviews_end_with_the_wall_or_in_the_archive(case, how):
    if how == "lifted":
        case.run(lambda context: wall_lifts.ask_lift(context, case.wall_id, "另案已结"), "compliance")
        case.run(lambda context: wall_lifts.lift(context, case.wall_id), "director")
    else:
        matter_id = open_matter(case, case.lead_id)
        case.run(lambda context: setattr(context.session.get(matters.MatterRow, matter_id), "state", "ARCHIVED"))
    case.move(days=90)
    assert (case.state(), case.steps()[-1]) == ("completed", "Event_ReviewOver")
    assert wall(case).state == ("LIFTED" if how == "lifted" else "ACTIVE")  # in the archive the wall still stands
