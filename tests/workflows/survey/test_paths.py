"""The survey through every path."""

from __future__ import annotations

import pytest

import engine.queries as queries
from engine.errors import JuanzongError, NotAllowed
from engine.tables import Instance
from tests.workflows.survey.conftest import ANSWER, CALL, RECOVERY
from workflows.records import document_access, links, surveys

SUBJECT = "请为我们的服务打分（约两分钟）"


def test_it_goes_out_three_working_days_later_and_a_content_client_is_thanked(case):
    assert case.open_tasks() == set()
    case.move(days=2)
    assert case.sent() == []
    case.until_asked()
    assert case.open_tasks() == {"Task_Answer"}
    assert case.sent() == [SUBJECT]
    case.do("client", "Task_Answer", ANSWER)
    assert case.incidents() == []
    assert case.state() == "completed"
    assert case.sent()[-1].startswith("感谢您的评价")
    assert (case.survey().state, case.survey().followup, case.survey().lowest) == (surveys.ANSWERED, surveys.THANKS, 4)
    assert case.survey().answers["lawyers"][0]["lawyer_name"] == "李明轩"  # the firm's names, whatever was posted
    assert case.card().title == "办案服务质量监督卡"
    assert case.result("survey_result") == "THANKS"


@pytest.mark.parametrize(
    ("answers", "task", "login", "call"),
    [
        ({"fees": "2"}, "Task_ComplaintCall", "compliance", CALL),
        ({"lawyers": [{"attitude": "1", "diligence": "5"}]}, "Task_ComplaintCall", "compliance", CALL),
        ({"improper": "yes", "improper_note": "私自收费"}, "Task_ComplaintCall", "compliance", CALL),
        ({"overall": "3"}, "Task_RecoveryCall", "partner1", RECOVERY),
    ],
)
def test_a_client_who_is_not_content_is_called(case, answers, task, login, call):
    case.until_asked()
    case.do("client", "Task_Answer", {**ANSWER, **answers})
    assert case.open_tasks() == {task}
    with pytest.raises(NotAllowed):
        case.do("lawyer1", task, call)
    case.do(login, task, call)
    assert case.state() == "completed"
    assert case.survey().followup == ("RECOVERY" if task == "Task_RecoveryCall" else "COMPLAINT")
    assert case.survey().call["action"] == call["action"]


def test_a_suspected_breach_is_told_to_the_director(case):
    case.until_asked()
    case.do("client", "Task_Answer", {**ANSWER, "improper": "yes", "improper_note": "私自收费"})
    case.do("compliance", "Task_ComplaintCall", {**CALL, "finding": "improper"})
    assert case.sent()[-1].startswith("满意度调查反映问题")


def test_a_client_who_does_not_take_part_is_left_alone(case):
    case.until_asked()
    case.do("client", "Task_Answer", {"participate": "no", "refusal": "没有时间"})
    assert case.state() == "completed"
    assert (case.survey().state, case.survey().followup) == (surveys.DECLINED, surveys.NONE)
    case.move(days=40)
    assert case.sent() == [SUBJECT]
    assert case.card().title == "办案服务质量监督卡"


def test_reminders_after_seven_and_fourteen_days_and_the_end_after_thirty(case):
    case.until_asked()
    for days, sent in ((6, 1), (1, 2), (6, 2), (1, 3), (15, 3)):
        case.move(days=days, minutes=1)
        assert case.sent().count(SUBJECT) == sent
    assert case.open_tasks() == {"Task_Answer"}
    case.move(days=1)
    assert case.state() == "completed"
    assert case.survey().state == surveys.NO_RESPONSE
    assert case.result("survey_result") == "NONE"
    assert {link.state(case.firm.clock.now()) for link in case.links()} <= {links.EXPIRED, links.REVOKED}
    assert case.card().title == "办案服务质量监督卡"


def test_nobody_of_the_firm_answers_and_the_matters_lawyers_do_not_read_it(case):
    case.until_asked()
    for login in ("lawyer1", "partner1", "desk"):
        with pytest.raises(JuanzongError):
            case.do(login, "Task_Answer", ANSWER)
    case.do("client", "Task_Answer", ANSWER)
    with case.firm.reading() as session:
        allowed = {login for login, actor in case.cast.items() if document_access.may_read(session, case.card(), actor)}
        assert "lawyer1" not in allowed and "lawyer2" not in allowed
        assert {"compliance", "director", "archivist"} <= allowed
        row = session.get_one(Instance, case.instance_id)
        assert queries.get_instance(session, row.id).state == "completed"
        assert "沟通及时".encode() not in row.snapshot  # the answers are no process data


def test_every_link_opens_the_survey_once(case):
    case.until_asked()
    case.do("client", "Task_Answer", ANSWER)
    assert [link.state(case.firm.clock.now()) for link in case.links()] == [links.USED]
    with pytest.raises(AssertionError):
        case.task_id("Task_Answer")
