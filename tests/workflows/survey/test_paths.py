"""The survey through every path."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import engine.queries as queries
from engine.errors import JuanzongError, NotAllowed
from engine.tables import Instance, Message
from tests.workflows.small_firm import open_small_firm
from tests.workflows.survey.conftest import ANSWER, RECOVERY, SurveyCase
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
    ("answers", "facts"),
    [
        ({"fees": "2"}, "最低评分为2分：收费合理、透明"),
        ({"lawyers": [{"attitude": "1", "diligence": "5"}]}, "李明轩的服务态度"),
        ({"improper": "yes", "improper_note": "私自收费"}, "反映不当行为：私自收费"),
    ],
)
@pytest.mark.requirement("R35", "R41")
def test_a_low_score_or_improper_conduct_becomes_a_complaint_by_itself(case, answers, facts):
    case.until_asked()
    case.do("client", "Task_Answer", {**ANSWER, **answers, "anonymous": True})
    assert (case.state(), case.survey().followup) == ("completed", "COMPLAINT")
    with case.firm.reading() as session:
        (message,) = session.scalars(select(Message).where(Message.name == "complaint.received"))
    assert (message.correlation, message.payload["source"]) == (case.lead_id, "survey")
    assert facts in message.payload["facts"]
    assert message.payload["complainant"]["anonymous"] is True


@pytest.mark.requirement("R41")
def test_a_client_who_is_half_content_is_called_by_a_partner(case):
    answers, task, login, call = {"overall": "3"}, "Task_RecoveryCall", "partner1", RECOVERY
    case.until_asked()
    case.do("client", "Task_Answer", {**ANSWER, **answers})
    assert case.open_tasks() == {task}
    with pytest.raises(NotAllowed):
        case.do("lawyer1", task, call)
    case.do(login, task, call)
    assert case.state() == "completed"
    assert case.survey().followup == "RECOVERY"
    assert case.survey().call["action"] == call["action"]


def test_a_client_who_does_not_take_part_is_left_alone(case):
    case.until_asked()
    case.do("client", "Task_Answer", {"participate": "no", "refusal": "没有时间"})
    assert case.state() == "completed"
    assert (case.survey().state, case.survey().followup) == (surveys.DECLINED, surveys.NONE)
    case.move(days=40)
    assert case.sent() == [SUBJECT]
    assert case.card().title == "办案服务质量监督卡"


@pytest.mark.requirement("R41")
def test_a_reminder_after_seven_days_a_call_after_fourteen_and_the_end_after_thirty(case):
    case.until_asked()
    for days, sent, tasks in ((6, 1, 1), (1, 2, 1), (6, 2, 1), (1, 2, 2), (15, 2, 2)):
        case.move(days=days, minutes=1)
        assert (case.sent().count(SUBJECT), len(case.open_tasks())) == (sent, tasks)
    case.do("desk", "Task_Interview", {"channel": "phone", "reached": "later"})
    assert case.open_tasks() == {"Task_Answer"}
    case.move(days=1)
    assert case.state() == "completed"
    assert case.survey().state == surveys.NO_RESPONSE
    assert case.result("survey_result") == "NONE"
    assert {link.state(case.firm.clock.now()) for link in case.links()} <= {links.EXPIRED, links.REVOKED}
    assert case.card().title == "办案服务质量监督卡"


def test_the_client_manager_writes_down_what_the_client_says_and_the_link_closes(case):
    case.until_asked()
    case.move(days=14, minutes=1)
    with pytest.raises(JuanzongError):
        case.do("lawyer1", "Task_Interview", {**ANSWER, "channel": "phone", "reached": "yes"})
    case.do("desk", "Task_Interview", {**ANSWER, "channel": "phone", "reached": "yes"})
    assert (case.state(), case.survey().state, case.survey().followup) == ("completed", surveys.ANSWERED, surveys.THANKS)
    assert case.survey().call["channel"] == "phone"


def test_a_client_of_the_first_tier_is_called_at_once_besides(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "survey")
    case = SurveyCase(engine)
    case.tier = "A"
    case.close_matter()
    case.until_asked()
    assert case.open_tasks() == {"Task_Answer", "Task_Interview"}
    case.do("desk", "Task_Interview", {"channel": "meeting", "reached": "no", "opt_out": True})
    assert (case.state(), case.survey().state) == ("completed", surveys.DECLINED)
    engine.database.dispose()


def test_a_client_who_wants_no_surveys_gets_none(case):
    case.until_asked()
    case.do("client", "Task_Answer", {"participate": "no", "opt_out": True})
    before = len(case.sent())
    case.survey_again()
    case.until_asked()
    assert (case.state(), case.survey().state, len(case.sent())) == ("completed", surveys.DECLINED, before)


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
