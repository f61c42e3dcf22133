"""Guard G4 at the end of a matter: a settlement or a withdrawn suit needs special authority or the client's signature."""

from __future__ import annotations

import pytest

from engine.errors import FormInvalid
from tests.workflows.closing.conftest import APPLICATION, ClosingCase
from tests.workflows.confirmation.test_acts import sign_for
from tests.workflows.confirmation.texts import SETTLE
from tests.workflows.signed import open_case, sign_contract
from workflows.handlers.apply_for_closing import NOT_COVERED
from workflows.records import authority, closings, matters

pytestmark = pytest.mark.requirement("R18")
BY_SETTLEMENT = {**APPLICATION, "close_reason": "settlement"}


def with_powers(case: ClosingCase, *powers: str) -> None:
    """Another matter, under a contract that gives these powers."""
    case.register(state="CONVERTED")
    case.matter = open_case(case, sign_contract(case, authority="special", powers=list(powers)))
    case.matter_id = case.matter["matter_id"]
    case.begin()


@pytest.mark.parametrize(("reason", "act"), [("settlement", "进行和解"), ("withdrawal", "申请撤诉")])
def test_without_authority_the_field_says_what_is_missing_and_nothing_begins(case, reason, act):
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_Apply", {**APPLICATION, "close_reason": reason})
    ((said,),) = caught.value.errors.values()
    assert (list(caught.value.errors), said.code, said.params) == (["close_reason"], NOT_COVERED, {"act": act})
    with pytest.raises(authority.AuthorityMissing):  # around the task
        case.run(lambda context: closings.apply_for_closing(context, case.matter_id, {"close_reason": reason}), "lawyer1")
    assert case.matter_state() == matters.ACTIVE


def test_a_contract_with_the_power_covers_it_and_another_power_does_not(case):
    with_powers(case, "withdraw")
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Apply", BY_SETTLEMENT)
    with_powers(case, "settle")
    case.do("lawyer1", "Task_Apply", BY_SETTLEMENT)
    assert case.matter_state() == matters.CLOSING


@pytest.mark.parametrize("recorded", [False, True])
def test_the_clients_signature_covers_it_also_when_the_act_is_on_record_already(case, recorded):
    sign_for(case, SETTLE)
    if recorded:
        day = case.firm.clock.now().date()
        case.run(
            lambda context: authority.record_act(context, case.matter_id, "settle", summary="签订和解协议", done_on=day),
            "lawyer1",
        )
    case.do("lawyer1", "Task_Apply", BY_SETTLEMENT)
    assert case.matter_state() == matters.CLOSING
