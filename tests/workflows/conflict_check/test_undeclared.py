"""Lawyers who do not declare their interests: reminded each working day, and after three a partner settles it."""

from __future__ import annotations

import pytest

from engine.errors import FormInvalid, NotAllowed
from tests.workflows.conflict_check.test_paths import declare_own
from workflows.handlers.settle_undeclared import CHOOSE_LAWYER
from workflows.records import leads

AGAIN = {"undeclared_decision": "AGAIN", "undeclared_reason": "出差未归，已电话联系。"}
REMOVE = {"undeclared_decision": "REMOVE", "undeclared_reason": "长期未申报。"}


def overdue(case, *team):
    """Nobody of the team but those who already did has declared for three working days."""
    case.screen()
    case.check(team_ids=[case.cast[login].id for login in team])


def reminded(case, login):
    return len([mail for mail in case.mails() if mail["to"] == f"{login}@demo.invalid" and "待办提醒" in mail["subject"]])


def test_who_has_not_declared_is_reminded_each_working_day(case):
    overdue(case, "lawyer1", "lawyer2")
    declare_own(case, "lawyer2")
    for day in (1, 2):
        case.move(days=1, minutes=day)
        assert (reminded(case, "lawyer1"), reminded(case, "lawyer2")) == (day, 0)
    assert case.open_tasks() == {"Task_Declare"}
    assert not [mail for mail in case.mails() if "逾期" in mail["subject"]]


def test_after_three_days_director_and_partners_are_told_and_a_partner_asks_again(case):
    overdue(case, "lawyer1", "lawyer2")
    declare_own(case, "lawyer2")
    case.move(days=3, minutes=1)
    assert case.open_tasks() == {"Task_Undeclared"}
    told = {mail["to"] for mail in case.mails() if mail["subject"].startswith("利益关系申报逾期")}
    assert {"director@demo.invalid", "partner1@demo.invalid", "partner2@demo.invalid"} <= told
    shown = case.first_values("Task_Undeclared", "partner1")
    assert (shown["undeclared"], shown["contact_missing"]) == ("李明轩", "yes")
    with pytest.raises(NotAllowed):
        case.do("lawyer1", "Task_Undeclared", AGAIN)
    case.do("partner1", "Task_Undeclared", AGAIN)
    assert case.open_tasks() == {"Task_Declare"}
    case.declare()  # one task, for the one who was missing
    assert case.outcome() == "CLEAR"


def test_a_lawyer_of_the_team_is_taken_off(case):
    overdue(case, "lawyer1", "lawyer2")
    declare_own(case, "lawyer1")
    case.move(days=3, minutes=1)
    case.do("partner1", "Task_Undeclared", {**REMOVE, "contact_missing": "no"})
    assert case.outcome() == "CLEAR"
    lawyer = case.cast["lawyer1"].id
    assert (case.record().team, case.result("team_ids"), case.result("lawyer_id")) == ([lawyer], [lawyer], lawyer)


def test_for_the_contact_lawyer_somebody_else_takes_over_and_declares(case):
    overdue(case, "lawyer1")
    case.move(days=3, minutes=1)
    with pytest.raises(FormInvalid) as refused:
        case.do("partner1", "Task_Undeclared", {**REMOVE, "contact_missing": "yes", "lawyer_id": case.cast["lawyer1"].id})
    assert refused.value.errors["lawyer_id"][0].code == CHOOSE_LAWYER
    other = case.cast["lawyer2"].id
    case.do("partner1", "Task_Undeclared", {**REMOVE, "contact_missing": "yes", "lawyer_id": other})
    assert case.open_tasks() == {"Task_Declare"}
    case.declare("lawyer2")
    assert case.outcome() == "CLEAR"
    assert (case.record().team, case.result("lawyer_id")) == ([other], other)
    with case.firm.reading() as session:
        assert leads.get_lead(session, case.lead_id).lawyer_id == other
