"""The quarterly review of surveys: figures that hide the clients, the meeting, what is published and mended."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine import SYSTEM, ReceiveMessage
from engine.errors import FormInvalid, StateRefused
from workflows.records import corrections, survey_reviews

NEW_QUARTER = datetime(2027, 1, 1, 1, 1, tzinfo=UTC)  # 09:01 in the firm's place
MEETING = {"themes": [{"theme": "通报不及时"}], "fee_fairness": "多数认为合理"}
ACTION = {"what": "增加提醒", "due_on": "2027-02-01", "measure": "无逾期通报"}


@pytest.mark.requirement("R41", "R42")
def test_a_quarter_is_counted_discussed_and_published_to_everybody(case):
    case.answer(4)
    case.answer(5, name="王若谷", overall="3")
    case.move_to(NEW_QUARTER)
    figures = case.review().figures
    assert (case.review().quarter, figures["answered"], figures["asked"]) == ("2026年第4季度", 9, 9)
    assert [(row["name"], row["count"]) for row in figures["lawyers"]] == [("王若谷", 5)]  # four are too few to stand alone
    assert figures["types"] == [{"name": "民事", "count": 9, "mean": "3.4"}]
    assert case.open_tasks() == {"Task_Meeting"}
    case.do("director", "Task_Meeting", MEETING)
    assert case.mails_to("lawyer1@demo.invalid") == ["客户满意度汇总：2026年第4季度"]
    with case.firm.reading() as session:
        assert [each.quarter for each in survey_reviews.list_published(session)] == ["2026年第4季度"]
        assert corrections.list_corrections(session) == []
    assert (case.open_tasks(), case.incidents()) == (set(), [])
    case.move_to(datetime(2027, 4, 1, 1, 1, tzinfo=UTC))  # and so every quarter
    assert case.open_tasks() == {"Task_Meeting"}


@pytest.mark.requirement("R42")
def test_what_the_partners_decide_becomes_a_corrective_action(case):
    case.answer(5)
    case.move_to(NEW_QUARTER)
    late = {**ACTION, "owner": case.cast["lawyer1"].id, "due_on": "2026-12-01"}
    with pytest.raises(FormInvalid):
        case.do("director", "Task_Meeting", {**MEETING, "actions": [late]})
    case.do("director", "Task_Meeting", {**MEETING, "actions": [{**ACTION, "owner": case.cast["lawyer1"].id}]})
    with case.firm.reading() as session:
        (made,) = corrections.list_corrections(session)
    assert (made.source, made.actions[0]["what"], made.actions[0]["owner_name"]) == ("review", "增加提醒", "李明轩")


def test_with_too_few_answers_nothing_but_their_number_is_told(case):
    case.answer(4)
    case.move_to(NEW_QUARTER)
    figures = case.review().figures
    assert (figures["answered"], figures["scores"], figures["types"], figures["lawyers"]) == (4, [], [], [])


def test_nothing_is_published_before_the_meeting_nor_changed_after(case):
    case.answer(5)
    case.move_to(NEW_QUARTER)
    review_id = case.review().id
    with pytest.raises(StateRefused):
        case.run(lambda context: survey_reviews.publish(context, review_id), "director")
    case.do("director", "Task_Meeting", MEETING)
    with pytest.raises(StateRefused):
        case.run(lambda context: survey_reviews.hold(context, review_id, MEETING), "director")


def test_reviews_can_be_stopped(case):
    case.firm.run(ReceiveMessage("survey.reviews_stopped", "firm", {}), SYSTEM)
    case.settle()
    assert case.state() == "completed"
