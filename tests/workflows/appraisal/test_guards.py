"""What keeps a volume (G8): each reason, the database's own guards, and that nothing goes round them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError

from engine import RunOperation
from engine.errors import NotAllowed, StateRefused
from workflows.records import (
    appraisals,
    complaints,
    contracts,
    destruction_blocks,
    destructions,
    documents,
    erasing,
    fees,
    legal_holds,
    retention_floors,
    retention_periods,
    tombstones,
    volumes,
    walls,
)
from workflows.records.destruction_blocks import Kept
from workflows.records.documents import DocumentRow
from workflows.records.legal_holds import OnHold
from workflows.records.volume_loans import LoanRow
from workflows.records.volumes import VolumeRow

LATER = date(2027, 1, 1)


def codes(case, volume_id: str, on: date = LATER) -> set[str]:
    with case.firm.reading() as session:
        return {block.code for block in destruction_blocks.list_blocks(session, volumes.get_volume(session, volume_id), on)}


def change(case, volume_id: str, **values: Any) -> None:
    def write(context):
        row = context.session.get_one(VolumeRow, volume_id)
        for name, value in values.items():
            setattr(row, name, value)

    case.run(write)


def hold(case, volume_id: str = "", login: str = "compliance") -> None:
    given = {"lead_id": case.lead_id, "cause": "dispute", "reason": "再审立案", "volume_id": volume_id}
    case.firm.run(RunOperation("legal_holds.place", given), case.cast[login])
    case.settle()


def lend(case, volume_id: str) -> None:
    """A loan that the director granted while the volume was still free."""
    columns = {
        "id": "a" * 32, "loan_no": "JY-1", "volume_id": volume_id, "lead_id": case.lead_id, "state": "APPROVED", "kind": "own",
        "mode": "original", "level": "内部", "borrower_name": "李明轩", "organisation": "", "contact": "", "applied_by": "x",
        "applied_by_name": "李明轩", "purpose": "case", "purpose_note": "", "pages": "", "reason": "",
    }  # fmt: skip

    def write(context):
        filled = {name: value for name, value in columns.items() if hasattr(LoanRow, name)}
        blank: dict[str, Any] = {"given": {}, "path": [], "approvals": [], "conditions": [], "steps": {}}
        more = {"applied_at": context.now, "from_on": date(2026, 11, 24), "until_on": date(2026, 12, 8), "renewals": 0}
        context.session.add(LoanRow(**filled, **more, **blank))

    case.run(write)


# -- each reason


def test_a_free_volume_has_no_block(case):
    assert codes(case, case.store_volume()) == set()


def test_perm_and_not_due(case):
    volume_id = case.store_volume()
    assert codes(case, volume_id, date(2026, 12, 31)) == {destruction_blocks.NOT_DUE}
    change(case, volume_id, retention_code="Y", expires_on=None)
    assert codes(case, volume_id) == {destruction_blocks.PERM}


def test_loan(case):
    volume_id = case.store_volume()
    lend(case, volume_id)
    assert codes(case, volume_id) == {destruction_blocks.LOAN}


def test_hold_on_the_case_or_on_another_volume(case):
    volume_id = case.store_volume()
    hold(case, "b" * 32)
    assert codes(case, volume_id) == set()
    hold(case, volume_id)
    assert codes(case, volume_id) == {destruction_blocks.HOLD}


def test_complaint_open_and_the_years_after(case):
    volume_id = case.store_volume()

    def complain(context):
        complaints.register_complaint(context, source="letter", facts="逾期未通报", case_lead_id=case.lead_id)

    case.run(complain)
    assert destruction_blocks.COMPLAINT in codes(case, volume_id)


def test_fees(case):
    volume_id = case.store_volume()

    with case.firm.reading() as session:
        contract = contracts.find_contract(session, case.lead_id)
    case.run(lambda context: fees.plan_fees(context, contract.id))
    assert codes(case, volume_id) == {destruction_blocks.FEES}


def test_laundering_records(case):
    volume_id = case.store_volume(closed_on=date(2017, 12, 31), aml=True)
    assert codes(case, volume_id) == {destruction_blocks.NOT_DUE, destruction_blocks.AML10}


def test_accounts(case):
    volume_id = case.store_volume(slot="fee_receipts", form="original")
    assert codes(case, volume_id) == {destruction_blocks.NOT_DUE, destruction_blocks.ACCT}
    assert case.volume(volume_id).expires_on == date(2046, 12, 31)


def test_an_agreement(case):
    volume_id = case.store_volume()
    given = {"volume_id": volume_id, "kind": "contract", "until": "2030-05-01", "reason": "合同第十二条"}
    with pytest.raises(NotAllowed):
        case.firm.run(RunOperation("retention.add_floor", given), case.cast["lawyer1"])
    case.firm.run(RunOperation("retention.add_floor", given), case.cast["archivist"])
    assert codes(case, volume_id) == {destruction_blocks.NOT_DUE, destruction_blocks.CONTRACT}
    assert case.volume(volume_id).expires_on == date(2030, 12, 31)
    assert "合同第十二条" in case.volume(volume_id).retention_reason
    with pytest.raises(StateRefused):
        case.run(lambda c: retention_floors.add_floor(c, volume_id, kind="aml", until=LATER, reason="x"), "archivist")


def test_a_wall(case):
    volume_id = case.store_volume()
    case.run(lambda context: walls.propose(context, case.lead_id, [case.cast["lawyer2"].id], "前任职单位"), "compliance")
    assert codes(case, volume_id) == {destruction_blocks.WALL_REVIEW}


def test_an_open_request_about_personal_data(case):
    volume_id = case.store_volume()
    destruction_blocks.OPEN_REQUESTS.append(lambda _session, lead_id: lead_id == case.lead_id)
    try:
        assert codes(case, volume_id) == {destruction_blocks.PIPL_REQ_OPEN}
    finally:
        destruction_blocks.OPEN_REQUESTS.pop()


# -- a block that appears at any time takes the volume off the list


@pytest.mark.requirement("A16")
def test_a_volume_under_the_laundering_law_is_nine_years_old_and_stays(case):
    volume_id = case.store_volume(closed_on=date(2017, 3, 1), aml=True)
    change(case, volume_id, expires_on=date(2026, 12, 31), keep_until=None)  # its table's period has ended
    case.begin()
    assert case.volume(volume_id).state == volumes.STORED
    (blocked,) = case.appraisal().blocked
    assert {each["code"] for each in blocked["reasons"]} == {"NOT_DUE", "AML10"}
    assert case.waiting() == set()


@pytest.mark.requirement("A17")
@pytest.mark.parametrize("step", ["listed", "decided", "cooling"])
def test_a_hold_takes_a_volume_off_the_list_at_any_time(case, step):
    volume_id = case.store_volume()
    case.begin()
    if step != "listed":
        case.until_list()
    if step == "cooling":
        case.until_scan()
    hold(case, volume_id)
    assert case.volume(volume_id).state == volumes.STORED
    (item,) = case.items(appraisals.DROPPED)
    assert item.dropped == ["证据保全（诉讼、投诉、调查、审计）"]


def test_compliance_sets_a_hold_in_its_opinion(case):
    volume_id = case.store_volume()
    case.begin()
    case.look()
    case.speak(hold="yes")
    assert case.volume(volume_id).state == volumes.STORED
    with case.firm.reading() as session:
        assert legal_holds.keeps_volume(session, case.lead_id, volume_id)


@pytest.mark.requirement("A17")
def test_a_loan_takes_a_volume_off_the_list(case):
    lent = case.store_volume()
    lead_id = case.lead_id
    other = case.store_volume()
    case.begin()
    case.lead_id = lead_id
    lend(case, lent)
    case.until_list()
    assert (case.volume(lent).state, case.volume(other).state) == (volumes.STORED, volumes.TO_DESTROY)


def test_a_listed_volume_that_is_out_stands_among_the_blocked(case):
    volume_id = case.store_volume()
    case.run(lambda context: volumes.move(context, volume_id, volumes.ON_LOAN))
    case.begin()
    (blocked,) = case.appraisal().blocked
    assert [each["code"] for each in blocked["reasons"]] == ["LOAN"]


# -- nothing goes round


@pytest.mark.parametrize("why", ["early", "held", "not listed"])
def test_the_record_refuses_to_erase(case, why):
    volume_id = case.store_volume()
    if why != "not listed":
        case.begin()
        case.until_list()
    if why == "held":
        case.run(lambda c: legal_holds.place_hold(c, case.lead_id, cause="audit", reason="检查"), "director")
        case.move_to(case.firm.clock.now().replace(year=2028))
    with pytest.raises((Kept, StateRefused, OnHold)):
        case.run(lambda context: erasing.erase(context, volume_id))
    with case.firm.reading() as session:
        assert documents.list_documents(session, case.lead_id)


def test_the_operation_refuses_before_the_scan(case):
    case.store_volume()
    case.begin()
    case.until_list()
    given = {"appraisal_id": case.list_id}
    with pytest.raises(StateRefused):
        case.firm.run(RunOperation("destructions.erase", given), case.cast["archivist"])
    with pytest.raises(StateRefused):
        case.run(lambda context: destructions.check_ready(context, case.list_id))


def test_writing_the_state_is_refused_by_the_record_s_table(case):
    volume_id = case.store_volume()
    with pytest.raises(Kept):
        change(case, volume_id, state=volumes.DESTROYED, destroyed_on=date(2026, 11, 24))


@pytest.mark.requirement("A17")
@pytest.mark.parametrize("step", ["stored", "to destroy", "held", "after"])
def test_plain_sql_is_refused_by_the_database(case, step):
    volume_id = case.store_volume()
    if step != "stored":
        case.begin()
        case.until_list()
    if step in ("held", "after"):
        case.until_scan()
    if step == "held":
        case.run(lambda c: legal_holds.place_hold(c, case.lead_id, cause="audit", reason="检查"), "director")
        case.run(lambda c: c.session.execute(text("UPDATE volumes SET state = 'TO_DESTROY'")))
    day = "2027-06-01" if step != "to destroy" else "2026-11-24"
    state = "STORED" if step == "after" else "DESTROYED"
    if step == "after":
        case.destroy()
    statement = text(f"UPDATE volumes SET state = '{state}', destroyed_on = '{day}' WHERE id = :id")
    with pytest.raises(DBAPIError, match="G8"):
        case.run(lambda context: context.session.execute(statement, {"id": volume_id}))


@pytest.mark.parametrize("what", ["volumes", "volume_pieces"])
def test_a_filed_volume_and_its_catalogue_are_not_deleted(case, what):
    case.store_volume()
    with pytest.raises(DBAPIError):
        case.run(lambda context: context.session.execute(text(f"DELETE FROM {what}")))


def test_a_document_under_a_hold_is_not_deleted(case):
    case.store_volume()
    hold(case)

    def by_record(context):
        row = context.session.scalars(select(DocumentRow).where(DocumentRow.lead_id == case.lead_id)).first()
        context.session.delete(row)
        context.session.flush()

    with pytest.raises(OnHold):
        case.run(by_record)
    with pytest.raises(DBAPIError, match=r"G[78]"):  # both guards refuse it; the database asks one of them first
        case.run(lambda c: c.session.execute(delete(DocumentRow).where(DocumentRow.lead_id == case.lead_id)))


# -- what is gone and what stays


@pytest.mark.requirement("A17")
def test_bytes_that_another_case_shares_stay(case):
    volume_id = case.store_volume()
    lead_id = case.lead_id
    with case.firm.reading() as session:
        (ours,) = [each for each in documents.list_documents(session, lead_id) if each.kind == "legal_work"]
        content = documents.read_content(session, ours.id)
    case.register()

    def share(context):
        given = {"kind": "evidence", "title": "同一份", "media_type": documents.PDF, "content": content}
        return documents.add_document(context, lead_id=case.lead_id, **given).id

    other = case.run(share)
    case.begin()
    case.until_list()
    case.until_scan()
    case.destroy()
    assert case.volume(volume_id).state == volumes.DESTROYED
    with case.firm.reading() as session:
        assert documents.read_content(session, other) == content
        assert documents.find_document(session, ours.id) is None


@pytest.mark.requirement("A17")
def test_a_changed_tombstone_is_found(case):
    volume_id = case.store_volume()
    case.begin()
    case.until_list()
    case.until_scan()
    case.destroy()

    def forge(context):
        row = context.session.get_one(tombstones.TombstoneRow, volume_id)
        row.content = {**row.content, "pages": 1}

    case.run(forge)
    with case.firm.reading() as session:
        assert "digest" in tombstones.find_fault(session, tombstones.get_tombstone(session, volume_id))

    def forge_both(context):
        row = context.session.get_one(tombstones.TombstoneRow, volume_id)
        row.digest = tombstones.digest_of(row.content)

    case.run(forge_both)
    with case.firm.reading() as session:
        assert "audit" in tombstones.find_fault(session, tombstones.get_tombstone(session, volume_id))


def test_a_request_for_deletion_is_locked_while_the_period_runs(case):
    volume_id = case.store_volume()
    with case.firm.reading() as session:
        assert retention_periods.locked_until(session, case.lead_id) == date(2026, 12, 31)
        assert retention_periods.locked_until(session, "f" * 32) is None
    case.begin()
    case.until_list()
    case.until_scan()
    case.destroy()
    with case.firm.reading() as session:
        assert case.volume(volume_id).state == volumes.DESTROYED
        assert retention_periods.locked_until(session, case.lead_id) is None


def test_names_are_masked():
    assert [tombstones.mask_name(each) for each in ("张三", "欧阳小明", "示例贸易有限公司", "")] == [
        "张*",
        "欧***",
        "示例****公司",
        "",
    ]
