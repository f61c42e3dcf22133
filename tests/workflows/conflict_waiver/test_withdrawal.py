"""A client takes the consent to a waiver back: guard G1 fails at once, a partner decides what is done."""

from __future__ import annotations

import pytest

from engine import RunOperation, queries
from engine.errors import NotAllowed, StateRefused
from tests.workflows.conflict_waiver.test_paths import CONSENT, GRANTED, consents, outcome, plan_wall, to_consent
from workflows.records import conflict_seals, conflict_validity, conflicts

TWO = {**CONSENT, "signer_name": "赵六", "signature": "赵六"}


@pytest.fixture
def waived(both):
    to_consent(both)
    to_consent(both, both.touched, "zhao@example.invalid")
    both.ask("client", "Task_Consent", CONSENT)
    both.ask("client", "Task_Consent", TWO, both.touched)
    plan_wall(both)
    both.do("director", "Task_Confirm", GRANTED)
    assert outcome(both)[0] == "WAIVED"
    return both


def withdraw(case, login="compliance", reason="来函撤回同意。"):
    consent = consents(case)[1]
    case.firm.run(RunOperation("consents.withdraw", {"consent_id": consent.id, "reason": reason}), case.cast[login])
    case.settle()
    with case.firm.reading() as session:
        (row,) = queries.list_instances(session, process_key="consent_withdrawal")
    case.instance_id = row.id


def valid(case):
    with case.firm.reading() as session:
        check = conflicts.find_check(session, case.lead_id)
        return conflict_validity.is_valid(session, check, case.firm.clock.now()), conflict_seals.verify(session)


def decide(case, decision):
    given = {"withdrawal_decision": decision, "withdrawal_measures": "三日内移交材料并提示上诉期限。"}
    case.do("partner1", "Task_HandleWithdrawal", given)


@pytest.mark.requirement("R7")
def test_a_withdrawal_voids_the_check_and_asks_a_partner(waived):
    withdraw(waived)
    assert waived.open_tasks() == {"Task_HandleWithdrawal"}
    assert "赵六（受影响的客户）撤回同意：来函撤回同意。" in waived.first_values("Task_HandleWithdrawal", "partner1")["withdrawn"]
    is_valid, (_count, broken) = valid(waived)
    assert (is_valid, broken) == (False, [])  # the sealed record itself is not touched
    waived.move(days=1)
    assert waived.mails()[-1]["to"] == "director@demo.invalid"
    with pytest.raises(StateRefused):  # once only
        withdraw(waived)


@pytest.mark.parametrize(
    ("decision", "told"), [("LEAVE_NEW", set()), ("LEAVE_OTHER", {"lawyer2@demo.invalid", "director@demo.invalid"})]
)
def test_the_firm_leaves_one_matter(waived, decision, told):
    withdraw(waived, "lawyer2")
    decide(waived, decision)
    assert (waived.state(), waived.steps()[-1]) == ("completed", "Event_Leaving")
    assert {mail["to"] for mail in waived.mails() if mail["subject"].startswith("因利益冲突须退出")} == told


def test_asking_again_begins_with_a_new_check(waived):
    withdraw(waived)
    decide(waived, "AGAIN")
    assert waived.open_tasks() == {"Task_Declare"}
    waived.do("lawyer1", "Task_Declare", {"has_interest": "no", "is_true": True})
    assert (waived.incidents(), waived.state()) == ([], "completed")
    assert waived.result("conflict_result") == "CLEAR"


def test_who_does_not_work_on_either_matter_enters_no_withdrawal(waived):
    for login in ("finance", "lawyer1"):  # lawyer1 stands outside the other client's wall
        with pytest.raises(NotAllowed):
            withdraw(waived, login)
    with pytest.raises(NotAllowed):
        withdraw(waived, reason=" ")
