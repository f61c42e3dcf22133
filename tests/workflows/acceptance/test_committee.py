"""The management committee's vote on a matter of exceptional size."""

from __future__ import annotations

import pytest

import engine.queries as queries
from engine import CompleteTask
from engine.errors import StateRefused
from tests.workflows.acceptance.test_paths import YES, apply, result
from workflows.records import acceptance_votes, acceptances

AGREE = {"committee_vote": "APPROVE", "vote_reason": "风险可控。"}
DISSENT = {"committee_vote": "REFUSE", "vote_reason": "本所人手不足。"}


@pytest.fixture
def voting(case):
    """An application that every single level has let pass."""
    case.prepare()
    apply(case, dispute_amount="10000000")
    case.do("partner1", "Task_PartnerApproves", YES)
    case.do("partner2", "Task_PartnerApproves", YES)
    case.do("finance", "Task_FinanceApproves", YES)
    return case


def vote(case, login, values):
    """Complete the voting task of one member."""
    person = case.cast[login]
    with case.firm.reading() as session:
        tasks = queries.list_open_tasks(session, case.instance_id)
        task = next(task for task in tasks if task.element_id == "Task_Vote" and task.assignee == person.id)
    case.firm.run(CompleteTask(task.id, values), person)
    case.settle()


def last_opinion(case):
    with case.firm.reading() as session:
        return acceptances.list_opinions(session, acceptances.get_acceptance(session, case.lead_id).id)[-1]


@pytest.mark.requirement("R16")
def test_a_majority_of_the_committee_accepts_and_the_dissent_is_kept(voting):
    assert voting.open_tasks() == {"Task_Vote"}
    vote(voting, "partner1", AGREE)
    vote(voting, "partner2", DISSENT)
    vote(voting, "director", AGREE)
    assert result(voting) == "ACCEPTED"
    said = last_opinion(voting)
    assert (said.level, said.decision, said.by_name) == ("committee", "APPROVE", "管理委员会")
    assert said.opinion == "应到3人，同意2票，不同意1票，未表决0人。保留意见：赵文澜不同意：本所人手不足。"


def test_a_majority_against_it_ends_it(voting):
    for login in ("partner1", "partner2"):
        vote(voting, login, DISSENT)
    vote(voting, "director", AGREE)
    assert result(voting) == "DECLINED"


def test_who_does_not_vote_is_reminded_and_without_a_majority_the_director_decides(voting):
    vote(voting, "partner1", AGREE)
    voting.move(days=1, minutes=1)
    assert {mail["to"] for mail in voting.mails()} == {"partner2@demo.invalid", "director@demo.invalid"}
    voting.move(days=1)
    assert voting.open_tasks() == {"Task_DirectorBreaks"}
    assert "未表决2人" in voting.first_values("Task_DirectorBreaks", "director")["level_reasons"]
    voting.do("director", "Task_DirectorBreaks", YES)
    assert result(voting) == "ACCEPTED"
    assert "由主任决定" in last_opinion(voting).opinion


@pytest.mark.parametrize("login", ["partner1", "lawyer1"])
def test_nobody_votes_twice_or_without_a_seat(voting, login):
    vote(voting, "partner1", AGREE)
    with pytest.raises(StateRefused):
        voting.run(lambda context: acceptance_votes.cast_vote(context, voting.lead_id, vote="APPROVE", reason="同意"), login)


def test_a_partner_of_the_team_has_no_vote_and_with_nobody_left_the_director_decides(case):
    case.prepare()
    apply(case, dispute_amount="10000000", co_lawyers=[case.cast["partner1"].id])
    with case.firm.reading() as session:
        members = acceptance_votes.list_members(session, case.lead_id)
    assert case.cast["partner1"].id not in members
