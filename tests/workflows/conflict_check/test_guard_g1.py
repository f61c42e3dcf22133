"""Guard G1: no matter number without a conflict check that holds, by no way round the task."""

from __future__ import annotations

from typing import Any

import pytest

from engine import SYSTEM, Actor, RunOperation
from workflows.records import conflict_validity, leads, matters


def given(case: Any) -> dict[str, Any]:
    with case.firm.reading() as session:
        lead = leads.get_lead(session, case.lead_id)
        known = {"lead_id": lead.id, "client_id": lead.client_id, "lawyer_id": lead.lawyer_id}
    return {**known, "contract_id": "c" * 32, "matter_type": "civil", "title": "张三案"}


def refused(case):
    """Neither the record's function nor the operation, by the system or by the administrator, opens the matter."""
    everything = given(case)
    with pytest.raises(conflict_validity.ConflictUnchecked):
        case.run(lambda context: matters.open_matter(context, **everything))
    for actor in (SYSTEM, case.cast["admin"], Actor("x", "x", frozenset({"director", "partner", "desk", "admin"}))):
        with pytest.raises(conflict_validity.ConflictUnchecked):
            case.firm.run(RunOperation("matters.open", everything), actor)
    with case.firm.reading() as session:
        assert matters.find_matter_by_lead(session, case.lead_id) is None


def check(case, identity="", judged_class=""):
    case.check()
    case.declare()
    if identity:
        case.judge(identity, judged_class)


@pytest.mark.requirement("R4")
def test_without_a_check_and_with_one_under_way_there_is_no_matter(case):
    case.screen()
    refused(case)
    case.check()
    refused(case)
    case.declare()
    made = case.run(lambda context: matters.open_matter(context, **given(case)))
    assert made.matter_no.startswith("（2026）")


@pytest.mark.requirement("R4")
@pytest.mark.parametrize("result", ["WAIVABLE", "ABSOLUTE"])
def test_a_conflict_that_nobody_waived_is_none_to_open_on(case, result):
    case.screen(opposing_parties=[{"name": "周慕青", "kind": "person"}])
    check(case, "SAME", "WAIVABLE")
    case.vote(result)
    assert case.outcome() == result
    refused(case)


def test_an_old_check_and_another_set_of_parties_do_not_count(case):
    case.screen()
    check(case)
    case.move(days=30)
    refused(case)
    check(case)
    third = [{"name": "保证人甲", "kind": "person"}]
    case.run(
        lambda c: leads.write_outline(
            c, case.lead_id, {**leads.get_lead(c.session, case.lead_id).outline, "third_parties": third}
        )
    )
    refused(case)
