"""Opening a matter through every path, and its numbers under a rush."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.errors import FormInvalid
from tests.workflows.casework import OUTLINE
from tests.workflows.signed import clear_conflicts, sign_contract
from workflows.records import client_files, communications, conflict_validity, contracts, leads, matters, refusals, volumes

FILE = {
    "file_sets": ["client", "case", "lawyers", "contract", "fees"], "tier": "A", "preferred_channel": "email",
    "contact_person": "张三", "contact_phone": "13800138000",
}  # fmt: skip
PLAN = {
    "strategy": "先行调解，同时申请财产保全，固定交付证据。", "security_level": "secret",
    "milestones": [{"milestone_title": "立案", "milestone_on": "2026-12-01"}],
}  # fmt: skip


def start(case, **data):
    clear_conflicts(case)
    case.start("matter_opening", contract_id=case.contract_id, client_id="c" * 32, **data)


def team_of(case, **more):
    return {"lead_lawyer": case.cast["lawyer1"].id, "backup_lawyer": case.cast["lawyer2"].id, **more}


@pytest.mark.requirement("R24", "R25")
def test_a_matter_is_opened_checked_staffed_planned_and_active(case):
    start(case)
    case.do("desk", "Task_CheckClientFile", {**case.first_values("Task_CheckClientFile", "desk"), **FILE})
    assert case.first_values("Task_AssignTeam", "partner1") == {"lead_lawyer": case.cast["lawyer1"].id}
    case.do("partner1", "Task_AssignTeam", team_of(case))
    case.do("lawyer1", "Task_PlanMatter", PLAN)
    assert case.incidents() == []
    assert case.state() == "completed"
    with case.firm.reading() as session:
        matter = matters.find_matter_by_lead(session, case.lead_id)
        members = matters.list_members(session, matter.id)
        client_file = client_files.find_client_file(session, "c" * 32)
        volume = volumes.get_volume(session, matter.volume_id)
    assert (matter.matter_no, matter.state, matter.security_level) == ("（2026）卷律民字第0001号", matters.ACTIVE, "secret")
    assert (client_file.client_no, client_file.tier) == ("KH-2026-00001", "A")
    assert members == {case.cast["lawyer1"].id: "lead", case.cast["lawyer2"].id: "backup"}
    assert (volume.matter_id, volume.state) == (matter.id, volumes.COLLECTING)
    assert "（2026）卷律民字第0001号" in case.mails()[-1]["subject"]


def test_an_unsigned_contract_opens_nothing(case):
    case.register()
    case.contract_id = case.run(
        lambda context: contracts.draft_contract(context, lead_id=case.lead_id, terms={"fee_mode": "fixed"}).id
    )
    start(case)
    assert "before the engagement contract is signed" in case.incidents()[0]
    with case.firm.reading() as session:
        assert matters.find_matter_by_lead(session, case.lead_id) is None


def refuses(case):
    """Start an opening that must be refused; returns what was said."""
    case.start("matter_opening", contract_id=case.contract_id, client_id="c" * 32)
    with case.firm.reading() as session:
        assert matters.find_matter_by_lead(session, case.lead_id) is None
    return case.incidents()[0]


def test_without_a_conflict_check_nothing_is_opened(case):
    assert "without a valid conflict check" in refuses(case)


def test_a_conflict_check_that_is_too_old_opens_nothing(case):
    clear_conflicts(case)
    case.move(days=31)
    assert "without a valid conflict check" in refuses(case)


def test_a_conflict_check_of_other_parties_opens_nothing(case):
    clear_conflicts(case)
    newcomer = {"opposing_parties": [{"name": "新对手有限公司", "kind": "organisation"}]}
    case.run(lambda context: leads.write_outline(context, case.lead_id, {**OUTLINE, **newcomer}))
    assert "without a valid conflict check" in refuses(case)


def test_the_lead_is_converted_and_the_client_welcomed(case):
    case.run(lambda context: setattr(leads.get_lead(context.session, case.lead_id), "state", "APPROVED"))
    start(case)
    with case.firm.reading() as session:
        assert leads.get_lead(session, case.lead_id).state == "CONVERTED"
    case.do("desk", "Task_CheckClientFile", FILE)
    case.do("partner1", "Task_AssignTeam", team_of(case))
    case.do("lawyer1", "Task_PlanMatter", PLAN)
    with case.firm.reading() as session:
        log = communications.list_communications(session, case.lead_id)
    assert [entry.summary.splitlines()[0] for entry in log] == ["您的案件已立案办理：（2026）卷律民字第0001号"]


@pytest.mark.requirement("R25")
def test_the_file_needs_all_five_sets(case):
    start(case)
    with pytest.raises(FormInvalid) as caught:
        case.do("desk", "Task_CheckClientFile", {**FILE, "file_sets": ["client", "case"]})
    assert caught.value.errors["file_sets"][0].params == {"count": 3}


def test_the_front_desk_is_reminded_after_a_working_day(case):
    start(case)
    case.move(days=1, minutes=1)
    assert case.mails()[-1]["to"] == "desk@demo.invalid"
    assert case.open_tasks() == {"Task_CheckClientFile"}


def test_a_team_has_different_people_who_are_lawyers(case):
    start(case)
    case.do("desk", "Task_CheckClientFile", FILE)
    for change, path, code in (
        ({"backup_lawyer": case.cast["lawyer1"].id}, "backup_lawyer", refusals.PERSON_CHOSEN_TWICE),
        ({"co_lawyers": [case.cast["desk"].id]}, "co_lawyers", "option"),
    ):
        with pytest.raises(FormInvalid) as caught:
            case.do("partner1", "Task_AssignTeam", team_of(case, **change))
        assert caught.value.errors[path][0].code == code


def test_the_plan_goes_to_the_lawyer_who_leads(case):
    start(case)
    case.do("desk", "Task_CheckClientFile", FILE)
    case.do("partner1", "Task_AssignTeam", {"lead_lawyer": case.cast["lawyer2"].id, "backup_lawyer": case.cast["lawyer1"].id})
    case.do("lawyer2", "Task_PlanMatter", PLAN)
    assert case.state() == "completed"


@pytest.mark.requirement("R24")
def test_one_client_has_one_file(case):
    start(case)
    case.register()
    case.contract_id = sign_contract(case)
    start(case)
    with case.firm.reading() as session:
        assert [row.client_no for row in client_files.list_client_files(session)] == ["KH-2026-00001"]
        assert len(matters.list_client_matters(session, "c" * 32)) == 2


def test_numbers_neither_gap_nor_repeat_in_a_rush(case, monkeypatch):
    """Eight desks open forty matters at once; every seventh is given up half way and gives its number back."""
    monkeypatch.setattr(conflict_validity, "check_valid", lambda *_: True)  # once for all threads

    def open_one(index: int) -> None:
        def action(context):
            matters.open_matter(
                context, lead_id=f"lead{index}", client_id=f"client{index % 5}", contract_id="k", matter_type="civil",
                title="t", lawyer_id="l",
            )  # fmt: skip
            client_files.open_client_file(context, f"client{index}")
            if index % 7 == 0:
                raise RuntimeError("given up")

        try:
            case.run(action)
        except RuntimeError:
            assert index % 7 == 0

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_one, range(40)))
    with case.firm.reading() as session:
        numbers = sorted(matter.matter_no for matter in matters.list_matters(session, viewer=case.cast["partner1"], limit=100))
        files = [row.client_no for row in client_files.list_client_files(session)]
    assert numbers == [f"（2026）卷律民字第{number:04d}号" for number in range(1, 35)]
    assert files == [f"KH-2026-{number:05d}" for number in range(1, 35)]
