"""The check before signing, guard G1, and what the firm's real events do to a search."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import RunOperation
from engine.context import SYSTEM
from tests.workflows.signed import open_unchecked
from workflows.records import conflict_validity, conflicts, leads, matters, people
from workflows.records.conflict_register import NAMES, SUBJECTS

CHAO = {"name": "赵六", "id_number": "440524188001010014"}


@pytest.fixture
def cleared(case):
    case.screen()
    case.check()
    case.declare()
    assert case.outcome() == "CLEAR"
    return case


def recheck(case):
    return case.firm.run(RunOperation("conflicts.recheck", {"lead_id": case.lead_id}), SYSTEM)["conflict_recheck"]


def valid(case):
    with case.firm.reading() as session:
        return conflict_validity.check_valid(session, case.lead_id, case.firm.clock.now())


def test_a_check_holds_for_thirty_days(cleared):
    assert (recheck(cleared), valid(cleared)) == ("CLEAR", True)
    cleared.move(days=29, hours=23)
    assert (recheck(cleared), valid(cleared)) == ("CLEAR", True)
    cleared.move(hours=1)
    assert (recheck(cleared), valid(cleared)) == ("STALE", False)


def test_a_new_party_makes_it_stale(cleared):
    def add(context):
        lead = leads.get_lead(context.session, cleared.lead_id)
        third = [{"name": "保证人甲", "kind": "person"}]
        leads.write_outline(context, lead.id, {**lead.outline, "third_parties": third})

    cleared.run(add)
    assert (recheck(cleared), valid(cleared)) == ("STALE", False)


def test_a_relative_declared_later_makes_it_stale(cleared):
    relatives = [{"name": "示例贸易有限公司", "relation": "投资"}]
    given = {"person_id": cleared.cast["partner1"].id, "relatives": relatives}
    cleared.firm.run(RunOperation("people.declare_relatives", given), SYSTEM)
    assert (recheck(cleared), valid(cleared)) == ("STALE", True)


def test_somebody_who_comes_later_does_not_disturb(cleared):
    mine = cleared.lead_id
    cleared.screen(client=CHAO, opposing_parties=[{"name": "张三", "kind": "person"}])
    cleared.lead_id = mine
    assert recheck(cleared) == "CLEAR"


def test_a_check_that_did_not_clear_is_not_valid(case):
    case.screen(opposing_parties=[])
    assert not valid(case)
    case.check()
    case.do("lawyer1", "Task_Supply", {"supply": "CANNOT", "supply_note": "客户不愿透露对方"})
    assert (recheck(case), valid(case)) == ("STALE", False)


def test_a_stale_check_is_done_again_under_a_new_number(cleared):
    cleared.move(days=31)
    cleared.check()
    cleared.declare()
    assert cleared.outcome() == "CLEAR"
    with cleared.firm.reading() as session:
        assert [each.check_no for each in conflicts.list_checks(session, cleared.lead_id)] == ["LC-2026-00001", "LC-2026-00002"]
    assert valid(cleared)


def open_matter(case, lead_id):
    """The lead becomes a matter, as at its opening."""

    def write(context):
        lead = leads.get_lead(context.session, lead_id)
        lead.state = "APPROVED"
        opened = open_unchecked(
            context, lead_id=lead_id, client_id=lead.client_id, contract_id="contract", matter_type="civil", title="赵六案",
            lawyer_id=lead.lawyer_id,
        )  # fmt: skip
        return opened.id

    return case.run(write)


def close_matter(case, matter_id, ago):
    def write(context):
        row = context.session.get(matters.MatterRow, matter_id)
        row.state, row.closed_at = "CLOSED", context.now - ago

    case.run(write)


@pytest.mark.parametrize(
    ("closed", "cause", "said"),
    [
        (None, "买卖合同纠纷", ("WAIVABLE", "CN-W4", "current")),
        (timedelta(days=10), "买卖合同纠纷", ("WAIVABLE", "CN-W5", "former")),
        (timedelta(days=10), "离婚纠纷", ("WAIVABLE", "CN-W6", "former")),
        (timedelta(days=400), "买卖合同纠纷", ("WAIVABLE", "CN-W6", "former")),
    ],
)
def test_a_client_is_current_until_the_matter_is_closed_and_former_then(case, closed, cause, said):
    theirs = case.screen("lawyer2", client=CHAO, cause=cause, opposing_parties=[{"name": "某丙", "kind": "person"}])
    matter_id = open_matter(case, theirs)
    if closed:
        close_matter(case, matter_id, closed)
    case.screen(opposing_parties=[{"name": "赵六", "kind": "person"}])
    case.check()
    case.declare()
    (hit,) = case.hits()
    assert (hit.hit_class, hit.rule, hit.situation["status"]) == said
    assert hit.subject["team"] == ["王若谷"]


def test_both_sides_of_one_case_are_an_absolute_conflict(case):
    theirs = case.screen("lawyer2", client=CHAO, opposing_parties=[{"name": "张三", "kind": "person"}])
    open_matter(case, theirs)
    case.screen(opposing_parties=[{"name": "赵六", "kind": "person"}])
    case.check()
    case.declare()
    assert {(hit.hit_class, hit.rule) for hit in case.hits()} == {("ABSOLUTE", "CN-A5")}


def test_people_and_relatives_are_in_the_index_from_their_registration(case):
    with case.firm.reading() as session:
        joined = NAMES.join(SUBJECTS, SUBJECTS.c.no == NAMES.c.subject)
        query = select(NAMES.c.name, SUBJECTS.c.subject_kind).select_from(joined).where(SUBJECTS.c.lead_id.is_(None))
        rows = session.execute(query).all()
        staff = {row.name for row in rows if row.subject_kind == "staff"}
        assert staff == {person.name for person in people.list_people(session)}
        assert {"李国华", "周慕青", "陈思远"} <= {row.name for row in rows if row.subject_kind == "relative"}
