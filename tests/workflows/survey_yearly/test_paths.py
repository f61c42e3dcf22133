"""The yearly survey while a matter runs, through every path."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import SYSTEM, ReceiveMessage
from engine.tables import Message
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from tests.workflows.survey.conftest import ANSWER, RECOVERY, SurveyCase
from workflows.records import matters, surveys


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "survey_yearly")
    made = SurveyCase(engine)
    made.register(state="CONVERTED")
    made.matter_id = open_case(made, sign_contract(made))["matter_id"]
    given = {"matter_id": made.matter_id, "lead_id": made.lead_id, "title": "张三"}
    (made.instance_id,) = engine.run(ReceiveMessage("matter.opened", made.matter_id, given), SYSTEM)
    made.settle()
    yield made
    engine.database.dispose()


@pytest.mark.requirement("R41")
def test_the_client_is_asked_each_year_until_the_matter_is_closed(case):
    case.move(days=364)
    assert case.open_tasks() == set()
    case.move(days=1, minutes=1)
    assert case.open_tasks() == {"Task_Answer"}
    case.do("client", "Task_Answer", ANSWER)
    assert (case.survey().occasion, case.survey().followup) == (surveys.INTERIM, surveys.THANKS)
    case.move(days=365, minutes=1)
    case.do("client", "Task_Answer", {**ANSWER, "overall": "3"})
    case.do("partner1", "Task_RecoveryCall", RECOVERY)
    assert case.survey().followup == surveys.RECOVERY
    case.firm.run(ReceiveMessage("matter.closed", case.matter_id, {}), SYSTEM)
    assert (case.state(), case.incidents()) == ("completed", [])


def test_a_low_score_becomes_a_complaint(case):
    case.move(days=365, minutes=1)
    case.do("client", "Task_Answer", {**ANSWER, "overall": "1"})
    with case.firm.reading() as session:
        assert session.scalar(select(Message.correlation).where(Message.name == "complaint.received")) == case.lead_id
    assert case.state() == "running"


def test_no_answer_and_no_more_surveys(case):
    case.move(days=365, minutes=1)
    case.move(days=31)
    assert case.survey().state == surveys.NO_RESPONSE
    case.move(days=365, minutes=1)
    case.do("client", "Task_Answer", {"participate": "no", "opt_out": True})
    before = len(case.sent())
    case.move(days=365, minutes=1)
    assert (case.open_tasks(), len(case.sent())) == (set(), before)


def test_a_matter_that_was_closed_meanwhile_is_asked_about_no_more(case):
    case.move(days=365, minutes=1)

    def close(context):
        matters.start_closing(context, case.matter_id)
        matters.close_matter(context, case.matter_id)

    case.run(close)
    case.do("client", "Task_Answer", ANSWER)
    assert case.state() == "completed"
