"""Appraisal and destruction through every path."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine import SYSTEM, ReceiveMessage, RunOperation, StartInstance
from engine.clock import FIRM_ZONE
from engine.errors import FormInvalid, FourEyes, NotAllowed
from workflows.records import appraisals, destructions, documents, retention_periods, tombstones, volumes


@pytest.mark.requirement("A16", "A17")
def test_a_volume_is_appraised_approved_reported_published_destroyed_and_leaves_a_tombstone(case):
    volume_id = case.store_volume()
    case.begin()
    assert case.appraisal().list_no == "XH-2026-01"
    assert case.volume(volume_id).state == volumes.APPRAISING
    case.until_list()
    assert case.incidents() == []
    assert {"appraisal_report", "destruction_list"} <= case.kinds()
    assert case.volume(volume_id).state == volumes.TO_DESTROY
    case.until_scan()
    file_no = case.volume(volume_id).file_no
    assert len(case.packages(file_no)) == 2
    case.destroy()
    assert (case.incidents(), case.waiting()) == ([], set())
    volume, stone = case.volume(volume_id), case.stone(volume_id)
    assert (volume.state, volume.client_name, volume.cover) == (volumes.DESTROYED, "张*", {})
    assert (stone.content["client"], stone.content["pages"], stone.content["list_no"]) == ("张*", 3, "XH-2026-01")
    assert stone.content["opponents"] == ["示例****公司"] or "*" in stone.content["opponents"][0]
    assert stone.content["supervised_by"] == ["王若谷", "吴静怡"]
    assert case.packages(file_no) == []
    with case.firm.reading() as session:
        assert tombstones.find_fault(session, stone) == ""
        assert documents.list_documents(session, case.lead_id, include_superseded=True) == []
    done = case.destruction()
    assert (done.state, done.certificate_no) == (destructions.DONE, "XHZ-2027-01")
    assert done.steps["erased"]["backups_until"] == stone.content["backups_until"]
    assert "destruction_certificate" in case.kinds()
    assert case.appraisal().state == appraisals.CLOSED


@pytest.mark.requirement("A16")
def test_each_first_of_november_a_list_is_made_by_itself(case):
    case.store_volume()
    case.firm.run(StartInstance("appraisal_year"), SYSTEM)
    case.move_to(datetime(2027, 11, 1, 1, 5, tzinfo=UTC))
    with case.firm.reading() as session:
        (found,) = appraisals.list_appraisals(session)
    assert (found.list_no, found.kind) == ("XH-2027-01", appraisals.YEARLY)
    assert case.waiting() == {"Task_Look"}
    case.firm.run(ReceiveMessage("appraisal.years_stopped", "firm", {}), SYSTEM)
    case.settle()
    case.move_to(datetime(2028, 11, 1, 1, 5, tzinfo=UTC))
    with case.firm.reading() as session:
        assert len(appraisals.list_appraisals(session)) == 1


def test_where_nothing_is_due_the_list_closes_at_once(case):
    case.begin()
    assert (case.appraisal().state, case.waiting()) == (appraisals.CLOSED, set())


@pytest.mark.requirement("A16")
def test_kept_volumes_get_a_new_period_and_a_mark(case):
    kept, for_good, moved = (case.store_volume() for _ in range(3))
    case.begin()
    case.look()
    case.speak()
    rows = case.shown("director", "Task_Meeting")["items"]
    by_volume = {item.id: item.volume_id for item in case.items()}
    wanted = {kept: {"decision": "keep", "years": 8}, for_good: {"decision": "permanent"}, moved: {"decision": "transfer"}}
    decided = [{**row, "reason": "有查考价值", **wanted[by_volume[row["item_id"]]]} for row in rows]
    ids = [case.cast[login].id for login in ("director", "archivist", "partner1")]
    case.did("director", "Task_Meeting", {"members": ids, "items": decided, "minutes": [case.upload()]})
    assert case.volume(kept).state == volumes.APPRAISING  # nothing takes effect before all have signed
    for login in ("director", "archivist", "partner1"):
        case.did(login, "Task_Sign", {"signature": case.cast[login].name})
    assert (case.volume(kept).state, case.volume(kept).expires_on.isoformat()) == (volumes.STORED, "2034-12-31")
    assert case.volume(for_good).retention == "永久"
    assert case.volume(moved).state == volumes.STORED
    with case.firm.reading() as session:
        (mark,) = retention_periods.list_marks(session, kept)
    assert "XH-2026-01" in mark.text and "续存8年" in mark.text
    assert (case.appraisal().state, case.waiting()) == (appraisals.CLOSED, set())


@pytest.mark.requirement("A16")
def test_a_lawyer_who_is_silent_keeps_the_volume_five_years(case):
    case.store_volume()
    case.begin()
    case.look()
    case.fill("compliance", "Task_Compliance", floors_ok="yes", hold="no")
    case.fill("finance", "Task_Finance", accounting_ok="yes")
    case.move(days=9)  # half time: reminded
    assert any("鉴定意见待提交" in mail["subject"] for mail in case.mails())
    case.move(days=14)
    assert case.waiting() == {"Task_Meeting"}
    (row,) = case.shown("director", "Task_Meeting")["items"]
    assert (row["decision"], row["years"]) == ("keep", 5)


def test_late_first_looks_and_opinions_are_reminded_of(case):
    case.store_volume()
    case.begin()
    case.move(days=16)
    case.look()
    case.move(days=9)
    told = [mail["to"] for mail in case.mails() if mail["subject"].startswith("档案鉴定意见待提交：")]
    assert {"archivist@demo.invalid", "compliance@demo.invalid", "finance@demo.invalid"} <= set(told)


@pytest.mark.requirement("A16")
def test_a_single_objection_of_compliance_keeps_a_volume(case):
    volume_id = case.store_volume()
    case.begin()
    case.look()
    case.speak(floors_ok="no")
    with pytest.raises(FormInvalid) as wrong:
        case.meet(decision="destroy")
    assert list(wrong.value.errors) == ["items.0.decision"]
    case.meet()
    assert case.volume(volume_id).expires_on.isoformat() == "2031-12-31"


@pytest.mark.requirement("A16")
@pytest.mark.parametrize(
    "members",
    [("director", "archivist"), ("director", "archivist", "partner1", "lawyer2"), ("director", "lawyer1", "lawyer2"),
     ("archivist", "partner1", "lawyer1")],
    ids=["two", "even", "no archivist", "no chair"],
)  # fmt: skip
def test_the_group_has_a_quorum_or_decides_nothing(case, members):
    case.store_volume()
    case.begin()
    case.look()
    case.speak()
    with pytest.raises(FormInvalid) as wrong:
        case.meet(members)
    assert list(wrong.value.errors) == ["members"]


def test_forms_ask_for_years_and_reasons(case):
    case.store_volume()
    case.begin()
    for element, login, row, field in (
        ("Task_Look", "archivist", {"condition": "good", "pages_found": 3, "proposal": "keep"}, "items.0.years"),
        ("Task_Compliance", "compliance", {"floors_ok": "no", "hold": "no"}, "items.0.reason"),
        ("Task_Finance", "finance", {"accounting_ok": "no"}, "items.0.reason"),
        ("Task_Opinion", "lawyer1", {"agrees": "no"}, "items.0.reason"),
    ):
        if element == "Task_Compliance":
            case.look()
        with pytest.raises(FormInvalid) as wrong:
            case.fill(login, element, **row)
        assert list(wrong.value.errors) == [field]
    case.speak()
    with pytest.raises(FormInvalid) as wrong:
        case.meet(decision="keep")
    assert list(wrong.value.errors) == ["items.0.years"]


@pytest.mark.requirement("A17")
def test_the_director_refuses_and_everything_is_kept(case):
    volume_id = case.store_volume()
    case.begin()
    case.until_list()
    with pytest.raises(FormInvalid):
        case.did("director", "Task_Approve", {"decision": "refuse"})
    case.did("director", "Task_Approve", {"decision": "refuse", "conditions": "另行研究"})
    assert (case.volume(volume_id).state, case.destruction().state) == (volumes.STORED, destructions.STOPPED)
    assert case.appraisal().state == appraisals.CLOSED


@pytest.mark.requirement("A17")
@pytest.mark.parametrize(("answer", "kept"), [("agree", False), ("disagree", True)])
def test_the_authority_answers(case, answer, kept):
    volume_id = case.store_volume()
    case.begin()
    case.until_list()
    case.did("director", "Task_Approve", {"decision": "approve"})
    case.did("archivist", "Task_Report", {"authority": "示范市司法局", "sent_on": "2026-11-25", "way": "hand"})
    given = {"destruction_id": case.list_id, "answer": answer, "note": "示司函1号"}
    case.firm.run(RunOperation("destructions.record_answer", given), case.cast["archivist"])
    case.settle()
    assert (case.volume(volume_id).state == volumes.STORED) is kept
    assert (case.destruction().state == destructions.COOLING) is not kept


@pytest.mark.requirement("A17")
def test_a_list_of_november_is_not_destroyed_before_the_period_has_ended(case):
    case.store_volume()
    case.begin()
    case.until_list()
    case.did("director", "Task_Approve", {"decision": "approve"})
    case.did("archivist", "Task_Report", {"authority": "示范市司法局", "sent_on": "2026-11-25", "way": "hand"})
    given = {"destruction_id": case.list_id, "answer": "agree"}
    case.firm.run(RunOperation("destructions.record_answer", given), case.cast["archivist"])
    case.settle()
    assert case.destruction().cooling_until.astimezone(FIRM_ZONE).isoformat() == "2027-01-01T09:00:00+08:00"


@pytest.mark.requirement("A17")
def test_originals_are_offered_back_first_and_kept_apart_when_nobody_comes(case):
    one, two = case.store_volume(), case.store_volume()
    case.begin()
    case.look(originals="送货单原件\n借条")
    case.speak()
    case.meet()
    case.did("director", "Task_Approve", {"decision": "approve"})
    case.did("archivist", "Task_Report", {"authority": "示范市司法局", "sent_on": "2026-11-25", "way": "hand"})
    case.move(days=31)
    assert case.waiting() == {"Task_Offer"} and "originals_notice" in case.kinds()
    assert sum(mail["subject"] == "领取原件通知" for mail in case.mails()) == 2
    proof = [case.upload("签收单")]
    with pytest.raises(FormInvalid):
        case.did("desk", "Task_Offer", {"outcome": "collected", "proof": proof})
    case.did("desk", "Task_Offer", {"outcome": "collected", "collected_by": "张三（身份证）", "proof": proof})
    assert case.destruction().state == destructions.APPROVED
    case.move(days=61)
    assert case.destruction().state == destructions.COOLING
    outcomes = {item.originals["outcome"] for item in case.items()}
    assert outcomes == {"collected", "unclaimed"} and {one, two} == {item.volume_id for item in case.items()}


@pytest.mark.requirement("A17")
def test_an_objection_brings_one_volume_back_to_the_group(case):
    one, two = case.store_volume(), case.store_volume()
    case.begin()
    case.until_list()
    case.did("director", "Task_Approve", {"decision": "approve"})
    case.did("archivist", "Task_Report", {"authority": "示范市司法局", "sent_on": "2026-11-25", "way": "hand"})
    case.move(days=31)
    item = next(each for each in case.items() if each.volume_id == one)
    given = {"item_id": item.id, "reason": "当事人正在申请再审"}
    case.firm.run(RunOperation("destructions.object", given), case.cast["lawyer2"])
    case.settle()
    (row,) = case.shown("director", "Task_Meeting")["items"]
    assert (row["item_id"], row["decision"]) == (item.id, "keep")
    case.meet()
    assert (case.volume(one).state, case.volume(two).state) == (volumes.STORED, volumes.TO_DESTROY)
    case.move(days=31)
    assert case.waiting() == {"Task_Scan"}
    case.destroy()
    assert (case.volume(one).state, case.volume(two).state) == (volumes.STORED, volumes.DESTROYED)


@pytest.mark.requirement("A17")
def test_a_mismatch_stops_the_batch_and_nothing_is_destroyed(case):
    volume_id = case.store_volume()
    case.begin()
    case.until_list()
    case.until_scan()
    case.scan(numbers=["J001-X"])
    assert case.waiting() == {"Task_Resolve"}
    assert case.volume(volume_id).state == volumes.TO_DESTROY
    case.did("director", "Task_Resolve", {"explanation": "取错架，已更正"})
    case.destroy()
    assert case.volume(volume_id).state == volumes.DESTROYED


@pytest.mark.requirement("A17")
@pytest.mark.parametrize("supervisors", [("lawyer2",), ("lawyer2", "lawyer2"), ("archivist", "lawyer2"), ("director", "lawyer2")])
def test_two_supervisors_who_are_neither_executor_nor_approver(case, supervisors):
    case.store_volume()
    case.begin()
    case.until_list()
    case.until_scan()
    with pytest.raises(FormInvalid) as wrong:
        case.scan(supervisors=supervisors)
    assert list(wrong.value.errors) == ["supervisors"]


@pytest.mark.requirement("A17")
def test_who_approved_does_not_execute_and_who_proposed_does_not_approve(case):
    case.store_volume()
    case.begin()
    case.until_list()
    with pytest.raises(NotAllowed):
        case.did("archivist", "Task_Approve", {"decision": "approve"})
    case.until_scan()
    with pytest.raises((NotAllowed, FourEyes)):
        case.did("director", "Task_Scan", {"scanned": "x", "supervisors": []})
    with pytest.raises(NotAllowed):  # round the task
        case.run(lambda context: destructions.scan(context, case.list_id, scanned=[], supervisors=[]), "director")
