"""Guard G9: who stands behind a wall sees, searches, gets and downloads nothing of the case, by no way round."""

from __future__ import annotations

import pytest

from engine import AssignTask, ClaimTask, CompleteTask, ReleaseTask, RunOperation, SaveDraft, queries
from engine.context import SYSTEM, Actor
from engine.errors import FourEyes, NotAllowed, StateRefused
from tests.workflows.conflict_check.conftest import NOTHING, ConflictCase
from tests.workflows.conflict_check.test_recheck import open_matter
from tests.workflows.small_firm import open_small_firm
from workflows.records import (
    case_access,
    case_list,
    conflict_facts,
    document_access,
    documents,
    leads,
    matters,
    people,
    walls,
)

CHAO = {"name": "赵六", "id_number": "440524188001010014"}


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "conflict_check")
    case = ConflictCase(engine)
    case.screen()
    yield case
    engine.database.dispose()


def run(case, operation, login, **given):
    return case.firm.run(RunOperation(operation, given), case.cast[login] if login else SYSTEM)


def wall(case, *logins, lead_id=""):
    """A wall around the case, proposed by a partner and put up by compliance."""
    outside = [case.cast[login].id for login in logins]
    given = {"lead_id": lead_id or case.lead_id, "people": outside, "reason": "另案代理对方"}
    wall_id = run(case, "walls.propose", "partner2", **given)["wall_id"]
    run(case, "walls.activate", "compliance", wall_id=wall_id)
    return wall_id


def level(case, login):
    with case.firm.reading() as session:
        return case_access.find_level(session, leads.get_lead(session, case.lead_id), case.cast[login])


def test_a_wall_is_proposed_put_up_by_another_and_lifted_with_a_reason(case):
    given = {"lead_id": case.lead_id, "people": [case.cast["partner1"].id], "reason": "另案代理对方"}
    with pytest.raises(NotAllowed):
        run(case, "walls.propose", "lawyer2", **given)
    with pytest.raises(StateRefused):
        run(case, "walls.propose", "compliance", **{**given, "reason": " "})
    with pytest.raises(StateRefused):  # who works on the case leaves it first
        run(case, "walls.propose", "compliance", **{**given, "people": [case.cast["lawyer1"].id]})
    wall_id = run(case, "walls.propose", "compliance", **given)["wall_id"]
    assert level(case, "partner1") == case_access.FULL  # a proposal closes nothing
    with pytest.raises(FourEyes):
        run(case, "walls.activate", "compliance", wall_id=wall_id)
    with pytest.raises(NotAllowed):
        run(case, "walls.activate", "partner2", wall_id=wall_id)
    run(case, "walls.activate", "director", wall_id=wall_id)
    assert level(case, "partner1") is None
    with pytest.raises(StateRefused):
        run(case, "walls.activate", "compliance", wall_id=wall_id)
    lift(case, wall_id, "另案已结")
    assert level(case, "partner1") == case_access.FULL
    with case.firm.reading() as session:
        kept = walls.get_wall(session, wall_id)
    assert (kept.state, kept.activated_by_name, kept.lift_reason) == ("LIFTED", case.cast["director"].name, "另案已结")


def lift(case, wall_id, reason):
    """Compliance asks, a director agrees."""
    run(case, "walls.ask_lift", "compliance", wall_id=wall_id, reason=reason)
    run(case, "walls.lift", "director", wall_id=wall_id)


@pytest.mark.requirement("R44")
def test_a_wall_takes_compliance_and_a_director_to_come_down(case):
    wall_id = wall(case, "lawyer2")
    both = Actor("b" * 32, "两职", frozenset({"compliance", "director"}))
    case.cast["both"] = both
    with pytest.raises(StateRefused):  # nobody asked
        run(case, "walls.lift", "director", wall_id=wall_id)
    for login in ("partner1", "admin", "lawyer1"):
        with pytest.raises(NotAllowed):
            run(case, "walls.ask_lift", login, wall_id=wall_id, reason="不需要")
    with pytest.raises(NotAllowed):  # the system neither: no command line goes round the two
        run(case, "walls.ask_lift", "", wall_id=wall_id, reason="不需要")
    with pytest.raises(StateRefused):
        run(case, "walls.ask_lift", "compliance", wall_id=wall_id, reason=" ")
    run(case, "walls.ask_lift", "both", wall_id=wall_id, reason="另案已结")
    with pytest.raises(FourEyes):
        run(case, "walls.lift", "both", wall_id=wall_id)
    with pytest.raises(NotAllowed):  # asked as director: it takes compliance
        run(case, "walls.lift", "director", wall_id=wall_id)
    with pytest.raises(NotAllowed):
        run(case, "walls.lift", "", wall_id=wall_id)
    run(case, "walls.refuse_lift", "compliance", wall_id=wall_id)
    with pytest.raises(StateRefused):
        run(case, "walls.lift", "compliance", wall_id=wall_id)
    run(case, "walls.ask_lift", "director", wall_id=wall_id, reason="另案已结")
    run(case, "walls.lift", "compliance", wall_id=wall_id)
    assert level(case, "lawyer2") is None  # no wall, but not on the case either
    with case.firm.reading() as session:
        assert walls.get_wall(session, wall_id).state == walls.LIFTED
    with pytest.raises(StateRefused):
        run(case, "walls.ask_lift", "director", wall_id=wall_id, reason="再次")


def test_a_proposal_is_taken_back_by_one(case):
    given = {"lead_id": case.lead_id, "people": [case.cast["finance"].id], "reason": "亲属"}
    wall_id = run(case, "walls.propose", "partner1", **given)["wall_id"]
    with pytest.raises(NotAllowed):
        run(case, "walls.take_back", "lawyer2", wall_id=wall_id, reason="误报")
    run(case, "walls.take_back", "partner1", wall_id=wall_id, reason="误报")
    with pytest.raises(StateRefused):
        run(case, "walls.activate", "compliance", wall_id=wall_id)


def test_nobody_takes_down_the_wall_around_themselves(case):
    wall_id = wall(case, "director")
    with pytest.raises(NotAllowed):
        run(case, "walls.ask_lift", "director", wall_id=wall_id, reason="不需要")
    run(case, "walls.ask_lift", "compliance", wall_id=wall_id, reason="不需要")
    with pytest.raises(NotAllowed):
        run(case, "walls.lift", "director", wall_id=wall_id)


@pytest.mark.parametrize("login", ["partner1", "director", "finance", "archivist", "desk", "lawyer2"])
def test_the_case_file_and_its_papers_are_closed_whatever_the_role(case, login):
    matter_id = open_matter(case, case.lead_id)
    who = case.cast[login]
    given = {
        "lead_id": case.lead_id,
        "kind": "memo",
        "title": "通报",
        "media_type": documents.TEXT,
        "content": b"x",
        "slot": "engagement",
    }
    document = case.run(lambda context: documents.add_document(context, **given), login)
    wall(case, login)
    with case.firm.reading() as session:
        every = case_list.CaseFilter(kind=case_list.ALL)
        searched = case_list.CaseFilter(kind=case_list.ALL, search="张三")
        mine = case_list.CaseFilter(kind=case_list.ALL, mine=True)
        for wanted in (every, searched, mine):
            assert case_list.list_cases(session, who, wanted) == []
        assert not document_access.may_read(session, document, who)  # not even their own
        assert not matters.may_see(session, matters.get_matter(session, matter_id), who)
        assert matters.list_matters(session, viewer=who) == []
        with pytest.raises(NotAllowed):
            case_access.check_works_on(session, case.lead_id, who)
    assert level(case, login) is None
    with pytest.raises(NotAllowed):
        run(
            case,
            "communications.log",
            login,
            lead_id=case.lead_id,
            channel="phone",
            direction="in",
            summary="x",
            persons=[],
            at=case.firm.clock.now(),
            follow_up="",
            follow_up_on=None,
        )


def test_a_stand_in_for_somebody_behind_the_wall_sees_nothing(case):
    wall(case, "partner1")
    stand_in = Actor("somebody", "代", frozenset({"partner"}), on_behalf_of=case.cast["partner1"].id)
    with case.firm.reading() as session:
        assert case_access.find_level(session, leads.get_lead(session, case.lead_id), stand_in) is None


def test_open_tasks_leave_the_inbox_and_cannot_be_done_claimed_drafted_or_assigned(case):
    case.check()
    case.declare(has_interest="yes", kinds=["contact"], details="此前在另一事项中与对方有过接触")
    task_id = case.task_id("Task_Judge")
    case.firm.run(ClaimTask(task_id), case.cast["compliance"])
    # a second person of compliance takes over; the first is walled off
    given = {"login": "compliance2", "name": "吴合规", "roles": ["compliance"]}
    other = case.run(lambda context: people.register(context, **given))["person_id"]
    wall(case, "lawyer2")
    wall_id = run(
        case, "walls.propose", "", lead_id=case.lead_id, people=[case.cast["compliance"].id], reason="亲属为对方当事人"
    )["wall_id"]
    run(case, "walls.activate", "director", wall_id=wall_id)
    walled = case.cast["compliance"]
    with case.firm.reading() as session:
        assert queries.inbox(session, walled, now=case.firm.clock.now()) == []
        with pytest.raises(NotAllowed):
            queries.get_task(session, task_id, walled)
    for command in (ClaimTask(task_id), SaveDraft(task_id, {}), CompleteTask(task_id, {})):
        with pytest.raises(NotAllowed):
            case.firm.run(command, walled)
    with pytest.raises(NotAllowed):
        case.firm.run(AssignTask(task_id, walled.id, walled.name), case.cast["director"])
    second = Actor(other, "吴合规", frozenset({"compliance"}))
    case.firm.run(ClaimTask(task_id), second)  # the task went back to the group
    case.firm.run(ReleaseTask(task_id), second)
    case.cast["second"] = second
    run(case, "walls.ask_lift", "second", wall_id=wall_id, reason="亲属关系已解除")
    run(case, "walls.lift", "director", wall_id=wall_id)
    with case.firm.reading() as session:
        assert queries.get_task(session, task_id, walled)


def test_tasks_that_open_later_are_closed_too(case):
    wall(case, "lawyer2")
    case.run(lambda context: setattr(leads.get_lead(context.session, case.lead_id), "lawyer_id", case.cast["lawyer2"].id))
    case.check(lawyer_id=case.cast["lawyer2"].id)  # even where the diagram assigns them
    with pytest.raises(NotAllowed):
        case.do("lawyer2", "Task_Declare", NOTHING)
    with case.firm.reading() as session:
        assert queries.inbox(session, case.cast["lawyer2"], now=case.firm.clock.now()) == []


def test_nobody_behind_the_wall_joins_the_team(case):
    matter_id = open_matter(case, case.lead_id)
    wall(case, "lawyer2")
    team = {case.cast["lawyer1"].id: "lead", case.cast["lawyer2"].id: "co"}
    with pytest.raises(NotAllowed):
        case.run(lambda context: matters.set_team(context, matter_id, team))


def test_a_hit_in_a_walled_case_says_nothing_but_that(case):
    theirs = case.screen("lawyer2", client=CHAO, cause="离婚纠纷", opposing_parties=[{"name": "某丙", "kind": "person"}])
    open_matter(case, theirs)
    wall(case, "lawyer1", lead_id=theirs)
    case.screen(opposing_parties=[{"name": "赵六", "kind": "person"}])
    case.check()
    case.declare()
    for login, hidden in (("partner1", True), ("lawyer1", True), ("admin", True), ("compliance", False), ("director", False)):
        with case.firm.reading() as session:
            described = conflict_facts.describe_check(session, case.record(), viewer=case.cast[login])
        (hit,) = [each for each in described["hits"] if each["ours"] == "赵六"]
        assert hit["is_walled"] == hidden
        if hidden:
            assert hit["theirs"] == "受隔离事项，请联系合规"
            assert not any(said in str(hit) for said in ("离婚", "王若谷", "民字", "XS-"))
    assert "王若谷" not in str(case.first_values("Task_Judge", "partner1"))
    case.judge("SAME", "WAIVABLE")
    case.vote("WAIVABLE", reason="告知后豁免。")
    with case.firm.reading() as session:  # the sheet in the volume is read by the team
        assert "离婚" not in str(conflict_facts.facts(session, case.lead_id))
